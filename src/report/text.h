/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include "base/buf.h"

/*
 * Text and numbers as the page says them. Everything is appended; NULL and NAN become a dash. Numbers are rounded once,
 * to integers, and written from those: the same bytes under any locale.
 */
#define REPORT_THIN "\xe2\x80\xaf" /* narrow no-break space */
#define REPORT_DASH "\xe2\x80\x93"

/* The characters of `text`, with U+FFFD for each byte that is not UTF-8 and each control character. */
void report_clean(base_buf *out, const char *text);

void report_escape(base_buf *out, const char *text);   /* for HTML, in text and in attributes of double quotes */
void report_sentence(base_buf *out, const char *text); /* escaped, with a capital and a full stop */
void report_words(base_buf *out, const char *name); /* escaped, with spaces for underscores: names of the vocabulary */

void report_count(base_buf *out, uint64_t count);              /* 1 234 567 */
void report_share(base_buf *out, double share);                /* 12.3 % */
void report_rate(base_buf *out, double rate);                  /* 71 %, "under 1 %", "over 99 %" */
void report_band(base_buf *out, double band);                  /* about 70 %, "under 5 %", "over 95 %" */
void report_correlation(base_buf *out, double value);          /* 0.93, −0.02 */
void report_place(base_buf *out, double share);                /* a place or length in SVG: 37.25% */
void report_range(base_buf *out, uint64_t low, uint64_t high); /* 5–9, 500+ */

/* The number to the nearest of so many steps: what report.json says. NAN stays. */
double report_round(double value, uint32_t steps);
double report_part(uint64_t count, uint64_t total); /* NAN where there is no total */

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "report/chart.h"
#include "report/report.h"
#include "report/text.h"

/*
 * The parts of report.html, in the order of the page. Each appends its section and leaves it out where the model has
 * nothing to say. The markup is XML as well as HTML: every element is closed, every attribute quoted.
 */
void report_opening(base_buf *out, const report_model *model);      /* opening.c: the first screen */
void report_attackers(base_buf *out, const report_model *model);    /* attackers.c */
bool report_attacker_broken(const report_attacker *attacker);       /* attackers.c: gets what the level rules out */
void report_generalized(base_buf *out, const report_model *model);  /* plan.c */
void report_lists(base_buf *out, const report_model *model);        /* plan.c */
void report_likeness(base_buf *out, const report_model *model);     /* likeness.c */
void report_contents(base_buf *out, const report_model *model);     /* contents.c */
void report_verification(base_buf *out, const report_model *model); /* closing.c */

/* All before <body>. */
void report_head(base_buf *out, const char *dataset_name, const char *what);

/* A section: number and heading on the left, what explains it under the heading, the matter on the right. `lead` is
 * markup of ours. */
void report_section_begin(base_buf *out, const char *id, const char *heading, const char *lead);
void report_section_end(base_buf *out);

void report_head_cell(base_buf *out, const char *kind, const char *text); /* <th scope="col">; kind: a class, or NULL */

/* One cell with a bar and, between the two calls, its number. A rate says both. */
void report_value_begin(base_buf *out, double share);
void report_value_end(base_buf *out);
void report_rate_cell(base_buf *out, double rate);

/* What a section may call an attacker, a quasi-identifier or a column of the dataset. */
const char *report_plain_name(const char *name);

extern const char *const REPORT_STYLE[]; /* style.c: pieces of CSS, ends with NULL */

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORT_CHART_H
#define REPORT_CHART_H

#include "report/report.h"

/*
 * Inline SVG without a viewBox: places are per cents of the width, text keeps its size on a phone and on paper. A chart
 * beside numbers of the same table is hidden from screen readers; one that stands alone says its values in aria-label.
 */
void report_bar(base_buf *out, double share, const char *kind); /* kind: a class of style.c, or NULL */

typedef enum report_mark_kind {
    REPORT_MARK_DOT,
    REPORT_MARK_RING,
    REPORT_MARK_TICK,
    REPORT_MARK_REACH, /* a line from `at` to `to` */
} report_mark_kind;

typedef struct report_mark {
    report_mark_kind kind;
    double at, to; /* 0..1; NAN is left out */
} report_mark;

void report_track(base_buf *out, const report_mark *marks, size_t count); /* one line of a dot plot */
void report_track_scale(base_buf *out, const char *low, const char *middle, const char *high);
void report_crowd(base_buf *out, uint32_t count);
void report_ladder(base_buf *out, uint32_t level, uint32_t level_count);

/* Columns side by side, for values with an order. */
typedef struct report_column {
    base_span name; /* escaped */
    uint64_t count;
} report_column;

void report_columns(base_buf *out, const char *title, const report_column *columns, size_t count);

#endif

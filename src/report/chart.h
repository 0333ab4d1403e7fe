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

/* Points over two axes that begin at 0. */
typedef struct report_point {
    double x, y;
} report_point;

typedef struct report_series {
    const report_point *points;
    size_t count;
    const char *kind; /* a class of style.c: "line" joins the points, "rule" too, in the ink of what is compared with */
    bool joined, dots;
} report_series;

typedef struct report_plot {
    const char *title;          /* for who does not see it */
    const char *x_name, *y_name;
    double x_top, y_top; /* ends of the axes, shares */
    const report_series *series;
    size_t series_count;
} report_plot;

void report_write_plot(base_buf *out, const report_plot *plot);
double report_plot_top(double most); /* the end of an axis that has room for it: .1, .25, .5 or 1 */

#endif

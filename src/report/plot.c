/* SPDX-License-Identifier: Apache-2.0 */
#include "report/chart.h"

#include "report/text.h"

/* Curves and dots: places along are per cents of the drawing, heights are pixels. */
#define LEFT   48
#define TOP    12
#define HEIGHT 200
#define BOTTOM 44
#define RADIUS 4

static void place(base_buf *out, const char *name, double share)
{
    base_buf_format(out, " %s=\"", name);
    report_place(out, share);
    base_buf_byte(out, '"');
}

static void height(base_buf *out, const char *name, double share)
{
    const double held = share < 0 ? 0 : share > 1 ? 1 : share;
    base_buf_format(out, " %s=\"%d\"", name, HEIGHT - (int)(held * HEIGHT + 0.5));
}

static void write_axes(base_buf *out, const report_plot *plot)
{
    for (int half = 0; half <= 2; half++) {
        base_buf_format(out, "<line class=\"ground\" x1=\"0\" x2=\"100%%\" y1=\"%d\" y2=\"%d\"/>",
                        HEIGHT - half * HEIGHT / 2, HEIGHT - half * HEIGHT / 2);
        base_buf_format(out, "<text x=\"-8\" y=\"%d\" text-anchor=\"end\">", HEIGHT - half * HEIGHT / 2 + 4);
        report_share(out, plot->y_top * half / 2);
        base_buf_format(out, "</text><text x=\"%d%%\" y=\"%d\" text-anchor=\"middle\">", half * 50, HEIGHT + 16);
        report_share(out, plot->x_top * half / 2);
        base_buf_text(out, "</text>");
    }
    base_buf_format(out, "<text x=\"50%%\" y=\"%d\" text-anchor=\"middle\">%s</text>", HEIGHT + 34, plot->x_name);
    base_buf_format(out, "<text x=\"4\" y=\"%d\">%s</text>", -2, plot->y_name);
}

static void write_series(base_buf *out, const report_plot *plot, const report_series *series)
{
    base_buf_format(out, "<g class=\"%s\">", series->kind);
    for (size_t i = 0; i < series->count; i++) {
        const report_point *at = &series->points[i];
        if (series->joined && i > 0) {
            base_buf_text(out, "<line");
            place(out, "x1", at[-1].x / plot->x_top);
            height(out, "y1", at[-1].y / plot->y_top);
            place(out, "x2", at->x / plot->x_top);
            height(out, "y2", at->y / plot->y_top);
            base_buf_text(out, "/>");
        }
        if (series->dots) {
            base_buf_text(out, "<circle class=\"dot\"");
            place(out, "cx", at->x / plot->x_top);
            height(out, "cy", at->y / plot->y_top);
            base_buf_format(out, " r=\"%d\"/>", RADIUS);
        }
    }
    base_buf_text(out, "</g>");
}

/* What is compared with is a straight line: only the measured points are said. */
static void write_label(base_buf *out, const report_plot *plot)
{
    base_buf_format(out, " role=\"img\" aria-label=\"%s: ", plot->title);
    for (size_t i = 0; i < plot->series_count; i++)
        for (size_t j = 0; plot->series[i].dots && j < plot->series[i].count; j++) {
            base_buf_text(out, j != 0 ? ", " : "");
            report_share(out, plot->series[i].points[j].y);
            base_buf_text(out, " at ");
            report_share(out, plot->series[i].points[j].x);
        }
    base_buf_byte(out, '"');
}

void report_write_plot(base_buf *out, const report_plot *plot)
{
    base_buf_format(out, "<svg class=\"graph\" width=\"100%%\" height=\"%d\"", TOP + HEIGHT + BOTTOM);
    write_label(out, plot);
    base_buf_format(out, "><svg x=\"%d\" y=\"%d\" width=\"80%%\" height=\"%d\" overflow=\"visible\">", LEFT, TOP, HEIGHT);
    write_axes(out, plot);
    for (size_t i = 0; i < plot->series_count; i++)
        write_series(out, plot, &plot->series[i]);
    base_buf_text(out, "</svg></svg>");
}

double report_plot_top(double most)
{
    static const double tops[] = {0.1, 0.25, 0.5};
    for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++)
        if (most <= tops[i])
            return tops[i];
    return 1;
}

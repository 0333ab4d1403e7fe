/* SPDX-License-Identifier: Apache-2.0 */
#include "report/chart.h"

#include "report/text.h"

#include <math.h>

#define BAR_MIN          0.004 /* of the width: what is not nothing can be seen */
#define COLUMNS_LABELLED 9     /* more names than that do not fit a phone */
#define COLUMNS_TOP      20    /* px: room for the counts */
#define COLUMNS_HEIGHT   112

static void attribute(base_buf *out, const char *name, double share)
{
    base_buf_format(out, " %s=\"", name);
    report_place(out, share);
    base_buf_byte(out, '"');
}

void report_bar(base_buf *out, double share, const char *kind)
{
    const double shown = share > 0 && share < BAR_MIN ? BAR_MIN : share;
    base_buf_format(out, "<svg class=\"bar%s%s\" width=\"100%%\" height=\"8\" aria-hidden=\"true\">",
                    kind != NULL ? " " : "", kind != NULL ? kind : "");
    base_buf_text(out, "<rect class=\"ground\" width=\"100%\" height=\"8\"/>");
    if (!isnan(share)) {
        base_buf_text(out, "<rect class=\"fill\"");
        attribute(out, "width", shown);
        base_buf_text(out, " height=\"8\"/>");
    }
    base_buf_text(out, "</svg>");
}

static void write_mark(base_buf *out, const report_mark *mark)
{
    if (isnan(mark->at) || (mark->kind == REPORT_MARK_REACH && isnan(mark->to)))
        return;
    switch (mark->kind) {
    case REPORT_MARK_DOT:
    case REPORT_MARK_RING:
        base_buf_format(out, "<circle class=\"%s\"", mark->kind == REPORT_MARK_DOT ? "dot" : "ring");
        attribute(out, "cx", mark->at);
        base_buf_text(out, " cy=\"12\" r=\"5\"/>");
        break;
    case REPORT_MARK_TICK:
    case REPORT_MARK_REACH:
        base_buf_format(out, "<line class=\"%s\"", mark->kind == REPORT_MARK_TICK ? "tick" : "reach");
        attribute(out, "x1", mark->at);
        attribute(out, "x2", mark->kind == REPORT_MARK_TICK ? mark->at : mark->to);
        base_buf_text(out, mark->kind == REPORT_MARK_TICK ? " y1=\"4\" y2=\"20\"/>" : " y1=\"12\" y2=\"12\"/>");
        break;
    }
}

void report_track(base_buf *out, const report_mark *marks, size_t count)
{
    base_buf_text(out, "<svg class=\"track\" width=\"100%\" height=\"24\" aria-hidden=\"true\">"
                       "<line class=\"ground\" x1=\"0\" x2=\"100%\" y1=\"12\" y2=\"12\"/>");
    for (int quarter = 0; quarter <= 4; quarter++)
        base_buf_format(out, "<line class=\"ground\" x1=\"%d%%\" x2=\"%d%%\" y1=\"8\" y2=\"16\"/>", quarter * 25,
                        quarter * 25);
    for (size_t i = 0; i < count; i++)
        write_mark(out, &marks[i]);
    base_buf_text(out, "</svg>");
}

void report_track_scale(base_buf *out, const char *low, const char *middle, const char *high)
{
    base_buf_format(out,
                    "<svg class=\"scale\" width=\"100%%\" height=\"14\" aria-hidden=\"true\"><text x=\"0\" y=\"11\" "
                    "text-anchor=\"middle\">%s</text><text x=\"50%%\" y=\"11\" text-anchor=\"middle\">%s</text>"
                    "<text x=\"100%%\" y=\"11\" text-anchor=\"middle\">%s</text></svg>",
                    low, middle, high);
}

void report_ladder(base_buf *out, uint32_t level, uint32_t level_count)
{
    const uint32_t steps = level_count < 8 ? level_count : 8;
    base_buf_format(out,
                    "<svg class=\"ladder\" width=\"%u\" height=\"12\" role=\"img\" aria-label=\"level %u of 0 to %u\">",
                    steps * 14, level, level_count != 0 ? level_count - 1 : 0);
    for (uint32_t i = 0; i < steps; i++)
        base_buf_format(out, "<circle class=\"%s\" cx=\"%u\" cy=\"6\" r=\"%s\"/>", i == level ? "at" : "ground",
                        6 + i * 14, i == level ? "5" : "2.5");
    base_buf_text(out, "</svg>");
}

static uint64_t largest(const report_column *columns, size_t count)
{
    uint64_t most = 1;
    for (size_t i = 0; i < count; i++)
        most = columns[i].count > most ? columns[i].count : most;
    return most;
}

static void write_label(base_buf *out, const char *title, const report_column *columns, size_t count)
{
    base_buf_text(out, " role=\"img\" aria-label=\"");
    report_escape(out, title);
    for (size_t i = 0; i < count; i++) {
        base_buf_text(out, i == 0 ? ": " : ", ");
        base_buf_span(out, columns[i].name);
        base_buf_byte(out, ' ');
        report_count(out, columns[i].count);
    }
    base_buf_byte(out, '"');
}

static void write_text(base_buf *out, double middle, int y, const char *kind)
{
    base_buf_format(out, "<text class=\"%s\" text-anchor=\"middle\" y=\"%d\"", kind, y);
    attribute(out, "x", middle);
    base_buf_byte(out, '>');
}

static void write_column(base_buf *out, const report_column *column, double left, double width, uint64_t most)
{
    const double part = report_part(column->count, most);
    const int high = column->count == 0 ? 0 : 1 + (int)(part * (COLUMNS_HEIGHT - 1) + 0.5);
    base_buf_text(out, "<rect class=\"fill\"");
    attribute(out, "x", left + width * 0.1);
    attribute(out, "width", width * 0.8);
    base_buf_format(out, " y=\"%d\" height=\"%d\"><title>", COLUMNS_TOP + COLUMNS_HEIGHT - high, high);
    base_buf_span(out, column->name);
    base_buf_text(out, ": ");
    report_count(out, column->count);
    base_buf_text(out, "</title></rect>");
}

void report_columns(base_buf *out, const char *title, const report_column *columns, size_t count)
{
    const uint64_t most = largest(columns, count);
    const size_t stride = (count + COLUMNS_LABELLED - 1) / COLUMNS_LABELLED;
    const double width = count != 0 ? 1.0 / (double)count : 1;
    base_buf_format(out, "<svg class=\"columns\" width=\"100%%\" height=\"%d\"", COLUMNS_TOP + COLUMNS_HEIGHT + 22);
    write_label(out, title, columns, count);
    base_buf_byte(out, '>');
    for (size_t i = 0; i < count; i++) {
        const double left = (double)i * width;
        write_column(out, &columns[i], left, width, most);
        if (i % stride == 0) {
            write_text(out, left + width / 2, COLUMNS_TOP + COLUMNS_HEIGHT + 16, "name");
            base_buf_span(out, columns[i].name);
            base_buf_text(out, "</text>");
        }
        if (stride == 1) {
            const int high = (int)(report_part(columns[i].count, most) * COLUMNS_HEIGHT + 0.5);
            write_text(out, left + width / 2, COLUMNS_TOP + COLUMNS_HEIGHT - high - 6, "count");
            report_count(out, columns[i].count);
            base_buf_text(out, "</text>");
        }
    }
    base_buf_format(out, "<line class=\"ground\" x1=\"0\" x2=\"100%%\" y1=\"%d\" y2=\"%d\"/></svg>",
                    COLUMNS_TOP + COLUMNS_HEIGHT, COLUMNS_TOP + COLUMNS_HEIGHT);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "report/chart.h"

#include "report/text.h"

#include <math.h>

#define BAR_MIN         0.004 /* of the width: what is not nothing can be seen */
#define COLUMNS_WIDTH   340   /* px: the least that a chart gets, on a phone and as one of two */
#define CHARACTER_WIDTH 6     /* px, of figures */
#define LABEL_GAP       4
#define CROWD_MAX       24
#define CROWD_ROW       6
#define COLUMNS_TOP     20 /* px: room for the counts */
#define COLUMNS_HEIGHT  112

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

/* Each so many labels are kept where there is little room; the others are `sparse` and style.c hides them. */
static size_t stride_of(size_t longest, size_t count)
{
    const size_t width = (longest * CHARACTER_WIDTH + LABEL_GAP) * count;
    return width > COLUMNS_WIDTH ? (width + COLUMNS_WIDTH - 1) / COLUMNS_WIDTH : 1;
}

static size_t characters(base_span text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    return count;
}

static size_t digits(uint64_t count)
{
    size_t size = 1;
    for (; count > 9; count /= 10)
        size++;
    return size;
}

static void write_text(base_buf *out, double middle, int y, const char *kind, bool sparse)
{
    base_buf_format(out, "<text class=\"%s%s\" text-anchor=\"middle\" y=\"%d\"", kind, sparse ? " sparse" : "", y);
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

static void write_labels(base_buf *out, const report_column *columns, size_t count, uint64_t most)
{
    const double width = count != 0 ? 1.0 / (double)count : 1;
    size_t longest = 0;
    for (size_t i = 0; i < count; i++)
        longest = characters(columns[i].name) > longest ? characters(columns[i].name) : longest;
    const size_t name_stride = stride_of(longest, count), count_stride = stride_of(digits(most), count);
    for (size_t i = 0; i < count; i++) {
        const double middle = ((double)i + 0.5) * width;
        const int high = (int)(report_part(columns[i].count, most) * COLUMNS_HEIGHT + 0.5);
        write_text(out, middle, COLUMNS_TOP + COLUMNS_HEIGHT + 16, "name", i % name_stride != 0);
        base_buf_span(out, columns[i].name);
        base_buf_text(out, "</text>");
        write_text(out, middle, COLUMNS_TOP + COLUMNS_HEIGHT - high - 6, "count", count_stride > 1);
        report_count(out, columns[i].count);
        base_buf_text(out, "</text>");
    }
}

void report_columns(base_buf *out, const char *title, const report_column *columns, size_t count)
{
    const uint64_t most = largest(columns, count);
    const double width = count != 0 ? 1.0 / (double)count : 1;
    base_buf_format(out, "<svg class=\"columns\" width=\"100%%\" height=\"%d\"", COLUMNS_TOP + COLUMNS_HEIGHT + 22);
    write_label(out, title, columns, count);
    base_buf_byte(out, '>');
    for (size_t i = 0; i < count; i++)
        write_column(out, &columns[i], (double)i * width, width, most);
    write_labels(out, columns, count, most);
    base_buf_format(out, "<line class=\"ground\" x1=\"0\" x2=\"100%%\" y1=\"%d\" y2=\"%d\"/></svg>",
                    COLUMNS_TOP + COLUMNS_HEIGHT, COLUMNS_TOP + COLUMNS_HEIGHT);
}

/* People who cannot be told apart: as many as the guarantee says, in rows of six. */
void report_crowd(base_buf *out, uint32_t count)
{
    const uint32_t shown = count < CROWD_MAX ? count : CROWD_MAX;
    const uint32_t rows = (shown + CROWD_ROW - 1) / CROWD_ROW, in_row = shown < CROWD_ROW ? shown : CROWD_ROW;
    base_buf_format(out, "<svg class=\"crowd\" width=\"%u\" height=\"%u\" aria-hidden=\"true\">", in_row * 34,
                    rows * 58);
    for (uint32_t i = 0; i < shown; i++) {
        const uint32_t x = i % CROWD_ROW * 34 + 17, y = i / CROWD_ROW * 58;
        base_buf_format(out, "<circle cx=\"%u\" cy=\"%u\" r=\"8\"/><path d=\"M%u %uv-12a13 13 0 0 1 26 0v12z\"/>", x,
                        y + 9, x - 13, y + 48);
    }
    base_buf_text(out, "</svg>");
}

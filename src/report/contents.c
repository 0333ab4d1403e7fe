/* SPDX-License-Identifier: Apache-2.0 */
#include "report/page.h"

#include <math.h>

#define VALUES_SHOWN_MAX 60 /* of one distribution; report.json has all */

static void write_splits(base_buf *out, const report_model *m)
{
    static const char *const names[REPORT_SPLIT_COUNT] = {"train", "validation", "test"};
    base_buf_text(out,
                  "<table class=\"splits\">\n<caption>Splits, by patient: nobody stands in two</caption>\n<thead><tr>");
    report_head_cell(out, NULL, "Split");
    report_head_cell(out, NULL, "People");
    report_head_cell(out, "number", "Visits");
    base_buf_text(out, "</tr></thead>\n<tbody>\n");
    for (int split = 0; split < REPORT_SPLIT_COUNT; split++) {
        const report_size *size = &m->splits[split];
        base_buf_format(out, "<tr><th scope=\"row\">%s</th>", names[split]);
        report_value_begin(out, report_part(size->people, m->released.people));
        report_count(out, size->people);
        report_value_end(out);
        base_buf_text(out, "<td class=\"number\">");
        report_count(out, size->visits);
        base_buf_text(out, "</td></tr>\n");
    }
    base_buf_text(out, "</tbody></table>\n");
}

static void write_readiness(base_buf *out, const report_model *m)
{
    if (isnan(m->outcomes_observed) && isnan(m->prediction_ready))
        return;
    base_buf_text(out, "<p>");
    if (!isnan(m->prediction_ready)) {
        base_buf_text(out, "<b>");
        report_share(out, m->prediction_ready);
        base_buf_text(out, "</b> of the visits are ready for prediction. ");
    }
    if (!isnan(m->outcomes_observed)) {
        base_buf_text(out, "<b>");
        report_share(out, m->outcomes_observed);
        base_buf_format(out,
                        "</b> have all %u months of follow-up; of the others an empty list of outcomes is no negative.",
                        m->horizon_months);
    }
    base_buf_text(out, "</p>\n");
}

static void write_caption(base_buf *out, const char *title, const char *unit)
{
    report_escape(out, title);
    if (unit != NULL) {
        base_buf_text(out, " <span class=\"unit\">");
        report_escape(out, unit);
        base_buf_text(out, "</span>");
    }
}

static uint64_t largest(const report_distribution *d, size_t count)
{
    uint64_t most = 0;
    for (size_t i = 0; i < count; i++)
        most = d->entries[i].count > most ? d->entries[i].count : most;
    return most;
}

/* Bars are shares of the largest value, so that small ones can be told apart; the per cents are of the total. */
static void write_bars(base_buf *out, const report_distribution *d, size_t count)
{
    const uint64_t most = largest(d, count);
    base_buf_text(out, "<table class=\"bars\">\n<caption>");
    write_caption(out, d->title, d->unit);
    base_buf_text(out,
                  "</caption>\n<colgroup><col class=\"name\"/><col/><col class=\"figure\"/><col class=\"figure\"/>"
                  "</colgroup>\n<thead class=\"unseen\"><tr><th scope=\"col\">Value</th><th scope=\"col\">Chart</th>"
                  "<th scope=\"col\">Count</th><th scope=\"col\">Share</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < count; i++) {
        base_buf_text(out, "<tr><th scope=\"row\">");
        report_words(out, d->entries[i].name);
        base_buf_text(out, "</th><td class=\"plot\">");
        report_bar(out, report_part(d->entries[i].count, most), NULL);
        base_buf_text(out, "</td><td class=\"number\">");
        report_count(out, d->entries[i].count);
        base_buf_text(out, "</td><td class=\"number share\">");
        report_share(out, report_part(d->entries[i].count, d->total));
        base_buf_text(out, "</td></tr>\n");
    }
    base_buf_text(out, "</tbody></table>\n");
}

static void write_columns(base_buf *out, const report_distribution *d, size_t count)
{
    report_column columns[VALUES_SHOWN_MAX];
    size_t ends[VALUES_SHOWN_MAX];
    base_buf names;
    base_buf_init(&names, 1 << 20);
    for (size_t i = 0; i < count; i++) {
        report_words(&names, d->entries[i].name);
        ends[i] = names.size;
    }
    for (size_t i = 0, at = 0; i < count && names.failed == 0; at = ends[i++])
        columns[i] = (report_column){{names.data + at, ends[i] - at}, d->entries[i].count};
    base_buf_text(out, "<figure>\n<figcaption>");
    write_caption(out, d->title, d->unit);
    base_buf_text(out, "</figcaption>\n");
    if (names.failed == 0)
        report_columns(out, d->title, columns, count);
    else
        out->failed = names.failed;
    base_buf_text(out, "\n</figure>\n");
    base_buf_done(&names);
}

static void write_distribution(base_buf *out, const report_distribution *d)
{
    const size_t count = d->entry_count < VALUES_SHOWN_MAX ? d->entry_count : VALUES_SHOWN_MAX;
    if (count == 0)
        return;
    base_buf_format(out, "<div class=\"multiple%s\">\n", d->ordered ? "" : count > 8 ? " long" : "");
    if (d->ordered)
        write_columns(out, d, count);
    else
        write_bars(out, d, count);
    if (count < d->entry_count)
        base_buf_format(out, "<p class=\"note\">%zu more in report.json.</p>\n", d->entry_count - count);
    base_buf_text(out, "</div>\n");
}

static uint64_t largest_cell(const report_grid *grid)
{
    uint64_t most = 0;
    for (size_t i = 0; i < grid->row_count * grid->column_count; i++)
        most = grid->counts[i] > most ? grid->counts[i] : most;
    return most;
}

static void write_grid_row(base_buf *out, const report_grid *grid, size_t row, uint64_t most)
{
    base_buf_text(out, "<tr><th scope=\"row\">");
    report_words(out, grid->row_names[row]);
    base_buf_text(out, "</th>");
    for (size_t column = 0; column < grid->column_count; column++) {
        const uint64_t count = grid->counts[row * grid->column_count + column];
        base_buf_text(out, "<td class=\"number\">");
        report_bar(out, report_part(count, most), NULL);
        report_count(out, count);
        base_buf_text(out, "</td>");
    }
    base_buf_text(out, "</tr>\n");
}

static void write_grid(base_buf *out, const report_grid *grid)
{
    const uint64_t most = largest_cell(grid);
    if (most == 0)
        return;
    base_buf_text(out, "<div class=\"multiple wide\">\n<table class=\"grid\">\n<caption>");
    write_caption(out, grid->title, grid->unit);
    base_buf_text(out, "</caption>\n<thead><tr><td></td>");
    for (size_t column = 0; column < grid->column_count; column++) {
        base_buf_text(out, "<th scope=\"col\" class=\"number\">");
        report_words(out, grid->column_names[column]);
        base_buf_text(out, "</th>");
    }
    base_buf_text(out, "</tr></thead>\n<tbody>\n");
    for (size_t row = 0; row < grid->row_count; row++)
        write_grid_row(out, grid, row, most);
    base_buf_text(out, "</tbody></table>\n</div>\n");
}

void report_contents(base_buf *out, const report_model *m)
{
    report_section_begin(
        out, "contents", "What is in it",
        "Counts of the released rows: anyone can count them again. Where <i>people</i> are counted, each counts "
        "once however many visits show the value.");
    write_splits(out, m);
    write_readiness(out, m);
    base_buf_text(out, "<div class=\"multiples\">\n");
    for (size_t i = 0; i < m->distribution_count; i++)
        write_distribution(out, &m->distributions[i]);
    for (size_t i = 0; i < m->grid_count; i++)
        write_grid(out, &m->grids[i]);
    base_buf_text(out, "</div>\n");
    report_section_end(out);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "report/frontier.h"

#include "report/page.h"

#include <math.h>

#define STEPS 100 /* all of it knows the input */

static void json_rate(json_writer *w, const char *key, double rate)
{
    json_member_double(w, key, report_round(rate, STEPS));
}

void report_frontier_json(json_writer *w, const report_model *m)
{
    if (!m->frontier.wanted)
        return;
    json_write_key(w, "frontier");
    json_write_array(w);
    for (size_t i = 0; i < m->frontier.count; i++) {
        const report_guarantee *row = &m->frontier.rows[i];
        json_write_object(w);
        json_member_text(w, "level", row->level);
        json_member_int(w, "k", row->k);
        json_member_int(w, "attacker_visits", row->visits);
        json_member_int(w, "attacker_items", row->items);
        json_member_bool(w, "released", row->chosen);
        json_member_bool(w, "found", row->found);
        json_rate(w, "information_kept", row->information_kept);
        json_rate(w, "visits_withheld", row->visits_withheld);
        json_rate(w, "items_kept", row->items_kept);
        json_rate(w, "spearman", row->spearman);
        json_rate(w, "unique_by_3_visits", row->unique_visits);
        json_rate(w, "unique_by_all_visits", row->unique_history);
        json_rate(w, "unique_by_1_visit_2_items", row->unique_items);
        json_write_end(w);
    }
    json_write_end(w);
}

static bool is_point(const report_guarantee *row)
{
    return row->found && row->unique_history >= 0 && row->spearman >= 0;
}

/* A point tells no more than the table's numbers. */
static size_t points_of(const report_frontier *frontier, uint32_t visits, report_point points[REPORT_GUARANTEES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < frontier->count; i++)
        if (frontier->rows[i].visits == visits && is_point(&frontier->rows[i]))
            points[count++] = (report_point){report_round(frontier->rows[i].unique_history, STEPS),
                                             report_round(frontier->rows[i].spearman, STEPS)};
    return count;
}

static void write_chart(base_buf *out, const report_frontier *frontier)
{
    report_point points[2][REPORT_GUARANTEES_MAX];
    double most = 0;
    report_series series[2];
    size_t count = 0;
    for (uint32_t known = 1; known <= 2; known++) {
        report_point *own = points[known - 1];
        const size_t size = points_of(frontier, known, own);
        for (size_t i = 0; i < size; i++)
            most = fmax(most, own[i].x);
        if (size != 0)
            series[count++] = (report_series){own, size, known == 1 ? "rule" : "line", true, true};
    }
    if (count == 0)
        return;
    base_buf_text(out, "<figure>\n<figcaption>Dashed: internal. Line: standard. A point is a k.</figcaption>\n");
    report_write_plot(out, &(report_plot){.title = "Rank correlation kept by the share of people who are found",
                                          .x_name = "found for sure by who knows all visits",
                                          .y_name = "rank correlation kept",
                                          .x_top = report_plot_top(most),
                                          .y_top = 1,
                                          .series = series,
                                          .series_count = count});
    base_buf_text(out, "\n</figure>\n");
}

static void write_rate(base_buf *out, const char *label, double rate)
{
    base_buf_format(out, "<td class=\"number\" data-label=\"%s\">", label);
    report_rate(out, rate);
    base_buf_text(out, "</td>");
}

static void write_row(base_buf *out, const report_guarantee *row, const char *const *heads)
{
    base_buf_format(out, "<tr%s><th scope=\"row\">%s, k = %u%s</th>", row->chosen ? " class=\"chosen\"" : "",
                    row->level, row->k, row->chosen ? " (this release)" : !row->found ? ": no plan" : "");
    write_rate(out, heads[0], row->information_kept);
    write_rate(out, heads[1], row->visits_withheld);
    write_rate(out, heads[2], row->items_kept);
    base_buf_format(out, "<td class=\"number\" data-label=\"%s\">", heads[3]);
    report_correlation(out, row->spearman);
    base_buf_text(out, "</td>");
    write_rate(out, heads[4], row->unique_visits);
    write_rate(out, heads[5], row->unique_history);
    write_rate(out, heads[6], row->unique_items);
    base_buf_text(out, "</tr>\n");
}

void report_frontier_page(base_buf *out, const report_model *m)
{
    static const char *const heads[] = {"Information", "Visits withheld", "List items", "Rank correlation",
                                        "Found by 3 visits", "Found by all visits", "Found by 1 visit, 2 items"};
    if (!m->frontier.wanted)
        return;
    report_section_begin(out, "frontier", "What other guarantees would keep",
                         "The same people under each level and several k: what the plan and the list rule keep, how "
                         "much of the likeness between patients, and the share of people whom an attacker of that "
                         "knowledge would find for sure, one who knows more than the guarantee names.");
    write_chart(out, &m->frontier);
    base_buf_text(out, "<table class=\"stack\">\n<caption class=\"unseen\">Guarantees compared</caption>\n<thead><tr>");
    report_head_cell(out, NULL, "Guarantee");
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
        report_head_cell(out, "number", heads[i]);
    base_buf_text(out, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < m->frontier.count; i++)
        write_row(out, &m->frontier.rows[i], heads);
    base_buf_text(out, "</tbody></table>\n");
    report_section_end(out);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "report/page.h"

#include <math.h>

static void write_qi(base_buf *out, const report_qi *qi)
{
    base_buf_text(out, "<tr><th scope=\"row\">");
    report_words(out, report_plain_name(qi->name));
    base_buf_text(out, "</th><td class=\"step\"><div><span>");
    report_escape(out, qi->level_label);
    base_buf_text(out, "</span>");
    report_ladder(out, qi->level, qi->level_count);
    base_buf_text(out, "</div></td>");
    if (qi->level_count > 1 && qi->level + 1 == qi->level_count) {
        report_value_begin(out, 0);
        base_buf_text(out, "none");
        report_value_end(out);
    } else {
        report_rate_cell(out, qi->kept);
    }
    base_buf_text(out, "</tr>\n");
}

static void write_qis(base_buf *out, const report_model *m)
{
    base_buf_text(out, "<table>\n<caption>The quasi-identifiers under the plan</caption>\n<thead><tr>");
    report_head_cell(out, NULL, "Known fact");
    report_head_cell(out, NULL, "Released as");
    report_head_cell(out, NULL, "Detail kept");
    base_buf_text(out, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < m->qi_count; i++)
        write_qi(out, &m->qis[i]);
    base_buf_text(out,
                  "</tbody>\n<tfoot><tr><th scope=\"row\" colspan=\"2\">All together, withheld visits charged</th>");
    report_rate_cell(out, m->information_kept);
    base_buf_text(out, "</tr>\n");
    if (m->other_level != NULL && !isnan(m->other_level_kept)) {
        base_buf_text(out, "<tr class=\"other\"><th scope=\"row\" colspan=\"2\">The level <i>");
        report_escape(out, m->other_level);
        base_buf_text(out, "</i> would have kept</th>");
        report_rate_cell(out, m->other_level_kept);
        base_buf_text(out, "</tr>\n");
    }
    base_buf_text(out, "</tfoot></table>\n");
}

static void write_withheld(base_buf *out, const report_model *m)
{
    if (m->erased)
        return;
    base_buf_text(out, "<p>Visits that would have stood out were withheld: <b>");
    report_rate(out, m->visits_withheld);
    base_buf_text(out, "</b> of the visits");
    if (!isnan(m->people_withheld)) {
        base_buf_text(out, " and <b>");
        report_rate(out, m->people_withheld);
        base_buf_text(out, "</b> of the people with all of theirs");
    }
    if (m->suppression_limit > 0) {
        base_buf_text(out, "; the limit was set to ");
        report_rate(out, m->suppression_limit);
        base_buf_text(out, " of the visits");
    }
    base_buf_text(out, ".</p>\n");
}

/* Rare people go first, so those who are left are no random sample: whoever learns from them should see whom they miss.
 */
static void write_groups(base_buf *out, const report_model *m)
{
    if (m->group_count == 0)
        return;
    base_buf_text(out, "<table>\n<caption>Whose visits were withheld</caption>\n<thead><tr>");
    report_head_cell(out, NULL, "Known fact");
    report_head_cell(out, NULL, "Group");
    report_head_cell(out, "number", "Visits withheld");
    base_buf_text(out, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < m->group_count; i++) {
        base_buf_text(out, "<tr><th scope=\"row\">");
        report_words(out, report_plain_name(m->groups[i].qi));
        base_buf_text(out, "</th><td>");
        report_words(out, m->groups[i].group);
        base_buf_text(out, "</td><td class=\"number\">");
        report_band(out, m->groups[i].withheld);
        base_buf_text(out, "</td></tr>\n");
    }
    base_buf_format(
        out,
        "</tbody></table>\n<p class=\"note\">What is rare is withheld first, so the visits that are left are "
        "no random sample of those that came in. A dash: fewer than %u people have such withheld visits, or "
        "nobody has (or few have such released ones, where the plan withholds the fact).</p>\n",
        m->people_floor);
}

static void write_classes(base_buf *out, const report_model *m)
{
    report_column columns[32];
    size_t ends[32];
    base_buf names;
    const size_t count = m->class_size_count < 32 ? m->class_size_count : 32;
    if (count == 0)
        return;
    base_buf_init(&names, 4096);
    for (size_t i = 0; i < count; i++) {
        report_range(&names, m->class_sizes[i].low, m->class_sizes[i].high);
        ends[i] = names.size;
    }
    for (size_t i = 0, at = 0; i < count && names.failed == 0; at = ends[i++])
        columns[i] = (report_column){{names.data + at, ends[i] - at}, m->class_sizes[i].count};
    base_buf_text(out, "<figure class=\"classes\">\n<figcaption><b>How many people share a tuple.</b> ");
    report_count(out, m->class_count);
    base_buf_text(out, " different tuples of known facts occur; the rarest is shared by <b>");
    report_count(out, m->class_size_min);
    base_buf_text(out,
                  "</b> people. Columns: number of tuples, by the number of people who share them.</figcaption>\n");
    if (names.failed == 0)
        report_columns(out, "Tuples by the number of people who share them", columns, count);
    else
        out->failed = names.failed;
    base_buf_text(out, "\n</figure>\n");
    base_buf_done(&names);
}

void report_generalized(base_buf *out, const report_model *m)
{
    if (m->qi_count == 0)
        return;
    report_section_begin(
        out, "plan", "What was generalized",
        "A <i>quasi-identifier</i> is a fact that others may know: age, region, the season of a visit. The plan "
        "is the combination of steps that keeps the most detail under the guarantee. Steps go from the finest "
        "(left) to withheld (right); 100" REPORT_THIN "% detail is the finest value everywhere.");
    write_qis(out, m);
    write_withheld(out, m);
    write_groups(out, m);
    write_classes(out, m);
    report_section_end(out);
}

static void write_list(base_buf *out, const report_list *list)
{
    base_buf_text(out, "<tr><th scope=\"row\">");
    report_words(out, report_plain_name(list->name));
    base_buf_text(out, "</th>");
    report_rate_cell(out, list->kept);
    base_buf_text(out, "<td class=\"number\">");
    report_count(out, list->distinct);
    base_buf_text(out, "</td><td class=\"number\">");
    report_rate(out, list->distinct_dropped);
    base_buf_text(out, "</td></tr>\n");
}

static void write_gone(base_buf *out, const report_model *m)
{
    if (m->gone_count == 0)
        return;
    base_buf_format(out, "<p>Nobody has these any more, though at least %u people had each: ", m->people_floor);
    for (size_t i = 0; i < m->gone_count; i++) {
        base_buf_text(out, i == 0 ? "<b>" : ", <b>");
        report_words(out, m->gone[i].name);
        base_buf_text(out, "</b> (");
        report_words(out, report_plain_name(m->gone[i].column));
        base_buf_text(out, ")");
    }
    base_buf_text(out, ".</p>\n");
}

void report_lists(base_buf *out, const report_model *m)
{
    if (m->list_count == 0)
        return;
    report_section_begin(
        out, "lists", "What the lists lost",
        "Rare items, and with two known items rare pairs, fall until at least k people share what is left. A "
        "concept falls before its category, and with an item everything that implies it. <i>Values lost</i>: "
        "of the different values that came in, those that nobody has any more. A dash: too few to say.");
    base_buf_text(out, "<table>\n<caption>The list columns, pooled over a person's rows</caption>\n<thead><tr>");
    report_head_cell(out, NULL, "List");
    report_head_cell(out, NULL, "Items kept");
    report_head_cell(out, "number", "Values left");
    report_head_cell(out, "number", "Values lost");
    base_buf_text(out, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < m->list_count; i++)
        write_list(out, &m->lists[i]);
    base_buf_text(out, "</tbody>\n<tfoot><tr><th scope=\"row\">All lists</th>");
    report_rate_cell(out, m->items_kept);
    base_buf_text(out, "<td></td><td></td></tr></tfoot></table>\n");
    write_gone(out, m);
    report_section_end(out);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "report/page.h"

#include <math.h>

static void write_measure(base_buf *out, const char *name, double value, double control, double ceiling)
{
    /* A place in the chart tells no more than the number beside it. */
    const double at = report_round(value, 100), best = report_round(ceiling, 100);
    const report_mark marks[] = {
        {REPORT_MARK_REACH, at, best},
        {REPORT_MARK_TICK, report_round(control, 100), 0},
        {REPORT_MARK_RING, best, 0},
        {REPORT_MARK_DOT, at, 0},
    };
    base_buf_format(out, "<tr><th scope=\"row\">%s</th><td class=\"plot\">", name);
    report_track(out, marks, sizeof(marks) / sizeof(marks[0]));
    base_buf_text(out, "</td><td class=\"number\"><b>");
    report_correlation(out, value);
    base_buf_text(out, "</b></td><td class=\"number\">");
    report_correlation(out, ceiling);
    base_buf_text(out, "</td><td class=\"number\">");
    report_correlation(out, control);
    base_buf_text(out, "</td></tr>\n");
}

/* `ceiling` NULL: nothing is known to be the best that can be had but 1. */
static void write_agreement(base_buf *out, const char *caption, const report_agreement *a,
                            const report_agreement *ceiling)
{
    base_buf_format(out, "<table>\n<caption>%s</caption>\n<thead><tr>", caption);
    report_head_cell(out, NULL, "Measure");
    base_buf_text(out, "<th scope=\"col\" class=\"plot\"><span class=\"unseen\">Chart</span>");
    report_track_scale(out, "0", "0.5", "1");
    base_buf_text(out, "</th>");
    report_head_cell(out, "number", "Released");
    report_head_cell(out, "number", "Ceiling");
    report_head_cell(out, "number", "Control");
    base_buf_text(out, "</tr></thead>\n<tbody>\n");
    write_measure(out, "Rank correlation of all pairs", a->spearman, a->control_spearman,
                  ceiling != NULL ? ceiling->spearman : 1);
    write_measure(out, "Nearest 10 in common", a->overlap_10, a->control_overlap_10,
                  ceiling != NULL ? ceiling->overlap_10 : 1);
    write_measure(out, "Nearest 100 in common", a->overlap_100, a->control_overlap_100,
                  ceiling != NULL ? ceiling->overlap_100 : 1);
    base_buf_text(out, "</tbody></table>\n");
}

static void write_strata(base_buf *out, const report_agreement *a)
{
    static const char *const names[REPORT_STRATA] = {"nothing in common", "under 0.1", "0.1 to 0.3", "0.3 and more"};
    base_buf_text(out, "<table>\n<caption>Rank correlation before and after, by how alike the raw records of a "
                       "pair are</caption>\n<thead><tr>");
    report_head_cell(out, NULL, "Raw likeness of the pair");
    report_head_cell(out, NULL, "Rank correlation");
    report_head_cell(out, "number", "Pairs");
    base_buf_text(out, "</tr></thead>\n<tbody>\n");
    for (int i = 0; i < REPORT_STRATA; i++) {
        const bool some = a->strata[i].pairs > 1;
        base_buf_format(out, "<tr><th scope=\"row\">%s</th>", names[i]);
        report_value_begin(out, some ? report_round(a->strata[i].spearman, 100) : NAN);
        report_correlation(out, some ? a->strata[i].spearman : NAN);
        report_value_end(out);
        base_buf_text(out, "<td class=\"number\">");
        report_count(out, a->strata[i].pairs);
        base_buf_text(out, "</td></tr>\n");
    }
    base_buf_text(out, "</tbody></table>\n");
}

static bool has_strata(const report_agreement *a)
{
    uint64_t pairs = 0;
    for (int i = 0; i < REPORT_STRATA; i++)
        pairs += a->strata[i].pairs;
    return pairs != 0;
}

static void write_similarity(base_buf *out, const report_model *m)
{
    report_section_begin(
        out, "similarity", "How much likeness survives",
        "Two patients who were alike should stay alike. The released vectors are compared pair by pair, of "
        "different people, with what they were compared with before. <i>Ceiling</i>: the best that can be "
        "had. <i>Control</i>: the same with patients shuffled, which is what chance gives.");
    write_agreement(out, "Against the same vectors before the gate: what privacy cost", &m->before_gate, NULL);
    if (m->raw_codes.measured)
        write_agreement(out, "Against the raw code sets of the records: what privacy and the vocabulary cost",
                        &m->raw_codes, m->raw_ceiling.measured ? &m->raw_ceiling : NULL);
    if (has_strata(&m->before_gate))
        write_strata(out, &m->before_gate);
    base_buf_text(out, "<p class=\"note\">");
    report_count(out, m->before_gate.pairs);
    base_buf_text(out, " pairs; neighbours of ");
    report_count(out, m->before_gate.queries);
    base_buf_text(out, " visits.</p>\n");
    report_section_end(out);
}

static void write_coverage(base_buf *out, const report_model *m)
{
    report_section_begin(
        out, "coverage", "What the vocabulary understood",
        "Of the entries that could be used and have a code or a text, those that the vocabulary has a concept of "
        "their own for; a catch-all such as other history is none. What it does not know is not in the release. "
        "<i>Occurrences</i> count every entry; <i>codes</i> count those that say the same once.");
    base_buf_text(out, "<table>\n<caption class=\"unseen\">Coverage by kind of record</caption>\n<thead><tr>");
    report_head_cell(out, NULL, "Records");
    report_head_cell(out, NULL, "Occurrences");
    report_head_cell(out, NULL, "Distinct codes");
    base_buf_text(out, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < m->coverage_count; i++) {
        base_buf_text(out, "<tr><th scope=\"row\">");
        report_escape(out, m->coverage[i].name);
        base_buf_text(out, "</th>");
        report_rate_cell(out, m->coverage[i].occurrences);
        report_rate_cell(out, m->coverage[i].codes);
        base_buf_text(out, "</tr>\n");
    }
    base_buf_text(out, "</tbody></table>\n");
    report_section_end(out);
}

void report_likeness(base_buf *out, const report_model *m)
{
    if (m->before_gate.measured)
        write_similarity(out, m);
    if (m->coverage_count != 0)
        write_coverage(out, m);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "report/page.h"

#include <math.h>

/* The table is the chart: each attacker's line of the dot plot stands between who it is and its numbers. */
static void write_legend(base_buf *out)
{
    base_buf_text(
        out, "<p class=\"legend\" aria-hidden=\"true\"><span><svg width=\"12\" height=\"12\"><circle class=\"dot\" "
             "cx=\"6\" cy=\"6\" r=\"5\"/></svg> found alone</span> <span><svg width=\"26\" height=\"12\"><line "
             "class=\"reach\" x1=\"6\" x2=\"26\" y1=\"6\" y2=\"6\"/><circle class=\"ring\" cx=\"6\" cy=\"6\" r=\"5\"/>"
             "</svg> fewer than k fit, up to its bound</span> <span><svg width=\"6\" height=\"14\"><line "
             "class=\"tick\" x1=\"3\" x2=\"3\" y1=\"0\" y2=\"14\"/></svg> control</span></p>\n");
}

static void write_head(base_buf *out, const report_model *m)
{
    base_buf_text(out, "<table class=\"attackers stack\" role=\"table\">\n<caption class=\"unseen\">What attackers get"
                       "</caption>\n<thead role=\"rowgroup\"><tr role=\"row\">"
                       "<th role=\"columnheader\" scope=\"col\">The attacker knows</th>"
                       "<th role=\"columnheader\" scope=\"col\" class=\"plot\"><span class=\"unseen\">Chart</span>");
    report_track_scale(out, "0", "50" REPORT_THIN "%", "100" REPORT_THIN "%");
    base_buf_format(out,
                    "</th><th role=\"columnheader\" scope=\"col\" class=\"number\">Alone</th>"
                    "<th role=\"columnheader\" scope=\"col\" class=\"number\">Fewer than %u</th>"
                    "<th role=\"columnheader\" scope=\"col\" class=\"number\">At most</th>"
                    "<th role=\"columnheader\" scope=\"col\" class=\"number\">Control</th>"
                    "<th role=\"columnheader\" scope=\"col\" class=\"number\">Trials</th></tr></thead>\n",
                    m->k);
}

static void share_cell(base_buf *out, const char *label, double share, bool strong)
{
    base_buf_format(out, "<td role=\"cell\" class=\"number\" data-label=\"%s\">%s", label, strong ? "<b>" : "");
    report_share(out, share);
    base_buf_format(out, "%s</td>", strong ? "</b>" : "");
}

bool report_attacker_broken(const report_attacker *attacker)
{
    return attacker->guaranteed && attacker->below_k > 0;
}

static void write_attacker(base_buf *out, const report_attacker *attacker)
{
    const bool counted = isnan(attacker->below_k_bound);
    const report_mark marks[] = {
        {REPORT_MARK_REACH, attacker->below_k, attacker->below_k_bound},
        {REPORT_MARK_TICK, attacker->control, 0},
        {REPORT_MARK_RING, attacker->below_k, 0},
        {REPORT_MARK_DOT, attacker->unique, 0},
    };
    base_buf_text(out, "<tr role=\"row\"><th role=\"rowheader\" scope=\"row\">");
    report_escape(out, attacker->description);
    if (report_attacker_broken(attacker))
        base_buf_text(out, " <strong class=\"broken\">The guarantee is broken.</strong>");
    base_buf_text(out, "</th><td role=\"cell\" class=\"plot\">");
    report_track(out, marks, sizeof(marks) / sizeof(marks[0]));
    base_buf_text(out, "</td>");
    share_cell(out, "Alone", attacker->unique, !attacker->guaranteed || report_attacker_broken(attacker));
    share_cell(out, "Fewer than k", attacker->below_k, false);
    if (counted)
        base_buf_text(out, "<td role=\"cell\" class=\"number\" data-label=\"At most\">exact</td>");
    else
        share_cell(out, "At most", attacker->below_k_bound, false);
    share_cell(out, "Control", attacker->control, false);
    base_buf_text(out, "<td role=\"cell\" class=\"number\" data-label=\"Trials\">");
    report_count(out, attacker->trials);
    base_buf_text(out, "</td></tr>\n");
}

static void write_group(base_buf *out, const report_model *m, bool guaranteed, const char *heading)
{
    bool begun = false;
    for (size_t i = 0; i < m->attacker_count; i++) {
        if (m->attackers[i].guaranteed != guaranteed)
            continue;
        if (!begun)
            base_buf_format(out,
                            "<tbody role=\"rowgroup\" class=\"%s\"><tr role=\"row\" class=\"group\"><th "
                            "role=\"rowheader\" scope=\"rowgroup\" colspan=\"7\">%s</th></tr>\n",
                            guaranteed ? "guaranteed" : "beyond-level", heading);
        begun = true;
        write_attacker(out, &m->attackers[i]);
    }
    if (begun)
        base_buf_text(out, "</tbody>\n");
}

static void write_terms(base_buf *out, const report_model *m)
{
    base_buf_text(
        out, "<dl class=\"glossary\"><div><dt>Alone</dt><dd>exactly one person of the release has the known facts: "
             "the person is found.</dd></div><div><dt>Fewer than k</dt><dd>at least one and fewer than ");
    base_buf_format(out, "%u people fit", m->k);
    base_buf_text(
        out, "; those found alone are among them.</dd></div><div><dt>At most</dt><dd>upper end of the 95" REPORT_THIN
             "% interval of that share; <i>exact</i> where every case was counted and nothing was sampled.</dd>"
             "</div>");
    if (m->control_meaning != NULL) {
        base_buf_text(out, "<div><dt>Control</dt><dd>");
        report_sentence(out, m->control_meaning);
        base_buf_text(out, " What an attacker gets beyond the control is due to the release.</dd></div>");
    }
    base_buf_text(out, "</dl>\n");
}

void report_attackers(base_buf *out, const report_model *m)
{
    if (m->attacker_count == 0)
        return;
    report_section_begin(
        out, "attackers", "What attackers get",
        "Each attacker holds the whole release and knows some true facts of one person in it. The level rules "
        "out the first group. It does <b>not</b> protect against the others: these are measured, so that you "
        "can judge whom you give the data to.");
    write_legend(out);
    write_head(out, m);
    write_group(out, m, true, "Ruled out by the level");
    write_group(out, m, false, "Not ruled out: this is what they get");
    base_buf_text(out, "</table>\n");
    write_terms(out, m);
    report_section_end(out);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "report/page.h"

#include <math.h>

/*
 * The first screen: what is guaranteed, against whom, what is kept, and, with the same weight, that someone who knows
 * more gets more.
 */
static void write_masthead(base_buf *out, const report_model *m)
{
    base_buf_text(out, "<header class=\"masthead\">\n<p class=\"brand\"><span>Lethe</span> release report</p>\n<h1>");
    report_escape(out, m->dataset_name);
    base_buf_text(out, "</h1>\n<p class=\"facts\">Level <b>");
    report_escape(out, m->level);
    base_buf_text(out, "</b>, for <b>");
    report_escape(out, m->audience);
    base_buf_text(out, "</b>. As of <b>");
    report_escape(out, m->created_at);
    base_buf_text(out, "</b>");
    if (m->created_at_from != NULL) {
        base_buf_text(out, ", ");
        report_escape(out, m->created_at_from);
    }
    base_buf_text(out, ".</p>\n");
    base_buf_text(out, "<nav aria-label=\"Contents\"><ul>");
    static const char *const links[][2] = {
        {"attackers", "Stronger attackers"}, {"plan", "What was generalized"}, {"lists", "Lists"},
        {"similarity", "Similarity"},        {"coverage", "Coverage"},         {"contents", "What is in it"},
        {"verify", "Limits and proof"},
    };
    const bool shown[] = {m->attacker_count != 0,
                          m->qi_count != 0,
                          m->list_count != 0,
                          m->before_gate.measured,
                          m->coverage_count != 0,
                          true,
                          true};
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
        if (shown[i])
            base_buf_format(out, "<li><a href=\"#%s\">%s</a></li>", links[i][0], links[i][1]);
    base_buf_text(out, "</ul></nav>\n</header>\n");
}

static void write_plural(base_buf *out, uint32_t count, const char *one, const char *many)
{
    base_buf_format(out, "%u %s", count, count == 1 ? one : many);
}

static void figure_begin(base_buf *out, const char *term)
{
    base_buf_format(out, "<div><dt>%s</dt><dd>", term);
}

static void figure_end(base_buf *out, const char *note)
{
    base_buf_format(out, "<small>%s</small></dd></div>\n", note);
}

static void write_figures(base_buf *out, const report_model *m)
{
    base_buf_text(out, "<dl class=\"figures\">\n");
    figure_begin(out, "Released");
    report_count(out, m->released.people);
    base_buf_text(out, " <em>people</em>");
    base_buf_text(out, "<small>with ");
    report_count(out, m->released.visits);
    base_buf_text(out, " visits, one row each");
    if (!isnan(m->visits_withheld)) {
        base_buf_text(out, "; ");
        report_rate(out, m->visits_withheld);
        base_buf_text(out, " of the visits that came in were withheld");
    }
    base_buf_text(out, "</small></dd></div>\n");
    if (m->erased) {
        base_buf_text(out, "</dl>\n<p>People were erased from this release since it was first made. How it compares "
                           "with the records that came in was measured then, and is left out here.</p>\n");
        return;
    }
    figure_begin(out, "Detail kept");
    report_rate(out, m->information_kept);
    figure_end(out, "of what the quasi-identifiers said: age, place, time and other facts that someone may know");
    figure_begin(out, "List items kept");
    report_rate(out, m->items_kept);
    figure_end(out, "of the diagnoses, medication, flags and other list values");
    if (m->before_gate.measured) {
        figure_begin(out, "Likeness kept");
        report_correlation(out, m->before_gate.spearman);
        figure_end(out, "rank correlation of the similarity of patients before and after; 1 is unchanged, 0 is lost");
    }
    base_buf_text(out, "</dl>\n");
}

/* The attacker beyond the guarantee who finds single people most often. */
static const report_attacker *strongest(const report_model *m)
{
    const report_attacker *worst = NULL;
    for (size_t i = 0; i < m->attacker_count; i++) {
        const report_attacker *attacker = &m->attackers[i];
        if (!attacker->guaranteed && !isnan(attacker->unique) && (worst == NULL || attacker->unique > worst->unique))
            worst = attacker;
    }
    return worst;
}

static bool is_broken(const report_model *m)
{
    for (size_t i = 0; i < m->attacker_count; i++)
        if (report_attacker_broken(&m->attackers[i]))
            return true;
    for (size_t i = 0; i < m->check_count; i++)
        if (!m->checks[i].passed)
            return true;
    return m->class_count != 0 && m->class_size_min < m->k;
}

static void write_beyond(base_buf *out, const report_model *m)
{
    const report_attacker *worst = strongest(m);
    if (is_broken(m))
        base_buf_text(out, "<div class=\"beyond alarm\" role=\"alert\">\n<h3>Do not hand this release out</h3>\n<p>A "
                           "check failed or an attacker got what the level rules out: the guarantee above does not "
                           "hold.</p>\n</div>\n");
    base_buf_text(out, "<div class=\"beyond\">\n<h3>What is not guaranteed</h3>\n<p>");
    if (worst != NULL) {
        base_buf_text(out, "Someone who knows more can find people. The strongest attacker measured knows ");
        base_buf_text(out, "<b>");
        report_escape(out, worst->description);
        base_buf_text(out,
                      "</b> of a person in the release, and finds exactly that one person in <b class=\"figure\">");
        report_share(out, worst->unique);
        base_buf_text(out, "</b> of the trials. <a href=\"#attackers\">All stronger attackers</a>");
    } else {
        base_buf_text(
            out, "Someone who knows more than this may find people more often. It was not measured here how often.");
    }
    base_buf_text(out, "</p>\n</div>\n");
}

void report_opening(base_buf *out, const report_model *m)
{
    write_masthead(out, m);
    base_buf_text(out, "<main>\n<section id=\"guarantee\" class=\"guarantee\" aria-labelledby=\"guarantee-heading\">\n"
                       "<div class=\"promise\">\n<div><h2 id=\"guarantee-heading\">What is guaranteed</h2>\n"
                       "<p class=\"statement\">");
    report_sentence(out, m->statement);
    base_buf_text(out, "</p></div>\n<p class=\"sight\">");
    report_crowd(out, m->k);
    base_buf_format(out, "<span>at least %u people,<br/>or none</span></p>\n</div>\n", m->k);
    base_buf_text(out, "<p class=\"terms\"><b>k");
    base_buf_format(out,
                    REPORT_THIN "=" REPORT_THIN "%u</b> counts people, never visits. <b>Against</b> someone who holds "
                                "every file of this release and knows of one person at most ",
                    m->k);
    write_plural(out, m->attacker_visits, "visit", "visits");
    base_buf_text(out, ", or at most ");
    write_plural(out, m->attacker_items, "list item", "list items");
    base_buf_text(out,
                  ". <b>Proof:</b> <a href=\"#verify\"><code>lethe verify</code></a> counts it again from the files "
                  "alone.</p>\n");
    write_beyond(out, m);
    write_figures(out, m);
    base_buf_text(out, "</section>\n");
}

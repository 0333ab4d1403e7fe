/* SPDX-License-Identifier: Apache-2.0 */
#include "report/evaluation_parts.h"
#include "report/page.h"

#include <math.h>

/* evaluation.html: the building blocks and the look of report.html. */

static void write_masthead(base_buf *out, const report_evaluation *e)
{
    base_buf_text(out, "<header class=\"masthead\">\n<p class=\"brand\"><span>Lethe</span> evaluation</p>\n<h1>");
    report_escape(out, e->dataset_name);
    base_buf_text(out, "</h1>\n<p class=\"facts\">What begins within <b>");
    report_count(out, e->horizon_months);
    base_buf_text(out, " months</b> of a visit, predicted for <b>");
    report_count(out, e->test.people);
    base_buf_text(out, "</b> test patients by models of <b>");
    report_count(out, e->train.people);
    base_buf_text(out, "</b> others.</p>\n</header>\n");
}

/* -- the first screen -----------------------------------------------------------------------------------------------
 */

static void write_interval(base_buf *out, const report_figure *figure)
{
    base_buf_text(out, "95" REPORT_THIN "% interval ");
    report_share(out, figure->low);
    base_buf_text(out, " to ");
    report_share(out, figure->high);
}

static void write_big(base_buf *out, const char *term, const report_figure *figure, const char *note)
{
    if (figure->patients == 0)
        return;
    base_buf_format(out, "<div><dt>%s</dt><dd>", term);
    report_share(out, figure->value);
    base_buf_format(out, "<small>%s; ", note);
    write_interval(out, figure);
    base_buf_text(out, "</small></dd></div>\n");
}

static const report_level *main_level(const report_evaluation *e)
{
    return &e->levels[e->levels[0].outcomes != 0 ? 0 : 1];
}

static const report_method *chosen_of(const report_level *level)
{
    for (size_t i = 0; i < REPORT_METHODS; i++)
        if (level->methods[i].chosen)
            return &level->methods[i];
    return &level->methods[0];
}

static void write_reach_statement(base_buf *out, const report_evaluation *e, const report_level *level)
{
    base_buf_text(out, "<p><b>");
    base_buf_text(out, level->title);
    base_buf_text(out, ":</b> three names of which ");
    report_share(out, e->reach_wanted);
    base_buf_text(out, " are right are ");
    if (level->out_of_reach)
        base_buf_text(out, "<b>out of reach</b>");
    else
        base_buf_text(out, "had");
    if (level->reach_found) {
        base_buf_text(out, ": at the confidence that validation patients chose, ");
        report_share(out, level->reach_precision.value);
        base_buf_text(out, " of the names are right, on ");
        report_share(out, level->reach_coverage.value);
        base_buf_text(out, " of the visits");
        if (level->out_of_reach) {
            base_buf_text(out, "; less than that, or fewer than ");
            report_share(out, e->reach_least);
            base_buf_text(out, " of the visits, is not called reached");
        }
    } else {
        base_buf_text(out, " at any coverage");
    }
    base_buf_text(out, ".</p>\n");
}

static void write_answer(base_buf *out, const report_evaluation *e)
{
    const report_level *level = main_level(e);
    const report_method *chosen = chosen_of(level);
    base_buf_text(out, "<p class=\"statement\">Best by measurement: ");
    base_buf_text(out, e->method_title);
    base_buf_text(out, ".</p>\n<dl class=\"figures\">\n");
    write_big(out, "Something right among three", &chosen->hit, "hit@3, of the visits after which something begins");
    write_big(out, "Names that are right", &chosen->precision, "precision@3, of all visits: after most nothing begins");
    write_big(out, "Of what begins, named", &chosen->recall, "recall@3");
    write_big(out, "Error of the probabilities", &chosen->ece, "ECE: how far what is said lies from what happens");
    base_buf_text(out, "</dl>\n<div class=\"beyond\">\n<h3>What is out of reach</h3>\n");
    for (size_t i = 0; i < REPORT_LEVELS; i++)
        if (e->levels[i].outcomes != 0)
            write_reach_statement(out, e, &e->levels[i]);
    base_buf_text(out, "</div>\n");
}

static void write_opening(base_buf *out, const report_evaluation *e)
{
    base_buf_text(out, "<main>\n<section class=\"guarantee\" id=\"answer\" aria-labelledby=\"answer-heading\">\n"
                       "<h2 id=\"answer-heading\">How good predictions are</h2>\n");
    if (e->judged) {
        write_answer(out, e);
    } else {
        base_buf_text(out,
                      "<p class=\"statement\">Too few patients to say how good predictions are: something begins in ");
        report_count(out, e->test_positive);
        base_buf_text(out, " test patients, ");
        report_count(out, e->test_wanted);
        base_buf_text(out, " are wanted.</p>\n");
    }
    base_buf_text(out, "<p class=\"terms\">Of a synthetic population all of this measures how well the rules of its "
                       "generator are found again, and nothing about real patients.</p>\n</section>\n");
}

/* -- methods --------------------------------------------------------------------------------------------------------
 */

static void write_level(base_buf *out, const report_level *level)
{
    base_buf_format(out, "<table class=\"stack\">\n<caption>%s: %u that could begin</caption>\n", level->title,
                    level->outcomes);
    report_method_rows(out, level->methods, REPORT_METHODS);
}

static void write_methods(base_buf *out, const report_evaluation *e)
{
    report_section_begin(out, "methods", "Methods compared",
                         "Each names the three likeliest that a patient has not had, for every visit followed to the "
                         "horizon. <i>Lift</i>: right names against those of the prevalence. <i>Brier skill</i>: error "
                         "of the probabilities against that of the prevalence; 0 is no better. Under each figure its "
                         "95" REPORT_THIN "% interval, from drawing patients again.");
    for (size_t i = 0; i < REPORT_LEVELS; i++)
        if (e->levels[i].outcomes != 0)
            write_level(out, &e->levels[i]);
    base_buf_text(out, "<p class=\"note\">");
    base_buf_text(out, e->chosen
                           ? "The default was chosen on validation patients who took no part in fitting."
                           : "Too few validation patients to choose by measurement: the default is the simplest.");
    base_buf_text(out, " In the blend the model counts ");
    report_share(out, e->blend_weight);
    base_buf_text(out, ". ");
    report_count(out, e->modelled);
    base_buf_text(out, " of ");
    report_count(out, e->outcomes);
    base_buf_text(out, " outcomes have enough training patients for a model.</p>\n");
    report_section_end(out);
}

/* -- charts ---------------------------------------------------------------------------------------------------------
 */

#define POINTS_MAX 64

static void write_curve(base_buf *out, const report_evaluation *e, const report_level *level)
{
    report_point curve[POINTS_MAX];
    double most = level->usual_precision;
    size_t count = level->curve_count < POINTS_MAX ? level->curve_count : POINTS_MAX;
    for (size_t i = 0; i < count; i++) {
        curve[i] = (report_point){level->curve[i].coverage, level->curve[i].precision};
        most = curve[i].y > most ? curve[i].y : most;
    }
    const report_point usual[] = {{0, level->usual_precision}, {1, level->usual_precision}};
    const report_point wanted[] = {{0, e->reach_wanted}, {1, e->reach_wanted}};
    const double top = report_plot_top(most);
    const report_series series[] = {
        {usual, 2, "rule", true, false}, {curve, count, "line", true, true}, {wanted, 2, "rule", true, false}};
    base_buf_format(out,
                    "<figure>\n<figcaption><b>%s</b>: the dashed line is the prevalence, three of every visit%s"
                    "</figcaption>\n",
                    level->title, top < 1 ? "" : "; the upper one what is wanted");
    report_write_plot(out, &(report_plot){.title = "Precision of the names by share of the visits",
                                          .x_name = "share of the visits, most confident first",
                                          .y_name = "names that are right",
                                          .x_top = 1,
                                          .y_top = top,
                                          .series = series,
                                          .series_count = top < 1 ? 2 : 3});
    base_buf_text(out, "\n</figure>\n");
}

static void write_silence(base_buf *out, const report_evaluation *e)
{
    base_buf_text(out, "<p class=\"note\">Pairs of visit and condition of which nothing is said: ");
    report_share(out, e->withheld);
    base_buf_text(out, " because fewer than ");
    report_count(out, e->k > 11 ? e->k : 11);
    base_buf_text(out, " patients would stand behind it, ");
    report_share(out, e->abstained);
    base_buf_text(out, " because the similar patients are few, far or at odds.</p>\n");
}

static void write_curves(base_buf *out, const report_evaluation *e)
{
    report_section_begin(out, "coverage", "Saying less, being right more often",
                         "If only the visits with the most confident predictions are answered, more of the names are "
                         "right. A precision that only a small share of the visits has is called out of reach.");
    for (size_t i = 0; i < REPORT_LEVELS; i++)
        if (e->levels[i].outcomes != 0 && e->levels[i].curve_count != 0)
            write_curve(out, e, &e->levels[i]);
    write_silence(out, e);
    report_section_end(out);
}

static void write_told_table(base_buf *out, const report_evaluation *e)
{
    base_buf_text(out, "<table>\n<caption class=\"unseen\">Said and seen</caption>\n<thead><tr>");
    report_head_cell(out, NULL, "Probability said");
    report_head_cell(out, "number", "Mean");
    report_head_cell(out, "number", "Begins in");
    report_head_cell(out, "number", "Cases");
    base_buf_text(out, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < e->told_count; i++) {
        base_buf_text(out, "<tr><th scope=\"row\">from ");
        report_share(out, e->told[i].from);
        base_buf_text(out, "</th><td class=\"number\">");
        report_share(out, e->told[i].predicted);
        base_buf_text(out, "</td><td class=\"number\">");
        report_share(out, e->told[i].share);
        base_buf_text(out, "</td><td class=\"number\">");
        report_count(out, (uint64_t)(e->told[i].people + 0.5));
        base_buf_text(out, "</td></tr>\n");
    }
    base_buf_text(out, "</tbody></table>\n");
}

static void write_reliability(base_buf *out, const report_evaluation *e)
{
    report_point told[POINTS_MAX];
    double most = 0;
    const size_t count = e->told_count < POINTS_MAX ? e->told_count : POINTS_MAX;
    for (size_t i = 0; i < count; i++) {
        told[i] = (report_point){e->told[i].predicted, e->told[i].share};
        most = fmax(most, fmax(told[i].x, told[i].y));
    }
    const double top = report_plot_top(most);
    const report_point even[] = {{0, 0}, {top, top}};
    const report_series series[] = {{even, 2, "rule", true, false}, {told, count, "line", false, true}};
    report_section_begin(
        out, "reliability", "Whether probabilities hold",
        "Of the patients who were told about the same probability, the share in whom it begins. On the "
        "dashed line both are equal. A case is a patient and a condition.");
    base_buf_text(out, "<figure>\n");
    report_write_plot(out, &(report_plot){.title = "Share in whom it begins by probability said",
                                          .x_name = "probability said",
                                          .y_name = "begins in",
                                          .x_top = top,
                                          .y_top = top,
                                          .series = series,
                                          .series_count = 2});
    base_buf_text(out, "\n</figure>\n");
    write_told_table(out, e);
    base_buf_text(out, "<p class=\"note\">Sets that should hold ");
    report_share(out, 1 - e->set_miss);
    base_buf_text(out, " of what begins hold ");
    report_share(out, e->set_held);
    base_buf_text(out, " of it. Among the similar patients of a visit, ");
    report_share(out, e->agreement_begins);
    base_buf_text(out, " have a condition that begins in the patient, ");
    report_share(out, e->agreement_not);
    base_buf_text(out, " one that does not.</p>\n");
    report_section_end(out);
}

/* -- how it was measured --------------------------------------------------------------------------------------------
 */

static void write_size(base_buf *out, const char *name, const report_group_size *size, const char *use)
{
    base_buf_format(out, "<tr><th scope=\"row\">%s</th><td class=\"number\">", name);
    report_count(out, size->people);
    base_buf_text(out, "</td><td class=\"number\">");
    report_count(out, size->visits);
    base_buf_format(out, "</td><td>%s</td></tr>\n", use);
}

static void write_protocol(base_buf *out, const report_evaluation *e)
{
    static const char *const limits[] = {
        "Visits that were not followed to the horizon are left out: the figures are of those who stayed.",
        "What a patient had before is no candidate; what the release withholds of a history may still be one.",
        "Test patients were looked at once, by the code; who chooses another setting by these figures should not "
        "quote them.",
        "A help to find similar cases. No diagnosis, and no medical device.",
    };
    report_section_begin(out, "protocol", "How it was measured",
                         "Patients of one split are in no other. Everything is fitted on train; half of the validation "
                         "patients calibrate, the other half choose.");
    base_buf_text(out, "<table>\n<caption class=\"unseen\">Patients and visits</caption>\n<thead><tr>");
    report_head_cell(out, NULL, "Split");
    report_head_cell(out, "number", "Patients");
    report_head_cell(out, "number", "Visits");
    report_head_cell(out, NULL, "For");
    base_buf_text(out, "</tr></thead>\n<tbody>\n");
    write_size(out, "Train", &e->train, "models, similar patients");
    write_size(out, "Validation", &e->validation, "calibration, choice, sets");
    write_size(out, "Test", &e->test, "every figure of this page");
    base_buf_text(out, "</tbody></table>\n<h3>Not measured, not claimed</h3>\n<ul class=\"limits\">\n");
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
        base_buf_format(out, "<li>%s</li>\n", limits[i]);
    base_buf_text(out,
                  "</ul>\n<h3>Measure it yourself</h3>\n<pre><code>lethe evaluate --dataset dataset/</code></pre>\n"
                  "<p class=\"note\">Of the release whose manifest has SHA-256 <code>");
    report_escape(out, e->manifest);
    base_buf_text(out, "</code>.</p>\n");
    report_section_end(out);
    base_buf_text(out, "</main>\n");
}

int report_write_evaluation_html(const report_evaluation *e, base_buf *out, lethe_error *error)
{
    report_head(out, e->dataset_name, "evaluation");
    base_buf_text(out, "<body>\n<a class=\"skip\" href=\"#answer\">To the answer</a>\n");
    write_masthead(out, e);
    write_opening(out, e);
    if (e->judged) {
        write_methods(out, e);
        write_curves(out, e);
        write_reliability(out, e);
        report_temporal_section(out, e);
    }
    write_protocol(out, e);
    base_buf_text(out, "</body>\n</html>\n");
    return base_buf_check(out, error);
}

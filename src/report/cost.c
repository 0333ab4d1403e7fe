/* SPDX-License-Identifier: Apache-2.0 */
#include "report/cost.h"

#include "report/page.h"

#define RATE_STEPS 100

/* What anonymization cost the predictions: the same course before the gate and after it. */

#define TRIALS 3
static const char *const NAMES[TRIALS] = {"Before the gate", "Before it, outcomes that stayed", "Released"};

static void write_span(base_buf *out, const char *label, const report_span *span)
{
    base_buf_format(out, "<td class=\"number\" data-label=\"%s\">", label);
    report_rate(out, span->value);
    if (span->value >= 0) {
        base_buf_text(out, "<small>");
        report_rate(out, span->low);
        base_buf_text(out, " to ");
        report_rate(out, span->high);
        base_buf_text(out, "</small>");
    }
    base_buf_text(out, "</td>");
}

static void write_level(base_buf *out, const report_ceiling *ceiling, size_t level)
{
    static const char *const captions[REPORT_TRIAL_LEVELS] = {"Conditions", "Categories of conditions"};
    static const char *const names[REPORT_SPANS] = {
        "Something right among three (hit@3)", "Names that are right (precision@3)",
        "Of what begins, named (recall@3)", "Error of the probabilities (ECE)"};
    base_buf_format(out, "<table class=\"stack\">\n<caption>%s</caption>\n<thead><tr>", captions[level]);
    report_head_cell(out, NULL, "Measure");
    for (size_t i = 0; i < TRIALS; i++)
        report_head_cell(out, "number", NAMES[i]);
    base_buf_text(out, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < REPORT_SPANS; i++) {
        base_buf_format(out, "<tr><th scope=\"row\">%s</th>", names[i]);
        write_span(out, NAMES[0], &ceiling->raw.spans[level][i]);
        write_span(out, NAMES[1], &ceiling->kept.spans[level][i]);
        write_span(out, NAMES[2], &ceiling->released.spans[level][i]);
        base_buf_text(out, "</tr>\n");
    }
    base_buf_text(out, "</tbody></table>\n");
}

static void json_trial(json_writer *w, const char *key, const report_trial *trial)
{
    static const char *const levels[REPORT_TRIAL_LEVELS] = {"concepts", "categories"};
    static const char *const names[REPORT_SPANS] = {"hit_at_3", "precision_at_3", "recall_at_3", "ece"};
    json_write_key(w, key);
    json_write_object(w);
    json_member_text(w, "method", trial->method);
    for (size_t level = 0; level < REPORT_TRIAL_LEVELS; level++) {
        json_write_key(w, levels[level]);
        json_write_object(w);
        for (size_t i = 0; i < REPORT_SPANS; i++) {
            const report_span *span = &trial->spans[level][i];
            json_write_key(w, names[i]);
            json_write_object(w);
            json_member_double(w, "value", report_round(span->value, RATE_STEPS));
            json_member_double(w, "low", report_round(span->low, RATE_STEPS));
            json_member_double(w, "high", report_round(span->high, RATE_STEPS));
            json_write_end(w);
        }
        json_write_end(w);
    }
    json_write_end(w);
}

void report_cost_json(json_writer *w, const report_model *m)
{
    if (!m->ceiling.wanted)
        return;
    json_write_key(w, "prediction");
    json_write_object(w);
    json_member_bool(w, "measured", m->ceiling.measured);
    if (m->ceiling.measured) {
        json_write_key(w, "test_patients");
        json_write_uint(w, m->ceiling.test_people);
        json_trial(w, "before_gate", &m->ceiling.raw);
        json_trial(w, "before_gate_outcomes_that_stayed", &m->ceiling.kept);
        json_trial(w, "released", &m->ceiling.released);
    }
    json_write_end(w);
}

void report_cost(base_buf *out, const report_model *m)
{
    const report_ceiling *ceiling = &m->ceiling;
    if (!ceiling->wanted)
        return;
    report_section_begin(
        out, "cost", "What anonymization cost the predictions",
        "A sample of people by the protocol of the evaluation: their visits as they were before the gate, with nothing "
        "withheld or coarsened, and what was released of them. Where fewer outcomes stayed, naming them is another "
        "task: the middle column is of the visits before the gate and the outcomes that somebody still has, so that "
        "the last two can be compared. Below each figure its 95" REPORT_THIN
        "% interval, from drawing patients again.");
    if (ceiling->measured) {
        for (size_t level = 0; level < REPORT_TRIAL_LEVELS; level++)
            write_level(out, ceiling, level);
        base_buf_text(out, "<p class=\"note\">Best by measurement: ");
        report_words(out, ceiling->raw.method);
        base_buf_text(out, " before the gate, ");
        report_words(out, ceiling->kept.method);
        base_buf_text(out, " there for the outcomes that stayed, ");
        report_words(out, ceiling->released.method);
        base_buf_text(out, " on what was released. ");
        report_count(out, ceiling->test_people);
        base_buf_text(out, " released test patients. Of a synthetic population it is the rules of its generator that "
                           "are found again.</p>\n");
    } else {
        base_buf_text(out, "<p class=\"statement\">Not measured: too few patients, or no outcome to predict.</p>\n");
    }
    report_section_end(out);
}

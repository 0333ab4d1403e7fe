/* SPDX-License-Identifier: Apache-2.0 */
#include "report/page.h"

#include "report/cost.h"
#include "report/frontier.h"

typedef struct plain_name {
    const char *name, *plain;
} plain_name;

static const plain_name PLAIN_NAMES[] = {
    {"index_period", "Period of the visit"},
    {"months_since_previous", "Time since the visit before"},
    {"age_group", "Age"},
    {"sex", "Sex"},
    {"pregnancy_status", "Pregnancy"},
    {"density", "Urban or rural"},
    {"region", "Region"},
    {"season_category", "Season"},
    {"exposure_risk", "Exposure"},
    {"medical_history_categories", "History, categories"},
    {"medical_history_concepts", "History, concepts"},
    {"medication_categories", "Medication, categories"},
    {"medication_concepts", "Medication, concepts"},
    {"allergy_categories", "Allergies, categories"},
    {"allergy_concepts", "Allergies, concepts"},
    {"symptom_categories", "Symptoms"},
    {"procedure_categories", "Procedures"},
    {"immunization_categories", "Immunizations"},
    {"vital_flags", "Vital signs and laboratory"},
    {"risk_factors", "Risk factors"},
    {"outcomes", "Outcomes"},
};

const char *report_plain_name(const char *name)
{
    for (size_t i = 0; name != NULL && i < sizeof(PLAIN_NAMES) / sizeof(PLAIN_NAMES[0]); i++)
        if (strcmp(PLAIN_NAMES[i].name, name) == 0)
            return PLAIN_NAMES[i].plain;
    return name;
}

void report_section_begin(base_buf *out, const char *id, const char *heading, const char *lead)
{
    base_buf_format(
        out,
        "<section id=\"%s\" aria-labelledby=\"%s-heading\">\n<header><h2 id=\"%s-heading\">%s</h2>\n<p>%s</p>"
        "</header>\n<div class=\"matter\">\n",
        id, id, id, heading, lead);
}

void report_section_end(base_buf *out)
{
    base_buf_text(out, "</div>\n</section>\n");
}

void report_head_cell(base_buf *out, const char *kind, const char *text)
{
    base_buf_format(out, "<th scope=\"col\"%s%s%s>%s</th>", kind != NULL ? " class=\"" : "", kind != NULL ? kind : "",
                    kind != NULL ? "\"" : "", text);
}

void report_value_begin(base_buf *out, double share)
{
    base_buf_text(out, "<td class=\"value\"><div>");
    report_bar(out, share, NULL);
    base_buf_text(out, "<span>");
}

void report_value_end(base_buf *out)
{
    base_buf_text(out, "</span></div></td>");
}

void report_rate_cell(base_buf *out, double rate)
{
    report_value_begin(out, report_round(rate, 100)); /* a bar tells no more than its number */
    report_rate(out, rate);
    report_value_end(out);
}

void report_head(base_buf *out, const char *dataset_name, const char *what)
{
    base_buf_text(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
                       "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
                       "<meta name=\"generator\" content=\"Lethe\"/>\n"
                       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
                       "'unsafe-inline'\"/>\n<title>");
    report_escape(out, dataset_name);
    base_buf_format(out, " " REPORT_DASH " %s</title>\n<style>\n", what);
    for (size_t i = 0; REPORT_STYLE[i] != NULL; i++)
        base_buf_text(out, REPORT_STYLE[i]);
    base_buf_text(out, "</style>\n</head>\n");
}

int report_write_html(const report_model *model, base_buf *out, lethe_error *error)
{
    report_head(out, model->dataset_name, "release report");
    base_buf_text(out, "<body>\n<a class=\"skip\" href=\"#guarantee\">To the guarantee</a>\n");
    report_opening(out, model);
    report_attackers(out, model);
    report_generalized(out, model);
    report_lists(out, model);
    report_likeness(out, model);
    report_frontier_page(out, model);
    report_cost(out, model);
    report_contents(out, model);
    report_verification(out, model);
    base_buf_text(out, "</body>\n</html>\n");
    return base_buf_check(out, error);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "report/evaluation.h"

#include "json/json_writer.h"
#include "report/text.h"

/* docs/SPEC-prediction.md describes this document; a change of it is a change of EVALUATION_VERSION. */
#define EVALUATION_VERSION 1
#define STEPS              10000

static void member_share(json_writer *w, const char *key, double share)
{
    json_member_double(w, key, report_round(share, STEPS));
}

static void member_count(json_writer *w, const char *key, uint64_t count)
{
    json_write_key(w, key);
    json_write_uint(w, count);
}

static void member_figure(json_writer *w, const char *key, const report_figure *figure)
{
    json_write_key(w, key);
    if (figure->patients == 0) {
        json_write_null(w);
        return;
    }
    json_write_object(w);
    member_share(w, "value", figure->value);
    member_share(w, "low", figure->low);
    member_share(w, "high", figure->high);
    member_count(w, "patients", figure->patients);
    json_write_end(w);
}

static void member_size(json_writer *w, const char *key, const report_group_size *size)
{
    json_write_key(w, key);
    json_write_object(w);
    member_count(w, "patients", size->people);
    member_count(w, "rows", size->visits);
    json_write_end(w);
}

static void write_methods(json_writer *w, const char *key, const report_method *methods, size_t count)
{
    json_write_key(w, key);
    json_write_object(w);
    for (size_t i = 0; i < count; i++) {
        const report_method *method = &methods[i];
        json_write_key(w, method->name);
        json_write_object(w);
        member_figure(w, "hit_at_3", &method->hit);
        member_figure(w, "precision_at_3", &method->precision);
        member_figure(w, "recall_at_3", &method->recall);
        member_figure(w, "ece", &method->ece);
        member_figure(w, "brier_skill", &method->brier_skill);
        member_figure(w, "lift", &method->lift);
        json_write_end(w);
    }
    json_write_end(w);
}

static void write_reach(json_writer *w, const report_evaluation *e, const report_level *level)
{
    json_write_key(w, "reach");
    json_write_object(w);
    member_share(w, "precision_wanted", e->reach_wanted);
    member_share(w, "coverage_least", e->reach_least);
    json_member_bool(w, "found", level->reach_found);
    json_member_bool(w, "out_of_reach", level->out_of_reach);
    member_figure(w, "coverage", &level->reach_coverage);
    member_figure(w, "precision", &level->reach_precision);
    json_write_end(w);
}

static void write_level(json_writer *w, const report_evaluation *e, const report_level *level)
{
    json_write_key(w, level->name);
    json_write_object(w);
    member_count(w, "outcomes", level->outcomes);
    write_methods(w, "methods", level->methods, REPORT_METHODS);
    json_write_key(w, "said");
    json_write_object(w);
    member_figure(w, "coverage", &level->coverage);
    member_figure(w, "precision_at_3", &level->precision);
    member_figure(w, "hit_at_3", &level->hit);
    json_write_end(w);
    json_write_key(w, "curve");
    json_write_array(w);
    for (size_t i = 0; i < level->curve_count; i++) {
        json_write_object(w);
        member_share(w, "coverage", level->curve[i].coverage);
        member_share(w, "precision_at_3", level->curve[i].precision);
        member_share(w, "hit_at_3", level->curve[i].hit);
        json_write_end(w);
    }
    json_write_end(w);
    write_reach(w, e, level);
    json_write_end(w);
}

static void write_told(json_writer *w, const report_evaluation *e)
{
    json_write_key(w, "reliability");
    json_write_array(w);
    for (size_t i = 0; i < e->told_count; i++) {
        json_write_object(w);
        member_share(w, "from", e->told[i].from);
        member_share(w, "predicted", e->told[i].predicted);
        member_share(w, "share", e->told[i].share);
        member_count(w, "patients", (uint64_t)(e->told[i].people + 0.5));
        json_write_end(w);
    }
    json_write_end(w);
}

static void write_judgement(json_writer *w, const report_evaluation *e)
{
    for (size_t i = 0; i < REPORT_LEVELS; i++)
        if (e->levels[i].outcomes != 0)
            write_level(w, e, &e->levels[i]);
    write_told(w, e);
    json_write_key(w, "sets");
    json_write_object(w);
    member_share(w, "wanted", 1 - e->set_miss);
    member_share(w, "held", e->set_held);
    member_share(w, "outcomes", e->set_size);
    member_count(w, "patients", e->set_people);
    json_write_end(w);
    json_write_key(w, "agreement");
    json_write_object(w);
    member_share(w, "where_it_begins", e->agreement_begins);
    member_share(w, "where_it_does_not", e->agreement_not);
    member_count(w, "patients", e->agreement_people);
    json_write_end(w);
    member_share(w, "withheld", e->withheld);
    member_share(w, "abstained", e->abstained);
}

static void write_years(json_writer *w, const char *key, uint32_t from, uint32_t until, const report_group_size *size)
{
    json_write_key(w, key);
    json_write_object(w);
    member_count(w, "from", from);
    member_count(w, "until", until);
    member_count(w, "patients", size->people);
    member_count(w, "rows", size->visits);
    json_write_end(w);
}

static void write_temporal(json_writer *w, const report_evaluation *e)
{
    static const char *const states[] = {"judged", "period_withheld", "no_earlier_period", "few_patients"};
    const report_temporal *t = &e->temporal;
    json_write_key(w, "temporal");
    json_write_object(w);
    json_member_text(w, "state", states[t->state]);
    if (t->state == REPORT_TIME_JUDGED || t->state == REPORT_TIME_FEW) {
        write_years(w, "learnt", t->learnt_from, t->learnt_until, &t->learnt);
        write_years(w, "judged", t->judged_from, t->judged_until, &t->judged);
        member_count(w, "test_patients_positive", t->positive);
    }
    if (t->state == REPORT_TIME_JUDGED) {
        json_member_text(w, "method", t->method);
        for (size_t i = 0; i < REPORT_LEVELS; i++)
            if (e->levels[i].outcomes != 0)
                write_methods(w, e->levels[i].name, t->rows[i], REPORT_TEMPORAL_ROWS);
    }
    json_write_end(w);
}

int report_write_evaluation_json(const report_evaluation *e, base_buf *out, lethe_error *error)
{
    json_writer w = json_writer_of(out, true);
    json_write_object(&w);
    json_member_int(&w, "evaluation_version", EVALUATION_VERSION);
    json_member_text(&w, "manifest_sha256", e->manifest);
    member_count(&w, "horizon_months", e->horizon_months);
    member_count(&w, "k", e->k);
    member_count(&w, "neighbours", e->neighbours);
    member_count(&w, "outcomes", e->outcomes);
    member_count(&w, "modelled", e->modelled);
    member_size(&w, "train", &e->train);
    member_size(&w, "validation", &e->validation);
    member_size(&w, "test", &e->test);
    member_count(&w, "test_patients_positive", e->test_positive);
    member_count(&w, "test_patients_wanted", e->test_wanted);
    json_member_bool(&w, "judged", e->judged);
    json_member_bool(&w, "chosen_by_measurement", e->chosen);
    json_member_text(&w, "method", e->method);
    member_share(&w, "blend_weight", e->blend_weight);
    if (e->judged)
        write_judgement(&w, e);
    write_temporal(&w, e);
    json_write_end(&w);
    base_buf_byte(out, '\n');
    return base_buf_check(out, error);
}

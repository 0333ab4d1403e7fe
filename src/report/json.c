/* SPDX-License-Identifier: Apache-2.0 */
#include "report/report.h"

#include "json/json_writer.h"
#include "report/cost.h"
#include "report/frontier.h"
#include "report/text.h"

/* docs/SPEC-report.md describes this document; a change of it is a change of REPORT_VERSION. */
#define REPORT_VERSION    1
#define SHARE_STEPS       1000 /* counted from the released rows */
#define RATE_STEPS        100  /* knows the input */
#define BAND_STEPS        10   /* knows a group of the input */
#define CORRELATION_STEPS 100

static void write_text(json_writer *w, const char *text)
{
    base_buf clean;
    if (text == NULL) {
        json_write_null(w);
        return;
    }
    base_buf_init(&clean, w->out->max);
    report_clean(&clean, text);
    if (clean.failed != 0)
        w->out->failed = clean.failed;
    json_write_string(w, base_buf_view(&clean));
    base_buf_done(&clean);
}

static void member_text(json_writer *w, const char *key, const char *text)
{
    json_write_key(w, key);
    write_text(w, text);
}

static void member_count(json_writer *w, const char *key, uint64_t count)
{
    json_write_key(w, key);
    json_write_uint(w, count);
}

static void member_known(json_writer *w, const char *key, uint32_t known)
{
    json_write_key(w, key);
    if (known == UINT32_MAX)
        json_write_text(w, "all");
    else
        json_write_uint(w, known);
}

static void member_share(json_writer *w, const char *key, double share)
{
    json_member_double(w, key, report_round(share, SHARE_STEPS));
}

static void member_rate(json_writer *w, const char *key, double rate)
{
    json_member_double(w, key, report_round(rate, RATE_STEPS));
}

static void member_correlation(json_writer *w, const char *key, double value)
{
    json_member_double(w, key, report_round(value, CORRELATION_STEPS));
}

static void begin_object(json_writer *w, const char *key)
{
    json_write_key(w, key);
    json_write_object(w);
}

static void begin_array(json_writer *w, const char *key)
{
    json_write_key(w, key);
    json_write_array(w);
}

static void write_identity(json_writer *w, const report_model *m)
{
    member_text(w, "dataset_name", m->dataset_name);
    member_text(w, "audience", m->audience);
    member_text(w, "created_at", m->created_at);
    member_text(w, "created_at_from", m->created_at_from);
    member_text(w, "level", m->level);
    member_text(w, "snapshots", m->snapshots);
    member_count(w, "k", m->k);
    begin_object(w, "attacker");
    member_count(w, "visits", m->attacker_visits);
    member_count(w, "items", m->attacker_items);
    json_write_end(w);
    member_text(w, "statement", m->statement);
    member_count(w, "outcome_horizon_months", m->horizon_months);
    member_text(w, "schema_version", m->schema_version);
    member_text(w, "anonymization_version", m->anonymization_version);
    member_text(w, "vocabulary_version", m->vocabulary_version);
    member_text(w, "embedding_model", m->embedding_model);
    member_text(w, "key_id", m->key_id);
    if (m->erased)
        json_member_bool(w, "after_erasure", true);
}

static void write_size(json_writer *w, const char *key, report_size size)
{
    begin_object(w, key);
    member_count(w, "people", size.people);
    member_count(w, "visits", size.visits);
    json_write_end(w);
}

static void write_groups(json_writer *w, const report_model *m)
{
    begin_array(w, "by_group");
    for (size_t i = 0; i < m->group_count; i++) {
        json_write_object(w);
        member_text(w, "quasi_identifier", m->groups[i].qi);
        member_text(w, "group", m->groups[i].group);
        json_member_double(w, "visits", report_round(m->groups[i].withheld, BAND_STEPS));
        json_write_end(w);
    }
    json_write_end(w);
}

static void write_sizes(json_writer *w, const report_model *m)
{
    write_size(w, "released", m->released);
    begin_object(w, "splits");
    write_size(w, "train", m->splits[REPORT_TRAIN]);
    write_size(w, "validation", m->splits[REPORT_VALIDATION]);
    write_size(w, "test", m->splits[REPORT_TEST]);
    json_write_end(w);
    begin_object(w, "withheld");
    member_rate(w, "visits", m->visits_withheld);
    member_rate(w, "people", m->people_withheld);
    write_groups(w, m);
    json_write_end(w);
}

static void write_classes(json_writer *w, const report_model *m)
{
    begin_object(w, "classes");
    member_count(w, "count", m->class_count);
    member_count(w, "smallest", m->class_size_min);
    begin_array(w, "sizes");
    for (size_t i = 0; i < m->class_size_count; i++) {
        const report_bucket *bucket = &m->class_sizes[i];
        json_write_object(w);
        member_count(w, "low", bucket->low);
        json_write_key(w, "high");
        if (bucket->high == UINT64_MAX)
            json_write_null(w);
        else
            json_write_uint(w, bucket->high);
        member_count(w, "classes", bucket->count);
        json_write_end(w);
    }
    json_write_end(w);
    json_write_end(w);
}

static void write_plan(json_writer *w, const report_model *m)
{
    begin_object(w, "plan");
    member_rate(w, "information_kept", m->information_kept);
    begin_object(w, "other_level");
    member_text(w, "level", m->other_level);
    member_rate(w, "information_kept", m->other_level_kept);
    json_write_end(w);
    member_rate(w, "suppression_limit", m->suppression_limit);
    begin_array(w, "quasi_identifiers");
    for (size_t i = 0; i < m->qi_count; i++) {
        const report_qi *qi = &m->qis[i];
        json_write_object(w);
        member_text(w, "name", qi->name);
        member_count(w, "level", qi->level);
        member_count(w, "levels", qi->level_count);
        member_text(w, "released_as", qi->level_label);
        member_rate(w, "information_kept", qi->kept);
        json_write_end(w);
    }
    json_write_end(w);
    json_write_end(w);
    write_classes(w, m);
}

static void write_lists(json_writer *w, const report_model *m)
{
    begin_object(w, "lists");
    member_rate(w, "items_kept", m->items_kept);
    begin_array(w, "columns");
    for (size_t i = 0; i < m->list_count; i++) {
        const report_list *list = &m->lists[i];
        json_write_object(w);
        member_text(w, "name", list->name);
        member_rate(w, "items_kept", list->kept);
        member_count(w, "distinct_items", list->distinct);
        member_rate(w, "distinct_items_dropped", list->distinct_dropped);
        json_write_end(w);
    }
    json_write_end(w);
    begin_array(w, "dropped_for_all");
    for (size_t i = 0; i < m->gone_count; i++) {
        json_write_object(w);
        member_text(w, "column", m->gone[i].column);
        member_text(w, "name", m->gone[i].name);
        json_write_end(w);
    }
    json_write_end(w);
    json_write_end(w);
}

static void write_attackers(json_writer *w, const report_model *m)
{
    begin_object(w, "attackers");
    member_text(w, "control", m->control_meaning);
    begin_array(w, "measured");
    for (size_t i = 0; i < m->attacker_count; i++) {
        const report_attacker *attacker = &m->attackers[i];
        json_write_object(w);
        member_text(w, "description", attacker->description);
        member_known(w, "visits", attacker->visits);
        member_known(w, "items", attacker->items);
        member_count(w, "trials", attacker->trials);
        member_share(w, "below_k", attacker->below_k);
        member_share(w, "below_k_bound_95", attacker->below_k_bound);
        member_share(w, "unique", attacker->unique);
        member_share(w, "control_below_k", attacker->control);
        json_member_bool(w, "guaranteed", attacker->guaranteed);
        json_write_end(w);
    }
    json_write_end(w);
    json_write_end(w);
}

static void write_strata(json_writer *w, const report_stratum *strata)
{
    static const double low[REPORT_STRATA] = {0, 0, .1, .3}, high[REPORT_STRATA] = {0, .1, .3, 1};
    begin_array(w, "by_raw_likeness");
    for (int i = 0; i < REPORT_STRATA; i++) {
        json_write_object(w);
        json_member_double(w, "from", low[i]);
        json_member_double(w, "to", high[i]);
        member_count(w, "pairs", strata[i].pairs);
        member_correlation(w, "spearman", strata[i].spearman);
        json_write_end(w);
    }
    json_write_end(w);
}

static void write_agreement(json_writer *w, const char *key, const report_agreement *agreement)
{
    json_write_key(w, key);
    if (!agreement->measured) {
        json_write_null(w);
        return;
    }
    json_write_object(w);
    member_count(w, "pairs", agreement->pairs);
    member_count(w, "queries", agreement->queries);
    member_correlation(w, "spearman", agreement->spearman);
    member_correlation(w, "overlap_10", agreement->overlap_10);
    member_correlation(w, "overlap_100", agreement->overlap_100);
    begin_object(w, "control");
    member_correlation(w, "spearman", agreement->control_spearman);
    member_correlation(w, "overlap_10", agreement->control_overlap_10);
    member_correlation(w, "overlap_100", agreement->control_overlap_100);
    json_write_end(w);
    write_strata(w, agreement->strata);
    json_write_end(w);
}

static void write_use(json_writer *w, const report_model *m)
{
    begin_object(w, "similarity");
    write_agreement(w, "released_against_before_gate", &m->before_gate);
    write_agreement(w, "released_against_raw_codes", &m->raw_codes);
    write_agreement(w, "before_gate_against_raw_codes", &m->raw_ceiling);
    json_write_end(w);
    begin_array(w, "coverage");
    for (size_t i = 0; i < m->coverage_count; i++) {
        json_write_object(w);
        member_text(w, "domain", m->coverage[i].name);
        member_rate(w, "occurrences", m->coverage[i].occurrences);
        member_rate(w, "distinct_codes", m->coverage[i].codes);
        json_write_end(w);
    }
    json_write_end(w);
    member_share(w, "outcomes_observed", m->outcomes_observed);
    member_share(w, "prediction_ready", m->prediction_ready);
}

static void write_distribution(json_writer *w, const report_distribution *distribution)
{
    json_write_object(w);
    member_text(w, "id", distribution->id);
    member_text(w, "title", distribution->title);
    member_text(w, "unit", distribution->unit);
    member_count(w, "total", distribution->total);
    begin_array(w, "values");
    for (size_t i = 0; i < distribution->entry_count; i++) {
        json_write_object(w);
        member_text(w, "name", distribution->entries[i].name);
        member_count(w, "count", distribution->entries[i].count);
        json_write_end(w);
    }
    json_write_end(w);
    json_write_end(w);
}

static void write_grid(json_writer *w, const report_grid *grid)
{
    json_write_object(w);
    member_text(w, "id", grid->id);
    member_text(w, "title", grid->title);
    member_text(w, "unit", grid->unit);
    begin_array(w, "cells");
    for (size_t i = 0; i < grid->row_count * grid->column_count; i++) {
        json_write_object(w);
        member_text(w, "row", grid->row_names[i / grid->column_count]);
        member_text(w, "column", grid->column_names[i % grid->column_count]);
        member_count(w, "count", grid->counts[i]);
        json_write_end(w);
    }
    json_write_end(w);
    json_write_end(w);
}

static void write_contents(json_writer *w, const report_model *m)
{
    begin_array(w, "distributions");
    for (size_t i = 0; i < m->distribution_count; i++)
        write_distribution(w, &m->distributions[i]);
    json_write_end(w);
    begin_array(w, "grids");
    for (size_t i = 0; i < m->grid_count; i++)
        write_grid(w, &m->grids[i]);
    json_write_end(w);
}

static void write_ground(json_writer *w, const report_model *m)
{
    begin_array(w, "checks");
    for (size_t i = 0; i < m->check_count; i++) {
        json_write_object(w);
        member_text(w, "check", m->checks[i].text);
        json_member_bool(w, "passed", m->checks[i].passed);
        json_write_end(w);
    }
    json_write_end(w);
    begin_array(w, "limits");
    for (size_t i = 0; i < m->limit_count; i++)
        write_text(w, m->limits[i]);
    json_write_end(w);
}

int report_write_json(const report_model *model, base_buf *out, lethe_error *error)
{
    json_writer w = json_writer_of(out, true);
    json_write_object(&w);
    member_count(&w, "report_version", REPORT_VERSION);
    write_identity(&w, model);
    write_sizes(&w, model);
    write_plan(&w, model);
    write_lists(&w, model);
    write_attackers(&w, model);
    write_use(&w, model);
    report_frontier_json(&w, model);
    report_cost_json(&w, model);
    write_contents(&w, model);
    write_ground(&w, model);
    json_write_end(&w);
    base_buf_byte(out, '\n');
    return base_buf_check(out, error);
}

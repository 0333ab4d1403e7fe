/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/risk.h"

static void write_uint(json_writer *json, const char *key, uint64_t number)
{
    json_write_key(json, key);
    json_write_uint(json, number);
}

void engine_rate_write(json_writer *json, const char *key, const lethe_rate *rate)
{
    json_write_key(json, key);
    json_write_object(json);
    write_uint(json, "hits", rate->hits);
    write_uint(json, "trials", rate->trials);
    json_member_double(json, "rate", rate->rate);
    json_member_double(json, "upper_95", rate->upper);
    json_write_end(json);
}

static void write_attacker(json_writer *json, const char *key, const lethe_attacker *attacker,
                           const lethe_risk_result *result)
{
    json_write_key(json, key);
    json_write_object(json);
    json_member_double(json, "highest", attacker->highest);
    json_member_double(json, "average", attacker->average);
    json_write_key(json, "at_risk");
    json_write_array(json);
    for (size_t i = 0; i < LETHE_RISK_THRESHOLDS; i++) {
        json_write_object(json);
        write_uint(json, "cell", result->threshold_cells[i]);
        json_member_double(json, "threshold", result->threshold_risks[i]);
        json_member_text(json, "source", result->threshold_sources[i]);
        engine_rate_write(json, "people", &attacker->at_risk[i]);
        json_write_end(json);
    }
    json_write_end(json);
    json_write_end(json);
}

static void write_estimate(json_writer *json, const char *key, double share)
{
    json_write_key(json, key);
    if (share < 0)
        json_write_null(json);
    else
        json_write_double(json, share);
}

static void write_uniqueness(json_writer *json, const lethe_risk_result *result)
{
    json_write_key(json, "population_uniques");
    json_write_object(json);
    write_estimate(json, "pitman", result->pitman);
    write_estimate(json, "zayatz", result->zayatz);
    write_estimate(json, "snb", result->snb);
    write_estimate(json, "dankar", result->dankar);
    json_member_text(json, "dankar_model", result->dankar_model);
    json_write_end(json);
}

static void write_columns(json_writer *json, const lethe_risk_result *result)
{
    json_write_key(json, "columns");
    json_write_array(json);
    for (size_t i = 0; i < result->column_count; i++) {
        const lethe_column_risk *column = &result->columns[i];
        json_write_object(json);
        json_member_text(json, "column", column->column);
        json_member_double(json, "contribution", column->contribution);
        json_member_double(json, "distinction", column->distinction);
        json_member_double(json, "separation", column->separation);
        json_write_end(json);
    }
    json_write_end(json);
    json_write_key(json, "sets");
    json_write_array(json);
    for (size_t i = 0; i < result->set_count; i++) {
        const lethe_column_set *set = &result->sets[i];
        json_write_object(json);
        json_member_text(json, "columns", set->columns);
        write_uint(json, "classes", set->classes);
        json_member_double(json, "distinction", set->distinction);
        json_member_double(json, "separation", set->separation);
        write_uint(json, "alone", set->alone);
        write_uint(json, "minimal_uniques", set->minimal);
        json_write_end(json);
    }
    json_write_end(json);
}

void engine_risk_write(const lethe_risk_result *result, json_writer *json)
{
    json_write_object(json);
    json_member_text(json, "encoding", result->encoding);
    json_member_string(json, "separator", (base_span){&result->separator, 1});
    write_uint(json, "rows", result->rows);
    write_uint(json, "people", result->people);
    write_uint(json, "classes", result->classes);
    write_uint(json, "smallest_class", result->smallest);
    write_uint(json, "rows_with_suppressed_cells", result->rows_with_stars);
    engine_rate_write(json, "sample_uniques", &result->uniques);
    write_attacker(json, "prosecutor", &result->prosecutor, result);
    if (result->journalist_known) {
        write_attacker(json, "journalist", &result->journalist, result);
        json_member_text(json, "journalist_from", result->journalist_counted ? "population" : "estimate");
        write_uint(json, "classes_not_in_population", result->classes_not_in_population);
    }
    json_member_double(json, "marketer", result->marketer);
    if (result->uniqueness_known)
        write_uniqueness(json, result);
    if (result->subset_size != 0) {
        write_uint(json, "subset_size", result->subset_size);
        write_uint(json, "rows_with_minimal_uniques", result->minimal);
        write_columns(json, result);
    }
    json_write_end(json);
}

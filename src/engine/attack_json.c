/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/risk.h"

static void write_uint(json_writer *json, const char *key, uint64_t number)
{
    json_write_key(json, key);
    json_write_uint(json, number);
}

static void write_contest(json_writer *json, const lethe_contest *contest)
{
    json_write_object(json);
    json_member_text(json, "attack", contest->attack);
    json_member_text(json, "columns", contest->columns);
    engine_rate_write(json, "original", &contest->against_original);
    if (contest->against_control.trials != 0)
        engine_rate_write(json, "control", &contest->against_control);
    engine_rate_write(json, "blind", &contest->blind);
    json_member_double(json, "risk", contest->risk);
    json_member_double(json, "risk_low", contest->low);
    json_member_double(json, "risk_high", contest->high);
    json_member_bool(json, "beats_blind", contest->beats_blind != 0);
    json_write_end(json);
}

static void write_closeness(json_writer *json, const lethe_closeness *close)
{
    json_write_key(json, "closeness");
    json_write_object(json);
    write_uint(json, "rows", close->rows);
    write_uint(json, "copies", close->copies);
    json_member_double(json, "least", close->least);
    json_member_double(json, "fifth_percentile", close->fifth);
    json_member_double(json, "median", close->median);
    if (close->has_control) {
        write_uint(json, "control_copies", close->control_copies);
        json_member_double(json, "control_fifth_percentile", close->control_fifth);
        json_member_double(json, "control_median", close->control_median);
        engine_rate_write(json, "closer_to_original", &close->closer);
    }
    json_write_end(json);
}

void engine_attack_write(const lethe_attack_result *result, json_writer *json)
{
    json_write_object(json);
    write_uint(json, "original_rows", result->original_rows);
    write_uint(json, "released_rows", result->released_rows);
    write_uint(json, "control_rows", result->control_rows);
    json_member_text(json, "columns", result->columns);
    json_write_key(json, "attacks");
    json_write_array(json);
    for (size_t i = 0; i < result->contest_count; i++)
        write_contest(json, &result->contests[i]);
    json_write_end(json);
    write_closeness(json, &result->closeness);
    if (result->has_membership)
        engine_rate_write(json, "membership", &result->membership);
    json_write_end(json);
}

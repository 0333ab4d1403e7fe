/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_DP_PLAN_H
#define ENGINE_DP_PLAN_H

#include "engine/budget.h"
#include "engine/dp_keys.h"
#include "privacy/dp.h"
#include "privacy/dp_people.h"

#include <lethe/dp.h>

/* What a query means in integers: made of its options alone, before a row is read. */
typedef struct engine_dp_plan {
    const lethe_dp_query *query;
    unsigned places; /* of fixed point */
    bool has_values; /* a column of numbers; else counts */
    bool is_histogram, keys_given;
    dp_limits limits;
    dp_quantile_question quantile;
    dp_mean_noise noise; /* `count` of a mean only */
    uint64_t threshold;  /* of keys that are not given */
    engine_spending spending;
} engine_dp_plan;

/* An amount above 0; a δ is below 1. LETHE_E_ENGINE_OPTION with `name`. */
int engine_dp_amount(const char *text, const char *name, dp_fraction *ret_amount, lethe_error *error);

/* Noise and cost of an answer of this squared L2 sensitivity under (ε, δ). */
int engine_dp_gaussian(dp_u128 square, dp_fraction epsilon, const char *delta, dp_noise *ret_noise, dp_cost *ret_cost,
                       lethe_error *error);
void engine_dp_describe(const dp_ledger *ledger, lethe_dp_budget_info *ret_info);

int engine_dp_plan_make(const lethe_dp_query *query, engine_dp_plan *ret_plan, lethe_error *error);

/* Rows by person, and the numbers of the keys. Where keys are given, `keys` holds them before. */
int engine_dp_read(const engine_dp_plan *plan, dp_people *people, engine_dp_keys *keys, lethe_error *error);
int engine_dp_read_keys(const lethe_dp_query *query, engine_dp_keys *keys, lethe_error *error);

#endif

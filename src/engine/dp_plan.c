/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/dp_plan.h"

#include "engine/settings.h"
#include "privacy/dp_decimal.h"

#define MEAN_EXTRA_PLACES 3 /* a mean is finer than its values */

static const char *const KINDS[] = {
    [LETHE_DP_COUNT] = "count",         [LETHE_DP_SUM] = "sum",           [LETHE_DP_MEAN] = "mean",
    [LETHE_DP_HISTOGRAM] = "histogram", [LETHE_DP_QUANTILE] = "quantile",
};

static int read_unit(const char *unit, unsigned *ret_places, lethe_error *error)
{
    int64_t value = 0;
    const base_span text = base_span_of(unit != NULL ? unit : "0.01");
    for (unsigned places = 0; places <= DP_PLACES_MAX - MEAN_EXTRA_PLACES; places++)
        if (dp_decimal_exact(text, places, &value)) {
            if (value != 1)
                break;
            *ret_places = places;
            return 0;
        }
    return engine_bad_option(error, "unit");
}

static int read_bound(const char *text, unsigned places, const char *name, int64_t *ret_value, lethe_error *error)
{
    if (text == NULL || !dp_decimal_exact(base_span_of(text), places, ret_value))
        return engine_bad_option(error, name);
    return *ret_value > DP_VALUE_MAX || *ret_value < -DP_VALUE_MAX ? engine_bad_option(error, name) : 0;
}

static int read_limits(const lethe_dp_query *query, engine_dp_plan *plan, lethe_error *error)
{
    BASE_TRY(read_unit(query->unit, &plan->places, error));
    BASE_TRY(read_bound(query->lower, plan->places, "lower", &plan->limits.lower, error));
    BASE_TRY(read_bound(query->upper, plan->places, "upper", &plan->limits.upper, error));
    return plan->limits.lower <= plan->limits.upper ? 0 : engine_bad_option(error, "upper");
}

int engine_dp_amount(const char *text, const char *name, dp_fraction *ret_amount, lethe_error *error)
{
    if (text == NULL || !dp_decimal_fraction(base_span_of(text), ret_amount) ||
        ret_amount->num / ret_amount->den >= DP_EPSILON_MAX)
        return engine_bad_option(error, name);
    return 0;
}

static int read_delta(const char *text, dp_fraction *ret_delta, lethe_error *error)
{
    BASE_TRY(engine_dp_amount(text, "delta", ret_delta, error));
    return ret_delta->num < ret_delta->den ? 0 : engine_bad_option(error, "delta");
}

/* -- noise ----------------------------------------------------------------------------------------------------------
 */

int engine_dp_gaussian(dp_u128 square, dp_fraction epsilon, const char *delta, dp_noise *ret_noise, dp_cost *ret_cost,
                       lethe_error *error)
{
    dp_fraction delta_amount, rho;
    dp_cost cost;
    BASE_TRY(read_delta(delta, &delta_amount, error));
    BASE_TRY(dp_zcdp_rho_for(epsilon, delta_amount, &rho, error));
    BASE_TRY(dp_noise_gaussian(square, rho, ret_noise, error));
    BASE_TRY(dp_cost_of(epsilon, delta_amount, &cost, error));
    BASE_TRY(dp_atto_up(rho, &cost.rho, error));
    *ret_cost = cost;
    return 0;
}

/* The square of what a person changes: one in each of some keys of a histogram, else one number. */
static int gaussian(engine_dp_plan *plan, uint64_t sensitivity, dp_fraction epsilon, lethe_error *error)
{
    const dp_u128 square = plan->is_histogram ? sensitivity : (dp_u128)sensitivity * sensitivity;
    plan->spending.zcdp_is_rho = true;
    return engine_dp_gaussian(square, epsilon, plan->query->delta, &plan->noise.sum, &plan->spending.cost, error);
}

static int laplace(engine_dp_plan *plan, uint64_t sensitivity, dp_fraction epsilon, lethe_error *error)
{
    dp_fraction delta = {0, 1};
    BASE_TRY(dp_noise_laplace(sensitivity, epsilon, &plan->noise.sum, error));
    if (plan->is_histogram && !plan->keys_given) {
        BASE_TRY(read_delta(plan->query->delta, &delta, error));
        BASE_TRY(dp_key_threshold(&plan->noise.sum, plan->limits.rows, delta, &plan->threshold, error));
    } else if (plan->query->delta != NULL) {
        return engine_bad_option(error, "delta"); /* nothing here needs it */
    }
    return dp_cost_of(epsilon, delta, &plan->spending.cost, error);
}

static int plan_noise(engine_dp_plan *plan, uint64_t sensitivity, dp_fraction epsilon, lethe_error *error)
{
    const char *noise = plan->query->noise != NULL ? plan->query->noise : "laplace";
    plan->spending.noise = noise;
    if (strcmp(noise, "laplace") == 0)
        return laplace(plan, sensitivity, epsilon, error);
    if (strcmp(noise, "gaussian") == 0 && !(plan->is_histogram && !plan->keys_given))
        return gaussian(plan, sensitivity, epsilon, error);
    return engine_bad_option(error, "noise");
}

/* -- kinds ----------------------------------------------------------------------------------------------------------
 */

static int no_gaussian(const lethe_dp_query *query, lethe_error *error)
{
    if (query->noise != NULL && strcmp(query->noise, "laplace") != 0)
        return engine_bad_option(error, "noise");
    return query->delta != NULL ? engine_bad_option(error, "delta") : 0;
}

static int plan_sum(engine_dp_plan *plan, dp_fraction epsilon, lethe_error *error)
{
    uint64_t sensitivity = 0;
    BASE_TRY(read_limits(plan->query, plan, error));
    BASE_TRY(dp_sum_sensitivity(&plan->limits, &sensitivity, error));
    return plan_noise(plan, sensitivity, epsilon, error);
}

static int plan_mean(engine_dp_plan *plan, dp_fraction epsilon, lethe_error *error)
{
    uint64_t sensitivity = 0;
    dp_fraction half;
    dp_cost each;
    BASE_TRY(no_gaussian(plan->query, error));
    BASE_TRY(read_limits(plan->query, plan, error));
    BASE_TRY(dp_mean_sensitivity(&plan->limits, &sensitivity, error));
    BASE_TRY(dp_fraction_times(epsilon, (dp_fraction){1, 2}, &half, error));
    BASE_TRY(dp_noise_laplace(sensitivity, half, &plan->noise.sum, error));
    BASE_TRY(dp_noise_laplace(plan->limits.rows, half, &plan->noise.count, error));
    BASE_TRY(dp_cost_of(half, (dp_fraction){0, 1}, &each, error));
    plan->spending.cost = (dp_cost){2 * each.epsilon, 0, 2 * each.rho};
    return 0;
}

static int plan_quantile(engine_dp_plan *plan, dp_fraction epsilon, lethe_error *error)
{
    const lethe_dp_query *query = plan->query;
    int64_t alpha = 0, step = 1;
    BASE_TRY(no_gaussian(query, error));
    BASE_TRY(read_limits(query, plan, error));
    if (query->step != NULL)
        BASE_TRY(read_bound(query->step, plan->places, "step", &step, error));
    if (step <= 0)
        return engine_bad_option(error, "step");
    if (!dp_decimal_exact(base_span_of(query->quantile != NULL ? query->quantile : "0.5"), 6, &alpha) || alpha < 0 ||
        alpha > 1000000)
        return engine_bad_option(error, "quantile");
    if ((uint64_t)(plan->limits.upper - plan->limits.lower) / (uint64_t)step >= DP_CANDIDATES_MAX)
        return engine_bad_option(error, "step");
    plan->quantile = (dp_quantile_question){plan->limits, step, dp_fraction_make((uint64_t)alpha, 1000000), epsilon};
    plan->spending.noise = "flip";
    return dp_cost_of(epsilon, (dp_fraction){0, 1}, &plan->spending.cost, error);
}

static int plan_histogram(engine_dp_plan *plan, dp_fraction epsilon, lethe_error *error)
{
    plan->is_histogram = true;
    plan->keys_given = plan->query->keys != NULL || plan->query->key_list != NULL;
    if (plan->query->keys != NULL && plan->query->key_list != NULL)
        return engine_bad_option(error, "keys");
    return plan_noise(plan, plan->limits.rows, epsilon, error);
}

static int check_source(const lethe_dp_query *query, lethe_error *error)
{
    if (query->size_bytes != sizeof(*query) || (unsigned)query->kind > LETHE_DP_QUANTILE)
        return engine_bad_option(error, "size_bytes");
    if ((query->input != NULL) == (query->rows != NULL) || (query->input != NULL && query->input->path == NULL))
        return engine_bad_option(error, "input");
    if (query->input != NULL && query->person == NULL)
        return engine_bad_option(error, "person");
    if (query->input != NULL && (query->column == NULL) != (query->kind == LETHE_DP_COUNT))
        return engine_bad_option(error, "column");
    return query->budget == NULL ? engine_bad_option(error, "budget") : 0;
}

int engine_dp_plan_make(const lethe_dp_query *query, engine_dp_plan *ret_plan, lethe_error *error)
{
    engine_dp_plan plan = {.query = query};
    dp_fraction epsilon;
    BASE_TRY(check_source(query, error));
    BASE_TRY(engine_dp_amount(query->epsilon, "epsilon", &epsilon, error));
    plan.limits.rows = query->max_rows != 0 ? query->max_rows : 1;
    if (plan.limits.rows > DP_PERSON_ROWS_MAX)
        return engine_bad_option(error, "max-rows");
    plan.has_values = query->kind == LETHE_DP_SUM || query->kind == LETHE_DP_MEAN || query->kind == LETHE_DP_QUANTILE;
    plan.spending.what = KINDS[query->kind];
    plan.spending.noise = "laplace";
    switch (query->kind) {
    case LETHE_DP_COUNT:
        BASE_TRY(plan_noise(&plan, plan.limits.rows, epsilon, error));
        break;
    case LETHE_DP_SUM:
        BASE_TRY(plan_sum(&plan, epsilon, error));
        break;
    case LETHE_DP_MEAN:
        BASE_TRY(plan_mean(&plan, epsilon, error));
        break;
    case LETHE_DP_HISTOGRAM:
        BASE_TRY(plan_histogram(&plan, epsilon, error));
        break;
    case LETHE_DP_QUANTILE:
    default:
        BASE_TRY(plan_quantile(&plan, epsilon, error));
        break;
    }
    *ret_plan = plan;
    return 0;
}

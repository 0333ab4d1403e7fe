/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/dp.h"

static bool limits_hold(const dp_limits *limits)
{
    return limits->lower <= limits->upper && limits->lower >= -DP_VALUE_MAX && limits->upper <= DP_VALUE_MAX &&
           limits->rows != 0;
}

static uint64_t size_of(int64_t value)
{
    return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

static int times_rows(const dp_limits *limits, uint64_t size, uint64_t *ret_sensitivity, lethe_error *error)
{
    uint64_t sensitivity = 0;
    if (__builtin_mul_overflow(size, limits->rows, &sensitivity) || sensitivity >= DP_SCALE_MAX)
        return base_fail(error, LETHE_E_PRIVACY_RANGE);
    *ret_sensitivity = sensitivity != 0 ? sensitivity : 1;
    return 0;
}

int dp_sum_sensitivity(const dp_limits *limits, uint64_t *ret_sensitivity, lethe_error *error)
{
    if (!limits_hold(limits))
        return base_fail(error, LETHE_E_PRIVACY_OPTION);
    const uint64_t below = size_of(limits->lower), above = size_of(limits->upper);
    return times_rows(limits, below > above ? below : above, ret_sensitivity, error);
}

int dp_mean_sensitivity(const dp_limits *limits, uint64_t *ret_sensitivity, lethe_error *error)
{
    if (!limits_hold(limits))
        return base_fail(error, LETHE_E_PRIVACY_OPTION);
    return times_rows(limits, (uint64_t)(limits->upper - limits->lower), ret_sensitivity, error);
}

static int64_t clamp(const dp_limits *limits, int64_t value)
{
    if (value < limits->lower)
        return limits->lower;
    return value > limits->upper ? limits->upper : value;
}

dp_i128 dp_sum_exact(const dp_limits *limits, const int64_t *values, size_t count)
{
    dp_i128 sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += clamp(limits, values[i]);
    return sum;
}

int dp_sum(const dp_limits *limits, const dp_noise *noise, crypt_rng *rng, const int64_t *values, size_t count,
           int64_t *ret_sum, lethe_error *error)
{
    if (!limits_hold(limits))
        return base_fail(error, LETHE_E_PRIVACY_OPTION);
    return dp_noise_add(noise, rng, dp_sum_exact(limits, values, count), ret_sum, error);
}

/* a/b, halves away from zero; b > 0. */
static dp_i128 nearest(dp_i128 a, dp_i128 b)
{
    return (a < 0 ? a - b / 2 : a + b / 2) / b;
}

int dp_mean(const dp_limits *limits, const dp_mean_noise *noise, crypt_rng *rng, const int64_t *values, size_t count,
            uint32_t parts, int64_t *ret_mean, lethe_error *error)
{
    int64_t sum = 0, rows = 0;
    if (!limits_hold(limits) || parts == 0 || parts > 1000000 || limits->upper > INT64_MAX / parts ||
        limits->lower < INT64_MIN / parts)
        return base_fail(error, LETHE_E_PRIVACY_OPTION);
    const dp_i128 middle_2 = (dp_i128)limits->lower + limits->upper;
    const dp_i128 exact = 2 * dp_sum_exact(limits, values, count) - (dp_i128)count * middle_2;
    BASE_TRY(dp_noise_add(&noise->sum, rng, exact, &sum, error));
    BASE_TRY(dp_noise_add(&noise->count, rng, (dp_i128)count, &rows, error));
    /* from here on post-processing: (middle_2 + sum/rows)/2, in 1/parts */
    const dp_i128 known_rows = rows > 0 ? rows : 1;
    dp_i128 mean = nearest(middle_2 * parts + nearest((dp_i128)sum * parts, known_rows), 2);
    if (mean < (dp_i128)limits->lower * parts)
        mean = (dp_i128)limits->lower * parts;
    if (mean > (dp_i128)limits->upper * parts)
        mean = (dp_i128)limits->upper * parts;
    *ret_mean = (int64_t)mean;
    return 0;
}

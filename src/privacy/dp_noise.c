/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/dp.h"

#include "privacy/dp_bound.h"

int dp_noise_laplace(uint64_t sensitivity, dp_fraction epsilon, dp_noise *ret_noise, lethe_error *error)
{
    dp_noise made = {.gaussian = false};
    dp_fraction scale;
    BASE_TRY(dp_fraction_over((dp_fraction){sensitivity, 1}, epsilon, &scale, error));
    BASE_TRY(dp_laplace_init(scale, &made.laplace, error));
    *ret_noise = made;
    return 0;
}

int dp_noise_gaussian(dp_u128 sensitivity_squared, dp_fraction rho, dp_noise *ret_noise, lethe_error *error)
{
    dp_noise made = {.gaussian = true};
    dp_u128 num = 0;
    if (rho.num == 0 || rho.num >> 62 != 0 || rho.den == 0 || sensitivity_squared == 0)
        return base_fail(error, LETHE_E_PRIVACY_RANGE);
    const dp_u128 common = dp_gcd(sensitivity_squared, 2 * rho.num);
    if (__builtin_mul_overflow(sensitivity_squared / common, rho.den, &num))
        return base_fail(error, LETHE_E_PRIVACY_RANGE);
    BASE_TRY(dp_gaussian_init(num, 2 * rho.num / common, &made.normal, error));
    *ret_noise = made;
    return 0;
}

static int64_t saturate(dp_i128 value)
{
    if (value > INT64_MAX)
        return INT64_MAX;
    return value < INT64_MIN ? INT64_MIN : (int64_t)value;
}

int dp_noise_add(const dp_noise *noise, crypt_rng *rng, dp_i128 value, int64_t *ret_answer, lethe_error *error)
{
    dp_i128 drawn = 0, answer = 0;
    if (noise->gaussian)
        BASE_TRY(dp_gaussian_draw(&noise->normal, rng, &drawn, error));
    else
        BASE_TRY(dp_laplace_draw(&noise->laplace, rng, &drawn, error));
    if (__builtin_add_overflow(value, drawn, &answer))
        answer = value < 0 ? INT64_MIN : INT64_MAX; /* where both are far outside of 64 bits: saturated as well */
    *ret_answer = saturate(answer);
    return 0;
}

uint64_t dp_noise_width(const dp_noise *noise)
{
    if (noise->gaussian) { /* 1.96 deviations; t is the deviation and up to 1 more */
        const double variance = (double)noise->normal.num / (double)noise->normal.den;
        return (uint64_t)(1.96 * dp_bound_root_up(variance) + 1);
    }
    const double scale = (double)noise->laplace.num / (double)noise->laplace.den;
    return (uint64_t)(scale * 2.9957322735539913 + 1); /* ln 20 */
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/dp_sample.h"

/*
 * Algorithm 3 of Canonne, Kamath and Steinke: Y discrete Laplace of scale t = floor(σ) + 1, kept with probability
 * exp(-γ), γ = (|Y| - σ²/t)² / (2σ²). With σ² = n/d and A = | |Y| d t - n |:
 *
 *     γ = a·b / 2,   a = A / (d t²),   b = A / n,   both about |Y|/t
 *
 * The product has no room in 128 bits, so it is never multiplied out. With whole and fractional parts a = i + f,
 * b = j + g,
 *
 *     exp(-ab/2) = exp(-ij/2) · exp(-ig/2) · exp(-jf/2) · exp(-fg/2)
 *
 * and each factor is a run of Bernoulli draws whose probabilities are products of f, g, 1/2 and 1/k. The bounds that
 * keep everything below 2^127 are in docs/proofs/sampling.md.
 */

typedef struct part {
    dp_u128 whole, rest, den; /* whole + rest/den */
} part;

static int bernoulli_wide(crypt_rng *rng, dp_u128 num, dp_u128 den, bool *ret_value, lethe_error *error)
{
    dp_u128 value = 0;
    BASE_TRY(dp_sample_below_u128(rng, den, &value, error));
    *ret_value = value < num;
    return 0;
}

/* True with probability f·g / (2k), f and g at most 1; NULL stands for 1. */
static int bernoulli_product(crypt_rng *rng, const part *f, const part *g, uint64_t k, bool *ret_value,
                             lethe_error *error)
{
    bool all = false;
    BASE_TRY(dp_sample_bernoulli(rng, (dp_fraction){1, 2 * k}, &all, error));
    if (all && f != NULL)
        BASE_TRY(bernoulli_wide(rng, f->rest, f->den, &all, error));
    if (all && g != NULL)
        BASE_TRY(bernoulli_wide(rng, g->rest, g->den, &all, error));
    *ret_value = all;
    return 0;
}

/* exp(-f g / 2), as Algorithm 1. */
static int exp_half_product(crypt_rng *rng, const part *f, const part *g, bool *ret_value, lethe_error *error)
{
    uint64_t k = 1;
    for (;;) {
        bool more = false;
        BASE_TRY(bernoulli_product(rng, f, g, k, &more, error));
        if (!more)
            break;
        k++;
    }
    *ret_value = (k & 1) != 0;
    return 0;
}

/* exp(-f g / 2) `times` times, all true: ends at the first that is not. */
static int exp_run(crypt_rng *rng, const part *f, const part *g, dp_u128 times, bool *all, lethe_error *error)
{
    for (; *all && times != 0; times--)
        BASE_TRY(exp_half_product(rng, f, g, all, error));
    return 0;
}

static int keep(const dp_gaussian *of, dp_u128 size, crypt_rng *rng, bool *ret_keep, lethe_error *error)
{
    dp_u128 scaled = 0;
    if (__builtin_mul_overflow(size, of->den * of->width, &scaled))
        return base_fail(error, LETHE_E_PRIVACY_RANGE);
    const dp_u128 distance = scaled > of->num ? scaled - of->num : of->num - scaled;
    const part a = {distance / of->den_width_2, distance % of->den_width_2, of->den_width_2};
    const part b = {distance / of->num, distance % of->num, of->num};
    bool all = true;
    if (a.whole >> 32 != 0 || b.whole >> 32 != 0)
        return base_fail(error, LETHE_E_PRIVACY_RANGE);
    BASE_TRY(exp_run(rng, NULL, NULL, a.whole * b.whole, &all, error));
    BASE_TRY(exp_run(rng, NULL, &b, a.whole, &all, error));
    BASE_TRY(exp_run(rng, &a, NULL, b.whole, &all, error));
    BASE_TRY(exp_run(rng, &a, &b, 1, &all, error));
    *ret_keep = all;
    return 0;
}

int dp_gaussian_init(dp_u128 num, dp_u128 den, dp_gaussian *ret_gaussian, lethe_error *error)
{
    if (num == 0 || den == 0)
        return base_fail(error, LETHE_E_PRIVACY_RANGE);
    const dp_u128 common = dp_gcd(num, den);
    dp_gaussian made = {.num = num / common, .den = den / common};
    if (made.num >= DP_VARIANCE_MAX || made.den >= DP_VARIANCE_MAX)
        return base_fail(error, LETHE_E_PRIVACY_RANGE);
    made.width = dp_root_floor(made.num / made.den) + 1;   /* floor(sqrt(n/d)) = floor(sqrt(floor(n/d))) */
    made.den_width_2 = made.den * made.width * made.width; /* <= d (σ + 1)² <= 2n + 2d */
    BASE_TRY(dp_laplace_init((dp_fraction){(uint64_t)made.width, 1}, &made.proposal, error));
    *ret_gaussian = made;
    return 0;
}

int dp_gaussian_draw(const dp_gaussian *of, crypt_rng *rng, dp_i128 *ret_noise, lethe_error *error)
{
    for (;;) {
        dp_i128 noise = 0;
        bool kept = false;
        BASE_TRY(dp_laplace_draw(&of->proposal, rng, &noise, error));
        BASE_TRY(keep(of, (dp_u128)(noise < 0 ? -noise : noise), rng, &kept, error));
        if (kept) {
            *ret_noise = noise;
            return 0;
        }
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_DP_SAMPLE_H
#define PRIVACY_DP_SAMPLE_H

#include "base/error.h"
#include "crypt/random.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Exact samplers on integers (Canonne, Kamath and Steinke, "The discrete Gaussian for differential privacy", 2020):
 * every probability is a rational or exp(-rational) and is met exactly, given uniform bits. No floating point, so
 * nothing of a value shows in low bits (Mironov 2012), and no table. docs/proofs/sampling.md has the argument and the
 * bounds of the integers. Every call fails closed: a status, and nothing was drawn. Time is not constant: it says
 * something of the noise to whoever can measure a single draw (THREAT_MODEL.md).
 */
__extension__ typedef unsigned __int128 dp_u128;
__extension__ typedef __int128 dp_i128;

/* num/den >= 0, den != 0, in lowest terms where dp_fraction_make made it. */
typedef struct dp_fraction {
    uint64_t num, den;
} dp_fraction;

dp_fraction dp_fraction_make(uint64_t num, uint64_t den);

/* a·b and a/b in lowest terms; LETHE_E_PRIVACY_RANGE where that does not fit 64 bits, or b is 0. */
int dp_fraction_times(dp_fraction a, dp_fraction b, dp_fraction *ret_product, lethe_error *error);
int dp_fraction_over(dp_fraction a, dp_fraction b, dp_fraction *ret_ratio, lethe_error *error);

/* Uniform on 0..n-1, n != 0. */
int dp_sample_below(crypt_rng *rng, uint64_t n, uint64_t *ret_value, lethe_error *error);
int dp_sample_below_u128(crypt_rng *rng, dp_u128 n, dp_u128 *ret_value, lethe_error *error);

/* True with probability p <= 1, and exp(-gamma). */
int dp_sample_bernoulli(crypt_rng *rng, dp_fraction p, bool *ret_value, lethe_error *error);
int dp_sample_bernoulli_exp(crypt_rng *rng, dp_fraction gamma, bool *ret_value, lethe_error *error);

/* P(k) = (1 - exp(-rate)) exp(-rate k), k = 0, 1, …; rate > 0. */
int dp_sample_geometric(crypt_rng *rng, dp_fraction rate, dp_u128 *ret_value, lethe_error *error);

/* P(x) ~ exp(-|x| / scale) on the integers. 0 < num < 2^62, 0 < den < 2^62: |x| < 2^126. */
#define DP_SCALE_MAX ((uint64_t)1 << 62)

typedef struct dp_laplace {
    uint64_t num, den;
} dp_laplace;

int dp_laplace_init(dp_fraction scale, dp_laplace *ret_laplace, lethe_error *error); /* LETHE_E_PRIVACY_RANGE */
int dp_laplace_draw(const dp_laplace *laplace, crypt_rng *rng, dp_i128 *ret_noise, lethe_error *error);

/* `count` of them; LETHE_E_PRIVACY_RANGE where one does not fit 64 bits (below exp(-2^63 / scale) each). */
int dp_laplace_fill(const dp_laplace *laplace, crypt_rng *rng, int64_t *ret_noise, size_t count, lethe_error *error);

/* P(x) ~ exp(-x² / (2 variance)) on the integers, variance = num/den: 0 < num, den < 2^110. */
#define DP_VARIANCE_MAX ((dp_u128)1 << 110)

typedef struct dp_gaussian {
    dp_u128 num, den;
    dp_u128 width;       /* t = floor(sqrt(variance)) + 1: the scale of the Laplace proposals */
    dp_u128 den_width_2; /* den t² */
    dp_laplace proposal;
} dp_gaussian;

int dp_gaussian_init(dp_u128 num, dp_u128 den, dp_gaussian *ret_gaussian, lethe_error *error);
int dp_gaussian_draw(const dp_gaussian *gaussian, crypt_rng *rng, dp_i128 *ret_noise, lethe_error *error);

/* Parameters are public: these may take any time. */
dp_u128 dp_root_floor(dp_u128 n); /* floor(sqrt(n)) */
dp_u128 dp_gcd(dp_u128 a, dp_u128 b);

#endif

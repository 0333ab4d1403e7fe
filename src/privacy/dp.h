/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_DP_H
#define PRIVACY_DP_H

#include "privacy/dp_sample.h"

/*
 * Differentially private answers about people (Dwork et al. 2006). Two tables are neighbours where one has one person
 * more, with all rows of that person; `rows` is how many rows of a person can be in what a mechanism is given
 * (dp_people sees to it). Sensitivities come from that bound and from public limits, never from the data, nor from
 * their number. Each has its proof in docs/proofs/. What an answer cannot hold it saturates at, after the noise: that
 * is post-processing. Nothing is drawn, and nothing written to `ret_…`, where a call fails.
 */
#define DP_VALUE_MAX ((int64_t)1 << 60) /* |lower|, |upper| */

/* Noise for an answer of a given sensitivity. */
typedef struct dp_noise {
    bool gaussian;
    dp_laplace laplace;
    dp_gaussian normal;
} dp_noise;

/* ε-DP for answers that a person changes by at most `sensitivity` in all (L1): scale sensitivity/ε. */
int dp_noise_laplace(uint64_t sensitivity, dp_fraction epsilon, dp_noise *ret_noise, lethe_error *error);

/* ρ-zCDP for answers whose change has at most this squared length (L2): variance sensitivity²/(2ρ). */
int dp_noise_gaussian(dp_u128 sensitivity_squared, dp_fraction rho, dp_noise *ret_noise, lethe_error *error);

/* An exact value and one draw; saturated. */
int dp_noise_add(const dp_noise *noise, crypt_rng *rng, dp_i128 value, int64_t *ret_answer, lethe_error *error);

/* The width within which the noise stays in 19 of 20 draws: public, for whoever reads the answer. */
uint64_t dp_noise_width(const dp_noise *noise);

/* Public limits of a sum: fixed point in any unit, lower <= upper. */
typedef struct dp_limits {
    int64_t lower, upper;
    uint32_t rows; /* of a person */
} dp_limits;

/* What one person can change: a sum of clamped values; and, for a mean, the sum of 2·value - lower - upper. */
int dp_sum_sensitivity(const dp_limits *limits, uint64_t *ret_sensitivity, lethe_error *error);
int dp_mean_sensitivity(const dp_limits *limits, uint64_t *ret_sensitivity, lethe_error *error);

/* Clamped, then added in 128 bits: 2^64 values of 2^60 do not overflow, and no order changes the sum. */
dp_i128 dp_sum_exact(const dp_limits *limits, const int64_t *values, size_t count);

int dp_sum(const dp_limits *limits, const dp_noise *noise, crypt_rng *rng, const int64_t *values, size_t count,
           int64_t *ret_sum, lethe_error *error);

/* The middle of the limits plus half a noisy sum of 2·value - lower - upper over a noisy number of rows, inside of the
 * limits; in units of 1/`parts` of the values'. */
typedef struct dp_mean_noise {
    dp_noise sum, count;
} dp_mean_noise;

int dp_mean(const dp_limits *limits, const dp_mean_noise *noise, crypt_rng *rng, const int64_t *values, size_t count,
            uint32_t parts, int64_t *ret_mean, lethe_error *error);

/* Noise on each of `count` counts. */
int dp_histogram(const dp_noise *noise, crypt_rng *rng, const uint64_t *counts, size_t count, int64_t *ret_counts,
                 lethe_error *error);

/* Keys that are not public are released where their noisy count reaches this: 1 + the least m such that `rows` keys of
 * one person show with probability at most δ in all; LETHE_E_PRIVACY_RANGE beyond 2^62. Laplace noise of
 * dp_noise_laplace(rows, ε) only. */
int dp_key_threshold(const dp_noise *noise, uint32_t rows, dp_fraction delta, uint64_t *ret_threshold,
                     lethe_error *error);

/* ret_shown[i]: whether key i is released, with ret_counts[i]; counts are people, all at least 1. */
int dp_histogram_unknown(const dp_noise *noise, uint64_t threshold, crypt_rng *rng, const uint64_t *counts,
                         size_t count, int64_t *ret_counts, bool *ret_shown, lethe_error *error);

/* The α-quantile, α = alpha.num/alpha.den, among lower, lower + step, … <= upper, by permute-and-flip (McKenna and
 * Sheldon 2020): ε-DP. Values are clamped. */
#define DP_CANDIDATES_MAX ((uint64_t)1 << 20)

typedef struct dp_quantile_question {
    dp_limits limits;
    int64_t step;
    dp_fraction alpha;
    dp_fraction epsilon;
} dp_quantile_question;

int dp_quantile(const dp_quantile_question *question, crypt_rng *rng, const int64_t *values, size_t count,
                int64_t *ret_value, lethe_error *error);

/*
 * Sum over people of vectors of `dimensions` integers, each shortened to `norm` where it is longer (L2), with Gaussian
 * noise of dp_noise_gaussian(norm²). A person is one vector: the sum of that person's rows. |components| <= 2^40,
 * dimensions <= 2^16, norm <= 2^50.
 */
#define DP_VECTOR_DIMENSIONS_MAX 65536
#define DP_VECTOR_VALUE_MAX      ((int64_t)1 << 40)
#define DP_VECTOR_NORM_MAX       ((uint64_t)1 << 50)

int dp_vector_clip(int64_t *vector, size_t dimensions, uint64_t norm, lethe_error *error);
int dp_vector_sum(const dp_noise *noise, uint64_t norm, crypt_rng *rng, const int64_t *vectors, size_t people,
                  size_t dimensions, int64_t *ret_sum, lethe_error *error);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_DP_PLD_H
#define PRIVACY_DP_PLD_H

#include "privacy/dp_sample.h"

/*
 * Privacy loss distributions (Sommer, Meiser and Mohammadi 2019; Meiser and Mohammadi 2018): how much an answer can
 * speak for one of two neighbours, with what probability. The tightest account of mechanisms that are fixed before they
 * run; where later parameters hang on earlier answers, zCDP and basic composition hold and this does not.
 *
 * Pessimistic: a loss is moved up to the next multiple of `step`, what is too large goes to infinity, what is too small
 * is moved up, masses are rounded up. So dp_pld_delta_up is never below the exact δ. docs/proofs/account.md.
 *
 *   mass[i] at loss (low + i)·step        infinity: as if it told everything
 */
#define DP_PLD_CELLS_MAX ((size_t)1 << 17)

typedef struct dp_pld {
    double step; /* a power of two */
    int64_t low;
    size_t count;
    double *mass;
    double infinity;
} dp_pld;

void dp_pld_done(dp_pld *pld);

/* Any ε-DP mechanism, as randomized response (Kairouz, Oh and Viswanath 2015). */
int dp_pld_pure(dp_fraction epsilon, double step, dp_pld *ret_pld, lethe_error *error);

/* One number with noise of dp_laplace or dp_gaussian that a person changes by at most `sensitivity`. */
int dp_pld_laplace(const dp_laplace *laplace, uint64_t sensitivity, double step, dp_pld *ret_pld, lethe_error *error);
int dp_pld_gaussian(const dp_gaussian *gaussian, uint64_t sensitivity, double step, dp_pld *ret_pld,
                    lethe_error *error);

/* Both mechanisms, and one of them `times` times; equal steps. LETHE_E_BASE_LIMIT where a coarser step is needed. */
int dp_pld_compose(const dp_pld *a, const dp_pld *b, dp_pld *ret_pld, lethe_error *error);
int dp_pld_power(const dp_pld *pld, uint32_t times, dp_pld *ret_pld, lethe_error *error);

double dp_pld_delta_up(const dp_pld *pld, double epsilon);
double dp_pld_epsilon_up(const dp_pld *pld, double delta); /* infinity where no ε does */

#endif

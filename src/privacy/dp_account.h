/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_DP_ACCOUNT_H
#define PRIVACY_DP_ACCOUNT_H

#include "privacy/dp_sample.h"

/*
 * What answers cost together. Amounts are integers of 10^-18, so that sums are exact; whatever has to be rounded is
 * rounded against whoever asks: costs up, what is left down (docs/proofs/account.md). Three ways to add up:
 *   basic  ε and δ add (Dwork et al. 2006); of parameters chosen as one goes too (Rogers et al. 2016)
 *   zCDP   ρ adds (Bun and Steinke 2016); of parameters chosen as one goes too (Feldman and Zrnic 2021)
 *   RDP    at each order (Mironov 2017); for plans whose parameters are fixed before
 * PLD, the tightest for fixed plans, is dp_pld.h.
 */
#define DP_ATTO        UINT64_C(1000000000000000000)
#define DP_EPSILON_MAX 1000 /* beyond it nothing is private, and integers stay small */

typedef struct dp_cost {
    dp_u128 epsilon, delta, rho; /* 10^-18 */
} dp_cost;

/* num/den in 10^-18, rounded up; LETHE_E_PRIVACY_RANGE above DP_EPSILON_MAX. */
int dp_atto_up(dp_fraction amount, dp_u128 *ret_atto, lethe_error *error);
double dp_atto_double_up(dp_u128 atto); /* as a number, not below it; and not above */
double dp_atto_double_down(dp_u128 atto);

/* Of an (ε, δ)-DP mechanism: it is δ-approximately ε²/2-zCDP (Bun and Steinke 2016, proposition 1.4, section 8). */
int dp_cost_of(dp_fraction epsilon, dp_fraction delta, dp_cost *ret_cost, lethe_error *error);

/* At most this ε, or this δ: ρ-zCDP is (ε, δ)-DP by the Rényi divergence of every order (Canonne, Kamath and Steinke
 * 2020, corollary 13). Any order gives a valid bound; the best of some is taken. */
double dp_zcdp_epsilon_up(double rho, double delta);
double dp_zcdp_delta_up(double rho, double epsilon);

/* A ρ of at most 12 significant bits for which dp_zcdp_epsilon_up(ρ, δ) <= ε, the largest but for its last bit: how
 * much Gaussian noise (ε, δ) needs. Short, so that the variance is a fraction with room. */
int dp_zcdp_rho_for(dp_fraction epsilon, dp_fraction delta, dp_fraction *ret_rho, lethe_error *error);

/* Rényi divergences of fixed orders, each not below the exact one. */
#define DP_RDP_ORDERS 40

typedef struct dp_rdp {
    double at[DP_RDP_ORDERS];
} dp_rdp;

double dp_rdp_order(size_t index);
void dp_rdp_add_pure(dp_rdp *rdp, double epsilon, uint64_t times); /* randomized response is the worst of all ε-DP */
void dp_rdp_add_zcdp(dp_rdp *rdp, double rho, uint64_t times);
double dp_rdp_epsilon_up(const dp_rdp *rdp, double delta);

/* How budgets are kept. */
typedef struct dp_budget {
    bool zcdp; /* else basic */
    dp_u128 epsilon, delta;
} dp_budget;

/* Whether `spent` is within the budget; sums of costs, no rounding. */
bool dp_budget_holds(const dp_budget *budget, const dp_cost *spent);

/* What of ε may still be asked for by one pure mechanism: rounded down to 10^-9. */
dp_u128 dp_budget_left(const dp_budget *budget, const dp_cost *spent);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_TEST_CHI_H
#define PRIVACY_TEST_CHI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Pearson's chi-square of counts against exact probabilities. Cells that expect fewer than 50 are joined with the next.
 * `chi_fits` is false where the statistic exceeds k + 2 sqrt(k x) + 2x, k the degrees of freedom, x = ln(1e9): a
 * chi-square variable does so with probability below 1e-9 (Laurent and Massart 2000, lemma 1). With the fewer than 300
 * checks of a whole test run a false alarm is rarer than 1e-6 of the runs.
 */
bool chi_fits(const uint64_t *counts, const double *shares, size_t cells, uint64_t total);

/* Exact shares of integers lo..hi, with the tails in the first and the last cell. */
void chi_laplace_shares(double scale, int64_t low, int64_t high, double *ret_shares);
void chi_gaussian_shares(double variance, int64_t low, int64_t high, double *ret_shares);

/* The cell of a value among lo..hi. */
static inline size_t chi_cell(int64_t value, int64_t low, int64_t high)
{
    return (size_t)((value < low ? low : value > high ? high : value) - low);
}

#endif

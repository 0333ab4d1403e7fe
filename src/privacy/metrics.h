/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_METRICS_H
#define PRIVACY_METRICS_H

#include <stddef.h>
#include <stdint.h>

/*
 * The Loss metric with the geometric mean, as ARX defines it for gs-factor 0.5 (generalization and suppression weigh
 * 1):
 *
 *   t      = sum over kept rows of (leaves under the value / D) + suppressed rows
 *   column = floor10(max(0, (t - n/D) / (n - n/D)))          floor10 cuts after ten decimals
 *   loss   = product over m columns of (column * weight + 1), to the power 1/m, minus 1
 *
 * Sums are integers until the last step and no function of libm is used: equal input gives equal bits everywhere.
 */
double privacy_floor10(double x); /* of 0 <= x < 9e8 */

/* `leaves_kept`: over the kept rows, the leaves under their values. A column with one leaf has nothing to lose: 0. */
double privacy_loss_column(uint64_t leaves_kept, uint64_t suppressed, uint64_t rows, uint32_t domain);

/* The product of (column * weight + 1): it orders nodes as the loss does. weights NULL: all 1. */
double privacy_loss_product(const double *columns, const double *weights, size_t count);

/* The loss of a product: its root minus 1. */
double privacy_loss_mean(double product, size_t count);

/* The degree-th root of x >= 1 by Newton's method, to about one unit in the last place. */
double privacy_root(double x, uint32_t degree);

/* Wilson's 95 % interval of a share (Wilson 1927); 0..1 where there are no trials. */
void privacy_wilson(uint64_t hits, uint64_t trials, double *ret_low, double *ret_high);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEARN_REAL_H
#define LEARN_REAL_H

#include "base/real.h"

#include <stddef.h>

/* What base/real.h does not have, on the same terms: the same bits on every machine. */
static inline double learn_exp(double x)
{
    return base_exp(x);
}

static inline double learn_log(double x)
{
    return base_log(x);
}

double learn_sigmoid(double x);     /* 1 / (1 + e^-x) */
double learn_log1p_exp(double x);   /* log(1 + e^x): the loss of a negative at logit x */
double learn_logit(double p);       /* log(p / (1 - p)), p first held within [1e-9, 1 - 1e-9] */
double learn_cube_root(double x);   /* of x in [0, 1] */
double learn_square_root(double x); /* of x ≥ 0: the processor's, which IEEE 754 rounds correctly */

/*
 * Interval of a share p seen on n (not necessarily whole) people at normal quantile z (Wilson 1927); it stays within
 * 0..1 and is no point where p is 0 or 1. n = 0: all of 0..1.
 */
typedef struct learn_interval {
    double low, high;
} learn_interval;
learn_interval learn_wilson(double p, double n, double z);

#define LEARN_Z95 1.959963984540054

#endif

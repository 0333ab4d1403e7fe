/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_REAL_H
#define BASE_REAL_H

/*
 * Functions of doubles without libm, so that the same bits come out on every machine: only +, -, ×, ÷ of IEEE 754, in
 * a fixed order, compiled without contraction. Errors are below 2 units in the last place (tested against libm).
 */

/* e^x; infinity above 709.79, 0 below -745.2; subnormal results are right to their last bit but one. NaN stays. */
double base_exp(double x);

/* Natural logarithm; -infinity at 0, NaN below it. */
double base_log(double x);

/* Of x ≥ 0: the processor's, which IEEE 754 rounds correctly; 0 below. */
static inline double base_square_root(double x)
{
    return x > 0 ? __builtin_sqrt(x) : 0;
}

#endif

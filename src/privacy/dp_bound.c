/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/dp_bound.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define SLACK     0x1p-44
#define EXP_MAX   709.0
#define EXP_MIN   (-708.0)
#define TINY      0x1p-1021          /* exp(-708) is above it */
#define LN2_HIGH  0x1.62e42fefa38p-1 /* its last 11 bits are 0: k times it is exact for |k| < 2^11 */
#define LN2_LOW   0x1.ef35793c7673p-45
#define EXP_TERMS 18
#define LOG_TERMS 20

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof(bits));
    return bits;
}

static double of_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof(x));
    return x;
}

double dp_bound_up(double x)
{
    if (x != x || x == (double)INFINITY)
        return x;
    if (x == 0)
        return 0x1p-1074;
    return of_bits(x > 0 ? bits_of(x) + 1 : bits_of(x) - 1);
}

double dp_bound_down(double x)
{
    return -dp_bound_up(-x);
}

double dp_bound_ratio_up(double a, double b)
{
    return dp_bound_up(a / b);
}

double dp_bound_ratio_down(double a, double b)
{
    return dp_bound_down(a / b);
}

/* The square root is the hardware's, correctly rounded. */
double dp_bound_root_up(double x)
{
    return dp_bound_up(__builtin_sqrt(x));
}

double dp_bound_root_down(double x)
{
    const double found = dp_bound_down(__builtin_sqrt(x));
    return found < 0 ? 0 : found;
}

/* 2^k, -1022 <= k <= 1023 */
static double power_of_two(int k)
{
    return of_bits((uint64_t)(k + 1023) << 52);
}

/* exp(x) for EXP_MIN <= x <= EXP_MAX, to 2^-46: x = k ln 2 + r, |r| < 0.36, and Taylor's series by Horner. */
static double exp_near(double x)
{
    const int k = (int)(x * 1.4426950408889634 + (x < 0 ? -0.5 : 0.5));
    const double r = (x - k * LN2_HIGH) - k * LN2_LOW;
    double sum = 1;
    for (int n = EXP_TERMS; n >= 1; n--)
        sum = 1 + sum * r / n;
    return k > 1023 ? sum * 2 * power_of_two(k - 1) : sum * power_of_two(k < -1022 ? -1022 : k);
}

double dp_bound_exp_up(double x)
{
    if (x > EXP_MAX)
        return (double)INFINITY;
    if (x < EXP_MIN)
        return TINY;
    return exp_near(x) * (1 + SLACK);
}

double dp_bound_exp_down(double x)
{
    if (x > EXP_MAX)
        x = EXP_MAX;
    if (x < EXP_MIN)
        return 0;
    return exp_near(x) * (1 - SLACK);
}

/* log(x): x = 2^k m, sqrt(1/2) <= m < sqrt(2); log m = 2 atanh(s), s = (m-1)/(m+1), |s| < 0.1716. Where k = 0 the error
 * is relative to the result, else the result is above 0.34 and the error to |k| ln 2: below 2^-46 of it either way. */
static double log_near(double x)
{
    int k = 0;
    if (x < 0x1p-1022) {
        x *= 0x1p54;
        k = -54;
    }
    const uint64_t bits = bits_of(x);
    k += (int)(bits >> 52 & 0x7ff) - 1023;
    double m = of_bits((bits & 0xfffffffffffff) | (uint64_t)1023 << 52);
    if (m > 1.4142135623730951) {
        m *= 0.5;
        k++;
    }
    const double s = (m - 1) / (m + 1), square = s * s;
    double sum = 0;
    for (int n = LOG_TERMS; n >= 1; n--)
        sum = square * sum + 1.0 / (2 * n - 1);
    return k * LN2_HIGH + (k * LN2_LOW + 2 * s * sum);
}

double dp_bound_log_up(double x)
{
    const double near = log_near(x);
    return dp_bound_up(near + (near < 0 ? -near : near) * SLACK);
}

double dp_bound_log_down(double x)
{
    const double near = log_near(x);
    return dp_bound_down(near - (near < 0 ? -near : near) * SLACK);
}

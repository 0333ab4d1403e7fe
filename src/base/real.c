/* SPDX-License-Identifier: Apache-2.0 */
#include "base/real.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* ln 2 in two parts: the upper has 32 significant bits, so that a multiple by |k| < 2^11 is exact. */
#define LN2_HIGH     0x1.62e42feep-1
#define LN2_LOW      0x1.a39ef35793c76p-33
#define LN2_INVERSE  0x1.71547652b82fep+0
#define EXP_LARGEST  709.782712893384
#define EXP_SMALLEST (-745.1332191019412)
#define SQRT2        0x1.6a09e667f3bcdp+0

static double from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof(x));
    return x;
}

static uint64_t to_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof(bits));
    return bits;
}

static double power_of_two(int k) /* -1022 … 1023 */
{
    return from_bits((uint64_t)(k + 1023) << 52);
}

/* x = k ln 2 + r with |r| ≤ ln 2 / 2 and e^x = 2^k e^r; the series of e^r beyond r^13 / 13! is below 2^-57. */
double base_exp(double x)
{
    if (x != x)
        return x;
    if (x > EXP_LARGEST)
        return from_bits((uint64_t)0x7ff << 52);
    if (x < EXP_SMALLEST)
        return 0;
    const int k = (int)(x * LN2_INVERSE + (x < 0 ? -0.5 : 0.5));
    const double r = (x - k * LN2_HIGH) - k * LN2_LOW;
    double sum = 1.0 / 6227020800;
    sum = sum * r + 1.0 / 479001600;
    sum = sum * r + 1.0 / 39916800;
    sum = sum * r + 1.0 / 3628800;
    sum = sum * r + 1.0 / 362880;
    sum = sum * r + 1.0 / 40320;
    sum = sum * r + 1.0 / 5040;
    sum = sum * r + 1.0 / 720;
    sum = sum * r + 1.0 / 120;
    sum = sum * r + 1.0 / 24;
    sum = sum * r + 1.0 / 6;
    sum = sum * r + 1.0 / 2;
    const double power = 1 + (r + r * r * sum);
    if (k > 1023)
        return power * 2 * power_of_two(k - 1);
    if (k < -1022) /* one rounding only, at the end: what underflows */
        return power * power_of_two(k + 100) * power_of_two(-100);
    return power * power_of_two(k);
}

/* x = 2^k (1 + f) with 1 + f in [√½, √2); with s = f / (2 + f), log(1 + f) = 2 atanh s = f - s (f - rest), where rest
 * = 2 (s²/3 + s⁴/5 + …): f is exact, so the error of s counts by its sixth part only. s² ≤ 0.0295 sets the length. */
static const double ATANH[] = {2.0 / 23, 2.0 / 21, 2.0 / 19, 2.0 / 17, 2.0 / 15, 2.0 / 13,
                               2.0 / 11, 2.0 / 9,  2.0 / 7,  2.0 / 5,  2.0 / 3};

static double log_of_normal(double x, int k)
{
    const uint64_t bits = to_bits(x);
    k += (int)(bits >> 52) - 1023;
    double m = from_bits((bits & 0xfffffffffffffu) | (uint64_t)0x3ff << 52);
    if (m > SQRT2) {
        m *= 0.5;
        k++;
    }
    const double f = m - 1, s = f / (2 + f), z = s * s;
    double rest = ATANH[0];
    for (size_t i = 1; i < sizeof(ATANH) / sizeof(ATANH[0]); i++)
        rest = rest * z + ATANH[i];
    rest *= z;
    return k * LN2_HIGH + (f - (s * (f - rest) - k * LN2_LOW));
}

double base_log(double x)
{
    if (x != x || x < 0)
        return from_bits((uint64_t)0x7ff8 << 48);
    if (x == 0)
        return from_bits((uint64_t)0xfff << 52);
    if (to_bits(x) >> 52 == 0x7ff)
        return x;
    if (to_bits(x) >> 52 == 0) /* subnormal */
        return log_of_normal(x * 0x1p54, -54);
    return log_of_normal(x, 0);
}

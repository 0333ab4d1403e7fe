/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/tab_log.h"

#include <stdint.h>
#include <string.h>

/* ln 2 in two parts: the high one has so few bits that its product with an exponent is exact. */
#define LN2_HIGH 0x1.62e42fefa38p-1
#define LN2_LOW  0x1.ef35793c7673p-45
#define LOG2E    0x1.71547652b82fep+0

/* x = m * 2^exponent with m in [sqrt(1/2), sqrt(2)). */
static double split(double x, int *ret_exponent)
{
    uint64_t bits;
    int scale = 0;
    if (x < 0x1p-1022) {
        x *= 0x1p60;
        scale = -60;
    }
    memcpy(&bits, &x, sizeof(bits));
    int exponent = (int)(bits >> 52) - 1023 + scale;
    bits = (bits & 0xfffffffffffffU) | 0x3ff0000000000000U;
    double m;
    memcpy(&m, &bits, sizeof(m));
    if (m > 0x1.6a09e667f3bcdp+0) {
        m /= 2;
        exponent++;
    }
    *ret_exponent = exponent;
    return m;
}

/* ln m = 2 artanh((m - 1) / (m + 1)): a series in s^2 <= 0.0295, so twelve terms are below 2^-60. */
static double ln_near_one(double m)
{
    const double s = (m - 1) / (m + 1), z = s * s;
    double tail = 0;
    for (int i = 25; i >= 3; i -= 2)
        tail = (tail + 1.0 / i) * z;
    return 2 * s + 2 * s * tail;
}

double privacy_ln(double x)
{
    int exponent;
    const double m = split(x, &exponent);
    return exponent * LN2_HIGH + (ln_near_one(m) + exponent * LN2_LOW);
}

double privacy_log2(double x)
{
    int exponent;
    const double m = split(x, &exponent);
    return exponent + ln_near_one(m) * LOG2E;
}

double privacy_exp(double x)
{
    if (x < -700)
        return 0;
    const double turns = x * LOG2E;
    const int exponent = (int)(turns + (turns < 0 ? -0.5 : 0.5));
    const double r = (x - exponent * LN2_HIGH) - exponent * LN2_LOW; /* |r| <= ln 2 / 2 */
    double sum = 1;
    for (int i = 18; i >= 1; i--)
        sum = 1 + sum * r / i;
    const uint64_t bits = (uint64_t)(exponent + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof(power));
    return sum * power;
}

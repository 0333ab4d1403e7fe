/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/metrics.h"

double privacy_floor10(double x)
{
    return (double)(int64_t)(x * 1e10) / 1e10;
}

double privacy_loss_column(uint64_t leaves_kept, uint64_t suppressed, uint64_t rows, uint32_t domain)
{
    if (rows == 0 || domain <= 1)
        return 0;
    /* Multiplied out by D both sides are integers: one rounding, so the result is monotone in the sums, as bounds need.
     */
    const uint64_t sum = leaves_kept + suppressed * domain;
    if (sum <= rows)
        return 0;
    return privacy_floor10((double)(sum - rows) / (double)(rows * (domain - 1)));
}

double privacy_loss_product(const double *columns, const double *weights, size_t count)
{
    double product = 1;
    for (size_t i = 0; i < count; i++)
        product *= columns[i] * (weights != NULL ? weights[i] : 1) + 1;
    return product;
}

static double power(double x, uint32_t degree)
{
    double result = 1;
    for (uint32_t i = 0; i < degree; i++)
        result *= x;
    return result;
}

double privacy_root(double x, uint32_t degree)
{
    if (degree <= 1)
        return x;
    /* From above Newton's steps only fall; the first that does not has reached the limit of the arithmetic. */
    double root = 1 + (x - 1) / degree; /* Bernoulli's inequality: not below the root */
    for (;;) {
        const double next = root - (root - x / power(root, degree - 1)) / degree;
        if (!(next < root))
            return root;
        root = next;
    }
}

double privacy_loss_mean(double product, size_t count)
{
    return count == 0 ? 0 : privacy_root(product, (uint32_t)count) - 1;
}

void privacy_wilson(uint64_t hits, uint64_t trials, double *ret_low, double *ret_high)
{
    *ret_low = 0;
    *ret_high = 1;
    if (trials == 0)
        return;
    const double z = 1.959963984540054; /* 97.5 % of the normal distribution */
    const double n = (double)trials, p = (double)hits / n, z2 = z * z / n;
    const double spread = p * (1 - p) / n + z2 / (4 * n);
    /* root() takes x >= 1: spread is at least z2/4n, so divide by that */
    const double unit = z2 / (4 * n);
    const double half = z * privacy_root(spread / unit, 2) * (z / (2 * n));
    const double low = (p + z2 / 2 - half) / (1 + z2), high = (p + z2 / 2 + half) / (1 + z2);
    *ret_low = hits > 0 && low > 0 ? low : 0;
    *ret_high = hits < trials && high < 1 ? high : 1;
}

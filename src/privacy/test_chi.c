/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/test_chi.h"

#include <math.h>

#define CELL_MIN  50.0
#define ALARM_LOG 20.723265836946411 /* ln(1e9) */

bool chi_fits(const uint64_t *counts, const double *shares, size_t cells, uint64_t total)
{
    double statistic = 0, expected = 0, seen = 0, left = 1;
    size_t used = 0;
    for (size_t i = 0; i < cells; i++) {
        expected += shares[i] * (double)total;
        seen += (double)counts[i];
        left -= shares[i];
        const bool last = i + 1 == cells;
        if (!last && (expected < CELL_MIN || left * (double)total < CELL_MIN))
            continue;
        if (expected > 0)
            statistic += (seen - expected) * (seen - expected) / expected;
        else if (seen > 0)
            return false;
        used++;
        expected = seen = 0;
    }
    const double freedom = used > 1 ? (double)used - 1 : 1;
    return statistic <= freedom + 2 * sqrt(freedom * ALARM_LOG) + 2 * ALARM_LOG;
}

void chi_laplace_shares(double scale, int64_t low, int64_t high, double *ret_shares)
{
    const double ratio = exp(-1 / scale), zero = (1 - ratio) / (1 + ratio);
    for (int64_t x = low; x <= high; x++)
        ret_shares[x - low] = zero * exp(-fabs((double)x) / scale);
    ret_shares[0] = exp((double)low / scale) / (1 + ratio);
    ret_shares[high - low] = exp(-(double)high / scale) / (1 + ratio);
}

void chi_gaussian_shares(double variance, int64_t low, int64_t high, double *ret_shares)
{
    const int64_t reach = 40 + (int64_t)(12 * sqrt(variance));
    double sum = 0;
    for (int64_t x = low; x <= high; x++)
        ret_shares[x - low] = 0;
    for (int64_t x = -reach; x <= reach; x++) {
        const double mass = exp(-(double)x * (double)x / (2 * variance));
        ret_shares[chi_cell(x, low, high)] += mass;
        sum += mass;
    }
    for (int64_t x = low; x <= high; x++)
        ret_shares[x - low] /= sum;
}

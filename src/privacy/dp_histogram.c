/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/dp.h"

#include "privacy/dp_bound.h"

#include <stdlib.h>

int dp_histogram(const dp_noise *noise, crypt_rng *rng, const uint64_t *counts, size_t count, int64_t *ret_counts,
                 lethe_error *error)
{
    int64_t *drawn = malloc((count + 1) * sizeof(*drawn));
    int status = 0;
    if (drawn == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < count && status == 0; i++)
        status = dp_noise_add(noise, rng, (dp_i128)counts[i], &drawn[i], error);
    if (status == 0 && count != 0)
        memcpy(ret_counts, drawn, count * sizeof(*drawn));
    free(drawn);
    return status;
}

/* At most: P(noise >= m) = exp(-m/b) / (1 + exp(-1/b)), b = num/den, for `rows` keys. The conversions of 64-bit
 * integers, their product and their ratio are off by less than 2^-50 in all, relative. */
#define SLACK 0x1p-48

static double shows_up(const dp_laplace *laplace, uint32_t rows, uint64_t m)
{
    const double one = (double)laplace->den / (double)laplace->num;
    const double ratio = dp_bound_exp_down(-one * (1 + SLACK));
    const double tail = dp_bound_exp_up(-(double)m * one * (1 - SLACK));
    return dp_bound_up(dp_bound_up(rows * tail) / dp_bound_down(1 + ratio));
}

/* The bound falls with m: the least m that holds, by halving. That the bound is computed and not exact costs at most
 * one step of m and never privacy: it lies above. */
int dp_key_threshold(const dp_noise *noise, uint32_t rows, dp_fraction delta, uint64_t *ret_threshold,
                     lethe_error *error)
{
    uint64_t high = 1;
    if (noise->gaussian || rows == 0 || delta.num == 0 || delta.num >= delta.den)
        return base_fail(error, LETHE_E_PRIVACY_OPTION);
    const double most = (double)delta.num / (double)delta.den * (1 - SLACK);
    while (shows_up(&noise->laplace, rows, high) > most) {
        high *= 2;
        if (high > DP_SCALE_MAX / 4)
            return base_fail(error, LETHE_E_PRIVACY_RANGE);
    }
    uint64_t low = high / 2; /* does not hold, or is 0 */
    while (low + 1 < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (shows_up(&noise->laplace, rows, middle) > most)
            low = middle;
        else
            high = middle;
    }
    *ret_threshold = high + 1;
    return 0;
}

int dp_histogram_unknown(const dp_noise *noise, uint64_t threshold, crypt_rng *rng, const uint64_t *counts,
                         size_t count, int64_t *ret_counts, bool *ret_shown, lethe_error *error)
{
    BASE_TRY(dp_histogram(noise, rng, counts, count, ret_counts, error));
    for (size_t i = 0; i < count; i++) {
        ret_shown[i] = ret_counts[i] >= 0 && (uint64_t)ret_counts[i] >= threshold;
        if (!ret_shown[i])
            ret_counts[i] = 0;
    }
    return 0;
}

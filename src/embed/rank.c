/* SPDX-License-Identifier: Apache-2.0 */
#include "embed/similarity.h"
#include "embed/root.h"

#include <stdlib.h>
#include <string.h>

/*
 * Ranks by a radix sort over order-preserving integer keys: a million pairs in a few hundredths of a second, and no
 * comparison of floats whose order could be argued about (-0 counts as 0; NaN does not occur).
 */
typedef struct keyed {
    uint32_t key, at;
} keyed;

static uint32_t key_of(float value)
{
    uint32_t bits;
    const float positive_zero = value + 0.0f;
    memcpy(&bits, &positive_zero, sizeof(bits));
    return (bits & 0x80000000u) != 0 ? ~bits : bits | 0x80000000u;
}

static void radix_pass(const keyed *from, keyed *to, size_t count, unsigned shift)
{
    size_t starts[2048] = {0};
    for (size_t i = 0; i < count; i++)
        starts[(from[i].key >> shift) & 2047]++;
    size_t sum = 0;
    for (size_t b = 0; b < 2048; b++) {
        const size_t n = starts[b];
        starts[b] = sum;
        sum += n;
    }
    for (size_t i = 0; i < count; i++)
        to[starts[(from[i].key >> shift) & 2047]++] = from[i];
}

/* Mean ranks, doubled so that they are integers. */
static void rank_values(const float *values, size_t count, keyed *a, keyed *b, uint64_t *ranks)
{
    for (size_t i = 0; i < count; i++)
        a[i] = (keyed){key_of(values[i]), (uint32_t)i};
    radix_pass(a, b, count, 0);
    radix_pass(b, a, count, 11);
    radix_pass(a, b, count, 22);
    for (size_t i = 0; i < count;) {
        size_t end = i + 1;
        while (end < count && b[end].key == b[i].key)
            end++;
        for (size_t j = i; j < end; j++)
            ranks[b[j].at] = (uint64_t)i + end - 1;
        i = end;
    }
}

/* Ranks are below 2^23 doubled, pairs below 2^22: every sum is exact in double or in 128 bits. */
static double correlate_ranks(const uint64_t *x, const uint64_t *y, size_t count)
{
    const int64_t middle = (int64_t)count - 1; /* the mean of doubled ranks */
    __int128 xy = 0, xx = 0, yy = 0;
    for (size_t i = 0; i < count; i++) {
        const int64_t dx = (int64_t)x[i] - middle, dy = (int64_t)y[i] - middle;
        xy += (__int128)dx * dy;
        xx += (__int128)dx * dx;
        yy += (__int128)dy * dy;
    }
    if (xx == 0 || yy == 0)
        return 0;
    return (double)xy / (embed_root((double)xx) * embed_root((double)yy));
}

int embed_spearman(const float *a, const float *b, size_t count, double *ret_rho, lethe_error *error)
{
    if (count > EMBED_PAIRS_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    keyed *work = malloc((2 * count + 1) * sizeof(*work));
    uint64_t *ranks = malloc((2 * count + 1) * sizeof(*ranks));
    if (work == NULL || ranks == NULL) {
        free(work);
        free(ranks);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    rank_values(a, count, work, work + count, ranks);
    rank_values(b, count, work, work + count, ranks + count);
    *ret_rho = count < 2 ? 0 : correlate_ranks(ranks, ranks + count, count);
    free(work);
    free(ranks);
    return 0;
}

double embed_pearson(const float *a, const float *b, size_t count)
{
    double mean_a = 0, mean_b = 0, ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < count; i++) {
        mean_a += (double)a[i];
        mean_b += (double)b[i];
    }
    mean_a = count != 0 ? mean_a / (double)count : 0;
    mean_b = count != 0 ? mean_b / (double)count : 0;
    for (size_t i = 0; i < count; i++) {
        const double da = (double)a[i] - mean_a, db = (double)b[i] - mean_b;
        ab += da * db;
        aa += da * da;
        bb += db * db;
    }
    return aa > 0 && bb > 0 ? ab / (embed_root(aa) * embed_root(bb)) : 0;
}

double embed_log2(double x)
{
    double whole = 0, bit = 0.5, fraction = 0;
    for (; x >= 2; x /= 2)
        whole += 1;
    for (; x < 1; x *= 2)
        whole -= 1;
    for (int i = 0; i < 40; i++, bit /= 2) {
        x *= x;
        if (x >= 2) {
            x /= 2;
            fraction += bit;
        }
    }
    return whole + fraction;
}

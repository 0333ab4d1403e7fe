/* SPDX-License-Identifier: Apache-2.0 */
#include "embed/rank.h"
#include "embed/root.h"
#include "embed/similarity.h"

#include <string.h>

/*
 * Ranks by a radix sort over order-preserving integer keys: a million pairs in a few hundredths of a second, and no
 * comparison of floats whose order could be argued about (-0 counts as 0; NaN does not occur).
 */
#define DIGITS      3
#define DIGIT_BITS  11
#define DIGIT_COUNT (1u << DIGIT_BITS)

static uint32_t key_of(float value)
{
    uint32_t bits;
    const float positive_zero = value + 0.0f;
    memcpy(&bits, &positive_zero, sizeof(bits));
    return (bits & 0x80000000u) != 0 ? ~bits : bits | 0x80000000u;
}

static uint32_t digit_of(uint32_t key, unsigned digit)
{
    return (key >> (digit * DIGIT_BITS)) % DIGIT_COUNT;
}

static void move_by_digit(const embed_keyed *from, embed_keyed *to, size_t count, unsigned digit, uint32_t *starts)
{
    uint32_t sum = 0;
    for (size_t b = 0; b < DIGIT_COUNT; b++) {
        const uint32_t n = starts[b];
        starts[b] = sum;
        sum += n;
    }
    for (size_t i = 0; i < count; i++)
        to[starts[digit_of(from[i].key, digit)]++] = from[i];
}

void embed_sort_values(const float *values, size_t count, embed_keyed *ret_sorted, embed_keyed *work)
{
    uint32_t starts[DIGITS][DIGIT_COUNT] = {{0}};
    for (size_t i = 0; i < count; i++) {
        work[i] = (embed_keyed){key_of(values[i]), (uint32_t)i};
        for (unsigned digit = 0; digit < DIGITS; digit++)
            starts[digit][digit_of(work[i].key, digit)]++;
    }
    move_by_digit(work, ret_sorted, count, 0, starts[0]);
    move_by_digit(ret_sorted, work, count, 1, starts[1]);
    move_by_digit(work, ret_sorted, count, 2, starts[2]);
}

void embed_rank_sorted(const embed_keyed *sorted, size_t count, const uint8_t *strata, uint32_t *ret_ranks)
{
    uint32_t before[EMBED_RANK_STRATA] = {0}; /* members with smaller values */
    for (size_t i = 0; i < count;) {
        uint32_t tied[EMBED_RANK_STRATA] = {0};
        size_t end = i;
        for (; end < count && sorted[end].key == sorted[i].key; end++)
            tied[strata != NULL ? strata[sorted[end].at] : 0]++;
        for (; i < end; i++) {
            const uint8_t s = strata != NULL ? strata[sorted[i].at] : 0;
            ret_ranks[sorted[i].at] = 2 * before[s] + tied[s] - 1;
        }
        for (size_t s = 0; s < EMBED_RANK_STRATA; s++)
            before[s] += tied[s];
    }
}

/* Doubled ranks are below 2^23, pairs below 2^22: every sum is exact in 128 bits. */
double embed_correlate_ranks(const uint32_t *x, const uint32_t *y, size_t count, const uint8_t *strata, uint8_t stratum)
{
    int64_t members = 0;
    for (size_t i = 0; i < count; i++)
        members += strata == NULL || strata[i] == stratum;
    const int64_t middle = members - 1; /* the mean of doubled ranks */
    __int128 xy = 0, xx = 0, yy = 0;
    for (size_t i = 0; i < count; i++) {
        if (strata != NULL && strata[i] != stratum)
            continue;
        const int64_t dx = (int64_t)x[i] - middle, dy = (int64_t)y[i] - middle;
        xy += dx * dy;
        xx += dx * dx;
        yy += dy * dy;
    }
    if (xx == 0 || yy == 0)
        return 0;
    return (double)xy / (embed_root((double)xx) * embed_root((double)yy));
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

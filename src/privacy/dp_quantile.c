/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/dp.h"

#include <stdlib.h>

/*
 * Candidates c_0 = lower, c_1, … A candidate is bad by |(d - n) #{x < c} - n #{x > c}|, α = n/d: nought where a share α
 * of the values lies below. One row changes that by at most max(n, d - n), a person `rows` times as much.
 */
typedef struct search {
    uint64_t *below, *above; /* first differences, then numbers of values below and above each candidate */
    uint64_t *bad;
    uint32_t *order;
    size_t count;
} search;

static void search_done(search *all)
{
    free(all->below);
    free(all->bad);
    free(all->order);
}

static int search_init(search *all, size_t count, lethe_error *error)
{
    *all = (search){.count = count};
    all->below = calloc(2 * (count + 2), sizeof(*all->below));
    all->bad = calloc(count, sizeof(*all->bad));
    all->order = calloc(count, sizeof(*all->order));
    if (all->below == NULL || all->bad == NULL || all->order == NULL) {
        search_done(all);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    all->above = all->below + count + 2;
    return 0;
}

static int check(const dp_quantile_question *of, uint64_t *ret_candidates, lethe_error *error)
{
    const dp_limits *limits = &of->limits;
    if (limits->lower > limits->upper || limits->lower < -DP_VALUE_MAX || limits->upper > DP_VALUE_MAX ||
        limits->rows == 0 || of->step <= 0 || of->alpha.den == 0 || of->alpha.num > of->alpha.den ||
        of->alpha.den > 1000000)
        return base_fail(error, LETHE_E_PRIVACY_OPTION);
    const uint64_t candidates = (uint64_t)(limits->upper - limits->lower) / (uint64_t)of->step + 1;
    if (candidates > DP_CANDIDATES_MAX)
        return base_fail(error, LETHE_E_PRIVACY_OPTION);
    *ret_candidates = candidates;
    return 0;
}

/* x < c_i for every i >= first, x > c_i for every i < behind: they differ where x is a candidate itself. */
static void enter(search *all, const dp_quantile_question *of, int64_t value)
{
    if (value < of->limits.lower)
        value = of->limits.lower;
    if (value > of->limits.upper)
        value = of->limits.upper;
    const uint64_t off = (uint64_t)(value - of->limits.lower), step = (uint64_t)of->step;
    const uint64_t behind = off / step + (off % step != 0); /* candidates that are smaller than the value */
    const uint64_t first = off / step + 1;
    all->below[first]++;
    all->above[behind]++;
}

static void rate(search *all, dp_fraction alpha)
{
    uint64_t below = 0, above = 0;
    for (size_t i = all->count + 1;
         i-- > 0;) { /* above[i] becomes the number of values with more than i smaller ones */
        const uint64_t here = all->above[i];
        all->above[i] = above;
        above += here;
    }
    for (size_t i = 0; i < all->count; i++) {
        below += all->below[i];
        const uint64_t one = (alpha.den - alpha.num) * below, other = alpha.num * all->above[i];
        all->bad[i] = one > other ? one - other : other - one;
    }
}

/* True with probability exp(-worse·unit). */
static int flip(crypt_rng *rng, uint64_t worse, dp_fraction unit, bool *ret_head, lethe_error *error)
{
    const dp_u128 gamma = (dp_u128)worse * unit.num;
    bool head = true;
    for (dp_u128 whole = gamma / unit.den; head && whole != 0; whole--)
        BASE_TRY(dp_sample_bernoulli_exp(rng, (dp_fraction){1, 1}, &head, error));
    if (head)
        BASE_TRY(dp_sample_bernoulli_exp(rng, (dp_fraction){(uint64_t)(gamma % unit.den), unit.den}, &head, error));
    *ret_head = head;
    return 0;
}

/* Candidates in random order, each flipped once; the best one's coin is certain. */
static int permute_and_flip(search *all, dp_fraction unit, crypt_rng *rng, size_t *ret_index, lethe_error *error)
{
    uint64_t best = UINT64_MAX;
    for (size_t i = 0; i < all->count; i++) {
        all->order[i] = (uint32_t)i;
        best = all->bad[i] < best ? all->bad[i] : best;
    }
    for (size_t left = all->count; left != 0; left--) {
        uint64_t at = 0;
        bool head = false;
        BASE_TRY(dp_sample_below(rng, left, &at, error));
        const uint32_t candidate = all->order[at];
        all->order[at] = all->order[left - 1];
        BASE_TRY(flip(rng, all->bad[candidate] - best, unit, &head, error));
        if (head) {
            *ret_index = candidate;
            return 0;
        }
    }
    return base_fail(error, LETHE_E_BASE_INTERNAL);
}

int dp_quantile(const dp_quantile_question *of, crypt_rng *rng, const int64_t *values, size_t count, int64_t *ret_value,
                lethe_error *error)
{
    uint64_t candidates = 0;
    size_t index = 0;
    search all;
    dp_fraction unit;
    BASE_TRY(check(of, &candidates, error));
    if (count > ((size_t)1 << 40)) /* times 10^6: bad stays below 2^60 */
        return base_fail(error, LETHE_E_BASE_LIMIT);
    const uint64_t larger =
        of->alpha.den - of->alpha.num > of->alpha.num ? of->alpha.den - of->alpha.num : of->alpha.num;
    BASE_TRY(dp_fraction_over(of->epsilon, (dp_fraction){2 * larger * of->limits.rows, 1}, &unit, error));
    BASE_TRY(search_init(&all, (size_t)candidates, error));
    for (size_t i = 0; i < count; i++)
        enter(&all, of, values[i]);
    rate(&all, of->alpha);
    const int status = permute_and_flip(&all, unit, rng, &index, error);
    search_done(&all);
    if (status == 0)
        *ret_value = of->limits.lower + (int64_t)index * of->step;
    return status;
}

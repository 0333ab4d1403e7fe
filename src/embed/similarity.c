/* SPDX-License-Identifier: Apache-2.0 */
#include "embed/rows.h"

#include <stdlib.h>
#include <string.h>

/*
 * One pass over the snapshots, a few at a time: the rows of likenesses give both the neighbours and the sampled pairs.
 * The control pairs snapshot i of the released measure with snapshot shuffle[i] of the reference.
 */
#define PAIRS_DEFAULT       1000000
#define QUERIES_DEFAULT     2000
#define CONTROL_QUERIES_MAX 256

typedef enum kind { RELEASED, REFERENCE, CONTROL, RAW, KINDS } kind;

typedef struct pass {
    const embed_comparison *given;
    embed_rows released, reference, raw;
    uint32_t *shuffle;
    float *lines[KINDS]; /* of likenesses: EMBED_ROWS_BATCH × count each */
    float *pairs[KINDS]; /* of sampled pairs */
    size_t pair_count, pair_limit, control_count;
    float *scratch;
    uint64_t threshold; /* a pair is sampled where its hash is below; UINT64_MAX: all */
    double overlaps[4]; /* sums: 10, 100, control 10, control 100 */
    size_t queries, controls;
} pass;

static uint64_t mix(uint64_t x) /* the finalizer of SplitMix64 (Steele, Lea, Flood 2014) */
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

static bool same_patient(const pass *p, size_t i, size_t j)
{
    return i == j || (p->given->patients != NULL && p->given->patients[i] == p->given->patients[j]);
}

static void swap_floats(float *a, float *b)
{
    const float t = *a;
    *a = *b;
    *b = t;
}

/* The k-th largest of values (k from 1): quickselect (Hoare 1961) about the middle element. */
static float select_largest(float *values, size_t count, size_t k)
{
    ptrdiff_t low = 0, high = (ptrdiff_t)count - 1;
    const ptrdiff_t want = (ptrdiff_t)k - 1;
    while (low < high) {
        const float pivot = values[low + (high - low) / 2];
        ptrdiff_t i = low, j = high;
        while (i <= j) {
            while (values[i] > pivot)
                i++;
            while (values[j] < pivot)
                j--;
            if (i <= j)
                swap_floats(&values[i++], &values[j--]);
        }
        /* low..j are at least the pivot, i..high at most, what lies between equals it */
        if (want <= j)
            high = j;
        else if (want >= i)
            low = i;
        else
            break;
    }
    return values[want];
}

typedef struct cut {
    float at;     /* likeness of the k-th nearest */
    double share; /* of a place that each snapshot at the cut gets */
} cut;

static cut cut_at(const float *line, const bool *counts, size_t count, size_t k, float *scratch)
{
    size_t n = 0, above = 0, level = 0;
    for (size_t j = 0; j < count; j++)
        if (counts[j])
            scratch[n++] = line[j];
    const float at = select_largest(scratch, n, k);
    for (size_t j = 0; j < n; j++) {
        above += scratch[j] > at;
        level += scratch[j] == at;
    }
    return (cut){at, (double)(k - above) / (double)level};
}

static double place(float value, cut c)
{
    return value > c.at ? 1 : value == c.at ? c.share : 0;
}

static double overlap(const float *a, const float *b, const bool *counts, size_t count, size_t k, float *scratch)
{
    size_t others = 0;
    for (size_t j = 0; j < count; j++)
        others += counts[j];
    if (others == 0)
        return 0;
    if (k > others)
        k = others;
    const cut ca = cut_at(a, counts, count, k, scratch), cb = cut_at(b, counts, count, k, scratch);
    double sum = 0;
    for (size_t j = 0; j < count; j++)
        if (counts[j] && a[j] >= ca.at && b[j] >= cb.at)
            sum += place(a[j], ca) * place(b[j], cb);
    return sum / (double)k;
}

static void take_pairs(pass *p, size_t i, size_t q)
{
    const size_t count = p->given->count;
    const float *released = p->lines[RELEASED] + q * count, *reference = p->lines[REFERENCE] + q * count;
    const float *raw = p->given->raw != NULL ? p->lines[RAW] + q * count : NULL;
    for (size_t j = i + 1; j < count && p->pair_count < p->pair_limit; j++) {
        if (same_patient(p, i, j) || mix(p->given->seed ^ mix((uint64_t)i << 32 | j)) > p->threshold)
            continue;
        p->pairs[RELEASED][p->pair_count] = released[j];
        p->pairs[REFERENCE][p->pair_count] = reference[j];
        if (raw != NULL)
            p->pairs[RAW][p->pair_count] = raw[j];
        p->pair_count++;
    }
}

/* Whom a query may count as neighbours; for the control, neither side may meet its own patient. */
static void mark_others(const pass *p, size_t i, bool control, bool *counts)
{
    for (size_t j = 0; j < p->given->count; j++)
        counts[j] = !same_patient(p, i, j) && (!control || !same_patient(p, p->shuffle[i], p->shuffle[j]));
}

static void take_neighbours(pass *p, size_t i, size_t q, bool *counts)
{
    const size_t count = p->given->count;
    const float *a = p->lines[RELEASED] + q * count, *b = p->lines[REFERENCE] + q * count;
    mark_others(p, i, false, counts);
    p->overlaps[0] += overlap(a, b, counts, count, 10, p->scratch);
    p->overlaps[1] += overlap(a, b, counts, count, 100, p->scratch);
    p->queries++;
}

static void take_control(pass *p, size_t i, size_t q, bool *counts)
{
    const size_t count = p->given->count;
    const size_t other = p->shuffle[i];
    const float *a = p->lines[RELEASED] + q * count;
    float *b = p->lines[CONTROL], *shuffled = p->lines[CONTROL] + EMBED_ROWS_BATCH * count;
    embed_rows_fill(&p->reference, &other, 1, b);
    for (size_t j = 0; j < count; j++)
        shuffled[j] = b[p->shuffle[j]];
    mark_others(p, i, true, counts);
    p->overlaps[2] += overlap(a, shuffled, counts, count, 10, p->scratch);
    p->overlaps[3] += overlap(a, shuffled, counts, count, 100, p->scratch);
    p->controls++;
}

static void shuffle_snapshots(pass *p)
{
    uint64_t state = mix(p->given->seed + 1);
    for (size_t i = 0; i < p->given->count; i++)
        p->shuffle[i] = (uint32_t)i;
    for (size_t i = p->given->count - 1; i > 0; i--) {
        state += 0x9e3779b97f4a7c15ULL;
        const size_t j = (size_t)(((unsigned __int128)mix(state) * (i + 1)) >> 64);
        const uint32_t t = p->shuffle[i];
        p->shuffle[i] = p->shuffle[j];
        p->shuffle[j] = t;
    }
}

static void run_pass(pass *p, bool *counts)
{
    const size_t count = p->given->count;
    const size_t queries_max = p->given->queries_max != 0 ? p->given->queries_max : QUERIES_DEFAULT;
    const size_t stride = count > queries_max ? (count + queries_max - 1) / queries_max : 1;
    const size_t control_stride = stride * ((count / stride + CONTROL_QUERIES_MAX) / CONTROL_QUERIES_MAX);
    for (size_t i = 0; i < count;) {
        size_t at[EMBED_ROWS_BATCH], n = 0;
        for (; n < EMBED_ROWS_BATCH && i < count; i += stride)
            at[n++] = i;
        embed_rows_fill(&p->released, at, n, p->lines[RELEASED]);
        embed_rows_fill(&p->reference, at, n, p->lines[REFERENCE]);
        if (p->given->raw != NULL)
            embed_rows_fill(&p->raw, at, n, p->lines[RAW]);
        for (size_t q = 0; q < n; q++) {
            take_pairs(p, at[q], q);
            take_neighbours(p, at[q], q, counts);
            if (at[q] % control_stride == 0)
                take_control(p, at[q], q, counts);
        }
    }
}

/* The pairs of the control: the same released likenesses against the reference's in another order. */
static int correlate_control(pass *p, double *ret_rho, lethe_error *error)
{
    uint64_t state = mix(p->given->seed + 2);
    float *values = p->pairs[CONTROL];
    memcpy(values, p->pairs[REFERENCE], p->pair_count * sizeof(*values));
    for (size_t i = p->pair_count; i > 1; i--) {
        state += 0x9e3779b97f4a7c15ULL;
        swap_floats(&values[i - 1], &values[(size_t)(((unsigned __int128)mix(state) * i) >> 64)]);
    }
    return embed_spearman(p->pairs[RELEASED], values, p->pair_count, ret_rho, error);
}

static size_t stratum_of(float raw)
{
    return raw <= 0 ? 0 : raw < 0.1f ? 1 : raw < 0.3f ? 2 : 3;
}

static int fill_stratum(pass *p, size_t stratum, embed_stratum *ret_stratum, lethe_error *error)
{
    float *a = p->pairs[CONTROL], *b = a + p->pair_limit; /* the control is done with its place */
    embed_stratum s = {0};
    for (size_t i = 0; i < p->pair_count; i++) {
        if (stratum_of(p->pairs[RAW][i]) != stratum)
            continue;
        a[s.pairs] = p->pairs[RELEASED][i];
        b[s.pairs] = p->pairs[REFERENCE][i];
        s.mean_released += (double)p->pairs[RELEASED][i];
        s.mean_reference += (double)p->pairs[REFERENCE][i];
        s.pairs++;
    }
    if (s.pairs != 0) {
        s.mean_released /= (double)s.pairs;
        s.mean_reference /= (double)s.pairs;
    }
    BASE_TRY(embed_spearman(a, b, s.pairs, &s.spearman, error));
    *ret_stratum = s;
    return 0;
}

static int conclude(pass *p, embed_agreement *ret_agreement, lethe_error *error)
{
    embed_agreement found = {.pairs = p->pair_count, .queries = p->queries};
    BASE_TRY(embed_spearman(p->pairs[RELEASED], p->pairs[REFERENCE], p->pair_count, &found.spearman, error));
    found.pearson = embed_pearson(p->pairs[RELEASED], p->pairs[REFERENCE], p->pair_count);
    found.overlap_10 = p->overlaps[0] / (double)p->queries;
    found.overlap_100 = p->overlaps[1] / (double)p->queries;
    found.control_overlap_10 = p->overlaps[2] / (double)p->controls;
    found.control_overlap_100 = p->overlaps[3] / (double)p->controls;
    BASE_TRY(correlate_control(p, &found.control_spearman, error));
    for (size_t s = 0; p->given->raw != NULL && s < EMBED_STRATA; s++)
        BASE_TRY(fill_stratum(p, s, &found.strata[s], error));
    *ret_agreement = found;
    return 0;
}

/* How many pairs the visited rows can give, and so with which chance each is taken. */
static void plan_sample(pass *p)
{
    const size_t count = p->given->count;
    const size_t queries_max = p->given->queries_max != 0 ? p->given->queries_max : QUERIES_DEFAULT;
    const size_t stride = count > queries_max ? (count + queries_max - 1) / queries_max : 1;
    uint64_t possible = 0;
    for (size_t i = 0; i < count; i += stride)
        possible += count - 1 - i;
    p->pair_limit = p->given->pairs_max != 0 ? p->given->pairs_max : PAIRS_DEFAULT;
    p->threshold = UINT64_MAX;
    if (possible > p->pair_limit) /* a hundredth less than fits, so that the last rows are not cut off */
        p->threshold = (uint64_t)((unsigned __int128)UINT64_MAX * p->pair_limit / possible / 100 * 99);
    else
        p->pair_limit = (size_t)possible;
}

static int take_memory(pass *p, lethe_error *error)
{
    const size_t count = p->given->count;
    p->shuffle = calloc(count, sizeof(*p->shuffle));
    p->scratch = calloc(count, sizeof(*p->scratch));
    bool failed = p->shuffle == NULL || p->scratch == NULL;
    for (size_t k = 0; k < KINDS; k++) {
        p->lines[k] = calloc(count * (EMBED_ROWS_BATCH + (k == CONTROL ? 1u : 0u)), sizeof(float));
        p->pairs[k] = calloc((p->pair_limit + 1) * (k == CONTROL ? 2 : 1), sizeof(float));
        failed |= p->lines[k] == NULL || p->pairs[k] == NULL;
    }
    return failed ? base_fail(error, LETHE_E_BASE_MEMORY) : 0;
}

static int compare(pass *p, embed_agreement *ret_agreement, lethe_error *error)
{
    const embed_comparison *given = p->given;
    BASE_TRY(embed_rows_init(&p->released, &given->released, given->count, error));
    BASE_TRY(embed_rows_init(&p->reference, &given->reference, given->count, error));
    if (given->raw != NULL)
        BASE_TRY(embed_rows_init(&p->raw, given->raw, given->count, error));
    plan_sample(p);
    BASE_TRY(take_memory(p, error));
    bool *counts = calloc(given->count, sizeof(*counts));
    if (counts == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    shuffle_snapshots(p);
    run_pass(p, counts);
    free(counts);
    return conclude(p, ret_agreement, error);
}

int embed_compare(const embed_comparison *comparison, embed_agreement *ret_agreement, lethe_error *error)
{
    if (comparison->count > EMBED_SNAPSHOTS_MAX || comparison->pairs_max > EMBED_PAIRS_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    if (comparison->count < 3) {
        *ret_agreement = (embed_agreement){0};
        return 0;
    }
    pass p = {.given = comparison};
    const int status = compare(&p, ret_agreement, error);
    embed_rows_done(&p.released);
    embed_rows_done(&p.reference);
    embed_rows_done(&p.raw);
    free(p.shuffle);
    free(p.scratch);
    for (size_t k = 0; k < KINDS; k++) {
        free(p.lines[k]);
        free(p.pairs[k]);
    }
    return status;
}

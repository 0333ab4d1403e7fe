/* SPDX-License-Identifier: Apache-2.0 */
#include "embed/rank.h"
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

typedef enum kind { RELEASED, REFERENCE, RAW, CONTROL, KINDS } kind;
#define SAMPLED CONTROL /* kinds whose pairs are kept */

typedef struct pass {
    const embed_comparison *given;
    embed_rows released, reference, raw;
    uint32_t *shuffle;
    float *lines[KINDS];   /* of likenesses: EMBED_ROWS_BATCH × count each */
    float *pairs[SAMPLED]; /* of sampled pairs */
    size_t pair_count, pair_limit, control_count;
    float *scratch;
    uint64_t threshold;                      /* a pair is sampled where its hash is below; UINT64_MAX: all */
    double overlaps[2], control_overlaps[2]; /* sums, of the nearest 10 and 100 */
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

/* The k-th largest of values (k from 1), the k largest moved to the front: quickselect (Hoare 1961) about the middle.
 */
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
            if (i <= j) {
                const float t = values[i];
                values[i++] = values[j];
                values[j--] = t;
            }
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

/* The cuts of the nearest k: nearest first by the larger of the two, for the k of the smaller are among its own. */
enum { NEAR, WIDE, CUTS };
static const size_t cut_sizes[CUTS] = {10, 100};

static void find_cuts(const float *line, const bool *counts, size_t count, float *scratch, cut ret_cuts[CUTS])
{
    size_t n = 0;
    for (size_t j = 0; j < count; j++) {
        scratch[n] = line[j];
        n += counts[j];
    }
    size_t among = n;
    for (size_t c = CUTS; c-- > 0;) {
        const size_t k = cut_sizes[c] < n ? cut_sizes[c] : n;
        const float at = select_largest(scratch, among, k);
        size_t above = 0, level = 0;
        for (size_t j = 0; j < k; j++)
            above += scratch[j] > at;
        for (size_t j = 0; j < n; j++)
            level += scratch[j] == at;
        ret_cuts[c] = (cut){at, (double)(k - above) / (double)level};
        among = k;
    }
}

static double place(float value, cut c)
{
    return value > c.at ? 1 : value == c.at ? c.share : 0;
}

/* Adds what the two lines share of their nearest, for both cuts. */
static void add_overlaps(const float *a, const float *b, const bool *counts, size_t count, float *scratch,
                         double overlaps[CUTS])
{
    size_t others = 0;
    for (size_t j = 0; j < count; j++)
        others += counts[j];
    if (others == 0)
        return;
    cut ca[CUTS], cb[CUTS];
    double sums[CUTS] = {0};
    find_cuts(a, counts, count, scratch, ca);
    find_cuts(b, counts, count, scratch, cb);
    for (size_t j = 0; j < count; j++)
        if (counts[j] && a[j] >= ca[WIDE].at && b[j] >= cb[WIDE].at)
            for (size_t c = 0; c < CUTS; c++)
                sums[c] += place(a[j], ca[c]) * place(b[j], cb[c]);
    for (size_t c = 0; c < CUTS; c++)
        overlaps[c] += sums[c] / (double)(cut_sizes[c] < others ? cut_sizes[c] : others);
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
    add_overlaps(a, b, counts, count, p->scratch, p->overlaps);
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
    add_overlaps(a, shuffled, counts, count, p->scratch, p->control_overlaps);
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

/* The sample's ranks; each likeness is sorted once, and its strata and control come from that order. */
typedef struct ranked {
    embed_keyed *released, *reference;
    uint32_t *x, *y;
    uint8_t *strata;
} ranked;

static int rank_sample(const pass *p, ranked *r, lethe_error *error)
{
    const size_t count = p->pair_count;
    r->released = malloc((3 * count + 1) * sizeof(*r->released));
    r->strata = malloc(count + 1);
    if (r->released == NULL || r->strata == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    r->reference = r->released + count;
    embed_keyed *const work = r->reference + count;
    embed_sort_values(p->pairs[RELEASED], count, r->released, work);
    embed_sort_values(p->pairs[REFERENCE], count, r->reference, work);
    r->x = (uint32_t *)work; /* which has served */
    r->y = r->x + count;
    embed_rank_sorted(r->released, count, NULL, r->x);
    embed_rank_sorted(r->reference, count, NULL, r->y);
    return 0;
}

static void free_ranks(ranked *r)
{
    free(r->released);
    free(r->strata);
}

/* The pairs of the control: the same released likenesses against the reference's in another order. */
static double correlate_control(const pass *p, ranked *r)
{
    uint64_t state = mix(p->given->seed + 2);
    for (size_t i = p->pair_count; i > 1; i--) {
        state += 0x9e3779b97f4a7c15ULL;
        const size_t j = (size_t)(((unsigned __int128)mix(state) * i) >> 64);
        const uint32_t t = r->y[i - 1];
        r->y[i - 1] = r->y[j];
        r->y[j] = t;
    }
    return embed_correlate_ranks(r->x, r->y, p->pair_count, NULL, 0);
}

static uint8_t stratum_of(float raw)
{
    return raw <= 0 ? 0 : raw < 0.1f ? 1 : raw < 0.3f ? 2 : 3;
}

static void fill_strata(const pass *p, ranked *r, embed_stratum ret_strata[EMBED_STRATA])
{
    for (size_t i = 0; i < p->pair_count; i++) {
        embed_stratum *s = &ret_strata[r->strata[i] = stratum_of(p->pairs[RAW][i])];
        s->pairs++;
        s->mean_released += (double)p->pairs[RELEASED][i];
        s->mean_reference += (double)p->pairs[REFERENCE][i];
    }
    embed_rank_sorted(r->released, p->pair_count, r->strata, r->x);
    embed_rank_sorted(r->reference, p->pair_count, r->strata, r->y);
    for (uint8_t i = 0; i < EMBED_STRATA; i++) {
        embed_stratum *s = &ret_strata[i];
        if (s->pairs == 0)
            continue;
        s->mean_released /= (double)s->pairs;
        s->mean_reference /= (double)s->pairs;
        s->spearman = embed_correlate_ranks(r->x, r->y, p->pair_count, r->strata, i);
    }
}

static int conclude(const pass *p, embed_agreement *ret_agreement, lethe_error *error)
{
    embed_agreement found = {.pairs = p->pair_count, .queries = p->queries};
    ranked r = {0};
    const int status = rank_sample(p, &r, error);
    if (status == 0) {
        found.spearman = embed_correlate_ranks(r.x, r.y, p->pair_count, NULL, 0);
        found.pearson = embed_pearson(p->pairs[RELEASED], p->pairs[REFERENCE], p->pair_count);
        found.overlap_10 = p->overlaps[NEAR] / (double)p->queries;
        found.overlap_100 = p->overlaps[WIDE] / (double)p->queries;
        found.control_overlap_10 = p->control_overlaps[NEAR] / (double)p->controls;
        found.control_overlap_100 = p->control_overlaps[WIDE] / (double)p->controls;
        found.control_spearman = correlate_control(p, &r);
        if (p->given->raw != NULL)
            fill_strata(p, &r, found.strata);
        *ret_agreement = found;
    }
    free_ranks(&r);
    return status;
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
    p->scratch = calloc(count + 1, sizeof(*p->scratch));
    bool failed = p->shuffle == NULL || p->scratch == NULL;
    for (size_t k = 0; k < KINDS; k++) {
        p->lines[k] = calloc(count * (EMBED_ROWS_BATCH + (k == CONTROL ? 1u : 0u)), sizeof(float));
        failed |= p->lines[k] == NULL;
    }
    for (size_t k = 0; k < SAMPLED; k++) {
        p->pairs[k] = calloc(p->pair_limit + 1, sizeof(float));
        failed |= p->pairs[k] == NULL;
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
    for (size_t k = 0; k < KINDS; k++)
        free(p.lines[k]);
    for (size_t k = 0; k < SAMPLED; k++)
        free(p.pairs[k]);
    return status;
}

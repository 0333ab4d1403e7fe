/* SPDX-License-Identifier: Apache-2.0 */
#include "embed/rows.h"

#include <stdlib.h>
#include <string.h>

/*
 * Inner products in eight lanes added in a fixed order: the same bits from the AVX2 clone as from the plain one, since
 * nothing is contracted. A batch of snapshots shares what is loaded of another.
 */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) &&               \
    !defined(__SANITIZE_THREAD__)
#define CLONES __attribute__((target_clones("avx2", "default")))
#else
#define CLONES
#endif

#define LANES  8
#define UNROLL _Pragma("GCC unroll 8")
typedef float lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(4), may_alias));

static float add_lanes(const float *sum)
{
    return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
}

CLONES static void dot_batch(const float *const queries[EMBED_ROWS_BATCH], const float *vectors, size_t count,
                             float *out)
{
    for (size_t j = 0; j < count; j++) {
        const float *v = vectors + j * EMBED_DIMENSIONS;
        lanes sums[EMBED_ROWS_BATCH] = {{0}};
        for (size_t i = 0; i < EMBED_DIMENSIONS; i += LANES) {
            const lanes x = *(const lanes *)(v + i);
            UNROLL for (size_t q = 0; q < EMBED_ROWS_BATCH; q++) sums[q] += *(const lanes *)(queries[q] + i) * x;
        }
        for (size_t q = 0; q < EMBED_ROWS_BATCH; q++) {
            float sum[LANES];
            memcpy(sum, &sums[q], sizeof(sum));
            out[q * count + j] = add_lanes(sum);
        }
    }
}

static void fill_vectors(const embed_rows *rows, const size_t *at, size_t n, float *out)
{
    const float *queries[EMBED_ROWS_BATCH];
    for (size_t q = 0; q < EMBED_ROWS_BATCH; q++) /* too few: the last one again */
        queries[q] = rows->measure->vectors + at[q < n ? q : n - 1] * EMBED_DIMENSIONS;
    dot_batch(queries, rows->measure->vectors, rows->count, out);
}

/* Weighted Jaccard: what both have over what either has. Two empty sets have nothing in common. */
static void fill_sets(const embed_rows *rows, size_t query, float *out)
{
    const embed_measure *measure = rows->measure;
    for (size_t j = 0; j < rows->count; j++)
        out[j] = 0;
    for (size_t c = measure->starts[query]; c < measure->starts[query + 1]; c++) {
        const uint32_t code = measure->codes[c];
        const float weight = rows->weights[code];
        for (size_t h = rows->holder_starts[code]; h < rows->holder_starts[code + 1]; h++)
            out[rows->holders[h]] += weight;
    }
    for (size_t j = 0; j < rows->count; j++) {
        const float either = rows->totals[query] + rows->totals[j] - out[j];
        out[j] = out[j] > 0 && either > 0 ? out[j] / either : 0;
    }
}

void embed_rows_fill(const embed_rows *rows, const size_t *at, size_t n, float *out)
{
    if (rows->measure->vectors != NULL) {
        fill_vectors(rows, at, n, out);
        return;
    }
    for (size_t q = 0; q < n; q++)
        fill_sets(rows, at[q], out + q * rows->count);
}

static bool sets_possible(const embed_measure *measure, size_t count)
{
    if (measure->starts == NULL || measure->starts[0] != 0)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (measure->starts[i] > measure->starts[i + 1])
            return false;
        for (size_t c = measure->starts[i]; c < measure->starts[i + 1]; c++)
            if (measure->codes[c] >= measure->code_count ||
                (c > measure->starts[i] && measure->codes[c - 1] >= measure->codes[c]))
                return false;
    }
    return true;
}

static void fill_holders(embed_rows *rows)
{
    const embed_measure *measure = rows->measure;
    const size_t uses = measure->starts[rows->count];
    for (size_t c = 0; c < uses; c++)
        rows->holder_starts[measure->codes[c] + 1]++;
    for (size_t code = 0; code < measure->code_count; code++) {
        const size_t holders = rows->holder_starts[code + 1];
        rows->weights[code] = holders != 0 ? (float)embed_log2((double)rows->count / (double)holders) : 0;
        rows->holder_starts[code + 1] += rows->holder_starts[code];
    }
    /* filling moves each start to the next code's; moving them back keeps one array */
    for (size_t i = 0; i < rows->count; i++)
        for (size_t c = measure->starts[i]; c < measure->starts[i + 1]; c++) {
            rows->holders[rows->holder_starts[measure->codes[c]]++] = (uint32_t)i;
            rows->totals[i] += rows->weights[measure->codes[c]];
        }
    for (size_t code = measure->code_count; code > 0; code--)
        rows->holder_starts[code] = rows->holder_starts[code - 1];
    rows->holder_starts[0] = 0;
}

int embed_rows_init(embed_rows *rows, const embed_measure *measure, size_t count, lethe_error *error)
{
    *rows = (embed_rows){.measure = measure, .count = count};
    if (measure->vectors != NULL)
        return 0;
    if (!sets_possible(measure, count))
        return base_fail(error, LETHE_E_EMBED_INPUT);
    rows->holder_starts = calloc((size_t)measure->code_count + 2, sizeof(*rows->holder_starts));
    rows->holders = calloc(measure->starts[count] + 1, sizeof(*rows->holders));
    rows->weights = calloc((size_t)measure->code_count + 1, sizeof(*rows->weights));
    rows->totals = calloc(count + 1, sizeof(*rows->totals));
    if (rows->holder_starts == NULL || rows->holders == NULL || rows->weights == NULL || rows->totals == NULL) {
        embed_rows_done(rows);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    fill_holders(rows);
    return 0;
}

void embed_rows_done(embed_rows *rows)
{
    free(rows->holder_starts);
    free(rows->holders);
    free(rows->weights);
    free(rows->totals);
    *rows = (embed_rows){0};
}

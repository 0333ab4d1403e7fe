/* SPDX-License-Identifier: Apache-2.0 */
#include "embed/rows.h"

#include <stdlib.h>
#include <string.h>

/*
 * Inner products in eight lanes (axis modulo 8) added in a fixed order: the same bits from the AVX2 clone as from the
 * plain one, since nothing is contracted. Nine in ten axes of a snapshot are zero, and a zero changes no sum (sums
 * begin at +0), so that only the others are visited, for a batch of queries at once.
 */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) &&               \
    !defined(__SANITIZE_THREAD__)
#define CLONES __attribute__((target_clones("avx2", "default")))
#else
#define CLONES
#endif

#define LANES 8
typedef float batch __attribute__((vector_size(EMBED_ROWS_BATCH * sizeof(float)))); /* one number of each query */

CLONES static void dot_batch(const embed_rows *rows, const batch *queries, float *out)
{
    for (size_t j = 0; j < rows->count; j++) {
        const size_t *starts = rows->lane_starts + j * LANES;
        batch sums[LANES];
        for (size_t lane = 0; lane < LANES; lane++) {
            batch sum = {0};
            for (size_t p = starts[lane]; p < starts[lane + 1]; p++)
                sum += queries[rows->parts[p].axis] * rows->parts[p].value;
            sums[lane] = sum;
        }
        const batch total = ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
        for (size_t q = 0; q < EMBED_ROWS_BATCH; q++)
            out[q * rows->count + j] = total[q];
    }
}

static void fill_vectors(const embed_rows *rows, const size_t *at, size_t n, float *out)
{
    batch queries[EMBED_DIMENSIONS] = {{0}};
    for (size_t q = 0; q < n; q++)
        for (size_t p = rows->lane_starts[at[q] * LANES]; p < rows->lane_starts[(at[q] + 1) * LANES]; p++)
            queries[rows->parts[p].axis][q] = rows->parts[p].value;
    dot_batch(rows, queries, out);
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

static int fill_parts(embed_rows *rows, lethe_error *error)
{
    const float *vectors = rows->measure->vectors;
    size_t total = 0, at = 0;
    for (size_t i = 0; i < rows->count * EMBED_DIMENSIONS; i++)
        total += vectors[i] != 0;
    rows->parts = calloc(total + 1, sizeof(*rows->parts));
    rows->lane_starts = calloc(rows->count * LANES + 1, sizeof(*rows->lane_starts));
    if (rows->parts == NULL || rows->lane_starts == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < rows->count; i++)
        for (size_t lane = 0; lane < LANES; lane++) {
            for (size_t axis = lane; axis < EMBED_DIMENSIONS; axis += LANES)
                if (vectors[i * EMBED_DIMENSIONS + axis] != 0)
                    rows->parts[at++] = (embed_part){(uint32_t)axis, vectors[i * EMBED_DIMENSIONS + axis]};
            rows->lane_starts[i * LANES + lane + 1] = at;
        }
    return 0;
}

static int fill_sets_of(embed_rows *rows, lethe_error *error)
{
    const embed_measure *measure = rows->measure;
    if (!sets_possible(measure, rows->count))
        return base_fail(error, LETHE_E_EMBED_INPUT);
    rows->holder_starts = calloc((size_t)measure->code_count + 2, sizeof(*rows->holder_starts));
    rows->holders = calloc(measure->starts[rows->count] + 1, sizeof(*rows->holders));
    rows->weights = calloc((size_t)measure->code_count + 1, sizeof(*rows->weights));
    rows->totals = calloc(rows->count + 1, sizeof(*rows->totals));
    if (rows->holder_starts == NULL || rows->holders == NULL || rows->weights == NULL || rows->totals == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    fill_holders(rows);
    return 0;
}

int embed_rows_init(embed_rows *rows, const embed_measure *measure, size_t count, lethe_error *error)
{
    *rows = (embed_rows){.measure = measure, .count = count};
    const int status = measure->vectors != NULL ? fill_parts(rows, error) : fill_sets_of(rows, error);
    if (status != 0)
        embed_rows_done(rows);
    return status;
}

void embed_rows_done(embed_rows *rows)
{
    free(rows->parts);
    free(rows->lane_starts);
    free(rows->holder_starts);
    free(rows->holders);
    free(rows->weights);
    free(rows->totals);
    *rows = (embed_rows){0};
}

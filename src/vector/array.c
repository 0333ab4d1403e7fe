/* SPDX-License-Identifier: Apache-2.0 */
#include "vector/array.h"

#include "base/threads.h"
#include "vector/best.h"
#include "vector/kernel.h"
#include "vector/order.h"

#include <stdlib.h>
#include <string.h>

#define TILE_ROWS     32 /* their codes stay in the first cache while every query of a block is compared with them */
#define BLOCK_QUERIES 16

struct vector_array {
    const float *vectors;
    const uint32_t *groups, *rows;
    uint32_t dimensions, count;
    const vector_kernel *kernel;
    int8_t *codes; /* by place in `rows` */
    vector_measure *measures;
};

int vector_array_new(const float *vectors, const uint32_t *groups, uint32_t dimensions, const uint32_t *rows,
                     uint32_t count, vector_array **ret_array, lethe_error *error)
{
    if (dimensions == 0 || dimensions % 64 != 0 || dimensions > 4096)
        return base_fail(error, LETHE_E_VECTOR_INPUT);
    vector_array *array = calloc(1, sizeof(*array));
    if (array == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    *array = (vector_array){.vectors = vectors,
                            .groups = groups,
                            .rows = rows,
                            .dimensions = dimensions,
                            .count = count,
                            .kernel = vector_kernel_best()};
    array->codes = malloc((size_t)count * dimensions + 1);
    array->measures = calloc(count + 1UL, sizeof(*array->measures));
    if (array->codes == NULL || array->measures == NULL) {
        vector_array_free(array);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    for (uint32_t i = 0; i < count; i++)
        array->measures[i] =
            vector_quantize(vectors + (size_t)rows[i] * dimensions, dimensions, array->codes + (size_t)i * dimensions);
    *ret_array = array;
    return 0;
}

void vector_array_free(vector_array *array)
{
    if (array == NULL)
        return;
    free(array->codes);
    free(array->measures);
    free(array);
}

/* What one thread works in. */
typedef struct desk {
    int32_t *dots; /* BLOCK_QUERIES × count */
    int8_t *code;  /* BLOCK_QUERIES × dimensions */
    vector_candidate *candidates;
    vector_hit *hits;
} desk;

typedef struct searching {
    const vector_array *array;
    const uint32_t *queries;
    size_t count;
    uint32_t k;
    vector_hit *ret_hits;
    uint32_t *ret_counts;
    desk desks[BASE_THREADS_MAX];
} searching;

/* The bound of docs/SPEC-vectors.md: how far the product of the codes may be from the similarity. */
typedef struct bound {
    double scale, by_norm, by_error;
} bound;

static bound bound_of(const vector_array *array, const float *vector, vector_measure measure)
{
    const double norm = vector_root(array->kernel->inner(vector, vector, array->dimensions)) * (1 + 0x1p-30);
    return (bound){(double)measure.scale, (double)measure.error + norm * 0x1p-38, norm * (1 + 0x1p-38)};
}

/* Rows that could be among the k nearest groups, by what they could reach. */
static uint32_t find_candidates(const searching *all, const bound *b, const int32_t *dots, uint32_t own, desk *d,
                                vector_best *best)
{
    const vector_array *array = all->array;
    uint32_t count = 0, kept = 0;
    for (uint32_t i = 0; i < array->count; i++) {
        const vector_measure m = array->measures[i];
        const uint32_t group = array->groups[array->rows[i]];
        const double value = b->scale * (double)m.scale * (double)dots[i];
        const double radius = b->by_norm * (double)m.norm + b->by_error * (double)m.error;
        if (group == own || !(value + radius >= vector_best_threshold(best)))
            continue;
        vector_best_offer(best, group, value - radius);
        d->candidates[count++] = (vector_candidate){value + radius, array->rows[i], group};
    }
    for (uint32_t i = 0; i < count; i++)
        if (d->candidates[i].upper >= vector_best_threshold(best))
            d->candidates[kept++] = d->candidates[i];
    vector_order_candidates(d->candidates, kept);
    return kept;
}

/* Exact similarities in the order of the bounds, until no bound can reach the k-th. */
static uint32_t compare(const vector_array *array, const float *vector, desk *d, uint32_t candidates,
                        vector_best *nearest)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < candidates && d->candidates[i].upper >= vector_best_threshold(nearest); i++) {
        const uint32_t row = d->candidates[i].row, group = array->groups[row];
        const double similarity =
            array->kernel->inner(vector, array->vectors + (size_t)row * array->dimensions, array->dimensions);
        d->hits[count++] = (vector_hit){row, group, similarity};
        vector_best_offer(nearest, group, similarity);
    }
    return count;
}

static uint32_t keep_nearest(vector_hit *hits, uint32_t count, uint32_t k)
{
    const uint32_t kept = vector_order_groups(hits, count);
    vector_order_hits(hits, kept);
    return kept < k ? kept : k;
}

static int answer(searching *all, size_t at, const bound *b, const int32_t *dots, desk *d, lethe_error *error)
{
    const vector_array *array = all->array;
    const uint32_t query = all->queries[at];
    vector_best bounds = {0}, nearest = {0};
    int status = vector_best_init(&bounds, all->k, error);
    if (status == 0)
        status = vector_best_init(&nearest, all->k, error);
    if (status == 0) {
        const uint32_t candidates = find_candidates(all, b, dots, array->groups[query], d, &bounds);
        const uint32_t compared =
            compare(array, array->vectors + (size_t)query * array->dimensions, d, candidates, &nearest);
        all->ret_counts[at] = keep_nearest(d->hits, compared, all->k);
        if (all->ret_counts[at] != 0)
            memcpy(all->ret_hits + at * all->k, d->hits, all->ret_counts[at] * sizeof(*d->hits));
    }
    vector_best_done(&bounds);
    vector_best_done(&nearest);
    return status;
}

static int search_block(void *context, size_t index, size_t worker, lethe_error *error)
{
    searching *all = context;
    const vector_array *array = all->array;
    desk *d = &all->desks[worker];
    const size_t begin = index * BLOCK_QUERIES, rest = all->count - begin;
    const size_t count = rest < BLOCK_QUERIES ? rest : BLOCK_QUERIES;
    bound bounds[BLOCK_QUERIES];
    for (size_t i = 0; i < count; i++) {
        const float *vector = array->vectors + (size_t)all->queries[begin + i] * array->dimensions;
        const vector_measure measure = vector_quantize(vector, array->dimensions, d->code + i * array->dimensions);
        bounds[i] = bound_of(array, vector, measure);
    }
    for (uint32_t first = 0; first < array->count; first += TILE_ROWS) {
        uint32_t tile[TILE_ROWS], size = 0;
        while (size < TILE_ROWS && first + size < array->count) {
            tile[size] = first + size;
            size++;
        }
        for (size_t i = 0; i < count; i++)
            array->kernel->dots_near(d->code + i * array->dimensions, array->codes, array->dimensions, tile, size,
                                     d->dots + i * array->count + first);
    }
    for (size_t i = 0; i < count; i++)
        BASE_TRY(answer(all, begin + i, &bounds[i], d->dots + i * array->count, d, error));
    return 0;
}

static bool desk_init(desk *d, const vector_array *array)
{
    d->dots = malloc(BLOCK_QUERIES * (array->count + 1UL) * sizeof(*d->dots));
    d->code = malloc((size_t)BLOCK_QUERIES * array->dimensions);
    d->candidates = malloc((array->count + 1UL) * sizeof(*d->candidates));
    d->hits = malloc((array->count + 1UL) * sizeof(*d->hits));
    return d->dots != NULL && d->code != NULL && d->candidates != NULL && d->hits != NULL;
}

int vector_array_nearest(const vector_array *array, const uint32_t *queries, size_t count, uint32_t k, size_t threads,
                         vector_hit *ret_hits, uint32_t *ret_counts, lethe_error *error)
{
    if (k == 0 || k > VECTOR_K_MAX)
        return base_fail(error, LETHE_E_VECTOR_INPUT);
    searching *all = calloc(1, sizeof(*all));
    if (all == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    *all = (searching){
        .array = array, .queries = queries, .count = count, .k = k, .ret_hits = ret_hits, .ret_counts = ret_counts};
    threads = threads == 0 ? 1 : threads < BASE_THREADS_MAX ? threads : BASE_THREADS_MAX;
    int status = 0;
    for (size_t i = 0; i < threads && status == 0; i++)
        status = desk_init(&all->desks[i], array) ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
    if (status == 0)
        status = base_parallel(threads, (count + BLOCK_QUERIES - 1) / BLOCK_QUERIES, search_block, all, error);
    for (size_t i = 0; i < threads; i++) {
        free(all->desks[i].dots);
        free(all->desks[i].code);
        free(all->desks[i].candidates);
        free(all->desks[i].hits);
    }
    free(all);
    return status;
}

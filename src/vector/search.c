/* SPDX-License-Identifier: Apache-2.0 */
#include "vector/seek.h"

#include "base/threads.h"

#include <stdlib.h>

const char *vector_search_kernel(void)
{
    return vector_kernel_best()->name;
}

void vector_result_done(vector_result *result)
{
    if (result == NULL)
        return;
    free(result->hits);
    *result = (vector_result){0};
}

static bool weights_fit(const vector_schema *schema, const double *weights)
{
    double sum = 0;
    for (uint32_t i = 0; i < schema->block_count; i++) {
        if (!(weights[i] >= 0 && weights[i] <= 1e6) || (weights[i] > 0 && schema->blocks[i].weight == 0))
            return false;
        sum += weights[i];
    }
    return sum > 0;
}

static int check_query(const vector_view *view, const vector_query *query, lethe_error *error)
{
    static const vector_stamp none = {0};
    const vector_schema *schema = vector_view_schema(view);
    const bool fits = query->vector != NULL && query->k != 0 && query->k <= VECTOR_K_MAX &&
                      (query->rerank == 0 || (query->rerank >= query->k && query->rerank <= VECTOR_K_MAX)) &&
                      (query->weights == NULL || weights_fit(schema, query->weights)) &&
                      (query->selection == NULL || query->selection->view == view);
    if (!fits)
        return base_fail(error, LETHE_E_VECTOR_INPUT);
    return vector_stamp_compare(query->stamp != NULL ? query->stamp : &none, &schema->stamp, error);
}

/* The blocks under the query's weights: on this side alone, stored vectors stay (docs/SPEC-vector.md). */
static void reweigh(const vector_schema *schema, const vector_query *query, float *ret_vector)
{
    double stored = 0, wanted = 0;
    for (uint32_t i = 0; i < schema->block_count && query->weights != NULL; i++) {
        stored += schema->blocks[i].weight;
        wanted += query->weights[i];
    }
    for (uint32_t i = 0; i < schema->block_count; i++) {
        const vector_block *block = &schema->blocks[i];
        double by = 1;
        if (query->weights != NULL)
            by = query->weights[i] == 0 ? 0 : (query->weights[i] * stored) / (block->weight * wanted);
        for (uint32_t j = block->at; j < block->at + block->size; j++)
            ret_vector[j] = by == 1 ? query->vector[j] : (float)((double)query->vector[j] * by);
    }
}

static bool elements_fit(const float *vector, uint32_t dimensions)
{
    for (uint32_t i = 0; i < dimensions; i++)
        if (!(__builtin_fabsf(vector[i]) <= 1e6F))
            return false;
    return true;
}

/*
 * The bound of docs/SPEC-vectors.md; what is added covers that similarities and bounds are themselves rounded: 4,096
 * additions in double cannot be wrong by more than 2^-40 of the product of the norms.
 */
static void set_bounds(vector_seeker *seeker, uint32_t dimensions)
{
    const vector_measure measure = vector_quantize(seeker->vector, dimensions, seeker->code);
    seeker->scale = (double)measure.scale;
    if (seeker->query->rerank != 0)
        return;
    const double squares = seeker->kernel->inner(seeker->vector, seeker->vector, dimensions);
    const double norm = vector_root(squares) * (1 + 0x1p-30);
    seeker->by_norm = (double)measure.error + norm * 0x1p-38;
    seeker->by_error = norm * (1 + 0x1p-38);
}

static uint32_t group_number(const vector_view *view, const char *group_id)
{
    for (size_t i = 0; i < view->count && group_id != NULL; i++) {
        const uint32_t group = vector_segment_find_group(view->parts[i].segment, group_id);
        if (group != VECTOR_NO_ROW)
            return vector_part_group(&view->parts[i], group);
    }
    return VECTOR_NO_ROW;
}

int vector_seeker_init(vector_seeker *seeker, const vector_view *view, const vector_query *query, lethe_error *error)
{
    const vector_schema *schema = vector_view_schema(view);
    *seeker = (vector_seeker){.query = query, .view = view, .kernel = vector_kernel_best()};
    BASE_TRY(check_query(view, query, error));
    BASE_TRY(vector_best_init(&seeker->bounds, query->rerank != 0 ? query->rerank : query->k, error));
    seeker->vector = malloc(schema->dimensions * sizeof(*seeker->vector));
    seeker->code = malloc(schema->dimensions);
    if (seeker->vector == NULL || seeker->code == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    reweigh(schema, query, seeker->vector);
    if (!elements_fit(seeker->vector, schema->dimensions))
        return base_fail(error, LETHE_E_VECTOR_INPUT);
    set_bounds(seeker, schema->dimensions);
    seeker->own = group_number(view, query->own_group);
    return 0;
}

void vector_seeker_done(vector_seeker *seeker)
{
    vector_best_done(&seeker->bounds);
    free(seeker->vector);
    free(seeker->code);
    free(seeker->candidates);
}

int vector_search(const vector_view *view, const vector_query *query, vector_result *ret_result, lethe_error *error)
{
    vector_seeker seeker;
    vector_seeker *const alone = &seeker;
    int status = vector_seeker_init(&seeker, view, query, error);
    if (status == 0)
        status = vector_scan(view, query->selection, &alone, 1, error);
    if (status == 0)
        status = vector_rank(&seeker, ret_result, error);
    vector_seeker_done(&seeker);
    return status;
}

typedef struct batch {
    const vector_view *view;
    vector_seeker *seekers;
    vector_seeker **order; /* those with one selection side by side */
    vector_result *results;
    size_t count, share;
} batch;

static int by_selection(const void *a, const void *b)
{
    const vector_seeker *x = *(vector_seeker *const *)a, *y = *(vector_seeker *const *)b;
    const uintptr_t one = (uintptr_t)x->query->selection, other = (uintptr_t)y->query->selection;
    if (one != other)
        return one < other ? -1 : 1;
    return x < y ? -1 : x > y;
}

/* A share of the queries: a pass for each selection, then their answers. */
static int search_share(void *context, size_t index, size_t worker, lethe_error *error)
{
    batch *all = context;
    const size_t begin = index * all->share, rest = all->count - begin, count = rest < all->share ? rest : all->share;
    vector_seeker **order = all->order + begin;
    (void)worker;
    for (size_t i = 0, end; i < count; i = end) {
        const vector_selection *selection = order[i]->query->selection;
        for (end = i + 1; end < count && order[end]->query->selection == selection; end++)
            continue;
        BASE_TRY(vector_scan(all->view, selection, order + i, end - i, error));
    }
    for (size_t i = 0; i < count; i++)
        BASE_TRY(vector_rank(order[i], &all->results[order[i] - all->seekers], error));
    return 0;
}

static int search_all(batch *all, const vector_query *queries, size_t threads, lethe_error *error)
{
    for (size_t i = 0; i < all->count; i++) {
        all->order[i] = &all->seekers[i];
        BASE_TRY(vector_seeker_init(&all->seekers[i], all->view, &queries[i], error));
    }
    qsort(all->order, all->count, sizeof(*all->order), by_selection);
    threads = threads == 0 ? 1 : threads < all->count ? threads : all->count;
    all->share = (all->count + threads - 1) / threads;
    return base_parallel(threads, (all->count + all->share - 1) / all->share, search_share, all, error);
}

int vector_search_batch(const vector_view *view, const vector_query *queries, size_t count, size_t threads,
                        vector_result *ret_results, lethe_error *error)
{
    if (count > VECTOR_QUERIES_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    batch all = {.view = view, .count = count};
    all.seekers = calloc(count + 1, sizeof(*all.seekers));
    all.order = calloc(count + 1, sizeof(vector_seeker *));
    all.results = calloc(count + 1, sizeof(*all.results));
    int status = all.seekers != NULL && all.order != NULL && all.results != NULL ? 0 : LETHE_E_BASE_MEMORY;
    if (status != 0)
        base_fail(error, status);
    else if (count != 0)
        status = search_all(&all, queries, threads, error);
    for (size_t i = 0; i < count && all.results != NULL; i++) {
        if (status == 0)
            ret_results[i] = all.results[i];
        else
            vector_result_done(&all.results[i]);
    }
    for (size_t i = 0; i < count && all.seekers != NULL; i++)
        vector_seeker_done(&all.seekers[i]);
    free(all.seekers);
    free(all.order);
    free(all.results);
    return status;
}

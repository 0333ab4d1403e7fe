/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/near.h"

#include "base/threads.h"
#include "vector/search.h"

#include <stdlib.h>

#define BATCH 1024 /* queries of one pass: their results are k hits each */

int engine_near_train(vector_view *view, const char *clause, vector_selection **ret_selection, lethe_error *error)
{
    const char *const clauses[] = {"split=train", clause};
    vector_filter *filter = NULL;
    BASE_TRY(vector_filter_new(clauses, clause != NULL ? 2 : 1, &filter, error));
    const int status = vector_selection_new(view, filter, ret_selection, error);
    vector_filter_free(filter);
    return status;
}

typedef struct lookup {
    const vector_view *view;
    uint32_t *rows;
    uint32_t count, most; /* rows read; the greatest number + 1 */
} lookup;

static int find_row(void *context, const vector_row *row, lethe_error *error)
{
    lookup *l = context;
    const int status = vector_view_find(l->view, row->row_id, &l->rows[l->count], NULL);
    if (status != 0)
        return base_fail(error, LETHE_E_ENGINE_INDEX);
    if (l->rows[l->count] >= l->most)
        l->most = l->rows[l->count] + 1;
    l->count++;
    return 0;
}

static int find_rows(engine_examples *examples, const engine_dataset *dataset, const vector_view *view,
                     uint32_t *ret_most, lethe_error *error)
{
    lookup l = {.view = view};
    const engine_row_visitor visitor = {.context = &l, .row = find_row};
    if (vector_view_info(view).rows != examples->data.count)
        return base_fail(error, LETHE_E_ENGINE_INDEX);
    l.rows = calloc(examples->data.count + 1UL, sizeof(*l.rows));
    if (l.rows == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    examples->rows = l.rows;
    BASE_TRY(engine_dataset_rows(dataset, &visitor, error));
    *ret_most = l.most;
    return 0;
}

static int finish(engine_near_index *index, const char *clause, engine_near_index *ret_index, lethe_error *error)
{
    const engine_examples *examples = index->examples;
    index->example_of = malloc((index->row_count + 1UL) * sizeof(uint32_t));
    if (index->example_of == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    memset(index->example_of, 0xff, (index->row_count + 1UL) * sizeof(uint32_t));
    for (uint32_t i = 0; i < examples->data.count; i++)
        index->example_of[examples->rows[i]] = i;
    const int status = engine_near_train(index->view, clause, &index->train, error);
    if (status != 0)
        engine_near_close(index);
    else
        *ret_index = *index;
    return status;
}

int engine_near_open(engine_examples *examples, const engine_dataset *dataset, vector_view *view, size_t threads,
                     engine_near_index *ret_index, lethe_error *error)
{
    engine_near_index index = {
        .examples = examples,
        .view = view,
        .stamp = engine_dataset_stamp(dataset),
        .threads = threads != 0 ? threads : base_threads_default(),
    };
    BASE_TRY(find_rows(examples, dataset, view, &index.row_count, error));
    return finish(&index, NULL, ret_index, error);
}

int engine_near_part(const engine_near_index *whole, const engine_examples *part, const char *clause,
                     engine_near_index *ret_index, lethe_error *error)
{
    engine_near_index index = *whole;
    index.examples = part;
    index.train = NULL;
    index.example_of = NULL;
    return finish(&index, clause, ret_index, error);
}

void engine_near_close(engine_near_index *index)
{
    vector_selection_free(index->train);
    free(index->example_of);
    *index = (engine_near_index){0};
}

static int take_hits(const engine_near_index *index, const vector_result *result, learn_neighbour *ret_neighbours,
                     lethe_error *error)
{
    for (uint32_t i = 0; i < result->count; i++) {
        const uint32_t row = result->hits[i].row;
        const uint32_t example = row < index->row_count ? index->example_of[row] : LEARN_NONE;
        if (example == LEARN_NONE || index->examples->data.splits[example] != LEARN_TRAIN)
            return base_fail(error, LETHE_E_ENGINE_INDEX);
        /* Unit vectors of single floats may be a little longer than 1. */
        const double s = result->hits[i].similarity;
        ret_neighbours[i] = (learn_neighbour){example, s < 1 ? s : 1};
    }
    return 0;
}

static int nearest_of_batch(const engine_near_index *index, const uint32_t *examples, size_t count, uint32_t k,
                            learn_neighbour *ret_neighbours, uint32_t *ret_counts, lethe_error *error)
{
    vector_query *queries = calloc(count, sizeof(*queries));
    vector_result *results = calloc(count, sizeof(*results));
    int status = queries == NULL || results == NULL ? base_fail(error, LETHE_E_BASE_MEMORY) : 0;
    for (size_t i = 0; i < count && status == 0; i++) {
        vector_seen seen = {0};
        status = vector_view_row(index->view, index->examples->rows[examples[i]], &seen, error);
        queries[i] = (vector_query){.vector = seen.vector,
                                    .stamp = &index->stamp,
                                    .own_group = seen.group_id,
                                    .selection = index->train,
                                    .k = k};
    }
    if (status == 0)
        status = vector_search_batch(index->view, queries, count, index->threads, results, error);
    const bool searched = status == 0;
    for (size_t i = 0; i < count && searched; i++) {
        if (status == 0)
            status = take_hits(index, &results[i], ret_neighbours + i * k, error);
        ret_counts[i] = results[i].count;
        vector_result_done(&results[i]);
    }
    free(queries);
    free(results);
    return status;
}

static int nearest(void *context, const uint32_t *examples, size_t count, uint32_t k, learn_neighbour *ret_neighbours,
                   uint32_t *ret_counts, lethe_error *error)
{
    const engine_near_index *index = context;
    for (size_t at = 0; at < count; at += BATCH)
        BASE_TRY(nearest_of_batch(index, examples + at, count - at < BATCH ? count - at : BATCH, k,
                                  ret_neighbours + at * k, ret_counts + at, error));
    return 0;
}

engine_near engine_near_of(engine_near_index *index)
{
    return (engine_near){index, nearest};
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Every answer against a plain scan in double, bit by bit: rows, groups, weights, filters, batches. */
#include "vector/kernel.h"
#include "vector/test_rows.h"
#include "base/test.h"

#include <stdlib.h>
#include <string.h>

#define ROWS 3000
#define DIMS 64

typedef struct world {
    char folder[128];
    vector_index *index;
    vector_view *view;
    test_row *rows;
} world;

static int setup(void **state)
{
    static world w;
    test_folder_make(w.folder);
    w.rows = calloc(ROWS, sizeof(*w.rows));
    if (w.rows == NULL || test_build(w.folder, 5, ROWS, DIMS, NULL) != 0)
        return -1;
    for (uint32_t i = 0; i < ROWS; i++)
        test_make_row(5, i, i / 3, DIMS, &w.rows[i]);
    if (vector_index_open(w.folder, &w.index, NULL) != 0)
        return -1;
    w.view = vector_index_view(w.index);
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    world *w = *state;
    vector_view_release(w->view);
    vector_index_close(w->index);
    test_folder_remove(w->folder);
    free(w->rows);
    return 0;
}

typedef struct expected {
    uint32_t row, group;
    double similarity;
} expected;

static int by_similarity(const void *a, const void *b)
{
    const expected *x = a, *y = b;
    if (x->similarity != y->similarity)
        return x->similarity > y->similarity ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static uint32_t plain_search(const world *w, const vector_query *query, const char *const *clauses, size_t clause_count,
                             expected *found)
{
    uint32_t count = 0, kept = 0;
    for (uint32_t i = 0; i < ROWS; i++) {
        bool passes = query->own_group == NULL || strcmp(w->rows[i].group_id, query->own_group) != 0;
        for (size_t c = 0; c < clause_count; c++)
            passes = passes && test_passes(&w->rows[i], clauses[c]);
        if (passes)
            found[count++] =
                (expected){i, i / 3, test_similarity(query->vector, query->weights, w->rows[i].vector, DIMS)};
    }
    qsort(found, count, sizeof(*found), by_similarity);
    for (uint32_t i = 0; i < count && kept < query->k; i++) {
        bool seen = false;
        for (uint32_t j = 0; j < kept && !query->rows; j++)
            seen = seen || found[j].group == found[i].group;
        if (!seen)
            found[kept++] = found[i];
    }
    return kept;
}

static void assert_same(const vector_result *result, const expected *found, uint32_t count)
{
    assert_int_equal(result->count, count);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(result->hits[i].row, found[i].row);
        assert_int_equal(result->hits[i].group, found[i].group);
        assert_true(result->hits[i].similarity == found[i].similarity);
    }
}

static const char *const FILTERS[][3] = {
    {NULL},
    {"season=season_1", NULL},
    {"season!=season_1|season_2", NULL},
    {"history~condition_3|condition_4", "sex=sex_0", NULL},
    {"sex!=sex_0", "history!~condition_1", NULL},
    {"medication~drug_17", NULL},
    {"history~condition_3", "season=nothing_of_the_kind", NULL},
};

static size_t clauses_of(size_t filter)
{
    size_t count = 0;
    while (count < 3 && FILTERS[filter][count] != NULL)
        count++;
    return count;
}

static const double WEIGHTS[][3] = {{.8, .3, .5}, {1, 0, 0}, {0, 1, 2}, {.1, .9, .4}};

static vector_query query_number(const world *w, uint32_t n, const vector_selection *selection)
{
    static const uint32_t depths[] = {1, 3, 10, 50, 400, 5000};
    const test_row *row = &w->rows[n * 37 % ROWS];
    return (vector_query){.vector = row->vector,
                          .stamp = &test_schema(DIMS)->stamp,
                          .weights = n % 3 == 0 ? NULL : WEIGHTS[n / 3 % 4],
                          .own_group = n % 2 == 0 ? row->group_id : NULL,
                          .selection = selection,
                          .k = depths[n / 2 % 6],
                          .rows = n / 5 % 2 == 0};
}

static void test_against_plain(void **state)
{
    const world *w = *state;
    expected *found = malloc(ROWS * sizeof(*found));
    assert_non_null(found);
    for (size_t f = 0; f < sizeof(FILTERS) / sizeof(FILTERS[0]); f++) {
        vector_filter *filter = NULL;
        vector_selection *selection = NULL;
        assert_int_equal(vector_filter_new(FILTERS[f], clauses_of(f), &filter, NULL), 0);
        assert_int_equal(vector_selection_new(w->view, filter, &selection, NULL), 0);
        for (uint32_t n = 0; n < 40; n++) {
            const vector_query query = query_number(w, n, f == 0 && n % 2 == 0 ? NULL : selection);
            vector_result result;
            assert_int_equal(vector_search(w->view, &query, &result, NULL), 0);
            assert_true(result.proved);
            assert_int_equal(result.scanned, vector_selection_rows(selection));
            assert_same(&result, found, plain_search(w, &query, FILTERS[f], clauses_of(f), found));
            vector_result_done(&result);
        }
        vector_selection_free(selection);
        vector_filter_free(filter);
    }
    free(found);
}

static void test_batch_is_single(void **state)
{
    enum { COUNT = 70, SELECTIONS = 3 };
    const world *w = *state;
    vector_query queries[COUNT];
    vector_result batch[COUNT];
    vector_selection *selections[SELECTIONS];
    for (size_t f = 0; f < SELECTIONS; f++) {
        vector_filter *filter = NULL;
        assert_int_equal(vector_filter_new(FILTERS[f], clauses_of(f), &filter, NULL), 0);
        assert_int_equal(vector_selection_new(w->view, filter, &selections[f], NULL), 0);
        vector_filter_free(filter);
    }
    for (uint32_t i = 0; i < COUNT; i++)
        queries[i] = query_number(w, i, i % 4 == 3 ? NULL : selections[i % 4]);
    for (size_t threads = 1; threads <= 3; threads += 2) {
        assert_int_equal(vector_search_batch(w->view, queries, COUNT, threads, batch, NULL), 0);
        for (size_t i = 0; i < COUNT; i++) {
            vector_result single;
            assert_int_equal(vector_search(w->view, &queries[i], &single, NULL), 0);
            assert_int_equal(single.count, batch[i].count);
            assert_int_equal(single.scanned, batch[i].scanned);
            assert_memory_equal(single.hits, batch[i].hits, single.count * sizeof(*single.hits));
            vector_result_done(&single);
            vector_result_done(&batch[i]);
        }
    }
    for (size_t f = 0; f < SELECTIONS; f++)
        vector_selection_free(selections[f]);
}

/* A fixed depth finds nearly all of them, and says that it proves nothing. */
static void test_rerank(void **state)
{
    const world *w = *state;
    expected *found = malloc(ROWS * sizeof(*found));
    size_t agreed = 0, all = 0;
    assert_non_null(found);
    for (uint32_t n = 0; n < 40; n++) {
        vector_query query = query_number(w, n, NULL);
        query.k = 10;
        query.rerank = 50;
        vector_result result;
        assert_int_equal(vector_search(w->view, &query, &result, NULL), 0);
        assert_false(result.proved);
        const uint32_t count = plain_search(w, &query, NULL, 0, found);
        assert_int_equal(result.count, count);
        for (uint32_t i = 0; i < count; i++)
            agreed += result.hits[i].similarity >= found[count - 1].similarity;
        all += count;
        vector_result_done(&result);
    }
    assert_true((double)agreed >= .999 * (double)all);
    free(found);
}

static void test_rows_come_back(void **state)
{
    const world *w = *state;
    for (uint32_t i = 0; i < ROWS; i++) {
        uint32_t row = 0;
        vector_seen seen;
        assert_int_equal(vector_view_find(w->view, w->rows[i].row_id, &row, NULL), 0);
        assert_int_equal(row, i);
        assert_int_equal(vector_view_row(w->view, i, &seen, NULL), 0);
        assert_string_equal(seen.row_id, w->rows[i].row_id);
        assert_string_equal(seen.group_id, w->rows[i].group_id);
        assert_int_equal(seen.snapshot, w->rows[i].snapshot);
        assert_memory_equal(seen.vector, w->rows[i].vector, DIMS * sizeof(float));
        assert_true(seen.term_count <= w->rows[i].term_count); /* doubled ones are dropped */
        for (uint32_t t = 0; t < seen.term_count; t++) {
            const char *term = NULL;
            bool there = false;
            assert_int_equal(vector_view_term(w->view, i, t, &term, NULL), 0);
            for (uint32_t j = 0; j < w->rows[i].term_count; j++)
                there = there || strcmp(w->rows[i].terms[j], term) == 0;
            assert_true(there);
        }
    }
    uint32_t row = 0, rows[4];
    size_t count = 0;
    assert_int_equal(vector_view_find(w->view, "visit_none", &row, NULL), LETHE_E_VECTOR_NOT_FOUND);
    assert_int_equal(vector_view_group(w->view, "anon_7", rows, 4, &count, NULL), 0);
    assert_int_equal(count, 3);
    assert_int_equal(rows[2], 23);
    assert_int_equal(vector_view_group(w->view, "anon_none", rows, 4, &count, NULL), 0);
    assert_int_equal(count, 0);
}

static void test_support(void **state)
{
    const world *w = *state;
    uint32_t rows = 0, expected_rows = 0, groups = 0;
    for (uint32_t i = 0; i < ROWS; i++)
        expected_rows += test_passes(&w->rows[i], "history~condition_5");
    assert_int_equal(vector_view_support(w->view, "history~condition_5", &rows, NULL), 0);
    assert_int_equal(rows, expected_rows);
    assert_int_equal(vector_view_support(w->view, "history~nothing", &rows, NULL), 0);
    assert_int_equal(rows, 0);
    assert_int_equal(vector_view_count_groups(w->view, &groups, NULL), 0);
    assert_int_equal(groups, ROWS / 3);
    assert_int_equal(vector_view_info(w->view).rows, ROWS);
}

static void test_refused(void **state)
{
    const world *w = *state;
    vector_result result;
    lethe_error error;
    const vector_query good = query_number(w, 1, NULL);
    vector_query query = good;
    vector_stamp stamp = test_schema(DIMS)->stamp;
    stamp.plan = "another";
    query.stamp = &stamp;
    assert_int_equal(vector_search(w->view, &query, &result, &error), LETHE_E_VECTOR_STAMP);
    assert_string_equal(error.path, "plan");
    query.stamp = NULL;
    assert_int_equal(vector_search(w->view, &query, &result, &error), LETHE_E_VECTOR_STAMP);
    static const double bad_weights[][3] = {{0, 0, 0}, {-1, 1, 1}, {1, __builtin_nan(""), 1}};
    for (size_t i = 0; i < 3; i++) {
        query = good;
        query.weights = bad_weights[i];
        assert_int_equal(vector_search(w->view, &query, &result, NULL), LETHE_E_VECTOR_INPUT);
    }
    float vector[DIMS] = {1, __builtin_nanf("")};
    query = good;
    query.vector = vector;
    assert_int_equal(vector_search(w->view, &query, &result, NULL), LETHE_E_VECTOR_INPUT);
    query = good;
    query.k = 0;
    assert_int_equal(vector_search(w->view, &query, &result, NULL), LETHE_E_VECTOR_INPUT);
    query.k = 10;
    query.rerank = 9;
    assert_int_equal(vector_search(w->view, &query, &result, NULL), LETHE_E_VECTOR_INPUT);
    vector_result results[2];
    const vector_query both[2] = {good, query};
    assert_int_equal(vector_search_batch(w->view, both, 2, 1, results, NULL), LETHE_E_VECTOR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_plain),  cmocka_unit_test(test_batch_is_single), cmocka_unit_test(test_rerank),
        cmocka_unit_test(test_rows_come_back), cmocka_unit_test(test_support),         cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

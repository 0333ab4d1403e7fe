/* SPDX-License-Identifier: Apache-2.0 */
/* Eight readers and a writer on one index. Whatever a view shows is one state that was committed. For ThreadSanitizer.
 */
#include "vector/test_rows.h"
#include "vector/writer.h"
#include "base/test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define DIMS    64
#define READERS 8
#define CHANGES 60

typedef struct shared {
    char folder[128];
    vector_index *index;
    atomic_bool ended;
    atomic_int wrong, searches;
} shared;

/* Patients have three rows at any time, since every commit brings or takes all three: a view with one or two is a torn
 * one. */
static bool whole(const vector_view *view)
{
    uint32_t groups = 0;
    return vector_view_count_groups(view, &groups, NULL) == 0 && vector_view_info(view).rows == 3 * groups;
}

static bool look(vector_index *index, test_random *random)
{
    static const char *const clause = "season!=season_1";
    static _Thread_local test_row row;
    vector_filter *filter = NULL;
    vector_selection *selection = NULL;
    vector_result result = {0};
    test_make_row(5, (uint32_t)(test_next(random) % 1000), 1, DIMS, &row);
    vector_view *view = vector_index_view(index);
    bool right = whole(view) && vector_filter_new(&clause, 1, &filter, NULL) == 0 &&
                 vector_selection_new(view, filter, &selection, NULL) == 0;
    const vector_query query = {
        .vector = row.vector, .stamp = &test_schema(DIMS)->stamp, .k = 10, .selection = selection};
    right = right && vector_search(view, &query, &result, NULL) == 0 && result.count == 10;
    for (uint32_t i = 0; i < result.count; i++) {
        vector_seen seen;
        right = right && vector_view_row(view, result.hits[i].row, &seen, NULL) == 0 &&
                test_similarity(row.vector, NULL, seen.vector, DIMS) == result.hits[i].similarity;
    }
    vector_result_done(&result);
    vector_selection_free(selection);
    vector_filter_free(filter);
    vector_view_release(view);
    return right;
}

static void *read_on(void *context)
{
    shared *all = context;
    test_random random = {(uint64_t)(uintptr_t)&random};
    while (!atomic_load(&all->ended)) {
        if (test_next(&random) % 4 == 0 && vector_index_refresh(all->index, NULL) != 0)
            atomic_fetch_add(&all->wrong, 1);
        if (!look(all->index, &random))
            atomic_fetch_add(&all->wrong, 1);
        atomic_fetch_add(&all->searches, 1);
    }
    return NULL;
}

static void put_patient(vector_writer *writer, uint32_t patient)
{
    static test_row row;
    for (uint32_t i = 0; i < 3; i++) {
        test_make_row(9, 3 * patient + i, patient, DIMS, &row);
        const vector_row given = test_given(&row);
        assert_int_equal(vector_writer_upsert(writer, &given, NULL), 0);
    }
    assert_int_equal(vector_writer_sync(writer, NULL), 0);
}

static void write_on(shared *all)
{
    vector_writer *writer = NULL;
    test_random random = {6};
    char name[32];
    const char *id = name;
    uint32_t rows = 0;
    assert_int_equal(vector_writer_open(all->folder, &test_schema(DIMS)->stamp, &writer, NULL), 0);
    for (int i = 0; i < CHANGES; i++) {
        const uint32_t patient = (uint32_t)(test_next(&random) % 60);
        (void)snprintf(name, sizeof(name), "anon_%u", 1000 + patient);
        if (i % 15 == 14)
            assert_int_equal(vector_writer_erase(writer, &id, 1, &rows, NULL), 0);
        else if (i % 5 == 4)
            assert_int_equal(vector_writer_delete_groups(writer, &id, 1, &rows, NULL), 0);
        else
            put_patient(writer, 1000 + patient);
    }
    vector_writer_close(writer);
}

static void test_readers_and_writer(void **state)
{
    (void)state;
    shared all = {.index = NULL};
    pthread_t readers[READERS];
    test_folder_make(all.folder);
    assert_int_equal(test_build(all.folder, 5, 300, DIMS, NULL), 0);
    assert_int_equal(vector_index_open(all.folder, &all.index, NULL), 0);
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, read_on, &all), 0);
    write_on(&all);
    atomic_store(&all.ended, true);
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_join(readers[i], NULL), 0);
    assert_int_equal(atomic_load(&all.wrong), 0);
    assert_true(atomic_load(&all.searches) > READERS);
    vector_index_close(all.index);
    test_folder_remove(all.folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_readers_and_writer)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The public calls of the index: one handle, many threads, while somebody builds the index anew. For ThreadSanitizer
 * too. */
#include "base/file.h"
#include "base/test.h"

#include <lethe/lethe.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define READERS  4
#define SEARCHES 40
#define BUILDS   4

static char home[] = "/tmp/lethe-search-XXXXXX";
static char dataset[128];

static int make_dataset(void **state)
{
    (void)state;
    char population[128], key[128];
    lethe_synth_result people;
    lethe_run_result result;
    assert_non_null(mkdtemp(home));
    (void)snprintf(population, sizeof(population), "%s/population", home);
    (void)snprintf(key, sizeof(key), "%s/key", home);
    (void)snprintf(dataset, sizeof(dataset), "%s/dataset", home);
    const lethe_synth_options synth = {
        .size_bytes = sizeof(synth), .output = population, .patients = 120, .seed = 3, .as_of = "2025-01-01"};
    const lethe_run_options run = {.size_bytes = sizeof(run),
                                   .input = population,
                                   .output = dataset,
                                   .key_file = key,
                                   .level = "internal",
                                   .threads = 2,
                                   .plan_seconds = 20};
    assert_int_equal(lethe_synth(&synth, &people, NULL), 0);
    assert_int_equal(lethe_keys_new(key, NULL), 0);
    assert_int_equal(lethe_run(&run, NULL, &result, NULL), 0);
    return 0;
}

static int remove_dataset(void **state)
{
    (void)state;
    base_folder_remove(home);
    return 0;
}

static lethe_search_query by_text(const char *text)
{
    return (lethe_search_query){
        .size_bytes = sizeof(lethe_search_query), .text = text, .text_size = strlen(text), .top_k = 7};
}

static bool same(const lethe_search_result *a, const lethe_search_result *b)
{
    bool equal = a->count == b->count && a->rows == b->rows && a->term_count == b->term_count;
    for (size_t i = 0; equal && i < a->count; i++)
        equal = strcmp(a->hits[i].row_id, b->hits[i].row_id) == 0 && a->hits[i].similarity == b->hits[i].similarity &&
                a->hits[i].shared_count == b->hits[i].shared_count;
    return equal;
}

typedef struct shared {
    lethe_index *index;
    const lethe_search_result *expected;
    const char *row_id;
    atomic_int wrong;
} shared;

static void *search_on(void *context)
{
    shared *all = context;
    static const char *const clause = "split=train|test";
    const lethe_search_query text = by_text("hypertension, asthma");
    const lethe_search_query id = {
        .size_bytes = sizeof(id), .id = all->row_id, .where = &clause, .where_count = 1, .rows = 1};
    for (int i = 0; i < SEARCHES; i++) {
        lethe_search_result *found = NULL, *near = NULL;
        if (lethe_search(all->index, &text, &found, NULL) != 0 || !same(found, all->expected))
            atomic_fetch_add(&all->wrong, 1);
        if (lethe_search(all->index, &id, &near, NULL) != 0 || near->count != 10 || !near->proved)
            atomic_fetch_add(&all->wrong, 1);
        lethe_search_free(found);
        lethe_search_free(near);
    }
    return NULL;
}

static void test_many_threads(void **state)
{
    (void)state;
    shared all = {0};
    pthread_t readers[READERS];
    lethe_search_result *expected = NULL;
    lethe_index_info info;
    const lethe_search_query query = by_text("hypertension, asthma");
    assert_int_equal(lethe_index_open(dataset, &all.index, NULL), 0);
    assert_int_equal(lethe_search(all.index, &query, &expected, NULL), 0);
    assert_int_equal(expected->count, 7);
    all.expected = expected;
    all.row_id = expected->hits[0].row_id;
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, search_on, &all), 0);
    for (int i = 0; i < BUILDS; i++) {
        assert_int_equal(lethe_index_build(dataset, NULL, &info, NULL), 0);
        assert_int_equal(lethe_index_refresh(all.index, NULL), 0);
    }
    for (size_t i = 0; i < READERS; i++)
        (void)pthread_join(readers[i], NULL);
    assert_int_equal(all.wrong, 0);
    assert_int_equal(lethe_index_get_info(all.index, &info, NULL), 0);
    assert_int_equal(info.generation, BUILDS + 1);
    lethe_index_close(all.index);
    assert_non_null(strstr(expected->hits[0].terms[0], "=")); /* a result outlives its index */
    lethe_search_free(expected);
    assert_int_equal(lethe_index_check(dataset, NULL, &info, NULL), 0);
}

static void refused(lethe_index *index, const lethe_search_query *query, int code, const char *path)
{
    lethe_error error = {0};
    lethe_search_result *result = NULL;
    assert_int_equal(lethe_search(index, query, &result, &error), code);
    assert_null(result);
    assert_string_equal(error.path, path);
}

static void test_what_is_refused(void **state)
{
    (void)state;
    static const double none[3] = {0, 0, 0}, negative[3] = {1, -1, 1}, endless[3] = {1, __builtin_inf(), 1};
    const char *clauses[LETHE_SEARCH_WHERE_MAX + 1];
    lethe_index *index = NULL;
    assert_int_equal(lethe_index_open(dataset, &index, NULL), 0);
    lethe_search_query query = {.size_bytes = sizeof(query)};
    refused(index, &query, LETHE_E_ENGINE_OPTION, "id");
    query = by_text("asthma");
    query.id = "anon_x";
    refused(index, &query, LETHE_E_ENGINE_OPTION, "id");
    query = by_text("asthma");
    query.size_bytes = 8;
    refused(index, &query, LETHE_E_ENGINE_OPTION, "size_bytes");
    query = by_text("asthma");
    query.top_k = LETHE_SEARCH_K_MAX + 1;
    refused(index, &query, LETHE_E_ENGINE_OPTION, "top-k");
    for (size_t i = 0; i < 3; i++) {
        query = by_text("asthma");
        query.weights = i == 0 ? none : i == 1 ? negative : endless;
        refused(index, &query, LETHE_E_ENGINE_OPTION, "weights");
    }
    for (size_t i = 0; i < sizeof(clauses) / sizeof(clauses[0]); i++)
        clauses[i] = "split=test";
    query = by_text("asthma");
    query.where = clauses;
    query.where_count = sizeof(clauses) / sizeof(clauses[0]);
    refused(index, &query, LETHE_E_ENGINE_OPTION, "where");
    query = by_text("");
    refused(index, &query, LETHE_E_ENGINE_TEXT, "");
    lethe_index_close(index);
    lethe_index_close(NULL);
    lethe_search_free(NULL);
}

static int cancel(void *context, uint64_t done, uint64_t total)
{
    (void)context;
    (void)total;
    return done != 0;
}

/* The index that is there stays. */
static void test_cancelled(void **state)
{
    (void)state;
    lethe_index_info before, after;
    const lethe_index_options options = {sizeof(options), cancel, NULL};
    assert_int_equal(lethe_index_check(dataset, NULL, &before, NULL), 0);
    assert_int_equal(lethe_index_build(dataset, &options, &after, NULL), LETHE_E_BASE_CANCELLED);
    assert_int_equal(lethe_index_check(dataset, &options, &after, NULL), LETHE_E_BASE_CANCELLED);
    assert_int_equal(lethe_index_check(dataset, NULL, &after, NULL), 0);
    assert_int_equal(after.generation, before.generation);
    assert_int_equal(after.rows, before.rows);
}

static int stop_at(void *context, lethe_erase_phase phase, uint64_t done, uint64_t total)
{
    (void)done;
    (void)total;
    return phase == *(const lethe_erase_phase *)context;
}

static void *search_until(void *context)
{
    shared *all = context;
    const lethe_search_query text = by_text("hypertension, asthma");
    while (atomic_load(&all->wrong) == 0) {
        lethe_search_result *found = NULL;
        if (lethe_search(all->index, &text, &found, NULL) != 0 || lethe_index_refresh(all->index, NULL) != 0)
            atomic_store(&all->wrong, 2);
        lethe_search_free(found);
    }
    return NULL;
}

/* Somebody is erased while others search: these go on, and after a refresh they do not find them. The last test, since
 * the dataset is another then. */
static void test_erased_meanwhile(void **state)
{
    (void)state;
    char key[128], patient[64];
    lethe_erase_phase phase = LETHE_ERASE_PROVING;
    lethe_erase_result result = {0};
    lethe_search_result *found = NULL;
    shared all = {0};
    pthread_t readers[READERS];
    const lethe_search_query text = by_text("hypertension, asthma");
    (void)snprintf(key, sizeof(key), "%s/key", home);
    assert_int_equal(lethe_index_open(dataset, &all.index, NULL), 0);
    assert_int_equal(lethe_search(all.index, &text, &found, NULL), 0);
    (void)snprintf(patient, sizeof(patient), "%s", found->hits[0].anonymous_id);
    const uint64_t rows = found->rows;
    lethe_search_free(found);
    const char *const ids[] = {patient, patient};
    lethe_erase_options options = {.size_bytes = sizeof(options),
                                   .dataset = dataset,
                                   .key_file = key,
                                   .ids = ids,
                                   .id_count = 2,
                                   .threads = 2,
                                   .progress = stop_at,
                                   .progress_context = &phase};
    for (int i = LETHE_ERASE_PROVING; i <= LETHE_ERASE_INDEXING; i++) {
        phase = (lethe_erase_phase)i;
        assert_int_equal(lethe_erase(&options, &result, NULL), LETHE_E_BASE_CANCELLED);
    }
    options.progress = NULL;
    const lethe_search_query id = {.size_bytes = sizeof(id), .id = patient, .include_own = 1, .rows = 1, .top_k = 1};
    assert_int_equal(lethe_search(all.index, &id, &found, NULL), 0);
    lethe_search_free(found);
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, search_until, &all), 0);
    assert_int_equal(lethe_erase(&options, &result, NULL), 0);
    atomic_fetch_add(&all.wrong, 1);
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_join(readers[i], NULL), 0);
    assert_int_equal(atomic_load(&all.wrong), 1);
    assert_int_equal(result.patients_erased, 1);
    assert_true(result.visits_erased >= 1 && result.visits < rows && result.index_built);
    assert_int_equal(lethe_index_refresh(all.index, NULL), 0);
    assert_int_equal(lethe_search(all.index, &id, &found, NULL), LETHE_E_VECTOR_NOT_FOUND);
    lethe_index_close(all.index);
    lethe_error error = {0};
    assert_int_equal(lethe_erase(&options, &result, &error), LETHE_E_ENGINE_NOBODY);
    assert_int_equal(error.line, 1);
    options.size_bytes--;
    assert_int_equal(lethe_erase(&options, &result, NULL), LETHE_E_ENGINE_OPTION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_threads),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_cancelled),
        cmocka_unit_test(test_erased_meanwhile),
    };
    return cmocka_run_group_tests(tests, make_dataset, remove_dataset);
}

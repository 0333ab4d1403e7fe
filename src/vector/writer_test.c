/* SPDX-License-Identifier: Apache-2.0 */
/* A random life of an index against a plain list of rows: inserts, upserts, deletes, compactions, erasures, reopening.
 */
#include "vector/check.h"
#include "vector/log.h"
#include "vector/test_rows.h"
#include "vector/writer.h"
#include "base/file.h"
#include "base/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIMS     64
#define IDS      400
#define PATIENTS 40

/* What the index must hold: for each of so many ids the seed of its row, 0 where it is not there. */
typedef struct model {
    uint64_t seeds[IDS];
} model;

/* Row `id` under another seed is another row of the same id and patient. */
static void make(uint32_t id, uint64_t seed, test_row *ret_row)
{
    test_make_row(seed, id, id % PATIENTS, DIMS, ret_row);
    (void)snprintf(ret_row->row_id, sizeof(ret_row->row_id), "visit_%u", id);
}

static void assert_holds(const model *m, vector_view *view)
{
    static test_row row;
    uint32_t count = 0;
    for (uint32_t id = 0; id < IDS; id++) {
        uint32_t number = 0;
        vector_seen seen;
        make(id, m->seeds[id] != 0 ? m->seeds[id] : 1, &row);
        const int status = vector_view_find(view, row.row_id, &number, NULL);
        assert_int_equal(status, m->seeds[id] != 0 ? 0 : LETHE_E_VECTOR_NOT_FOUND);
        if (status != 0)
            continue;
        count++;
        assert_int_equal(vector_view_row(view, number, &seen, NULL), 0);
        assert_string_equal(seen.group_id, row.group_id);
        assert_memory_equal(seen.vector, row.vector, DIMS * sizeof(float));
    }
    assert_int_equal(vector_view_info(view).rows, count);
}

/* The nearest of everything, in a folder that is compacted and in one that is not, are the same rows. */
static void assert_finds(const model *m, vector_view *view)
{
    static test_row row, other;
    make(3, 99, &row);
    const vector_query query = {.vector = row.vector, .stamp = &test_schema(DIMS)->stamp, .k = IDS, .rows = true};
    vector_result result;
    assert_int_equal(vector_search(view, &query, &result, NULL), 0);
    double last = 2;
    size_t expected = 0;
    for (uint32_t i = 0; i < result.count; i++) {
        vector_seen seen;
        assert_int_equal(vector_view_row(view, result.hits[i].row, &seen, NULL), 0);
        const uint32_t id = (uint32_t)strtoul(seen.row_id + 6, NULL, 10);
        make(id, m->seeds[id], &other);
        assert_true(result.hits[i].similarity == test_similarity(row.vector, NULL, other.vector, DIMS));
        assert_true(result.hits[i].similarity <= last);
        last = result.hits[i].similarity;
    }
    for (uint32_t id = 0; id < IDS; id++)
        expected += m->seeds[id] != 0;
    assert_int_equal(result.count, expected);
    vector_result_done(&result);
}

static void assert_groups_agree(const model *m, vector_view *view)
{
    uint32_t patients = 0, counted = 0;
    for (uint32_t patient = 0; patient < PATIENTS; patient++) {
        char id[32];
        size_t rows = 0, expected = 0;
        (void)snprintf(id, sizeof(id), "anon_%u", patient);
        for (uint32_t i = patient; i < IDS; i += PATIENTS)
            expected += m->seeds[i] != 0;
        uint32_t numbers[IDS], group = UINT32_MAX;
        assert_int_equal(vector_view_group(view, id, numbers, IDS, &rows, NULL), 0);
        assert_int_equal(rows, expected);
        for (size_t i = 0; i < rows; i++) {
            vector_seen seen;
            assert_int_equal(vector_view_row(view, numbers[i], &seen, NULL), 0);
            assert_true(i == 0 || seen.group == group);
            group = seen.group;
        }
        patients += rows != 0;
    }
    /* Numbers that two patients shared would be counted once. */
    assert_int_equal(vector_view_count_groups(view, &counted, NULL), 0);
    assert_int_equal(counted, patients);
}

typedef struct life {
    char folder[128];
    vector_writer *writer;
    vector_index *reader;
    model now;   /* with what is not synced */
    model saved; /* without */
    test_random random;
    uint64_t seed;
} life;

static void put_some(life *l)
{
    static test_row row;
    for (uint64_t n = 1 + test_next(&l->random) % 6; n > 0; n--) {
        const uint32_t id = (uint32_t)(test_next(&l->random) % IDS);
        const bool replace = test_next(&l->random) % 2 != 0;
        make(id, l->seed, &row);
        const vector_row given = test_given(&row);
        const int status =
            replace ? vector_writer_upsert(l->writer, &given, NULL) : vector_writer_insert(l->writer, &given, NULL);
        assert_int_equal(status, !replace && l->now.seeds[id] != 0 ? LETHE_E_VECTOR_EXISTS : 0);
        if (status == 0)
            l->now.seeds[id] = l->seed++;
    }
}

static void delete_some(life *l)
{
    char names[3][32];
    const char *ids[3] = {names[0], names[1], names[2]};
    uint32_t expected = 0, rows = 0;
    for (size_t i = 0; i < 3; i++) {
        const uint32_t id = (uint32_t)(test_next(&l->random) % IDS);
        (void)snprintf(names[i], sizeof(names[i]), "visit_%u", id);
        expected += l->now.seeds[id] != 0;
        l->now.seeds[id] = 0;
    }
    assert_int_equal(vector_writer_delete_rows(l->writer, ids, 3, &rows, NULL), 0);
    assert_int_equal(rows, expected);
    l->saved = l->now;
}

static void delete_patient(life *l, bool erase)
{
    char name[32];
    const char *id = name;
    const uint32_t patient = (uint32_t)(test_next(&l->random) % PATIENTS);
    uint32_t expected = 0, rows = 0;
    (void)snprintf(name, sizeof(name), "anon_%u", patient);
    for (uint32_t i = patient; i < IDS; i += PATIENTS) {
        expected += l->now.seeds[i] != 0;
        l->now.seeds[i] = 0;
    }
    assert_int_equal(erase ? vector_writer_erase(l->writer, &id, 1, &rows, NULL)
                           : vector_writer_delete_groups(l->writer, &id, 1, &rows, NULL),
                     0);
    assert_int_equal(rows, expected);
    l->saved = l->now;
}

static void step(life *l)
{
    const uint64_t kind = test_next(&l->random) % 40;
    if (kind < 22) {
        put_some(l);
    } else if (kind < 30) {
        assert_int_equal(vector_writer_sync(l->writer, NULL), 0);
        l->saved = l->now;
    } else if (kind < 34) {
        delete_some(l);
    } else if (kind < 36) {
        delete_patient(l, kind == 35);
    } else if (kind == 36) {
        assert_int_equal(vector_writer_compact(l->writer, NULL), 0);
        l->saved = l->now;
    } else if (kind == 37) { /* what was not synced is gone */
        vector_writer_close(l->writer);
        assert_int_equal(vector_writer_open(l->folder, &test_schema(DIMS)->stamp, &l->writer, NULL), 0);
        l->now = l->saved;
    }
}

static void test_life(void **state)
{
    (void)state;
    life l = {.random = {8}, .seed = 1000};
    test_folder_make(l.folder);
    assert_int_equal(test_build(l.folder, 7, 0, DIMS, NULL), 0); /* an index may be empty */
    assert_int_equal(vector_writer_open(l.folder, &test_schema(DIMS)->stamp, &l.writer, NULL), 0);
    assert_int_equal(vector_index_open(l.folder, &l.reader, NULL), 0);
    for (int round = 0; round < 600; round++) {
        step(&l);
        assert_int_equal(vector_index_refresh(l.reader, NULL), 0);
        vector_view *view = vector_index_view(l.reader);
        assert_true(vector_view_info(view).parts <= 14);
        assert_holds(&l.saved, view);
        if (round % 20 == 0) {
            vector_info info;
            assert_finds(&l.saved, view);
            assert_groups_agree(&l.saved, view);
            assert_int_equal(vector_check(l.folder, &info, NULL), 0);
            assert_int_equal(info.rows, vector_view_info(view).rows);
        }
        vector_view_release(view);
    }
    vector_writer_close(l.writer);
    vector_index_close(l.reader);
    test_folder_remove(l.folder);
}

static bool folder_has(const char *folder, const void *bytes, size_t size)
{
    base_file_list list;
    bool found = false;
    assert_int_equal(base_file_list_make(folder, &list, NULL), 0);
    assert_true(list.count >= 3);
    for (size_t i = 0; i < list.count; i++) {
        base_buf file;
        char path[BASE_PATH_MAX];
        base_file_list_path(&list, i, path);
        base_buf_init(&file, (size_t)1 << 30);
        assert_int_equal(base_file_load(path, &file, NULL), 0);
        found = found || (file.size != 0 && memmem(file.data, file.size, bytes, size) != NULL);
        base_buf_done(&file);
    }
    base_file_list_done(&list);
    return found;
}

/* A patient in the base and in the log, with a term that nobody else has: no file has any of it any more. */
static void test_erased_bytes(void **state)
{
    (void)state;
    char folder[128];
    static test_row row, late;
    vector_writer *writer = NULL;
    vector_index *old = NULL;
    uint32_t rows = 0;
    const char *id = "anon_5";
    test_folder_make(folder);
    assert_int_equal(test_build(folder, 11, 100, DIMS, NULL), 0);
    test_make_row(11, 16, 5, DIMS, &row);
    assert_int_equal(vector_writer_open(folder, &test_schema(DIMS)->stamp, &writer, NULL), 0);
    test_make_row(12, 1000, 5, DIMS, &late);
    late.terms[0] = "allergy~what_only_they_have";
    const vector_row given = test_given(&late);
    assert_int_equal(vector_writer_insert(writer, &given, NULL), 0);
    assert_int_equal(vector_writer_sync(writer, NULL), 0);
    assert_int_equal(vector_index_open(folder, &old, NULL), 0);
    const char *const texts[] = {"anon_5", row.row_id, late.row_id, "what_only_they_have"};
    for (size_t i = 0; i < 4; i++)
        assert_true(folder_has(folder, texts[i], strlen(texts[i]) + (i == 0 ? 1 : 0)) || i == 0);
    assert_true(folder_has(folder, late.vector, 40) && folder_has(folder, row.vector, 40));
    assert_int_equal(vector_writer_erase(writer, &id, 1, &rows, NULL), 0);
    assert_int_equal(rows, 4);
    for (size_t i = 0; i < 4; i++)
        assert_false(folder_has(folder, texts[i], strlen(texts[i]) + 1));
    assert_false(folder_has(folder, late.vector, 40) || folder_has(folder, row.vector, 40));
    /* Whoever had it open goes on until they refresh. */
    vector_view *view = vector_index_view(old);
    uint32_t number = 0;
    assert_int_equal(vector_view_find(view, late.row_id, &number, NULL), 0);
    vector_view_release(view);
    assert_int_equal(vector_index_refresh(old, NULL), 0);
    view = vector_index_view(old);
    assert_int_equal(vector_view_find(view, late.row_id, &number, NULL), LETHE_E_VECTOR_NOT_FOUND);
    assert_int_equal(vector_view_info(view).rows, 97);
    vector_view_release(view);
    vector_index_close(old);
    vector_writer_close(writer);
    test_folder_remove(folder);
}

/* A crash between the commit of an erasure and its compaction: the next writer completes it. */
static void test_interrupted_erasure(void **state)
{
    (void)state;
    char folder[128], path[256];
    static test_row row;
    base_buf log, payload;
    vector_writer *writer = NULL;
    test_folder_make(folder);
    assert_int_equal(test_build(folder, 11, 100, DIMS, NULL), 0);
    (void)snprintf(path, sizeof(path), "%s/log-1.lvl", folder);
    base_buf_init(&log, 4096);
    base_buf_init(&payload, 4096);
    assert_int_equal(base_file_load(path, &log, NULL), 0);
    vector_log_delete(&payload, VECTOR_OP_ERASE_GROUP, "anon_5");
    vector_log_commit(log.size, 1, base_buf_view(&payload), &log);
    FILE *file = fopen(path, "wb");
    assert_true(file != NULL && fwrite(log.data, 1, log.size, file) == log.size && fclose(file) == 0);
    test_make_row(11, 16, 5, DIMS, &row);
    assert_true(folder_has(folder, row.row_id, strlen(row.row_id) + 1));
    assert_int_equal(vector_writer_open(folder, &test_schema(DIMS)->stamp, &writer, NULL), 0);
    assert_false(folder_has(folder, row.row_id, strlen(row.row_id) + 1) || folder_has(folder, row.vector, 40) ||
                 folder_has(folder, "anon_5", 7));
    vector_writer_close(writer);
    base_buf_done(&log);
    base_buf_done(&payload);
    test_folder_remove(folder);
}

/* As `lethe erase` does it: another folder under the same name, in one step. Views of the old one live on. */
static void test_replaced(void **state)
{
    (void)state;
    char folder[128], here[160], other[160], away[160];
    vector_index *index = NULL;
    test_folder_make(folder);
    snprintf(here, sizeof(here), "%s/a", folder);
    snprintf(other, sizeof(other), "%s/b", folder);
    snprintf(away, sizeof(away), "%s/c", folder);
    assert_int_equal(test_build(here, 1, 30, 16, NULL), 0);
    assert_int_equal(test_build(other, 2, 60, 16, NULL), 0);
    assert_int_equal(vector_index_open(here, &index, NULL), 0);
    vector_view *before = vector_index_view(index);
    assert_int_equal(renameat2(AT_FDCWD, here, AT_FDCWD, other, RENAME_EXCHANGE), 0);
    assert_int_equal(vector_index_refresh_here(index, NULL), 0);
    vector_view *still = vector_index_view(index);
    assert_int_equal(vector_view_info(still).rows, 30);
    assert_int_equal(vector_index_refresh(index, NULL), 0);
    vector_view *after = vector_index_view(index);
    assert_int_equal(vector_view_info(before).rows, 30);
    assert_int_equal(vector_view_info(after).rows, 60);
    assert_int_equal(rename(here, away), 0);
    assert_int_equal(vector_index_refresh(index, NULL), 0); /* moved away: read on where it is */
    vector_view_release(before);
    vector_view_release(still);
    vector_view_release(after);
    vector_index_close(index);
    base_folder_remove(folder);
}

static void test_refused(void **state)
{
    (void)state;
    char folder[128];
    vector_writer *writer = NULL, *second = NULL;
    vector_build *build = NULL;
    vector_index *index = NULL;
    static test_row row;
    test_folder_make(folder);
    const vector_schema *schema = test_schema(DIMS);
    assert_int_equal(vector_index_open(folder, &index, NULL), LETHE_E_BASE_NOT_FOUND);
    assert_int_equal(test_build(folder, 1, 30, DIMS, NULL), 0);
    vector_stamp stamp = schema->stamp;
    stamp.key = "another";
    assert_int_equal(vector_writer_open(folder, &stamp, &writer, NULL), LETHE_E_VECTOR_STAMP);
    assert_int_equal(vector_writer_open(folder, &schema->stamp, &writer, NULL), 0);
    assert_int_equal(vector_writer_open(folder, &schema->stamp, &second, NULL), LETHE_E_VECTOR_LOCKED);
    assert_int_equal(vector_build_begin(folder, schema, &build, NULL), LETHE_E_VECTOR_LOCKED);
    test_make_row(1, 500, 9, DIMS, &row);
    static const char *const bad_terms[] = {"nothing", "season~winter", "history=x",
                                            "other=x", "season=",       "season=a|b"};
    for (size_t i = 0; i < 6; i++) {
        row.terms[0] = bad_terms[i];
        const vector_row given = test_given(&row);
        assert_int_equal(vector_writer_insert(writer, &given, NULL), LETHE_E_VECTOR_INPUT);
    }
    row.terms[0] = row.texts[0];
    row.vector[3] = __builtin_inff();
    const vector_row infinite = test_given(&row);
    assert_int_equal(vector_writer_insert(writer, &infinite, NULL), LETHE_E_VECTOR_INPUT);
    vector_writer_close(writer);
    /* An index is replaced whole, and its readers follow. */
    assert_int_equal(vector_index_open(folder, &index, NULL), 0);
    assert_int_equal(test_build(folder, 2, 60, DIMS, NULL), 0);
    assert_int_equal(vector_index_refresh(index, NULL), 0);
    vector_view *view = vector_index_view(index);
    assert_int_equal(vector_view_info(view).rows, 60);
    assert_int_equal(vector_view_info(view).generation, 2);
    vector_view_release(view);
    vector_index_close(index);
    assert_int_equal(vector_build_begin(folder, schema, &build, NULL), 0);
    const vector_row twice = {"r", "g", 0, 0, row.vector, NULL};
    row.vector[3] = 0;
    assert_int_equal(vector_build_add(build, &twice, NULL), 0);
    assert_int_equal(vector_build_add(build, &twice, NULL), LETHE_E_VECTOR_EXISTS);
    vector_build_abandon(build);
    test_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_life),
        cmocka_unit_test(test_erased_bytes),
        cmocka_unit_test(test_interrupted_erasure),
        cmocka_unit_test(test_replaced),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever happens to the files, reading them fails cleanly or yields what was acknowledged. Run under ASan for the
 * other half. */
#include "vector/check.h"
#include "vector/out.h"
#include "vector/test_rows.h"
#include "vector/view.h"
#include "vector/writer.h"
#include "base/file.h"
#include "base/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIMS 64
#define ROWS 40

typedef struct world {
    char folder[128];
    base_buf base, log;
    int file; /* in memory, with the base's bytes */
} world;

static void load(const world *w, const char *name, base_buf *bytes)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/%s", w->folder, name);
    base_buf_init(bytes, 1 << 24);
    assert_int_equal(base_file_load(path, bytes, NULL), 0);
}

static void store(const world *w, const char *name, const char *bytes, size_t size)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/%s", w->folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(size == 0 || fwrite(bytes, 1, size, file) == size);
    assert_int_equal(fclose(file), 0);
}

/* Rows 0-39; then three commits: row 100; rows 101 and 102; row 5 and patient 2 (rows 6-8) deleted in two more. */
static int setup(void **state)
{
    static world w;
    static test_row row;
    vector_writer *writer = NULL;
    uint32_t rows = 0;
    const char *patient = "anon_2", *gone = row.row_id;
    test_folder_make(w.folder);
    assert_int_equal(test_build(w.folder, 3, ROWS, DIMS, NULL), 0);
    assert_int_equal(vector_writer_open(w.folder, &test_schema(DIMS)->stamp, &writer, NULL), 0);
    for (uint32_t i = 0; i < 3; i++) {
        test_make_row(3, 100 + i, 50 + i, DIMS, &row);
        const vector_row given = test_given(&row);
        assert_int_equal(vector_writer_insert(writer, &given, NULL), 0);
        if (i != 1)
            assert_int_equal(vector_writer_sync(writer, NULL), 0);
    }
    test_make_row(3, 5, 1, DIMS, &row);
    assert_int_equal(vector_writer_delete_rows(writer, &gone, 1, &rows, NULL), 0);
    assert_int_equal(vector_writer_delete_groups(writer, &patient, 1, &rows, NULL), 0);
    vector_writer_close(writer);
    load(&w, "base.lvx", &w.base);
    load(&w, "log-1.lvl", &w.log);
    w.file = memfd_create("damage", 0);
    assert_int_equal(vector_write_at(w.file, w.base.data, w.base.size, 0, NULL), 0);
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    world *w = *state;
    base_buf_done(&w->base);
    base_buf_done(&w->log);
    (void)close(w->file);
    test_folder_remove(w->folder);
    return 0;
}

static bool expected_failure(int status)
{
    return status == LETHE_E_VECTOR_DAMAGED || status == LETHE_E_VECTOR_FORMAT;
}

static int open_segment(int file, bool trusting)
{
    vector_segment *segment = NULL;
    lethe_error error = {0};
    const int status = vector_segment_open(file, trusting, &segment, &error);
    assert_int_equal(status, error.code);
    vector_segment_release(segment);
    return status;
}

/* No byte of a small base is without a check when it is opened. */
static void test_base_flips(void **state)
{
    const world *w = *state;
    static const uint8_t masks[] = {0x01, 0x10, 0x80, 0xff};
    assert_int_equal(open_segment(w->file, false), 0);
    for (size_t at = 0; at < w->base.size; at++) {
        const uint8_t wrong = (uint8_t)w->base.data[at] ^ masks[at % sizeof(masks)];
        assert_int_equal(pwrite(w->file, &wrong, 1, (off_t)at), 1);
        const int status = open_segment(w->file, false);
        assert_int_equal(pwrite(w->file, w->base.data + at, 1, (off_t)at), 1);
        if (!expected_failure(status))
            fail_msg("byte %zu: status %d", at, status);
    }
}

static void test_base_truncations(void **state)
{
    const world *w = *state;
    const int file = memfd_create("cut", 0);
    for (size_t size = 0; size < w->base.size; size += size < 5000 ? 1 : 13) {
        assert_int_equal(ftruncate(file, 0), 0);
        assert_int_equal(vector_write_at(file, w->base.data, size, 0, NULL), 0);
        assert_true(expected_failure(open_segment(file, false)));
        assert_true(expected_failure(open_segment(file, true)));
    }
    (void)close(file);
}

/* Everything that reads a view: any end but a bad one. */
static void use(vector_view *view)
{
    static const char *const clauses[] = {"season!=season_1", "history~condition_1|condition_2|condition_3"};
    float vector[DIMS] = {.5F, .25F};
    vector_filter *filter = NULL;
    vector_selection *selection = NULL;
    vector_result result;
    uint32_t number = 0, rows[8];
    size_t count = 0;
    assert_int_equal(vector_filter_new(clauses, 2, &filter, NULL), 0);
    (void)vector_selection_new(view, filter, &selection, NULL);
    vector_query query = {.vector = vector, .stamp = &vector_view_schema(view)->stamp, .k = 5, .own_group = "anon_1"};
    for (int round = 0; round < 4 && vector_view_schema(view)->dimensions <= DIMS; round++) {
        query.selection = round % 2 == 0 ? selection : NULL;
        query.rows = round / 2 == 0;
        if (vector_search(view, &query, &result, NULL) == 0)
            vector_result_done(&result);
    }
    for (uint32_t row = 0; row < 60; row++) {
        vector_seen seen;
        const char *term = NULL;
        if (vector_view_row(view, row, &seen, NULL) == 0 && vector_view_term(view, row, 0, &term, NULL) == 0)
            (void)vector_view_support(view, term, &number, NULL);
    }
    (void)vector_view_find(view, "visit_3_17", &number, NULL);
    (void)vector_view_group(view, "anon_4", rows, 8, &count, NULL);
    (void)vector_view_count_groups(view, &number, NULL);
    vector_selection_free(selection);
    vector_filter_free(filter);
}

static void test_without_checksums(void **state)
{
    const world *w = *state;
    test_random random = {21};
    size_t accepted = 0;
    for (int round = 0; round < 6000; round++) {
        size_t places[3];
        for (size_t i = 0; i < 3; i++) {
            const size_t range = round % 2 == 0 ? w->base.size : 1024;
            const size_t after = round % 4 == 0 ? 4096 + ROWS * DIMS * 5 : 0; /* behind vectors and codes */
            places[i] = after + test_next(&random) % (range - (after < range ? after : 0));
            const uint8_t byte = (uint8_t)(test_next(&random) % 3 == 0 ? 0xff : test_next(&random));
            assert_int_equal(pwrite(w->file, &byte, 1, (off_t)places[i]), 1);
        }
        vector_segment *segment = NULL;
        vector_view *view = NULL;
        if (vector_segment_open(w->file, true, &segment, NULL) == 0 && vector_view_new(segment, &view, NULL) == 0) {
            use(view);
            vector_view_release(view);
            accepted++;
        }
        for (size_t i = 0; i < 3; i++)
            assert_int_equal(pwrite(w->file, w->base.data + places[i], 1, (off_t)places[i]), 1);
    }
    assert_true(accepted > 1000);
}

/* How many of the four commits a folder shows: rows 40, 41, 43, 42, 39. */
static int commits_of(const world *w, int *ret_commits)
{
    static const uint32_t rows[] = {ROWS, ROWS + 1, ROWS + 3, ROWS + 2, ROWS - 1};
    vector_index *index = NULL;
    lethe_error error = {0};
    const int status = vector_index_open(w->folder, &index, &error);
    assert_int_equal(status, error.code);
    if (status != 0)
        return status;
    vector_view *view = vector_index_view(index);
    *ret_commits = -1;
    for (int i = 0; i < 5; i++)
        if (vector_view_info(view).rows == rows[i])
            *ret_commits = i;
    use(view);
    vector_view_release(view);
    vector_index_close(index);
    return 0;
}

static void test_log_truncations(void **state)
{
    const world *w = *state;
    int commits = 0, most = 0;
    for (size_t size = 0; size <= w->log.size; size++) {
        store(w, "log-1.lvl", w->log.data, size);
        const int status = commits_of(w, &commits);
        if (size < 64) {
            assert_int_equal(status, LETHE_E_VECTOR_DAMAGED);
            continue;
        }
        assert_int_equal(status, 0);
        assert_true(commits >= most);
        most = commits;
    }
    assert_int_equal(most, 4);
}

/* A flip in the last commit is a torn end, anywhere before it is damage; zeroes between commits are without meaning. */
static void test_log_flips(void **state)
{
    const world *w = *state;
    size_t damaged = 0, torn = 0, same = 0;
    for (size_t at = 0; at < w->log.size; at++) {
        int commits = 0;
        w->log.data[at] = (char)((uint8_t)w->log.data[at] ^ 0x24);
        store(w, "log-1.lvl", w->log.data, w->log.size);
        w->log.data[at] = (char)((uint8_t)w->log.data[at] ^ 0x24);
        const int status = commits_of(w, &commits);
        if (status == 0) {
            assert_true(commits == 4 || commits == 3);
            torn += commits == 3;
            same += commits == 4;
        } else {
            assert_int_equal(status, LETHE_E_VECTOR_DAMAGED);
            damaged++;
        }
    }
    assert_true(same < 32);
    assert_int_equal(torn, 24 + 2 + 6); /* the last commit: its head, kind, size and "anon_2" */
    assert_int_equal(damaged + torn + same, w->log.size);
}

/* A base without its log has lost what was acknowledged. Another's log is not believed. */
static void test_log_of_others(void **state)
{
    const world *w = *state;
    char path[256];
    int commits = 0;
    (void)snprintf(path, sizeof(path), "%s/log-1.lvl", w->folder);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(commits_of(w, &commits), LETHE_E_VECTOR_DAMAGED);
    store(w, "log-1.lvl", w->log.data, w->log.size);
    store(w, "log-7.lvl", w->log.data, w->log.size);
    store(w, ".base.lvx.writing", w->log.data, w->log.size);
    assert_int_equal(commits_of(w, &commits), 0);
    assert_int_equal(commits, 4);
    vector_writer *writer = NULL;
    assert_int_equal(vector_writer_open(w->folder, &test_schema(DIMS)->stamp, &writer, NULL), 0);
    vector_writer_close(writer);
    (void)snprintf(path, sizeof(path), "%s/log-7.lvl", w->folder);
    assert_int_not_equal(access(path, F_OK), 0);
    (void)snprintf(path, sizeof(path), "%s/.base.lvx.writing", w->folder);
    assert_int_not_equal(access(path, F_OK), 0);
}

/* What a crash left behind the last commit is cut before the next is written, or it would stand in front of it. */
static void test_writer_after_crash(void **state)
{
    const world *w = *state;
    static test_row row;
    vector_writer *writer = NULL;
    vector_info info;
    for (size_t cut = 1; cut < 100; cut += 7) {
        store(w, "base.lvx", w->base.data, w->base.size);
        struct stat left;
        char bytes[8192] = {0}, path[256];
        assert_true(w->log.size < 4096);
        memset(bytes + w->log.size - cut, 0xee, 3000);
        memcpy(bytes, w->log.data, w->log.size - cut);
        store(w, "log-1.lvl", bytes, w->log.size - cut + 3000);
        assert_int_equal(vector_writer_open(w->folder, &test_schema(DIMS)->stamp, &writer, NULL), 0);
        (void)snprintf(path, sizeof(path), "%s/log-1.lvl", w->folder);
        assert_int_equal(stat(path, &left), 0);
        assert_true((size_t)left.st_size <= w->log.size - cut);
        test_make_row(3, 200, 60, DIMS, &row);
        const vector_row given = test_given(&row);
        assert_int_equal(vector_writer_insert(writer, &given, NULL), 0);
        assert_int_equal(vector_writer_sync(writer, NULL), 0);
        vector_writer_close(writer);
        assert_int_equal(vector_check(w->folder, &info, NULL), 0);
        /* the last two commits: 32 bytes, and 35 with zeroes on both sides */
        assert_int_equal(info.rows, 1 + (cut < 38 ? ROWS + 2 : cut < 80 ? ROWS + 3 : ROWS + 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base_flips),         cmocka_unit_test(test_base_truncations),
        cmocka_unit_test(test_without_checksums),  cmocka_unit_test(test_log_truncations),
        cmocka_unit_test(test_log_flips),          cmocka_unit_test(test_log_of_others),
        cmocka_unit_test(test_writer_after_crash),
    };
    if (access("/dev/shm", W_OK) == 0) /* thousands of small files: what is written is the same */
        (void)setenv("TMPDIR", "/dev/shm", 1);
    return cmocka_run_group_tests(tests, setup, teardown);
}

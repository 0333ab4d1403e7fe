/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every allocation and every system call that changes files fails once, in a life of an index: nothing crashes or
 * leaks, what was acknowledged is there, and besides at most the change that failed, whole. Not under a sanitizer,
 * which allocates by itself.
 */
#include "vector/check.h"
#include "vector/test_rows.h"
#include "vector/writer.h"
#include "base/test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void __libc_free(void *block);

/* How many calls of a kind succeed before one fails; volatile, since the compiler knows what malloc does not read. */
static volatile long memory_left = -1, files_left = -1, held;
static volatile bool failed;

static bool fails(volatile long *left, int code)
{
    if (*left < 0 || (*left)-- != 0)
        return false;
    failed = true;
    errno = code;
    return true;
}

void *malloc(size_t size)
{
    void *block = fails(&memory_left, ENOMEM) ? NULL : __libc_malloc(size);
    held += block != NULL;
    return block;
}

void *calloc(size_t count, size_t size)
{
    void *block = fails(&memory_left, ENOMEM) ? NULL : __libc_calloc(count, size);
    held += block != NULL;
    return block;
}

void *realloc(void *old, size_t size)
{
    void *block = fails(&memory_left, ENOMEM) ? NULL : __libc_realloc(old, size);
    held += block != NULL && old == NULL;
    return block;
}

void free(void *block)
{
    held -= block != NULL;
    __libc_free(block);
}

/* A write that fails has written half of it. */
ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset)
{
    const bool fail = fails(&files_left, ENOSPC);
    const long written = syscall(SYS_pwrite64, file, bytes, fail ? size / 2 : size, offset);
    if (fail)
        errno = ENOSPC;
    return fail ? -1 : written;
}

int fsync(int file)
{
    return fails(&files_left, EIO) ? -1 : (int)syscall(SYS_fsync, file);
}

int fdatasync(int file)
{
    return fails(&files_left, EIO) ? -1 : (int)syscall(SYS_fdatasync, file);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    return fails(&files_left, EIO) ? -1 : (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, 0);
}

int ftruncate(int file, off_t size)
{
    return fails(&files_left, EIO) ? -1 : (int)syscall(SYS_ftruncate, file, size);
}

#define DIMS 64
#define ROWS 30

static char folder[128];
static test_row row;

static int put(vector_writer *writer, uint32_t number, uint32_t patient)
{
    test_make_row(3, number, patient, DIMS, &row);
    const vector_row given = test_given(&row);
    return vector_writer_upsert(writer, &given, NULL);
}

/* One change; the rows that are there after it are those of holds(change + 1). */
static int change(vector_writer *writer, int number)
{
    const char *one = "anon_1", *fifty = "anon_50";
    uint32_t rows = 0;
    switch (number) {
    case 0:
        BASE_TRY(put(writer, 100, 50));
        BASE_TRY(put(writer, 101, 51));
        return vector_writer_sync(writer, NULL);
    case 1:
        return vector_writer_delete_groups(writer, &one, 1, &rows, NULL);
    case 2:
        BASE_TRY(put(writer, 102, 52));
        return vector_writer_sync(writer, NULL);
    case 3:
        return vector_writer_compact(writer, NULL);
    default:
        return vector_writer_erase(writer, &fifty, 1, &rows, NULL);
    }
}

#define CHANGES 5

static bool expected(int state, uint32_t number)
{
    if (number < ROWS)
        return state < 2 || number < 3 || number > 5;
    return number == 100 ? state >= 1 && state < 5 : number == 101 ? state >= 1 : number == 102 && state >= 3;
}

static bool holds(int state, const vector_view *view)
{
    uint32_t count = 0;
    for (uint32_t number = 0; number < 103; number++) {
        uint32_t at = 0;
        test_make_row(3, number, 0, DIMS, &row);
        const bool there = vector_view_find(view, row.row_id, &at, NULL) == 0;
        if (there != expected(state, number))
            return false;
        count += there;
    }
    return vector_view_info(view).rows == count;
}

static int search(void)
{
    static const char *const clause = "season!=season_1";
    static float vector[DIMS] = {1, .5F};
    vector_index *index = NULL;
    vector_filter *filter = NULL;
    vector_selection *selection = NULL;
    vector_result results[2] = {{0}};
    BASE_TRY(vector_index_open(folder, &index, NULL));
    vector_view *view = vector_index_view(index);
    int status = vector_filter_new(&clause, 1, &filter, NULL);
    if (status == 0)
        status = vector_selection_new(view, filter, &selection, NULL);
    const vector_query query = {.vector = vector, .stamp = &test_schema(DIMS)->stamp, .k = 3, .selection = selection};
    const vector_query both[2] = {query, query};
    if (status == 0)
        status = vector_search_batch(view, both, 2, 1, results, NULL);
    vector_result_done(&results[0]);
    vector_result_done(&results[1]);
    vector_selection_free(selection);
    vector_filter_free(filter);
    vector_view_release(view);
    vector_index_close(index);
    return status;
}

/* Returns how many changes were acknowledged, one after the other until one failed. */
static int live(void)
{
    vector_writer *writer = NULL;
    int number = 0;
    if (vector_writer_open(folder, &test_schema(DIMS)->stamp, &writer, NULL) != 0)
        return 0;
    while (number < CHANGES && change(writer, number) == 0)
        number++;
    vector_writer_close(writer);
    return number;
}

static void assert_state(int acknowledged)
{
    vector_index *index = NULL;
    vector_writer *writer = NULL;
    vector_info info;
    assert_int_equal(vector_index_open(folder, &index, NULL), 0);
    vector_view *view = vector_index_view(index);
    assert_true(holds(acknowledged, view) || holds(acknowledged + 1, view));
    vector_view_release(view);
    vector_index_close(index);
    assert_int_equal(vector_check(folder, &info, NULL), 0);
    assert_int_equal(vector_writer_open(folder, &test_schema(DIMS)->stamp, &writer, NULL), 0);
    assert_int_equal(put(writer, 200, 70), 0);
    assert_int_equal(vector_writer_sync(writer, NULL), 0);
    vector_writer_close(writer);
}

static void fail_each(volatile long *left)
{
    long number = 0;
    for (failed = true; failed; number++) {
        test_folder_make(folder);
        const long before = held;
        *left = -1;
        assert_int_equal(test_build(folder, 3, ROWS, DIMS, NULL), 0);
        failed = false;
        *left = number;
        const int acknowledged = live();
        const bool missed = !failed;
        const int status = search();
        *left = -1;
        assert_true(status == 0 || failed);
        if (missed)
            assert_int_equal(acknowledged, CHANGES);
        assert_int_equal(held, before);
        assert_state(acknowledged);
        test_folder_remove(folder);
    }
    print_message("%ld calls\n", number - 1);
    assert_true(number > 20);
}

/* The building itself: no index, or all of it. */
static void fail_each_build(volatile long *left)
{
    long number = 0;
    vector_info info;
    for (failed = true; failed; number++) {
        test_folder_make(folder);
        const long before = held;
        failed = false;
        *left = number;
        const int status = test_build(folder, 3, ROWS, DIMS, NULL);
        *left = -1;
        assert_int_equal(held, before);
        assert_true(status == 0 || failed);
        const int after = vector_check(folder, &info, NULL);
        assert_true(after == 0 ? info.rows == ROWS : after == LETHE_E_BASE_NOT_FOUND && status != 0);
        test_folder_remove(folder);
    }
}

static void test_memory(void **state)
{
    (void)state;
    fail_each(&memory_left);
    fail_each_build(&memory_left);
}

static void test_files(void **state)
{
    (void)state;
    fail_each(&files_left);
    fail_each_build(&files_left);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_memory), cmocka_unit_test(test_files)};
    if (access("/dev/shm", W_OK) == 0)
        (void)setenv("TMPDIR", "/dev/shm", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
#else
int main(void)
{
    puts("not under a sanitizer");
    return 0;
}
#endif

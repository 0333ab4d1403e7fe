/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/test.h"
#include "base/threads.h"
#include "engine/parts.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PARTS   7
#define RECORDS 20000

static int append_record(void *context, size_t index, size_t worker, lethe_error *error)
{
    char record[64];
    (void)worker;
    (void)snprintf(record, sizeof(record), "record-%08zu-padding...", index);
    return engine_parts_append(context, index % PARTS, (base_span){record, 26}, error);
}

static int by_record(const void *a, const void *b)
{
    return memcmp(a, b, 26);
}

static void check_part(engine_parts *parts, size_t part, size_t *seen)
{
    base_buf buf, pieces;
    base_buf_init(&buf, 1 << 30);
    base_buf_init(&pieces, 1 << 30);
    assert_int_equal(engine_parts_load(parts, part, &buf, NULL), 0);
    for (uint64_t at = 0; at < engine_parts_size(parts, part);)
        assert_int_equal(engine_parts_load_some(parts, part, &at, &pieces, NULL), 0);
    assert_true(buf.size == engine_parts_size(parts, part) && pieces.size == buf.size);
    assert_memory_equal(pieces.data, buf.data, buf.size);
    assert_int_equal(buf.size % 26, 0);
    qsort(buf.data, buf.size / 26, 26, by_record);
    for (size_t i = 0; i < buf.size / 26; i++) {
        char expected[64];
        (void)snprintf(expected, sizeof(expected), "record-%08zu-padding...", i * PARTS + part);
        assert_memory_equal(buf.data + 26 * i, expected, 26);
        (*seen)++;
    }
    base_buf_done(&buf);
    base_buf_done(&pieces);
}

/* Whatever fits into memory, every record comes back whole and once, from any number of threads. */
static void store_and_load(uint64_t limit_bytes, bool spills)
{
    engine_store *store = NULL;
    engine_parts *parts = NULL;
    assert_int_equal(engine_store_new(limit_bytes, "/tmp", NULL, &store, NULL), 0);
    assert_int_equal(engine_parts_new(PARTS, store, &parts, NULL), 0);
    assert_int_equal(base_parallel(3, RECORDS, append_record, parts, NULL), 0);
    assert_int_equal(store->written_bytes != 0, spills);
    assert_true(store->used_bytes <= limit_bytes + (PARTS + 3) * ENGINE_PAGE_BYTES);
    size_t seen = 0;
    for (size_t part = 0; part < PARTS; part++) {
        check_part(parts, part, &seen);
        engine_parts_drop(parts, part);
    }
    assert_int_equal(seen, RECORDS);
    assert_true(store->used_bytes == 0);
    engine_parts_free(parts);
    engine_store_free(store);
}

static void test_in_memory(void **state)
{
    (void)state;
    store_and_load(1 << 30, false);
}

static void test_spilled(void **state)
{
    (void)state;
    store_and_load(100000, true);
    store_and_load(0, true);
}

static void test_no_folder(void **state)
{
    (void)state;
    engine_store *store = NULL;
    engine_parts *parts = NULL;
    lethe_error error = {0};
    static char large[3 * ENGINE_PAGE_BYTES];
    assert_int_equal(engine_store_new(10, "/nowhere/at/all", NULL, &store, NULL), 0);
    assert_int_equal(engine_parts_new(1, store, &parts, NULL), 0);
    assert_int_equal(engine_parts_append(parts, 0, (base_span){large, sizeof(large)}, &error), LETHE_E_BASE_IO);
    assert_string_equal(error.file, "/nowhere/at/all");
    engine_parts_free(parts);
    engine_store_free(store);
}

/* A folder for the files of a store that is kept. */
static char home[] = "/tmp/lethe-parts-XXXXXX";

static const uint8_t KEY[32] = {7};
static const uint8_t LABEL[ENGINE_LABEL_BYTES] = {1};

/* Appends records first … end, saves, and notes the parts and the sessions in `name`. */
static void note(engine_store *store, engine_parts *parts, const char *name)
{
    engine_sealed_writer *writer = NULL;
    assert_int_equal(engine_parts_save(parts, NULL), 0);
    assert_int_equal(engine_store_sync(store, NULL), 0);
    const int file = open(name, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    assert_true(file >= 0);
    assert_int_equal(engine_sealed_writer_new(file, KEY, LABEL, &writer, NULL), 0);
    engine_sealed_u64(writer, store->session_count);
    engine_sealed_put(writer, store->sessions, store->session_count * sizeof(engine_session));
    engine_sealed_u32(writer, store->next_slot);
    engine_parts_note(parts, writer);
    assert_int_equal(engine_sealed_finish(writer, NULL), 0);
    engine_sealed_writer_free(writer);
    (void)close(file);
}

static int recall(const char *name, const uint8_t *key, engine_store **ret_store, engine_parts **ret_parts)
{
    engine_sealed_reader *reader = NULL;
    engine_session sessions[ENGINE_SESSIONS_MAX];
    const int file = open(name, O_RDONLY);
    assert_true(file >= 0);
    assert_int_equal(engine_sealed_reader_new(file, key, LABEL, &reader, NULL), 0);
    assert_int_equal(engine_store_new(100000, home, KEY, ret_store, NULL), 0);
    assert_int_equal(engine_parts_new(PARTS, *ret_store, ret_parts, NULL), 0);
    const size_t count = (size_t)engine_sealed_get_u64(reader);
    engine_sealed_get(reader, sessions, count % ENGINE_SESSIONS_MAX * sizeof(engine_session));
    const uint32_t next = engine_sealed_get_u32(reader);
    int status = engine_sealed_check(reader, NULL);
    if (status == 0)
        status = engine_store_recall(*ret_store, sessions, count, next, NULL);
    if (status == 0)
        status = engine_parts_recall(*ret_parts, reader, NULL);
    engine_sealed_reader_free(reader);
    (void)close(file);
    return status;
}

static void close_all(engine_store *store, engine_parts *parts)
{
    engine_parts_free(parts);
    engine_store_free(store);
}

/* What was noted comes back in a later process, and goes on; what was written after the note is no part of it, and no
 * slot of it is opened for what a later process wrote in its place. */
static void test_recalled(void **state)
{
    (void)state;
    engine_store *store = NULL;
    engine_parts *parts = NULL;
    char name[sizeof(home) + 16];
    size_t seen = 0;
    (void)snprintf(name, sizeof(name), "%s/journal", home);
    assert_int_equal(engine_store_new(100000, home, KEY, &store, NULL), 0);
    assert_int_equal(engine_parts_new(PARTS, store, &parts, NULL), 0);
    for (size_t round = 0; round < 4; round++) {
        for (size_t i = round * RECORDS / 4; i < (round + 1) * RECORDS / 4; i++)
            assert_int_equal(append_record(parts, i, 0, NULL), 0);
        note(store, parts, name);
        for (size_t i = 0; i < RECORDS; i++) /* lost with the process */
            assert_int_equal(append_record(parts, i, 0, NULL), 0);
        close_all(store, parts);
        assert_int_equal(recall(name, KEY, &store, &parts), 0);
        assert_int_equal(store->session_count, round + 2);
    }
    for (size_t part = 0; part < PARTS; part++)
        check_part(parts, part, &seen);
    assert_int_equal(seen, RECORDS);
    close_all(store, parts);
}

static void test_recalled_with_another_key(void **state)
{
    (void)state;
    engine_store *store = NULL;
    engine_parts *parts = NULL;
    char name[sizeof(home) + 16];
    const uint8_t other[32] = {8};
    (void)snprintf(name, sizeof(name), "%s/journal", home);
    assert_int_equal(recall(name, other, &store, &parts), LETHE_E_ENGINE_SPILL);
    close_all(store, parts);
}

/* A slot that was changed on disk is not taken for what it was. */
static void test_changed_slot(void **state)
{
    (void)state;
    engine_store *store = NULL;
    engine_parts *parts = NULL;
    base_buf buf;
    char name[sizeof(home) + 16];
    (void)snprintf(name, sizeof(name), "%s/spill-1", home);
    const int file = open(name, O_WRONLY);
    assert_int_equal(pwrite(file, "x", 1, 5000), 1);
    (void)close(file);
    (void)snprintf(name, sizeof(name), "%s/journal", home);
    assert_int_equal(recall(name, KEY, &store, &parts), 0);
    base_buf_init(&buf, 1 << 30);
    int failed = 0;
    for (size_t part = 0; part < PARTS; part++)
        failed += engine_parts_load(parts, part, &buf, NULL) == LETHE_E_ENGINE_SPILL;
    assert_int_equal(failed, 1);
    base_buf_done(&buf);
    close_all(store, parts);
}

static int make_home(void **state)
{
    (void)state;
    return mkdtemp(home) == NULL;
}

static int remove_home(void **state)
{
    (void)state;
    base_folder_remove(home);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_memory),
        cmocka_unit_test(test_spilled),
        cmocka_unit_test(test_no_folder),
        cmocka_unit_test(test_recalled),
        cmocka_unit_test(test_recalled_with_another_key),
        cmocka_unit_test(test_changed_slot),
    };
    return cmocka_run_group_tests(tests, make_home, remove_home);
}

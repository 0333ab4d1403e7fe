/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "base/threads.h"
#include "engine/parts.h"

#include <stdio.h>
#include <stdlib.h>

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

/* Whatever fits into memory, every record comes back whole and once, from any number of threads. */
static void store_and_load(uint64_t limit_bytes, bool spills)
{
    engine_budget budget = {.limit_bytes = limit_bytes};
    engine_parts *parts = NULL;
    assert_int_equal(engine_parts_new(PARTS, &budget, "/tmp", &parts, NULL), 0);
    assert_int_equal(base_parallel(3, RECORDS, append_record, parts, NULL), 0);
    assert_int_equal(budget.spilled_bytes != 0, spills);
    size_t seen = 0;
    for (size_t part = 0; part < PARTS; part++) {
        base_buf buf;
        base_buf_init(&buf, 1 << 30);
        assert_int_equal(engine_parts_load(parts, part, &buf, NULL), 0);
        assert_int_equal(buf.size % 26, 0);
        qsort(buf.data, buf.size / 26, 26, by_record);
        for (size_t i = 0; i < buf.size / 26; i++) {
            char expected[64];
            (void)snprintf(expected, sizeof(expected), "record-%08zu-padding...", i * PARTS + part);
            assert_memory_equal(buf.data + 26 * i, expected, 26);
            seen++;
        }
        engine_parts_drop(parts, part);
        base_buf_done(&buf);
    }
    assert_int_equal(seen, RECORDS);
    assert_true(budget.used_bytes == 0);
    engine_parts_free(parts);
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
    engine_budget budget = {.limit_bytes = 10};
    engine_parts *parts = NULL;
    lethe_error error = {0};
    static char large[10000];
    assert_int_equal(engine_parts_new(1, &budget, "/nowhere/at/all", &parts, NULL), 0);
    assert_int_equal(engine_parts_append(parts, 0, (base_span){large, sizeof(large)}, &error), LETHE_E_BASE_IO);
    engine_parts_free(parts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_memory),
        cmocka_unit_test(test_spilled),
        cmocka_unit_test(test_no_folder),
    };
    return cmocka_run_group_tests_name("engine/parts", tests, NULL, NULL);
}

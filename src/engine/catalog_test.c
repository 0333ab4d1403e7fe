/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "engine/catalog.h"

#include <stdio.h>

#define RESOURCES 20000

static record_key key_of(size_t i)
{
    return (record_key){(i + 1) * 0x9e3779b97f4a7c15u, i};
}

/* What a resource is packed as: its size differs, and some are larger than a page. */
static base_span packed_of(size_t i, int version, char *buffer)
{
    const size_t size = i % 997 == 0 ? 3 * ENGINE_PAGE_BYTES + i : 20 + i % 300;
    memset(buffer, (int)('a' + (i + (size_t)version) % 26), size);
    (void)snprintf(buffer, 20, "%zu.%d", i, version);
    return (base_span){buffer, size};
}

static void add(engine_catalog *catalog, size_t i, int version, char *buffer)
{
    engine_version made = {.key = key_of(i), .last_updated_us = version};
    made.digest[0] = (uint8_t)(version + 1);
    made.digest[1] = (uint8_t)i;
    assert_int_equal(engine_catalog_add(catalog, &made, packed_of(i, version, buffer), NULL), 0);
}

/* Every resource is found in its newest version, whether the table holds it or the store. */
static void find_all(uint64_t table_bytes, uint64_t store_bytes, bool sorted)
{
    static char buffer[4 * ENGINE_PAGE_BYTES + RESOURCES];
    engine_store *store = NULL;
    engine_catalog catalog;
    engine_catalog_reader reader;
    base_arena arena;
    assert_int_equal(engine_store_new(store_bytes, "/tmp", NULL, &store, NULL), 0);
    assert_int_equal(engine_catalog_init(&catalog, store, NULL), 0);
    for (int version = 2; version >= 0; version--)
        for (size_t i = (size_t)version; i < RESOURCES; i += (size_t)(1 + version))
            add(&catalog, i, version, buffer);
    for (int again = 0; again < 1000; again++) /* as Bundles repeat it */
        add(&catalog, 7, 0, buffer);
    assert_int_equal(engine_catalog_settle(&catalog, table_bytes, NULL), 0);
    assert_true((catalog.sorted != NULL) == sorted);
    engine_catalog_reader_init(&reader, &catalog);
    base_arena_init(&arena, (size_t)1 << 24);
    for (size_t n = 0; n < RESOURCES; n++) {
        const size_t i = n * 7919 % RESOURCES;
        const int newest = i >= 2 && (i - 2) % 3 == 0 ? 2 : i >= 1 && (i - 1) % 2 == 0 ? 1 : 0;
        const base_span found = engine_catalog_find(&reader, key_of(i), &arena);
        const base_span wanted = packed_of(i, newest, buffer);
        assert_int_equal(found.size, wanted.size);
        assert_memory_equal(found.data, wanted.data, wanted.size);
        base_arena_reset(&arena);
    }
    for (size_t i = RESOURCES; i < RESOURCES + 1000; i++)
        assert_int_equal(engine_catalog_find(&reader, key_of(i), &arena).size, 0);
    assert_int_equal(engine_catalog_find(&reader, (record_key){0, 0}, &arena).size, 0);
    assert_int_equal(reader.status, 0);
    base_arena_done(&arena);
    engine_catalog_reader_done(&reader);
    engine_catalog_done(&catalog);
    engine_store_free(store);
}

static void test_table(void **state)
{
    (void)state;
    find_all((uint64_t)1 << 30, (uint64_t)1 << 30, false);
}

static void test_sorted(void **state)
{
    (void)state;
    find_all(100000, (uint64_t)1 << 30, true);
    find_all(100000, 100000, true);
    find_all(0, 0, true);
}

static void test_empty(void **state)
{
    (void)state;
    engine_store *store = NULL;
    engine_catalog catalog;
    engine_catalog_reader reader;
    assert_int_equal(engine_store_new(1 << 20, "/tmp", NULL, &store, NULL), 0);
    assert_int_equal(engine_catalog_init(&catalog, store, NULL), 0);
    assert_int_equal(engine_catalog_settle(&catalog, 0, NULL), 0);
    engine_catalog_reader_init(&reader, &catalog);
    assert_int_equal(engine_catalog_find(&reader, key_of(1), NULL).size, 0);
    engine_catalog_reader_done(&reader);
    engine_catalog_done(&catalog);
    engine_store_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_sorted),
        cmocka_unit_test(test_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

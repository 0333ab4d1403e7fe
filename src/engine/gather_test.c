/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "engine/gather.h"
#include "engine/ingest.h"

#include <stdio.h>

#define PARTS 8

typedef struct fixture {
    engine_store *store;
    engine_people people;
    engine_gather gather;
} fixture;

static void open_fixture(fixture *all)
{
    *all = (fixture){0};
    assert_int_equal(engine_store_new(1 << 20, ".", NULL, &all->store, NULL), 0);
    engine_people_init(&all->people);
    all->gather.people = &all->people;
    assert_int_equal(engine_parts_new(PARTS, all->store, &all->gather.records, NULL), 0);
}

static void close_fixture(fixture *all)
{
    engine_parts_free(all->gather.records);
    engine_parts_free(all->gather.moved);
    engine_store_free(all->store);
    engine_people_done(&all->people);
}

static record_key key(uint64_t n)
{
    return (record_key){n, n};
}

/* `resource` 0: without an id. `packed` stands for the bytes. */
static void put(fixture *all, uint64_t patient, uint64_t resource, int64_t updated, const char *packed)
{
    base_buf out;
    engine_gathered record = {.patient = key(patient), .packed = base_span_of(packed), .line = 3, .byte = 70};
    record.version.key = resource != 0 ? key(resource) : (record_key){0, 0};
    record.version.last_updated_us = updated;
    memcpy(record.version.digest, packed, strlen(packed) < 32 ? strlen(packed) : 32);
    base_buf_init(&out, 1 << 16);
    engine_gathered_write(&out, &record);
    assert_int_equal(
        engine_parts_append(all->gather.records, engine_part_of(record.patient, PARTS), base_buf_view(&out), NULL), 0);
    base_buf_done(&out);
}

static size_t print_person(const engine_gathered_person *person, char *ret_text, size_t size)
{
    size_t used = (size_t)snprintf(ret_text, size, "%llu:", (unsigned long long)person->leader.high);
    for (size_t i = 0; i < person->record_count; i++) {
        const base_span packed = person->records[i].packed;
        used += (size_t)snprintf(ret_text + used, size - used, "%.*s,", (int)packed.size, packed.data);
        assert_true(person->records[i].line == 3 && person->records[i].byte == 70);
    }
    return used + (size_t)snprintf(ret_text + used, size - used, ";");
}

/* Gathers every partition into one text: "leader:packed,packed;" */
static void gather_all(fixture *all, char *ret_text, size_t size, uint64_t *ret_superseded)
{
    base_buf bytes;
    base_arena arena;
    size_t used = 0;
    base_buf_init(&bytes, 1 << 20);
    base_arena_init(&arena, 1 << 20);
    *ret_superseded = 0;
    assert_int_equal(engine_people_settle(&all->people, NULL), 0);
    assert_int_equal(engine_gather_move(&all->gather, all->store, NULL), 0);
    for (size_t part = 0; part < PARTS; part++)
        for (size_t slice = 0; slice < engine_gather_slices(&all->gather, part); slice++) {
            engine_gathered_person *people = NULL;
            size_t count = 0;
            uint64_t superseded = 0;
            assert_int_equal(
                engine_gather_part(&all->gather, part, slice, &bytes, &arena, &people, &count, &superseded, NULL), 0);
            *ret_superseded += superseded;
            for (size_t i = 0; i < count; i++)
                used += print_person(&people[i], ret_text + used, size - used);
            base_arena_reset(&arena);
        }
    base_arena_done(&arena);
    base_buf_done(&bytes);
}

/* The newest version stays; without an id only the same bytes are the same resource. */
static void test_versions(void **state)
{
    (void)state;
    fixture all;
    char text[256] = "";
    uint64_t superseded = 0;
    open_fixture(&all);
    put(&all, 1, 10, 100, "old");
    put(&all, 1, 10, 200, "new");
    put(&all, 1, 10, 150, "middle");
    put(&all, 1, 0, 0, "twice");
    put(&all, 1, 0, 0, "once");
    put(&all, 1, 0, 0, "twice");
    put(&all, 2, 10, 300, "theirs"); /* the same id, somebody else's */
    gather_all(&all, text, sizeof(text), &superseded);
    assert_string_equal(text, "1:once,twice,new,;2:theirs,;");
    assert_int_equal(superseded, 3);
    close_fixture(&all);
}

/* Linked patients are one person, in the partition of the smallest key, once. */
static void test_linked(void **state)
{
    (void)state;
    fixture all;
    char text[256] = "";
    uint64_t superseded = 0;
    open_fixture(&all);
    put(&all, 3, 31, 1, "a");
    put(&all, 13, 32, 1, "b"); /* partition 5, leader in 3 */
    put(&all, 5, 33, 1, "c");  /* partition 5, stays */
    put(&all, 11, 34, 1, "d"); /* partition 3, leader in 3 */
    assert_int_equal(engine_people_link(&all.people, key(13), key(3), NULL), 0);
    assert_int_equal(engine_people_link(&all.people, key(11), key(13), NULL), 0);
    gather_all(&all, text, sizeof(text), &superseded);
    assert_string_equal(text, "3:a,b,d,;5:c,;");
    assert_int_equal(superseded, 0);
    close_fixture(&all);
}

/* A partition that is read in slices gives the same people, each whole and once. */
static void test_slices(void **state)
{
    (void)state;
    fixture all;
    static char text[1 << 20];
    uint64_t superseded = 0;
    open_fixture(&all);
    all.gather.slice_bytes = 2000;
    for (uint64_t i = 0; i < 300; i++)
        put(&all, 1 + 8 * (i % 30), 100 + i, 1, i < 30 ? "x" : "y"); /* thirty people of partition 1 */
    put(&all, 10, 90, 1, "z");                                       /* of partition 2, whose leader is in 1 */
    assert_int_equal(engine_people_link(&all.people, key(10), key(9), NULL), 0);
    assert_true(engine_gather_slices(&all.gather, 1) > 10 && engine_gather_slices(&all.gather, 2) == 1);
    gather_all(&all, text, sizeof(text), &superseded);
    for (uint64_t i = 0; i < 30; i++) {
        char person[64];
        (void)snprintf(person, sizeof(person), "%llu:%sx,y,y,y,y,y,y,y,y,y,;", (unsigned long long)(1 + 8 * i),
                       i == 1 ? "z," : "");
        assert_non_null(strstr(text, person));
    }
    size_t people = 0;
    for (const char *at = text; (at = strchr(at, ';')) != NULL; at++)
        people++;
    assert_int_equal(people, 30);
    assert_int_equal(superseded, 0);
    close_fixture(&all);
}

static void test_damaged(void **state)
{
    (void)state;
    fixture all;
    base_buf bytes;
    base_arena arena;
    engine_gathered_person *people = NULL;
    size_t count = 0;
    uint64_t superseded = 0;
    open_fixture(&all);
    base_buf_init(&bytes, 1 << 20);
    base_arena_init(&arena, 1 << 20);
    put(&all, 1, 10, 1, "a");
    assert_int_equal(engine_parts_append(all.gather.records, 1, BASE_SPAN("\x40\0\0\0rest"), NULL), 0);
    assert_int_equal(engine_gather_part(&all.gather, 1, 0, &bytes, &arena, &people, &count, &superseded, NULL),
                     LETHE_E_ENGINE_SPILL);
    base_arena_done(&arena);
    base_buf_done(&bytes);
    close_fixture(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_versions), cmocka_unit_test(test_linked),
                                       cmocka_unit_test(test_slices), cmocka_unit_test(test_damaged)};
    return cmocka_run_group_tests_name("engine/gather", tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "engine/claims.h"
#include "engine/gather.h"
#include "engine/ingest.h"

#include <stdio.h>
#include <stdlib.h>

#define PARTS 8
#define MOST  4096

typedef struct version {
    uint64_t patient, resource;
    int64_t updated;
    char name;
} version;

typedef struct outcome {
    bool any_lost;
    uint64_t superseded;
    size_t count;
    char text[MOST]; /* "leader:names;" in order of leaders */
} outcome;

static record_key key(uint64_t n)
{
    return (record_key){n, n};
}

static void put(engine_claims *claims, engine_parts *records, const version *v)
{
    base_buf out;
    engine_gathered record = {.patient = key(v->patient), .packed = {&v->name, 1}};
    record.version.key = key(v->resource);
    record.version.last_updated_us = v->updated;
    record.version.digest[0] = (uint8_t)v->name;
    base_buf_init(&out, 1 << 16);
    engine_gathered_write(&out, &record);
    assert_int_equal(engine_parts_append(records, engine_part_of(record.patient, PARTS), base_buf_view(&out), NULL), 0);
    if (v->resource != 0)
        assert_int_equal(engine_claims_add(claims, record.version.key, record.patient, NULL), 0);
    base_buf_done(&out);
}

static size_t print_person(const engine_gathered_person *person, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "%llu:", (unsigned long long)person->leader.high);
    for (size_t i = 0; i < person->record_count && used + 3 < size; i++)
        text[used++] = person->records[i].packed.data[0];
    return used + (size_t)snprintf(text + used, size - used, ";");
}

static void gather_all(const engine_gather *gather, outcome *out)
{
    base_buf bytes;
    base_arena arena;
    size_t used = 0;
    base_buf_init(&bytes, 1 << 24);
    base_arena_init(&arena, 1 << 24);
    for (size_t part = 0; part < PARTS; part++)
        for (size_t slice = 0; slice < engine_gather_slices(gather, part); slice++) {
            engine_gathered_person *people = NULL;
            size_t count = 0;
            uint64_t superseded = 0;
            assert_int_equal(
                engine_gather_part(gather, part, slice, &bytes, &arena, &people, &count, &superseded, NULL), 0);
            out->superseded += superseded;
            for (size_t i = 0; i < count; i++) {
                out->count += people[i].record_count;
                if (used < sizeof(out->text) - 64)
                    used += print_person(&people[i], out->text + used, sizeof(out->text) - used);
            }
            base_arena_reset(&arena);
        }
    base_arena_done(&arena);
    base_buf_done(&bytes);
}

typedef struct how {
    size_t slice_entries, threads;
    uint64_t slice_bytes, store_bytes;
    uint64_t links[2][2];
} how;

static outcome *settle(const version *versions, size_t count, const how *with)
{
    outcome *out = calloc(1, sizeof(*out));
    engine_store *store = NULL;
    engine_people people;
    engine_claims claims;
    engine_gather gather = {.people = &people, .slice_bytes = with->slice_bytes};
    assert_non_null(out);
    assert_int_equal(engine_store_new(with->store_bytes, ".", NULL, &store, NULL), 0);
    engine_people_init(&people);
    assert_int_equal(engine_parts_new(PARTS, store, &gather.records, NULL), 0);
    assert_int_equal(engine_claims_init(&claims, store, NULL), 0);
    claims.slice_entries = with->slice_entries;
    for (size_t i = 0; i < count; i++)
        put(&claims, gather.records, &versions[i]);
    for (size_t i = 0; i < 2 && with->links[i][0] != 0; i++)
        assert_int_equal(engine_people_link(&people, key(with->links[i][0]), key(with->links[i][1]), NULL), 0);
    assert_int_equal(engine_people_settle(&people, NULL), 0);
    assert_int_equal(engine_claims_settle(&claims, gather.records, &people, with->threads, NULL), 0);
    assert_null(claims.seen);
    assert_int_equal(engine_gather_move(&gather, store, NULL), 0);
    gather.lost = claims.lost;
    out->any_lost = claims.lost != NULL;
    gather_all(&gather, out);
    engine_claims_done(&claims);
    engine_parts_free(gather.moved);
    engine_parts_free(gather.records);
    engine_people_done(&people);
    engine_store_free(store);
    return out;
}

static const how PLAIN = {.threads = 1, .store_bytes = 1 << 20};

/* The outcome, in the order of the array and in the other. */
static void expect(const version *versions, size_t count, const how *with, const char *text, uint64_t superseded)
{
    version other[32];
    outcome *out = settle(versions, count, with);
    assert_string_equal(out->text, text);
    assert_int_equal(out->superseded, superseded);
    free(out);
    assert_true(count <= 32);
    for (size_t i = 0; i < count; i++)
        other[i] = versions[count - 1 - i];
    out = settle(other, count, with);
    assert_string_equal(out->text, text);
    assert_int_equal(out->superseded, superseded);
    free(out);
}

/* Nobody lost anything: the records are not read again. Without an id, or of one patient, nothing is contested. */
static void test_nothing_moved(void **state)
{
    static const version versions[] = {
        {1, 10, 1, 'a'}, {1, 10, 2, 'b'}, {2, 11, 1, 'c'}, {1, 0, 1, 'd'}, {2, 0, 2, 'd'}};
    (void)state;
    expect(versions, 5, &PLAIN, "1:db;2:dc;", 1);
    outcome *out = settle(versions, 5, &PLAIN);
    assert_false(out->any_lost);
    free(out);
}

/* There, back, and to a third; whoever is left with nothing is not gathered. */
static void test_the_newest_says_whose(void **state)
{
    static const version there[] = {{1, 10, 1, 'a'}, {2, 10, 2, 'b'}, {1, 11, 1, 'c'}};
    static const version back[] = {{1, 10, 1, 'a'}, {2, 10, 2, 'b'}, {1, 10, 3, 'c'}, {2, 12, 1, 'd'}};
    static const version third[] = {
        {1, 10, 5, 'a'}, {2, 10, 6, 'b'}, {2, 10, 5, 'c'}, {3, 10, 9, 'd'}, {3, 10, 8, 'e'}};
    (void)state;
    expect(there, 3, &PLAIN, "1:c;2:b;", 1);
    expect(back, 4, &PLAIN, "1:c;2:d;", 2);
    expect(third, 5, &PLAIN, "3:d;", 4);
}

/* Without lastUpdated a version is older than any with; where none has it, each patient keeps what is theirs. Of equal
 * bytes, whose subject each Bundle resolved for itself, the smaller leader. */
static void test_no_time(void **state)
{
    static const version one[] = {{1, 10, INT64_MIN, 'a'}, {2, 10, 1, 'b'}};
    static const version none[] = {{1, 10, INT64_MIN, 'b'}, {2, 10, INT64_MIN, 'a'}};
    static const version same[] = {{3, 10, 1, 'a'}, {2, 10, 1, 'a'}};
    (void)state;
    expect(one, 2, &PLAIN, "2:b;", 1);
    expect(none, 2, &PLAIN, "1:b;2:a;", 0);
    expect(same, 2, &PLAIN, "2:a;", 1);
}

/* Patients who are one person contest nothing among themselves, and lose together; 9 and 1 lie in one partition, 2 not.
 */
static void test_linked(void **state)
{
    static const version versions[] = {{9, 10, 1, 'a'}, {2, 10, 2, 'b'}, {2, 11, 2, 'c'},
                                       {9, 11, 3, 'd'}, {9, 12, 1, 'e'}, {2, 12, 2, 'f'},
                                       {3, 12, 3, 'g'}, {3, 13, 1, 'h'}, {2, 13, 2, 'i'}};
    const how with = {.threads = 2, .store_bytes = 1 << 20, .links = {{9, 1}, {2, 1}}};
    (void)state;
    expect(versions, 9, &with, "1:bdi;3:g;", 5);
    expect(versions, 4, &with, "1:bd;", 2);
}

/* Every resource of many moved, some twice: in slices, with little memory, on threads, the same. */
static void test_many(void **state)
{
    enum { COUNT = 3000 };
    static version versions[3 * COUNT];
    static const how all[] = {{0, 1, 0, 1 << 24}, {7, 1, 0, 1 << 24}, {50, 3, 3000, 1 << 16}};
    char text[MOST] = "";
    size_t n = 0;
    (void)state;
    for (uint64_t i = 0; i < COUNT; i++) {
        versions[n++] = (version){1 + i % 40, 1 + i * 0x9e3779b97f4a7c15u, 1, 'a'};
        versions[n++] = (version){41 + i % 30, 1 + i * 0x9e3779b97f4a7c15u, 2, 'b'};
        if (i % 3 == 0)
            versions[n++] = (version){100, 1 + i * 0x9e3779b97f4a7c15u, 3, 'c'};
    }
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        outcome *out = settle(versions, n, &all[i]);
        assert_true(out->any_lost);
        assert_int_equal(out->count, COUNT);
        assert_int_equal(out->superseded, n - COUNT);
        if (i == 0)
            memcpy(text, out->text, sizeof(text));
        if (all[i].slice_bytes == 0) /* slices of people come in another order */
            assert_string_equal(out->text, text);
        free(out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_nothing_moved),
                                       cmocka_unit_test(test_the_newest_says_whose), cmocka_unit_test(test_no_time),
                                       cmocka_unit_test(test_linked), cmocka_unit_test(test_many)};
    return cmocka_run_group_tests_name("engine/claims", tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "engine/rows.h"

#include <stdlib.h>

static void write_one(base_buf *out, uint8_t first, size_t row_count)
{
    static const record_item items[] = {1, 7, 400};
    static const uint32_t codes[] = {5, 0xffffffffu};
    engine_row rows[4] = {0};
    engine_person person = {.token.bytes = {first, 2, 3}, .split = IDENTITY_TEST, .rows = rows, .row_count = row_count};
    for (size_t i = 0; i < row_count; i++) {
        rows[i].row = (record_row){.index_day = -3 + (int32_t)i,
                                   .items = items,
                                   .item_count = i,
                                   .followup = 2,
                                   .death_in_window = RECORD_YES};
        rows[i].row.qi.leaf[RECORD_QI_AGE] = (uint8_t)(10 + i);
        rows[i].row.encounter_digest[31] = 9;
        rows[i].codes = codes;
        rows[i].code_count = 2;
    }
    engine_person_write(out, &person);
    assert_int_equal(base_buf_check(out, NULL), 0);
}

/* What is written comes back, people in the order of their names whatever the order of arrival. */
static void test_round_trip(void **state)
{
    (void)state;
    base_buf bytes;
    base_arena arena;
    engine_person *people = NULL;
    size_t count = 0;
    base_buf_init(&bytes, 1 << 20);
    base_arena_init(&arena, 1 << 20);
    write_one(&bytes, 200, 3);
    write_one(&bytes, 7, 0);
    write_one(&bytes, 100, 4);
    assert_int_equal(engine_people_read(base_buf_view(&bytes), &arena, &people, &count, NULL), 0);
    assert_int_equal(count, 3);
    for (size_t i = 1; i < count; i++)
        assert_true(memcmp(people[i - 1].order.bytes, people[i].order.bytes, IDENTITY_TOKEN_BYTES) < 0);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(people[i].split, IDENTITY_TEST);
        assert_int_equal(people[i].row_count, people[i].token.bytes[0] == 200 ? 3
                                              : people[i].token.bytes[0] == 7 ? 0
                                                                              : 4);
        for (size_t j = 0; j < people[i].row_count; j++) {
            const engine_row *row = &people[i].rows[j];
            assert_int_equal(row->row.index_day, -3 + (int)j);
            assert_int_equal(row->row.qi.leaf[RECORD_QI_AGE], 10 + j);
            assert_int_equal(row->row.item_count, j);
            assert_true(j < 3 || row->row.items[2] == 400);
            assert_true(row->code_count == 2 && row->codes[1] == 0xffffffffu);
            assert_true(row->row.encounter_digest[31] == 9 && row->row.death_in_window == RECORD_YES);
        }
    }
    base_arena_done(&arena);
    base_buf_done(&bytes);
}

/* No shortened partition is read beyond its end, and none passes but one that ends between two people. */
static void test_cut_short(void **state)
{
    (void)state;
    base_buf bytes;
    base_arena arena;
    base_buf_init(&bytes, 1 << 20);
    base_arena_init(&arena, 1 << 20);
    write_one(&bytes, 1, 2);
    const size_t first = bytes.size;
    write_one(&bytes, 2, 1);
    for (size_t size = 0; size < bytes.size; size++) {
        engine_person *people = NULL;
        size_t count = 77;
        char *copy = malloc(size + 1); /* its own allocation: a sanitizer sees every byte too far */
        assert_non_null(copy);
        memcpy(copy, bytes.data, size);
        base_arena_reset(&arena);
        const int status = engine_people_read((base_span){copy, size}, &arena, &people, &count, NULL);
        const bool whole = size == 0 || size == first;
        assert_int_equal(status, whole ? 0 : LETHE_E_ENGINE_SPILL);
        free(copy);
    }
    base_arena_done(&arena);
    base_buf_done(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trip), cmocka_unit_test(test_cut_short)};
    return cmocka_run_group_tests_name("engine/rows", tests, NULL, NULL);
}

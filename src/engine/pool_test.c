/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "clinical/vocabulary.h"
#include "engine/pool.h"

#include <stdlib.h>

static void test_sort_items(void **state)
{
    (void)state;
    record_item items[] = {9, 3, 9, 65534, 3, 0};
    assert_int_equal(engine_sort_items(items, 6), 4);
    assert_true(items[0] == 0 && items[1] == 3 && items[2] == 9 && items[3] == 65534);
    assert_int_equal(engine_sort_items(items, 0), 0);
    assert_int_equal(engine_sort_items(items, 1), 1);
}

/* The union over the released rows only: a withheld row's items are nobody's. */
static void test_pool_rows(void **state)
{
    (void)state;
    static const record_item first[] = {1, 5}, withheld[] = {77}, third[] = {5, 6};
    engine_row rows[3] = {{.row = {.items = first, .item_count = 2}},
                          {.row = {.items = withheld, .item_count = 1}},
                          {.row = {.items = third, .item_count = 2}}};
    static const uint8_t places[] = {0, 2};
    const engine_person person = {.rows = rows, .row_count = 3};
    const engine_released_person released = {.person = &person, .row_count = 2, .rows = places};
    const engine_released_person nothing = {.person = &person};
    base_arena arena;
    base_arena_init(&arena, 1 << 16);
    const engine_visit visit = {.arena = &arena};
    const record_item *items = NULL;
    size_t count = 0;
    assert_int_equal(engine_pool_rows(&visit, &released, NULL, &items, &count, NULL), 0);
    assert_true(count == 3 && items[0] == 1 && items[1] == 5 && items[2] == 6);
    assert_int_equal(engine_pool_rows(&visit, &nothing, NULL, &items, &count, NULL), 0);
    assert_int_equal(count, 0);
    base_arena_done(&arena);
}

/* Outcomes are for everyone or no one; with the lists frozen only risk factors may still fall. */
static void test_list_items(void **state)
{
    (void)state;
    privacy_item *open = NULL, *frozen = NULL;
    assert_int_equal(engine_list_items(false, &open, NULL), 0);
    assert_int_equal(engine_list_items(true, &frozen, NULL), 0);
    for (uint32_t i = 0; i < clinical_item_count(); i++) {
        const clinical_item item = clinical_item_of((record_item)i);
        assert_true(!open[i].frozen && frozen[i].frozen == (item.column != RECORD_RISK_FACTORS));
        assert_true(open[i].global == (item.column == RECORD_OUTCOMES) && open[i].parent == item.parent);
    }
    free(open);
    free(frozen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sort_items), cmocka_unit_test(test_pool_rows),
                                       cmocka_unit_test(test_list_items)};
    return cmocka_run_group_tests_name("engine/pool", tests, NULL, NULL);
}

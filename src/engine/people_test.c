/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "engine/people.h"

static record_key key(uint64_t n)
{
    return (record_key){n, 1};
}

static void test_chains_join(void **state)
{
    (void)state;
    engine_people people;
    engine_people_init(&people);
    assert_int_equal(engine_people_link(&people, key(9), key(5), NULL), 0);
    assert_int_equal(engine_people_link(&people, key(7), key(9), NULL), 0);
    assert_int_equal(engine_people_link(&people, key(5), key(7), NULL), 0); /* a cycle */
    assert_int_equal(engine_people_link(&people, key(20), key(21), NULL), 0);
    assert_int_equal(engine_people_link(&people, key(3), key(3), NULL), 0);
    assert_int_equal(engine_people_settle(&people, NULL), 0);
    static const uint64_t expected[][2] = {{5, 5}, {7, 5}, {9, 5}, {20, 20}, {21, 20}, {3, 3}, {100, 100}};
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        assert_true(record_key_equal(engine_people_leader(&people, key(expected[i][0])), key(expected[i][1])));
    engine_people_done(&people);
}

static void test_nobody_linked(void **state)
{
    (void)state;
    engine_people people;
    engine_people_init(&people);
    assert_int_equal(engine_people_settle(&people, NULL), 0);
    assert_true(record_key_equal(engine_people_leader(&people, key(4)), key(4)));
    engine_people_done(&people);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chains_join),
        cmocka_unit_test(test_nobody_linked),
    };
    return cmocka_run_group_tests_name("engine/people", tests, NULL, NULL);
}

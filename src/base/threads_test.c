/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "base/threads.h"

typedef struct tally {
    int seen[1000];
} tally;

static int count_once(void *context, size_t index, size_t worker, lethe_error *error)
{
    (void)worker;
    (void)error;
    tally *all = context;
    __atomic_add_fetch(&all->seen[index], 1, __ATOMIC_RELAXED);
    return 0;
}

static void test_every_index_once(void **state)
{
    (void)state;
    for (size_t threads = 1; threads <= 7; threads++) {
        tally all = {0};
        assert_int_equal(base_parallel(threads, 1000, count_once, &all, NULL), 0);
        for (size_t i = 0; i < 1000; i++)
            assert_int_equal(all.seen[i], 1);
    }
    assert_int_equal(base_parallel(4, 0, count_once, NULL, NULL), 0);
}

static int fail_some(void *context, size_t index, size_t worker, lethe_error *error)
{
    (void)context;
    (void)worker;
    return index % 10 == 3 ? base_fail_at(error, LETHE_E_BASE_IO, index) : 0;
}

static void test_the_lowest_failure_is_told(void **state)
{
    (void)state;
    for (int round = 0; round < 50; round++) {
        lethe_error error = {0};
        assert_int_equal(base_parallel(7, 1000, fail_some, NULL, &error), LETHE_E_BASE_IO);
        assert_int_equal(error.byte, 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_index_once),
        cmocka_unit_test(test_the_lowest_failure_is_told),
    };
    return cmocka_run_group_tests_name("base/threads", tests, NULL, NULL);
}

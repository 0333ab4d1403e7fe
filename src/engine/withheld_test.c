/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "base/threads.h"
#include "engine/withheld.h"

#define ADDERS   4
#define ADDED_BY 1000

static lethe_error trouble_at(int code, int64_t line, const char *path)
{
    lethe_error trouble = {0};
    base_fail(&trouble, code);
    base_error_line(&trouble, line);
    base_error_path(&trouble, path);
    return trouble;
}

static int add_many(void *context, size_t index, size_t worker, lethe_error *error)
{
    (void)worker;
    (void)error;
    for (int64_t i = 0; i < ADDED_BY; i++) {
        const lethe_error trouble =
            trouble_at(i % 3 == 0 ? LETHE_E_JSON_SYNTAX : LETHE_E_FHIR_NO_PATIENT, ADDED_BY - i, "Observation.subject");
        engine_withheld_add(context, (uint32_t)(ADDERS - index), &trouble);
    }
    return 0;
}

/* Nothing is lost between threads, and the order is that of the places. */
static void test_sorted_and_counted(void **state)
{
    (void)state;
    engine_withheld withheld;
    engine_withheld_init(&withheld);
    assert_int_equal(base_parallel(ADDERS, ADDERS, add_many, &withheld, NULL), 0);
    engine_withheld_sort(&withheld);
    assert_true(withheld.total == ADDERS * ADDED_BY && withheld.count == ADDERS * ADDED_BY);
    for (size_t i = 0; i < withheld.count; i++) {
        assert_int_equal(withheld.entries[i].file, 1 + i / ADDED_BY);
        assert_int_equal(withheld.entries[i].line, 1 + i % ADDED_BY);
        assert_string_equal(withheld.entries[i].path, "Observation.subject");
    }
    uint64_t counted = 0;
    for (size_t i = 0; i < ENGINE_WITHHELD_CODES_MAX && withheld.codes[i].code != 0; i++) {
        assert_true(i == 0 || withheld.codes[i - 1].code < withheld.codes[i].code);
        counted += withheld.codes[i].count;
        assert_int_equal(withheld.codes[i].first.file, 1);
        assert_int_equal(withheld.codes[i].first.line, withheld.codes[i].code == LETHE_E_JSON_SYNTAX ? 1 : 2);
    }
    assert_true(counted == withheld.total);
    engine_withheld_done(&withheld);
}

/* What is beyond the maximum is counted, not kept. */
static void test_maximum(void **state)
{
    (void)state;
    engine_withheld withheld;
    engine_withheld_init(&withheld);
    const lethe_error trouble = trouble_at(LETHE_E_JSON_SYNTAX, 1, "");
    for (size_t i = 0; i < ENGINE_WITHHELD_ENTRIES_MAX + 10; i++)
        engine_withheld_add(&withheld, 0, &trouble);
    assert_true(withheld.count == ENGINE_WITHHELD_ENTRIES_MAX);
    assert_true(withheld.total == ENGINE_WITHHELD_ENTRIES_MAX + 10);
    assert_true(withheld.codes[0].count == withheld.total && withheld.codes[1].code == 0);
    engine_withheld_done(&withheld);
}

/* More kinds of trouble than there are counters: the total stays right. */
static void test_many_codes(void **state)
{
    (void)state;
    engine_withheld withheld;
    engine_withheld_init(&withheld);
    for (int code = 1; code <= 2 * ENGINE_WITHHELD_CODES_MAX; code++) {
        const lethe_error trouble = {.code = code};
        engine_withheld_add(&withheld, 0, &trouble);
    }
    engine_withheld_sort(&withheld);
    assert_true(withheld.total == 2 * ENGINE_WITHHELD_CODES_MAX);
    engine_withheld_done(&withheld);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sorted_and_counted),
        cmocka_unit_test(test_maximum),
        cmocka_unit_test(test_many_codes),
    };
    return cmocka_run_group_tests_name("engine/withheld", tests, NULL, NULL);
}

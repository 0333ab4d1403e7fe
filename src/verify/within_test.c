/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "verify/spoilt.h"

#include <string.h>

static maker base;

/* One row each of 24 people in two classes of twelve, as a publication: k 11, beta 2. */
static void make_external(void)
{
    size_t kept = 0;
    maker_init(&base);
    for (size_t i = 0; i < base.row_count; i++) {
        maker_row row = base.rows[i];
        if (row.snapshot != 0)
            continue;
        row.text[VERIFY_ENCOUNTER_CLASS] = row.text[VERIFY_UTILIZATION] = row.text[VERIFY_FOLLOWUP] = "*";
        row.death = -1;
        base.rows[kept++] = row;
    }
    base.row_count = kept;
    base.level = "external";
    base.k = 11;
    base.visits = 1;
    base.beta = 2;
}

static verify_result verified(void)
{
    return spoilt_verify(&base, spoilt_write(&base), true);
}

static void test_it_passes(void **state)
{
    (void)state;
    make_external();
    const verify_result result = verified();
    assert_true(result.passed);
    assert_string_equal(result.level, "external");
}

/* Whoever calls it external promises what the level means. */
static void test_the_level_keeps_its_word(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        make_external();
        base.k = i == 0 ? 10 : base.k;
        base.visits = i == 1 ? 2 : base.visits;
        base.items = i == 2 ? 1 : base.items;
        base.beta = i == 3 ? 0 : i == 4 ? -1 : base.beta;
        const verify_result result = verified();
        spoilt_expect(&result, VERIFY_CHECK_MANIFEST, LETHE_E_VERIFY_MANIFEST, "manifest.json", 0, "level");
    }
}

static void test_one_row_each(void **state)
{
    (void)state;
    make_external();
    maker_row *row = spoilt_row(&base, 0, 0);
    row->snapshot = 1;
    base.after_erasure = true; /* else a gap in the numbers */
    verify_result result = verified();
    spoilt_expect(&result, VERIFY_CHECK_ROWS, LETHE_E_VERIFY_ROW, SPOILT_TRAIN, 1, "snapshot");
    spoilt_expect_only(&result, VERIFY_CHECK_ROWS);
}

static void test_columns_without_hierarchy(void **state)
{
    static const struct {
        verify_column column;
        const char *value, *name;
    } cases[] = {{VERIFY_ENCOUNTER_CLASS, "emergency", "encounter_class"},
                 {VERIFY_UTILIZATION, "13+", "utilization"},
                 {VERIFY_FOLLOWUP, "12-24", "followup_months"}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        make_external();
        spoilt_row(&base, 0, 1)->text[cases[i].column] = cases[i].value;
        const verify_result result = verified();
        spoilt_expect(&result, VERIFY_CHECK_VALUES, LETHE_E_VERIFY_ROW, SPOILT_TRAIN, 2, cases[i].name);
        spoilt_expect_only(&result, VERIFY_CHECK_VALUES);
    }
    make_external();
    spoilt_row(&base, 0, 1)->death = 0;
    const verify_result result = verified();
    spoilt_expect(&result, VERIFY_CHECK_VALUES, LETHE_E_VERIFY_ROW, SPOILT_TRAIN, 2, "death_in_window");
}

/* Twenty-two people have it, but of one class only ten: elsewhere that is enough. */
static void test_items_inside_each_class(void **state)
{
    (void)state;
    make_external();
    size_t taken = 0;
    for (size_t i = 0; i < base.row_count && taken < 2; i++) {
        maker_row *row = &base.rows[i];
        if (strcmp(row->lists[RECORD_HISTORY_CATEGORIES][0], "cardiac_history") != 0)
            continue;
        row->lists[RECORD_SYMPTOM_CATEGORIES][0] = NULL;
        taken++;
    }
    assert_int_equal(taken, 2);
    verify_result result = verified();
    spoilt_expect(&result, VERIFY_CHECK_ITEMS, LETHE_E_VERIFY_LIST, NULL, 0, NULL);
    spoilt_expect_only(&result, VERIFY_CHECK_ITEMS);
    assert_true(result.checks[VERIFY_CHECK_ITEMS].failures > 1); /* fatigue, and with what the class has */
    base.k = 10;
    base.level = "standard";
    base.visits = 2;
    result = verified();
    assert_true(result.passed);
}

/* All of a class have asthma and nobody else: p = 1/2, so at most p (1 - ln p) = .85 of a class may. */
static void test_sensitive_items(void **state)
{
    (void)state;
    make_external();
    for (size_t i = 0; i < base.value_count; i++)
        base.values[i].sensitive = strcmp(base.values[i].name, "asthma") == 0;
    verify_result result = verified();
    spoilt_expect(&result, VERIFY_CHECK_ITEMS, LETHE_E_VERIFY_LIKENESS, NULL, 0, "outcomes");
    spoilt_expect_only(&result, VERIFY_CHECK_ITEMS);
    assert_int_equal(result.checks[VERIFY_CHECK_ITEMS].failures, 1);
    for (size_t i = 0; i < base.value_count; i++)
        base.values[i].sensitive = strcmp(base.values[i].name, "fatigue") == 0; /* everybody has it */
    result = verified();
    assert_true(result.passed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_passes),
        cmocka_unit_test(test_the_level_keeps_its_word),
        cmocka_unit_test(test_one_row_each),
        cmocka_unit_test(test_columns_without_hierarchy),
        cmocka_unit_test(test_items_inside_each_class),
        cmocka_unit_test(test_sensitive_items),
    };
    return cmocka_run_group_tests_name("verify/within", tests, spoilt_set_up, spoilt_tear_down);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "table/levels.h"

#include <stdio.h>
#include <stdlib.h>

static int read_levels(const char *text, table_levels **ret_levels, lethe_error *error)
{
    table_csv *csv = NULL;
    const table_csv_options options = {.no_header = true};
    assert_int_equal(table_csv_open_memory(base_span_of(text), "h.csv", &options, &csv, NULL), 0);
    const int status = table_levels_read(csv, ret_levels, error);
    table_csv_close(csv);
    return status;
}

static table_coded *code(const char *text)
{
    table_csv *csv = NULL;
    table_coded *table = NULL;
    assert_int_equal(table_csv_open_memory(base_span_of(text), "t.csv", NULL, &csv, NULL), 0);
    assert_int_equal(table_coded_read(csv, NULL, &table, NULL), 0);
    table_csv_close(csv);
    return table;
}

static const char AGES[] = "34;30-39;*\n35;30-39;*\n41;40-49;*\n;unknown;*\n";

static void test_groups(void **state)
{
    (void)state;
    table_levels *levels = NULL;
    assert_int_equal(read_levels(AGES, &levels, NULL), 0);
    assert_int_equal(levels->leaf_count, 4);
    assert_int_equal(levels->level_count, 3);
    assert_int_equal(levels->level[1].group_count, 3);
    assert_int_equal(levels->level[1].group[1], 0);
    assert_int_equal(levels->level[1].leaves[0], 2);
    assert_int_equal(levels->level[2].leaves[0], 4);
    assert_true(base_span_is(levels->level[1].names[2], "unknown"));
    base_buf out;
    base_buf_init(&out, 1000);
    table_levels_write(levels, ';', &out);
    assert_true(base_span_is(base_buf_view(&out), AGES));
    base_buf_done(&out);
    table_levels_free(levels);
}

static void test_bind(void **state)
{
    (void)state;
    table_levels *levels = NULL;
    table_bound *bound = NULL;
    lethe_error error = {0};
    assert_int_equal(read_levels(AGES, &levels, NULL), 0);
    table_coded *table = code("x,age\n1,41\n2,34\n3,\n");
    assert_int_equal(table_levels_bind(levels, table, 1, &bound, NULL), 0);
    static const uint32_t leaf[] = {3, 0, 2}, group[] = {2, 0, 1};
    assert_memory_equal(bound->leaf, leaf, sizeof(leaf));
    assert_memory_equal(bound->group[1], group, sizeof(group));
    table_bound_free(bound);
    table_coded_free(table);
    table = code("x,age\n1,41\n2,36\n3,36\n");
    bound = NULL;
    assert_int_equal(table_levels_bind(levels, table, 1, &bound, &error), LETHE_E_TABLE_LEVELS_VALUE);
    assert_null(bound);
    assert_string_equal(error.path, "row 3, column 2");
    assert_string_equal(error.file, "t.csv");
    table_coded_free(table);
    table_levels_free(levels);
}

static void test_plain(void **state)
{
    (void)state;
    table_levels *levels = NULL;
    table_bound *bound = NULL;
    table_coded *table = code("x\nb\na\nb\n");
    assert_int_equal(table_levels_plain(&table->columns[0], &levels, NULL), 0);
    assert_int_equal(levels->level_count, 1);
    assert_int_equal(table_levels_bind(levels, table, 0, &bound, NULL), 0);
    assert_int_equal(bound->group[0][1], 1);
    table_bound_free(bound);
    table_levels_free(levels);
    table_coded_free(table);
}

static void test_bad_hierarchies(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int status;
        const char *path;
    } cases[] = {
        {"1;a;*\n2;a;*\n1;b;*\n", LETHE_E_TABLE_LEVELS_LEAF, "row 3, column 1"},
        {"1;a;*\n2;;*\n", LETHE_E_TABLE_LEVELS_EMPTY, "row 2, column 2"},
        {"1;a;*\n2;b\n", LETHE_E_TABLE_CSV_RAGGED, "row 2, column 3"},
        {"1;a;x;*\n2;b;x;*\n3;a;y;*\n", LETHE_E_TABLE_LEVELS_NESTING, "row 3, column 3"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        lethe_error error = {0};
        table_levels *levels = NULL;
        assert_int_equal(read_levels(cases[i].text, &levels, &error), cases[i].status);
        assert_null(levels);
        assert_string_equal(error.path, cases[i].path);
        assert_string_equal(error.file, "h.csv");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_bind),
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_bad_hierarchies),
    };
    return cmocka_run_group_tests_name("table/levels", tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "table/coded.h"

#include <stdio.h>
#include <stdlib.h>

static table_coded *code(const char *text, const table_coded_options *options)
{
    table_csv *csv = NULL;
    table_coded *table = NULL;
    assert_int_equal(table_csv_open_memory(base_span_of(text), "t.csv", NULL, &csv, NULL), 0);
    assert_int_equal(table_coded_read(csv, options, &table, NULL), 0);
    table_csv_close(csv);
    return table;
}

static void test_values_are_sorted(void **state)
{
    (void)state;
    static const char *const missing[] = {"NA", "?"};
    table_coded *table = code("sex,age\nm,50\nf,18\nNA,9\nf,\n?,50\n", &(table_coded_options){missing, 2});
    assert_int_equal(table->column_count, 2);
    assert_int_equal(table->row_count, 5);
    const table_coded_column *sex = &table->columns[0], *age = &table->columns[1];
    assert_int_equal(sex->value_count, 3);
    assert_true(base_span_is(sex->values[0], ""));
    assert_true(base_span_is(sex->values[1], "f"));
    static const uint32_t sexes[] = {2, 1, 0, 1, 0}, ages[] = {2, 1, 3, 0, 2};
    assert_memory_equal(sex->codes, sexes, sizeof(sexes));
    assert_memory_equal(age->codes, ages, sizeof(ages));
    assert_int_equal(table_coded_code(age, BASE_SPAN("9")), 3);
    assert_int_equal(table_coded_code(age, BASE_SPAN("10")), 4);
    assert_int_equal(table->first_row, 2);
    table_coded_free(table);
}

static void test_some_columns(void **state)
{
    (void)state;
    static const uint32_t columns[] = {2, 0};
    table_coded *table = code("a,b,c\n1,2,3\n", &(table_coded_options){.columns = columns, .column_count = 2});
    uint32_t at = 9;
    assert_int_equal(table->column_count, 2);
    assert_true(base_span_is(table->columns[0].name, "c"));
    assert_true(base_span_is(table->columns[0].values[0], "3"));
    assert_int_equal(table->columns[0].file_column, 2);
    assert_int_equal(table_coded_need(table, BASE_SPAN("a"), &at, NULL), 0);
    assert_int_equal(at, 1);
    lethe_error error = {0};
    assert_int_equal(table_coded_need(table, BASE_SPAN("b"), &at, &error), LETHE_E_TABLE_COLUMN);
    assert_string_equal(error.path, "b");
    assert_int_equal(at, 1);
    table_coded_free(table);
}

/* Every value comes back, whatever its length, and order of rows changes no code. */
static void test_round_trip(void **state)
{
    (void)state;
    enum { ROWS = 20000 };
    static char text[ROWS][40];
    table_coder *coder = NULL;
    table_coded *table[2] = {NULL, NULL};
    const base_span name = BASE_SPAN("x");
    for (int i = 0; i < ROWS; i++)
        (void)snprintf(text[i], sizeof(text[i]), "%.*s%d", i % 23, "abcdefghijklmnopqrstuvw", i * 7919 % 5003);
    for (int order = 0; order < 2; order++) {
        assert_int_equal(table_coder_new(&name, 1, &(table_coded_options){.threads = 2}, &coder, NULL), 0);
        for (int i = 0; i < ROWS; i++) {
            const base_span field = base_span_of(text[order == 0 ? i : ROWS - 1 - i]);
            assert_int_equal(table_coder_add(coder, &field, NULL), 0);
        }
        assert_int_equal(table_coder_finish(coder, &table[order], NULL), 0);
        table_coder_free(coder);
    }
    const table_coded_column *x = &table[0]->columns[0], *y = &table[1]->columns[0];
    assert_int_equal(x->value_count, y->value_count);
    for (uint32_t i = 1; i < x->value_count; i++)
        assert_true(base_span_compare(x->values[i - 1], x->values[i]) < 0);
    for (int i = 0; i < ROWS; i++) {
        assert_true(base_span_is(x->values[x->codes[i]], text[i]));
        assert_int_equal(x->codes[i], y->codes[ROWS - 1 - i]);
    }
    table_coded_free(table[0]);
    table_coded_free(table[1]);
}

static void test_limits(void **state)
{
    (void)state;
    table_csv *csv = NULL;
    table_coded *table = NULL;
    lethe_error error = {0};
    assert_int_equal(table_csv_open_memory(BASE_SPAN("a\n1\n2\n3\n"), "t.csv", NULL, &csv, NULL), 0);
    assert_int_equal(table_coded_read(csv, &(table_coded_options){.rows_max = 2}, &table, &error), LETHE_E_BASE_LIMIT);
    assert_string_equal(error.path, "row 4, column 1");
    assert_null(table);
    table_csv_close(csv);
    table = code("a,b\n", NULL);
    assert_int_equal(table->row_count, 0);
    assert_int_equal(table->columns[1].value_count, 0);
    table_coded_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_are_sorted),
        cmocka_unit_test(test_some_columns),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests_name("table/coded", tests, NULL, NULL);
}

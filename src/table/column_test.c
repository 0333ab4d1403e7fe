/* SPDX-License-Identifier: Apache-2.0 */
#include "table/column.h"
#include "base/test.h"

static table_batch *new_batch(const table_field *fields, size_t count, size_t rows, size_t bytes)
{
    const table_schema schema = {fields, count};
    table_batch *batch = NULL;
    assert_int_equal(table_batch_new(&schema, rows, bytes, &batch, NULL), 0);
    return batch;
}

static void test_values(void **state)
{
    (void)state;
    static const table_field fields[] = {{"s", TABLE_STRING, true}, {"w", TABLE_LIST_STRING, true},
                                         {"f", TABLE_LIST_FLOAT, false}, {"b", TABLE_BOOL, true}};
    table_batch *batch = new_batch(fields, 4, 0, 0);
    const base_span words[] = {BASE_SPAN("x"), BASE_SPAN(""), BASE_SPAN("yz")};
    const float floats[] = {1, 2, 3};
    for (int round = 0; round < 2; round++) {
        table_append_string(batch, 0, BASE_SPAN("abc"));
        table_append_null(batch, 0);
        table_append_strings(batch, 1, words, 3);
        table_append_null(batch, 1);
        table_append_floats(batch, 2, NULL, 0);
        assert_int_equal(table_batch_check(batch, NULL), LETHE_E_TABLE_SCHEMA); /* columns differ in length */
        table_append_floats(batch, 2, floats, 3);
        table_append_bool(batch, 3, true);
        table_append_null(batch, 3);
        assert_int_equal(table_batch_check(batch, NULL), 0);
        assert_int_equal(table_batch_rows(batch), 2);
        assert_true(base_span_is(table_string_at(batch, 0, 0), "abc"));
        assert_true(table_is_null(batch, 0, 1) && base_span_is(table_string_at(batch, 0, 1), ""));
        assert_int_equal(table_list_size(batch, 1, 0), 3);
        assert_true(base_span_is(table_list_string_at(batch, 1, 0, 2), "yz"));
        assert_true(table_is_null(batch, 1, 1) && table_list_size(batch, 1, 1) == 0);
        assert_int_equal(table_list_size(batch, 2, 0), 0);
        assert_memory_equal(table_list_floats_at(batch, 2, 1), floats, sizeof(floats));
        assert_true(table_bool_at(batch, 3, 0) && !table_bool_at(batch, 3, 1));
        table_batch_reset(batch);
        assert_int_equal(table_batch_rows(batch), 0);
    }
    table_batch_free(batch);
}

static void test_refusals(void **state)
{
    (void)state;
    static const table_field fields[] = {{"a", TABLE_STRING, false}, {"b", TABLE_INT32, true}};
    table_batch *batch = new_batch(fields, 2, 2, 64);
    table_append_null(batch, 0);
    assert_int_equal(table_batch_check(batch, NULL), LETHE_E_TABLE_SCHEMA);
    table_batch_reset(batch);
    table_append_int64(batch, 1, 1);
    assert_int_equal(table_batch_check(batch, NULL), LETHE_E_TABLE_SCHEMA);
    table_batch_reset(batch);
    table_append_string(batch, 0, BASE_SPAN("\xff"));
    assert_int_equal(table_batch_check(batch, NULL), LETHE_E_TABLE_SCHEMA);
    table_batch_reset(batch);
    table_append_int32(batch, 2, 1);
    assert_int_equal(table_batch_check(batch, NULL), LETHE_E_TABLE_SCHEMA);
    table_batch_reset(batch);
    for (int i = 0; i < 3; i++)
        table_append_null(batch, 1); /* a row too many */
    assert_int_equal(table_batch_check(batch, NULL), LETHE_E_BASE_LIMIT);
    table_batch_reset(batch);
    table_append_string(batch, 0, BASE_SPAN("0123456789012345678901234567890123456789012345678901234567890123456789"));
    assert_int_equal(table_batch_check(batch, NULL), LETHE_E_BASE_LIMIT);
    table_batch_reset(batch);
    assert_int_equal(table_batch_check(batch, NULL), 0);
    table_batch_free(batch);
}

static void test_schema(void **state)
{
    (void)state;
    static const table_field twice[] = {{"a", TABLE_STRING, false}, {"b", TABLE_BOOL, false}, {"a", TABLE_BOOL, false}};
    static const table_field empty[] = {{"", TABLE_STRING, false}};
    static const table_field wild[] = {{"a", TABLE_TYPE_COUNT, false}};
    static const table_field bytes[] = {{"\xc3", TABLE_BOOL, false}};
    assert_int_equal(table_schema_check(&(table_schema){twice, 2}, NULL), 0);
    assert_int_equal(table_schema_check(&(table_schema){twice, 3}, NULL), LETHE_E_TABLE_SCHEMA);
    assert_int_equal(table_schema_check(&(table_schema){twice, 0}, NULL), LETHE_E_TABLE_SCHEMA);
    assert_int_equal(table_schema_check(&(table_schema){empty, 1}, NULL), LETHE_E_TABLE_SCHEMA);
    assert_int_equal(table_schema_check(&(table_schema){wild, 1}, NULL), LETHE_E_TABLE_SCHEMA);
    assert_int_equal(table_schema_check(&(table_schema){bytes, 1}, NULL), LETHE_E_TABLE_SCHEMA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_schema),
    };
    return cmocka_run_group_tests_name("table/column", tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "table/arrow.h"
#include "table/sample.h"
#include "base/test.h"

static table_batch *new_sample(size_t rows, uint64_t seed)
{
    sample_random random = {seed};
    sample_schema schema;
    table_batch *batch = NULL;
    sample_schema_full(&schema);
    assert_int_equal(table_batch_new(&schema.schema, 0, 0, &batch, NULL), 0);
    sample_fill(&random, batch, rows);
    return batch;
}

static void test_schema(void **state)
{
    (void)state;
    static const char *const formats[] = {"u", "i", "l", "b", "f", "g", "+l", "+l"};
    table_batch *batch = new_sample(0, 1);
    struct ArrowSchema schema;
    assert_int_equal(table_arrow_export_schema(&batch->schema, &schema, NULL), 0);
    table_batch_free(batch); /* the schema stands on its own */
    assert_string_equal(schema.format, "+s");
    assert_int_equal(schema.n_children, 16);
    for (int i = 0; i < 16; i++) {
        assert_string_equal(schema.children[i]->format, formats[i / 2]);
        assert_int_equal(schema.children[i]->flags, i % 2 == 0 ? 0 : ARROW_FLAG_NULLABLE);
        assert_int_equal(schema.children[i]->n_children, i < 12 ? 0 : 1);
    }
    assert_string_equal(schema.children[13]->name, "c13");
    assert_string_equal(schema.children[13]->children[0]->format, "u");
    assert_string_equal(schema.children[15]->children[0]->name, "element");
    schema.release(&schema);
    assert_null(schema.release);
}

static void test_batch(void **state)
{
    (void)state;
    table_batch *batch = new_sample(100, 2), *again = new_sample(100, 2);
    const size_t nulls = batch->columns[1].null_count;
    struct ArrowArray array;
    assert_int_equal(table_arrow_export_batch(batch, &array, NULL), 0);
    assert_int_equal(table_batch_rows(batch), 0);
    assert_int_equal(array.length, 100);
    assert_int_equal(array.n_children, 16);
    assert_int_equal(array.children[1]->null_count, nulls);

    const int32_t *offsets = array.children[0]->buffers[1];
    const char *bytes = array.children[0]->buffers[2];
    const uint8_t *bits = array.children[6]->buffers[1];
    for (size_t row = 0; row < 100; row++) {
        const base_span text = table_string_at(again, 0, row);
        assert_int_equal(offsets[row + 1] - offsets[row], text.size);
        assert_memory_equal(bytes + offsets[row], text.data, text.size);
        assert_int_equal(bits[row / 8] >> (row % 8) & 1, table_bool_at(again, 6, row));
    }

    /* A child that is moved out outlives its parent, and the batch takes rows again. */
    struct ArrowArray moved = *array.children[14];
    array.children[14]->release = NULL;
    array.release(&array);
    assert_null(array.release);
    const int32_t *lists = moved.buffers[1];
    for (size_t row = 0; row < 100; row++)
        assert_int_equal(lists[row + 1] - lists[row], table_list_size(again, 14, row));
    assert_int_equal(moved.children[0]->length, lists[100]);
    moved.release(&moved);

    sample_copy(again, 0, 100, batch);
    assert_true(sample_same(batch, again));
    table_batch_free(batch);
    table_batch_free(again);
}

static void test_nothing(void **state)
{
    (void)state;
    table_batch *batch = new_sample(0, 3);
    struct ArrowArray array;
    assert_int_equal(table_arrow_export_batch(batch, &array, NULL), 0);
    assert_int_equal(array.length, 0);
    for (int i = 0; i < 16; i++)
        for (int64_t j = 1; j < array.children[i]->n_buffers; j++)
            assert_non_null(array.children[i]->buffers[j]);
    array.release(&array);
    table_append_null(batch, 0); /* not nullable: the batch has failed */
    assert_int_equal(table_arrow_export_batch(batch, &array, NULL), LETHE_E_TABLE_SCHEMA);
    table_batch_free(batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schema),
        cmocka_unit_test(test_batch),
        cmocka_unit_test(test_nothing),
    };
    return cmocka_run_group_tests_name("table/arrow", tests, NULL, NULL);
}

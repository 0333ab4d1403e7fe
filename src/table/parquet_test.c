/* SPDX-License-Identifier: Apache-2.0 */
#include "table/parquet.h"
#include "table/sample.h"
#include "base/test.h"

#include <stdio.h>

#define FILE_MAX ((size_t)256 << 20)

static table_batch *new_batch(const table_schema *schema)
{
    table_batch *batch = NULL;
    assert_int_equal(table_batch_new(schema, 0, 0, &batch, NULL), 0);
    return batch;
}

static void expect_round_trip(const table_batch *batch, const table_writer_options *options, size_t step)
{
    base_buf whole, pieces;
    lethe_error error = {0};
    table_batch *back = NULL;
    base_buf_init(&whole, FILE_MAX);
    base_buf_init(&pieces, FILE_MAX);
    assert_int_equal(sample_write(batch, 0, options, &whole, &error), 0);
    assert_int_equal(sample_write(batch, step, options, &pieces, &error), 0);
    assert_true(base_span_equal(base_buf_view(&whole), base_buf_view(&pieces)));
    const int status = sample_read(base_buf_view(&whole), NULL, &back, &error);
    if (status != 0)
        print_message("%s byte %d column %s\n", error.name, (int)error.byte, error.path);
    assert_int_equal(status, 0);
    assert_true(sample_same(batch, back));
    table_batch_free(back);
    base_buf_done(&whole);
    base_buf_done(&pieces);
}

static void test_random_tables(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 150; seed++) {
        sample_random random = {seed};
        sample_schema schema;
        sample_schema_random(&random, &schema);
        table_batch *batch = new_batch(&schema.schema);
        sample_fill(&random, batch, sample_next(&random) % 700);
        assert_int_equal(table_batch_check(batch, NULL), 0);
        const table_writer_options options = {
            .row_group_rows = (uint32_t)(sample_next(&random) % 300), /* 0: the default */
            .zstd_level = (int)(sample_next(&random) % 4),
            .page_bytes = sample_next(&random) % 3000,
        };
        expect_round_trip(batch, &options, 1 + sample_next(&random) % 100);
        table_batch_free(batch);
    }
}

static void test_large_pages(void **state)
{
    (void)state;
    sample_random random = {99};
    sample_schema schema;
    sample_schema_full(&schema);
    table_batch *batch = new_batch(&schema.schema);
    sample_fill(&random, batch, 45000); /* over the rows of a page and the trial of a dictionary */
    const table_writer_options options = {.row_group_rows = 44000};
    expect_round_trip(batch, &options, 7001);
    table_batch_free(batch);
}

/* A dictionary that starts well and then meets more strings than it may hold. */
static void test_dictionary_overflow(void **state)
{
    (void)state;
    const table_field fields[] = {{"a", TABLE_STRING, true}, {"b", TABLE_LIST_STRING, false}};
    table_batch *batch = new_batch(&(table_schema){fields, 2});
    char text[40];
    for (unsigned i = 0; i < 200000; i++) {
        const unsigned pick = i < 60000 ? i % 10 : i;
        const int size = snprintf(text, sizeof(text), "value number %u", pick);
        const base_span span = {text, (size_t)size};
        if (i % 11 == 0)
            table_append_null(batch, 0);
        else
            table_append_string(batch, 0, span);
        table_append_strings(batch, 1, &span, i % 5 == 0 ? 0 : 1);
    }
    const table_writer_options options = {.row_group_rows = 200000};
    expect_round_trip(batch, &options, 100000);
    table_batch_free(batch);
}

static void test_no_rows(void **state)
{
    (void)state;
    sample_schema schema;
    sample_schema_full(&schema);
    table_batch *batch = new_batch(&schema.schema);
    expect_round_trip(batch, NULL, 1);
    table_batch_free(batch);
}

static void test_reader_face(void **state)
{
    (void)state;
    sample_random random = {5};
    sample_schema schema;
    sample_schema_full(&schema);
    table_batch *batch = new_batch(&schema.schema);
    sample_fill(&random, batch, 250);
    base_buf file;
    base_buf_init(&file, FILE_MAX);
    const table_writer_options options = {.row_group_rows = 100};
    assert_int_equal(sample_write(batch, 0, &options, &file, NULL), 0);

    table_reader *reader = NULL;
    const table_pair *pairs;
    base_span value;
    assert_int_equal(table_reader_open(base_buf_view(&file), NULL, &reader, NULL), 0);
    assert_int_equal(table_reader_rows(reader), 250);
    assert_int_equal(table_reader_groups(reader), 3);
    assert_int_equal(table_reader_group_rows(reader, 2), 50);
    assert_int_equal(table_reader_group_rows(reader, 3), 0);
    assert_int_equal(table_reader_metadata(reader, &pairs), 1);
    assert_true(table_reader_find(reader, "lethe.schema_version", &value) && base_span_is(value, "1.0.0"));
    assert_false(table_reader_find(reader, "lethe.footer_crc32", &value));

    /* Two columns only, in another order. */
    const table_field wanted[] = {schema.fields[5], schema.fields[1]};
    table_batch *some = new_batch(&(table_schema){wanted, 2});
    assert_int_equal(table_reader_read_group(reader, 1, some, NULL), 0);
    for (size_t row = 0; row < 100; row++) {
        assert_int_equal(table_is_null(some, 0, row), table_is_null(batch, 5, 100 + row));
        assert_true(base_span_equal(table_string_at(some, 1, row), table_string_at(batch, 1, 100 + row)));
    }
    lethe_error error;
    assert_int_equal(table_reader_read_group(reader, 3, some, &error), LETHE_E_BASE_NOT_FOUND);
    table_batch_free(some);

    table_field other = schema.fields[0];
    other.nullable = true;
    some = new_batch(&(table_schema){&other, 1});
    assert_int_equal(table_reader_read_group(reader, 0, some, &error), LETHE_E_TABLE_SCHEMA);
    assert_string_equal(error.path, "c0");
    table_batch_free(some);
    table_reader_free(reader);
    base_buf_done(&file);
    table_batch_free(batch);
}

static void test_limits(void **state)
{
    (void)state;
    const table_field fields[] = {{"a", TABLE_STRING, false}};
    const table_schema schema = {fields, 1};
    table_batch *batch = new_batch(&schema);
    for (int i = 0; i < 1000; i++)
        table_append_string(batch, 0, BASE_SPAN("0123456789012345678901234567890123456789"));
    base_buf file;
    base_buf_init(&file, FILE_MAX);
    assert_int_equal(sample_write(batch, 0, NULL, &file, NULL), 0);
    assert_true(file.size < 1000); /* a thousand strings of one dictionary entry */

    table_reader *reader = NULL;
    table_batch *small = NULL;
    assert_int_equal(table_reader_open(base_buf_view(&file), NULL, &reader, NULL), 0);
    assert_int_equal(table_batch_new(&schema, 0, 10000, &small, NULL), 0);
    assert_int_equal(table_reader_read_group(reader, 0, small, NULL), LETHE_E_BASE_LIMIT);
    table_batch_free(small);
    assert_int_equal(table_batch_new(&schema, 999, 0, &small, NULL), 0);
    assert_int_equal(table_reader_read_group(reader, 0, small, NULL), LETHE_E_BASE_LIMIT);
    table_batch_reset(small);
    table_reader_free(reader);
    table_batch_free(small);

    const table_reader_limits limits = {.max_page_bytes = 20};
    assert_int_equal(sample_read(base_buf_view(&file), &limits, &small, NULL), LETHE_E_BASE_LIMIT);
    const table_reader_limits groups = {.max_group_bytes = 20};
    assert_int_equal(sample_read(base_buf_view(&file), &groups, &small, NULL), LETHE_E_BASE_LIMIT);
    const table_reader_limits footers = {.max_footer_bytes = 20};
    assert_int_equal(sample_read(base_buf_view(&file), &footers, &small, NULL), LETHE_E_BASE_LIMIT);
    base_buf_done(&file);
    table_batch_free(batch);
}

static int refuse(void *context, base_span bytes, lethe_error *error)
{
    size_t *left = context;
    if (bytes.size > *left)
        return base_fail(error, LETHE_E_BASE_IO);
    *left -= bytes.size;
    return 0;
}

static void test_writer_refuses(void **state)
{
    (void)state;
    sample_random random = {5};
    const table_field fields[] = {{"a", TABLE_STRING, false}};
    const table_field others[] = {{"b", TABLE_STRING, false}};
    table_batch *batch = new_batch(&(table_schema){fields, 1});
    const table_schema other = {others, 1};
    sample_fill(&random, batch, 100);
    lethe_error error = {0};
    table_writer *writer = NULL;
    for (size_t room = 0; room < 200; room += 3) { /* a sink that fails after every so many bytes */
        size_t left = room;
        int status = table_writer_open(&batch->schema, NULL, 0, (table_sink){&left, refuse}, NULL, &writer, &error);
        if (status == 0)
            status = table_writer_append(writer, batch, &error);
        if (status == 0)
            status = table_writer_close(&writer, &error);
        assert_int_equal(status, LETHE_E_BASE_IO);
        table_writer_free(writer);
        writer = NULL;
    }
    base_buf file;
    base_buf_init(&file, FILE_MAX);
    const table_pair reserved = {BASE_SPAN("lethe.footer_crc32"), BASE_SPAN("x")};
    assert_int_equal(table_writer_open(&other, &reserved, 1, sample_sink(&file), NULL, &writer, &error),
                     LETHE_E_TABLE_SCHEMA);
    const table_writer_options wild = {.zstd_level = 99};
    assert_int_equal(table_writer_open(&other, NULL, 0, sample_sink(&file), &wild, &writer, &error),
                     LETHE_E_TABLE_SCHEMA);
    assert_int_equal(table_writer_open(&other, NULL, 0, sample_sink(&file), NULL, &writer, &error), 0);
    assert_int_equal(table_writer_append(writer, batch, &error), LETHE_E_TABLE_SCHEMA);
    table_writer_free(writer);
    base_buf_done(&file);
    table_batch_free(batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_tables),
        cmocka_unit_test(test_large_pages),
        cmocka_unit_test(test_dictionary_overflow),
        cmocka_unit_test(test_no_rows),
        cmocka_unit_test(test_reader_face),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_writer_refuses),
    };
    return cmocka_run_group_tests_name("table/parquet", tests, NULL, NULL);
}

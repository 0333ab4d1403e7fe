/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever happens to a file, reading it fails cleanly or yields the same rows. Run under ASan for the other half. */
#include "table/format.h"
#include "table/parquet.h"
#include "table/sample.h"
#include "base/test.h"

#include <stdlib.h>

static const table_reader_limits LENIENT = {
    .max_page_bytes = 1 << 20, .max_group_bytes = 1 << 22, .ignore_checksums = true};

typedef struct damage {
    table_batch *batch;
    base_buf file;
} damage;

static int setup(void **state)
{
    static damage d;
    sample_random random = {11};
    sample_schema schema;
    const table_writer_options options = {.row_group_rows = 9, .page_bytes = 64};
    sample_schema_full(&schema);
    for (size_t i = 0; i < TABLE_TYPE_COUNT; i++) /* every type once, nullable or not by turns */
        schema.fields[i] = schema.fields[2 * i + (i / 2 + 1) % 2];
    schema.schema.count = TABLE_TYPE_COUNT;
    base_buf_init(&d.file, 1 << 20);
    *state = &d;
    if (table_batch_new(&schema.schema, 0, 0, &d.batch, NULL) != 0)
        return -1;
    sample_fill(&random, d.batch, 12);
    return sample_write(d.batch, 0, &options, &d.file, NULL);
}

static int teardown(void **state)
{
    damage *d = *state;
    table_batch_free(d->batch);
    base_buf_done(&d->file);
    return 0;
}

/* The exact size, on the heap, so that a read behind the end is seen. */
static int read_copy(const char *bytes, size_t size, const table_reader_limits *limits, table_batch **ret_batch)
{
    char *copy = malloc(size + (size == 0));
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    lethe_error error = {0};
    const int status = sample_read((base_span){copy, size}, limits, ret_batch, &error);
    assert_int_equal(status, error.code);
    free(copy);
    return status;
}

static bool expected_failure(int status)
{
    return status == LETHE_E_TABLE_DAMAGED || status == LETHE_E_TABLE_FORMAT;
}

static void test_intact(void **state)
{
    damage *d = *state;
    table_batch *back = NULL;
    assert_int_equal(read_copy(d->file.data, d->file.size, NULL, &back), 0);
    assert_true(sample_same(d->batch, back));
    table_batch_free(back);
}

/* No byte of the file is without a check: not one flip goes unseen. */
static void test_every_flip(void **state)
{
    damage *d = *state;
    static const uint8_t masks[] = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff};
    for (size_t at = 0; at < d->file.size; at++) {
        for (size_t i = 0; i < sizeof(masks); i++) {
            table_batch *back = NULL;
            d->file.data[at] = (char)((uint8_t)d->file.data[at] ^ masks[i]);
            const int status = read_copy(d->file.data, d->file.size, NULL, &back);
            d->file.data[at] = (char)((uint8_t)d->file.data[at] ^ masks[i]);
            table_batch_free(back);
            if (!expected_failure(status))
                fail_msg("byte %zu mask %02x: status %d", at, masks[i], status);
        }
    }
}

static void test_every_truncation(void **state)
{
    damage *d = *state;
    for (size_t size = 0; size < d->file.size; size++) {
        table_batch *back = NULL;
        assert_true(expected_failure(read_copy(d->file.data, size, NULL, &back)));
        assert_true(expected_failure(read_copy(d->file.data + d->file.size - size, size, NULL, &back)));
    }
}

/* With checksums ignored the damage reaches the levels, dictionaries and values: any end but a bad one. */
static void test_flips_without_checksums(void **state)
{
    damage *d = *state;
    sample_random random = {3};
    size_t accepted = 0;
    for (size_t at = 0; at < d->file.size; at++) {
        for (int i = 0; i < 4; i++) {
            table_batch *back = NULL;
            const char before = d->file.data[at];
            d->file.data[at] = (char)sample_next(&random);
            accepted += read_copy(d->file.data, d->file.size, &LENIENT, &back) == 0 ? 1 : 0;
            d->file.data[at] = before;
            table_batch_free(back);
        }
    }
    assert_true(accepted > 0);
}

/* Bytes exchanged, removed and doubled, several at once. */
static void test_random_edits(void **state)
{
    damage *d = *state;
    sample_random random = {4};
    char *edited = malloc(d->file.size);
    assert_non_null(edited);
    for (int round = 0; round < 3000; round++) {
        memcpy(edited, d->file.data, d->file.size);
        for (uint64_t n = 1 + sample_next(&random) % 4; n != 0; n--) {
            const size_t from = sample_next(&random) % d->file.size, to = sample_next(&random) % d->file.size;
            const size_t most = d->file.size - (from > to ? from : to);
            memmove(edited + to, d->file.data + from, sample_next(&random) % (most < 40 ? most : 40));
        }
        table_batch *back = NULL;
        const int status = read_copy(edited, d->file.size, NULL, &back);
        assert_true(status == 0 ? sample_same(d->batch, back) : expected_failure(status));
        table_batch_free(back);
        back = NULL;
        (void)read_copy(edited, d->file.size, &LENIENT, &back);
        table_batch_free(back);
    }
    free(edited);
}

static void test_no_parquet(void **state)
{
    (void)state;
    table_batch *back = NULL;
    assert_int_equal(read_copy("", 0, NULL, &back), LETHE_E_TABLE_FORMAT);
    assert_int_equal(read_copy("PAR1PAR1", 8, NULL, &back), LETHE_E_TABLE_FORMAT);
    assert_int_equal(read_copy("PAR1\x00\x00\x00\x00PAR1", 12, NULL, &back), LETHE_E_TABLE_DAMAGED);
    assert_int_equal(read_copy("PAR1\xff\xff\xff\xffPAR1", 12, NULL, &back), LETHE_E_TABLE_DAMAGED);
    assert_int_equal(read_copy("PAR1\x01\x00\x00\x00PARE", 12, NULL, &back), LETHE_E_TABLE_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_intact),
        cmocka_unit_test(test_every_flip),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_flips_without_checksums),
        cmocka_unit_test(test_random_edits),
        cmocka_unit_test(test_no_parquet),
    };
    return cmocka_run_group_tests_name("table/damage", tests, setup, teardown);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "table/rle.h"
#include "table/sample.h"
#include "base/test.h"

static void encode(const uint32_t *values, size_t count, unsigned width, base_buf *to)
{
    rle_runs runs = {0};
    for (size_t i = 0; i < count; i++)
        rle_runs_add(&runs, values[i], 1);
    base_buf_reset(to);
    rle_encode(&runs, width, to);
    assert_false(runs.failed);
    rle_runs_done(&runs);
}

static void expect_bytes(const uint32_t *values, size_t count, unsigned width, base_span expected)
{
    base_buf buf;
    base_buf_init(&buf, 1000);
    encode(values, count, width, &buf);
    assert_int_equal(buf.size, expected.size);
    assert_memory_equal(buf.data, expected.data, expected.size);
    base_buf_done(&buf);
}

static void test_known_bytes(void **state)
{
    (void)state;
    static const uint32_t counting[] = {0, 1, 2, 3, 4, 5, 6, 7};
    expect_bytes(counting, 8, 3, BASE_SPAN("\x03\x88\xc6\xfa")); /* the example of Encodings.md */
    static const uint32_t ones[100] = {[0 ... 99] = 1};
    expect_bytes(ones, 100, 1, BASE_SPAN("\xc8\x01\x01"));
    static const uint32_t few[] = {1, 0, 1};
    expect_bytes(few, 3, 1, BASE_SPAN("\x03\x05"));
    /* Three values, a group filled up from the run, then the rest of the run. */
    static const uint32_t mixed[20] = {0, 1, 0, [3 ... 19] = 1};
    expect_bytes(mixed, 20, 1, BASE_SPAN("\x03\xfa\x18\x01"));
}

static void test_round_trip(void **state)
{
    (void)state;
    sample_random random = {42};
    uint32_t values[3000];
    base_buf buf;
    base_buf_init(&buf, 1 << 20);
    for (int round = 0; round < 400; round++) {
        const unsigned width = 1 + (unsigned)(sample_next(&random) % 32);
        const size_t count = 1 + sample_next(&random) % 3000;
        const uint64_t sticky = sample_next(&random) % 30;
        for (size_t i = 0; i < count; i++)
            values[i] = i != 0 && sample_next(&random) % 30 < sticky ? values[i - 1]
                                                                    : (uint32_t)(sample_next(&random) >> (64 - width));
        encode(values, count, width, &buf);
        rle_decoder decoder = rle_decoder_of(base_buf_view(&buf), width, count);
        size_t at = 0;
        rle_run run;
        while (at < count) {
            assert_true(rle_next(&decoder, 1 + (uint32_t)(sample_next(&random) % 50), &run));
            for (uint32_t i = 0; i < run.count; i++)
                assert_int_equal(values[at++], run.value);
        }
        assert_true(rle_at_end(&decoder));
        assert_false(rle_next(&decoder, 1, &run));
    }
    base_buf_done(&buf);
}

/* Reads to the end or to the first refusal. */
static bool drain(base_span bytes, unsigned width, uint64_t total)
{
    rle_decoder decoder = rle_decoder_of(bytes, width, total);
    rle_run run;
    while (rle_next(&decoder, 1000, &run))
        ;
    return rle_at_end(&decoder);
}

static void test_hostile(void **state)
{
    (void)state;
    assert_true(drain(BASE_SPAN("\x10\x01"), 1, 8));
    assert_false(drain(BASE_SPAN("\x10\x02"), 1, 8));                     /* a value of two bits */
    assert_false(drain(BASE_SPAN("\x12\x01"), 1, 8));                     /* nine for eight, or a packed run cut off */
    assert_false(drain(BASE_SPAN("\x14\x01"), 1, 8));                     /* ten for eight */
    assert_false(drain(BASE_SPAN("\x00\x01\x10\x01"), 1, 8));             /* an empty run */
    assert_false(drain(BASE_SPAN("\x10"), 1, 8));                         /* no value */
    assert_false(drain(BASE_SPAN("\x10\x01\x10"), 1, 8));                 /* bytes behind the end */
    assert_false(drain(BASE_SPAN("\x05\xff\xff"), 1, 8));                 /* a whole group of padding */
    assert_false(drain(BASE_SPAN("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), 1, 8));
    assert_false(drain(BASE_SPAN(""), 1, 8));
    assert_true(drain(BASE_SPAN("\x03"), 0, 8)); /* zero bits a value */
    sample_random random = {7};
    char noise[40];
    for (int round = 0; round < 20000; round++) {
        for (size_t i = 0; i < sizeof(noise); i++)
            noise[i] = (char)(sample_next(&random) % 4 == 0 ? sample_next(&random) : sample_next(&random) % 16);
        (void)drain((base_span){noise, sample_next(&random) % sizeof(noise)}, (unsigned)(round % 33),
                    sample_next(&random) % 5000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_bytes),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_hostile),
    };
    return cmocka_run_group_tests_name("table/rle", tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "json/json_writer.h"

#include "base/test.h"
#include "json/tape.h"

#include <math.h>

static void write_sample(json_writer *w)
{
    json_write_object(w);
    json_member_text(w, "text", "a\"b\\c\n\t\x01\x7f\xc3\xa9");
    json_member_int(w, "int", INT64_MIN);
    json_write_key(w, "list");
    json_write_array(w);
    json_write_uint(w, UINT64_MAX);
    json_write_double(w, 0.1);
    json_write_double(w, 1e300);
    json_write_double(w, -0.0);
    json_write_double(w, INFINITY);
    json_write_bool(w, false);
    json_write_array(w);
    json_write_end(w);
    json_write_end(w);
    json_member_null(w, "null");
    json_member_bool(w, "bool", true);
    json_member_double(w, "double", 5);
    json_write_key(w, "empty");
    json_write_object(w);
    json_write_end(w);
    json_write_end(w);
}

static void test_compact(void **state)
{
    (void)state;
    base_buf buf;
    base_buf_init(&buf, 4096);
    json_writer writer = json_writer_of(&buf, false);
    write_sample(&writer);
    assert_int_equal(base_buf_check(&buf, NULL), 0);
    assert_true(base_span_is(base_buf_view(&buf),
                             "{\"text\":\"a\\\"b\\\\c\\n\\t\\u0001\x7f\xc3\xa9\",\"int\":-9223372036854775808,"
                             "\"list\":[18446744073709551615,0.1,1e+300,-0,null,false,[]],\"null\":null,\"bool\":true,"
                             "\"double\":5,\"empty\":{}}"));
    base_buf_done(&buf);
}

/* Names of files may be any bytes; what is written is JSON all the same. */
static void test_bytes_that_are_no_text(void **state)
{
    (void)state;
    base_buf buf;
    base_buf_init(&buf, 4096);
    json_writer writer = json_writer_of(&buf, false);
    json_write_text(&writer, "a\xff\xc3\xa9\xc3z\xed\xa0\x80");
    base_buf_byte(&buf, '\0');
    assert_string_equal(buf.data, "\"a\xef\xbf\xbd\xc3\xa9\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
    base_buf_done(&buf);
}

static void test_pretty(void **state)
{
    (void)state;
    base_buf buf;
    base_buf_init(&buf, 4096);
    json_writer writer = json_writer_of(&buf, true);
    json_write_object(&writer);
    json_write_key(&writer, "a");
    json_write_array(&writer);
    json_write_int(&writer, 1);
    json_write_int(&writer, 2);
    json_write_end(&writer);
    json_write_key(&writer, "b");
    json_write_object(&writer);
    json_write_end(&writer);
    json_write_end(&writer);
    assert_true(base_span_is(base_buf_view(&buf), "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}"));
    base_buf_done(&buf);
}

/* Every double that is printed reads back as the same bits. */
static void test_doubles_round_trip(void **state)
{
    (void)state;
    uint64_t bits = 0x9e3779b97f4a7c15ULL;
    for (int i = 0; i < 20000; i++) {
        bits ^= bits << 13; /* xorshift64: any spread of exponents will do */
        bits ^= bits >> 7;
        bits ^= bits << 17;
        double number = 0, back = 0;
        memcpy(&number, &bits, sizeof(bits));
        if (!isfinite(number))
            continue;
        char text[32];
        const size_t size = json_tape_print_double(number, text);
        assert_true(size <= sizeof(text));
        assert_true(json_tape_read_double(text, size, &back));
        assert_memory_equal(&number, &back, sizeof(number));
    }
}

static void test_limit_is_the_buffers(void **state)
{
    (void)state;
    base_buf buf;
    base_buf_init(&buf, 10);
    json_writer writer = json_writer_of(&buf, false);
    write_sample(&writer);
    assert_int_equal(base_buf_check(&buf, NULL), LETHE_E_BASE_LIMIT);
    base_buf_done(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compact),
        cmocka_unit_test(test_bytes_that_are_no_text),
        cmocka_unit_test(test_pretty),
        cmocka_unit_test(test_doubles_round_trip),
        cmocka_unit_test(test_limit_is_the_buffers),
    };
    return cmocka_run_group_tests_name("json/json_writer", tests, NULL, NULL);
}

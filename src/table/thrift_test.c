/* SPDX-License-Identifier: Apache-2.0 */
#include "table/thrift.h"
#include "base/test.h"

static void test_known_bytes(void **state)
{
    (void)state;
    base_buf buf;
    base_buf_init(&buf, 1000);
    thrift_writer writer = thrift_writer_of(&buf);
    thrift_put_i32(&writer, 1, 1);
    thrift_put_i64(&writer, 3, -2);
    thrift_put_binary(&writer, 4, BASE_SPAN("ab"));
    thrift_put_struct(&writer, 5);
    thrift_put_bool(&writer, 2, true);
    thrift_put_bool(&writer, 3, false);
    thrift_end(&writer);
    thrift_put_list(&writer, 6, THRIFT_I32, 2);
    thrift_item_i32(&writer, 64);
    thrift_item_i32(&writer, -1);
    thrift_end(&writer);
    /* Worked out by hand from the specification of the compact protocol. */
    static const char expected[] = "\x15\x02" "\x26\x03" "\x18\x02" "ab" "\x1c\x21\x12\x00"
                                   "\x19\x25\x80\x01\x01" "\x00";
    assert_int_equal(buf.size, sizeof(expected) - 1);
    assert_memory_equal(buf.data, expected, buf.size);
    base_buf_done(&buf);
}

static void write_sample(base_buf *buf)
{
    thrift_writer writer = thrift_writer_of(buf);
    thrift_put_i32(&writer, 1, INT32_MIN);
    thrift_put_i64(&writer, 2, INT64_MAX);
    thrift_put_i16(&writer, 3, -7);
    thrift_put_list(&writer, 9, THRIFT_STRUCT, 20);
    for (int i = 0; i < 20; i++) {
        thrift_begin(&writer);
        thrift_put_struct(&writer, 2);
        thrift_put_binary(&writer, 1, BASE_SPAN("text"));
        thrift_end(&writer);
        thrift_put_bool(&writer, 3, true);
        thrift_end(&writer);
    }
    thrift_put_i32(&writer, 10, 5);
    thrift_end(&writer);
}

static int32_t read_sample(base_span bytes, bool *ret_failed)
{
    thrift_reader reader = thrift_reader_of(bytes);
    int id;
    thrift_type type;
    int32_t last = 0;
    while (thrift_field(&reader, &id, &type)) {
        if (id == 10)
            last = thrift_i32(&reader, type);
        else
            thrift_skip(&reader, type);
    }
    *ret_failed = reader.in.failed || reader.in.at != bytes.size;
    return last;
}

static void test_skip(void **state)
{
    (void)state;
    base_buf buf;
    bool failed = true;
    base_buf_init(&buf, 10000);
    write_sample(&buf);
    assert_int_equal(read_sample(base_buf_view(&buf), &failed), 5);
    assert_false(failed);
    for (size_t size = 0; size < buf.size; size++) {
        (void)read_sample((base_span){buf.data, size}, &failed);
        assert_true(failed);
    }
    base_buf_done(&buf);
}

static void test_hostile(void **state)
{
    (void)state;
    bool failed = false;
    char deep[200];
    memset(deep, 0x1c, sizeof(deep)); /* a struct in a struct in … */
    (void)read_sample((base_span){deep, sizeof(deep)}, &failed);
    assert_true(failed);
    memset(deep, 0x19, sizeof(deep)); /* lists of lists */
    (void)read_sample((base_span){deep, sizeof(deep)}, &failed);
    assert_true(failed);
    (void)read_sample(BASE_SPAN("\x19\xfc\xff\xff\xff\xff\x0f\x00"), &failed); /* 2^32 structs */
    assert_true(failed);
    (void)read_sample(BASE_SPAN("\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), &failed); /* 2^64 - 1 bytes */
    assert_true(failed);
    (void)read_sample(BASE_SPAN("\x05\x02\x00\x05\x02\x00\x00"), &failed); /* id 1 twice */
    assert_true(failed);

    thrift_reader reader = thrift_reader_of(BASE_SPAN("\xff\xff\xff\xff\x7f"));
    (void)thrift_i32(&reader, THRIFT_I32); /* 35 bits */
    assert_true(reader.in.failed);
    reader = thrift_reader_of(BASE_SPAN("\x02"));
    (void)thrift_i32(&reader, THRIFT_I64);
    assert_true(reader.in.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_bytes),
        cmocka_unit_test(test_skip),
        cmocka_unit_test(test_hostile),
    };
    return cmocka_run_group_tests_name("table/thrift", tests, NULL, NULL);
}

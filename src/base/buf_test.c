/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/test.h"

static void test_round_trip(void **state)
{
    (void)state;
    base_buf buf;
    base_buf_init(&buf, 1 << 20);
    base_buf_u16(&buf, 0xfffe);
    base_buf_u32(&buf, 0x80000001u);
    base_buf_u64(&buf, UINT64_MAX - 1);
    static const uint64_t values[] = {0, 1, 127, 128, 16383, 16384, UINT32_MAX, UINT64_MAX};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        base_buf_varint(&buf, values[i]);
    base_buf_text(&buf, "end");
    assert_int_equal(base_buf_check(&buf, NULL), 0);

    base_cursor cursor = base_cursor_of(base_buf_view(&buf));
    assert_int_equal(base_cursor_u16(&cursor), 0xfffe);
    assert_int_equal(base_cursor_u32(&cursor), 0x80000001u);
    assert_true(base_cursor_u64(&cursor) == UINT64_MAX - 1);
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        assert_true(base_cursor_varint(&cursor) == values[i]);
    assert_true(base_span_is(base_cursor_take(&cursor, 3), "end"));
    assert_false(cursor.failed);
    (void)base_cursor_u8(&cursor);
    assert_true(cursor.failed);
    base_buf_done(&buf);
}

static void test_text(void **state)
{
    (void)state;
    base_buf buf;
    base_buf_init(&buf, 1000);
    base_buf_int(&buf, INT64_MIN);
    base_buf_byte(&buf, ' ');
    base_buf_int(&buf, 0);
    base_buf_format(&buf, " %03d %s", 7, "x");
    assert_true(base_span_is(base_buf_view(&buf), "-9223372036854775808 0 007 x"));
    base_buf_done(&buf);
}

static void test_maximum_is_sticky(void **state)
{
    (void)state;
    base_buf buf;
    lethe_error error = {0};
    base_buf_init(&buf, 8);
    base_buf_text(&buf, "12345678");
    assert_int_equal(base_buf_check(&buf, &error), 0);
    base_buf_byte(&buf, '9');
    base_buf_text(&buf, "");
    assert_int_equal(base_buf_check(&buf, &error), LETHE_E_BASE_LIMIT);
    assert_int_equal(buf.size, 8);
    base_buf_reset(&buf);
    assert_int_equal(base_buf_check(&buf, &error), 0);
    base_buf_done(&buf);
}

static void test_arena(void **state)
{
    (void)state;
    base_arena arena;
    base_arena_init(&arena, 1 << 20);
    char *first = base_arena_take(&arena, 100000);
    assert_non_null(first);
    for (int i = 0; i < 100; i++) {
        const char *piece = base_arena_take(&arena, 17);
        assert_non_null(piece);
        assert_int_equal((uintptr_t)piece % 16, 0);
        assert_int_equal(piece[16], 0);
    }
    assert_null(base_arena_take(&arena, 1 << 20));
    assert_null(base_arena_take_array(&arena, SIZE_MAX / 2, 3));
    base_arena_reset(&arena);
    const base_span copy = base_arena_copy(&arena, BASE_SPAN("abc"));
    assert_string_equal(copy.data, "abc");
    base_arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_maximum_is_sticky),
        cmocka_unit_test(test_arena),
    };
    return cmocka_run_group_tests_name("base/buf", tests, NULL, NULL);
}

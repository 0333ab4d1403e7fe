/* SPDX-License-Identifier: Apache-2.0 */
#include "table/crc.h"
#include "table/utf8.h"
#include "base/test.h"

#include <zlib.h>

static void test_crc(void **state)
{
    (void)state;
    static char bytes[5000];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(i * 7 + (i >> 5));
    assert_int_equal(table_crc32(0, BASE_SPAN("123456789")), 0xcbf43926); /* the check value of the catalogues */
    for (size_t size = 0; size < 1500; size++)
        for (size_t from = 0; from < 64; from += 21)
            assert_int_equal(table_crc32((uint32_t)size * 77, (base_span){bytes + from, size}),
                             crc32_z(size * 77, (const uint8_t *)bytes + from, size));
    const uint32_t first = table_crc32(0, (base_span){bytes, 1234});
    assert_int_equal(table_crc32(first, (base_span){bytes + 1234, sizeof(bytes) - 1234}),
                     table_crc32(0, (base_span){bytes, sizeof(bytes)}));
}

static void test_utf8(void **state)
{
    (void)state;
    assert_true(table_utf8_valid(BASE_SPAN("")));
    assert_true(table_utf8_valid(BASE_SPAN("plain and longer than a word")));
    assert_true(table_utf8_valid(BASE_SPAN("\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf")));
    assert_true(table_utf8_valid(BASE_SPAN("eight ok\xf0\x90\x80\x80\xf4\x8f\xbf\xbf")));
    static const char *const bad[] = {"\x80", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x9f\xbf",
                                      "\xed\xa0\x80", "\xe1\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80", "\xff",
                                      "aaaaaaaaaaaaaaa\xe1\x80\xc0"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(table_utf8_valid(base_span_of(bad[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crc),
        cmocka_unit_test(test_utf8),
    };
    return cmocka_run_group_tests_name("table/crc", tests, NULL, NULL);
}

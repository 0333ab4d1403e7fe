/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "privacy/dp_decimal.h"

#define REFUSED INT64_MIN /* no value is: they saturate at -INT64_MAX */

static int64_t value(const char *text, unsigned places)
{
    int64_t read = 0;
    return dp_decimal_value(base_span_of(text), places, &read) ? read : REFUSED;
}

static int64_t exact(const char *text, unsigned places)
{
    int64_t read = 0;
    return dp_decimal_exact(base_span_of(text), places, &read) ? read : REFUSED;
}

static void test_values(void **state)
{
    (void)state;
    assert_int_equal(value("12.5", 2), 1250);
    assert_int_equal(value("-0.125", 2), -13);
    assert_int_equal(value("0.005", 2), 1);
    assert_int_equal(value("0.0049999999999999999999", 2), 0);
    assert_int_equal(value(" 7 ", 0), 7);
    assert_int_equal(value("+7.", 1), 70);
    assert_int_equal(value(".5", 0), 1);
    assert_int_equal(value("1e3", 0), 1000);
    assert_int_equal(value("1.5E-1", 2), 15);
    assert_int_equal(value("12345e-2", 0), 123);
    assert_int_equal(value("0e99999", 5), 0);
    assert_int_equal(value("000000000000000000000000000001", 1), 10);
    assert_int_equal(value("9223372036854775807", 0), INT64_MAX);
    assert_int_equal(value("9223372036854775808", 0), INT64_MAX);
    assert_int_equal(value("-1e300", 0), -INT64_MAX);
    assert_int_equal(value("1e99999999999999999999", 0), INT64_MAX);
    assert_int_equal(value("1e-99999999999999999999", 12), 0);
    static const char *const none[] = {"",    " ",   ".",   "-",    "e5",  "1e",  "1e+",
                                       "nan", "inf", "1,5", "0x10", "1 2", "--1", "1-"};
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_int_equal(value(none[i], 2), REFUSED);
}

static void test_exact(void **state)
{
    (void)state;
    assert_int_equal(exact("12.50", 1), 125);
    assert_int_equal(exact("12.55", 1), REFUSED);
    assert_int_equal(exact("1e-30", 12), REFUSED);
    assert_int_equal(exact("9223372036854775808", 0), REFUSED);
    assert_int_equal(exact("-9223372036854775807", 0), -INT64_MAX);
}

static void test_fractions(void **state)
{
    (void)state;
    dp_fraction f = {0};
    assert_true(dp_decimal_fraction(BASE_SPAN("0.1"), &f) && f.num == 1 && f.den == 10);
    assert_true(dp_decimal_fraction(BASE_SPAN("2"), &f) && f.num == 2 && f.den == 1);
    assert_true(dp_decimal_fraction(BASE_SPAN("1e-6"), &f) && f.num == 1 && f.den == 1000000);
    assert_true(dp_decimal_fraction(BASE_SPAN("0.75"), &f) && f.num == 3 && f.den == 4);
    assert_true(dp_decimal_fraction(BASE_SPAN("1e-18"), &f) && f.num == 1 && f.den == UINT64_C(1000000000000000000));
    static const char *const none[] = {"0", "-1", "+1", "", "1e-19", "1e13", "0.0", "x", " 1"};
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_false(dp_decimal_fraction(base_span_of(none[i]), &f));
}

static void test_write(void **state)
{
    (void)state;
    char text[48];
    dp_decimal_write(1250, 2, text);
    assert_string_equal(text, "12.50");
    dp_decimal_write(-5, 3, text);
    assert_string_equal(text, "-0.005");
    dp_decimal_write(0, 0, text);
    assert_string_equal(text, "0");
    dp_decimal_write(((dp_i128)1 << 126), 12, text);
    assert_string_equal(text, "85070591730234615865843651.857942052864");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_exact),
        cmocka_unit_test(test_fractions),
        cmocka_unit_test(test_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

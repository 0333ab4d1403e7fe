/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "privacy/cover.h"

static void test_covers(void **state)
{
    (void)state;
    static const struct {
        const char *released, *inside, *outside;
    } cases[] = {
        {"35-39", "39", "40"},       {"35-39", "35", "34"},    {"35 .. 39", "37", "41"}, {"[35, 40[", "39.5", "40"},
        {"[35, 40)", "35", "40"},    {"[35, 40]", "40", "41"}, {"<18", "17", "18"},      {"<=18", "18", "19"},
        {">65", "66", "65"},         {">=65", "65", "64"},     {"65+", "90", "64"},      {"123**", "12345", "12445"},
        {"123**", "123", "1234567"}, {"[-5, -1[", "-5", "-1"}, {"-5--1", "-2", "0"},     {"a*", "ab", "b"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        privacy_cover cover;
        assert_true(privacy_cover_read(base_span_of(cases[i].released), &cover));
        assert_true(privacy_cover_holds(&cover, base_span_of(cases[i].inside)));
        assert_false(privacy_cover_holds(&cover, base_span_of(cases[i].outside)));
        assert_false(privacy_cover_holds(&cover, base_span_of("Higher")));
    }
}

static void test_no_covers(void **state)
{
    (void)state;
    static const char *const cases[] = {"",    "*",      "**", "37",        "-5", "Higher education",
                                        "9-5", "[a, b[", "<",  "Masters-2", "+"};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        privacy_cover cover;
        assert_false(privacy_cover_read(base_span_of(cases[i]), &cover));
    }
}

static void test_narrower(void **state)
{
    (void)state;
    static const char *const order[] = {"35-39", "30-39", "<40", "1234*", "123**"};
    for (size_t i = 0; i + 1 < sizeof(order) / sizeof(order[0]); i++) {
        privacy_cover a, b;
        assert_true(privacy_cover_read(base_span_of(order[i]), &a));
        assert_true(privacy_cover_read(base_span_of(order[i + 1]), &b));
        assert_true(privacy_cover_narrower(&a, &b));
        assert_false(privacy_cover_narrower(&b, &a));
    }
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t number;
    } good[] = {{"0", 0}, {"-0.2", -200000}, {"1.75", 1750000}, {"+3", 3000000}, {"-0.0000001", -1}, {".5", 500000}};
    static const char *const bad[] = {"", "-", ".", "1e5", "1,5", " 1", "12a", "99999999999999"};
    int64_t number;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(privacy_number(base_span_of(good[i].text), &number));
        assert_int_equal(number, good[i].number);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(privacy_number(base_span_of(bad[i]), &number));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_covers),
        cmocka_unit_test(test_no_covers),
        cmocka_unit_test(test_narrower),
        cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests_name("privacy/cover", tests, NULL, NULL);
}

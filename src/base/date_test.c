/* SPDX-License-Identifier: Apache-2.0 */
#include "base/date.h"
#include "base/test.h"

/* Every day of the range goes to a calendar date and back, in order: the oracle is counting. */
static void test_every_day(void **state)
{
    (void)state;
    base_civil expected = {1, 1, 1};
    for (int32_t day = BASE_DAY_MIN; day <= BASE_DAY_MAX; day++) {
        const base_civil got = base_civil_of(day);
        if (got.year != expected.year || got.month != expected.month || got.day != expected.day)
            fail_msg("day %d", day);
        if (base_day_of(got.year, got.month, got.day) != day)
            fail_msg("back from day %d", day);
        if (++expected.day > base_days_in_month(expected.year, expected.month)) {
            expected.day = 1;
            if (++expected.month > 12) {
                expected.month = 1;
                expected.year++;
            }
        }
    }
    assert_int_equal(base_day_of(1970, 1, 1), 0);
}

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int precision, year, month, day, second;
    } good[] = {
        {"1974", BASE_PRECISION_YEAR, 1974, 1, 1, 0},
        {"1974-12", BASE_PRECISION_MONTH, 1974, 12, 1, 0},
        {"2024-02-29", BASE_PRECISION_DAY, 2024, 2, 29, 0},
        {"2015-02-07T13:28:17-05:00", BASE_PRECISION_TIME, 2015, 2, 7, 48497},
        {"2015-02-07T13:28:17.239+02:00", BASE_PRECISION_TIME, 2015, 2, 7, 48497},
        {"2015-02-07T23:59:60Z", BASE_PRECISION_TIME, 2015, 2, 7, 86399},
        {"2015-02-07T13:28", BASE_PRECISION_TIME, 2015, 2, 7, 48480},
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        base_time time = {0};
        assert_int_equal(base_time_parse(base_span_of(good[i].text), &time, NULL), 0);
        assert_int_equal(time.precision, good[i].precision);
        assert_int_equal(time.day, base_day_of(good[i].year, good[i].month, good[i].day));
        assert_int_equal(time.second, good[i].second);
    }
    static const char *bad[] = {"",
                                "74",
                                "1974-13",
                                "1974-00",
                                "2023-02-29",
                                "2023-04-31",
                                "0000",
                                "1974-1-1",
                                "1974-01-01T24:00Z",
                                "1974-",
                                "1974-01-01T",
                                "1974-01-01Z",
                                "1974-01-01T10:00:00.Z",
                                "1974-01-01T10:00:00+1500",
                                "x1974"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        base_time time = {.day = 7};
        lethe_error error = {0};
        assert_int_equal(base_time_parse(base_span_of(bad[i]), &time, &error), LETHE_E_BASE_DATE);
        assert_int_equal(time.day, 7);
        assert_string_equal(error.name, "LETHE_E_BASE_DATE");
    }
}

static void test_birthdays(void **state)
{
    (void)state;
    const int32_t born = base_day_of(2000, 2, 29);
    assert_int_equal(base_years_between(born, base_day_of(2001, 2, 28)), 0);
    assert_int_equal(base_years_between(born, base_day_of(2001, 3, 1)), 1);
    assert_int_equal(base_years_between(born, base_day_of(2004, 2, 29)), 4);
    assert_int_equal(base_months_between(base_day_of(2020, 1, 31), base_day_of(2020, 2, 29)), 0);
    assert_int_equal(base_months_between(base_day_of(2020, 3, 1), base_day_of(2020, 1, 1)), -2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_day),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_birthdays),
    };
    return cmocka_run_group_tests_name("base/date", tests, NULL, NULL);
}

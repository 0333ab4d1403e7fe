/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "privacy/dp_bound.h"

#include <math.h>
#include <stdbool.h>

/* The oracle is the C library in long double: 64 bits of mantissa, errors of a unit or two in the last place. */
static bool around(double down, long double exact, double up)
{
    return (long double)down < exact && exact < (long double)up &&
           ((long double)up - (long double)down) <= fabsl(exact) * 0x1p-42L + 0x1p-1070L;
}

static void test_exp(void **state)
{
    (void)state;
    double widest = 0;
    for (int i = -70000; i <= 70000; i++) {
        const double x = i * 0.0100007 + 1e-7 * (i % 13);
        if (x < -700 || x > 700)
            continue;
        const long double exact = expl((long double)x);
        assert_true(around(dp_bound_exp_down(x), exact, dp_bound_exp_up(x)));
        /* the error that the proof allows the series is 2^-46: measured against the middle */
        const double middle = (dp_bound_exp_down(x) + dp_bound_exp_up(x)) / 2;
        const double off = (double)fabsl((long double)middle / exact - 1);
        widest = off > widest ? off : widest;
    }
    assert_true(widest < 0x1p-46);
    assert_true(dp_bound_exp_up(-1000) > 0 && dp_bound_exp_down(-1000) == 0);
    assert_true(isinf(dp_bound_exp_up(710)) && !isinf(dp_bound_exp_down(2000)));
    assert_true(around(dp_bound_exp_down(0), 1, dp_bound_exp_up(0)));
}

static void test_log(void **state)
{
    (void)state;
    for (int i = 1; i <= 100000; i++) {
        const double x = i * 0.00037 + 1e-9 * (i % 17);
        assert_true(around(dp_bound_log_down(x), logl((long double)x), dp_bound_log_up(x)));
        const double near_one = 1 + (i - 50000) * 1e-9;
        if (near_one != 1)
            assert_true(around(dp_bound_log_down(near_one), logl((long double)near_one), dp_bound_log_up(near_one)));
    }
    for (int k = -1070; k < 1020; k++) {
        const double x = ldexp(1.2345, k);
        assert_true(around(dp_bound_log_down(x), logl((long double)x), dp_bound_log_up(x)));
    }
}

static void test_steps(void **state)
{
    (void)state;
    static const double values[] = {0, 1, -1, 0.1, -0.1, 1e300, 5e-324, -5e-324};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        assert_true(dp_bound_up(values[i]) == nextafter(values[i], INFINITY));
        assert_true(dp_bound_down(values[i]) == nextafter(values[i], -INFINITY));
    }
    assert_true(dp_bound_root_down(2) < sqrtl(2.0L) && sqrtl(2.0L) < dp_bound_root_up(2));
    assert_true(dp_bound_ratio_down(1, 3) < 1.0L / 3 && 1.0L / 3 < dp_bound_ratio_up(1, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exp),
        cmocka_unit_test(test_log),
        cmocka_unit_test(test_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

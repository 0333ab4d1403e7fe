/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "learn/random.h"
#include "learn/real.h"

#include <math.h>
#include <string.h>

static double ulp_of(double x)
{
    const double a = fabs(x);
    return nextafter(a, INFINITY) - a;
}

static double error_of(double got, long double truth)
{
    return (double)(fabsl((long double)got - truth) / (long double)ulp_of((double)truth));
}

static void test_exp_and_log_within_two_ulp(void **state)
{
    (void)state;
    learn_random random = learn_random_of(1, 1);
    double worst_exp = 0, worst_log = 0;
    for (int i = 0; i < 300000; i++) {
        const double x = (learn_unit(&random) - 0.5) * (i % 3 == 0 ? 1400 : i % 3 == 1 ? 40 : 1);
        worst_exp = fmax(worst_exp, error_of(learn_exp(x), expl(x)));
        const double y = i % 2 == 0 ? learn_unit(&random) * 2 + 0x1p-40 : exp((learn_unit(&random) - 0.5) * 1400);
        worst_log = fmax(worst_log, error_of(learn_log(y), logl(y)));
    }
    print_message("worst error: exp %.3f ulp, log %.3f ulp\n", worst_exp, worst_log);
    assert_true(worst_exp < 2 && worst_log < 2);
}

static void test_near_one_the_logarithm_keeps_its_digits(void **state)
{
    (void)state;
    double worst = 0;
    for (int i = -2000; i <= 2000; i++)
        if (i != 0)
            worst =
                fmax(worst, error_of(learn_log(1 + i * 0x1p-52 * 1024), logl(1 + (long double)i * 0x1p-52L * 1024)));
    assert_true(worst < 2);
}

static void test_ends(void **state)
{
    (void)state;
    assert_true(learn_exp(0) == 1 && learn_log(1) == 0);
    assert_true(isinf(learn_exp(710)) && learn_exp(-746) == 0 && learn_exp(-INFINITY) == 0);
    assert_true(isinf(learn_exp(INFINITY)) && isnan(learn_exp(NAN)));
    assert_true(learn_exp(709.78) < INFINITY && learn_exp(-745) > 0);
    assert_true(learn_log(0) == -INFINITY && isnan(learn_log(-1)) && isnan(learn_log(NAN)));
    assert_true(learn_log(INFINITY) == INFINITY);
    assert_true(error_of(learn_log(0x1p-1074), logl(0x1p-1074L)) < 2);
    assert_true(error_of(learn_exp(-740), expl(-740)) < 2);
    assert_true(isfinite(learn_logit(0)) && isfinite(learn_logit(1)) && learn_logit(0.5) == 0);
}

/* The bits themselves: a compiler or machine that gives others changes what leaves the program. */
static void test_the_bits_are_these(void **state)
{
    (void)state;
    uint64_t sum = 0;
    learn_random random = learn_random_of(7, 7);
    for (int i = 0; i < 20000; i++) {
        const double x = (learn_unit(&random) - 0.5) * 60;
        const double values[] = {learn_exp(x), learn_log(learn_unit(&random) + 0x1p-60), learn_sigmoid(x),
                                 learn_log1p_exp(x)};
        uint64_t bits[4];
        memcpy(bits, values, sizeof(bits));
        for (int j = 0; j < 4; j++)
            sum = learn_mix(sum ^ bits[j]);
    }
    assert_true(sum == 0xfc260875dceda642ULL);
}

static void test_sigmoid_and_loss(void **state)
{
    (void)state;
    for (int i = -4000; i <= 4000; i++) {
        const double x = i * 0.01;
        assert_true(error_of(learn_sigmoid(x), 1 / (1 + expl(-(long double)x))) < 3);
        assert_true(error_of(learn_log1p_exp(x), log1pl(expl(x))) < 3);
        if (i > -2000 && i < 2000)
            assert_true(fabs(learn_logit(learn_sigmoid(x)) - x) < 1e-6);
    }
    assert_true(fabs(learn_cube_root(0.125) - 0.5) < 1e-15 && learn_cube_root(0) == 0);
}

/* Oracle: Wilson's bounds are where |p - bound| = z sqrt(bound (1 - bound) / n). */
static void test_wilson_inverts_the_score_test(void **state)
{
    (void)state;
    for (int i = 0; i <= 10; i++)
        for (double n = 2; n < 5000; n *= 3.7) {
            const double p = i / 10.0;
            const learn_interval in = learn_wilson(p, n, LEARN_Z95);
            assert_true(in.low <= p + 1e-12 && in.high >= p - 1e-12 && in.low >= 0 && in.high <= 1);
            if (i > 0)
                assert_true(fabs((p - in.low) - LEARN_Z95 * sqrt(in.low * (1 - in.low) / n)) < 1e-9);
            if (i < 10)
                assert_true(fabs((in.high - p) - LEARN_Z95 * sqrt(in.high * (1 - in.high) / n)) < 1e-9);
        }
    assert_true(learn_wilson(0.3, 0, LEARN_Z95).low == 0 && learn_wilson(0.3, 0, LEARN_Z95).high == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exp_and_log_within_two_ulp),
        cmocka_unit_test(test_near_one_the_logarithm_keeps_its_digits),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_the_bits_are_these),
        cmocka_unit_test(test_sigmoid_and_loss),
        cmocka_unit_test(test_wilson_inverts_the_score_test),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

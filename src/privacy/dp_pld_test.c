/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "privacy/dp_account.h"
#include "privacy/dp_pld.h"

#include <math.h>

static long double fmaxzero(long double x)
{
    return x > 0 ? x : 0;
}

/* δ of `times` randomized responses, exactly: k of them speak against, C(n,k) (p^(n-k) q^k - e^ε p^k q^(n-k))+. */
static long double response_delta(long double each, int times, long double epsilon)
{
    const long double p = 1 / (1 + expl(-each)), q = 1 - p;
    long double delta = 0;
    for (int k = 0; k <= times; k++) {
        const long double ways = expl(lgammal(times + 1) - lgammal(k + 1) - lgammal(times - k + 1));
        delta += ways * fmaxzero(powl(p, times - k) * powl(q, k) - expl(epsilon) * powl(p, k) * powl(q, times - k));
    }
    return delta;
}

static void test_pure(void **state)
{
    (void)state;
    dp_pld one, many;
    assert_int_equal(dp_pld_pure((dp_fraction){1, 8}, 0x1p-10, &one, NULL), 0);
    assert_int_equal(dp_pld_power(&one, 60, &many, NULL), 0);
    for (double epsilon = 0; epsilon < 4; epsilon += 0.37) {
        const long double exact = response_delta(0.125L, 60, (long double)epsilon);
        const double up = dp_pld_delta_up(&many, epsilon);
        assert_true(up >= exact && up <= exact * 1.0001L + 1e-18L);
    }
    const double epsilon = dp_pld_epsilon_up(&many, 1e-6);
    dp_rdp rdp = {{0}};
    dp_rdp_add_pure(&rdp, 0.125, 60);
    assert_true(epsilon < dp_rdp_epsilon_up(&rdp, 1e-6)); /* tighter than RDP, and much than 60/8 */
    assert_true(response_delta(0.125L, 60, (long double)epsilon) <= 1e-6L);
    assert_true(response_delta(0.125L, 60, (long double)epsilon - 0.1L) > 1e-6L);
    dp_pld_done(&one);
    dp_pld_done(&many);
}

/* Single answers, δ summed over the integers. */
static long double noise_delta(long double (*log_mass)(long double x, long double scale), long double scale,
                               int sensitivity, int reach, long double epsilon)
{
    long double delta = 0, all = 0;
    for (int x = -reach; x <= reach; x++)
        all += expl(log_mass(x, scale));
    for (int x = -reach; x <= reach; x++)
        delta += fmaxzero(expl(log_mass(x, scale)) - expl(epsilon + log_mass(x - sensitivity, scale)));
    return delta / all;
}

static long double laplace_mass(long double x, long double scale)
{
    return -fabsl(x) / scale;
}

static long double gaussian_mass(long double x, long double variance)
{
    return -x * x / (2 * variance);
}

static void test_single(void **state)
{
    (void)state;
    static const struct {
        uint64_t num, den, sensitivity;
    } cases[] = {{10, 1, 7}, {3, 2, 1}, {1000, 3, 400}, {50, 1, 3}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        dp_laplace laplace;
        dp_gaussian gaussian;
        dp_pld of_laplace, of_gaussian;
        const int sensitivity = (int)cases[i].sensitivity;
        const long double scale = (long double)cases[i].num / cases[i].den;
        assert_int_equal(dp_laplace_init((dp_fraction){cases[i].num, cases[i].den}, &laplace, NULL), 0);
        assert_int_equal(dp_gaussian_init((dp_u128)cases[i].num * cases[i].num, (dp_u128)cases[i].den * cases[i].den,
                                          &gaussian, NULL),
                         0);
        assert_int_equal(dp_pld_laplace(&laplace, cases[i].sensitivity, 0x1p-11, &of_laplace, NULL), 0);
        assert_int_equal(dp_pld_gaussian(&gaussian, cases[i].sensitivity, 0x1p-11, &of_gaussian, NULL), 0);
        for (double epsilon = 0; epsilon < 1.5; epsilon += 0.11) {
            const long double l = noise_delta(laplace_mass, scale, sensitivity, 20000, (long double)epsilon);
            const long double g = noise_delta(gaussian_mass, scale * scale, sensitivity, 20000, (long double)epsilon);
            const double l_up = dp_pld_delta_up(&of_laplace, epsilon), g_up = dp_pld_delta_up(&of_gaussian, epsilon);
            assert_true(l_up >= l && l_up <= l + 0x1p-11L * 1.2L);
            assert_true(g_up >= g && g_up <= g + 0x1p-11L * 1.2L);
        }
        assert_true(dp_pld_epsilon_up(&of_laplace, 0) >= (double)(sensitivity / scale));
        assert_true(dp_pld_epsilon_up(&of_laplace, 0) <= (double)(sensitivity / scale) + 0x1p-10);
        dp_pld_done(&of_laplace);
        dp_pld_done(&of_gaussian);
    }
}

/* A hundred Gaussian answers are one of a hundredth of the variance (analytic δ: Balle and Wang 2018). */
static void test_gaussian_composed(void **state)
{
    (void)state;
    dp_gaussian gaussian;
    dp_pld one, many;
    const double deviation = 1000000, sensitivity = 100000, mu = 10 * sensitivity / deviation;
    assert_int_equal(dp_gaussian_init((dp_u128)1000000 * 1000000, 1, &gaussian, NULL), 0);
    assert_int_equal(dp_pld_gaussian(&gaussian, 100000, 0x1p-10, &one, NULL), 0);
    assert_int_equal(dp_pld_power(&one, 100, &many, NULL), 0);
    for (double epsilon = 0.5; epsilon < 6; epsilon += 0.5) {
        const double exact = 0.5 * erfc(-(mu / 2 - epsilon / mu) / sqrt(2)) -
                             exp(epsilon) * 0.5 * erfc((mu / 2 + epsilon / mu) / sqrt(2));
        const double up = dp_pld_delta_up(&many, epsilon);
        assert_true(up >= exact * (1 - 1e-9) && up <= exact * 1.6);
    }
    const double epsilon = dp_pld_epsilon_up(&many, 1e-6);
    assert_true(epsilon < dp_zcdp_epsilon_up(100 * 0.005, 1e-6) && epsilon > 0.9 * dp_zcdp_epsilon_up(0.5, 1e-6));
    dp_pld_done(&one);
    dp_pld_done(&many);
}

static void test_refused(void **state)
{
    (void)state;
    dp_pld pld, fine, both;
    assert_int_equal(dp_pld_pure((dp_fraction){900, 1}, 0x1p-20, &pld, NULL), LETHE_E_BASE_LIMIT);
    assert_int_equal(dp_pld_pure((dp_fraction){0, 1}, 0x1p-10, &pld, NULL), LETHE_E_PRIVACY_OPTION);
    assert_int_equal(dp_pld_pure((dp_fraction){1, 1}, 0x1p-10, &pld, NULL), 0);
    assert_int_equal(dp_pld_pure((dp_fraction){1, 1}, 0x1p-11, &fine, NULL), 0);
    assert_int_equal(dp_pld_compose(&pld, &fine, &both, NULL), LETHE_E_PRIVACY_OPTION);
    assert_true(isinf(dp_pld_epsilon_up(&fine, -1)));
    dp_pld_done(&pld);
    dp_pld_done(&fine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pure),
        cmocka_unit_test(test_single),
        cmocka_unit_test(test_gaussian_composed),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

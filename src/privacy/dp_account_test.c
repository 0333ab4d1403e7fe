/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "privacy/dp_account.h"
#include "privacy/dp_decimal.h"

#include <math.h>

static void test_amounts(void **state)
{
    (void)state;
    dp_u128 atto = 0;
    dp_cost cost;
    assert_int_equal(dp_atto_up((dp_fraction){1, 3}, &atto, NULL), 0);
    assert_true(atto == UINT64_C(333333333333333334));
    assert_int_equal(dp_atto_up((dp_fraction){1000, 1}, &atto, NULL), LETHE_E_PRIVACY_RANGE);
    assert_int_equal(dp_cost_of((dp_fraction){1, 10}, (dp_fraction){1, 1000000}, &cost, NULL), 0);
    assert_true(cost.epsilon == DP_ATTO / 10 && cost.delta == DP_ATTO / 1000000 && cost.rho == DP_ATTO / 200);
    assert_int_equal(dp_cost_of((dp_fraction){1, 1000000000000}, (dp_fraction){0, 1}, &cost, NULL), 0);
    assert_true(cost.rho == 1); /* never nothing */
    assert_true(dp_atto_double_down(DP_ATTO / 10) < 0.1L && dp_atto_double_up(DP_ATTO / 10) > 0.1L);
}

/* The exact value of the best order, by golden section in long double. */
static long double zcdp_exact(long double rho, long double delta)
{
    long double low = -20, high = 30, best = INFINITY;
    for (int i = 0; i < 4000; i++) {
        const long double b = expl(low + (high - low) * i / 4000);
        const long double e = (1 + b) * rho - log1pl(1 / b) + (-logl(delta) - log1pl(b)) / b;
        best = e < best ? e : best;
    }
    return best;
}

static void test_zcdp(void **state)
{
    (void)state;
    static const double rhos[] = {1e-6, 1e-3, 0.05, 0.5, 1, 3, 20};
    static const double deltas[] = {1e-18, 1e-9, 1e-6, 0.01, 0.3};
    for (size_t r = 0; r < 7; r++)
        for (size_t d = 0; d < 5; d++) {
            const double up = dp_zcdp_epsilon_up(rhos[r], deltas[d]);
            const long double exact = fmaxl(zcdp_exact(rhos[r], deltas[d]), 0);
            assert_true(up >= exact * (1 - 1e-4L)); /* the oracle's orders are not the best ones either */
            assert_true(up <= exact * 1.001L + 1e-9L);
            assert_true(up <= rhos[r] + 2 * sqrt(rhos[r] * -log(deltas[d])) + 1e-12);
            if (up > 1e-3) { /* and back */
                const double back = dp_zcdp_delta_up(rhos[r], up);
                assert_true(back >= deltas[d] * 0.9 && back <= deltas[d] * 1.2);
            }
        }
    assert_true(dp_zcdp_epsilon_up(0, 1e-6) == 0 && isinf(dp_zcdp_epsilon_up(1, 0)));
}

static void test_gaussian_rho(void **state)
{
    (void)state;
    dp_fraction rho = {0};
    static const dp_fraction epsilons[] = {{1, 1}, {1, 100}, {37, 10}, {50, 1}};
    for (size_t i = 0; i < 4; i++) {
        const double epsilon = (double)epsilons[i].num / (double)epsilons[i].den;
        assert_int_equal(dp_zcdp_rho_for(epsilons[i], (dp_fraction){1, 1000000}, &rho, NULL), 0);
        const double value = (double)rho.num / (double)rho.den;
        assert_true(dp_zcdp_epsilon_up(value, 1e-6) <= epsilon);
        assert_true(dp_zcdp_epsilon_up(value * 1.002, 1e-6) > epsilon);
        assert_true(rho.num < 4096 || rho.den == 1);
    }
    assert_int_equal(dp_zcdp_rho_for((dp_fraction){1, 1}, (dp_fraction){0, 1}, &rho, NULL), LETHE_E_PRIVACY_OPTION);
}

/* The divergence of randomized response, summed up. */
static long double response(long double order, long double epsilon)
{
    const long double p = 1 / (1 + expl(-epsilon)), q = 1 - p;
    return logl(powl(p, order) * powl(q, 1 - order) + powl(q, order) * powl(p, 1 - order)) / (order - 1);
}

static void test_rdp(void **state)
{
    (void)state;
    static const double epsilons[] = {0.01, 0.3, 1, 2.5};
    for (size_t e = 0; e < 4; e++) {
        dp_rdp rdp = {{0}};
        dp_rdp_add_pure(&rdp, epsilons[e], 1);
        for (size_t i = 0; i < DP_RDP_ORDERS; i++) {
            const double order = dp_rdp_order(i);
            assert_true(rdp.at[i] <= order * epsilons[e] * epsilons[e] / 2 * (1 + 1e-9)); /* never worse than zCDP's */
            if (order < 100)
                assert_true(rdp.at[i] >= response(order, epsilons[e]) * (1 - 1e-12L) &&
                            rdp.at[i] <= response(order, epsilons[e]) * (1 + 1e-6L));
        }
    }
    dp_rdp many = {{0}}, normal = {{0}};
    dp_rdp_add_pure(&many, 0.1, 100);
    const double epsilon = dp_rdp_epsilon_up(&many, 1e-6);
    assert_true(epsilon < 10 && epsilon > 4 && epsilon <= dp_zcdp_epsilon_up(0.5, 1e-6) * 1.01);
    dp_rdp_add_zcdp(&normal, 0.05, 10);
    assert_true(dp_rdp_epsilon_up(&normal, 1e-6) >= dp_zcdp_epsilon_up(0.5, 1e-6) * (1 - 1e-9));
    assert_true(dp_rdp_epsilon_up(&normal, 1e-6) <= dp_zcdp_epsilon_up(0.5, 1e-6) * 1.03);
}

static void test_budgets(void **state)
{
    (void)state;
    const dp_budget basic = {false, 2 * (dp_u128)DP_ATTO, DP_ATTO / 1000000};
    const dp_budget zcdp = {true, 2 * (dp_u128)DP_ATTO, DP_ATTO / 1000000};
    dp_cost one, spent = {0};
    assert_int_equal(dp_cost_of((dp_fraction){1, 10}, (dp_fraction){0, 1}, &one, NULL), 0);
    int answers[2] = {0, 0};
    for (int kind = 0; kind < 2; kind++)
        for (spent = (dp_cost){0};; answers[kind]++) {
            spent.epsilon += one.epsilon;
            spent.rho += one.rho;
            if (!dp_budget_holds(kind == 0 ? &basic : &zcdp, &spent))
                break;
        }
    assert_int_equal(answers[0], 20);                /* exactly: no tenth is lost to rounding */
    assert_true(answers[1] > 12 && answers[1] < 20); /* of few answers zCDP makes less, of many more */
    const dp_budget wide = {true, 10 * (dp_u128)DP_ATTO, DP_ATTO / 1000000};
    const dp_cost hundred = {10 * (dp_u128)DP_ATTO, 0, 100 * one.rho};
    assert_true(dp_budget_holds(&wide, &hundred));
    const dp_cost none = {0};
    assert_true(dp_budget_left(&basic, &none) == 2 * (dp_u128)DP_ATTO);
    const dp_u128 left = dp_budget_left(&zcdp, &none);
    const dp_cost all = {0, 0, left / 1000000000 * (left / 1000000000) / 2 + 1};
    assert_true(dp_budget_holds(&zcdp, &all) && left > DP_ATTO / 10);
    const dp_cost over = {0, DP_ATTO / 1000000, 1};
    assert_false(dp_budget_holds(&zcdp, &over));
    assert_true(dp_budget_holds(&basic, &over));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_amounts), cmocka_unit_test(test_zcdp),    cmocka_unit_test(test_gaussian_rho),
        cmocka_unit_test(test_rdp),     cmocka_unit_test(test_budgets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

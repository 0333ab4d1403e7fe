/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "crypt/test_random.h"
#include "privacy/dp.h"
#include "privacy/test_chi.h"

#include <math.h>
#include <stdlib.h>

#define DRAWS 100000
#define CELLS 401

static crypt_rng *generator;

static int open_generator(void **state)
{
    (void)state;
    return crypt_rng_new(&generator, NULL);
}

static int close_generator(void **state)
{
    (void)state;
    crypt_rng_free(generator);
    return 0;
}

static dp_noise laplace(uint64_t sensitivity, uint64_t num, uint64_t den)
{
    dp_noise noise;
    assert_int_equal(dp_noise_laplace(sensitivity, (dp_fraction){num, den}, &noise, NULL), 0);
    return noise;
}

/* Hardly any noise: what is left is the exact answer (missed with probability below exp(-1000)). */
static dp_noise silent(void)
{
    return laplace(1, 1000, 1);
}

/* -- sums -----------------------------------------------------------------------------------------------------------
 */

static void test_sum_is_exact_and_clamped(void **state)
{
    (void)state;
    const dp_limits limits = {.lower = -10, .upper = 100, .rows = 2};
    const dp_noise noise = silent();
    const int64_t values[] = {5, -10, -11, INT64_MIN, 100, 101, INT64_MAX};
    int64_t sum = 0;
    assert_int_equal(dp_sum(&limits, &noise, generator, values, 7, &sum, NULL), 0);
    assert_int_equal(sum, 5 - 30 + 300);
    assert_int_equal(dp_sum(&limits, &noise, generator, NULL, 0, &sum, NULL), 0);
    assert_int_equal(sum, 0);
}

/* Values at the limits of fixed point: the sum of 64 of them has no room in 64 bits. In any order it is the same, and
 * what is shown is saturated, after the noise. */
static void test_sum_does_not_overflow(void **state)
{
    (void)state;
    const dp_limits limits = {.lower = -DP_VALUE_MAX, .upper = DP_VALUE_MAX, .rows = 1};
    const dp_noise noise = silent();
    int64_t values[128], sum = 0;
    for (int i = 0; i < 128; i++)
        values[i] = i < 64 ? INT64_MAX : INT64_MIN;
    assert_true(dp_sum_exact(&limits, values, 64) == (dp_i128)64 << 60);
    assert_true(dp_sum_exact(&limits, values, 128) == 0);
    assert_int_equal(dp_sum(&limits, &noise, generator, values, 64, &sum, NULL), 0);
    assert_int_equal(sum, INT64_MAX);
    assert_int_equal(dp_sum(&limits, &noise, generator, values + 64, 64, &sum, NULL), 0);
    assert_int_equal(sum, INT64_MIN);
}

static void test_sum_distribution(void **state)
{
    (void)state;
    const dp_limits limits = {.lower = -3, .upper = 2, .rows = 4};
    const int64_t values[] = {1, 2, -3, 50};
    uint64_t counts[CELLS] = {0}, sensitivity = 0;
    double shares[CELLS];
    assert_int_equal(dp_sum_sensitivity(&limits, &sensitivity, NULL), 0);
    assert_int_equal(sensitivity, 12);
    const dp_noise noise = laplace(sensitivity, 3, 2);
    for (int i = 0; i < DRAWS; i++) {
        int64_t sum = 0;
        assert_int_equal(dp_sum(&limits, &noise, generator, values, 4, &sum, NULL), 0);
        counts[chi_cell(sum - 2, -200, 200)]++;
    }
    chi_laplace_shares(8, -200, 200, shares);
    assert_true(chi_fits(counts, shares, CELLS, DRAWS));
    chi_laplace_shares(8.4, -200, 200, shares);
    assert_false(chi_fits(counts, shares, CELLS, DRAWS));
}

static void test_sensitivities(void **state)
{
    (void)state;
    uint64_t s = 0;
    assert_int_equal(dp_mean_sensitivity(&(dp_limits){-3, 2, 4}, &s, NULL), 0);
    assert_int_equal(s, 20);
    assert_int_equal(dp_sum_sensitivity(&(dp_limits){0, 0, 4}, &s, NULL), 0);
    assert_int_equal(s, 1);
    assert_int_equal(dp_sum_sensitivity(&(dp_limits){3, 2, 4}, &s, NULL), LETHE_E_PRIVACY_OPTION);
    assert_int_equal(dp_sum_sensitivity(&(dp_limits){0, DP_VALUE_MAX + 1, 1}, &s, NULL), LETHE_E_PRIVACY_OPTION);
    assert_int_equal(dp_sum_sensitivity(&(dp_limits){0, DP_VALUE_MAX, 4}, &s, NULL), LETHE_E_PRIVACY_RANGE);
    assert_int_equal(dp_sum_sensitivity(&(dp_limits){0, 1, 0}, &s, NULL), LETHE_E_PRIVACY_OPTION);
}

static void test_mean(void **state)
{
    (void)state;
    const dp_limits limits = {.lower = 0, .upper = 10, .rows = 1};
    const dp_mean_noise noise = {silent(), silent()};
    const int64_t values[] = {1, 2, 2, 100};
    int64_t mean = 0;
    assert_int_equal(dp_mean(&limits, &noise, generator, values, 4, 1000, &mean, NULL), 0);
    assert_int_equal(mean, 3750);
    assert_int_equal(dp_mean(&limits, &noise, generator, NULL, 0, 1000, &mean, NULL), 0);
    assert_int_equal(mean, 5000); /* nobody: the middle */
    const dp_mean_noise loud = {laplace(1000, 1, 1), laplace(1000, 1, 1)};
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(dp_mean(&limits, &loud, generator, values, 4, 1000, &mean, NULL), 0);
        assert_in_range(mean, 0, 10000);
    }
}

static void test_gaussian_noise(void **state)
{
    (void)state;
    dp_noise noise;
    uint64_t counts[CELLS] = {0};
    double shares[CELLS];
    assert_int_equal(dp_noise_gaussian(25, (dp_fraction){1, 4}, &noise, NULL), 0); /* 25 / (2/4) = 50 */
    for (int i = 0; i < DRAWS; i++) {
        int64_t answer = 0;
        assert_int_equal(dp_noise_add(&noise, generator, 1000, &answer, NULL), 0);
        counts[chi_cell(answer - 1000, -200, 200)]++;
    }
    chi_gaussian_shares(50, -200, 200, shares);
    assert_true(chi_fits(counts, shares, CELLS, DRAWS));
    assert_in_range(dp_noise_width(&noise), 14, 15);
    noise = laplace(10, 1, 1);
    assert_in_range(dp_noise_width(&noise), 30, 31);
    assert_int_equal(dp_noise_gaussian(25, (dp_fraction){0, 4}, &noise, NULL), LETHE_E_PRIVACY_RANGE);
    assert_int_equal(dp_noise_laplace(25, (dp_fraction){0, 4}, &noise, NULL), LETHE_E_PRIVACY_RANGE);
}

/* -- histograms -----------------------------------------------------------------------------------------------------
 */

static long double shows(long double scale, uint64_t m)
{
    return expl(-(long double)m / scale) / (1 + expl(-1 / scale));
}

static void test_threshold(void **state)
{
    (void)state;
    static const struct {
        uint32_t rows;
        dp_fraction epsilon, delta;
    } cases[] = {
        {1, {1, 1}, {1, 1000000}},
        {1, {1, 10}, {1, 1000000}},
        {5, {1, 2}, {1, 100}},
        {3, {20, 1}, {1, 3}},
        {100, {1, 1000}, {1, 1000000000}},
        {1, {3, 1}, {999, 1000}},
        {2, {7, 3}, {1, UINT64_C(1000000000000000000)}},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t threshold = 0;
        const dp_noise noise = laplace(cases[i].rows, cases[i].epsilon.num, cases[i].epsilon.den);
        assert_int_equal(dp_key_threshold(&noise, cases[i].rows, cases[i].delta, &threshold, NULL), 0);
        const long double scale = (long double)noise.laplace.num / noise.laplace.den;
        const long double delta = (long double)cases[i].delta.num / cases[i].delta.den;
        assert_true(cases[i].rows * shows(scale, threshold - 1) <= delta);
        assert_true(threshold == 2 || cases[i].rows * shows(scale, threshold - 2) > delta * (1 - 1e-9L));
    }
    uint64_t threshold = 0;
    const dp_noise noise = laplace(1, 1, 1);
    assert_int_equal(dp_key_threshold(&noise, 1, (dp_fraction){0, 1}, &threshold, NULL), LETHE_E_PRIVACY_OPTION);
    assert_int_equal(dp_key_threshold(&noise, 1, (dp_fraction){1, 1}, &threshold, NULL), LETHE_E_PRIVACY_OPTION);
}

/* How often a key of one person shows is what the threshold was made for. */
static void test_unknown_keys(void **state)
{
    (void)state;
    const uint64_t counts[] = {1, 1000, 3};
    const dp_noise noise = laplace(1, 1, 2);
    uint64_t threshold = 0, shown_counts[2] = {0};
    assert_int_equal(dp_key_threshold(&noise, 1, (dp_fraction){1, 20}, &threshold, NULL), 0);
    for (int i = 0; i < DRAWS; i++) {
        int64_t answers[3];
        bool shown[3];
        assert_int_equal(dp_histogram_unknown(&noise, threshold, generator, counts, 3, answers, shown, NULL), 0);
        assert_true(shown[1]);
        assert_true(shown[0] ? answers[0] >= (int64_t)threshold : answers[0] == 0);
        shown_counts[shown[0]]++;
    }
    const double share = (double)shows(2, threshold - 1);
    const double shares[] = {1 - share, share};
    assert_true(chi_fits(shown_counts, shares, 2, DRAWS));
}

/* -- quantile -------------------------------------------------------------------------------------------------------
 */

/* Exact: candidate r is reached at a uniform time t when each of the others came before with probability t and failed:
 * p_r · integral over t of the product of (1 - t p_j); a polynomial, multiplied out. */
static void flip_shares(const double *p, size_t count, double *ret_shares)
{
    for (size_t r = 0; r < count; r++) {
        double polynomial[32] = {1};
        size_t degree = 0;
        for (size_t j = 0; j < count; j++) {
            if (j == r)
                continue;
            degree++;
            for (size_t d = degree; d >= 1; d--)
                polynomial[d] -= p[j] * polynomial[d - 1];
        }
        ret_shares[r] = 0;
        for (size_t d = 0; d <= degree; d++)
            ret_shares[r] += p[r] * polynomial[d] / (double)(d + 1);
    }
}

static void quantile_shares(const dp_quantile_question *of, const int64_t *values, size_t count, double epsilon,
                            double *ret_shares)
{
    double bad[32], best = INFINITY, p[32];
    const size_t candidates = (size_t)((of->limits.upper - of->limits.lower) / of->step + 1);
    const double low = (double)of->alpha.num, high = (double)(of->alpha.den - of->alpha.num);
    for (size_t i = 0; i < candidates; i++) {
        const int64_t candidate = of->limits.lower + (int64_t)i * of->step;
        double below = 0, above = 0;
        for (size_t v = 0; v < count; v++) {
            int64_t value = values[v] < of->limits.lower ? of->limits.lower : values[v];
            value = value > of->limits.upper ? of->limits.upper : value;
            below += value < candidate;
            above += value > candidate;
        }
        bad[i] = fabs(high * below - low * above);
        best = bad[i] < best ? bad[i] : best;
    }
    for (size_t i = 0; i < candidates; i++)
        p[i] = exp(-epsilon * (bad[i] - best) / (2 * (high > low ? high : low) * of->limits.rows));
    flip_shares(p, candidates, ret_shares);
}

static void test_quantile(void **state)
{
    (void)state;
    static const int64_t values[] = {-100, -3, 0, 1, 1, 2, 4, 4, 5, 7, 9, 14, 999};
    static const dp_quantile_question questions[] = {
        {{-5, 15, 1}, 5, {1, 2}, {1, 1}},
        {{-5, 15, 2}, 3, {1, 4}, {5, 2}},
        {{0, 14, 1}, 1, {9, 10}, {3, 1}},
        {{0, 14, 1}, 7, {0, 1}, {1, 3}},
    };
    for (size_t q = 0; q < sizeof(questions) / sizeof(questions[0]); q++) {
        const dp_quantile_question *of = &questions[q];
        const size_t candidates = (size_t)((of->limits.upper - of->limits.lower) / of->step + 1);
        const double epsilon = (double)of->epsilon.num / (double)of->epsilon.den;
        uint64_t counts[32] = {0};
        double shares[32];
        for (int i = 0; i < DRAWS; i++) {
            int64_t value = 0;
            assert_int_equal(dp_quantile(of, generator, values, 13, &value, NULL), 0);
            assert_int_equal((value - of->limits.lower) % of->step, 0);
            counts[(value - of->limits.lower) / of->step]++;
        }
        quantile_shares(of, values, 13, epsilon, shares);
        assert_true(chi_fits(counts, shares, candidates, DRAWS));
        quantile_shares(of, values, 13, epsilon * 1.1, shares);
        assert_true(q == 3 || !chi_fits(counts, shares, candidates, DRAWS));
    }
}

static void test_quantile_is_near(void **state)
{
    (void)state;
    int64_t values[1000], median = 0;
    const dp_quantile_question of = {{0, 100000, 1}, 1, {1, 2}, {10, 1}};
    for (int i = 0; i < 1000; i++)
        values[i] = 70000 + i;
    assert_int_equal(dp_quantile(&of, generator, values, 1000, &median, NULL), 0);
    assert_in_range(median, 70450, 70550);
    assert_int_equal(dp_quantile(&of, generator, NULL, 0, &median, NULL), 0);
    assert_in_range(median, 0, 100000);
    const dp_quantile_question many = {{0, DP_VALUE_MAX, 1}, 1, {1, 2}, {10, 1}};
    assert_int_equal(dp_quantile(&many, generator, values, 1000, &median, NULL), LETHE_E_PRIVACY_OPTION);
    const dp_quantile_question odd = {{0, 10, 1}, 1, {3, 2}, {10, 1}};
    assert_int_equal(dp_quantile(&odd, generator, values, 1000, &median, NULL), LETHE_E_PRIVACY_OPTION);
}

/* -- vectors --------------------------------------------------------------------------------------------------------
 */

static void test_clip(void **state)
{
    (void)state;
    int64_t small[] = {3, 4};
    assert_int_equal(dp_vector_clip(small, 2, 5, NULL), 0);
    assert_true(small[0] == 3 && small[1] == 4);
    for (int round = 0; round < 20000; round++) {
        int64_t vector[7];
        const uint64_t norm = 1 + (uint64_t)round % 50;
        dp_i128 square = 0;
        assert_int_equal(crypt_rng_fill(generator, vector, sizeof(vector), NULL), 0);
        for (int d = 0; d < 7; d++)
            vector[d] >>= round % 64;
        assert_int_equal(dp_vector_clip(vector, 7, norm, NULL), 0);
        for (int d = 0; d < 7; d++)
            square += (dp_i128)vector[d] * vector[d];
        assert_true(square <= (dp_i128)norm * (dp_i128)norm);
    }
    assert_int_equal(dp_vector_clip(small, 2, 0, NULL), LETHE_E_PRIVACY_OPTION);
}

static void test_vector_sum(void **state)
{
    (void)state;
    const int64_t vectors[] = {3, 4, 0, -300, -400, 0, 1, 1, 1};
    dp_noise noise;
    uint64_t counts[3][CELLS] = {0};
    double shares[CELLS];
    assert_int_equal(dp_noise_gaussian(25, (dp_fraction){1, 2}, &noise, NULL), 0);
    for (int i = 0; i < DRAWS; i++) {
        int64_t sum[3];
        assert_int_equal(dp_vector_sum(&noise, 5, generator, vectors, 3, 3, sum, NULL), 0);
        for (int d = 0; d < 3; d++)
            counts[d][chi_cell(sum[d] - 1, -200, 200)]++;
    }
    chi_gaussian_shares(25, -200, 200, shares);
    for (int d = 0; d < 3; d++)
        assert_true(chi_fits(counts[d], shares, CELLS, DRAWS));
    int64_t sum[3];
    const dp_noise wrong = silent();
    assert_int_equal(dp_vector_sum(&wrong, 5, generator, vectors, 3, 3, sum, NULL), LETHE_E_PRIVACY_OPTION);
}

/* Without random bits there is no answer. */
static void test_nothing_without_bits(void **state)
{
    (void)state;
    crypt_rng *none = crypt_test_rng_new((base_span){"", 0});
    const dp_limits limits = {.lower = 0, .upper = 10, .rows = 1};
    const dp_noise noise = laplace(1, 1, 1);
    const dp_mean_noise both = {noise, noise};
    const dp_quantile_question question = {limits, 1, {1, 2}, {1, 1}};
    const int64_t values[] = {1, 2};
    const uint64_t counts[] = {1, 2};
    int64_t answer = 4711, answers[2] = {4711, 4711};
    bool shown[2];
    assert_non_null(none);
    assert_int_equal(dp_sum(&limits, &noise, none, values, 2, &answer, NULL), LETHE_E_CRYPT_RANDOM);
    assert_int_equal(dp_mean(&limits, &both, none, values, 2, 1, &answer, NULL), LETHE_E_CRYPT_RANDOM);
    assert_int_equal(dp_quantile(&question, none, values, 2, &answer, NULL), LETHE_E_CRYPT_RANDOM);
    assert_int_equal(dp_histogram(&noise, none, counts, 2, answers, NULL), LETHE_E_CRYPT_RANDOM);
    assert_int_equal(dp_histogram_unknown(&noise, 2, none, counts, 2, answers, shown, NULL), LETHE_E_CRYPT_RANDOM);
    assert_true(answer == 4711 && answers[0] == 4711 && answers[1] == 4711);
    crypt_rng_free(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sum_is_exact_and_clamped),
        cmocka_unit_test(test_sum_does_not_overflow),
        cmocka_unit_test(test_sum_distribution),
        cmocka_unit_test(test_sensitivities),
        cmocka_unit_test(test_mean),
        cmocka_unit_test(test_gaussian_noise),
        cmocka_unit_test(test_threshold),
        cmocka_unit_test(test_unknown_keys),
        cmocka_unit_test(test_quantile),
        cmocka_unit_test(test_quantile_is_near),
        cmocka_unit_test(test_clip),
        cmocka_unit_test(test_vector_sum),
        cmocka_unit_test(test_nothing_without_bits),
    };
    return cmocka_run_group_tests(tests, open_generator, close_generator);
}

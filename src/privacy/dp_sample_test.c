/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "base/threads.h"
#include "crypt/test_random.h"
#include "privacy/dp_sample.h"
#include "privacy/test_chi.h"

#include <math.h>

#define DRAWS 300000
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

static void test_numbers(void **state)
{
    (void)state;
    dp_fraction f = {0};
    assert_true(dp_root_floor(0) == 0 && dp_root_floor(24) == 4 && dp_root_floor(25) == 5);
    assert_true(dp_root_floor(~(dp_u128)0) == UINT64_MAX);
    assert_int_equal(dp_fraction_times((dp_fraction){6, 35}, (dp_fraction){14, 9}, &f, NULL), 0);
    assert_true(f.num == 4 && f.den == 15);
    assert_int_equal(dp_fraction_over((dp_fraction){1, 1}, (dp_fraction){3, 10}, &f, NULL), 0);
    assert_true(f.num == 10 && f.den == 3);
    assert_int_equal(dp_fraction_over((dp_fraction){1, 1}, (dp_fraction){0, 10}, &f, NULL), LETHE_E_PRIVACY_RANGE);
    assert_int_equal(dp_fraction_times((dp_fraction){UINT64_MAX, 1}, (dp_fraction){2, 1}, &f, NULL),
                     LETHE_E_PRIVACY_RANGE);
}

static void test_below(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {1, 2, 6, 10, 401};
    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
        uint64_t counts[CELLS] = {0}, wide_counts[CELLS] = {0};
        double shares[CELLS];
        const dp_u128 part = ((dp_u128)1 << 90) + 12345; /* n·part: which part a wide draw falls in */
        for (size_t i = 0; i < sizes[s]; i++)
            shares[i] = 1 / (double)sizes[s];
        for (size_t i = 0; i < DRAWS; i++) {
            uint64_t value = 0;
            dp_u128 wide = 0;
            assert_int_equal(dp_sample_below(generator, sizes[s], &value, NULL), 0);
            assert_int_equal(dp_sample_below_u128(generator, part * sizes[s], &wide, NULL), 0);
            counts[value]++;
            wide_counts[(size_t)(wide / part)]++;
        }
        assert_true(chi_fits(counts, shares, sizes[s], DRAWS));
        assert_true(chi_fits(wide_counts, shares, sizes[s], DRAWS));
    }
}

/* Three quarters of 2^64 and of 2^32: where a multiplication without rejection would be off by a third. */
static void test_below_large(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {UINT64_C(3) << 30, UINT64_C(3) << 61};
    static const double shares[] = {1 / 3., 1 / 3., 1 / 3.};
    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
        uint64_t parts[3] = {0}, rests[3] = {0};
        for (size_t i = 0; i < DRAWS; i++) {
            uint64_t value = 0;
            assert_int_equal(dp_sample_below(generator, sizes[s], &value, NULL), 0);
            parts[value / (sizes[s] / 3)]++;
            rests[value % 3]++;
        }
        assert_true(chi_fits(parts, shares, 3, DRAWS) && chi_fits(rests, shares, 3, DRAWS));
    }
}

static bool coin_fits(uint64_t heads, double share)
{
    const uint64_t counts[] = {heads, DRAWS - heads};
    const double shares[] = {share, 1 - share};
    return chi_fits(counts, shares, 2, DRAWS);
}

static void test_coins(void **state)
{
    (void)state;
    static const dp_fraction ps[] = {{0, 3}, {1, 1}, {3, 7}, {1, 1000}, {UINT64_MAX / 5, UINT64_MAX - 1}};
    for (size_t p = 0; p < sizeof(ps) / sizeof(ps[0]); p++) {
        uint64_t heads = 0;
        for (size_t i = 0; i < DRAWS; i++) {
            bool head = false;
            assert_int_equal(dp_sample_bernoulli(generator, ps[p], &head, NULL), 0);
            heads += head;
        }
        assert_true(coin_fits(heads, (double)ps[p].num / (double)ps[p].den));
    }
    static const dp_fraction gammas[] = {
        {0, 1}, {1, 3}, {1, 1}, {99, 100}, {5, 2}, {7, 1}, {UINT64_MAX / 3, UINT64_MAX}};
    for (size_t g = 0; g < sizeof(gammas) / sizeof(gammas[0]); g++) {
        uint64_t heads = 0;
        const double share = exp(-(double)gammas[g].num / (double)gammas[g].den);
        for (size_t i = 0; i < DRAWS; i++) {
            bool head = false;
            assert_int_equal(dp_sample_bernoulli_exp(generator, gammas[g], &head, NULL), 0);
            heads += head;
        }
        assert_true(coin_fits(heads, share));
        if (share > 0.01 && share < 0.9) /* the check sees 7 % more */
            assert_false(coin_fits(heads + heads / 14, share));
    }
}

static void test_geometric(void **state)
{
    (void)state;
    static const dp_fraction rates[] = {{1, 3}, {1, 1}, {2, 1}, {7, 2}, {3, 100}};
    for (size_t r = 0; r < sizeof(rates) / sizeof(rates[0]); r++) {
        uint64_t counts[CELLS] = {0};
        double shares[CELLS], ratio = exp(-(double)rates[r].num / (double)rates[r].den);
        for (size_t i = 0; i < CELLS; i++)
            shares[i] = pow(ratio, (double)i) * (i + 1 < CELLS ? 1 - ratio : 1);
        for (size_t i = 0; i < DRAWS; i++) {
            dp_u128 value = 0;
            assert_int_equal(dp_sample_geometric(generator, rates[r], &value, NULL), 0);
            counts[value < CELLS ? (size_t)value : CELLS - 1]++;
        }
        assert_true(chi_fits(counts, shares, CELLS, DRAWS));
    }
}

/* Counts of discrete Laplace draws in -200..200; `zero_twice` is the classic mistake of an unrejected negative zero. */
static void count_laplace(dp_fraction scale, bool zero_twice, uint64_t counts[CELLS])
{
    dp_laplace laplace;
    assert_int_equal(dp_laplace_init(scale, &laplace, NULL), 0);
    for (size_t i = 0; i < DRAWS; i++) {
        dp_i128 noise = 0;
        if (zero_twice) {
            dp_u128 size = 0;
            uint64_t bit = 0;
            assert_int_equal(dp_sample_geometric(generator, (dp_fraction){scale.den, scale.num}, &size, NULL), 0);
            assert_int_equal(dp_sample_below(generator, 2, &bit, NULL), 0);
            noise = bit != 0 ? -(dp_i128)size : (dp_i128)size;
        } else {
            assert_int_equal(dp_laplace_draw(&laplace, generator, &noise, NULL), 0);
        }
        counts[chi_cell((int64_t)noise, -200, 200)]++;
    }
}

static void test_laplace(void **state)
{
    (void)state;
    static const dp_fraction scales[] = {{1, 1}, {1, 3}, {10, 1}, {7, 2}, {1000, 7}, {100, 100}, {4, 30}};
    for (size_t s = 0; s < sizeof(scales) / sizeof(scales[0]); s++) {
        uint64_t counts[CELLS] = {0};
        double shares[CELLS];
        chi_laplace_shares((double)scales[s].num / (double)scales[s].den, -200, 200, shares);
        count_laplace(scales[s], false, counts);
        assert_true(chi_fits(counts, shares, CELLS, DRAWS));
    }
}

static void test_broken_laplace_is_caught(void **state)
{
    (void)state;
    uint64_t larger[CELLS] = {0}, smaller[CELLS] = {0}, twice[CELLS] = {0}, rounded[CELLS] = {0};
    double shares[CELLS];
    chi_laplace_shares(10, -200, 200, shares);
    count_laplace((dp_fraction){21, 2}, false, larger);
    count_laplace((dp_fraction){19, 2}, false, smaller);
    count_laplace((dp_fraction){10, 1}, true, twice);
    for (size_t i = 0; i < DRAWS;
         i++) { /* a continuous Laplace, rounded: not the discrete one where the scale is small */
        uint64_t word = 0;
        assert_int_equal(crypt_rng_u64(generator, &word, NULL), 0);
        const double noise = -log(((double)(word >> 12) + 0.5) * 0x1p-52) * ((word & 1) != 0 ? 1 : -1);
        rounded[chi_cell((int64_t)nearbyint(noise), -200, 200)]++;
    }
    assert_false(chi_fits(larger, shares, CELLS, DRAWS));
    assert_false(chi_fits(smaller, shares, CELLS, DRAWS));
    assert_false(chi_fits(twice, shares, CELLS, DRAWS));
    chi_laplace_shares(1, -200, 200, shares);
    assert_false(chi_fits(rounded, shares, CELLS, DRAWS));
}

/* At a scale of 2^40 + 1/3: parts of the scale, and what is left by 8, which says nothing. */
static void test_laplace_wide(void **state)
{
    (void)state;
    const double scale = 0x1p40 + 1 / 3.;
    uint64_t counts[CELLS] = {0}, rests[8] = {0};
    double shares[CELLS], eighth[8];
    dp_laplace laplace;
    chi_laplace_shares(16, -200, 200, shares); /* cells of scale/16: the same ratios */
    assert_int_equal(dp_laplace_init((dp_fraction){(UINT64_C(3) << 40) + 1, 3}, &laplace, NULL), 0);
    for (size_t i = 0; i < DRAWS; i++) {
        dp_i128 noise = 0;
        assert_int_equal(dp_laplace_draw(&laplace, generator, &noise, NULL), 0);
        const double part = floor((double)(int64_t)noise / scale * 16 + 0.5);
        counts[chi_cell((int64_t)part, -200, 200)]++;
        rests[(uint64_t)noise & 7]++;
    }
    const double ratio = exp(-1 / 16.),
                 half = exp(-1 / 32.); /* a cell is (x - 1/2, x + 1/2)/16 of a continuous Laplace */
    for (int64_t x = -200; x <= 200; x++)
        shares[x + 200] = x == 0 ? 1 - half : 0.5 * (1 / half - half) * pow(ratio, fabs((double)x));
    for (size_t i = 0; i < 8; i++)
        eighth[i] = 0.125;
    assert_true(chi_fits(counts, shares, CELLS, DRAWS));
    assert_true(chi_fits(rests, eighth, 8, DRAWS));
}

static void count_gaussian(dp_u128 num, dp_u128 den, uint64_t counts[CELLS])
{
    dp_gaussian gaussian;
    assert_int_equal(dp_gaussian_init(num, den, &gaussian, NULL), 0);
    for (size_t i = 0; i < DRAWS; i++) {
        dp_i128 noise = 0;
        assert_int_equal(dp_gaussian_draw(&gaussian, generator, &noise, NULL), 0);
        counts[chi_cell((int64_t)noise, -200, 200)]++;
    }
}

static void test_gaussian(void **state)
{
    (void)state;
    static const uint64_t variances[][2] = {{1, 1}, {1, 10}, {2, 1}, {3, 10}, {100, 7}, {900, 1}, {2499, 1}};
    uint64_t off[CELLS] = {0};
    double shares[CELLS];
    for (size_t v = 0; v < sizeof(variances) / sizeof(variances[0]); v++) {
        uint64_t counts[CELLS] = {0};
        chi_gaussian_shares((double)variances[v][0] / (double)variances[v][1], -200, 200, shares);
        count_gaussian(variances[v][0], variances[v][1], counts);
        assert_true(chi_fits(counts, shares, CELLS, DRAWS));
    }
    count_gaussian(2499 * 11, 10, off); /* 5 % more deviation */
    assert_false(chi_fits(off, shares, CELLS, DRAWS));
}

/* Numerators beyond 64 bits, and equal fractions with other integers. */
static void test_gaussian_wide(void **state)
{
    (void)state;
    uint64_t counts[CELLS] = {0};
    double shares[CELLS];
    const dp_u128 wide = ((dp_u128)1 << 97) - 1;
    chi_gaussian_shares(900, -200, 200, shares);
    count_gaussian(wide * 900, wide + 1, counts); /* no common divisor: the full width */
    assert_true(chi_fits(counts, shares, CELLS, DRAWS));
    dp_gaussian gaussian;
    uint64_t parts[CELLS] = {0};
    assert_int_equal(dp_gaussian_init((dp_u128)900 << 90, 1, &gaussian, NULL), 0);
    for (size_t i = 0; i < DRAWS; i++) {
        dp_i128 noise = 0;
        assert_int_equal(dp_gaussian_draw(&gaussian, generator, &noise, NULL), 0);
        parts[chi_cell((int64_t)((noise + ((dp_i128)1 << 44)) >> 45), -200, 200)]++;
    }
    for (int64_t x = -200; x <= 200; x++)
        shares[x + 200] = 0.5 * (erf(((double)x + 0.5) / sqrt(1800)) - erf(((double)x - 0.5) / sqrt(1800)));
    assert_true(chi_fits(parts, shares, CELLS, DRAWS));
}

static void test_refused(void **state)
{
    (void)state;
    dp_laplace laplace = {.num = 77};
    dp_gaussian gaussian;
    bool value = false;
    dp_u128 wide = 0;
    assert_int_equal(dp_laplace_init((dp_fraction){0, 1}, &laplace, NULL), LETHE_E_PRIVACY_RANGE);
    assert_int_equal(dp_laplace_init((dp_fraction){1, 0}, &laplace, NULL), LETHE_E_PRIVACY_RANGE);
    assert_int_equal(dp_laplace_init((dp_fraction){DP_SCALE_MAX, 1}, &laplace, NULL), LETHE_E_PRIVACY_RANGE);
    assert_int_equal(laplace.num, 77);
    assert_int_equal(dp_gaussian_init(0, 1, &gaussian, NULL), LETHE_E_PRIVACY_RANGE);
    assert_int_equal(dp_gaussian_init(DP_VARIANCE_MAX, 1, &gaussian, NULL), LETHE_E_PRIVACY_RANGE);
    assert_int_equal(dp_sample_bernoulli(generator, (dp_fraction){2, 1}, &value, NULL), LETHE_E_PRIVACY_RANGE);
    assert_int_equal(dp_sample_bernoulli_exp(generator, (dp_fraction){2, 0}, &value, NULL), LETHE_E_PRIVACY_RANGE);
    assert_int_equal(dp_sample_geometric(generator, (dp_fraction){0, 1}, &wide, NULL), LETHE_E_PRIVACY_RANGE);
}

/* Without random bits nothing is drawn, wherever they end. */
static void test_no_bits(void **state)
{
    (void)state;
    char bytes[160];
    dp_laplace laplace;
    dp_gaussian gaussian;
    memset(bytes, 0x5b, sizeof(bytes));
    assert_int_equal(dp_laplace_init((dp_fraction){1000, 7}, &laplace, NULL), 0);
    assert_int_equal(dp_gaussian_init(1000, 7, &gaussian, NULL), 0);
    size_t failed = 0;
    for (size_t size = 0; size < sizeof(bytes); size += 4) {
        crypt_rng *short_of = crypt_test_rng_new((base_span){bytes, size});
        dp_i128 noise = 4711;
        int64_t lot[50];
        assert_non_null(short_of);
        if (dp_gaussian_draw(&gaussian, short_of, &noise, NULL) != 0) {
            assert_true(noise == 4711);
            failed++;
        }
        assert_int_equal(dp_laplace_fill(&laplace, short_of, lot, 50, NULL), LETHE_E_CRYPT_RANDOM);
        crypt_rng_free(short_of);
    }
    assert_true(failed > 0);
}

static int draw_some(void *context, size_t index, size_t worker, lethe_error *error)
{
    int64_t(*noise)[1000] = context;
    crypt_rng *rng = NULL;
    dp_laplace laplace;
    (void)worker;
    BASE_TRY(dp_laplace_init((dp_fraction){1 << 20, 1}, &laplace, error));
    BASE_TRY(crypt_rng_new(&rng, error));
    const int status = dp_laplace_fill(&laplace, rng, noise[index], 1000, error);
    crypt_rng_free(rng);
    return status;
}

static void test_threads(void **state)
{
    (void)state;
    static int64_t noise[8][1000];
    assert_int_equal(base_parallel(4, 8, draw_some, noise, NULL), 0);
    for (size_t i = 1; i < 8; i++)
        assert_memory_not_equal(noise[i], noise[0], sizeof(noise[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_below),
        cmocka_unit_test(test_below_large),
        cmocka_unit_test(test_coins),
        cmocka_unit_test(test_geometric),
        cmocka_unit_test(test_laplace),
        cmocka_unit_test(test_broken_laplace_is_caught),
        cmocka_unit_test(test_laplace_wide),
        cmocka_unit_test(test_gaussian),
        cmocka_unit_test(test_gaussian_wide),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_no_bits),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, open_generator, close_generator);
}

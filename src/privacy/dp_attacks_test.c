/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each mechanism on two neighbouring tables, many times, and whether any event is likelier on one of them than
 * (ε, δ)-differential privacy allows (StatDP, Ding et al. 2018; DP-Sniffer, Bichsel et al. 2018). The events: each
 * outcome, and each set "at most this outcome" and "at least". The same test must find every mechanism that has a
 * published flaw.
 *
 * With N runs on each side and counts a, b of an event, a flaw is a > e^ε b + δN + 7 deviations (a + e^2ε b, and 60
 * more for rare events): below 1e-11 for an event of a mechanism at the very limit, and some 10^4 events a run: below
 * 1e-6.
 */
#include "base/test.h"
#include "privacy/dp.h"
#include "privacy/dp_people.h"

#include <math.h>
#include <stdlib.h>

#define RUNS   200000
#define EVENTS 256

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

/* One run on one of two neighbours; the outcome as a number below EVENTS. */
typedef size_t (*mechanism)(bool neighbour);

static bool allowed(double a, double b, double epsilon, double delta)
{
    const double grow = exp(epsilon);
    return a <= grow * b + delta * RUNS + 7 * sqrt(a + grow * grow * b + 60);
}

static bool both_allowed(double a, double b, double epsilon, double delta)
{
    return allowed(a, b, epsilon, delta) && allowed(b, a, epsilon, delta);
}

static bool is_private(mechanism run, double epsilon, double delta)
{
    double counts[2][EVENTS] = {{0}}, low[2] = {0}, high[2] = {0};
    bool held = true;
    for (int side = 0; side < 2; side++)
        for (int i = 0; i < RUNS; i++) {
            const size_t event = run(side == 1);
            assert_true(event < EVENTS);
            counts[side][event]++;
        }
    for (size_t e = 0; e < EVENTS; e++) {
        for (int side = 0; side < 2; side++) {
            low[side] += counts[side][e];
            high[side] += counts[side][EVENTS - 1 - e];
        }
        held = held && both_allowed(counts[0][e], counts[1][e], epsilon, delta) &&
               both_allowed(low[0], low[1], epsilon, delta) && both_allowed(high[0], high[1], epsilon, delta);
    }
    return held;
}

static size_t event_of(int64_t value, int64_t middle)
{
    const int64_t event = value - middle + EVENTS / 2;
    return event < 0 ? 0 : event >= EVENTS ? EVENTS - 1 : (size_t)event;
}

static dp_noise noise_of(uint64_t sensitivity, uint64_t num, uint64_t den)
{
    dp_noise noise;
    assert_int_equal(dp_noise_laplace(sensitivity, (dp_fraction){num, den}, &noise, NULL), 0);
    return noise;
}

/* -- ours -----------------------------------------------------------------------------------------------------------
 */

/* Two rows of each person count, also for whoever has nine. */
static size_t count_people(bool neighbour)
{
    dp_people *people = NULL;
    const dp_noise noise = noise_of(2, 1, 1);
    int64_t answer = 0;
    assert_int_equal(dp_people_new(2, generator, &people, NULL), 0);
    for (int i = 0; i < (neighbour ? 9 : 0); i++)
        assert_int_equal(dp_people_add(people, BASE_SPAN("new"), 1, NULL), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(dp_people_add(people, BASE_SPAN("old"), 1, NULL), 0);
    assert_int_equal(dp_noise_add(&noise, generator, (dp_i128)dp_people_rows(people), &answer, NULL), 0);
    dp_people_free(people);
    return event_of(answer, 3);
}

static size_t sum_values(bool neighbour)
{
    static const int64_t values[] = {3, -4, 1, 5, 999, 999};
    const dp_limits limits = {.lower = -5, .upper = 6, .rows = 2};
    uint64_t sensitivity = 0;
    int64_t sum = 0;
    assert_int_equal(dp_sum_sensitivity(&limits, &sensitivity, NULL), 0);
    const dp_noise noise = noise_of(sensitivity, 1, 1);
    assert_int_equal(dp_sum(&limits, &noise, generator, values, neighbour ? 6 : 4, &sum, NULL), 0);
    return event_of(sum, 10);
}

static size_t mean_values(bool neighbour)
{
    static const int64_t values[] = {0, 10, 10};
    const dp_limits limits = {.lower = 0, .upper = 10, .rows = 2};
    uint64_t sensitivity = 0;
    int64_t mean = 0;
    assert_int_equal(dp_mean_sensitivity(&limits, &sensitivity, NULL), 0);
    const dp_mean_noise noise = {noise_of(sensitivity, 1, 2), noise_of(2, 1, 2)};
    assert_int_equal(dp_mean(&limits, &noise, generator, values, neighbour ? 3 : 1, 10, &mean, NULL), 0);
    return (size_t)mean;
}

/* A person with two keys: the two counts together. */
static size_t histogram_of_two(bool neighbour)
{
    const uint64_t counts[] = {4 + neighbour, 7 + neighbour};
    const dp_noise noise = noise_of(2, 1, 1);
    int64_t answers[2];
    assert_int_equal(dp_histogram(&noise, generator, counts, 2, answers, NULL), 0);
    const size_t first = event_of(answers[0], 4) - EVENTS / 2 + 8, second = event_of(answers[1], 7) - EVENTS / 2 + 8;
    return (first < 15 ? first : first > 200 ? 0 : 15) * 16 + (second < 15 ? second : second > 200 ? 0 : 15);
}

static size_t unknown_keys(bool neighbour)
{
    const uint64_t counts[] = {3 + neighbour, 1};
    const dp_noise noise = noise_of(2, 1, 1);
    uint64_t threshold = 0;
    int64_t answers[2];
    bool shown[2] = {false, false};
    assert_int_equal(dp_key_threshold(&noise, 2, (dp_fraction){1, 50}, &threshold, NULL), 0);
    assert_int_equal(
        dp_histogram_unknown(&noise, threshold, generator, counts, neighbour ? 2 : 1, answers, shown, NULL), 0);
    return (size_t)(2 * shown[0] + shown[1]) * 64 + (size_t)(answers[0] > 63 ? 63 : answers[0]);
}

static size_t median(bool neighbour)
{
    static const int64_t values[] = {1, 2, 8, 9, 9};
    const dp_quantile_question question = {{0, 10, 2}, 1, {1, 2}, {1, 1}};
    int64_t value = 0;
    assert_int_equal(dp_quantile(&question, generator, values, neighbour ? 5 : 3, &value, NULL), 0);
    return (size_t)value;
}

/* ρ = 1/2: (0.5 + 2 sqrt(0.5 ln 20), 0.05)-DP (Bun and Steinke 2016, proposition 1.3). */
#define VECTOR_EPSILON 2.9477

static size_t vectors(bool neighbour)
{
    const int64_t rows[] = {1, 2, 300, 400};
    dp_noise noise;
    int64_t sum[2];
    assert_int_equal(dp_noise_gaussian(25, (dp_fraction){1, 2}, &noise, NULL), 0);
    assert_int_equal(dp_vector_sum(&noise, 5, generator, rows, neighbour ? 2 : 1, 2, sum, NULL), 0);
    return event_of(3 * sum[0] + 4 * sum[1], 11); /* along what the new person adds */
}

static void test_ours(void **state)
{
    (void)state;
    assert_true(is_private(count_people, 1, 0));
    assert_true(is_private(sum_values, 1, 0));
    assert_true(is_private(mean_values, 1, 0));
    assert_true(is_private(histogram_of_two, 1, 0));
    assert_true(is_private(unknown_keys, 1, 0.02));
    assert_true(is_private(median, 1, 0));
    assert_true(is_private(vectors, VECTOR_EPSILON, 0.05));
}

/* And each of these is as private as it says, not much more: at four fifths of its ε the test objects. */
static void test_ours_at_less(void **state)
{
    (void)state;
    assert_false(is_private(count_people, 0.8, 0));
    assert_false(is_private(sum_values, 0.8, 0));
    assert_false(is_private(unknown_keys, 0.6, 0.002));
}

/* -- theirs: what was published against others ----------------------------------------------------------------------
 */

static size_t scale_too_small(bool neighbour)
{
    const dp_noise noise = noise_of(1, 21, 20);
    int64_t answer = 0;
    assert_int_equal(dp_noise_add(&noise, generator, 5 + neighbour, &answer, NULL), 0);
    return event_of(answer, 5);
}

/* Mironov 2012: a Laplace made of a double. Whether the answer is a double that noise on 0 can give says which table it
 * was: log() of the multiples of 2^-53 hits some doubles and not others. */
static bool can_be_noise(double size)
{
    const double near = nearbyint(exp(-size) * 0x1p53);
    for (double k = near - 8; k <= near + 8; k++)
        if (-log(k * 0x1p-53) == size)
            return true;
    return false;
}

static size_t double_laplace(bool neighbour)
{
    uint64_t word = 0;
    assert_int_equal(crypt_rng_u64(generator, &word, NULL), 0);
    const double size = -log((double)((word >> 11) + 1) * 0x1p-53);
    const double answer = (neighbour ? 1 : 0) + ((word & 1) != 0 ? size : -size);
    return can_be_noise(fabs(answer));
}

/* The same event of ours: an answer of either table is an integer, and every integer is one of both. */
static size_t integer_laplace(bool neighbour)
{
    const dp_noise noise = noise_of(1, 1, 1);
    int64_t answer = 0;
    assert_int_equal(dp_noise_add(&noise, generator, neighbour, &answer, NULL), 0);
    return (size_t)(answer & 1);
}

/* The keys that are there, with noise, and no threshold. */
static size_t keys_without_threshold(bool neighbour)
{
    const uint64_t counts[] = {3, 1};
    const dp_noise noise = noise_of(1, 1, 1);
    int64_t answers[2];
    assert_int_equal(dp_histogram(&noise, generator, counts, neighbour ? 2 : 1, answers, NULL), 0);
    return neighbour ? 2 : 1;
}

/* Noise of (upper - lower)/(n ε): the number of rows shows in its width. Values are all 0, limits 0 and 100. */
static size_t mean_by_n(bool neighbour)
{
    const dp_noise noise = noise_of(100, neighbour ? 2 : 1, 1);
    int64_t answer = 0;
    assert_int_equal(dp_noise_add(&noise, generator, 0, &answer, NULL), 0);
    return event_of(answer / 4, 0);
}

/* Casacuberta et al. 2022: additions that saturate depend on the order of the rows. The second table has one row more
 * and stands in another order. */
static int8_t add_saturated(int8_t a, int b)
{
    const int sum = a + b;
    return (int8_t)(sum > INT8_MAX ? INT8_MAX : sum < INT8_MIN ? INT8_MIN : sum);
}

static int64_t ordered_value(bool neighbour, int row)
{
    return neighbour == (row < 200) ? -1 : 1;
}

static size_t sum_saturating(bool neighbour)
{
    const dp_noise noise = noise_of(1, 1, 1);
    int8_t sum = 0;
    int64_t answer = 0;
    for (int row = 0; row < 400 + neighbour; row++)
        sum = add_saturated(sum, (int)ordered_value(neighbour, row));
    assert_int_equal(dp_noise_add(&noise, generator, sum, &answer, NULL), 0);
    return event_of(answer, 0);
}

static size_t sum_of_ours_in_that_order(bool neighbour)
{
    int64_t values[401], answer = 0;
    const dp_limits limits = {.lower = -1, .upper = 1, .rows = 1};
    const dp_noise noise = noise_of(1, 1, 1);
    for (int row = 0; row < 400 + neighbour; row++)
        values[row] = ordered_value(neighbour, row);
    assert_int_equal(dp_sum(&limits, &noise, generator, values, 400 + (size_t)neighbour, &answer, NULL), 0);
    return event_of(answer, 0);
}

/* The same paper: additions that wrap. One row more turns the largest sum into the smallest. */
static size_t sum_wrapping(bool neighbour)
{
    const dp_noise noise = noise_of(1, 1, 1);
    int64_t answer = 0;
    const int8_t sum = (int8_t)(uint8_t)(127 + neighbour);
    assert_int_equal(dp_noise_add(&noise, generator, sum, &answer, NULL), 0);
    return event_of(answer, 0);
}

/* Haney et al. 2022: clamped to [0, 14], then rounded up to tens, so that one value counts 20 where the noise is
 * for 14. */
static size_t rounding_after_clamping(bool neighbour)
{
    const dp_noise noise = noise_of(14, 1, 1);
    const int64_t clamped = neighbour ? 14 : 0;
    int64_t answer = 0;
    assert_int_equal(dp_noise_add(&noise, generator, (clamped + 9) / 10 * 10, &answer, NULL), 0);
    return event_of(answer, 0);
}

/* Two rows a person by their place in the file: whoever comes first in a table moves the others', here from 0 to 9. */
static size_t rows_by_place(bool neighbour)
{
    const dp_noise noise = noise_of(18, 1, 1); /* two rows of at most 9 */
    int64_t sum = neighbour ? 18 : 0, answer = 0;
    for (int person = 0; person < 3; person++) /* each has a 0 and a 9 by turns; rows of even place are kept */
        sum += neighbour ? 9 : 0;
    assert_int_equal(dp_noise_add(&noise, generator, sum, &answer, NULL), 0);
    return event_of(answer, 0);
}

static void test_flaws_are_found(void **state)
{
    (void)state;
    assert_false(is_private(scale_too_small, 1, 0));
    assert_false(is_private(double_laplace, 1, 0));
    assert_true(is_private(integer_laplace, 1, 0));
    assert_false(is_private(keys_without_threshold, 1, 0.02));
    assert_false(is_private(mean_by_n, 1, 0));
    assert_false(is_private(sum_saturating, 1, 0));
    assert_true(is_private(sum_of_ours_in_that_order, 1, 0));
    assert_false(is_private(sum_wrapping, 1, 0));
    assert_false(is_private(rounding_after_clamping, 1, 0));
    assert_false(is_private(rows_by_place, 1, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ours),
        cmocka_unit_test(test_ours_at_less),
        cmocka_unit_test(test_flaws_are_found),
    };
    return cmocka_run_group_tests(tests, open_generator, close_generator);
}

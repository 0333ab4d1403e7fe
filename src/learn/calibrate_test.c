/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "learn/calibrate.h"
#include "learn/random.h"
#include "learn/real.h"

#include <math.h>
#include <stdlib.h>

#define N 4000

typedef struct sample {
    learn_column column;
    double scores[N];
    size_t at[N];
    uint32_t groups[N];
    uint8_t positive[N];
    double weights[N];
} sample;

/* `truth` maps a score to its probability; `levels` > 0 rounds scores, so that there are ties. */
static void make_sample(sample *s, size_t count, uint64_t seed, double (*truth)(double), double levels)
{
    learn_random random = learn_random_of(seed, 0);
    s->column = (learn_column){.count = count,
                               .at = s->at,
                               .groups = s->groups,
                               .positive = s->positive,
                               .weights = s->weights,
                               .patients = (uint32_t)count};
    for (size_t i = 0; i < count; i++) {
        const double x = learn_unit(&random);
        s->scores[i] = levels > 0 ? floor(x * levels) / levels : x;
        s->groups[i] = (uint32_t)i;
        s->positive[i] = learn_unit(&random) < truth(s->scores[i]);
        s->weights[i] = 1.0 / (1 + learn_below(&random, 4));
        s->column.positives += s->positive[i];
    }
}

static double squared(double x)
{
    return x * x;
}

static double rare(double x)
{
    return 0.04 * x;
}

/* Oracle: the isotonic fit at i is max over a ≤ i of min over b ≥ i of the mean of a..b (Robertson, Wright, Dykstra).
 */
static void test_pav_is_the_max_min_of_means(void **state)
{
    (void)state;
    learn_random random = learn_random_of(3, 0);
    for (int round = 0; round < 300; round++) {
        double y[24], fit[24], w[24], weights[24];
        size_t scratch[24];
        const size_t n = 1 + learn_below(&random, 24);
        for (size_t i = 0; i < n; i++) {
            fit[i] = y[i] = learn_below(&random, 6) / 5.0;
            weights[i] = w[i] = 1 + learn_below(&random, 3);
        }
        learn_isotonic(fit, weights, n, scratch);
        for (size_t i = 0; i < n; i++) {
            double best = -1;
            for (size_t a = 0; a <= i; a++) {
                double least = 2;
                for (size_t b = i; b < n; b++) {
                    double sum = 0, weight = 0;
                    for (size_t j = a; j <= b; j++) {
                        sum += y[j] * w[j];
                        weight += w[j];
                    }
                    least = fmin(least, sum / weight);
                }
                best = fmax(best, least);
            }
            assert_true(fabs(best - fit[i]) < 1e-12);
        }
    }
}

static void test_isotonic_recovers_and_never_falls(void **state)
{
    (void)state;
    static sample s;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        make_sample(&s, N, seed, squared, seed == 2 ? 50 : 0);
        learn_calibration c;
        assert_int_equal(learn_calibrate(&s.column, s.scores, &c, NULL), 0);
        assert_int_equal(c.kind, LEARN_ISOTONIC);
        double before = 0, miss = 0;
        for (int i = 0; i <= 100; i++) {
            const double p = learn_calibrated(&c, i / 100.0);
            assert_true(p >= before && p > 0 && p < 1);
            before = p;
            miss += fabs(p - squared(i / 100.0)) / 101;
        }
        assert_true(miss < 0.04);
        learn_calibration_done(&c);
    }
}

/* Who calibrates in order of input or in another gets the same bits. */
static void test_order_of_input_does_not_matter(void **state)
{
    (void)state;
    static sample s, t;
    make_sample(&s, 2000, 9, squared, 40);
    t = s;
    t.column.at = t.at, t.column.groups = t.groups, t.column.positive = t.positive, t.column.weights = t.weights;
    for (size_t i = 0; i < 2000; i++) {
        t.scores[i] = s.scores[1999 - i];
        t.positive[i] = s.positive[1999 - i];
        t.weights[i] = s.weights[1999 - i];
    }
    learn_calibration a, b;
    assert_int_equal(learn_calibrate(&s.column, s.scores, &a, NULL), 0);
    assert_int_equal(learn_calibrate(&t.column, t.scores, &b, NULL), 0);
    assert_int_equal(a.knots, b.knots);
    for (uint32_t i = 0; i < a.knots; i++)
        assert_true(a.x[i] == b.x[i] && a.y[i] == b.y[i]);
    learn_calibration_done(&a);
    learn_calibration_done(&b);
}

/* Oracle: at the fit the gradient of the loss with Platt's targets, computed by libm, is nothing. */
static void test_platt_is_stationary(void **state)
{
    (void)state;
    static sample s;
    make_sample(&s, 3000, 4, rare, 0);
    assert_true(s.column.positives >= LEARN_SLOPE_PATIENTS && s.column.positives < LEARN_ISOTONIC_PATIENTS);
    learn_calibration c;
    assert_int_equal(learn_calibrate(&s.column, s.scores, &c, NULL), 0);
    assert_int_equal(c.kind, LEARN_PLATT);
    double positives = 0, negatives = 0, gradient_a = 0, gradient_b = 0;
    for (size_t i = 0; i < 3000; i++)
        *(s.positive[i] ? &positives : &negatives) += s.weights[i];
    for (size_t i = 0; i < 3000; i++) {
        const double q = fmin(fmax(s.scores[i], 1e-9), 1 - 1e-9), x = log(q / (1 - q));
        const double target = s.positive[i] ? (positives + 1) / (positives + 2) : 1 / (negatives + 2);
        const double miss = s.weights[i] * (1 / (1 + exp(-c.slope * x - c.intercept)) - target);
        gradient_a += miss * x;
        gradient_b += miss;
    }
    assert_true(fabs(gradient_a) < 1e-5 && fabs(gradient_b) < 1e-5);
    assert_true(c.slope > 0.05 && c.slope < 1.2); /* log(x) against logit(x): about a half */
    learn_calibration_done(&c);
}

static double falling(double x)
{
    return 0.04 * (1 - x);
}

static double few(double x)
{
    return 0.002 + 0 * x;
}

static double never(double x)
{
    return 0 * x;
}

static void test_few_and_none(void **state)
{
    (void)state;
    static sample s;
    learn_calibration c;
    make_sample(&s, 3000, 5, few, 0);
    assert_int_equal(learn_calibrate(&s.column, s.scores, &c, NULL), 0);
    assert_true(c.kind == LEARN_LEVEL && c.slope == 1);
    double mean = 0, weight = 0, positive = 0;
    for (size_t i = 0; i < 3000; i++) {
        mean += s.weights[i] * learn_calibrated(&c, s.scores[i]);
        weight += s.weights[i];
        positive += s.weights[i] * s.positive[i];
    }
    assert_true(fabs(mean - positive) < 3); /* the level is right, up to Platt's targets */
    make_sample(&s, 3000, 6, falling, 0);
    assert_int_equal(learn_calibrate(&s.column, s.scores, &c, NULL), 0);
    assert_true(c.kind == LEARN_PLATT && c.slope == 0);
    make_sample(&s, 100, 6, never, 0);
    assert_int_equal(learn_calibrate(&s.column, s.scores, &c, NULL), 0);
    assert_true(learn_calibrated(&c, 0.5) >= 1.0 / 102 && learn_calibrated(&c, 0.5) < 0.1);
    s.column.count = 0;
    assert_int_equal(learn_calibrate(&s.column, s.scores, &c, NULL), 0);
    assert_true(c.kind == LEARN_IDENTITY && learn_calibrated(&c, 0.37) == 0.37);
}

/* Scores that are right about something rare stay right: a handful of patients says nothing against them. */
static void test_rare_outcomes_are_left_alone(void **state)
{
    (void)state;
    static sample s;
    double sum = 0, worst = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        learn_calibration c;
        make_sample(&s, 45, seed, few, 0);
        for (size_t i = 0; i < 45; i++)
            s.scores[i] = 0.002;
        assert_int_equal(learn_calibrate(&s.column, s.scores, &c, NULL), 0);
        const double p = learn_calibrated(&c, 0.002);
        sum += p / 200;
        worst = fmax(worst, p);
        assert_true(p > 0.001);
    }
    print_message("0.002 becomes %.4f on average, %.4f at most\n", sum, worst);
    assert_true(sum < 0.003 && worst < 0.02); /* with Platt's targets 0.03 and more, always */
}

static void test_bytes_and_damage(void **state)
{
    (void)state;
    static sample s;
    make_sample(&s, 1500, 8, squared, 0);
    learn_calibration c, back;
    assert_int_equal(learn_calibrate(&s.column, s.scores, &c, NULL), 0);
    base_buf out;
    base_buf_init(&out, 1 << 20);
    learn_calibration_write(&c, &out);
    assert_int_equal(base_buf_check(&out, NULL), 0);
    base_cursor in = base_cursor_of(base_buf_view(&out));
    assert_int_equal(learn_calibration_read(&in, &back, NULL), 0);
    assert_int_equal(in.at, out.size);
    for (int i = 0; i <= 1000; i++)
        assert_true(learn_calibrated(&c, i / 1000.0) == learn_calibrated(&back, i / 1000.0));
    learn_calibration_done(&back);
    for (size_t cut = 0; cut < out.size; cut += 1 + cut / 16) {
        in = base_cursor_of((base_span){out.data, cut});
        assert_int_equal(learn_calibration_read(&in, &back, NULL), LETHE_E_LEARN_MODEL);
    }
    for (size_t i = 0; i < out.size; i++) { /* every byte: refused, or a calibration that still never falls */
        out.data[i] = (char)(out.data[i] ^ 0x81);
        in = base_cursor_of(base_buf_view(&out));
        if (learn_calibration_read(&in, &back, NULL) == 0) {
            double before = 0;
            for (int j = 0; j <= 20; j++) {
                const double p = learn_calibrated(&back, j / 20.0);
                assert_true(p >= before && p <= 1);
                before = p;
            }
            learn_calibration_done(&back);
        }
        out.data[i] = (char)(out.data[i] ^ 0x81);
    }
    learn_calibration_done(&c);
    base_buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pav_is_the_max_min_of_means),
        cmocka_unit_test(test_isotonic_recovers_and_never_falls),
        cmocka_unit_test(test_order_of_input_does_not_matter),
        cmocka_unit_test(test_platt_is_stationary),
        cmocka_unit_test(test_few_and_none),
        cmocka_unit_test(test_rare_outcomes_are_left_alone),
        cmocka_unit_test(test_bytes_and_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "base/threads.h"
#include "learn/logistic.h"
#include "learn/random.h"
#include "learn/test_world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define FEATURES 24
#define OUTCOMES 6

/* Oracle: at the minimum of a strictly convex loss its gradient is nothing; taken here from the data with libm. */
static double steepest(const learn_data *data, const learn_logistic *m, uint32_t o)
{
    double *gradient = calloc(m->kept_count + 1, sizeof(double));
    double *rows = calloc(data->group_count, sizeof(double));
    const double *beta = m->weights + (size_t)o * (m->kept_count + 1);
    for (uint32_t i = 0; i < data->count; i++)
        if (data->splits[i] == LEARN_TRAIN && data->observed[i] != 0)
            rows[data->groups[i]]++;
    for (uint32_t i = 0; i < data->count; i++) {
        if (data->splits[i] != LEARN_TRAIN || learn_label_of(data, i, o) == LEARN_MISSING)
            continue;
        double eta = beta[0];
        for (uint32_t j = 0; j < m->kept_count; j++)
            if (learn_set_has(learn_sets_at(data->features, i), m->kept[j]))
                eta += beta[j + 1];
        const double y = learn_label_of(data, i, o) == LEARN_POSITIVE;
        const double miss = (1 / (1 + exp(-eta)) - y) / rows[data->groups[i]];
        gradient[0] += miss;
        for (uint32_t j = 0; j < m->kept_count; j++)
            if (learn_set_has(learn_sets_at(data->features, i), m->kept[j]))
                gradient[j + 1] += miss;
    }
    double worst = fabs(gradient[0]);
    for (uint32_t j = 1; j <= m->kept_count; j++)
        worst = fmax(worst, fabs(gradient[j] + m->penalties[o] * beta[j]));
    free(gradient);
    free(rows);
    return worst;
}

static void test_the_fit_is_the_minimum(void **state)
{
    (void)state;
    test_world *w = test_world_new(1, 1500, FEATURES, OUTCOMES, -2.5);
    assert_int_equal(learn_data_check(&w->data, NULL), 0);
    learn_logistic m;
    const learn_logistic_options options = {.tolerance = 1e-16, .threads = 2};
    assert_int_equal(learn_logistic_fit(&w->data, &options, &m, NULL), 0);
    assert_int_equal(m.kept_count, FEATURES);
    for (uint32_t o = 0; o < OUTCOMES; o++) {
        assert_true(m.fitted[o] && m.penalties[o] >= 1);
        assert_true(steepest(&w->data, &m, o) < 1e-4);
    }
    learn_logistic_done(&m);
    test_world_free(w);
}

static void test_any_number_of_threads_gives_the_same_bits(void **state)
{
    (void)state;
    test_world *w = test_world_new(2, 800, FEATURES, OUTCOMES, -2);
    learn_logistic models[3];
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(
            learn_logistic_fit(&w->data, &(learn_logistic_options){.threads = 1 + 2 * i}, &models[i], NULL), 0);
    for (size_t i = 1; i < 3; i++)
        assert_memory_equal(models[0].weights, models[i].weights, sizeof(double) * OUTCOMES * (FEATURES + 1));
    for (size_t i = 0; i < 3; i++)
        learn_logistic_done(&models[i]);
    test_world_free(w);
}

static void test_the_rules_are_found(void **state)
{
    (void)state;
    test_world *w = test_world_new(3, 9000, FEATURES, OUTCOMES, -2.5);
    learn_logistic m;
    double p[OUTCOMES], miss = 0, guess = 0, n = 0;
    assert_int_equal(learn_logistic_fit(&w->data, NULL, &m, NULL), 0);
    for (uint32_t i = 0; i < w->data.count; i++) {
        if (w->data.splits[i] != LEARN_TEST)
            continue;
        learn_logistic_predict(&m, learn_sets_at(w->data.features, i), p);
        for (uint32_t o = 0; o < OUTCOMES; o++) {
            const double truth = w->truth[(size_t)i * OUTCOMES + o];
            miss += (p[o] - truth) * (p[o] - truth);
            guess += (0.16 - truth) * (0.16 - truth);
            n++;
        }
    }
    print_message("error against the truth %.4f; of one number for all %.4f\n", sqrt(miss / n), sqrt(guess / n));
    assert_true(miss < 0.15 * guess); /* the age, which is no feature, is what is left */
    learn_logistic_done(&m);
    test_world_free(w);
}

/* Every row twice is the same people: the same model up to rounding, because a patient weighs 1. */
static void test_rows_do_not_count_people_do(void **state)
{
    (void)state;
    enum { ROWS = 400 };
    static uint32_t groups[2 * ROWS], twice[2 * ROWS], strata[2 * ROWS], features[2 * ROWS], begins[2 * ROWS];
    static uint8_t splits[2 * ROWS], observed[2 * ROWS];
    static size_t starts[2 * ROWS + 1], begin_starts[2 * ROWS + 1], none[2 * ROWS + 1];
    learn_random random = learn_random_of(5, 5);
    size_t size = 0;
    for (uint32_t i = 0; i < 2 * ROWS; i += 2) {
        const uint32_t feature = learn_below(&random, 3), has = learn_below(&random, 4) < 1 + feature;
        for (uint32_t j = i; j < i + 2; j++) {
            groups[j] = j;
            twice[j] = i / 2;
            splits[j] = i % 10 < 8 ? LEARN_TRAIN : LEARN_VALIDATION;
            observed[j] = 1;
            features[j] = feature;
            starts[j + 1] = j + 1;
            if (has)
                begins[size++] = 0;
            begin_starts[j + 1] = size;
        }
    }
    learn_data data = {.count = 2 * ROWS,
                       .feature_count = 3,
                       .outcome_count = 1,
                       .group_count = 2 * ROWS,
                       .stratum_count = 1,
                       .features = {features, starts},
                       .begins = {begins, begin_starts},
                       .priors = {NULL, none},
                       .groups = groups,
                       .strata = strata,
                       .splits = splits,
                       .observed = observed};
    assert_int_equal(learn_data_check(&data, NULL), 0);
    static const double two = 2, one = 1;
    learn_logistic a, b;
    assert_int_equal(
        learn_logistic_fit(&data, &(learn_logistic_options){.penalties = &two, .penalty_count = 1, .tolerance = 1e-15},
                           &a, NULL),
        0);
    data.groups = twice;
    data.group_count = ROWS;
    assert_int_equal(learn_data_check(&data, NULL), 0);
    assert_int_equal(
        learn_logistic_fit(&data, &(learn_logistic_options){.penalties = &one, .penalty_count = 1, .tolerance = 1e-15},
                           &b, NULL),
        0);
    for (size_t j = 0; j < 4; j++) /* half the people, half the penalty */
        assert_true(fabs(a.weights[j] - b.weights[j]) < 1e-6);
    assert_int_equal(a.positives[0], 2 * b.positives[0]);
    learn_logistic_done(&a);
    learn_logistic_done(&b);
    /* 320 patients train: nobody has a feature at 1,000 */
    assert_int_equal(learn_logistic_fit(&data, &(learn_logistic_options){.patients_min = 1000}, &a, NULL), 0);
    assert_true(a.kept_count == 0 && !a.fitted[0]);
    double p = 0;
    learn_logistic_predict(&a, learn_sets_at(data.features, 0), &p);
    assert_true(p > 0.2 && p < 0.8);
    learn_logistic_done(&a);
}

static void test_options_and_nobody(void **state)
{
    (void)state;
    static const double rising[] = {1, 2}, zero[] = {0};
    static const size_t none[] = {0};
    learn_logistic m;
    const learn_data nobody = {.features = {NULL, none}, .begins = {NULL, none}, .priors = {NULL, none}};
    assert_int_equal(learn_data_check(&nobody, NULL), 0);
    assert_int_equal(learn_logistic_fit(&nobody, NULL, &m, NULL), LETHE_E_LEARN_TOO_FEW);
    assert_int_equal(
        learn_logistic_fit(&nobody, &(learn_logistic_options){.penalties = rising, .penalty_count = 2}, &m, NULL),
        LETHE_E_LEARN_OPTION);
    assert_int_equal(
        learn_logistic_fit(&nobody, &(learn_logistic_options){.penalties = zero, .penalty_count = 1}, &m, NULL),
        LETHE_E_LEARN_OPTION);
}

static void test_bytes_and_damage(void **state)
{
    (void)state;
    test_world *w = test_world_new(4, 300, 8, 2, -1);
    learn_logistic m, back;
    assert_int_equal(learn_logistic_fit(&w->data, NULL, &m, NULL), 0);
    base_buf out;
    base_buf_init(&out, 1 << 20);
    learn_logistic_write(&m, &out);
    base_cursor in = base_cursor_of(base_buf_view(&out));
    assert_int_equal(learn_logistic_read(&in, &back, NULL), 0);
    assert_int_equal(in.at, out.size);
    assert_memory_equal(m.weights, back.weights, sizeof(double) * 2 * (m.kept_count + 1));
    learn_logistic_done(&back);
    for (size_t cut = 0; cut < out.size; cut++) {
        in = base_cursor_of((base_span){out.data, cut});
        assert_int_equal(learn_logistic_read(&in, &back, NULL), LETHE_E_LEARN_MODEL);
    }
    for (size_t i = 0; i < out.size; i++) {
        out.data[i] = (char)(out.data[i] ^ 0xff);
        in = base_cursor_of(base_buf_view(&out));
        if (learn_logistic_read(&in, &back, NULL) == 0) {
            double p[LEARN_OUTCOMES_MAX];
            learn_logistic_predict(&back, learn_sets_at(w->data.features, 0), p);
            learn_logistic_done(&back);
        }
        out.data[i] = (char)(out.data[i] ^ 0xff);
    }
    base_buf_done(&out);
    learn_logistic_done(&m);
    test_world_free(w);
}

/* 100,000 rows × 300 features × 150 outcomes: with LETHE_LEARN_SPEED set only, since the machine may be shared. */
static void test_speed(void **state)
{
    (void)state;
    if (getenv("LETHE_LEARN_SPEED") == NULL) {
        print_message("not measured: LETHE_LEARN_SPEED is not set\n");
        return;
    }
    test_world *w = test_world_new(6, 83000, 300, 150, -4.5);
    uint32_t rows = 0;
    size_t items = 0;
    for (uint32_t i = 0; i < w->data.count; i++)
        if (w->data.splits[i] == LEARN_TRAIN) {
            rows++;
            items += learn_sets_at(w->data.features, i).count;
        }
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    const clock_t cpu = clock();
    learn_logistic m;
    assert_int_equal(learn_logistic_fit(&w->data, NULL, &m, NULL), 0);
    clock_gettime(CLOCK_MONOTONIC, &b);
    print_message("%u training rows, %.1f features each: %.1f s, %.1f s of processor\n", rows, (double)items / rows,
                  (double)(b.tv_sec - a.tv_sec) + 1e-9 * (double)(b.tv_nsec - a.tv_nsec),
                  (double)(clock() - cpu) / CLOCKS_PER_SEC);
    learn_logistic_done(&m);
    test_world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_fit_is_the_minimum),
        cmocka_unit_test(test_any_number_of_threads_gives_the_same_bits),
        cmocka_unit_test(test_the_rules_are_found),
        cmocka_unit_test(test_rows_do_not_count_people_do),
        cmocka_unit_test(test_options_and_nobody),
        cmocka_unit_test(test_bytes_and_damage),
        cmocka_unit_test(test_speed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "learn/random.h"
#include "learn/reliability.h"

#include <math.h>

#define N 3000

typedef struct sample {
    learn_column column;
    double told[N], weights[N];
    uint32_t groups[N];
    uint8_t positive[N];
} sample;

/* Pairs of rows of one patient, that say the same and begin together: half as many people as rows. */
static void make_sample(sample *s, uint64_t seed, double (*truth)(double))
{
    learn_random random = learn_random_of(seed, 0);
    s->column = (learn_column){
        .count = N, .groups = s->groups, .positive = s->positive, .weights = s->weights, .patients = N / 2};
    for (size_t i = 0; i < N; i += 2) {
        s->told[i] = s->told[i + 1] = learn_unit(&random);
        s->positive[i] = s->positive[i + 1] = learn_unit(&random) < truth(s->told[i]);
        s->groups[i] = s->groups[i + 1] = (uint32_t)i / 2;
        s->weights[i] = s->weights[i + 1] = 0.5;
    }
}

static double same(double p)
{
    return p;
}

static double less(double p)
{
    return 0.8 * p;
}

static double held_of(double (*truth)(double), double *ret_width)
{
    static sample s;
    double held = 0, of = 0, width = 0;
    for (uint64_t round = 0; round < 120; round++) {
        learn_reliability r;
        make_sample(&s, 100 + round, truth);
        assert_int_equal(learn_reliability_fit(&s.column, s.told, &r, NULL), 0);
        assert_int_equal(r.bins, 10);
        for (uint32_t i = 0; i < r.bins; i++) {
            assert_true(fabs(r.bin[i].patients - N / 2 / 10) < 1.5); /* people, not rows */
            const learn_interval in = learn_reliability_interval(&r, r.bin[i].predicted);
            held += in.low <= truth(r.bin[i].predicted) && truth(r.bin[i].predicted) <= in.high;
            width += in.high - in.low;
            of++;
        }
    }
    *ret_width = width / of;
    return held / of;
}

static void test_the_truth_of_those_told_the_same(void **state)
{
    (void)state;
    double width;
    const double calibrated = held_of(same, &width), off = held_of(less, &width);
    print_message("95 %% intervals of mean width %.3f held the truth in %.3f and, told too much, in %.3f\n", width,
                  calibrated, off);
    assert_true(calibrated > 0.93 && off > 0.93);
}

static void test_ties_few_and_none(void **state)
{
    (void)state;
    static sample s;
    learn_reliability r;
    make_sample(&s, 7, same);
    for (size_t i = 0; i < N; i++)
        s.told[i] = s.told[i] < 0.7 ? 0.25 : 0.75;
    assert_int_equal(learn_reliability_fit(&s.column, s.told, &r, NULL), 0);
    assert_int_equal(r.bins, 2);
    assert_true(r.bin[0].predicted == 0.25 || fabs(r.bin[0].predicted - 0.25) < 1e-12);
    s.column.count = 6, s.column.patients = 3;
    assert_int_equal(learn_reliability_fit(&s.column, s.told, &r, NULL), 0);
    assert_true(r.bins >= 1 &&
                learn_reliability_interval(&r, 0.5).high - learn_reliability_interval(&r, 0.5).low > 0.4);
    s.column.count = 0, s.column.patients = 0;
    assert_int_equal(learn_reliability_fit(&s.column, s.told, &r, NULL), 0);
    assert_true(r.bins == 0 && learn_reliability_interval(&r, 0.5).low == 0);
}

static void test_bytes_and_damage(void **state)
{
    (void)state;
    static sample s;
    learn_reliability r, back;
    make_sample(&s, 8, same);
    assert_int_equal(learn_reliability_fit(&s.column, s.told, &r, NULL), 0);
    base_buf out;
    base_buf_init(&out, 4096);
    learn_reliability_write(&r, &out);
    base_cursor in = base_cursor_of(base_buf_view(&out));
    assert_int_equal(learn_reliability_read(&in, &back, NULL), 0);
    assert_memory_equal(&r, &back, sizeof(r));
    for (size_t cut = 0; cut < out.size; cut++) {
        in = base_cursor_of((base_span){out.data, cut});
        assert_int_equal(learn_reliability_read(&in, &back, NULL), LETHE_E_LEARN_MODEL);
    }
    for (size_t i = 0; i < out.size; i++) {
        out.data[i] = (char)(out.data[i] ^ 0x41);
        in = base_cursor_of(base_buf_view(&out));
        if (learn_reliability_read(&in, &back, NULL) == 0) {
            const learn_interval held = learn_reliability_interval(&back, 0.5);
            assert_true(held.low >= 0 && held.low <= held.high && held.high <= 1);
        }
        out.data[i] = (char)(out.data[i] ^ 0x41);
    }
    base_buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_truth_of_those_told_the_same),
        cmocka_unit_test(test_ties_few_and_none),
        cmocka_unit_test(test_bytes_and_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

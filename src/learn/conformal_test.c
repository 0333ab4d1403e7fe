/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "learn/conformal.h"
#include "learn/random.h"

#include <math.h>
#include <stdlib.h>

#define PATIENTS 240
#define OUTCOMES 3
#define ROUNDS   400

/* Patients with one to four rows that share a scale of their own, so that rows of one are alike: what an outcome that
 * begins is given is not well calibrated at all, and need not be. */
typedef struct cohort {
    uint32_t groups[PATIENTS * 4], strata[PATIENTS * 4], begins[PATIENTS * 4 * OUTCOMES], examples[PATIENTS * 4];
    uint8_t splits[PATIENTS * 4], observed[PATIENTS * 4];
    size_t none[PATIENTS * 4 + 1], starts[PATIENTS * 4 + 1];
    double probabilities[PATIENTS * 4 * OUTCOMES];
    learn_data data;
} cohort;

static void make_cohort(cohort *c, uint64_t seed, uint32_t patients)
{
    learn_random random = learn_random_of(seed, 0);
    uint32_t rows = 0;
    size_t size = 0;
    for (uint32_t p = 0; p < patients; p++) {
        const double scale = learn_unit(&random);
        for (uint32_t r = learn_below(&random, 4) + 1; r-- > 0; rows++) {
            c->groups[rows] = p;
            c->observed[rows] = 1;
            c->examples[rows] = rows;
            for (uint32_t o = 0; o < OUTCOMES; o++) {
                if (learn_unit(&random) < (o == 2 ? 0.05 : 0.6))
                    c->begins[size++] = o;
                c->probabilities[rows * OUTCOMES + o] = scale * (0.5 + learn_unit(&random) / 2) / (1 + o);
            }
            c->starts[rows + 1] = size;
        }
    }
    c->data = (learn_data){.count = rows,
                           .outcome_count = OUTCOMES,
                           .group_count = patients,
                           .stratum_count = 1,
                           .features = {NULL, c->none},
                           .begins = {c->begins, c->starts},
                           .priors = {NULL, c->none},
                           .groups = c->groups,
                           .strata = c->strata,
                           .splits = c->splits,
                           .observed = c->observed};
}

/* The guarantee: one new patient a round, one of its rows, over calibration and patient both. */
static void test_coverage_is_as_promised(void **state)
{
    (void)state;
    static cohort calibration, fresh;
    double held[OUTCOMES] = {0}, seen[OUTCOMES] = {0}, pooled_held = 0, pooled_seen = 0;
    learn_random random = learn_random_of(33, 3);
    for (uint64_t round = 0; round < ROUNDS; round++) {
        make_cohort(&calibration, 1000 + round, PATIENTS);
        make_cohort(&fresh, 900000 + round, 40);
        learn_conformal own, pooled;
        const learn_conformal_options options = {.miss = 0.1, .seed = round};
        assert_int_equal(learn_conformal_fit(&calibration.data, calibration.examples, calibration.data.count,
                                             calibration.probabilities, &options, &own, NULL),
                         0);
        const learn_conformal_options together = {.miss = 0.1, .pooled = true, .seed = round};
        assert_int_equal(learn_conformal_fit(&calibration.data, calibration.examples, calibration.data.count,
                                             calibration.probabilities, &together, &pooled, NULL),
                         0);
        assert_true(own.patients[0] > 100 && own.patients[2] == 0 && pooled.patients[0] == 0);
        for (uint32_t i = 0; i < fresh.data.count;) { /* a random positive of each patient */
            const uint32_t group = fresh.groups[i];
            size_t first = fresh.starts[i];
            uint32_t last = i;
            while (last + 1 < fresh.data.count && fresh.groups[last + 1] == group)
                last++;
            const size_t count = fresh.starts[last + 1] - first;
            for (uint32_t o = 0; o < 2; o++) {
                uint32_t chosen = LEARN_NONE, of = 0;
                for (uint32_t r = i; r <= last; r++)
                    if (learn_label_of(&fresh.data, r, o) == LEARN_POSITIVE && learn_below(&random, ++of) == 0)
                        chosen = r;
                if (chosen == LEARN_NONE)
                    continue;
                seen[o]++;
                held[o] += learn_conformal_holds(&own, o, fresh.probabilities[chosen * OUTCOMES + o]);
            }
            if (count != 0) {
                size_t pick = first + learn_below(&random, (uint32_t)count);
                uint32_t row = i;
                while (fresh.starts[row + 1] <= pick)
                    row++;
                const uint32_t o = fresh.begins[pick];
                pooled_seen++;
                pooled_held += learn_conformal_holds(&pooled, o, fresh.probabilities[row * OUTCOMES + o]);
            }
            i = last + 1;
        }
        learn_conformal_done(&own);
        learn_conformal_done(&pooled);
    }
    for (uint32_t o = 0; o < 2; o++) {
        print_message("outcome %u: promised .900, held %.4f of %.0f\n", o, held[o] / seen[o], seen[o]);
        assert_true(held[o] / seen[o] > 0.893 && held[o] / seen[o] < 0.92);
    }
    print_message("pooled: promised .900, held %.4f of %.0f\n", pooled_held / pooled_seen, pooled_seen);
    assert_true(pooled_held / pooled_seen > 0.893 && pooled_held / pooled_seen < 0.92);
}

static void test_quantile_of_finite_samples(void **state)
{
    (void)state;
    double values[] = {9, 1, 8, 2, 7, 3, 6, 4, 5};
    assert_true(learn_conformal_quantile(values, 9, 0.1) == 1); /* (9 + 1) × .1 = 1 */
    assert_true(learn_conformal_quantile(values, 9, 0.3) == 3);
    assert_true(learn_conformal_quantile(values, 9, 0.09) == 0); /* too few to say anything: always in */
    assert_true(learn_conformal_quantile(values, 9, 0.999) == 9);
    assert_true(learn_conformal_quantile(NULL, 0, 0.1) == 0);
}

static void test_bytes_and_options(void **state)
{
    (void)state;
    static cohort c;
    make_cohort(&c, 5, PATIENTS);
    learn_conformal a, back;
    assert_int_equal(learn_conformal_fit(&c.data, c.examples, c.data.count, c.probabilities,
                                         &(learn_conformal_options){.miss = 1.5}, &a, NULL),
                     LETHE_E_LEARN_OPTION);
    assert_int_equal(learn_conformal_fit(&c.data, c.examples, c.data.count, c.probabilities, NULL, &a, NULL), 0);
    base_buf out;
    base_buf_init(&out, 1 << 16);
    learn_conformal_write(&a, &out);
    base_cursor in = base_cursor_of(base_buf_view(&out));
    assert_int_equal(learn_conformal_read(&in, &back, NULL), 0);
    assert_memory_equal(a.thresholds, back.thresholds, sizeof(double) * OUTCOMES);
    learn_conformal_done(&back);
    for (size_t cut = 0; cut < out.size; cut++) {
        in = base_cursor_of((base_span){out.data, cut});
        assert_int_equal(learn_conformal_read(&in, &back, NULL), LETHE_E_LEARN_MODEL);
    }
    base_buf_done(&out);
    learn_conformal_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_coverage_is_as_promised),
        cmocka_unit_test(test_quantile_of_finite_samples),
        cmocka_unit_test(test_bytes_and_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

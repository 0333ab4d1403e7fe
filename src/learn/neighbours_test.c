/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "learn/neighbours.h"
#include "learn/random.h"
#include "learn/test_world.h"

#include <math.h>
#include <stdlib.h>

#define OUTCOMES 5

/* The first row of each of the first `k` patients, at falling similarity. */
static size_t some_neighbours(const test_world *w, size_t k, double nearest, learn_neighbour *ret)
{
    size_t count = 0;
    for (uint32_t i = 0; i < w->data.count && count < k; i++)
        if (i == 0 || w->data.groups[i] != w->data.groups[i - 1]) {
            ret[count] = (learn_neighbour){i, nearest - 0.003 * (double)count};
            count++;
        }
    return count;
}

/* Oracle: the sums of the header, written once more with libm. */
static void test_votes_are_the_formula(void **state)
{
    (void)state;
    test_world *w = test_world_new(11, 400, 12, OUTCOMES, -1);
    learn_neighbour near[100];
    learn_vote votes[OUTCOMES];
    const double b[OUTCOMES] = {0.1, 0.2, 0.3, 0.05, 0.01};
    const learn_vote_options options = {.usual_distance = 0.15, .release_k = 5};
    const size_t k = some_neighbours(w, 100, 0.9, near);
    assert_int_equal(learn_vote_all(&w->data, b, near, k, &options, votes, NULL), 0);
    for (uint32_t o = 0; o < OUTCOMES; o++) {
        double sum = 0, squares = 0, yes = 0, distance = 0;
        uint32_t support = 0;
        for (size_t i = 0; i < k; i++) {
            const double weight = exp(-2 * (1 - near[i].similarity) / (1 - near[k - 1].similarity));
            distance += (1 - near[i].similarity) / (double)k;
            const learn_label label = learn_label_of(&w->data, near[i].example, o);
            if (label == LEARN_MISSING)
                continue;
            sum += weight;
            squares += weight * weight;
            yes += weight * (label == LEARN_POSITIVE);
            support += label == LEARN_POSITIVE;
        }
        const double q = yes / sum, n = sum * sum / squares, nearness = fmin(1, 0.15 / distance);
        assert_true(fabs(votes[o].probability - (n * q + 10 * b[o]) / (n + 10)) < 1e-12);
        assert_true(fabs(votes[o].effective - n) < 1e-9 && votes[o].support == support);
        assert_true(fabs(votes[o].confidence - cbrt(fmax(q, 1 - q) * n / (n + 10) * nearness)) < 1e-12);
        assert_true(votes[o].interval.low < votes[o].probability && votes[o].probability < votes[o].interval.high);
        assert_int_equal(votes[o].answer == LEARN_WITHHELD, support < 11);
    }
    test_world_free(w);
}

static void test_the_order_of_neighbours_does_not_matter(void **state)
{
    (void)state;
    test_world *w = test_world_new(12, 300, 12, OUTCOMES, -1);
    learn_neighbour near[60], other[60];
    learn_vote a[OUTCOMES], b[OUTCOMES];
    const double shares[OUTCOMES] = {0.1, 0.1, 0.1, 0.1, 0.1};
    const size_t k = some_neighbours(w, 60, 0.8, near);
    for (size_t i = 0; i < k; i++)
        other[i] = near[(i * 7) % k];
    assert_int_equal(k, 60);
    assert_int_equal(learn_vote_all(&w->data, shares, near, k, NULL, a, NULL), 0);
    assert_int_equal(learn_vote_all(&w->data, shares, other, k, NULL, b, NULL), 0);
    for (uint32_t o = 0; o < OUTCOMES; o++)
        assert_true(a[o].probability == b[o].probability && a[o].effective == b[o].effective);
    test_world_free(w);
}

static void test_what_is_not_said(void **state)
{
    (void)state;
    test_world *w = test_world_new(13, 400, 12, OUTCOMES, 3); /* nearly everybody gets everything */
    learn_neighbour near[100];
    learn_vote votes[OUTCOMES];
    const double shares[OUTCOMES] = {0.1, 0.2, 0.3, 0.4, 0.5};
    const size_t k = some_neighbours(w, 100, 0.9, near);
    assert_int_equal(learn_vote_all(&w->data, shares, near, 0, NULL, votes, NULL), 0);
    for (uint32_t o = 0; o < OUTCOMES; o++) /* nobody: the baseline, and it is not said */
        assert_true(votes[o].probability == shares[o] && votes[o].answer != LEARN_SAID && votes[o].confidence == 0);
    assert_int_equal(learn_vote_all(&w->data, shares, near, k, NULL, votes, NULL), 0);
    for (uint32_t o = 0; o < OUTCOMES; o++)
        assert_true(votes[o].answer == LEARN_SAID && votes[o].support >= 11);
    const uint32_t support = votes[0].support;
    assert_int_equal(
        learn_vote_all(&w->data, shares, near, k, &(learn_vote_options){.release_k = support + 1}, votes, NULL), 0);
    assert_int_equal(votes[0].answer, LEARN_WITHHELD);
    assert_int_equal(
        learn_vote_all(&w->data, shares, near, k, &(learn_vote_options){.usual_distance = 0.001}, votes, NULL), 0);
    assert_int_equal(votes[0].answer, LEARN_ABSTAINED); /* far from everybody */
    assert_int_equal(
        learn_vote_all(&w->data, shares, near, k, &(learn_vote_options){.effective_min = 500}, votes, NULL), 0);
    assert_int_equal(votes[0].answer, LEARN_ABSTAINED);
    near[1].example = near[0].example;
    assert_int_equal(learn_vote_all(&w->data, shares, near, k, NULL, votes, NULL), LETHE_E_LEARN_DATA);
    near[1].example = w->data.count;
    assert_int_equal(learn_vote_all(&w->data, shares, near, k, NULL, votes, NULL), LETHE_E_LEARN_DATA);
    near[1] = (learn_neighbour){near[2].example, NAN};
    assert_int_equal(learn_vote_all(&w->data, shares, near, 2, NULL, votes, NULL), LETHE_E_LEARN_DATA);
    test_world_free(w);
}

/* Labels drawn with one probability: the interval holds it about as often as it says. */
static void test_intervals_hold_what_they_say(void **state)
{
    (void)state;
    enum { K = 80, ROUNDS = 2000 };
    static uint32_t groups[K], strata[K], begins[K];
    static uint8_t splits[K], observed[K];
    static size_t none[K + 1], starts[K + 1];
    learn_neighbour near[K];
    learn_random random = learn_random_of(14, 0);
    const double truth = 0.3;
    int held = 0;
    for (int round = 0; round < ROUNDS; round++) {
        size_t size = 0;
        for (uint32_t i = 0; i < K; i++) {
            groups[i] = i;
            observed[i] = 1;
            near[i] = (learn_neighbour){i, 0.5 + 0.4 * learn_unit(&random)};
            if (learn_unit(&random) < truth)
                begins[size++] = 0;
            starts[i + 1] = size;
        }
        const learn_data data = {.count = K,
                                 .outcome_count = 1,
                                 .group_count = K,
                                 .stratum_count = 1,
                                 .features = {NULL, none},
                                 .begins = {begins, starts},
                                 .priors = {NULL, none},
                                 .groups = groups,
                                 .strata = strata,
                                 .splits = splits,
                                 .observed = observed};
        learn_vote v;
        assert_int_equal(learn_vote_all(&data, &truth, near, K, NULL, &v, NULL), 0);
        held += v.interval.low <= truth && truth <= v.interval.high;
    }
    print_message("95 %% intervals held the truth in %.1f %%\n", 100.0 * held / ROUNDS);
    assert_true(held > 0.94 * ROUNDS);
}

static void test_agreement_of_outcomes(void **state)
{
    (void)state;
    test_world *w = test_world_new(15, 300, 12, OUTCOMES, -1);
    uint32_t examples[900];
    static double shares[900 * OUTCOMES];
    const size_t count = learn_examples_of(&w->data, LEARN_TRAIN, examples);
    learn_agreement a;
    for (size_t i = 0; i < count * OUTCOMES; i++) /* neighbours that know */
        shares[i] = learn_label_of(&w->data, examples[i / OUTCOMES], (uint32_t)(i % OUTCOMES)) == LEARN_POSITIVE;
    assert_int_equal(learn_outcome_agreement(&w->data, examples, count, shares, &a, NULL), 0);
    assert_true(a.where_it_begins == 1 && a.where_it_does_not == 0 && a.patients_not > 100 && a.patients_begins > 50);
    for (size_t i = 0; i < count * OUTCOMES; i++) /* neighbours that do not */
        shares[i] = 0.25;
    assert_int_equal(learn_outcome_agreement(&w->data, examples, count, shares, &a, NULL), 0);
    assert_true(fabs(a.where_it_begins - 0.25) < 1e-12 && fabs(a.where_it_does_not - 0.25) < 1e-12);
    assert_int_equal(learn_outcome_agreement(&w->data, examples, 0, shares, &a, NULL), 0);
    assert_true(a.patients_begins == 0 && a.where_it_begins == 0);
    test_world_free(w);
}

static void test_median(void **state)
{
    (void)state;
    double odd[] = {3, 1, 2}, even[] = {4, 1, 2, 3};
    assert_true(learn_median(odd, 3) == 2 && learn_median(even, 4) == 2.5 && learn_median(NULL, 0) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_votes_are_the_formula), cmocka_unit_test(test_the_order_of_neighbours_does_not_matter),
        cmocka_unit_test(test_what_is_not_said),      cmocka_unit_test(test_intervals_hold_what_they_say),
        cmocka_unit_test(test_agreement_of_outcomes), cmocka_unit_test(test_median),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

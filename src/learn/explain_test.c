/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "learn/explain.h"
#include "learn/jaccard.h"
#include "learn/test_world.h"

#include <math.h>

#define FEATURES 18

static void test_shares_count_people(void **state)
{
    (void)state;
    test_world *w = test_world_new(81, 400, FEATURES, 2, -1);
    const learn_data *data = &w->data;
    learn_shares s;
    assert_int_equal(learn_shares_fit(data, &s, NULL), 0);
    for (uint32_t f = 0; f < FEATURES; f++) {
        double have = 0, patients = 0;
        for (uint32_t i = 0; i < data->count;) {
            const uint32_t group = data->groups[i], split = data->splits[i];
            bool has = false;
            for (; i < data->count && data->groups[i] == group; i++)
                has |= learn_set_has(learn_sets_at(data->features, i), f);
            patients += split == LEARN_TRAIN;
            have += split == LEARN_TRAIN && has;
        }
        assert_true(fabs(s.shares[f] - have / patients) < 1e-12 && s.patients == (uint32_t)patients);
    }
    learn_shares_done(&s);
    test_world_free(w);
}

static void test_neighbours_explain_by_what_is_unusual(void **state)
{
    (void)state;
    test_world *w = test_world_new(82, 900, FEATURES, 2, -1);
    const learn_data *data = &w->data;
    learn_shares s;
    learn_postings *postings;
    learn_postings_scratch *scratch;
    learn_neighbour near[60];
    learn_reason reasons[LEARN_REASONS_MAX], first[2];
    assert_int_equal(learn_shares_fit(data, &s, NULL), 0);
    assert_int_equal(learn_postings_new(data, &postings, NULL), 0);
    assert_int_equal(learn_postings_scratch_new(postings, &scratch, NULL), 0);
    size_t some = 0;
    for (uint32_t q = 0; q < data->count; q += 20) {
        const learn_set set = learn_sets_at(data->features, q);
        const size_t n = learn_postings_nearest(postings, scratch, set, data->groups[q], 60, near);
        const size_t count = learn_explain_neighbours(data, &s, set, near, n, 5, LEARN_REASONS_MAX, reasons);
        assert_true(count <= set.count);
        for (size_t i = 0; i < count; i++) {
            assert_true(learn_set_has(set, reasons[i].feature) && reasons[i].neighbours >= 11);
            assert_true(reasons[i].share > reasons[i].usual);
            if (i > 0)
                assert_true(reasons[i].share - reasons[i].usual <= reasons[i - 1].share - reasons[i - 1].usual);
        }
        const size_t two = learn_explain_neighbours(data, &s, set, near, n, 5, 2, first);
        for (size_t i = 0; i < two; i++)
            assert_int_equal(first[i].feature, reasons[i].feature);
        assert_int_equal(learn_explain_neighbours(data, &s, set, near, n, 61, 2, first), 0); /* nobody has 61 */
        some += count != 0;
    }
    assert_true(some > 50);
    learn_postings_scratch_free(scratch);
    learn_postings_free(postings);
    learn_shares_done(&s);
    test_world_free(w);
}

/* What is said of the features adds up to what the model said. */
static void test_the_logit_is_the_sum_of_its_reasons(void **state)
{
    (void)state;
    test_world *w = test_world_new(83, 900, FEATURES, 2, -1);
    learn_logistic m;
    assert_int_equal(learn_logistic_fit(&w->data, NULL, &m, NULL), 0);
    for (uint32_t q = 0; q < w->data.count; q += 30)
        for (uint32_t o = 0; o < 2; o++) {
            const learn_set set = learn_sets_at(w->data.features, q);
            learn_reason reasons[LEARN_REASONS_MAX];
            double p[2], logit = m.weights[o * (m.kept_count + 1)];
            learn_logistic_predict(&m, set, p);
            const size_t n = learn_explain_logistic(&m, set, o, LEARN_REASONS_MAX, reasons);
            for (size_t i = 0; i < n; i++) {
                logit += reasons[i].share;
                assert_true(i == 0 || fabs(reasons[i].share) <= fabs(reasons[i - 1].share));
            }
            assert_true(fabs(1 / (1 + exp(-logit)) - p[o]) < 1e-12);
        }
    learn_logistic_done(&m);
    test_world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares_count_people),
        cmocka_unit_test(test_neighbours_explain_by_what_is_unusual),
        cmocka_unit_test(test_the_logit_is_the_sum_of_its_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

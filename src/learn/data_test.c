/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "learn/data.h"

#include <stdlib.h>

/* Five rows of three patients, two outcomes. Row 1 is censored, row 3 has outcome 0 already. */
static const uint32_t GROUPS[] = {0, 0, 0, 1, 2};
static const uint32_t STRATA[] = {0, 0, 0, 1, 1};
static const uint8_t SPLITS[] = {0, 0, 0, 0, 2};
static const uint8_t OBSERVED[] = {1, 0, 1, 1, 1};
static const uint32_t FEATURES[] = {0, 2, 1};
static const size_t FEATURE_STARTS[] = {0, 2, 2, 3, 3, 3};
static const uint32_t BEGINS[] = {0, 0, 1, 0, 0};
static const size_t BEGIN_STARTS[] = {0, 1, 2, 3, 4, 5};
static const uint32_t PRIORS[] = {0};
static const size_t PRIOR_STARTS[] = {0, 0, 0, 0, 1, 1};

static learn_data small(void)
{
    return (learn_data){
        .count = 5,
        .feature_count = 3,
        .outcome_count = 2,
        .group_count = 3,
        .stratum_count = 2,
        .features = {FEATURES, FEATURE_STARTS},
        .begins = {BEGINS, BEGIN_STARTS},
        .priors = {PRIORS, PRIOR_STARTS},
        .groups = GROUPS,
        .strata = STRATA,
        .splits = SPLITS,
        .observed = OBSERVED,
    };
}

static void test_labels(void **state)
{
    (void)state;
    const learn_data data = small();
    assert_int_equal(learn_data_check(&data, NULL), 0);
    static const learn_label truth[5][2] = {
        {LEARN_POSITIVE, LEARN_NEGATIVE}, {LEARN_MISSING, LEARN_MISSING},   {LEARN_NEGATIVE, LEARN_POSITIVE},
        {LEARN_MISSING, LEARN_NEGATIVE},  {LEARN_POSITIVE, LEARN_NEGATIVE},
    };
    for (uint32_t i = 0; i < 5; i++)
        for (uint32_t o = 0; o < 2; o++)
            assert_int_equal(learn_label_of(&data, i, o), truth[i][o]);
}

static void test_each_patient_weighs_one(void **state)
{
    (void)state;
    const learn_data data = small();
    uint32_t examples[5];
    const size_t count = learn_examples_of(&data, LEARN_TRAIN, examples);
    assert_int_equal(count, 4);
    learn_column column;
    assert_int_equal(learn_column_init(&data, count, &column, NULL), 0);
    for (int round = 0; round < 2; round++) { /* twice: the scratch is clean again */
        learn_column_take(&data, examples, count, 0, &column);
        assert_int_equal(column.count, 2);
        assert_int_equal(column.patients, 1);
        assert_int_equal(column.positives, 1);
        assert_true(column.weights[0] == 0.5 && column.weights[1] == 0.5 && column.positive_weight == 0.5);
        learn_column_take(&data, examples, count, 1, &column);
        assert_int_equal(column.count, 3);
        assert_int_equal(column.patients, 2);
        assert_true(column.weight == 2);
        assert_int_equal(column.at[2], 3);
    }
    learn_column_done(&column);
}

static void test_what_does_not_hold_is_refused(void **state)
{
    (void)state;
    static const uint8_t two_splits[] = {0, 1, 0, 0, 2}, no_split[] = {0, 0, 0, 0, 3}, odd[] = {2, 0, 1, 1, 1};
    static const uint32_t no_group[] = {0, 0, 0, 1, 3}, unsorted[] = {2, 0, 1}, beyond[] = {0, 2, 3};
    static const size_t falling[] = {0, 2, 1, 3, 3, 3};
    learn_data bad[7];
    for (size_t i = 0; i < 7; i++)
        bad[i] = small();
    bad[0].splits = two_splits;
    bad[1].splits = no_split;
    bad[2].observed = odd;
    bad[3].groups = no_group;
    bad[4].features.items = unsorted;
    bad[5].features.items = beyond;
    bad[6].features.starts = falling;
    for (size_t i = 0; i < 7; i++) {
        lethe_error error = {0};
        assert_int_equal(learn_data_check(&bad[i], &error), LETHE_E_LEARN_DATA);
        assert_int_equal(error.code, LETHE_E_LEARN_DATA);
    }
    learn_data many = small();
    many.outcome_count = LEARN_OUTCOMES_MAX + 1;
    assert_int_equal(learn_data_check(&many, NULL), LETHE_E_BASE_LIMIT);
}

static void test_folds_are_of_patients_and_even(void **state)
{
    (void)state;
    int counts[2] = {0, 0};
    for (uint32_t g = 0; g < 10000; g++) {
        assert_int_equal(learn_fold(5, g, 2), learn_fold(5, g, 2));
        counts[learn_fold(5, g, 2)]++;
    }
    assert_true(abs(counts[0] - counts[1]) < 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_each_patient_weighs_one),
        cmocka_unit_test(test_what_does_not_hold_is_refused),
        cmocka_unit_test(test_folds_are_of_patients_and_even),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

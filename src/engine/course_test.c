/* SPDX-License-Identifier: Apache-2.0 */
/* The course in a world whose rules are known, with neighbours by shared features: no dataset, no index. */
#include "base/test.h"
#include "engine/course_internal.h"
#include "learn/test_world.h"

#include <stdlib.h>

#define OUTCOMES 4
#define FEATURES 24

static const uint32_t ITSELF[OUTCOMES] = {0, 1, 2, 3};

typedef struct world {
    test_world *made;
    learn_postings *postings;
    learn_postings_scratch *scratch;
} world;

static int nearest(void *context, const uint32_t *examples, size_t count, uint32_t k, learn_neighbour *ret_neighbours,
                   uint32_t *ret_counts, lethe_error *error)
{
    const world *w = context;
    const learn_data *data = &w->made->data;
    (void)error;
    for (size_t i = 0; i < count; i++)
        ret_counts[i] =
            (uint32_t)learn_postings_nearest(w->postings, w->scratch, learn_sets_at(data->features, examples[i]),
                                             data->groups[examples[i]], k, ret_neighbours + i * k);
    return 0;
}

static world world_new(uint32_t patients)
{
    world w = {.made = test_world_new(5, patients, FEATURES, OUTCOMES, -2)};
    assert_int_equal(learn_postings_new(&w.made->data, &w.postings, NULL), 0);
    assert_int_equal(learn_postings_scratch_new(w.postings, &w.scratch, NULL), 0);
    return w;
}

static void world_free(world *w)
{
    learn_postings_scratch_free(w->scratch);
    learn_postings_free(w->postings);
    test_world_free(w->made);
}

static engine_course_options options_of(world *w, size_t threads)
{
    return (engine_course_options){.data = &w->made->data,
                                   .near = {w, nearest},
                                   .levels = {{ITSELF, OUTCOMES}, {NULL, 0}},
                                   .neighbours = 60,
                                   .release_k = 5,
                                   .rounds = 50,
                                   .threads = threads};
}

static void test_rules_are_found_and_bits_are_the_same(void **state)
{
    (void)state;
    world w = world_new(4000);
    engine_fitted fitted[2];
    engine_findings *findings = calloc(2, sizeof(*findings));
    assert_non_null(findings);
    for (size_t i = 0; i < 2; i++) {
        const engine_course_options options = options_of(&w, i == 0 ? 1 : 3);
        assert_int_equal(engine_course_run(&options, &fitted[i], &findings[i], NULL), 0);
    }
    const learn_judgement *best = &findings[0].methods[fitted[0].method][ENGINE_CONCEPTS];
    assert_true(findings[0].judged && findings[0].chosen_by_measure);
    assert_true(fitted[0].method == ENGINE_LOGISTIC || fitted[0].method == ENGINE_BLEND); /* the world is logistic */
    assert_true(best->brier_skill.low > 0 && best->lift.low > 1);
    assert_true(best->ece.value < 0.05);
    assert_true(findings[0].agreement.where_it_begins > findings[0].agreement.where_it_does_not);
    assert_true(findings[0].set_held > 0.8);
    assert_int_equal(fitted[0].method, fitted[1].method);
    assert_true(fitted[0].blend_weight == fitted[1].blend_weight);
    assert_true(fitted[0].usual_distance == fitted[1].usual_distance);
    assert_memory_equal(findings[0].bins, findings[1].bins, sizeof(findings[0].bins));
    assert_memory_equal(fitted[0].logistic.weights, fitted[1].logistic.weights,
                        OUTCOMES * (fitted[0].logistic.kept_count + 1UL) * sizeof(double));
    for (int m = 0; m < ENGINE_METHODS; m++)
        assert_memory_equal(&findings[0].methods[m][ENGINE_CONCEPTS].brier,
                            &findings[1].methods[m][ENGINE_CONCEPTS].brier, sizeof(learn_figure));
    for (size_t i = 0; i < 2; i++)
        engine_fitted_done(&fitted[i]);
    free(findings);
    world_free(&w);
}

static int stop(void *context, uint64_t done, uint64_t total)
{
    (void)context;
    assert_true(done <= total);
    return 1;
}

static void test_few_people_give_no_figures(void **state)
{
    (void)state;
    static const uint32_t patients[] = {2, 10, 60, 150};
    for (size_t i = 0; i < sizeof(patients) / sizeof(patients[0]); i++) {
        world w = world_new(patients[i]);
        engine_fitted fitted;
        engine_findings *findings = calloc(1, sizeof(*findings));
        const engine_course_options options = options_of(&w, 2);
        const int status = engine_course_run(&options, &fitted, findings, NULL);
        assert_true(status == 0 || status == LETHE_E_LEARN_TOO_FEW);
        if (status == 0) {
            assert_true(findings->judged == (findings->test_positive >= ENGINE_TEST_PATIENTS_MIN));
            assert_true(findings->chosen_by_measure || fitted.method == ENGINE_PREVALENCE);
            engine_fitted_done(&fitted);
        }
        free(findings);
        world_free(&w);
    }
}

static void test_a_course_is_cancelled(void **state)
{
    (void)state;
    world w = world_new(300);
    engine_fitted fitted;
    engine_findings *findings = calloc(1, sizeof(*findings));
    engine_course_options options = options_of(&w, 1);
    options.progress = stop;
    assert_int_equal(engine_course_run(&options, &fitted, findings, NULL), LETHE_E_BASE_CANCELLED);
    free(findings);
    world_free(&w);
}

/* Rows of patients of a split, as the sample has them: how many, and how many patients. */
static size_t sizes_of(const learn_data *data, const course_sample *sample, uint32_t *ret_patients, uint32_t *ret_most)
{
    uint32_t *examples = calloc(data->count + 1UL, sizeof(*examples)), own = 0;
    const size_t count = course_sample_take(data, sample, LEARN_TEST, -1, examples);
    *ret_patients = *ret_most = 0;
    for (size_t i = 0; i < count; i++) {
        const bool same = i > 0 && data->groups[examples[i]] == data->groups[examples[i - 1]];
        assert_true(i == 0 || examples[i] > examples[i - 1]);
        assert_true(data->splits[examples[i]] == LEARN_TEST && data->observed[examples[i]] != 0);
        own = same ? own + 1 : 1;
        *ret_patients += !same;
        *ret_most = own > *ret_most ? own : *ret_most;
    }
    free(examples);
    return count;
}

static void test_a_large_course_takes_fewer_rows_then_fewer_people(void **state)
{
    (void)state;
    world w = world_new(3000);
    const learn_data *data = &w.made->data;
    course_sample all, some, few;
    uint32_t patients[3], most[3];
    assert_int_equal(course_sample_settle(data, UINT64_MAX, 1, &all, NULL), 0);
    const size_t rows = sizes_of(data, &all, &patients[0], &most[0]);
    assert_int_equal(most[0], 3); /* of the world */
    assert_int_equal(course_sample_settle(data, 0, 1600, &some, NULL), 0);
    assert_true(sizes_of(data, &some, &patients[1], &most[1]) < rows);
    assert_int_equal(patients[1], patients[0]);
    assert_true(some.patients == COURSE_SHARES && most[1] < 3);
    assert_int_equal(course_sample_settle(data, 0, 200, &few, NULL), 0);
    const size_t fewer = sizes_of(data, &few, &patients[2], &most[2]);
    assert_true(few.rows == 1 && most[2] == 1 && fewer == patients[2]);
    assert_in_range(fewer, 60, 140); /* half of the 200 */
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules_are_found_and_bits_are_the_same),
        cmocka_unit_test(test_few_people_give_no_figures),
        cmocka_unit_test(test_a_course_is_cancelled),
        cmocka_unit_test(test_a_large_course_takes_fewer_rows_then_fewer_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Learning from earlier periods in a world whose rules are known: where they change, what was learnt before fails on
 * later rows and what is learnt from all does not; where they do not, both are alike. No dataset, no index.
 */
#include "base/test.h"
#include "engine/course.h"
#include "engine/periods.h"
#include "learn/jaccard.h"
#include "learn/random.h"
#include "learn/test_world.h"

#include <stdlib.h>

#define OUTCOMES 4
#define FEATURES 24
#define FIRST    2014
#define YEARS    6
#define CHANGE   (FIRST + YEARS / 2) /* the year in which the rules change, where they do */

static const uint32_t ITSELF[OUTCOMES] = {0, 1, 2, 3};

typedef struct nearby {
    const learn_data *data;
    learn_postings *postings;
    learn_postings_scratch *scratch;
} nearby;

static int nearest(void *context, const uint32_t *examples, size_t count, uint32_t k, learn_neighbour *ret_neighbours,
                   uint32_t *ret_counts, lethe_error *error)
{
    const nearby *n = context;
    (void)error;
    for (size_t i = 0; i < count; i++)
        ret_counts[i] =
            (uint32_t)learn_postings_nearest(n->postings, n->scratch, learn_sets_at(n->data->features, examples[i]),
                                             n->data->groups[examples[i]], k, ret_neighbours + i * k);
    return 0;
}

/* Outcomes 0 and 1 change places, and 2 and 3, in the sets of the rows from a year on. */
static void change_rules(learn_sets sets, const uint16_t *from, uint32_t count, uint16_t year)
{
    union {
        const uint32_t *constant;
        uint32_t *plain;
    } items = {sets.items}; /* the world's own */
    for (uint32_t i = 0; i < count; i++) {
        const size_t start = sets.starts[i], size = sets.starts[i + 1] - start;
        for (size_t j = start; j < start + size && from[i] >= year; j++)
            items.plain[j] ^= 1;
        (void)learn_set_sort(items.plain + start, size);
    }
}

/* The world's rows, each in a year drawn by its number; the examples borrow them. */
static engine_examples examples_of(test_world *made, uint16_t width)
{
    const learn_data *data = &made->data;
    engine_examples e = {.data = *data};
    e.from = calloc(data->count, sizeof(*e.from));
    e.until = calloc(data->count, sizeof(*e.until));
    assert_non_null(e.from);
    assert_non_null(e.until);
    for (uint32_t i = 0; i < data->count; i++) {
        learn_random random = learn_random_of(3, i);
        const uint16_t year = (uint16_t)(FIRST + learn_below(&random, YEARS) / width * width);
        e.from[i] = year;
        e.until[i] = (uint16_t)(year + width - 1);
    }
    return e;
}

typedef struct owned {
    engine_examples examples;
    uint8_t *judged, *taken;
} owned;

/* A part copies what it is made of, so the world's constant arrays are given as the examples' own for a while. */
static int part_of(const owned *all, engine_examples *ret_part)
{
    const learn_data *data = &all->examples.data;
    engine_examples view = all->examples;
    const learn_sets sets[] = {data->features, data->begins, data->priors};
    union {
        const void *constant;
        void *plain;
    } to;
    to.constant = data->groups, view.groups = to.plain;
    to.constant = data->strata, view.strata_of = to.plain;
    to.constant = data->splits, view.splits = to.plain;
    to.constant = data->observed, view.observed = to.plain;
    for (int list = 0; list < 3; list++) {
        to.constant = sets[list].items, view.items[list] = to.plain;
        to.constant = sets[list].starts, view.starts[list] = to.plain;
    }
    return engine_examples_part(&view, all->taken, ret_part, NULL);
}

static engine_course_options options_of(const learn_data *data, nearby *near)
{
    *near = (nearby){.data = data};
    assert_int_equal(learn_postings_new(data, &near->postings, NULL), 0);
    assert_int_equal(learn_postings_scratch_new(near->postings, &near->scratch, NULL), 0);
    return (engine_course_options){.data = data,
                                   .near = {near, nearest},
                                   .levels = {{ITSELF, OUTCOMES}, {NULL, 0}},
                                   .neighbours = 60,
                                   .release_k = 5,
                                   .rounds = 200,
                                   .threads = 2};
}

static void run(const engine_course_options *options, nearby *near, engine_findings *findings)
{
    engine_fitted fitted;
    assert_int_equal(engine_course_run(options, &fitted, findings, NULL), 0);
    findings->released[0] = findings->methods[fitted.method][ENGINE_CONCEPTS]; /* of the default, nothing unsaid */
    engine_fitted_done(&fitted);
    learn_postings_scratch_free(near->scratch);
    learn_postings_free(near->postings);
}

/* Figures of the last periods: learnt from the earlier ones, and from all. */
static void measure(bool changing, learn_judgement *ret_earlier, learn_judgement *ret_all)
{
    test_world *made = test_world_new(5, 4000, FEATURES, OUTCOMES, -2);
    owned all = {.examples = examples_of(made, 1)};
    const learn_data *data = &all.examples.data;
    engine_examples part;
    engine_cut cut;
    nearby near;
    engine_findings *findings = calloc(2, sizeof(*findings));
    all.judged = malloc(data->count), all.taken = malloc(data->count);
    assert_true(findings != NULL && all.judged != NULL && all.taken != NULL);
    if (changing) {
        change_rules(data->begins, all.examples.from, data->count, CHANGE);
        change_rules(data->priors, all.examples.from, data->count, CHANGE);
    }
    assert_int_equal(engine_cut_find(&all.examples, 12, &cut, NULL), 0);
    assert_int_equal(cut.state, ENGINE_CUT_FOUND);
    assert_true(cut.judged_from >= CHANGE && cut.judged_until == FIRST + YEARS - 1);
    assert_true(cut.learnt_from == FIRST && cut.learnt_until == cut.judged_from - 2); /* a year between */
    engine_cut_take(&all.examples, &cut, all.judged, all.taken);
    engine_course_options options = options_of(data, &near);
    options.slice = all.judged;
    run(&options, &near, &findings[0]);
    *ret_all = findings[0].slice[ENGINE_CONCEPTS];
    assert_int_equal(part_of(&all, &part), 0);
    options = options_of(&part.data, &near);
    run(&options, &near, &findings[1]);
    *ret_earlier = findings[1].released[0];
    assert_int_equal(ret_all->rows, ret_earlier->rows); /* the same visits */
    assert_int_equal(ret_all->patients, ret_earlier->patients);
    engine_examples_done(&part);
    free(all.examples.from);
    free(all.examples.until);
    free(all.judged);
    free(all.taken);
    free(findings);
    test_world_free(made);
}

static void test_time_does_not_matter(void **state)
{
    (void)state;
    learn_judgement earlier, all;
    measure(false, &earlier, &all);
    assert_true(earlier.brier_skill.low > 0 && all.brier_skill.low > 0);
    assert_true(earlier.precision.value >= all.precision.low && earlier.precision.value <= all.precision.high);
    assert_true(earlier.recall.value >= all.recall.low && earlier.recall.value <= all.recall.high);
    assert_true(earlier.ece.value < 0.06);
}

static void test_time_matters(void **state)
{
    (void)state;
    learn_judgement earlier, all, still, still_all;
    measure(true, &earlier, &all);
    measure(false, &still, &still_all);
    assert_true(earlier.brier_skill.high < 0); /* worse than knowing age and sex alone */
    assert_true(earlier.brier_skill.high < all.brier_skill.low);
    assert_true(earlier.precision.value < all.precision.value); /* three of four outcomes are named: a blunt measure */
    assert_true(earlier.precision.value < still.precision.low);
}

static engine_cut cut_of(uint16_t width, uint32_t horizon)
{
    test_world *made = test_world_new(5, 500, FEATURES, OUTCOMES, -2);
    engine_examples examples = examples_of(made, width);
    engine_cut cut;
    base_buf clause;
    assert_int_equal(engine_cut_find(&examples, horizon, &cut, NULL), 0);
    base_buf_init(&clause, 1000);
    assert_int_equal(engine_cut_clause(&examples, &cut, &clause, NULL), 0);
    for (uint32_t i = 0; i < examples.data.count; i++) { /* whatever the clause names was known by then */
        char name[16];
        const int from = examples.from[i], until = examples.until[i];
        (void)snprintf(name, sizeof(name), from == until ? "%d" : "%d-%d", from, until);
        const bool named = cut.state == ENGINE_CUT_FOUND && strstr((const char *)clause.data, name) != NULL;
        assert_true(named == (cut.state == ENGINE_CUT_FOUND &&
                              12 * (cut.judged_from - until - 1) >= (int)horizon && until < cut.judged_from));
    }
    base_buf_done(&clause);
    free(examples.from);
    free(examples.until);
    test_world_free(made);
    return cut;
}

static void test_cuts(void **state)
{
    (void)state;
    const engine_cut years = cut_of(1, 12), longer = cut_of(1, 24), none = cut_of(1, 0), pairs = cut_of(2, 12);
    assert_int_equal(longer.learnt_until, years.learnt_until - 1);
    assert_int_equal(none.learnt_until, years.learnt_until + 1);
    assert_true(pairs.judged_from == FIRST + YEARS - 2 && pairs.judged_until == FIRST + YEARS - 1);
    assert_true(pairs.learnt_from == FIRST && pairs.learnt_until == FIRST + 1); /* the pair between is left out */
    assert_int_equal(cut_of(1, 1200).state, ENGINE_CUT_NONE);
    assert_int_equal(cut_of(6, 12).state, ENGINE_CUT_NONE);
}

static void test_no_period(void **state)
{
    (void)state;
    test_world *made = test_world_new(5, 100, FEATURES, OUTCOMES, -2);
    engine_examples examples = examples_of(made, 1);
    engine_cut cut;
    memset(examples.from, 0, examples.data.count * sizeof(*examples.from));
    memset(examples.until, 0, examples.data.count * sizeof(*examples.until));
    assert_int_equal(engine_cut_find(&examples, 12, &cut, NULL), 0);
    assert_int_equal(cut.state, ENGINE_CUT_WITHHELD);
    free(examples.from);
    free(examples.until);
    test_world_free(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time_does_not_matter),
        cmocka_unit_test(test_time_matters),
        cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_no_period),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

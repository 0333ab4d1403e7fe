/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "learn/blend.h"
#include "learn/calibrate.h"
#include "learn/conformal.h"
#include "learn/jaccard.h"
#include "learn/logistic.h"
#include "learn/reliability.h"
#include "learn/test_world.h"

#include <math.h>
#include <stdlib.h>

/*
 * The whole way, as an evaluation goes it, in a world whose rules are known: fit on train, calibrate and blend on one
 * half of the validation patients, choose and find thresholds on the other, judge on test against labels and truth.
 */
#define PATIENTS 6000
#define FEATURES 24
#define OUTCOMES 6
#define K        100

enum { PREVALENCE, LOGISTIC, NEIGHBOURS, BLEND, METHODS };

static const uint32_t ITSELF[OUTCOMES] = {0, 1, 2, 3, 4, 5};
static const char *const NAMES[METHODS] = {"prevalence", "logistic", "neighbours", "blend"};

typedef struct part {
    uint32_t *examples;
    size_t count;
    double *p[METHODS];
    learn_vote *votes; /* before calibration */
} part;

typedef struct course {
    test_world *world;
    part tuning, choosing, test;
    learn_baseline baseline;
    learn_logistic logistic;
    learn_postings *postings;
    learn_postings_scratch *scratch;
    learn_calibration calibrations[METHODS][OUTCOMES];
    double weight, usual;
} course;

static size_t cells_of(const part *p)
{
    return p->count * OUTCOMES;
}

static void part_init(course *c, part *p, learn_split split, int fold)
{
    uint32_t *all = malloc(c->world->data.count * sizeof(*all));
    const size_t count = learn_examples_of(&c->world->data, split, all);
    p->examples = malloc((count + 1) * sizeof(*all));
    for (size_t i = 0; i < count; i++)
        if (fold < 0 || learn_fold(9, c->world->data.groups[all[i]], 2) == (uint32_t)fold)
            p->examples[p->count++] = all[i];
    free(all);
    for (size_t m = 0; m < METHODS; m++)
        p->p[m] = malloc(cells_of(p) * sizeof(double) + 8);
    p->votes = malloc(cells_of(p) * sizeof(learn_vote) + 8);
}

static void part_free(part *p)
{
    free(p->examples);
    for (size_t m = 0; m < METHODS; m++)
        free(p->p[m]);
    free(p->votes);
}

static void predict(course *c, part *p)
{
    const learn_data *data = &c->world->data;
    learn_neighbour near[K];
    double *distances = malloc((p->count + 1) * sizeof(double));
    for (size_t i = 0; i < p->count; i++) {
        const uint32_t example = p->examples[i];
        const learn_set features = learn_sets_at(data->features, example);
        const double *shares = learn_baseline_of(&c->baseline, data->strata[example]);
        const size_t n = learn_postings_nearest(c->postings, c->scratch, features, data->groups[example], K, near);
        const learn_vote_options options = {.usual_distance = c->usual, .release_k = 5};
        distances[i] = learn_mean_distance(near, n);
        assert_int_equal(learn_vote_all(data, shares, near, n, &options, p->votes + i * OUTCOMES, NULL), 0);
        learn_logistic_predict(&c->logistic, features, p->p[LOGISTIC] + i * OUTCOMES);
        for (uint32_t o = 0; o < OUTCOMES; o++) {
            p->p[PREVALENCE][i * OUTCOMES + o] = shares[o];
            p->p[NEIGHBOURS][i * OUTCOMES + o] = p->votes[i * OUTCOMES + o].probability;
        }
    }
    if (c->usual == 0)
        c->usual = learn_median(distances, p->count);
    free(distances);
}

static void calibrate(course *c, int method)
{
    const part *p = &c->tuning;
    learn_column column;
    double *scores = malloc((p->count + 1) * sizeof(double));
    assert_int_equal(learn_column_init(&c->world->data, p->count, &column, NULL), 0);
    for (uint32_t o = 0; o < OUTCOMES; o++) {
        learn_column_take(&c->world->data, p->examples, p->count, o, &column);
        for (size_t i = 0; i < column.count; i++)
            scores[i] = p->p[method][column.at[i] * OUTCOMES + o];
        assert_int_equal(learn_calibrate(&column, scores, &c->calibrations[method][o], NULL), 0);
    }
    learn_column_done(&column);
    free(scores);
}

static void apply(course *c, part *p, int method)
{
    for (size_t i = 0; i < cells_of(p); i++)
        p->p[method][i] = learn_calibrated(&c->calibrations[method][i % OUTCOMES], p->p[method][i]);
}

static void blend(course *c, part *p)
{
    for (size_t i = 0; i < cells_of(p); i++)
        p->p[BLEND][i] = learn_blended(c->weight, p->p[LOGISTIC][i], p->p[NEIGHBOURS][i]);
}

static void learn_all(course *c, uint64_t seed)
{
    c->world = test_world_new(seed, PATIENTS, FEATURES, OUTCOMES, -2.2);
    const learn_data *data = &c->world->data;
    assert_int_equal(learn_data_check(data, NULL), 0);
    assert_int_equal(learn_baseline_fit(data, 0, &c->baseline, NULL), 0);
    assert_int_equal(learn_logistic_fit(data, NULL, &c->logistic, NULL), 0);
    assert_int_equal(learn_postings_new(data, &c->postings, NULL), 0);
    assert_int_equal(learn_postings_scratch_new(c->postings, &c->scratch, NULL), 0);
    part_init(c, &c->tuning, LEARN_VALIDATION, 0);
    part_init(c, &c->choosing, LEARN_VALIDATION, 1);
    part_init(c, &c->test, LEARN_TEST, -1);
    part *const parts[] = {&c->tuning, &c->choosing, &c->test};
    for (size_t i = 0; i < 3; i++)
        predict(c, parts[i]);
    assert_int_equal(learn_blend_fit(data, c->tuning.examples, c->tuning.count, c->tuning.p[LOGISTIC],
                                     c->tuning.p[NEIGHBOURS], 2, &c->weight, NULL),
                     0);
    for (size_t i = 0; i < 3; i++)
        blend(c, parts[i]);
    for (int m = LOGISTIC; m < METHODS; m++) {
        calibrate(c, m);
        for (size_t i = 0; i < 3; i++)
            apply(c, parts[i], m);
    }
}

static void course_done(course *c)
{
    for (int m = LOGISTIC; m < METHODS; m++)
        for (uint32_t o = 0; o < OUTCOMES; o++)
            learn_calibration_done(&c->calibrations[m][o]);
    part_free(&c->tuning);
    part_free(&c->choosing);
    part_free(&c->test);
    learn_postings_scratch_free(c->scratch);
    learn_postings_free(c->postings);
    learn_logistic_done(&c->logistic);
    learn_baseline_done(&c->baseline);
    test_world_free(c->world);
}

static learn_judged judged_of(const course *c, const part *p, int method)
{
    return (learn_judged){.data = &c->world->data,
                          .examples = p->examples,
                          .count = p->count,
                          .probabilities = p->p[method],
                          .baseline = p->p[PREVALENCE],
                          .level = {ITSELF, OUTCOMES},
                          .rounds = 200,
                          .seed = 3,
                          .threads = 2};
}

static double truth_of(const course *c, const part *p, size_t cell)
{
    return c->world->truth[(size_t)p->examples[cell / OUTCOMES] * OUTCOMES + cell % OUTCOMES];
}

static void check_chosen(const course *c)
{
    learn_judgement judgements[METHODS];
    const learn_judgement *list[METHODS];
    for (int m = 0; m < METHODS; m++) {
        const learn_judged judged = judged_of(c, &c->choosing, m);
        assert_int_equal(learn_judge(&judged, &judgements[m], NULL), 0);
        list[m] = &judgements[m];
    }
    const size_t best = learn_choose(list, METHODS);
    print_message("default: %s (weight of the logistic in the blend %.2f)\n", NAMES[best], c->weight);
    assert_true(best == LOGISTIC || best == BLEND); /* the world is logistic */
    for (int m = 0; m < METHODS; m++) {
        const learn_judged judged = judged_of(c, &c->test, m);
        learn_judgement j;
        double miss = 0;
        assert_int_equal(learn_judge(&judged, &j, NULL), 0);
        for (size_t i = 0; i < cells_of(&c->test); i++)
            miss += pow(c->test.p[m][i] - truth_of(c, &c->test, i), 2);
        print_message("%-10s hit@3 %.3f (%.3f-%.3f) skill %.3f (%.3f-%.3f) ece %.4f lift %.2f, off the truth %.3f\n",
                      NAMES[m], j.hit.value, j.hit.low, j.hit.high, j.brier_skill.value, j.brier_skill.low,
                      j.brier_skill.high, j.ece.value, j.lift.value, sqrt(miss / (double)cells_of(&c->test)));
        assert_true(m == PREVALENCE || (j.brier_skill.low > 0.02 && j.lift.low > 1));
        assert_true(j.ece.value < 0.03);
    }
}

/* Of people who are told about the same, the mean truth lies within the interval that held-out people gave. */
static void check_truth_within_intervals(const course *c, int method)
{
    const part *fitted = &c->choosing, *p = &c->test;
    double held = 0, of = 0;
    learn_column column;
    double *told = malloc((fitted->count + 1) * sizeof(double));
    assert_int_equal(learn_column_init(&c->world->data, fitted->count, &column, NULL), 0);
    for (uint32_t o = 0; o < OUTCOMES; o++) {
        learn_reliability r;
        learn_column_take(&c->world->data, fitted->examples, fitted->count, o, &column);
        for (size_t i = 0; i < column.count; i++)
            told[i] = fitted->p[method][column.at[i] * OUTCOMES + o];
        assert_int_equal(learn_reliability_fit(&column, told, &r, NULL), 0);
        for (uint32_t bin = 0; bin < r.bins; bin++) {
            double n = 0, said = 0, truth = 0;
            for (size_t i = o; i < cells_of(p); i += OUTCOMES) {
                const double q = p->p[method][i];
                if ((bin > 0 && q < r.bin[bin].least) || (bin + 1 < r.bins && q >= r.bin[bin + 1].least))
                    continue;
                n++;
                said += q;
                truth += truth_of(c, p, i);
            }
            const learn_interval in = learn_reliability_interval(&r, said / n);
            held += in.low <= truth / n && truth / n <= in.high;
            of++;
        }
    }
    print_message("%s: truth within the 95 %% interval in %.0f of %.0f bins of probability\n", NAMES[method], held, of);
    assert_true(of >= 5 * OUTCOMES && held >= 0.85 * of);
    learn_column_done(&column);
    free(told);
}

/* The interval of a vote is of the sampling of neighbours alone; neighbours also differ from the patient, which no
 * count of theirs can show. Measured, so that nobody takes it for more. */
static void check_neighbour_intervals(const course *c)
{
    const part *p = &c->test;
    double held = 0, said = 0;
    for (size_t i = 0; i < cells_of(p); i++) {
        const learn_vote *v = &p->votes[i];
        if (v->answer != LEARN_SAID)
            continue;
        said++;
        held += v->interval.low <= truth_of(c, p, i) && truth_of(c, p, i) <= v->interval.high;
    }
    print_message("neighbours: said %.2f of all, the patient's own truth within the interval in %.3f of these\n",
                  said / (double)cells_of(p), held / said);
    assert_true(held / said > 0.5 && held / said < 0.95);
}

static void check_sets(const course *c)
{
    learn_conformal sets;
    assert_int_equal(learn_conformal_fit(&c->world->data, c->choosing.examples, c->choosing.count, c->choosing.p[BLEND],
                                         &(learn_conformal_options){.seed = 4}, &sets, NULL),
                     0);
    double held = 0, begun = 0, size = 0;
    for (size_t i = 0; i < cells_of(&c->test); i++) {
        const uint32_t o = (uint32_t)(i % OUTCOMES);
        const bool in = learn_conformal_holds(&sets, o, c->test.p[BLEND][i]);
        size += in;
        if (learn_label_of(&c->world->data, c->test.examples[i / OUTCOMES], o) != LEARN_POSITIVE)
            continue;
        begun++;
        held += in;
    }
    print_message("sets: hold %.3f of what begins, %.2f of %d outcomes\n", held / begun, size / (double)c->test.count,
                  OUTCOMES);
    assert_true(held / begun > 0.86 && size / (double)c->test.count < 0.9 * OUTCOMES);
    learn_conformal_done(&sets);
}

static void test_the_rules_are_recovered(void **state)
{
    (void)state;
    static course c;
    learn_all(&c, 71);
    check_chosen(&c);
    for (int m = LOGISTIC; m < METHODS; m++)
        check_truth_within_intervals(&c, m);
    check_neighbour_intervals(&c);
    check_sets(&c);
    course_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_rules_are_recovered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

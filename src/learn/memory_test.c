/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "learn/blend.h"
#include "learn/calibrate.h"
#include "learn/conformal.h"
#include "learn/explain.h"
#include "learn/jaccard.h"
#include "learn/logistic.h"
#include "learn/reliability.h"
#include "learn/test_world.h"

#include <stdlib.h>

/*
 * Every allocation of every fit fails once: LETHE_E_BASE_MEMORY, nothing lost, nothing crashes, and the output is
 * untouched. Not under a sanitizer, which allocates by itself.
 */
#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void __libc_free(void *block);

static volatile long left = -1,
                     held; /* volatile: the compiler takes malloc for a function that reads nothing of ours */

static int fails(void)
{
    return left >= 0 && left-- == 0;
}

void *malloc(size_t size)
{
    void *block = fails() ? NULL : __libc_malloc(size);
    held += block != NULL;
    return block;
}

void *calloc(size_t count, size_t size)
{
    void *block = fails() ? NULL : __libc_calloc(count, size);
    held += block != NULL;
    return block;
}

void free(void *block)
{
    held -= block != NULL;
    __libc_free(block);
}

#define OUTCOMES 3

static test_world *world;
static uint32_t *examples;
static size_t example_count;
static double *probabilities;
static learn_column column;

static int fit_logistic(void)
{
    static learn_logistic m;
    const int status = learn_logistic_fit(&world->data, &(learn_logistic_options){.threads = 1}, &m, NULL);
    assert_true(status == 0 || m.weights == NULL);
    learn_logistic_done(&m);
    return status;
}

static int fit_baseline(void)
{
    static learn_baseline b;
    const int status = learn_baseline_fit(&world->data, 0, &b, NULL);
    assert_true(status == 0 || b.shares == NULL);
    learn_baseline_done(&b);
    return status;
}

static int fit_calibration(void)
{
    static learn_calibration c;
    const int status = learn_calibrate(&column, probabilities, &c, NULL);
    assert_true(status == 0 || c.x == NULL);
    learn_calibration_done(&c);
    return status;
}

static int fit_conformal(void)
{
    static learn_conformal c;
    const int status = learn_conformal_fit(&world->data, examples, example_count, probabilities, NULL, &c, NULL);
    assert_true(status == 0 || c.thresholds == NULL);
    learn_conformal_done(&c);
    return status;
}

static int fit_small(void)
{
    learn_reliability r;
    learn_shares s;
    double weight;
    int status = learn_reliability_fit(&column, probabilities, &r, NULL);
    if (status == 0)
        status = learn_blend_fit(&world->data, examples, example_count, probabilities, probabilities, 1, &weight, NULL);
    if (status == 0)
        status = learn_data_check(&world->data, NULL);
    if (status == 0)
        status = learn_shares_fit(&world->data, &s, NULL);
    if (status == 0)
        learn_shares_done(&s);
    return status;
}

static int vote(void)
{
    learn_postings *postings = NULL;
    learn_postings_scratch *scratch = NULL;
    learn_neighbour near[10];
    learn_vote votes[OUTCOMES];
    int status = learn_postings_new(&world->data, &postings, NULL);
    if (status == 0)
        status = learn_postings_scratch_new(postings, &scratch, NULL);
    if (status == 0) {
        const learn_set set = learn_sets_at(world->data.features, 0);
        const size_t n = learn_postings_nearest(postings, scratch, set, 0, 10, near);
        status = learn_vote_all(&world->data, probabilities, near, n, NULL, votes, NULL);
    }
    learn_postings_scratch_free(scratch);
    learn_postings_free(postings);
    return status;
}

static int judge(void)
{
    static const uint32_t itself[OUTCOMES] = {0, 1, 2};
    const learn_judged judged = {.data = &world->data,
                                 .examples = examples,
                                 .count = example_count,
                                 .probabilities = probabilities,
                                 .baseline = probabilities,
                                 .level = {itself, OUTCOMES},
                                 .rounds = 10,
                                 .threads = 1};
    learn_judgement j;
    learn_reached r;
    const int status = learn_judge(&judged, &j, NULL);
    return status != 0 ? status : learn_reach(&judged, &r, NULL);
}

/* Until a run ends before its turn comes. A sort of the C library that finds no memory does without: no failure. */
static void every_allocation_fails_once(int (*run)(void))
{
    long at = 0, unused = -1;
    for (; unused < 0; at++) {
        const long before = held;
        left = at;
        const int status = run();
        unused = left;
        left = -1;
        assert_true(status == 0 || (status == LETHE_E_BASE_MEMORY && unused < 0));
        assert_true(held == before);
        assert_true(at < 1000);
    }
    assert_true(at > 2);
}

static void test_memory_ends(void **state)
{
    (void)state;
    world = test_world_new(91, 800, 10, OUTCOMES, 1);
    examples = malloc(world->data.count * sizeof(*examples));
    example_count = learn_examples_of(&world->data, LEARN_TRAIN, examples);
    probabilities = calloc(example_count * OUTCOMES, sizeof(double));
    for (size_t i = 0; i < example_count * OUTCOMES; i++)
        probabilities[i] = (double)(i % 7) / 7;
    assert_int_equal(learn_column_init(&world->data, example_count, &column, NULL), 0);
    learn_column_take(&world->data, examples, example_count, 0, &column);
    assert_true(column.positives >= LEARN_ISOTONIC_PATIENTS);
    int (*const runs[])(void) = {fit_logistic, fit_baseline, fit_calibration, fit_conformal, fit_small, vote, judge};
    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++)
        every_allocation_fails_once(runs[i]);
    learn_column_done(&column);
    free(probabilities);
    free(examples);
    test_world_free(world);
}
#else
static void test_memory_ends(void **state)
{
    (void)state;
    skip();
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/threads.h"
#include "engine/course_internal.h"
#include "learn/blend.h"

#include <stdlib.h>

const char *engine_method_name(engine_method method)
{
    static const char *const names[ENGINE_METHODS] = {"prevalence", "jaccard", "logistic", "neighbours", "blend"};
    return names[method];
}

void engine_fitted_done(engine_fitted *fitted)
{
    for (uint32_t o = 0; fitted->calibrations != NULL && o < fitted->outcome_count; o++)
        learn_calibration_done(&fitted->calibrations[o]);
    free(fitted->calibrations);
    free(fitted->reliability);
    learn_baseline_done(&fitted->baseline);
    learn_logistic_done(&fitted->logistic);
    learn_shares_done(&fitted->shares);
    learn_conformal_done(&fitted->conformal);
    *fitted = (engine_fitted){0};
}

static uint32_t patients_min(const engine_fitted *fitted)
{
    return fitted->release_k > LEARN_SUPPORT_MIN ? fitted->release_k : LEARN_SUPPORT_MIN;
}

learn_vote_options engine_vote_options(const engine_fitted *fitted)
{
    return (learn_vote_options){.usual_distance = fitted->usual_distance,
                                .effective_min = ENGINE_EFFECTIVE_MIN,
                                .confidence_min = ENGINE_CONFIDENCE_MIN,
                                .release_k = fitted->release_k};
}

unsigned engine_doubts_of(const engine_fitted *fitted, const learn_vote *vote)
{
    const bool unsure = vote->effective < ENGINE_EFFECTIVE_MIN || vote->confidence < ENGINE_CONFIDENCE_MIN;
    return (vote->support < patients_min(fitted) ? ENGINE_FEW : 0) | (unsure ? ENGINE_UNSURE : 0);
}

learn_answer engine_answer_of(const engine_fitted *fitted, uint32_t outcome, unsigned doubts)
{
    const bool few = fitted->method == ENGINE_NEIGHBOURS ? (doubts & ENGINE_FEW) != 0
                                                         : fitted->logistic.positives[outcome] < patients_min(fitted);
    if (few)
        return LEARN_WITHHELD;
    return fitted->method != ENGINE_PREVALENCE && (doubts & ENGINE_UNSURE) != 0 ? LEARN_ABSTAINED : LEARN_SAID;
}

uint32_t engine_support_of(const engine_fitted *fitted, uint32_t outcome, const learn_vote *vote)
{
    return fitted->method == ENGINE_NEIGHBOURS ? vote->support : fitted->logistic.positives[outcome];
}

static void course_done(course *c)
{
    for (int m = 0; m < ENGINE_METHODS; m++) {
        for (uint32_t o = 0; c->calibrations[m] != NULL && o < c->data->outcome_count; o++)
            learn_calibration_done(&c->calibrations[m][o]);
        free(c->calibrations[m]);
    }
    course_part_done(&c->tuning);
    course_part_done(&c->choosing);
    course_part_done(&c->test);
    for (size_t i = 0; i < c->threads; i++)
        learn_postings_scratch_free(c->scratches[i]);
    learn_postings_free(c->postings);
}

static int fit(course *c, lethe_error *error)
{
    const learn_logistic_options logistic = {.threads = c->threads,
                                             .patients_min = patients_min(c->fitted)};
    BASE_TRY(learn_baseline_fit(c->data, 0, &c->fitted->baseline, error));
    BASE_TRY(learn_logistic_fit(c->data, &logistic, &c->fitted->logistic, error));
    BASE_TRY(learn_shares_fit(c->data, &c->fitted->shares, error));
    BASE_TRY(learn_postings_new(c->data, &c->postings, error));
    for (size_t i = 0; i < c->threads; i++)
        BASE_TRY(learn_postings_scratch_new(c->postings, &c->scratches[i], error));
    return 0;
}

/* The usual distance of neighbours is that of the tuning rows; it is found before anybody is voted on for good. */
static int predict_all(course *c, lethe_error *error)
{
    course_part *const parts[] = {&c->tuning, &c->choosing, &c->test};
    BASE_TRY(course_part_init(c, &c->tuning, LEARN_VALIDATION, 0, error));
    BASE_TRY(course_part_init(c, &c->choosing, LEARN_VALIDATION, 1, error));
    BASE_TRY(course_part_init(c, &c->test, LEARN_TEST, -1, error));
    c->total = c->tuning.count + c->choosing.count + c->test.count;
    BASE_TRY(course_part_predict(c, &c->tuning, error));
    c->fitted->usual_distance = learn_median(c->tuning.distances, c->tuning.count);
    BASE_TRY(course_part_predict(c, &c->choosing, error));
    BASE_TRY(course_part_predict(c, &c->test, error));
    BASE_TRY(learn_blend_fit(c->data, c->tuning.examples, c->tuning.count, c->tuning.p[ENGINE_LOGISTIC],
                             c->tuning.p[ENGINE_NEIGHBOURS], c->threads, &c->fitted->blend_weight, error));
    for (size_t i = 0; i < 3; i++)
        course_part_blend(c, parts[i]);
    BASE_TRY(course_calibrate(c, error));
    for (size_t i = 0; i < 3; i++)
        course_part_apply(c, parts[i]);
    return 0;
}

static int measure_sizes(const course *c, engine_findings *findings, lethe_error *error)
{
    const learn_data *data = c->data;
    uint8_t *seen = calloc(data->group_count + 1UL, 1);
    if (seen == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t i = 0; i < data->count; i++) {
        engine_size *size = &findings->sizes[data->splits[i]];
        if (data->observed[i] == 0)
            continue;
        size->rows++;
        size->patients += (seen[data->groups[i]] & 1) == 0;
        seen[data->groups[i]] |= 1;
    }
    for (size_t i = 0; i < c->test.count; i++) {
        const uint32_t group = data->groups[c->test.examples[i]];
        bool begins = false;
        for (uint32_t o = 0; o < data->outcome_count && !begins; o++)
            begins = learn_label_of(data, c->test.examples[i], o) == LEARN_POSITIVE;
        findings->test_positive += begins && (seen[group] & 2) == 0;
        seen[group] |= begins ? 2 : 0;
    }
    for (uint32_t o = 0; o < data->outcome_count; o++)
        findings->modelled += c->fitted->logistic.fitted[o] != 0;
    free(seen);
    return 0;
}

static int run(course *c, engine_findings *findings, lethe_error *error)
{
    BASE_TRY(fit(c, error));
    BASE_TRY(predict_all(c, error));
    BASE_TRY(measure_sizes(c, findings, error));
    BASE_TRY(course_choose(c, findings, error));
    BASE_TRY(course_settle(c, error));
    course_part_answer(c, &c->choosing);
    course_part_answer(c, &c->test);
    return course_judge(c, findings, error);
}

int engine_course_run(const engine_course_options *options, engine_fitted *ret_fitted, engine_findings *ret_findings,
                      lethe_error *error)
{
    engine_findings findings = {0};
    engine_fitted fitted = {.release_k = options->release_k, .outcome_count = options->data->outcome_count};
    const size_t threads = options->threads != 0 ? options->threads : base_threads_default();
    course c = {.options = options,
                .data = options->data,
                .k = options->neighbours != 0 ? options->neighbours : ENGINE_NEIGHBOURS_K,
                .threads = threads < BASE_THREADS_MAX ? threads : BASE_THREADS_MAX,
                .fitted = &fitted};
    fitted.neighbours = c.k;
    const int status = run(&c, &findings, error);
    course_done(&c);
    if (status != 0) {
        engine_fitted_done(&fitted);
        return status;
    }
    *ret_fitted = fitted;
    *ret_findings = findings;
    return 0;
}

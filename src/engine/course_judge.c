/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/course_internal.h"
#include "learn/blend.h"

#include <stdlib.h>

#define SEED_BOOTSTRAP   0x6c657468650002
#define SEED_SETS        0x6c657468650003
#define ROUNDS_UNWATCHED 1 /* where only values are looked at */

static learn_judged judged_of(const course *c, const course_part *part, engine_method method, engine_level level,
                              uint32_t rounds)
{
    return (learn_judged){.data = c->data,
                          .examples = part->examples,
                          .count = part->count,
                          .probabilities = part->p[method],
                          .baseline = part->p[ENGINE_PREVALENCE],
                          .level = c->options->levels[level],
                          .rounds = rounds,
                          .seed = SEED_BOOTSTRAP,
                          .threads = c->threads};
}

/* What the default does not say: learn_answer other than LEARN_SAID, as judge.h wants it. */
static void add_silence(const course_part *part, learn_judged *judged)
{
    judged->confidences = part->confidence;
    judged->silent = part->answer;
}

/* Concepts where there are some: they are what is answered first. */
static engine_level main_level(const course *c)
{
    return c->options->levels[ENGINE_CONCEPTS].count != 0 ? ENGINE_CONCEPTS : ENGINE_CATEGORIES;
}

int course_choose(course *c, engine_findings *findings, lethe_error *error)
{
    static const engine_method offered[] = {ENGINE_PREVALENCE, ENGINE_LOGISTIC, ENGINE_NEIGHBOURS, ENGINE_BLEND};
    const learn_judgement *list[sizeof(offered) / sizeof(offered[0])];
    c->fitted->method = ENGINE_PREVALENCE;
    if (c->choosing.count == 0 || c->tuning.count == 0)
        return 0;
    for (size_t i = 0; i < sizeof(offered) / sizeof(offered[0]); i++) {
        const learn_judged judged = judged_of(c, &c->choosing, offered[i], main_level(c), ROUNDS_UNWATCHED);
        BASE_TRY(learn_judge(&judged, &findings->validation[offered[i]], error));
        list[i] = &findings->validation[offered[i]];
    }
    if (c->options->given)
        c->fitted->method = c->options->method;
    if (c->options->given || list[0]->patients_positive < LEARN_CHOICE_PATIENTS)
        return 0;
    findings->chosen_by_measure = true;
    c->fitted->method = offered[learn_choose(list, sizeof(offered) / sizeof(offered[0]))];
    return 0;
}

static int fit_reliability(course *c, lethe_error *error)
{
    const course_part *part = &c->choosing;
    const uint32_t outcomes = c->data->outcome_count;
    learn_column column = {0};
    double *told = malloc((part->count + 1) * sizeof(double));
    int status = told == NULL ? base_fail(error, LETHE_E_BASE_MEMORY)
                              : learn_column_init(c->data, part->count, &column, error);
    for (uint32_t o = 0; o < outcomes && status == 0; o++) {
        learn_column_take(c->data, part->examples, part->count, o, &column);
        for (size_t i = 0; i < column.count; i++)
            told[i] = part->p[c->fitted->method][column.at[i] * outcomes + o];
        status = learn_reliability_fit(&column, told, &c->fitted->reliability[o], error);
    }
    learn_column_done(&column);
    free(told);
    return status;
}

int course_settle(course *c, lethe_error *error)
{
    engine_fitted *f = c->fitted;
    f->reliability = calloc(f->outcome_count + 1UL, sizeof(*f->reliability));
    f->calibrations = c->calibrations[f->method]; /* handed over */
    c->calibrations[f->method] = NULL;
    if (f->calibrations == NULL)
        f->calibrations = calloc(f->outcome_count + 1UL, sizeof(*f->calibrations)); /* prevalence: the identity */
    if (f->reliability == NULL || f->calibrations == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    BASE_TRY(fit_reliability(c, error));
    return learn_conformal_fit(c->data, c->choosing.examples, c->choosing.count, c->choosing.p[f->method],
                               &(learn_conformal_options){.seed = SEED_SETS}, &f->conformal, error);
}

/* -- on test --------------------------------------------------------------------------------------------------------
 */

static const double BIN_FROM[ENGINE_BINS] = {0, .02, .05, .1, .15, .2, .3, .4, .5, .6, .7, .8};

static size_t bin_of(double p)
{
    size_t bin = ENGINE_BINS - 1;
    while (bin > 0 && p < BIN_FROM[bin])
        bin--;
    return bin;
}

static void fill_outcome(const course *c, const learn_column *column, uint32_t o, engine_findings *findings,
                         double *held, double *begun)
{
    const double *p = c->test.p[c->fitted->method];
    for (size_t i = 0; i < column->count; i++) {
        const double q = p[column->at[i] * c->data->outcome_count + o], w = column->weights[i];
        engine_bin *bin = &findings->bins[bin_of(q)];
        bin->patients += w;
        bin->predicted += w * q;
        bin->share += column->positive[i] != 0 ? w : 0;
        const bool in = learn_conformal_holds(&c->fitted->conformal, o, q);
        findings->set_size += in;
        *begun += column->positive[i] != 0 ? w : 0;
        *held += column->positive[i] != 0 && in ? w : 0;
    }
    findings->set_patients += column->positives;
}

static int fill_bins(const course *c, engine_findings *findings, lethe_error *error)
{
    const course_part *part = &c->test;
    learn_column column;
    double held = 0, begun = 0;
    BASE_TRY(learn_column_init(c->data, part->count, &column, error));
    for (uint32_t o = 0; o < c->data->outcome_count; o++) {
        learn_column_take(c->data, part->examples, part->count, o, &column);
        fill_outcome(c, &column, o, findings, &held, &begun);
    }
    learn_column_done(&column);
    for (size_t i = 0; i < ENGINE_BINS; i++) {
        engine_bin *bin = &findings->bins[i];
        bin->from = BIN_FROM[i];
        bin->predicted = bin->patients > 0 ? bin->predicted / bin->patients : 0;
        bin->share = bin->patients > 0 ? bin->share / bin->patients : 0;
    }
    findings->set_held = begun > 0 ? held / begun : 0;
    findings->set_size = part->count != 0 ? findings->set_size / (double)part->count : 0;
    return 0;
}

static void count_answers(const course *c, engine_findings *findings)
{
    const size_t cells = c->test.count * c->data->outcome_count;
    size_t withheld = 0, abstained = 0;
    for (size_t i = 0; i < cells; i++) {
        withheld += c->test.answer[i] == LEARN_WITHHELD;
        abstained += c->test.answer[i] == LEARN_ABSTAINED;
    }
    findings->withheld = cells != 0 ? (double)withheld / (double)cells : 0;
    findings->abstained = cells != 0 ? (double)abstained / (double)cells : 0;
}

static int judge_level(course *c, engine_level level, engine_findings *findings, lethe_error *error)
{
    const uint32_t rounds = c->options->rounds;
    if (c->options->levels[level].count == 0)
        return 0;
    for (int m = 0; m < ENGINE_METHODS; m++) {
        const learn_judged judged = judged_of(c, &c->test, (engine_method)m, level, rounds);
        BASE_TRY(learn_judge(&judged, &findings->methods[m][level], error));
    }
    learn_judged chosen = judged_of(c, &c->choosing, c->fitted->method, level, rounds);
    add_silence(&c->choosing, &chosen);
    BASE_TRY(learn_reach(&chosen, &findings->reached[level], error));
    learn_judged judged = judged_of(c, &c->test, c->fitted->method, level, rounds);
    add_silence(&c->test, &judged);
    judged.cut = findings->reached[level].found ? findings->reached[level].cut : 2; /* above every confidence: nobody */
    return learn_judge(&judged, &findings->released[level], error);
}

/* The test rows of the slice: places in the part, each with its lines of probabilities. */
typedef struct sliced {
    uint32_t *examples;
    double *told, *usual;
    size_t count;
} sliced;

static int take_slice(const course *c, sliced *out, lethe_error *error)
{
    const course_part *part = &c->test;
    const size_t outcomes = c->data->outcome_count, line = outcomes * sizeof(double);
    const double *told = part->p[c->fitted->method], *usual = part->p[ENGINE_PREVALENCE];
    out->examples = malloc((part->count + 1) * sizeof(uint32_t));
    out->told = malloc((part->count * outcomes + 1) * sizeof(double));
    out->usual = malloc((part->count * outcomes + 1) * sizeof(double));
    if (out->examples == NULL || out->told == NULL || out->usual == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < part->count; i++) {
        if (c->options->slice[part->examples[i]] == 0)
            continue;
        memcpy(out->told + out->count * outcomes, told + i * outcomes, line);
        memcpy(out->usual + out->count * outcomes, usual + i * outcomes, line);
        out->examples[out->count++] = part->examples[i];
    }
    return 0;
}

static int judge_slice(const course *c, engine_findings *findings, lethe_error *error)
{
    sliced of = {0};
    int status = take_slice(c, &of, error);
    for (int level = 0; level < ENGINE_LEVELS && status == 0; level++) {
        if (c->options->levels[level].count == 0)
            continue;
        learn_judged judged = judged_of(c, &c->test, c->fitted->method, (engine_level)level, c->options->rounds);
        judged.examples = of.examples;
        judged.count = of.count;
        judged.probabilities = of.told;
        judged.baseline = of.usual;
        status = learn_judge(&judged, &findings->slice[level], error);
    }
    free(of.examples);
    free(of.told);
    free(of.usual);
    return status;
}

static void tell(const course *c)
{
    const course_part *part = &c->test;
    for (size_t i = 0; c->options->told != NULL && i < part->count; i++)
        c->options->told(c->options->told_context, part->examples[i],
                         part->p[c->fitted->method] + i * c->data->outcome_count);
}

int course_judge(course *c, engine_findings *findings, lethe_error *error)
{
    tell(c);
    findings->judged = findings->test_positive >= ENGINE_TEST_PATIENTS_MIN;
    if (!findings->judged)
        return 0;
    for (int level = 0; level < ENGINE_LEVELS; level++)
        BASE_TRY(judge_level(c, (engine_level)level, findings, error));
    if (c->options->slice != NULL)
        BASE_TRY(judge_slice(c, findings, error));
    BASE_TRY(learn_outcome_agreement(c->data, c->test.examples, c->test.count, c->test.share, &findings->agreement,
                                     error));
    count_answers(c, findings);
    return fill_bins(c, findings, error);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/threads.h"
#include "learn/judge_internal.h"
#include "learn/random.h"

#include <stdlib.h>
#include <string.h>

/* What is resampled; the order of this list is that of `figures` below. */
typedef enum value {
    VALUE_BRIER_SKILL = RATIOS, /* before it: the ratios themselves */
    VALUE_LIFT,
    VALUE_ECE,
    VALUE_ECE_NAMED,
    VALUE_REACH,
    VALUES
} value;

typedef struct boot {
    const judge_work *work;
    double *results; /* round × VALUES */
    uint32_t *times; /* worker × patients */
    uint8_t *seen;   /* worker × patients */
} boot;

static void add_times(judge_sums *to, const judge_sums *from, double n)
{
    for (int i = 0; i < RATIOS; i++) {
        to->above[i] += n * from->above[i];
        to->below[i] += n * from->below[i];
    }
    for (size_t i = 0; i < LEARN_BINS; i++) {
        to->bins[i].weight += n * from->bins[i].weight;
        to->bins[i].predicted += n * from->bins[i].predicted;
        to->bins[i].positive += n * from->bins[i].positive;
        to->named[i].weight += n * from->named[i].weight;
        to->named[i].predicted += n * from->named[i].predicted;
        to->named[i].positive += n * from->named[i].positive;
    }
}

static double share(double above, double below)
{
    return below > 0 ? above / below : 0;
}

static void values_of(const judge_sums *sums, double *values)
{
    for (int i = 0; i < RATIOS; i++)
        values[i] = judge_ratio(sums, (ratio)i);
    values[VALUE_BRIER_SKILL] =
        values[RATIO_BASELINE_BRIER] > 0 ? 1 - values[RATIO_BRIER] / values[RATIO_BASELINE_BRIER] : 0;
    values[VALUE_LIFT] = share(values[RATIO_PRECISION], values[RATIO_BASELINE_PRECISION]);
    values[VALUE_ECE] = judge_ece(sums->bins);
    values[VALUE_ECE_NAMED] = judge_ece(sums->named);
}

static int resample(void *context, size_t round, size_t worker, lethe_error *error)
{
    (void)error;
    const boot *b = context;
    const judge_work *work = b->work;
    const uint32_t patients = work->patient_count;
    uint32_t *times = b->times + worker * patients;
    learn_random random = learn_random_of(work->judged->seed, round);
    judge_sums sums = {0};
    memset(times, 0, patients * sizeof(*times));
    for (uint32_t i = 0; i < patients; i++)
        times[learn_below(&random, patients)]++;
    for (uint32_t i = 0; i < patients; i++)
        if (times[i] != 0)
            add_times(&sums, &work->sums[i], times[i]);
    double *values = b->results + round * VALUES;
    values_of(&sums, values);
    const double reached = judge_reach(work, times, NULL, NULL, b->seen + worker * patients);
    values[VALUE_REACH] = reached > 0 ? reached : 0;
    return 0;
}

static int by_value(const void *a, const void *b)
{
    const double p = *(const double *)a, q = *(const double *)b;
    return p < q ? -1 : p > q;
}

/* Percentiles, and the value itself: resamples of few patients are on the whole worse calibrated than the patients
 * were, and an interval that its own figure lies outside of says nothing. Widened, it errs on the safe side. */
static void interval(const boot *b, size_t rounds, int which, double *scratch, learn_figure *figure)
{
    for (size_t i = 0; i < rounds; i++)
        scratch[i] = b->results[i * VALUES + (size_t)which];
    qsort(scratch, rounds, sizeof(*scratch), by_value);
    const double low = scratch[(size_t)(0.025 * (double)(rounds - 1))];
    const double high = scratch[(size_t)(0.975 * (double)(rounds - 1) + 0.999999)];
    figure->low = low < figure->value ? low : figure->value;
    figure->high = high > figure->value ? high : figure->value;
}

static uint32_t patients_below(const judge_work *work, int which)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < work->patient_count; i++) {
        double weight = 0;
        for (size_t j = 0; which == VALUE_ECE_NAMED && j < LEARN_BINS; j++)
            weight += work->sums[i].named[j].weight;
        if (which < RATIOS)
            weight = work->sums[i].below[which];
        count += weight > 0 || which == VALUE_ECE || which == VALUE_BRIER_SKILL;
    }
    return count;
}

static void settle(const boot *b, size_t rounds, double *scratch, learn_judgement *j)
{
    learn_figure *const figures[VALUES] = {
        [RATIO_COVERAGE] = &j->coverage,
        [RATIO_HIT] = &j->hit,
        [RATIO_PRECISION] = &j->precision,
        [RATIO_RECALL] = &j->recall,
        [RATIO_BRIER] = &j->brier,
        [RATIO_BASELINE_BRIER] = &j->baseline_brier,
        [RATIO_BASELINE_PRECISION] = &j->baseline_precision,
        [RATIO_BASELINE_HIT] = &j->baseline_hit,
        [RATIO_PREVALENCE] = &j->prevalence,
        [RATIO_CUT_COVERAGE] = &j->cut_coverage,
        [RATIO_CUT_PRECISION] = &j->cut_precision,
        [RATIO_CUT_HIT] = &j->cut_hit,
        [VALUE_BRIER_SKILL] = &j->brier_skill,
        [VALUE_LIFT] = &j->lift,
        [VALUE_ECE] = &j->ece,
        [VALUE_ECE_NAMED] = &j->ece_named,
    };
    judge_sums sums = {0};
    double values[VALUES] = {0};
    for (uint32_t i = 0; i < b->work->patient_count; i++)
        add_times(&sums, &b->work->sums[i], 1);
    values_of(&sums, values);
    for (int i = 0; i < VALUE_REACH; i++) {
        const uint32_t patients = patients_below(b->work, i == VALUE_LIFT ? (int)RATIO_PRECISION : i);
        *figures[i] = (learn_figure){.value = values[i], .patients = patients};
        if (patients != 0)
            interval(b, rounds, i, scratch, figures[i]);
    }
    if (j->reach.found)
        interval(b, rounds, VALUE_REACH, scratch, &j->reach.coverage);
}

int judge_bootstrap(const judge_work *work, learn_judgement *judgement, lethe_error *error)
{
    const learn_judged *judged = work->judged;
    const size_t rounds = judged->rounds != 0 ? judged->rounds : 1000;
    const size_t threads = judged->threads != 0 ? judged->threads : base_threads_default();
    const size_t patients = (size_t)work->patient_count + 1;
    boot b = {.work = work,
              .results = calloc(rounds * VALUES, sizeof(double)),
              .times = malloc(threads * patients * sizeof(uint32_t)),
              .seen = malloc(threads * patients)};
    double *scratch = malloc(rounds * sizeof(*scratch));
    int status = b.results == NULL || b.times == NULL || b.seen == NULL || scratch == NULL
                     ? base_fail(error, LETHE_E_BASE_MEMORY)
                     : base_parallel(threads, rounds, resample, &b, error);
    if (status == 0)
        settle(&b, rounds, scratch, judgement);
    free(b.results);
    free(b.times);
    free(b.seen);
    free(scratch);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/threads.h"
#include "engine/course_internal.h"
#include "learn/blend.h"

#include <stdlib.h>

/* Predictions of rows by every method. Rows are shared out; each writes its own line. */
#define SEED_FOLDS 0x6c657468650001
#define CHUNK      2048 /* rows whose neighbours are in memory at once */

static size_t cells_of(const course *c, const course_part *part)
{
    return part->count * c->data->outcome_count;
}

int course_part_init(course *c, course_part *part, learn_split split, int fold, lethe_error *error)
{
    const learn_data *data = c->data;
    part->examples = malloc((data->count + 1UL) * sizeof(uint32_t));
    if (part->examples == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    const size_t all = learn_examples_of(data, split, part->examples);
    for (size_t i = 0; i < all; i++) {
        const uint32_t example = part->examples[i];
        if (data->observed[example] != 0 &&
            (fold < 0 || learn_fold(SEED_FOLDS, data->groups[example], 2) == (uint32_t)fold))
            part->examples[part->count++] = example;
    }
    bool whole = true;
    double **const matrices[] = {&part->confidence, &part->share};
    for (int m = 0; m < ENGINE_METHODS; m++)
        whole = whole && (part->p[m] = calloc(cells_of(c, part) + 1, sizeof(double))) != NULL;
    for (size_t i = 0; i < sizeof(matrices) / sizeof(matrices[0]); i++)
        whole = whole && (*matrices[i] = calloc(cells_of(c, part) + 1, sizeof(double))) != NULL;
    part->answer = calloc(cells_of(c, part) + 1, 1);
    part->doubts = calloc(cells_of(c, part) + 1, 1);
    whole = whole && part->answer != NULL && part->doubts != NULL;
    part->distances = calloc(part->count + 1, sizeof(double));
    return whole && part->distances != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
}

void course_part_done(course_part *part)
{
    for (int m = 0; m < ENGINE_METHODS; m++)
        free(part->p[m]);
    free(part->examples);
    free(part->confidence);
    free(part->share);
    free(part->answer);
    free(part->doubts);
    free(part->distances);
    *part = (course_part){0};
}

typedef struct chunk {
    course *c;
    course_part *part;
    size_t first;
    learn_neighbour *near;
    uint32_t *counts;
    learn_vote *votes[BASE_THREADS_MAX]; /* by worker, as the next */
    learn_neighbour *alike[BASE_THREADS_MAX];
} chunk;

static void note_votes(const chunk *work, size_t at, const learn_vote *votes)
{
    const uint32_t outcomes = work->c->data->outcome_count;
    course_part *part = work->part;
    for (uint32_t o = 0; o < outcomes; o++) {
        part->p[ENGINE_NEIGHBOURS][at * outcomes + o] = votes[o].probability;
        part->confidence[at * outcomes + o] = votes[o].confidence;
        part->share[at * outcomes + o] = votes[o].share;
        part->doubts[at * outcomes + o] = (uint8_t)engine_doubts_of(work->c->fitted, &votes[o]);
    }
}

/* Likeness of lists is only compared with: nothing is chosen by it, and it takes long. */
static int vote_alike(const chunk *work, size_t at, size_t worker, const learn_vote_options *options,
                      lethe_error *error)
{
    const course *c = work->c;
    const learn_data *data = c->data;
    const uint32_t example = work->part->examples[at];
    learn_vote *votes = work->votes[worker];
    learn_neighbour *alike = work->alike[worker];
    if (work->part == &c->choosing)
        return 0;
    const size_t count = learn_postings_nearest(c->postings, c->scratches[worker],
                                                learn_sets_at(data->features, example), data->groups[example], c->k,
                                                alike);
    BASE_TRY(learn_vote_all(data, learn_baseline_of(&c->fitted->baseline, data->strata[example]), alike, count, options,
                            votes, error));
    for (uint32_t o = 0; o < data->outcome_count; o++)
        work->part->p[ENGINE_JACCARD][at * data->outcome_count + o] = votes[o].probability;
    return 0;
}

static int predict_row(void *context, size_t index, size_t worker, lethe_error *error)
{
    const chunk *work = context;
    course *c = work->c;
    const learn_data *data = c->data;
    const size_t at = work->first + index, line = at * data->outcome_count;
    const uint32_t example = work->part->examples[at];
    const learn_set features = learn_sets_at(data->features, example);
    const double *shares = learn_baseline_of(&c->fitted->baseline, data->strata[example]);
    const learn_neighbour *near = work->near + index * c->k;
    learn_vote *votes = work->votes[worker];
    const learn_vote_options options = engine_vote_options(c->fitted);
    BASE_TRY(learn_vote_all(data, shares, near, work->counts[index], &options, votes, error));
    note_votes(work, at, votes);
    work->part->distances[at] = learn_mean_distance(near, work->counts[index]);
    BASE_TRY(vote_alike(work, at, worker, &options, error));
    learn_logistic_predict(&c->fitted->logistic, features, work->part->p[ENGINE_LOGISTIC] + line);
    for (uint32_t o = 0; o < data->outcome_count; o++)
        work->part->p[ENGINE_PREVALENCE][line + o] = shares[o];
    return 0;
}

static int predict_chunk(chunk *work, size_t count, lethe_error *error)
{
    course *c = work->c;
    const engine_course_options *o = c->options;
    BASE_TRY(o->near.nearest(o->near.context, work->part->examples + work->first, count, c->k, work->near,
                             work->counts, error));
    BASE_TRY(base_parallel(c->threads, count, predict_row, work, error));
    c->done += count;
    return o->progress != NULL && o->progress(o->progress_context, c->done, c->total) != 0
               ? base_fail(error, LETHE_E_BASE_CANCELLED)
               : 0;
}

static bool chunk_init(chunk *work)
{
    const course *c = work->c;
    work->near = calloc((size_t)CHUNK * c->k, sizeof(*work->near));
    work->counts = calloc(CHUNK, sizeof(*work->counts));
    bool whole = work->near != NULL && work->counts != NULL;
    for (size_t i = 0; i < c->threads; i++) {
        work->votes[i] = calloc(c->data->outcome_count + 1UL, sizeof(learn_vote));
        work->alike[i] = calloc(c->k, sizeof(learn_neighbour));
        whole = whole && work->votes[i] != NULL && work->alike[i] != NULL;
    }
    return whole;
}

static void chunk_done(chunk *work)
{
    for (size_t i = 0; i < work->c->threads; i++) {
        free(work->votes[i]);
        free(work->alike[i]);
    }
    free(work->near);
    free(work->counts);
}

int course_part_predict(course *c, course_part *part, lethe_error *error)
{
    chunk work = {.c = c, .part = part};
    int status = chunk_init(&work) ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
    for (; status == 0 && work.first < part->count; work.first += CHUNK)
        status = predict_chunk(&work, part->count - work.first < CHUNK ? part->count - work.first : CHUNK, error);
    chunk_done(&work);
    return status;
}

void course_part_blend(const course *c, course_part *part)
{
    for (size_t i = 0; i < cells_of(c, part); i++)
        part->p[ENGINE_BLEND][i] =
            learn_blended(c->fitted->blend_weight, part->p[ENGINE_LOGISTIC][i], part->p[ENGINE_NEIGHBOURS][i]);
}

typedef struct calibrating {
    course *c;
    learn_column *columns; /* by worker */
    double **scores;
} calibrating;

static int calibrate_outcome(void *context, size_t index, size_t worker, lethe_error *error)
{
    const calibrating *work = context;
    const course *c = work->c;
    const course_part *part = &c->tuning;
    const uint32_t outcomes = c->data->outcome_count, o = (uint32_t)index;
    learn_column *column = &work->columns[worker];
    double *scores = work->scores[worker];
    learn_column_take(c->data, part->examples, part->count, o, column);
    for (int m = ENGINE_JACCARD; m < ENGINE_METHODS; m++) {
        for (size_t i = 0; i < column->count; i++)
            scores[i] = part->p[m][column->at[i] * outcomes + o];
        BASE_TRY(learn_calibrate(column, scores, &c->calibrations[m][o], error));
    }
    return 0;
}

/* Prevalence is left as it is: what anyone could say. */
int course_calibrate(course *c, lethe_error *error)
{
    learn_column columns[BASE_THREADS_MAX] = {{0}};
    double *scores[BASE_THREADS_MAX] = {NULL};
    calibrating work = {c, columns, scores};
    int status = 0;
    for (int m = ENGINE_JACCARD; m < ENGINE_METHODS && status == 0; m++) {
        c->calibrations[m] = calloc(c->data->outcome_count + 1UL, sizeof(learn_calibration));
        status = c->calibrations[m] != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
    }
    for (size_t i = 0; i < c->threads && status == 0; i++) {
        scores[i] = malloc((c->tuning.count + 1) * sizeof(double));
        status = scores[i] == NULL ? base_fail(error, LETHE_E_BASE_MEMORY)
                                   : learn_column_init(c->data, c->tuning.count, &columns[i], error);
    }
    if (status == 0)
        status = base_parallel(c->threads, c->data->outcome_count, calibrate_outcome, &work, error);
    for (size_t i = 0; i < c->threads; i++) {
        free(scores[i]);
        learn_column_done(&columns[i]);
    }
    return status;
}

void course_part_apply(const course *c, course_part *part)
{
    const uint32_t outcomes = c->data->outcome_count;
    for (int m = ENGINE_JACCARD; m < ENGINE_METHODS; m++)
        for (size_t i = 0; i < cells_of(c, part); i++)
            part->p[m][i] = learn_calibrated(&c->calibrations[m][i % outcomes], part->p[m][i]);
}

void course_part_answer(const course *c, course_part *part)
{
    const uint32_t outcomes = c->data->outcome_count;
    for (size_t i = 0; i < cells_of(c, part); i++)
        part->answer[i] = (uint8_t)engine_answer_of(c->fitted, (uint32_t)(i % outcomes), part->doubts[i]);
}

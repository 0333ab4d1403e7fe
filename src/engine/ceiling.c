/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/ceiling.h"

#include "vector/array.h"

#include <math.h>
#include <stdlib.h>

/* The courses, one after the other: only the rows of one are in memory at a time. */
typedef struct trial {
    const engine_release *release;
    engine_ceiling_kind kind;
    engine_ceiling_rows rows;
    engine_levels levels;
    uint32_t *training; /* examples that can be found */
    vector_array *array;
    vector_hit *hits; /* of one call */
    size_t capacity;
    engine_fitted fitted;
    engine_findings findings;
} trial;

static int nearest(void *context, const uint32_t *examples, size_t count, uint32_t k, learn_neighbour *ret_neighbours,
                   uint32_t *ret_counts, lethe_error *error)
{
    trial *t = context;
    if (count * k > t->capacity) {
        free(t->hits);
        t->hits = malloc(count * k * sizeof(*t->hits));
        t->capacity = t->hits != NULL ? count * k : 0;
    }
    if (t->hits == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    BASE_TRY(vector_array_nearest(t->array, examples, count, k, t->release->settings->threads, t->hits, ret_counts,
                                  error));
    for (size_t i = 0; i < count; i++)
        for (size_t j = i * k; j < i * k + ret_counts[i]; j++) {
            const double s = t->hits[j].similarity; /* unit vectors of single floats may be a little longer than 1 */
            ret_neighbours[j] = (learn_neighbour){t->hits[j].row, s < 1 ? s : 1};
        }
    return 0;
}

static int prepare(trial *t, size_t people, lethe_error *error)
{
    BASE_TRY(engine_ceiling_gather(t->release, people, t->kind, &t->rows, error));
    const engine_examples *examples = &t->rows.examples;
    const learn_data *data = &examples->data;
    BASE_TRY(engine_levels_new(examples->outcomes, data->outcome_count, &t->levels, error));
    t->training = malloc((data->count + 1UL) * sizeof(*t->training));
    if (t->training == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    const uint32_t count = (uint32_t)learn_examples_of(data, LEARN_TRAIN, t->training);
    return vector_array_new(t->rows.vectors, data->groups, EMBED_DIMENSIONS, t->training, count, &t->array, error);
}

static int run(trial *t, size_t people, lethe_error *error)
{
    BASE_TRY(prepare(t, people, error));
    const engine_course_options options = {
        .data = &t->rows.examples.data,
        .near = {t, nearest},
        .levels = {t->levels.levels[ENGINE_CONCEPTS], t->levels.levels[ENGINE_CATEGORIES]},
        .release_k = t->release->k,
        .threads = t->release->settings->threads,
        .progress = t->release->progress,
        .progress_context = t->release->progress_context,
    };
    return engine_course_run(&options, &t->fitted, &t->findings, error);
}

static void trial_done(trial *t)
{
    engine_fitted_done(&t->fitted);
    vector_array_free(t->array);
    free(t->training);
    free(t->hits);
    engine_levels_done(&t->levels);
    engine_ceiling_rows_done(&t->rows);
}

/* A figure of few patients would speak of them. */
static report_span span_of(learn_figure figure)
{
    if (figure.patients < REPORT_RATE_OF_MIN)
        return (report_span){NAN, NAN, NAN};
    return (report_span){figure.value, figure.low, figure.high};
}

static void fill(const trial *t, report_ceiling *ceiling)
{
    report_trial *out = t->kind == ENGINE_CEILING_RAW    ? &ceiling->raw
                        : t->kind == ENGINE_CEILING_KEPT ? &ceiling->kept
                                                         : &ceiling->released;
    out->method = engine_method_name(t->fitted.method);
    for (int level = 0; level < ENGINE_LEVELS; level++) {
        const learn_judgement *j = &t->findings.methods[t->fitted.method][level];
        report_span *spans = out->spans[level];
        spans[REPORT_HIT] = span_of(j->hit);
        spans[REPORT_PRECISION] = span_of(j->precision);
        spans[REPORT_RECALL] = span_of(j->recall);
        spans[REPORT_ECE] = span_of(j->ece);
    }
    if (t->kind == ENGINE_CEILING_RELEASED)
        ceiling->test_people = t->findings.sizes[LEARN_TEST].patients; /* released: anyone can count them */
}

/* Whether there are figures. */
static int try_rows(const engine_release *release, size_t people, engine_ceiling_kind kind, report_ceiling *ceiling,
                    bool *ret_judged, lethe_error *error)
{
    lethe_error trouble = {0};
    trial *t = calloc(1, sizeof(*t));
    if (t == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    t->release = release;
    t->kind = kind;
    int status = run(t, people, &trouble);
    *ret_judged = status == 0 && t->findings.judged;
    if (*ret_judged)
        fill(t, ceiling);
    trial_done(t);
    free(t);
    if (status == LETHE_E_LEARN_TOO_FEW || status == LETHE_E_ENGINE_NO_OUTCOME)
        return 0;
    if (status != 0 && error != NULL)
        *error = trouble;
    return status;
}

int engine_ceiling_measure(const engine_release *release, report_ceiling *ret_ceiling, lethe_error *error)
{
    report_ceiling ceiling = {.wanted = true};
    size_t people = 0;
    bool judged = true;
    BASE_TRY(engine_ceiling_people(release, &people, error));
    for (int kind = ENGINE_CEILING_RELEASED; judged && kind >= ENGINE_CEILING_RAW; kind--)
        BASE_TRY(try_rows(release, people, (engine_ceiling_kind)kind, &ceiling, &judged, error));
    ceiling.measured = judged;
    *ret_ceiling = judged ? ceiling : (report_ceiling){.wanted = true};
    return 0;
}

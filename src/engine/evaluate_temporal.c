/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/evaluate.h"

#include <stdlib.h>

/* The course on the rows of a cut: earlier rows of training and validation patients, later ones of test patients. */
#define CLAUSE_BYTES_MAX ((size_t)1 << 20)

int engine_temporal_cut(const engine_examples *examples, uint32_t horizon_months, engine_temporal *ret_temporal,
                        lethe_error *error)
{
    engine_temporal temporal = {0};
    BASE_TRY(engine_cut_find(examples, horizon_months, &temporal.cut, error));
    if (temporal.cut.state == ENGINE_CUT_FOUND) {
        uint8_t *taken = malloc(examples->data.count + 1UL);
        temporal.judged = malloc(examples->data.count + 1UL);
        if (taken == NULL || temporal.judged == NULL) {
            free(taken);
            engine_temporal_done(&temporal);
            return base_fail(error, LETHE_E_BASE_MEMORY);
        }
        engine_cut_take(examples, &temporal.cut, temporal.judged, taken);
        free(taken);
    }
    *ret_temporal = temporal;
    return 0;
}

void engine_temporal_done(engine_temporal *temporal)
{
    free(temporal->judged);
    *temporal = (engine_temporal){0};
}

static int run_course(const engine_examples *part, const engine_near_index *near, const engine_course_options *options,
                      engine_temporal *temporal, lethe_error *error)
{
    engine_fitted fitted = {0};
    engine_course_options own = *options;
    engine_near_index nearest = *near;
    own.data = &part->data;
    own.near = engine_near_of(&nearest);
    own.slice = NULL;
    own.told = NULL;
    lethe_error trouble = {0};
    const int status = engine_course_run(&own, &fitted, &temporal->findings, &trouble);
    if (status == LETHE_E_LEARN_TOO_FEW)
        return 0;
    if (status != 0) {
        if (error != NULL)
            *error = trouble;
        return status;
    }
    temporal->run = true;
    temporal->method = fitted.method;
    engine_fitted_done(&fitted);
    return 0;
}

static int open_near(const engine_examples *examples, const engine_near_index *near, const engine_cut *cut,
                     const engine_examples *part, engine_near_index *ret_near, lethe_error *error)
{
    base_buf clause;
    base_buf_init(&clause, CLAUSE_BYTES_MAX);
    int status = engine_cut_clause(examples, cut, &clause, error);
    if (status == 0)
        status = engine_near_part(near, part, (const char *)clause.data, ret_near, error);
    base_buf_done(&clause);
    return status;
}

int engine_temporal_run(const engine_examples *examples, const engine_near_index *near,
                        const engine_course_options *options, engine_temporal *temporal, lethe_error *error)
{
    engine_examples part = {0};
    engine_near_index nearest = {0};
    if (temporal->cut.state != ENGINE_CUT_FOUND)
        return 0;
    uint8_t *taken = malloc(examples->data.count + 1UL);
    if (taken == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    engine_cut_take(examples, &temporal->cut, temporal->judged, taken);
    int status = engine_examples_part(examples, taken, &part, error);
    free(taken);
    if (status == 0)
        status = open_near(examples, near, &temporal->cut, &part, &nearest, error);
    if (status == 0)
        status = run_course(&part, &nearest, options, temporal, error);
    engine_near_close(&nearest);
    engine_examples_done(&part);
    return status;
}

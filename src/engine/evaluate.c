/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/evaluate.h"
#include "engine/index.h"

#include <stdlib.h>

/* `lethe evaluate`: the course over a dataset's released rows, its neighbours through the dataset's index. */
typedef struct evaluation {
    const lethe_evaluate_options *options;
    engine_dataset *dataset;
    vector_index *index;
    vector_view *view;
    engine_examples examples;
    engine_levels levels;
    engine_near_index near;
    engine_fitted fitted;
    engine_findings findings;
    engine_temporal temporal;
    engine_page page;
    uint32_t horizon_months, k;
} evaluation;

static int check_options(const lethe_evaluate_options *options, lethe_error *error)
{
    if (options == NULL || options->size_bytes == sizeof(*options))
        return 0;
    base_fail(error, LETHE_E_ENGINE_OPTION);
    base_error_path(error, "size_bytes");
    return LETHE_E_ENGINE_OPTION;
}

static int open_all(evaluation *all, const char *folder, lethe_error *error)
{
    char vectors[BASE_PATH_MAX];
    BASE_TRY(engine_dataset_open(folder, &all->dataset, error));
    BASE_TRY(engine_dataset_terms(all->dataset, &all->horizon_months, &all->k, error));
    BASE_TRY(engine_dataset_vectors(all->dataset, vectors, error));
    BASE_TRY(vector_index_open(vectors, &all->index, error));
    BASE_TRY(engine_index_view(all->index, all->dataset, &all->view, error));
    BASE_TRY(engine_examples_read(all->dataset, &all->examples, error));
    BASE_TRY(engine_levels_new(all->examples.outcomes, all->examples.data.outcome_count, &all->levels, error));
    return engine_near_open(&all->examples, all->dataset, all->view, all->options->threads, &all->near, error);
}

static int keep_fitted(const evaluation *all, lethe_error *error)
{
    base_buf out;
    base_buf_init(&out, ENGINE_BUNDLE_BYTES_MAX);
    int status = engine_bundle_write(all->dataset, &all->examples, &all->fitted, all->horizon_months, &out, error);
    if (status == 0)
        status = base_file_put(all->dataset->folder, ENGINE_BUNDLE_FOLDER "/" ENGINE_BUNDLE_FILE,
                                 base_buf_view(&out), error);
    base_buf_done(&out);
    return status;
}

static int evaluate(evaluation *all, const char *folder, lethe_error *error)
{
    BASE_TRY(open_all(all, folder, error));
    BASE_TRY(engine_temporal_cut(&all->examples, all->horizon_months, &all->temporal, error));
    const engine_course_options options = {
        .data = &all->examples.data,
        .near = engine_near_of(&all->near),
        .levels = {all->levels.levels[ENGINE_CONCEPTS], all->levels.levels[ENGINE_CATEGORIES]},
        .release_k = all->k,
        .threads = all->options->threads,
        .progress = all->options->progress,
        .progress_context = all->options->progress_context,
        .slice = all->temporal.judged,
    };
    BASE_TRY(engine_course_run(&options, &all->fitted, &all->findings, error));
    BASE_TRY(engine_temporal_run(&all->examples, &all->near, &options, &all->temporal, error));
    BASE_TRY(engine_page_fill(all->dataset, &all->examples, &all->levels, &all->fitted, &all->findings, &all->temporal,
                              &all->page, error));
    if (all->options->fit != 0)
        BASE_TRY(keep_fitted(all, error));
    return engine_page_write(&all->page, all->dataset->folder, error);
}

int lethe_evaluate(const char *dataset, const lethe_evaluate_options *options, lethe_evaluation *ret_result,
                   lethe_error *error)
{
    static const lethe_evaluate_options defaults = {.size_bytes = sizeof(defaults)};
    BASE_TRY(check_options(options, error));
    evaluation *all = calloc(1, sizeof(*all));
    if (all == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    all->options = options != NULL ? options : &defaults;
    const int status = evaluate(all, dataset, error);
    if (status == 0) {
        engine_page_summary(&all->page, ret_result);
        ret_result->fitted = all->options->fit != 0;
    }
    engine_temporal_done(&all->temporal);
    engine_near_close(&all->near);
    engine_levels_done(&all->levels);
    engine_examples_done(&all->examples);
    engine_fitted_done(&all->fitted);
    vector_view_release(all->view);
    vector_index_close(all->index);
    engine_dataset_free(all->dataset);
    free(all);
    return status;
}

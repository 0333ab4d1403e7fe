/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_EVALUATE_H
#define ENGINE_EVALUATE_H

#include "engine/bundle.h"
#include "engine/periods.h"
#include "report/evaluation.h"

#include <lethe/predict.h>

/* What an evaluation found, as its page says it and as the public call says it. */
#define ENGINE_EVALUATION_JSON "evaluation.json"
#define ENGINE_EVALUATION_HTML "evaluation.html"

typedef struct engine_page {
    report_evaluation evaluation;
    char name[256];
    report_told told[ENGINE_BINS];
    report_curve_point curves[ENGINE_LEVELS][LEARN_CURVE_POINTS];
} engine_page;

/* The temporal evaluation beside it (periods.h): the course again, on the rows that the cut takes. */
typedef struct engine_temporal {
    engine_cut cut;
    bool run;          /* there was a cut, and somebody to learn from */
    uint8_t *judged;   /* by example */
    engine_method method;
    engine_findings findings;
} engine_temporal;

/* Finds the cut: what `judged` says must be known before the evaluation itself is made. */
int engine_temporal_cut(const engine_examples *examples, uint32_t horizon_months, engine_temporal *ret_temporal,
                        lethe_error *error);

/* `options` and `near` are those of the evaluation. Of too few people there are no findings; that is no error. */
int engine_temporal_run(const engine_examples *examples, const engine_near_index *near,
                        const engine_course_options *options, engine_temporal *temporal, lethe_error *error);
void engine_temporal_done(engine_temporal *temporal);

/* Borrows the dataset; everything else is copied. `findings` has the slice that is judged later too. */
int engine_page_fill(const engine_dataset *dataset, const engine_examples *examples, const engine_levels *levels,
                     const engine_fitted *fitted, const engine_findings *findings, const engine_temporal *temporal,
                     engine_page *ret_page, lethe_error *error);
int engine_page_write(const engine_page *page, const char *folder, lethe_error *error);
void engine_page_summary(const engine_page *page, lethe_evaluation *ret_result);

#endif

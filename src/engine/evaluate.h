/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_EVALUATE_H
#define ENGINE_EVALUATE_H

#include "engine/bundle.h"
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

/* Borrows the dataset; everything else is copied. */
int engine_page_fill(const engine_dataset *dataset, const engine_examples *examples, const engine_levels *levels,
                     const engine_fitted *fitted, const engine_findings *findings, engine_page *ret_page,
                     lethe_error *error);
int engine_page_write(const engine_page *page, const char *folder, lethe_error *error);
void engine_page_summary(const engine_page *page, lethe_evaluation *ret_result);

#endif

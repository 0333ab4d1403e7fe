/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_MEASURE_H
#define ENGINE_MEASURE_H

#include "clinical/coverage.h"
#include "engine/release.h"

#include <lethe/run.h>

/* Measures a release (attackers, similarity, class sizes, distributions) and writes report.json and report.html. Fills
 * the result's similarity. */
int engine_measure(const engine_release *release, const clinical_coverage *coverage, lethe_run_result *result,
                   lethe_error *error);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_MEASURE_H
#define ENGINE_MEASURE_H

#include "clinical/coverage.h"
#include "engine/pool.h"
#include "engine/release.h"
#include "report/report.h"

#include <lethe/run.h>

/* Measures a release (attackers, similarity, class sizes, distributions) and writes report.json and report.html. Fills
 * the result's similarity. */
int engine_measure(const engine_release *release, const clinical_coverage *coverage, lethe_run_result *result,
                   lethe_error *error);

/* The same of a release whose input is gone: only what its rows say (after an erasure). */
int engine_measure_again(const engine_release *release, lethe_error *error);

/* Attackers on the released rows: those that the level rules out, and stronger ones. */
#define ENGINE_ATTACKERS_MAX 16

typedef struct engine_attackers {
    report_attacker rows[ENGINE_ATTACKERS_MAX];
    char texts[ENGINE_ATTACKERS_MAX][64];
    size_t count;
} engine_attackers;

int engine_measure_attackers(const engine_release *release, engine_attackers *ret_attackers, lethe_error *error);

/* Counts of the released rows by value. */
#define ENGINE_CHARTS_MAX  16
#define ENGINE_ENTRIES_MAX 64

typedef struct engine_charts {
    report_distribution charts[ENGINE_CHARTS_MAX];
    report_entry entries[ENGINE_CHARTS_MAX][ENGINE_ENTRIES_MAX];
    size_t count;
    report_grid grid; /* region by density */
    const char *row_names[8], *column_names[8];
    uint64_t cells[64];
} engine_charts;

int engine_measure_charts(const engine_release *release, engine_charts *ret_charts, lethe_error *error);

#endif

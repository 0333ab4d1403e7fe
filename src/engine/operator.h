/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_OPERATOR_H
#define ENGINE_OPERATOR_H

#include "base/file.h"
#include "engine/cohort.h"
#include "engine/ingest.h"
#include "engine/map.h"
#include "json/json.h"
#include "privacy/decide.h"

#include <lethe/run.h>

/* run.json: for the operator, not part of the release: times, throughput, what came in, what was left out and where. */
typedef struct engine_account {
    const lethe_run_result *result;
    const engine_ingest *ingest;
    const engine_map *map;
    const engine_cohort *cohort;
    const engine_withheld *withheld;
    uint64_t spilled_bytes, resumed;
    engine_source_totals source;
    privacy_decide_effort effort;
    double seconds[LETHE_PHASE_REPORT + 1]; /* by phase */
    size_t threads;
    const char *started_at;
} engine_account;

/* The run.json of a dataset, if it lies there and is understood: else `ret_root` is no object, and that is no failure,
 * for it is the operator's and may be gone. `bytes` must outlive the values. */
int engine_account_load(const char *dataset, json_parser *parser, base_buf *bytes, json_value *ret_root,
                        lethe_error *error);
int engine_account_write(const engine_account *account, const base_folder *folder, lethe_error *error);

#endif

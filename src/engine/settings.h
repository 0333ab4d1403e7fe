/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_SETTINGS_H
#define ENGINE_SETTINGS_H

#include "base/date.h"
#include "clinical/derive.h"
#include "privacy/decide.h"

#include <lethe/run.h>

/* The options of a run with every default filled in and every value checked. Borrows strings of the options. */
typedef struct engine_settings {
    const char *input, *output, *key_file, *level, *audience, *patient_identifier, *snapshots_name;
    char dataset_name[256];
    const char *temporary_folder; /* NULL: the run's own */
    clinical_snapshots snapshots;
    uint32_t k, visits, items, horizon_months, plan_seconds;
    size_t threads;
    double suppression_limit;
    double beta; /* of the level external, else 0 */
    uint64_t memory_bytes;
    bool strict, has_as_of, internal, external, resume, vectors, raw_ceiling, frontier;
    uint32_t checkpoint_ms;
    int32_t as_of_day;
    const char *as_of_from; /* who said it */
} engine_settings;

/* Of the level external: a cell of eleven people is what US agencies publish (CMS cell size suppression policy). */
#define ENGINE_EXTERNAL_K    11
#define ENGINE_EXTERNAL_BETA 2.0

#define ENGINE_MEMORY_MIN        ((uint64_t)64 << 20)
#define ENGINE_CHECKPOINT_MS     30000
#define ENGINE_CHECKPOINT_MS_MAX 86400000

/* LETHE_E_ENGINE_OPTION with the option's name as the path; _OVERLAP; LETHE_E_BASE_* for a temporary folder. */
int engine_settings_make(const lethe_run_options *options, engine_settings *ret_settings, lethe_error *error);

/* What DECIDE is asked for against an attacker who knows so many visits. */
void engine_decide_options(const engine_settings *settings, uint32_t visits, privacy_decide_options *ret_options);

/* "YYYY-MM-DD" of a day. */
void engine_format_day(int32_t day, char ret_text[16]);

/* An output among the records would be read by the next run: LETHE_E_ENGINE_OVERLAP. Whatever cannot be resolved is
 * another error's matter. */
int engine_check_apart(const char *input, const char *output, lethe_error *error);

/* LETHE_E_ENGINE_OPTION naming the option. */
int engine_bad_option(lethe_error *error, const char *name);

#endif

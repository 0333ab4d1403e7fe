/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_RUN_H
#define ENGINE_RUN_H

#include "engine/apply.h"
#include "engine/classes.h"
#include "engine/ingest.h"
#include "engine/journal.h"
#include "engine/map.h"
#include "engine/operator.h"
#include "engine/settings.h"

#include <time.h>

/* How far a run is: what the journal says a later process need not do again. */
typedef enum engine_stage {
    ENGINE_STAGE_READ,    /* reading: from a position of the source on */
    ENGINE_STAGE_MAP,     /* everything is read; some partitions are mapped */
    ENGINE_STAGE_DECIDED, /* the plan and the list rule stand */
} engine_stage;

/* Everything a run holds; done in one place, whatever was reached. */
typedef struct engine_run {
    const lethe_run_options *options;
    engine_settings settings;
    crypt_keyring *ring;
    base_hash_key record_secret;
    engine_journal journal;
    engine_gate gate;
    engine_stage stage;
    uint64_t resumed; /* how often */
    bool adopted;     /* the folder is that of an interrupted run */
    engine_source *source;
    engine_position position; /* where the source goes on */
    engine_store *store;
    engine_parts *records, *rows;
    engine_catalog catalog;
    engine_people people;
    engine_claims claims;
    engine_withheld withheld;
    engine_ingest ingest;
    engine_map map;
    bool *mapped;
    bool has_day; /* map.derive.as_of_day stands */
    privacy_hierarchies *hierarchies;
    embed_model *model;
    engine_cohort cohort;
    base_buf plan; /* as it was noted */
    engine_apply apply;
    engine_classes classes;
    engine_files files;
    base_folder folder;
    engine_account account;
    lethe_run_result result;
    lethe_phase phase;
    struct timespec phase_began;
    char created_at[16];
    const char *created_at_from;
    char started_at[32];
} engine_run;

#define ENGINE_RECORD_PARTS 256

/* The folder that the run works in, new or of the run that it resumes, and the store in it; with --resume, all that
 * the journal says is where the run goes on. After engine_settings_make, the keyring and the source. */
int engine_run_open(engine_run *run, lethe_error *error);

/* Notes how far the run is, now (with nobody at work). The gate calls it too. */
int engine_run_note(void *context, lethe_error *error);

/* Removes what the run worked in, or keeps it for the next --resume where that may go on after `status`. */
void engine_run_close(engine_run *run, int status);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_RELEASE_H
#define ENGINE_RELEASE_H

#include "crypt/keyring.h"
#include "engine/apply.h"
#include "engine/classes.h"
#include "engine/settings.h"

/* What the files beside the rows are written from: a decided and applied cohort, and what the caller asked for. */
typedef struct engine_release {
    const engine_settings *settings;
    int (*progress)(void *context, uint64_t done, uint64_t total); /* non-zero cancels */
    void *progress_context;
    engine_cohort *cohort;
    const engine_composer *composer;
    engine_apply *apply;
    const engine_classes *classes;
    const embed_model *model;
    const crypt_keyring *ring;
    const base_folder *folder;
    engine_files *files;
    const char *dataset_name, *audience, *level, *created_at, *created_at_from, *snapshots, *statement;
    uint32_t k, attacker_visits, attacker_items, horizon_months;
    double suppression_limit;
    double beta;       /* at external; else 0 */
    double similarity; /* measured: of released vectors with those before the gate; NaN: too few people */
    bool erased;       /* people were erased from it since it was first made */
} engine_release;

int engine_release_plan(const engine_release *release, lethe_error *error);       /* plan.json */
int engine_release_support(const engine_release *release, lethe_error *error);    /* support.bin */
int engine_release_vocabulary(const engine_release *release, lethe_error *error); /* vocabulary.json */
int engine_release_schema(const engine_release *release, lethe_error *error);     /* schema.json */
int engine_release_card(const engine_release *release, lethe_error *error);       /* README.md */

/* manifest.json and manifest.sig: last, over everything that was listed. */
int engine_release_manifest(const engine_release *release, lethe_error *error);

/* How many people still have an item, or both of two. */
uint32_t engine_release_people(const engine_release *release, record_item a, record_item b);

#endif

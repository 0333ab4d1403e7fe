/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_ERASE_H
#define ENGINE_ERASE_H

#include "crypt/keyring.h"
#include "engine/apply.h"
#include "engine/classes.h"
#include "engine/dataset.h"
#include "engine/fall.h"
#include "engine/released_rows.h"
#include "engine/replace.h"

#include <lethe/erase.h>

/*
 * One erasure. Three passes over the rows, each in their order:
 *
 *   erase_visits   tuples: who is erased, and which visits fewer than k people are like then
 *   erase_lists    what is left as a cohort, and what the list rule takes from it
 *   erase_write    every row that stays, as it was or with fewer items
 *
 * Withheld visits change no other row: gaps and snapshot numbers stay those of the first release. So visits only become
 * fewer, the visit rule has a fixpoint, and the list rule after it takes nothing from visits.
 */
typedef struct engine_erasure {
    const lethe_erase_options *options;
    size_t threads;
    crypt_keyring *ring;
    identity_token *ids; /* in the order of identity_token_order, which they are kept in */
    uint32_t *positions; /* of each in the options, from 0 */
    bool *found;
    size_t id_count;
    engine_replace replace;
    engine_dataset *dataset;
    privacy_hierarchies *hierarchies;
    engine_composer composer;
    embed_model *model;
    base_arena arena; /* texts of the manifest */
    uint32_t k, visits, items;
    uint8_t *rows; /* what happens to each row of the dataset, in their order */
    uint64_t row_count;
    engine_store *store;
    engine_parts *parts;
    engine_cohort cohort;
    identity_token *people; /* the order token of each person of the cohort */
    engine_apply apply;     /* what was written */
    engine_files files;
    engine_classes classes;
    lethe_erase_result result;
} engine_erasure;

/* Whether a token in identity_token_order is to be erased; marks it as found. */
bool engine_erase_asked(engine_erasure *erasure, const identity_token *order);

int engine_erase_visits(engine_erasure *erasure, lethe_error *error);
int engine_erase_lists(engine_erasure *erasure, lethe_error *error);
int engine_erase_write(engine_erasure *erasure, lethe_error *error);
int engine_erase_documents(engine_erasure *erasure, lethe_error *error);
int engine_erase_account(engine_erasure *erasure, lethe_error *error); /* run.json */

int engine_erase_tell(const engine_erasure *erasure, lethe_erase_phase phase, uint64_t done, uint64_t total,
                      lethe_error *error);

#endif

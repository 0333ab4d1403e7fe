/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_ATTACK_TABLES_H
#define ENGINE_ATTACK_TABLES_H

#include "engine/tabular.h"
#include "privacy/triad.h"

/* The three tables of an attack, column by column in one code space. */
typedef struct engine_attack_tables {
    engine_tabular released, original, control;
    const char **names; /* of the columns that released and original share, in the order of the release */
    uint32_t count;
    privacy_stage stage;
    base_arena arena;
} engine_attack_tables;

/* `tables` is zero but for its arena. LETHE_E_PRIVACY_OPTION (path: released) where they share no column;
 * LETHE_E_TABLE_COLUMN where the control group lacks one. */
int engine_attack_tables_read(const lethe_csv *original, const lethe_csv *released, const lethe_csv *control,
                              engine_attack_tables *tables, lethe_error *error);
void engine_attack_tables_done(engine_attack_tables *tables);

#endif

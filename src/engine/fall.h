/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_FALL_H
#define ENGINE_FALL_H

#include "privacy/suppress.h"

/*
 * Which visits of a dataset fall when people leave it: by the suppression order of DECIDE (docs/SPEC-plan.md), which
 * asks of two tuples only whether they are equal. A tuple is a number here. No row changes another: what rows say of
 * their gaps is part of their tuples.
 */
enum { ENGINE_ROW_STAYS, ENGINE_ROW_ERASED, ENGINE_ROW_WITHHELD };

typedef struct engine_fall {
    uint32_t k, visits;
    const privacy_hierarchies *hierarchies;
    const uint32_t *tuples; /* of all rows */
    const uint32_t *starts; /* the first row of each person, and the end of the last: people + 1 */
    size_t people;
} engine_fall;

typedef struct engine_fallen {
    uint64_t visits, people; /* withheld; people with all of their visits */
} engine_fallen;

/* `rows` says who is erased (with the first row of a person) and is told who is withheld. LETHE_E_BASE_LIMIT where
 * somebody has more than PRIVACY_PATIENT_ROWS_MAX rows. */
int engine_fall_visits(const engine_fall *fall, uint8_t *rows, engine_fallen *ret_fallen, lethe_error *error);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLINICAL_EMERGENCY_H
#define CLINICAL_EMERGENCY_H

#include "base/arena.h"
#include "record/row.h"

/*
 * What an emergency team, or a small model on a device (Gemma 3n and its like), needs first of a released row: the risk
 * factors and flags it has, and a prompt. A function of the row: the prompt is made of vocabulary values and constant
 * words only, at most CLINICAL_PROMPT_WORDS_MAX of them; the longest lists are cut first, and the prompt says so.
 */
#define CLINICAL_PROMPT_WORDS_MAX 300

typedef struct clinical_emergency {
    const record_item *risks; /* of RECORD_RISK_FACTORS; a part of the row's items */
    size_t risk_count;
    const record_item *flags; /* of RECORD_VITAL_FLAGS */
    size_t flag_count;
    base_span prompt; /* in the arena */
} clinical_emergency;

int clinical_emergency_of(const record_released *released, base_arena *arena, clinical_emergency *ret_emergency,
                          lethe_error *error);

#endif

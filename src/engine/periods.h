/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_PERIODS_H
#define ENGINE_PERIODS_H

#include "engine/examples.h"

/*
 * A temporal evaluation: what was learnt from earlier rows, judged on later ones of other patients.
 *
 *     periods        … 2016  2017  2018 │ 2019 │ 2020  2021
 *                    learnt from          gap    judged
 *
 * Judged are the last periods that hold a fifth of the followed rows, as few as do. A row is learnt from where its
 * outcomes were known when the first of these began: its period ends at least a horizon before. What lies between is
 * left out: who learnt from it would have looked ahead.
 */
typedef enum engine_cut_state {
    ENGINE_CUT_FOUND,
    ENGINE_CUT_WITHHELD, /* the plan left no period */
    ENGINE_CUT_NONE,     /* nothing was known before the last periods began */
} engine_cut_state;

typedef struct engine_cut {
    engine_cut_state state;
    uint16_t learnt_from, learnt_until, judged_from, judged_until; /* years, both included */
} engine_cut;

#define ENGINE_JUDGED_SHARE 0.2 /* of the followed rows, at least */

int engine_cut_find(const engine_examples *examples, uint32_t horizon_months, engine_cut *ret_cut, lethe_error *error);

/* By example, 1: rows of test patients that are judged; and with them the rows that are learnt from. Both arrays have
 * room for all examples. */
void engine_cut_take(const engine_examples *examples, const engine_cut *cut, uint8_t *ret_judged, uint8_t *ret_taken);

/* "index_period=2016|2017": the periods that are learnt from, as a clause of a filter. LETHE_E_BASE_LIMIT. */
int engine_cut_clause(const engine_examples *examples, const engine_cut *cut, base_buf *out, lethe_error *error);

#endif

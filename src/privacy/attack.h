/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_ATTACK_H
#define PRIVACY_ATTACK_H

#include "base/error.h"
#include "record/row.h"

/*
 * Attacks that are carried out, not argued. The attacker knows some visits of a target (their true values, generalized
 * by the published plan, in order of time) and some list items, and looks for the released patients who have them all:
 * the candidates. He then names one at random. Which visits and items he knows is drawn anew for each target; by
 * default among those that were released, the worst case: a visit or an item that was withheld leads him astray.
 *
 *   known     visits drawn from the target, in order       a . b         candidates: patients whose released rows
 *   released  rows of a patient                            a c b d       contain them in this order
 *
 * The whole history is matched as a whole: candidates have the same sequence. Tuples are numbers that the caller gives
 * to released values: equal numbers, equal values.
 */
typedef struct privacy_attack_people {
    size_t count;
    const uint32_t *row_offset; /* count + 1 */
    const uint32_t *tuple;      /* of each row, in time order */
    const size_t *item_offset;  /* count + 1 */
    const record_item *item;    /* pooled, sorted, unique */
} privacy_attack_people;

#define PRIVACY_ATTACK_HISTORY    UINT32_MAX /* visits: the whole history */
#define PRIVACY_ATTACK_VISITS_MAX 64
#define PRIVACY_ATTACK_ITEMS_MAX  8

typedef struct privacy_attack {
    uint32_t visits, items; /* what he knows; a target who has fewer is no target */
    uint32_t k;
    uint64_t trials; /* targets drawn, without return; 0: everyone */
    uint64_t seed;
} privacy_attack;

typedef struct privacy_attack_result {
    uint64_t trials;
    uint64_t below_k; /* the target was among the candidates, and they were fewer than k */
    uint64_t unique;  /* and was the only one */
    uint64_t astray;  /* the target was not among them */
    double success;   /* mean over the trials of 1 / candidates where the target was among them, else 0 */
    double control;   /* the same of an attacker who knows nothing: 1 / people */
    double below_k_low, below_k_high, unique_low, unique_high; /* Wilson, 95 % */
} privacy_attack_result;

/*
 * `known` NULL: what the attacker knows is drawn from `released`; else from `known`, the same people in the same order
 * with nothing withheld. The result depends on the order of the people where targets are drawn: give them in a
 * canonical one. LETHE_E_PRIVACY_OPTION where the numbers do not fit together.
 */
int privacy_attack_run(const privacy_attack_people *released, const privacy_attack_people *known,
                       const privacy_attack *attack, privacy_attack_result *ret_result, lethe_error *error);

#endif

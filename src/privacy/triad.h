/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_TRIAD_H
#define PRIVACY_TRIAD_H

#include "privacy/risk.h"

/*
 * The three risks of the Article 29 Working Party (Opinion 05/2014, WP 216) as attacks that are carried out, with the
 * definitions of Giomi, Boenisch, Wehmeyer and Tasnádi 2022, "A unified framework for quantifying privacy risk in
 * synthetic data" (Anonymeter):
 *
 *   attack    guesses made from the release, against the people it was made of
 *   control   the same guesses against people of the same kind who are not in it: what succeeds there is learnt about
 *             everybody, not about somebody
 *   baseline  guesses made without the release
 *
 * Tables are codes in one code space: equal codes, equal values; codes of a column of numbers rise with the number.
 */
typedef struct privacy_field {
    uint32_t value_count;
    uint32_t missing;     /* the code of a missing value; UINT32_MAX: there is none */
    uint32_t star;        /* the code of a suppressed cell, of which nobody guesses anything; UINT32_MAX: none */
    const double *number; /* of each code (of the missing one: anything); NULL: text */
} privacy_field;

typedef struct privacy_cast {
    uint32_t row_count;
    const uint32_t *const *codes; /* [field][row] */
} privacy_cast;

typedef struct privacy_stage {
    const privacy_field *fields;
    uint32_t field_count;
    privacy_cast released, original, control; /* control.row_count 0: there is none */
    uint64_t seed;
    uint32_t attempts; /* guesses of an attack */
} privacy_stage;

typedef struct privacy_contest {
    privacy_rate attack, control, baseline;
    bool has_control;
    /* What the release adds: (attack - control) / (1 - control), of Wilson's centres, within 0..1, with its 95 %
     * interval by propagation of errors; without a control group the attack itself. */
    double risk, low, high;
    bool beats_baseline; /* an attack that does not, says nothing about the release */
} privacy_contest;

privacy_contest privacy_contest_of(uint64_t hits, uint64_t trials, uint64_t control_hits, uint64_t control_trials,
                                   uint64_t baseline_hits, uint64_t baseline_trials, bool has_control);

/* A small, good generator (xorshift64*) for guesses: the same seed, the same guesses. */
typedef struct privacy_dice {
    uint64_t state;
} privacy_dice;

privacy_dice privacy_dice_of(uint64_t seed, uint64_t stream);
uint32_t privacy_dice_below(privacy_dice *dice, uint32_t limit); /* limit ≥ 1 */

/* `count` different numbers below `limit`, in random order; `scratch` holds `limit`. */
void privacy_dice_choose(privacy_dice *dice, uint32_t limit, uint32_t count, uint32_t *scratch, uint32_t *ret_chosen);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_SINGLING_H
#define PRIVACY_SINGLING_H

#include "privacy/triad.h"

/*
 * Singling out: a predicate that exactly one released row satisfies is a guess that exactly one person does. Univariate
 * guesses are all that there are: values that stand once, the ends of columns of numbers, a missing value that is the
 * only one. Multivariate ones take `columns` columns of a random released row: its text as it is, its numbers as "at
 * least" above the column's median, else as "at most". Blind guesses compare random columns with random values.
 *
 * Whether one person of n satisfies a predicate depends on n. So where there is a control group, as many people of the
 * original are asked as the control group has, or the other way round.
 */
typedef struct privacy_singling {
    privacy_contest contest; /* on equal numbers of people */
    privacy_rate all;        /* guesses that single out one of all the people of the original */
    uint32_t asked;          /* people of each side of the contest */
} privacy_singling;

/* columns 1: univariate. LETHE_E_PRIVACY_OPTION (path: columns) where there are fewer fields. */
int privacy_single_out(const privacy_stage *stage, uint32_t columns, privacy_singling *ret_singling,
                       lethe_error *error);

#endif

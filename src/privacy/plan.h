/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_PLAN_H
#define PRIVACY_PLAN_H

#include "privacy/frame.h"

/*
 * What DECIDE decided about the visits: a level for each QI and, for each signature, which of its rows are withheld.
 * Owns `gone`; privacy_plan_done frees it. Numbers count people's rows, as often as people have them.
 */
typedef struct privacy_plan {
    uint32_t k, visits;
    privacy_node node;
    double column_loss[RECORD_QI_COUNT]; /* 0 all kept .. 1 nothing */
    double loss;                         /* geometric mean over the QIs that generalize, each weighing 1 (metrics.h) */
    uint64_t people, people_gone;        /* gone: every row withheld */
    uint64_t rows, rows_gone;
    uint64_t *gone; /* bit i: the i-th row of the signature is withheld; one word a signature, in the set's order */
    size_t signature_count;
} privacy_plan;

void privacy_plan_done(privacy_plan *plan); /* NULL-safe */

/* A released row: the group of each QI at the plan's levels. */
typedef struct privacy_groups {
    uint8_t group[RECORD_QI_COUNT];
} privacy_groups;

/*
 * APPLY for one patient: the rows of signature `index` of the set that was decided on, as they are released.
 * `ret_row[i]` is the place in `tuples` of the i-th released row. Both arrays hold `row_count`. Returns the number of
 * released rows.
 */
size_t privacy_plan_apply(const privacy_plan *plan, const privacy_hierarchies *hierarchies, size_t index,
                          const record_tuple *tuples, size_t row_count, privacy_groups *ret_groups, uint8_t *ret_row);

/* The plan as bytes, to be carried to where APPLY runs; it belongs to the signature set it was decided on. */
void privacy_plan_encode(const privacy_plan *plan, base_buf *ret_bytes);
int privacy_plan_decode(base_span bytes, const privacy_signatures *set, privacy_plan *ret_plan, lethe_error *error);

#endif

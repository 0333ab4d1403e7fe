/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_SUPPRESS_INTERNAL_H
#define PRIVACY_SUPPRESS_INTERNAL_H

#include "privacy/suppress.h"

/*
 * The suppressor's memory, shared by suppress.c (the order of steps), pairs.c and longer.c (the counts behind two of
 * them). "Row" here is a row still there: they stand side by side, patients in the set's order.
 *
 *   owner     0 0 0 | 1 1 | 3 …        (patient 2 has none left)
 *   tuple     7 2 7 | 2 9 | 4 …
 *   start     0       3     5  5 …     by patient
 *   list      rows by tuple: 1 3 | 5 | 0 2 | 4 …, list_start by tuple
 */
#define GAP_GROUPS 6

typedef struct privacy_tally {
    uint32_t people, seen; /* seen: the last one who counted, so that nobody counts twice */
} privacy_tally;

struct privacy_suppressor {
    const privacy_frame *frame;
    privacy_rule rule;
    privacy_node node;
    bool with_gap;
    bool singles_only_so_far;
    privacy_outcome outcome;

    uint32_t *id_of_cell, id_count; /* the node's tuples without gap */
    uint32_t *slot_code, *slot_id;  /* hash table behind them */
    size_t slot_count;
    uint64_t *gone;          /* by signature */
    uint32_t *start;         /* by signature, one more */
    uint32_t *tuple, *owner; /* by row */
    uint8_t *position;       /* of a row in its signature */
    uint32_t kept;           /* rows */
    uint32_t *list, *list_start;
    uint64_t *short_with;   /* by row: bit i, short with the i-th of the patient's rows, a later one */
    privacy_tally *support; /* by tuple: people who hold it */
    privacy_tally *count;   /* by tuple: people who hold it after a prefix; zero between prefixes */
    uint32_t *after;        /* the same where the prefix is one tuple, who counts twice being known beforehand: */
    uint8_t *before;        /* by row: 1 + the place of the patient's last row before it with the same tuple, or 0 */
    uint32_t *touched;      /* tuples that are not zero there */
    uint32_t *firsts, first_count; /* tuples that somebody holds, those of few people first */
    uint8_t *is_short;             /* by tuple, a bit: fewer than k people hold it */
    uint32_t tuple_count;          /* and, as a row's tuple within step 1: the row is gone */
    uint32_t serial;               /* of the patient who counts */
};

void privacy_suppress_row(privacy_suppressor *s, uint32_t row);
void privacy_list_rows(privacy_suppressor *s); /* fills list and list_start */

/* Step 2. Counting says whether any pair is short; `forced` is a least number of rows that must go for them. It stops
 * early, with some short pairs known, when these alone force `enough` rows. */
bool privacy_count_pairs(privacy_suppressor *s, uint64_t enough, uint64_t *ret_forced);
void privacy_suppress_pairs(privacy_suppressor *s);

/* Step 3, for one length. */
int privacy_suppress_longer(privacy_suppressor *s, uint32_t length, bool *ret_changed, lethe_error *error);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_LISTS_H
#define PRIVACY_LISTS_H

#include "base/error.h"
#include "record/row.h"

/*
 * k^m over the list columns, pooled over a patient's released rows: in the end no item, and with m = 2 no pair of
 * items, is held by 1 .. k-1 people. The items that are worth most over all their holders come first (lists.c), and
 * what falls is
 *
 *   - a concept before its category: the category says less and stays;
 *   - locally, from the people who hold the pair, so that others keep the item; but a global item (an outcome, whose
 *     absence must mean something) from everyone or no one;
 *   - with an item everything that says it again: the concepts of a category, and what implies the item (an
 *     antiretroviral implies HIV).
 *
 * The answer is a function of the set of lists: people with equal lists keep equal lists, whatever their order.
 */
enum { PRIVACY_IMPLIES_NO_SEX, PRIVACY_IMPLIES_FEMALE, PRIVACY_IMPLIES_MALE };

typedef struct privacy_item {
    record_item parent;         /* its category, or RECORD_ITEM_NONE */
    const record_item *implies; /* items of which it says that they hold */
    uint8_t implies_count;
    uint8_t column; /* record_column: for the figures */
    uint8_t implies_sex;
    bool implies_pregnancy;
    bool global;     /* removed for everyone or for no one */
    bool frozen;     /* must stay: it was decided before */
    bool sensitive;  /* for privacy/within.h */
    uint16_t weight; /* information lost with one of it; 0 counts as 1 */
} privacy_item;

typedef struct privacy_lists {
    const privacy_item *items; /* by record_item */
    uint32_t item_count;       /* at most RECORD_ITEM_MAX */
    const record_item *list;   /* of all patients, each sorted and unique */
    const size_t *offset;      /* patient_count + 1 */
    size_t patient_count;
} privacy_lists;

#define PRIVACY_LIST_ITEMS_MAX 2 /* of attacker_items: triples of sixty items a patient are beyond a dense count */

typedef struct privacy_list_options {
    uint32_t k, attacker_items;
    bool sex_withheld, pregnancy_withheld; /* the plan's level is `*`: items that would tell fall for everyone */
} privacy_list_options;

/* Owned by the caller: privacy_list_result_done. */
typedef struct privacy_list_result {
    record_item *removed; /* of all patients, each sorted: what their lists lose */
    size_t *offset;       /* patient_count + 1 */
    size_t patient_count;
    uint32_t item_count;
    bool *removed_for_all; /* by item: nobody has it any more, though somebody had; to be withheld in `--plan` too */
    uint32_t *held;        /* by item: who had it before */
    uint32_t *people;      /* item_count squared: who still holds both; on the diagonal, who holds it */
    uint64_t before[RECORD_COLUMN_COUNT], after[RECORD_COLUMN_COUNT]; /* items over all patients, by column */
} privacy_list_result;

/* Whether items and lists fit together: LETHE_E_PRIVACY_OPTION with "items" or "lists". */
int privacy_lists_check(const privacy_lists *lists, lethe_error *error);

void privacy_list_result_done(privacy_list_result *result); /* NULL-safe */

/*
 * LETHE_E_PRIVACY_OPTION: an option out of range, a list that is not sorted and unique, or frozen items that break the
 * rule among themselves (path: "frozen").
 */
int privacy_lists_decide(const privacy_lists *lists, const privacy_list_options *options,
                         privacy_list_result *ret_result, lethe_error *error);

#endif

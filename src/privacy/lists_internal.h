/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_LISTS_INTERNAL_H
#define PRIVACY_LISTS_INTERNAL_H

#include "privacy/lists.h"

/*
 * The working state of the list rule, shared by lists.c (the steps) and cover.c (what one patient gives up). `people`
 * is exact after every removal; `shorts` and `holders` are a picture of it taken at the beginning of a round, on which
 * all patients decide: bit y of row x is set where 1..k-1 people hold x and y.
 */
typedef struct list_state {
    const privacy_lists *lists;
    privacy_list_options options;
    uint32_t item_count, words; /* 64-bit words in a row of `shorts` */
    uint32_t *people;           /* item_count squared, both halves */
    uint64_t *shorts;
    bool *hot;               /* has a bit in `shorts` */
    uint32_t *holders;       /* of an item, in the picture */
    bool *here;              /* by item: the patient at hand has it; false between patients */
    bool *due;               /* global items that say what somebody has lost */
    bool *alive;             /* by place in lists->list */
    bool *pinned;            /* frozen, or something frozen falls with it */
    record_item *dependents; /* what falls with an item: concepts of a category, items that imply it */
    uint32_t *dependents_start;
    size_t *doomed; /* places to remove at the end of a round */
    size_t doomed_count;
} list_state;

static inline uint32_t *list_people(const list_state *s, record_item x, record_item y)
{
    return &s->people[(size_t)x * s->item_count + y];
}

static inline bool list_short(const list_state *s, record_item x, record_item y)
{
    return s->shorts[(size_t)x * s->words + y / 64] >> (y % 64) & 1;
}

static inline uint32_t list_weight(const list_state *s, record_item item)
{
    return s->lists->items[item].weight != 0 ? s->lists->items[item].weight : 1;
}

/* Whether a round of upper items (categories and what has no parent) or of lower ones may take the item from one
 * person. */
typedef enum list_floor { LIST_UPPER, LIST_LOWER } list_floor;

/* Adds to `doomed` what patient `p` gives up so that none of the patient's short pairs of this floor remains. */
void privacy_cover_patient(list_state *s, size_t patient, list_floor floor);

/* Which global items must fall so that no two of those left are a short pair (global.c): by item. */
int privacy_choose_global(list_state *s, bool *ret_fallen, lethe_error *error);

/* Gives back what no longer stands in anyone's way (restore.c). Nothing becomes short by it. */
int privacy_restore_items(list_state *s, lethe_error *error);

#endif

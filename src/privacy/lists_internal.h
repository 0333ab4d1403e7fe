/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_LISTS_INTERNAL_H
#define PRIVACY_LISTS_INTERNAL_H

#include "privacy/lists.h"

/* An item of one patient: where it stands in lists->list, and whose it is. */
typedef struct list_holding {
    size_t place, patient;
} list_holding;

/*
 * The working state of the list rule, shared by lists.c (the order) and enter.c (one item). `alive` says what is
 * released as things stand; `people` counts it and is exact after every change. Between two items the rule holds:
 * every count in `people` is 0 or at least k.
 */
typedef struct list_state {
    const privacy_lists *lists;
    privacy_list_options options;
    uint32_t item_count;
    uint32_t *people;        /* item_count squared, both halves */
    bool *alive;             /* by place in lists->list */
    bool *pinned;            /* by item: frozen, or something frozen stands on it */
    list_holding *holdings;  /* by item, alive or not */
    size_t *holdings_start;  /* item_count + 1 */
    record_item *dependents; /* what falls with an item: concepts of a category, items that imply it */
    uint32_t *dependents_start;
} list_state;

static inline uint32_t *list_people(const list_state *s, record_item x, record_item y)
{
    return &s->people[(size_t)x * s->item_count + y];
}

/* What one of it is worth. A category counts twice, so that a concept yields to it: that is generalization. A global
 * item is a label: it counts four times, since without labels nothing can be learnt from all the rest. */
static inline uint32_t list_value(const list_state *s, record_item item)
{
    const privacy_item *const of = &s->lists->items[item];
    const uint32_t weight = of->weight != 0 ? of->weight : 1;
    return (of->global ? 4 : 1) * (of->parent == RECORD_ITEM_NONE ? 2 * weight : weight);
}

/* Counts a holding in or out. */
void privacy_holding_set(list_state *s, list_holding holding, bool alive);

/* Room for the work on one item, made once. */
typedef struct list_entry list_entry;

int privacy_entry_new(list_state *s, list_entry **ret_entry, lethe_error *error);
void privacy_entry_free(list_entry *entry);

/* Lets as many as possible of those who lack the item have it, others giving way where that loses less (enter.c).
 * *ret_changed: something did. */
int privacy_enter_item(list_entry *entry, record_item item, bool *ret_changed, lethe_error *error);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "embed/model_internal.h"

#include <stdlib.h>

/*
 * Which items have an axis of their own: a pure function of the vocabulary, so that no count of any release shows in
 * the model. Order: items with a rank, by rank; then categories and the columns that have one level only; then concepts
 * from the ubiquitous (weight 1) to the rare (4), which is the vocabulary's own word for how often they meet; risk
 * factors last, since they repeat what the row says. Ties: column, then name, so that the order of the table does not
 * matter.
 */
typedef struct candidate {
    const embed_item *item;
    uint32_t order; /* smaller comes first */
    record_item number;
} candidate;

static uint32_t group_of(const embed_item *item)
{
    if (item->column == RECORD_RISK_FACTORS)
        return 3;
    return item->parent == RECORD_ITEM_NONE ? 1 : 2;
}

static uint32_t order_of(const embed_item *item)
{
    if (item->rank != 0)
        return item->rank;
    const uint32_t group = group_of(item);
    const uint32_t weight = group == 2 ? item->weight : 0;
    return (group << 24) | (weight << 16) | (uint32_t)item->column;
}

static int compare_candidates(const void *left, const void *right)
{
    const candidate *a = left, *b = right;
    if (a->order != b->order)
        return a->order < b->order ? -1 : 1;
    const int by_name = strcmp(a->item->name, b->item->name);
    if (by_name != 0)
        return by_name;
    return a->item->column < b->item->column ? -1 : a->item->column > b->item->column;
}

int embed_assign_axes(const embed_item *items, size_t count, int16_t *axis_of, lethe_error *error)
{
    candidate *candidates = malloc((count + 1) * sizeof(*candidates));
    if (candidates == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        axis_of[i] = -1;
        if (items[i].column != RECORD_OUTCOMES)
            candidates[n++] = (candidate){&items[i], order_of(&items[i]), (record_item)i};
    }
    qsort(candidates, n, sizeof(*candidates), compare_candidates);
    for (size_t i = 0; i < n && i < EMBED_OWN_SIZE; i++)
        axis_of[candidates[i].number] = (int16_t)(EMBED_OWN_AT + i);
    free(candidates);
    return 0;
}

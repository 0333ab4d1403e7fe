/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/within_internal.h"

#include "base/real.h"

#include <stdlib.h>

double privacy_beta_bound(double overall, double beta)
{
    const double surprise = -base_log(overall);
    return overall * (1 + (surprise < beta ? surprise : beta));
}

/* Who has an item, of one class and of all. */
typedef struct likeness {
    within_state *s;
    uint32_t *in_class; /* class_count × item_count */
    uint32_t *overall;  /* by item */
    size_t people;
} likeness;

static uint32_t *holders_of(const likeness *k, uint32_t cell, record_item item)
{
    return &k->in_class[(size_t)cell * k->s->lists->item_count + item];
}

static void count_holders(likeness *k)
{
    const privacy_lists *l = k->s->lists;
    for (uint32_t cell = 0; cell < k->s->within->class_count; cell++) {
        k->people += within_size(k->s, cell);
        for (size_t i = k->s->class_start[cell]; i < k->s->class_start[cell + 1]; i++)
            for (size_t at = l->offset[k->s->members[i]]; at < l->offset[k->s->members[i] + 1]; at++)
                if (k->s->alive[at]) {
                    (*holders_of(k, cell, l->list[at]))++;
                    k->overall[l->list[at]]++;
                }
    }
}

static int take_from_class(likeness *k, uint32_t cell, record_item item, lethe_error *error);

/* From a class, or from all where the item is global; with it what stands on it. */
static int take_away(likeness *k, uint32_t cell, record_item item, lethe_error *error)
{
    const privacy_item *of = &k->s->lists->items[item];
    if (of->frozen)
        return privacy_within_fail(error, "frozen");
    if (!of->global)
        return take_from_class(k, cell, item, error);
    for (uint32_t other = 0; other < k->s->within->class_count; other++)
        BASE_TRY(take_from_class(k, other, item, error));
    return 0;
}

static int take_from_class(likeness *k, uint32_t cell, record_item item, lethe_error *error)
{
    const privacy_lists *l = k->s->lists;
    if (*holders_of(k, cell, item) == 0)
        return 0;
    for (size_t i = k->s->class_start[cell]; i < k->s->class_start[cell + 1]; i++)
        for (size_t at = l->offset[k->s->members[i]]; at < l->offset[k->s->members[i] + 1]; at++)
            if (l->list[at] == item)
                k->s->alive[at] = false;
    k->overall[item] -= *holders_of(k, cell, item);
    *holders_of(k, cell, item) = 0;
    for (uint32_t x = 0; x < l->item_count; x++)
        if (*holders_of(k, cell, (record_item)x) != 0 && privacy_stands_on(&l->items[x], item))
            BASE_TRY(take_away(k, cell, (record_item)x, error));
    return 0;
}

static bool stands_out(const likeness *k, uint32_t cell, record_item item)
{
    const uint32_t holders = *holders_of(k, cell, item);
    if (holders == 0)
        return false;
    const double share = (double)holders / (double)within_size(k->s, cell);
    const double overall = (double)k->overall[item] / (double)k->people;
    return share > privacy_beta_bound(overall, k->s->within->beta);
}

/* What is taken from one class makes the item rarer over all: again until no class stands out. */
static int settle(likeness *k, lethe_error *error)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t x = 0; x < k->s->lists->item_count; x++)
            for (uint32_t cell = 0; cell < k->s->within->class_count && k->s->lists->items[x].sensitive; cell++)
                if (stands_out(k, cell, (record_item)x)) {
                    BASE_TRY(take_away(k, cell, (record_item)x, error));
                    changed = true;
                }
    }
    return 0;
}

int privacy_within_likeness(within_state *s, lethe_error *error)
{
    const size_t items = s->lists->item_count;
    likeness k = {.s = s};
    k.in_class = calloc((size_t)s->within->class_count * items + 1, sizeof(*k.in_class));
    k.overall = calloc(items + 1, sizeof(*k.overall));
    int status = k.in_class != NULL && k.overall != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
    if (status == 0) {
        count_holders(&k);
        status = settle(&k, error);
    }
    free(k.in_class);
    free(k.overall);
    return status;
}

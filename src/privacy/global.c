/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/lists_internal.h"

#include <stdlib.h>
#include <string.h>

/*
 * Which global items everyone keeps. Two of them in a short pair cannot both stay, so what stays is a set without such
 * pairs; the more its items are worth (weight times holders) the better. That is the maximum weight independent set
 * problem: we climb. An item enters, with the category it stands on, when it is worth more than what must leave for it,
 * the heavier first, until none does. The worth only rises, so this ends, and where depends on no order of people.
 */
typedef struct choice {
    list_state *s;
    record_item *items; /* global ones that somebody has, the heavier first */
    uint32_t count;
    uint64_t *worth; /* by item */
    bool *kept, *enters, *leaves;
} choice;

static bool conflict(const list_state *s, record_item x, record_item y)
{
    const uint32_t people = *list_people(s, x, y);
    return x != y && people != 0 && people < s->options.k;
}

static bool breaks_frozen(const list_state *s, record_item x)
{
    for (uint32_t y = 0; y < s->item_count; y++)
        if (s->pinned[y] && conflict(s, x, (record_item)y))
            return true;
    return false;
}

static int compare_worth(const void *a, const void *b, void *context)
{
    const choice *const c = context;
    const record_item x = *(const record_item *)a, y = *(const record_item *)b;
    if (c->worth[x] != c->worth[y])
        return c->worth[x] > c->worth[y] ? -1 : 1;
    return x < y ? -1 : x > y;
}

static void mark_leaving(choice *c, record_item item)
{
    if (c->leaves[item] || !c->kept[item])
        return;
    c->leaves[item] = true;
    for (uint32_t i = c->s->dependents_start[item]; i < c->s->dependents_start[item + 1]; i++)
        mark_leaving(c, c->s->dependents[i]);
}

/* What enters with an item: what it stands on, if somebody has it and it is not there yet. */
static void mark_entering(choice *c, record_item item)
{
    const privacy_item *const of = &c->s->lists->items[item];
    if (c->enters[item] || c->kept[item] || !of->global || c->worth[item] == 0)
        return;
    c->enters[item] = true;
    if (of->parent != RECORD_ITEM_NONE)
        mark_entering(c, of->parent);
    for (uint32_t i = 0; i < of->implies_count; i++)
        mark_entering(c, of->implies[i]);
}

static bool try_enter(choice *c, record_item item)
{
    uint64_t gain = 0, loss = 0;
    memset(c->enters, 0, c->s->item_count * sizeof(*c->enters));
    memset(c->leaves, 0, c->s->item_count * sizeof(*c->leaves));
    mark_entering(c, item);
    for (uint32_t i = 0; i < c->count; i++) {
        const record_item x = c->items[i];
        if (!c->enters[x])
            continue;
        if (breaks_frozen(c->s, x))
            return false;
        gain += c->worth[x];
        for (uint32_t j = 0; j < c->count; j++)
            if (conflict(c->s, x, c->items[j])) {
                if (c->enters[c->items[j]])
                    return false; /* it conflicts with what it stands on */
                mark_leaving(c, c->items[j]);
            }
    }
    for (uint32_t j = 0; j < c->count; j++)
        loss += c->leaves[c->items[j]] ? c->worth[c->items[j]] : 0;
    if (gain <= loss)
        return false;
    /* What enters may not stand on what leaves. */
    for (uint32_t j = 0; j < c->count; j++)
        if (c->leaves[c->items[j]])
            for (uint32_t i = c->s->dependents_start[c->items[j]]; i < c->s->dependents_start[c->items[j] + 1]; i++)
                if (c->enters[c->s->dependents[i]])
                    return false;
    for (uint32_t j = 0; j < c->count; j++)
        c->kept[c->items[j]] = (c->kept[c->items[j]] || c->enters[c->items[j]]) && !c->leaves[c->items[j]];
    return true;
}

static void choose(choice *c)
{
    for (uint32_t x = 0; x < c->s->item_count; x++) {
        const record_item item = (record_item)x;
        const uint32_t holders = *list_people(c->s, item, item);
        if (!c->s->lists->items[x].global || holders == 0)
            continue;
        c->worth[x] = (uint64_t)list_weight(c->s, item) * holders;
        c->items[c->count++] = item;
    }
    qsort_r(c->items, c->count, sizeof(*c->items), compare_worth, c);
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = 0; i < c->count; i++)
            changed |= !c->kept[c->items[i]] && try_enter(c, c->items[i]);
    }
}

int privacy_choose_global(list_state *s, bool *ret_fallen, lethe_error *error)
{
    const size_t n = s->item_count + 1;
    choice c = {
        .s = s,
        .items = malloc(n * sizeof(*c.items)),
        .worth = calloc(n, sizeof(*c.worth)),
        .kept = calloc(n, sizeof(*c.kept)),
        .enters = calloc(n, sizeof(*c.enters)),
        .leaves = calloc(n, sizeof(*c.leaves)),
    };
    int status = 0;
    if (c.items == NULL || c.worth == NULL || c.kept == NULL || c.enters == NULL || c.leaves == NULL) {
        status = base_fail(error, LETHE_E_BASE_MEMORY);
    } else {
        choose(&c);
        for (uint32_t x = 0; x < s->item_count; x++)
            ret_fallen[x] = c.worth[x] != 0 && !c.kept[x] && !s->pinned[x];
    }
    free(c.items);
    free(c.worth);
    free(c.kept);
    free(c.enters);
    free(c.leaves);
    return status;
}

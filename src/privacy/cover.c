/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/lists_internal.h"

/*
 * One patient's short pairs as a graph; the cheapest set of items that touches all of them, greedily. A pair of which
 * only one item may go decides itself. In a round of lower items the upper ones stay, since their pairs were settled in
 * a round before; in a round of upper items pairs with a lower one that can fall wait.
 */
typedef struct choice {
    record_item item;
    size_t place;
    uint32_t pairs; /* short ones not yet touched */
    uint64_t cost;  /* its weight and that of what falls with it */
    bool may_go, gone;
} choice;

typedef struct cover {
    list_state *s;
    choice choices[RECORD_ROW_ITEMS_MAX];
    uint32_t count;
} cover;

static bool may_go(const list_state *s, record_item item, list_floor floor)
{
    const privacy_item *const of = &s->lists->items[item];
    return !of->global && !s->pinned[item] && (floor == LIST_UPPER) == (of->parent == RECORD_ITEM_NONE);
}

static bool takes_part(const list_state *s, record_item item, list_floor floor)
{
    const privacy_item *const of = &s->lists->items[item];
    return floor == LIST_LOWER || of->parent == RECORD_ITEM_NONE || of->global || s->pinned[item];
}

/* The weight of an item and of what would fall with it, two steps deep: longer chains are rare, and this is a price. */
static uint64_t cost_of(const list_state *s, record_item item, int depth)
{
    uint64_t cost = list_weight(s, item);
    for (uint32_t i = s->dependents_start[item]; i < s->dependents_start[item + 1] && depth > 0; i++)
        if (s->here[s->dependents[i]])
            cost += cost_of(s, s->dependents[i], depth - 1);
    return cost;
}

/* Marks what the patient still has, or takes the marks away. */
static void mark_here(list_state *s, size_t patient, bool here)
{
    for (size_t place = s->lists->offset[patient]; place < s->lists->offset[patient + 1]; place++)
        s->here[s->lists->list[place]] = here && s->alive[place];
}

static void go(cover *c, choice *gone)
{
    gone->gone = true;
    c->s->doomed[c->s->doomed_count++] = gone->place;
    for (uint32_t i = 0; i < c->count; i++)
        if (!c->choices[i].gone && list_short(c->s, gone->item, c->choices[i].item))
            c->choices[i].pairs--;
}

/* Is `a` the better one to give up: more pairs for its cost, then fewer people, then the smaller number. */
static bool better(const list_state *s, const choice *a, const choice *b)
{
    const uint64_t x = a->pairs * b->cost, y = b->pairs * a->cost;
    if (x != y)
        return x > y;
    const uint32_t p = s->holders[a->item], q = s->holders[b->item];
    return p != q ? p < q : a->item < b->item;
}

static void gather(cover *c, size_t patient, list_floor floor)
{
    list_state *const s = c->s;
    c->count = 0;
    for (size_t place = s->lists->offset[patient]; place < s->lists->offset[patient + 1]; place++) {
        const record_item item = s->lists->list[place];
        if (s->alive[place] && s->hot[item] && takes_part(s, item, floor))
            c->choices[c->count++] = (choice){.item = item, .place = place, .may_go = may_go(s, item, floor)};
    }
    if (c->count < 2)
        return;
    mark_here(s, patient, true);
    for (uint32_t i = 0; i < c->count; i++) {
        for (uint32_t j = 0; j < c->count; j++)
            c->choices[i].pairs += i != j && list_short(s, c->choices[i].item, c->choices[j].item);
        c->choices[i].cost = c->choices[i].pairs != 0 ? cost_of(s, c->choices[i].item, 2) : 1;
    }
    mark_here(s, patient, false);
}

void privacy_cover_patient(list_state *s, size_t patient, list_floor floor)
{
    cover c;
    c.s = s;
    gather(&c, patient, floor);
    for (uint32_t i = 0; i < c.count; i++)
        for (uint32_t j = 0; j < c.count && c.choices[i].may_go && !c.choices[i].gone; j++)
            if (!c.choices[j].may_go && list_short(s, c.choices[i].item, c.choices[j].item))
                go(&c, &c.choices[i]);
    for (;;) {
        choice *best = NULL;
        for (uint32_t i = 0; i < c.count; i++) {
            choice *const candidate = &c.choices[i];
            if (candidate->may_go && !candidate->gone && candidate->pairs != 0 &&
                (best == NULL || better(s, candidate, best)))
                best = candidate;
        }
        if (best == NULL)
            return;
        go(&c, best);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/lists_internal.h"

#include <stdlib.h>
#include <string.h>

/*
 * What can come back does. Rounds remove on a picture, so an item may have gone for the sake of another that went
 * later. For one item, let R be the people who lost it. A set S of them may have it back when afterwards at least k
 * people hold it, and hold it with every item that somebody in S still has. Unions of such sets are such sets, so there
 * is one largest; it is what remains when those who stand in the way are taken out again and again. So who gets an item
 * back does not depend on any order of people, only on the order of items, which is written below.
 */
typedef struct loss {
    size_t place, patient;
} loss;

typedef struct restore {
    list_state *s;
    loss *losses; /* by item */
    size_t *start;
    uint32_t *delta; /* by item: people of S who have it */
    uint32_t *order;
} restore;

static bool can_return(const list_state *s, record_item item)
{
    const privacy_item *const of = &s->lists->items[item];
    return !s->due[item] && !(s->options.sex_withheld && of->implies_sex != PRIVACY_IMPLIES_NO_SEX) &&
           !(s->options.pregnancy_withheld && of->implies_pregnancy);
}

/* An item stands only on what it says again: of that, what the patient had must be there. */
static bool grounded(const list_state *s, const loss *l)
{
    const privacy_item *const of = &s->lists->items[s->lists->list[l->place]];
    for (size_t place = s->lists->offset[l->patient]; place < s->lists->offset[l->patient + 1]; place++) {
        const record_item other = s->lists->list[place];
        if (s->alive[place])
            continue;
        if (other == of->parent)
            return false;
        for (uint32_t i = 0; i < of->implies_count; i++)
            if (of->implies[i] == other)
                return false;
    }
    return true;
}

static bool fits(const restore *r, record_item item, const loss *l)
{
    const list_state *const s = r->s;
    for (size_t place = s->lists->offset[l->patient]; place < s->lists->offset[l->patient + 1]; place++) {
        const record_item other = s->lists->list[place];
        if (s->alive[place] && *list_people(s, item, other) + r->delta[other] < s->options.k)
            return false;
    }
    return true;
}

static void shift(restore *r, const loss *l, bool into)
{
    const list_state *const s = r->s;
    for (size_t place = s->lists->offset[l->patient]; place < s->lists->offset[l->patient + 1]; place++)
        if (s->alive[place])
            r->delta[s->lists->list[place]] += into ? 1U : UINT32_MAX; /* modulo 2^32: minus one */
}

/* Moves those who may have the item back to the front of its losses; returns how many. */
static size_t largest_set(restore *r, record_item item)
{
    loss *const set = &r->losses[r->start[item]];
    size_t count = r->start[item + 1] - r->start[item], left = 0;
    for (size_t i = 0; i < count; i++)
        if (grounded(r->s, &set[i]))
            set[left++] = set[i];
    for (size_t i = 0; i < left; i++)
        shift(r, &set[i], true);
    for (;;) {
        size_t kept = 0, end = left;
        const uint32_t people = *list_people(r->s, item, item) + (uint32_t)left;
        for (size_t i = 0; i < end;) {
            if (people >= r->s->options.k && fits(r, item, &set[i])) {
                i++;
                kept++;
                continue;
            }
            const loss out = set[i]; /* judged on the counts at the beginning: taken out after the sweep */
            set[i] = set[--end];
            set[end] = out;
        }
        for (size_t i = kept; i < left; i++)
            shift(r, &set[i], false);
        if (kept == left)
            break;
        left = kept;
    }
    for (size_t i = 0; i < left; i++)
        shift(r, &set[i], false);
    return left;
}

static void give_back(list_state *s, const loss *l)
{
    const record_item item = s->lists->list[l->place];
    for (size_t place = s->lists->offset[l->patient]; place < s->lists->offset[l->patient + 1]; place++)
        if (s->alive[place]) {
            ++*list_people(s, item, s->lists->list[place]);
            ++*list_people(s, s->lists->list[place], item);
        }
    ++*list_people(s, item, item);
    s->alive[l->place] = true;
}

static bool restore_item(restore *r, record_item item)
{
    const size_t lost = r->start[item + 1] - r->start[item];
    if (lost == 0 || !can_return(r->s, item))
        return false;
    const size_t back = largest_set(r, item);
    if (back == 0 || (r->s->lists->items[item].global && back != lost))
        return false;
    for (size_t i = 0; i < back; i++)
        give_back(r->s, &r->losses[r->start[item] + i]);
    return true;
}

/* Upper items before lower ones; then the heavier, then the one that more people lost, then the smaller number. */
static int compare_items(const void *a, const void *b, void *context)
{
    const restore *const r = context;
    const record_item x = (record_item) * (const uint32_t *)a, y = (record_item) * (const uint32_t *)b;
    const bool x_lower = r->s->lists->items[x].parent != RECORD_ITEM_NONE;
    const bool y_lower = r->s->lists->items[y].parent != RECORD_ITEM_NONE;
    if (x_lower != y_lower)
        return x_lower ? 1 : -1;
    if (list_weight(r->s, x) != list_weight(r->s, y))
        return list_weight(r->s, x) > list_weight(r->s, y) ? -1 : 1;
    const size_t p = r->start[x + 1] - r->start[x], q = r->start[y + 1] - r->start[y];
    if (p != q)
        return p > q ? -1 : 1;
    return x < y ? -1 : x > y;
}

static void list_losses(restore *r)
{
    const list_state *const s = r->s;
    const privacy_lists *const l = s->lists;
    memset(r->start, 0, (s->item_count + 2) * sizeof(*r->start));
    for (size_t place = 0; place < l->offset[l->patient_count]; place++)
        if (!s->alive[place])
            r->start[l->list[place] + 2]++;
    for (uint32_t x = 0; x < s->item_count; x++)
        r->start[x + 2] += r->start[x + 1];
    for (size_t p = 0; p < l->patient_count; p++)
        for (size_t place = l->offset[p]; place < l->offset[p + 1]; place++)
            if (!s->alive[place])
                r->losses[r->start[l->list[place] + 1]++] = (loss){place, p};
}

int privacy_restore_items(list_state *s, lethe_error *error)
{
    const size_t places = s->lists->offset[s->lists->patient_count];
    restore r = {
        .s = s,
        .losses = malloc((places + 1) * sizeof(*r.losses)),
        .start = malloc((s->item_count + 3) * sizeof(*r.start)),
        .delta = calloc(s->item_count + 1, sizeof(*r.delta)),
        .order = malloc((s->item_count + 1) * sizeof(*r.order)),
    };
    int status = 0;
    if (r.losses == NULL || r.start == NULL || r.delta == NULL || r.order == NULL)
        status = base_fail(error, LETHE_E_BASE_MEMORY);
    for (bool changed = true; changed && status == 0;) {
        changed = false;
        list_losses(&r);
        for (uint32_t x = 0; x < s->item_count; x++)
            r.order[x] = x;
        qsort_r(r.order, s->item_count, sizeof(*r.order), compare_items, &r);
        for (uint32_t i = 0; i < s->item_count; i++)
            changed |= restore_item(&r, (record_item)r.order[i]);
    }
    free(r.losses);
    free(r.start);
    free(r.delta);
    free(r.order);
    return status;
}

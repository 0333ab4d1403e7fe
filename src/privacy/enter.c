/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/lists_internal.h"

#include <stdlib.h>
#include <string.h>

/*
 * One item enters what is released. Let S be the people who lack it and may have it. Another item y that somebody in S
 * has stands in its way where fewer than k people would then hold both. For each such y, either y leaves everyone in S
 * who has it, with what falls with y; or these people leave S. The first is done where it breaks no pair and loses
 * less than EVICT_FACTOR times what the second would at once, which may bring more people down with it. That may bring
 * new items into the way, so it is repeated until none is. The outcome stands if S is worth more than what left; else
 * everything is as before. A global item needs all of S.
 *
 * All steps take people by what they hold, so equal lists stay equal, and the order of people changes nothing.
 */
#define EVICT_FACTOR 2

struct list_entry {
    list_state *s;
    list_holding *set; /* S, in no order that matters */
    size_t set_count;
    bool *in_set;        /* by patient */
    uint32_t *in_common; /* by item: people of S who have it */
    size_t *members_start, *members_end;
    list_holding *members; /* of items in the way: who has them */
    size_t members_capacity;
    list_holding *trail; /* what left */
    size_t trail_count, trail_capacity;
    uint64_t spent;
};

int privacy_entry_new(list_state *s, list_entry **ret_entry, lethe_error *error)
{
    const size_t n = s->item_count + 1, patients = s->lists->patient_count + 1;
    list_entry *const e = calloc(1, sizeof(*e));
    if (e == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    e->s = s;
    e->set = malloc(patients * sizeof(*e->set));
    e->in_set = calloc(patients, sizeof(*e->in_set));
    e->in_common = calloc(n, sizeof(*e->in_common));
    e->members_start = malloc(n * sizeof(*e->members_start));
    e->members_end = malloc(n * sizeof(*e->members_end));
    if (e->set == NULL || e->in_set == NULL || e->in_common == NULL || e->members_start == NULL ||
        e->members_end == NULL) {
        privacy_entry_free(e);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    *ret_entry = e;
    return 0;
}

void privacy_entry_free(list_entry *e)
{
    if (e == NULL)
        return;
    free(e->set);
    free(e->in_set);
    free(e->in_common);
    free(e->members_start);
    free(e->members_end);
    free(e->members);
    free(e->trail);
    free(e);
}

static int trail_add(list_entry *e, list_holding holding, lethe_error *error)
{
    if (e->trail_count == e->trail_capacity) {
        const size_t capacity = 2 * e->trail_capacity + 64;
        list_holding *const larger = realloc(e->trail, capacity * sizeof(*larger));
        if (larger == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        e->trail = larger;
        e->trail_capacity = capacity;
    }
    e->trail[e->trail_count++] = holding;
    return 0;
}

static void take_back(list_entry *e, size_t count)
{
    list_state *const s = e->s;
    while (e->trail_count > count) {
        const list_holding back = e->trail[--e->trail_count];
        privacy_holding_set(s, back, true);
        const record_item item = s->lists->list[back.place];
        e->spent -= list_value(s, item);
        e->in_common[item] += e->in_set[back.patient];
    }
}

/* The place of an item that the patient still has, or SIZE_MAX. */
static size_t find_alive(const list_state *s, size_t patient, record_item item)
{
    size_t low = s->lists->offset[patient], high = s->lists->offset[patient + 1];
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (s->lists->list[middle] == item)
            return s->alive[middle] ? middle : SIZE_MAX;
        if (s->lists->list[middle] < item)
            low = middle + 1;
        else
            high = middle;
    }
    return SIZE_MAX;
}

/* Takes an item and what falls with it from one person of S. *ret_may: nothing of it has to stay. */
static int take(list_entry *e, list_holding holding, bool *ret_may, lethe_error *error)
{
    list_state *const s = e->s;
    const record_item item = s->lists->list[holding.place];
    *ret_may = !s->lists->items[item].global && !s->pinned[item];
    if (!*ret_may)
        return 0;
    privacy_holding_set(s, holding, false);
    BASE_TRY(trail_add(e, holding, error));
    e->spent += list_value(s, item);
    e->in_common[item]--;
    for (uint32_t i = s->dependents_start[item]; i < s->dependents_start[item + 1] && *ret_may; i++) {
        const size_t place = find_alive(s, holding.patient, s->dependents[i]);
        if (place != SIZE_MAX)
            BASE_TRY(take(e, (list_holding){place, holding.patient}, ret_may, error));
    }
    return 0;
}

static bool stands_on(const list_state *s, record_item item, record_item other)
{
    const privacy_item *const of = &s->lists->items[item];
    bool stands = of->parent == other;
    for (uint32_t i = 0; i < of->implies_count; i++)
        stands |= of->implies[i] == other;
    return stands;
}

/* Whether what left since can be done without: every count that it has lowered is 0 or at least k, and the item that
 * enters stands on none of it. */
static bool sound(const list_entry *e, record_item item, size_t from)
{
    const list_state *const s = e->s;
    for (size_t i = from; i < e->trail_count; i++) {
        const record_item left = s->lists->list[e->trail[i].place];
        const uint32_t *const row = list_people(s, left, 0);
        if (stands_on(s, item, left))
            return false;
        const size_t patient = e->trail[i].patient;
        for (size_t place = s->lists->offset[patient]; place < s->lists->offset[patient + 1]; place++)
            if (row[s->lists->list[place]] != 0 && row[s->lists->list[place]] < s->options.k)
                return false;
    }
    return true;
}

/* An item stands only on what it says again: of that, what the patient had must be there. */
static bool grounded(const list_state *s, list_holding holding)
{
    const privacy_item *const of = &s->lists->items[s->lists->list[holding.place]];
    for (size_t place = s->lists->offset[holding.patient]; place < s->lists->offset[holding.patient + 1]; place++) {
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

static bool in_the_way(const list_entry *e, record_item item, record_item other)
{
    return e->in_common[other] != 0 && other != item &&
           *list_people(e->s, item, other) + e->in_common[other] < e->s->options.k;
}

/* Takes `other` from all of S who have it, if that is sound and worth it. */
static int try_evict(list_entry *e, record_item item, record_item other, bool *ret_done, lethe_error *error)
{
    const size_t from = e->trail_count;
    const uint64_t before = e->spent;
    size_t people = 0;
    bool may = true;
    for (size_t i = e->members_start[other]; i < e->members_end[other] && may; i++) {
        const list_holding member = e->members[i];
        if (!e->in_set[member.patient] || !e->s->alive[member.place])
            continue;
        people++;
        BASE_TRY(take(e, member, &may, error));
    }
    may = may && e->spent - before < (uint64_t)EVICT_FACTOR * list_value(e->s, item) * people && sound(e, item, from);
    if (!may)
        take_back(e, from);
    *ret_done = may;
    return 0;
}

static void shift(list_entry *e, size_t patient, bool into)
{
    const list_state *const s = e->s;
    e->in_set[patient] = into;
    for (size_t place = s->lists->offset[patient]; place < s->lists->offset[patient + 1]; place++)
        if (s->alive[place])
            e->in_common[s->lists->list[place]] += into ? 1U : UINT32_MAX; /* modulo 2^32: minus one */
}

/* Those who have `other` leave S. */
static void leave(list_entry *e, record_item other)
{
    for (size_t i = e->members_start[other]; i < e->members_end[other]; i++)
        if (e->in_set[e->members[i].patient] && e->s->alive[e->members[i].place])
            shift(e, e->members[i].patient, false);
}

/* Who has what is in the way. Returns whether anything is. */
static int list_members(list_entry *e, record_item item, bool *ret_any, lethe_error *error)
{
    const list_state *const s = e->s;
    size_t total = 0;
    for (uint32_t y = 0; y < s->item_count; y++) {
        e->members_start[y] = e->members_end[y] = total;
        if (in_the_way(e, item, (record_item)y))
            total += e->in_common[y];
    }
    *ret_any = total != 0;
    if (total > e->members_capacity) {
        free(e->members);
        e->members = malloc(total * sizeof(*e->members));
        e->members_capacity = e->members != NULL ? total : 0;
        if (e->members == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    for (size_t i = 0; i < e->set_count && total != 0; i++) {
        const size_t patient = e->set[i].patient;
        if (!e->in_set[patient])
            continue;
        for (size_t place = s->lists->offset[patient]; place < s->lists->offset[patient + 1]; place++) {
            const record_item other = s->lists->list[place];
            if (s->alive[place] && in_the_way(e, item, other))
                e->members[e->members_end[other]++] = (list_holding){place, patient};
        }
    }
    return 0;
}

static size_t set_size(const list_entry *e)
{
    size_t size = 0;
    for (size_t i = 0; i < e->set_count; i++)
        size += e->in_set[e->set[i].patient];
    return size;
}

/* Until nothing is in the way, or S is not what it has to be. */
static int clear_the_way(list_entry *e, record_item item, bool *ret_may, lethe_error *error)
{
    const bool global = e->s->lists->items[item].global;
    const size_t held = *list_people(e->s, item, item);
    for (bool any = true; any;) {
        bool stuck = false;
        *ret_may = set_size(e) + held >= e->s->options.k;
        if (!*ret_may || e->s->options.attacker_items == 1)
            return 0;
        BASE_TRY(list_members(e, item, &any, error));
        for (uint32_t y = 0; y < e->s->item_count; y++) {
            bool done = true;
            if (e->members_start[y] != e->members_end[y])
                BASE_TRY(try_evict(e, item, (record_item)y, &done, error));
            if (done)
                e->members_end[y] = e->members_start[y];
            stuck |= !done;
        }
        if (stuck && global) {
            *ret_may = false;
            return 0;
        }
        for (uint32_t y = 0; y < e->s->item_count; y++)
            leave(e, (record_item)y);
    }
    return 0;
}

/* S at first. False where a global item cannot come. */
static bool gather(list_entry *e, record_item item)
{
    const list_state *const s = e->s;
    bool all = true;
    e->set_count = 0;
    for (size_t i = s->holdings_start[item]; i < s->holdings_start[item + 1]; i++) {
        const list_holding holding = s->holdings[i];
        if (s->alive[holding.place])
            continue;
        if (grounded(s, holding))
            e->set[e->set_count++] = holding;
        else
            all = false;
    }
    return e->set_count != 0 && (all || !s->lists->items[item].global);
}

int privacy_enter_item(list_entry *e, record_item item, bool *ret_changed, lethe_error *error)
{
    list_state *const s = e->s;
    bool may = false;
    if (!gather(e, item))
        return 0;
    e->trail_count = 0;
    e->spent = 0;
    for (size_t i = 0; i < e->set_count; i++)
        shift(e, e->set[i].patient, true);
    const int status = clear_the_way(e, item, &may, error);
    may = may && status == 0 && (uint64_t)list_value(s, item) * set_size(e) > e->spent;
    if (!may)
        take_back(e, 0);
    for (size_t i = 0; i < e->set_count; i++) {
        const bool enters = may && e->in_set[e->set[i].patient];
        if (e->in_set[e->set[i].patient])
            shift(e, e->set[i].patient, false);
        if (enters)
            privacy_holding_set(s, e->set[i], true);
    }
    *ret_changed |= may;
    return status;
}

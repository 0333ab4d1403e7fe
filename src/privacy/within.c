/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/within_internal.h"

#include <stdlib.h>
#include <string.h>

/*
 * What is the same in all classes is settled first; then each class is a population of its own, in which those global
 * items are frozen; then the sensitive items. An item of fewer than k holders in a class never enters there, so a class
 * is decided on the few items that are left, numbered anew in their order.
 */
int privacy_within_fail(lethe_error *error, const char *option)
{
    base_fail(error, LETHE_E_PRIVACY_OPTION);
    base_error_path(error, option);
    return LETHE_E_PRIVACY_OPTION;
}

bool privacy_stands_on(const privacy_item *item, record_item other)
{
    bool stands = item->parent == other;
    for (uint32_t i = 0; i < item->implies_count && !stands; i++)
        stands = item->implies[i] == other;
    return stands;
}

/* The lists of one class, with items numbered from 0. */
typedef struct class_lists {
    uint32_t *holders;    /* by item of the vocabulary */
    record_item *number;  /* by item: here; RECORD_ITEM_NONE */
    record_item *item;    /* by number here */
    privacy_item *items;  /* by number here */
    record_item *implies; /* what they point at */
    record_item *list;
    size_t *offset, *place; /* place: in the whole lists, by place here */
    size_t list_capacity, people_capacity, implies_capacity;
} class_lists;

static void class_lists_done(class_lists *c)
{
    free(c->holders);
    free(c->number);
    free(c->item);
    free(c->items);
    free(c->implies);
    free(c->list);
    free(c->offset);
    free(c->place);
}

static int class_lists_init(class_lists *c, const within_state *s, lethe_error *error)
{
    const privacy_lists *l = s->lists;
    size_t implied = 0;
    for (uint32_t cell = 0; cell < s->within->class_count; cell++) {
        size_t places = 0;
        for (size_t i = s->class_start[cell]; i < s->class_start[cell + 1]; i++)
            places += l->offset[s->members[i] + 1] - l->offset[s->members[i]];
        c->list_capacity = places > c->list_capacity ? places : c->list_capacity;
        c->people_capacity = within_size(s, cell) > c->people_capacity ? within_size(s, cell) : c->people_capacity;
    }
    for (uint32_t x = 0; x < l->item_count; x++)
        implied += l->items[x].implies_count;
    c->holders = calloc(l->item_count + 1, sizeof(*c->holders));
    c->number = calloc(l->item_count + 1, sizeof(*c->number));
    c->item = calloc(l->item_count + 1, sizeof(*c->item));
    c->items = calloc(l->item_count + 1, sizeof(*c->items));
    c->implies = calloc(implied + 1, sizeof(*c->implies));
    c->list = calloc(c->list_capacity + 1, sizeof(*c->list));
    c->place = calloc(c->list_capacity + 1, sizeof(*c->place));
    c->offset = calloc(c->people_capacity + 1, sizeof(*c->offset));
    if (c->holders != NULL && c->number != NULL && c->item != NULL && c->items != NULL && c->implies != NULL &&
        c->list != NULL && c->place != NULL && c->offset != NULL)
        return 0;
    class_lists_done(c);
    return base_fail(error, LETHE_E_BASE_MEMORY);
}

/* An item as it is in a class: what it stands on has another number, or is not there; a global item that is kept must
 * stay. */
static privacy_item item_here(class_lists *c, const privacy_item *item, record_item **implies)
{
    privacy_item here = *item;
    here.frozen = item->frozen || item->global;
    here.global = false;
    here.parent = item->parent != RECORD_ITEM_NONE ? c->number[item->parent] : RECORD_ITEM_NONE;
    here.implies = *implies;
    here.implies_count = 0;
    for (uint32_t i = 0; i < item->implies_count; i++)
        if (c->number[item->implies[i]] != RECORD_ITEM_NONE)
            (*implies)[here.implies_count++] = c->number[item->implies[i]];
    *implies += here.implies_count;
    return here;
}

static int number_items(class_lists *c, const within_state *s, uint32_t cell, uint32_t *ret_count, lethe_error *error)
{
    const privacy_lists *l = s->lists;
    uint32_t count = 0;
    record_item *implies = c->implies;
    memset(c->holders, 0, l->item_count * sizeof(*c->holders));
    for (size_t i = s->class_start[cell]; i < s->class_start[cell + 1]; i++)
        for (size_t at = l->offset[s->members[i]]; at < l->offset[s->members[i] + 1]; at++)
            c->holders[l->list[at]]++;
    for (uint32_t x = 0; x < l->item_count; x++) {
        const bool enough = c->holders[x] >= s->options.k && (!l->items[x].global || s->global_kept[x]);
        if (l->items[x].frozen && c->holders[x] != 0 && !enough)
            return privacy_within_fail(error, "frozen");
        c->number[x] = enough ? (record_item)count : RECORD_ITEM_NONE;
        if (enough)
            c->item[count++] = (record_item)x;
    }
    for (uint32_t i = 0; i < count; i++)
        c->items[i] = item_here(c, &l->items[c->item[i]], &implies);
    *ret_count = count;
    return 0;
}

static size_t copy_lists(class_lists *c, const within_state *s, uint32_t cell)
{
    const privacy_lists *l = s->lists;
    size_t used = 0, person = 0;
    for (size_t i = s->class_start[cell]; i < s->class_start[cell + 1]; i++) {
        for (size_t at = l->offset[s->members[i]]; at < l->offset[s->members[i] + 1]; at++)
            if (c->number[l->list[at]] != RECORD_ITEM_NONE) {
                c->place[used] = at;
                c->list[used++] = c->number[l->list[at]];
            }
        c->offset[++person] = used;
    }
    return person;
}

static int decide_class(class_lists *c, within_state *s, uint32_t cell, lethe_error *error)
{
    uint32_t item_count = 0;
    privacy_list_result result = {0};
    BASE_TRY(number_items(c, s, cell, &item_count, error));
    const size_t people = copy_lists(c, s, cell);
    if (item_count == 0)
        return 0;
    const privacy_lists here = {c->items, item_count, c->list, c->offset, people};
    BASE_TRY(privacy_lists_decide(&here, &s->options, &result, error));
    for (size_t p = 0; p < people; p++) {
        size_t gone = result.offset[p];
        for (size_t i = c->offset[p]; i < c->offset[p + 1]; i++) {
            const bool falls = gone < result.offset[p + 1] && result.removed[gone] == c->list[i];
            gone += falls;
            s->alive[c->place[i]] = !falls;
        }
    }
    privacy_list_result_done(&result);
    return 0;
}

static int decide_classes(within_state *s, lethe_error *error)
{
    class_lists c = {0};
    int status = class_lists_init(&c, s, error);
    for (uint32_t cell = 0; status == 0 && cell < s->within->class_count; cell++)
        status = decide_class(&c, s, cell, error);
    if (c.holders != NULL)
        class_lists_done(&c);
    return status;
}

/* Patients, class by class, in their order. */
static int sort_classes(within_state *s, lethe_error *error)
{
    const privacy_within *within = s->within;
    s->class_start = calloc((size_t)within->class_count + 2, sizeof(*s->class_start));
    s->members = calloc(s->lists->patient_count + 1, sizeof(*s->members));
    if (s->class_start == NULL || s->members == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t p = 0; p < s->lists->patient_count; p++) {
        if (within->class_of[p] == PRIVACY_NO_CLASS ? s->lists->offset[p] != s->lists->offset[p + 1]
                                                    : within->class_of[p] >= within->class_count)
            return privacy_within_fail(error, "class");
        if (within->class_of[p] != PRIVACY_NO_CLASS)
            s->class_start[within->class_of[p] + 2]++;
    }
    for (uint32_t cell = 0; cell < within->class_count; cell++)
        s->class_start[cell + 2] += s->class_start[cell + 1];
    for (size_t p = 0; p < s->lists->patient_count; p++)
        if (within->class_of[p] != PRIVACY_NO_CLASS)
            s->members[s->class_start[within->class_of[p] + 1]++] = (uint32_t)p;
    return 0;
}

/* Who still holds both, over all classes. */
static void count_people(const within_state *s, uint32_t *people)
{
    const privacy_lists *l = s->lists;
    for (size_t p = 0; p < l->patient_count; p++)
        for (size_t i = l->offset[p]; i < l->offset[p + 1]; i++)
            for (size_t j = l->offset[p]; j < l->offset[p + 1] && s->alive[i]; j++)
                people[(size_t)l->list[i] * l->item_count + l->list[j]] += s->alive[j];
}

static int make_result(const within_state *s, privacy_list_result *ret_result, lethe_error *error)
{
    const privacy_lists *l = s->lists;
    const size_t n = l->item_count, places = l->offset[l->patient_count];
    privacy_list_result result = {.patient_count = l->patient_count, .item_count = l->item_count};
    result.removed = calloc(places + 1, sizeof(*result.removed));
    result.offset = calloc(l->patient_count + 1, sizeof(*result.offset));
    result.removed_for_all = calloc(n + 1, sizeof(*result.removed_for_all));
    result.held = calloc(n + 1, sizeof(*result.held));
    result.people = calloc(n * n + 1, sizeof(*result.people));
    if (result.removed == NULL || result.offset == NULL || result.removed_for_all == NULL || result.held == NULL ||
        result.people == NULL) {
        privacy_list_result_done(&result);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    count_people(s, result.people);
    for (size_t p = 0, gone = 0; p < l->patient_count; p++) {
        for (size_t i = l->offset[p]; i < l->offset[p + 1]; i++) {
            const record_item item = l->list[i];
            result.held[item]++;
            result.before[l->items[item].column]++;
            result.after[l->items[item].column] += s->alive[i];
            if (!s->alive[i])
                result.removed[gone++] = item;
        }
        result.offset[p + 1] = gone;
    }
    for (size_t x = 0; x < n; x++)
        result.removed_for_all[x] = result.held[x] != 0 && result.people[x * n + x] == 0;
    *ret_result = result;
    return 0;
}

static void state_done(within_state *s)
{
    free(s->alive);
    free(s->global_kept);
    free(s->class_start);
    free(s->members);
}

int privacy_lists_decide_within(const privacy_lists *lists, const privacy_within *within,
                                const privacy_list_options *options, privacy_list_result *ret_result,
                                lethe_error *error)
{
    within_state s = {.lists = lists, .within = within, .options = *options};
    if (options->k < 2)
        return privacy_within_fail(error, "k");
    if (options->attacker_items < 1 || options->attacker_items > PRIVACY_LIST_ITEMS_MAX)
        return privacy_within_fail(error, "attacker_items");
    if (!(within->beta > 0))
        return privacy_within_fail(error, "beta");
    BASE_TRY(privacy_lists_check(lists, error));
    s.alive = calloc(lists->offset[lists->patient_count] + 1, sizeof(*s.alive));
    s.global_kept = calloc(lists->item_count + 1, sizeof(*s.global_kept));
    int status = s.alive != NULL && s.global_kept != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
    if (status == 0)
        status = sort_classes(&s, error);
    if (status == 0)
        status = privacy_within_globals(&s, error);
    if (status == 0)
        status = decide_classes(&s, error);
    if (status == 0)
        status = privacy_within_likeness(&s, error);
    if (status == 0)
        status = make_result(&s, ret_result, error);
    state_done(&s);
    return status;
}

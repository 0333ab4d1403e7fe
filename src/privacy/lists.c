/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/lists_internal.h"

#include <stdlib.h>
#include <string.h>

/*
 * Nothing is released at first but what is frozen. Then items enter one after the other (enter.c), the more they are
 * worth over all who have them the earlier, and none before its category or what it implies. Every state on the way
 * keeps the rule, so the last one does; each change is worth more than what it costs, so it ends; and it goes on until
 * no item can better it, or for PASSES_MAX rounds, after which little is left to gain.
 */
#define PASSES_MAX 12

static int fail_option(lethe_error *error, const char *option)
{
    base_fail(error, LETHE_E_PRIVACY_OPTION);
    base_error_path(error, option);
    return LETHE_E_PRIVACY_OPTION;
}

void privacy_list_result_done(privacy_list_result *result)
{
    if (result == NULL)
        return;
    free(result->removed);
    free(result->offset);
    free(result->removed_for_all);
    free(result->held);
    free(result->people);
    *result = (privacy_list_result){.removed = NULL};
}

static void state_done(list_state *s)
{
    free(s->people);
    free(s->alive);
    free(s->pinned);
    free(s->holdings);
    free(s->holdings_start);
    free(s->dependents);
    free(s->dependents_start);
}

/* The rules "x falls with y": x's parent is y, or x implies y. Calls once per rule; `out` NULL only counts. */
static void each_dependent(list_state *s, bool store)
{
    uint32_t *const start = s->dependents_start;
    for (uint32_t x = 0; x < s->item_count; x++) {
        const privacy_item *const item = &s->lists->items[x];
        for (uint32_t i = 0; i <= item->implies_count; i++) {
            const record_item y = i < item->implies_count ? item->implies[i] : item->parent;
            if (y == RECORD_ITEM_NONE)
                continue;
            if (store)
                s->dependents[start[y + 1]] = (record_item)x;
            start[y + (store ? 1 : 2)]++;
        }
    }
}

static int build_dependents(list_state *s, lethe_error *error)
{
    size_t count = 0;
    for (uint32_t x = 0; x < s->item_count; x++)
        count += (size_t)s->lists->items[x].implies_count + 1;
    s->dependents = malloc((count + 1) * sizeof(*s->dependents));
    s->dependents_start = calloc(s->item_count + 3, sizeof(*s->dependents_start));
    if (s->dependents == NULL || s->dependents_start == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    each_dependent(s, false);
    for (uint32_t y = 0; y <= s->item_count; y++)
        s->dependents_start[y + 1] += s->dependents_start[y];
    each_dependent(s, true);
    return 0;
}

/* What may not fall pins what it would fall with; chains of such rules are short. */
static void pin(list_state *s)
{
    for (uint32_t x = 0; x < s->item_count; x++)
        s->pinned[x] = s->lists->items[x].frozen;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t y = 0; y < s->item_count; y++)
            for (uint32_t i = s->dependents_start[y]; i < s->dependents_start[y + 1] && !s->pinned[y]; i++)
                changed |= s->pinned[y] = s->pinned[s->dependents[i]];
    }
}

int privacy_lists_check(const privacy_lists *lists, lethe_error *error)
{
    if (lists->item_count > RECORD_ITEM_MAX)
        return fail_option(error, "items");
    for (uint32_t x = 0; x < lists->item_count; x++) {
        const privacy_item *const item = &lists->items[x];
        bool fits = (item->parent == RECORD_ITEM_NONE || item->parent < lists->item_count) &&
                    item->column < RECORD_COLUMN_COUNT && item->parent != x;
        for (uint32_t i = 0; i < item->implies_count; i++)
            fits &= item->implies[i] < lists->item_count && item->implies[i] != x;
        if (!fits)
            return fail_option(error, "items");
    }
    for (size_t p = 0; p < lists->patient_count; p++) {
        if (lists->offset[p + 1] - lists->offset[p] > RECORD_ROW_ITEMS_MAX)
            return fail_option(error, "lists");
        for (size_t i = lists->offset[p]; i < lists->offset[p + 1]; i++)
            if (lists->list[i] >= lists->item_count || (i > lists->offset[p] && lists->list[i - 1] >= lists->list[i]))
                return fail_option(error, "lists");
    }
    return 0;
}

static void list_holdings(list_state *s)
{
    const privacy_lists *const l = s->lists;
    size_t *const start = s->holdings_start;
    for (size_t place = 0; place < l->offset[l->patient_count]; place++)
        start[l->list[place] + 2]++;
    for (uint32_t x = 0; x < s->item_count; x++)
        start[x + 2] += start[x + 1];
    for (size_t p = 0; p < l->patient_count; p++)
        for (size_t place = l->offset[p]; place < l->offset[p + 1]; place++)
            s->holdings[start[l->list[place] + 1]++] = (list_holding){place, p};
}

static int state_init(list_state *s, lethe_error *error)
{
    const size_t n = s->item_count, places = s->lists->offset[s->lists->patient_count];
    s->people = calloc(n * n + 1, sizeof(*s->people));
    s->alive = calloc(places + 1, sizeof(*s->alive));
    s->pinned = calloc(n + 1, sizeof(*s->pinned));
    s->holdings = malloc((places + 1) * sizeof(*s->holdings));
    s->holdings_start = calloc(n + 3, sizeof(*s->holdings_start));
    if (s->people == NULL || s->alive == NULL || s->pinned == NULL || s->holdings == NULL || s->holdings_start == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    BASE_TRY(build_dependents(s, error));
    pin(s);
    list_holdings(s);
    return 0;
}

void privacy_holding_set(list_state *s, list_holding holding, bool alive)
{
    const privacy_lists *const l = s->lists;
    const record_item item = l->list[holding.place];
    const uint32_t step = alive ? 1U : UINT32_MAX; /* modulo 2^32: minus one */
    s->alive[holding.place] = false;
    for (size_t place = l->offset[holding.patient]; place < l->offset[holding.patient + 1]; place++)
        if (s->alive[place]) {
            *list_people(s, item, l->list[place]) += step;
            *list_people(s, l->list[place], item) += step;
        }
    *list_people(s, item, item) += step;
    s->alive[holding.place] = alive;
}

/* It would tell what the plan withholds. */
static bool tells(const list_state *s, record_item item)
{
    const privacy_item *const of = &s->lists->items[item];
    return (s->options.sex_withheld && of->implies_sex != PRIVACY_IMPLIES_NO_SEX) ||
           (s->options.pregnancy_withheld && of->implies_pregnancy);
}

/* What must stay, if it may. */
static int enter_pinned(list_state *s, lethe_error *error)
{
    for (uint32_t x = 0; x < s->item_count; x++)
        for (size_t i = s->holdings_start[x]; i < s->holdings_start[x + 1] && s->pinned[x]; i++) {
            if (tells(s, (record_item)x))
                return fail_option(error, "frozen");
            privacy_holding_set(s, s->holdings[i], true);
        }
    for (uint32_t x = 0; x < s->item_count; x++)
        for (uint32_t y = s->options.attacker_items == 1 ? x : 0; y <= x; y++) {
            const uint32_t people = *list_people(s, (record_item)x, (record_item)y);
            if (people != 0 && people < s->options.k)
                return fail_option(error, "frozen");
        }
    return 0;
}

typedef struct ranking {
    uint64_t *worth; /* by item: of all who have it, at most that of what it stands on */
    uint16_t *depth; /* by item: how far it stands above the ground */
} ranking;

static size_t holder_count(const list_state *s, uint32_t item)
{
    return s->holdings_start[item + 1] - s->holdings_start[item];
}

/* Nothing ranks before what it stands on. Vocabularies have no circles; a round more than there are items ends them. */
static void rank(const list_state *s, ranking *r)
{
    for (uint32_t x = 0; x < s->item_count; x++)
        r->worth[x] = (uint64_t)list_value(s, (record_item)x) * holder_count(s, x);
    bool changed = true;
    for (uint32_t round = 0; round <= s->item_count && changed; round++) {
        changed = false;
        for (uint32_t y = 0; y < s->item_count; y++)
            for (uint32_t i = s->dependents_start[y]; i < s->dependents_start[y + 1]; i++) {
                const record_item x = s->dependents[i];
                if (holder_count(s, y) == 0 || (r->worth[x] <= r->worth[y] && r->depth[x] > r->depth[y]))
                    continue;
                r->worth[x] = r->worth[x] < r->worth[y] ? r->worth[x] : r->worth[y];
                r->depth[x] = r->depth[x] > r->depth[y] ? r->depth[x] : (uint16_t)(r->depth[y] + 1);
                changed = true;
            }
    }
}

static int compare_rank(const void *a, const void *b, void *context)
{
    const ranking *const r = context;
    const record_item x = *(const record_item *)a, y = *(const record_item *)b;
    if (r->worth[x] != r->worth[y])
        return r->worth[x] > r->worth[y] ? -1 : 1;
    if (r->depth[x] != r->depth[y])
        return r->depth[x] < r->depth[y] ? -1 : 1;
    return x < y ? -1 : x > y;
}

static int make_order(const list_state *s, record_item *order, lethe_error *error)
{
    ranking r = {calloc(s->item_count + 1, sizeof(*r.worth)), calloc(s->item_count + 1, sizeof(*r.depth))};
    int status = 0;
    if (r.worth == NULL || r.depth == NULL) {
        status = base_fail(error, LETHE_E_BASE_MEMORY);
    } else {
        rank(s, &r);
        for (uint32_t x = 0; x < s->item_count; x++)
            order[x] = (record_item)x;
        qsort_r(order, s->item_count, sizeof(*order), compare_rank, &r);
    }
    free(r.worth);
    free(r.depth);
    return status;
}

static int enter_all(list_state *s, const record_item *order, list_entry *entry, lethe_error *error)
{
    bool changed = true;
    for (int pass = 0; pass < PASSES_MAX && changed; pass++) {
        changed = false;
        for (uint32_t i = 0; i < s->item_count; i++)
            if (holder_count(s, order[i]) >= s->options.k && !tells(s, order[i]))
                BASE_TRY(privacy_enter_item(entry, order[i], &changed, error));
    }
    return 0;
}

static int settle(list_state *s, lethe_error *error)
{
    list_entry *entry = NULL;
    BASE_TRY(enter_pinned(s, error));
    record_item *const order = calloc(s->item_count + 1, sizeof(*order));
    int status = order == NULL ? base_fail(error, LETHE_E_BASE_MEMORY) : make_order(s, order, error);
    if (status == 0)
        status = privacy_entry_new(s, &entry, error);
    if (status == 0)
        status = enter_all(s, order, entry, error);
    privacy_entry_free(entry);
    free(order);
    return status;
}

static int make_result(list_state *s, privacy_list_result *ret_result, lethe_error *error)
{
    const privacy_lists *const l = s->lists;
    privacy_list_result result = {.patient_count = l->patient_count, .item_count = s->item_count};
    size_t removed = 0;
    for (size_t i = 0; i < l->offset[l->patient_count]; i++)
        removed += !s->alive[i];
    result.removed = malloc((removed + 1) * sizeof(*result.removed));
    result.offset = malloc((l->patient_count + 1) * sizeof(*result.offset));
    result.removed_for_all = calloc(s->item_count + 1, sizeof(*result.removed_for_all));
    result.held = calloc(s->item_count + 1, sizeof(*result.held));
    if (result.removed == NULL || result.offset == NULL || result.removed_for_all == NULL || result.held == NULL) {
        privacy_list_result_done(&result);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    for (uint32_t x = 0; x < s->item_count; x++)
        result.held[x] = (uint32_t)holder_count(s, x);
    removed = 0;
    for (size_t p = 0; p < l->patient_count; p++) {
        result.offset[p] = removed;
        for (size_t i = l->offset[p]; i < l->offset[p + 1]; i++) {
            const record_item item = l->list[i];
            result.before[l->items[item].column]++;
            result.after[l->items[item].column] += s->alive[i];
            if (s->alive[i])
                continue;
            result.removed[removed++] = item;
            result.removed_for_all[item] = *list_people(s, item, item) == 0;
        }
    }
    result.offset[l->patient_count] = removed;
    result.people = s->people;
    s->people = NULL;
    *ret_result = result;
    return 0;
}

int privacy_lists_decide(const privacy_lists *lists, const privacy_list_options *options,
                         privacy_list_result *ret_result, lethe_error *error)
{
    if (options->k < 2)
        return fail_option(error, "k");
    if (options->attacker_items < 1 || options->attacker_items > PRIVACY_LIST_ITEMS_MAX)
        return fail_option(error, "attacker_items");
    BASE_TRY(privacy_lists_check(lists, error));
    list_state s = {.lists = lists, .options = *options, .item_count = lists->item_count};
    int status = state_init(&s, error);
    if (status == 0)
        status = settle(&s, error);
    if (status == 0)
        status = make_result(&s, ret_result, error);
    state_done(&s);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/lists_internal.h"

#include <stdlib.h>
#include <string.h>

/*
 * The steps. Removing an item only lowers counts, so a pair that is short stays short until all its holders have lost
 * one of the two: every removal below was due.
 *
 *   0. What would tell a withheld sex or pregnancy falls for everyone.
 *   1. An item with fewer than k holders falls for everyone, and a global one that says again what somebody has lost.
 *      (m = 1 ends here.)
 *   2. Upper items (without parent) among themselves, local ones: rounds of cover.c to the fixpoint.
 *   3. Lower items (concepts) against everything local, the same way. Their removal cannot make a pair of upper items
 *      short, except through what implies them; then again from 1.
 *   4. Global items: of two in a short pair one falls for everyone (global.c). Then, while one costs more than it is
 * worth (what would fall locally for its short pairs weighs no less than itself over all its holders), the worst falls.
 *      Then again from 1, local items now yielding to the global ones left.
 *   5. What can come back does (restore.c).
 */
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
    free(result->people);
    *result = (privacy_list_result){.removed = NULL};
}

static void state_done(list_state *s)
{
    free(s->people);
    free(s->shorts);
    free(s->hot);
    free(s->holders);
    free(s->due);
    free(s->here);
    free(s->alive);
    free(s->pinned);
    free(s->dependents);
    free(s->dependents_start);
    free(s->doomed);
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

static int check_items(const privacy_lists *lists, lethe_error *error)
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

static int state_init(list_state *s, lethe_error *error)
{
    const size_t n = s->item_count, places = s->lists->offset[s->lists->patient_count];
    s->words = (s->item_count + 63) / 64;
    s->people = calloc(n * n + 1, sizeof(*s->people));
    s->shorts = calloc(n * s->words + 1, sizeof(*s->shorts));
    s->hot = calloc(n + 1, sizeof(*s->hot));
    s->holders = calloc(n + 1, sizeof(*s->holders));
    s->due = calloc(n + 1, sizeof(*s->due));
    s->here = calloc(n + 1, sizeof(*s->here));
    s->alive = malloc(places + 1);
    s->pinned = calloc(n + 1, sizeof(*s->pinned));
    s->doomed = malloc((places + 1) * sizeof(*s->doomed));
    if (s->people == NULL || s->shorts == NULL || s->hot == NULL || s->holders == NULL || s->due == NULL ||
        s->here == NULL || s->alive == NULL || s->pinned == NULL || s->doomed == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    memset(s->alive, true, places + 1);
    BASE_TRY(build_dependents(s, error));
    pin(s);
    return 0;
}

static void count_people(list_state *s)
{
    const privacy_lists *const l = s->lists;
    for (size_t p = 0; p < l->patient_count; p++)
        for (size_t i = l->offset[p]; i < l->offset[p + 1]; i++) {
            uint32_t *const row = list_people(s, l->list[i], 0);
            for (size_t j = l->offset[p]; j < l->offset[p + 1]; j++)
                row[l->list[j]]++;
        }
}

static void remove_place(list_state *s, size_t patient, size_t place);

static void remove_item(list_state *s, size_t patient, record_item item)
{
    size_t low = s->lists->offset[patient], high = s->lists->offset[patient + 1];
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (s->lists->list[middle] == item) {
            remove_place(s, patient, middle);
            return;
        }
        if (s->lists->list[middle] < item)
            low = middle + 1;
        else
            high = middle;
    }
}

/* Takes an item from a patient, and with it what says it again. */
static void remove_place(list_state *s, size_t patient, size_t place)
{
    if (!s->alive[place])
        return;
    const record_item item = s->lists->list[place];
    for (size_t i = s->lists->offset[patient]; i < s->lists->offset[patient + 1]; i++)
        if (s->alive[i] && i != place) {
            --*list_people(s, item, s->lists->list[i]);
            --*list_people(s, s->lists->list[i], item);
        }
    --*list_people(s, item, item);
    s->alive[place] = false;
    for (uint32_t i = s->dependents_start[item]; i < s->dependents_start[item + 1]; i++) {
        const record_item dependent = s->dependents[i];
        if (s->lists->items[dependent].global && !s->lists->items[item].global)
            s->due[dependent] = true; /* it must go, but not from one person: step 1 takes it from all */
        else
            remove_item(s, patient, dependent);
    }
}

/* Items for everyone at once, in one walk. */
static void remove_for_all(list_state *s, const bool *fallen)
{
    for (size_t p = 0; p < s->lists->patient_count; p++)
        for (size_t place = s->lists->offset[p]; place < s->lists->offset[p + 1]; place++)
            if (fallen[s->lists->list[place]])
                remove_place(s, p, place);
}

static int withhold_told(list_state *s, bool *fallen, lethe_error *error)
{
    bool any = false;
    for (uint32_t x = 0; x < s->item_count; x++) {
        const privacy_item *const item = &s->lists->items[x];
        fallen[x] = (s->options.sex_withheld && item->implies_sex != PRIVACY_IMPLIES_NO_SEX) ||
                    (s->options.pregnancy_withheld && item->implies_pregnancy);
        if (fallen[x] && s->pinned[x] && *list_people(s, (record_item)x, (record_item)x) != 0)
            return fail_option(error, "frozen");
        any |= fallen[x];
    }
    if (any)
        remove_for_all(s, fallen);
    return 0;
}

/* Step 1, to its fixpoint. */
static int remove_rare(list_state *s, bool *fallen, lethe_error *error)
{
    for (bool any = true; any;) {
        any = false;
        for (uint32_t x = 0; x < s->item_count; x++) {
            const uint32_t people = *list_people(s, (record_item)x, (record_item)x);
            fallen[x] = people != 0 && (people < s->options.k || s->due[x]);
            any |= fallen[x];
            if (fallen[x] && s->pinned[x])
                return fail_option(error, "frozen");
        }
        if (any)
            remove_for_all(s, fallen);
    }
    return 0;
}

/* Takes the picture of short pairs that a round decides on. */
static void picture_shorts(list_state *s, bool with_global)
{
    memset(s->shorts, 0, (size_t)s->item_count * s->words * sizeof(*s->shorts));
    for (uint32_t x = 0; x < s->item_count; x++) {
        s->hot[x] = false;
        s->holders[x] = *list_people(s, (record_item)x, (record_item)x);
        if (s->holders[x] == 0 || (!with_global && s->lists->items[x].global))
            continue;
        const uint32_t *const row = list_people(s, (record_item)x, 0);
        for (uint32_t y = 0; y < s->item_count; y++)
            if (row[y] != 0 && row[y] < s->options.k && (with_global || !s->lists->items[y].global)) {
                s->shorts[(size_t)x * s->words + y / 64] |= UINT64_C(1) << (y % 64);
                s->hot[x] = true;
            }
    }
}

/* One round of a floor. All patients decide on the same picture, then all removals happen. Returns whether any did. */
static bool cover_round(list_state *s, list_floor floor, bool with_global)
{
    picture_shorts(s, with_global);
    size_t done = 0;
    s->doomed_count = 0;
    for (size_t p = 0; p < s->lists->patient_count; p++) {
        privacy_cover_patient(s, p, floor);
        for (; done < s->doomed_count; done++)
            remove_place(s, p, s->doomed[done]);
    }
    return s->doomed_count != 0;
}

static int settle_local(list_state *s, bool with_global, bool *fallen, lethe_error *error)
{
    for (bool changed = true; changed;) {
        BASE_TRY(remove_rare(s, fallen, error));
        changed = cover_round(s, LIST_UPPER, with_global) || cover_round(s, LIST_LOWER, with_global);
    }
    return 0;
}

/* What a global item is worth to all its holders, with what falls with it. */
static uint64_t worth_of_global(const list_state *s, record_item item)
{
    uint64_t worth = (uint64_t)list_weight(s, item) * *list_people(s, item, item);
    for (uint32_t i = s->dependents_start[item]; i < s->dependents_start[item + 1]; i++)
        worth += (uint64_t)list_weight(s, s->dependents[i]) * *list_people(s, s->dependents[i], s->dependents[i]);
    return worth;
}

/* What keeping it costs: of each short pair the local item, from those who hold both. */
static uint64_t cost_of_global(const list_state *s, record_item item)
{
    uint64_t cost = 0;
    const uint32_t *const row = list_people(s, item, 0);
    for (uint32_t y = 0; y < s->item_count; y++)
        if (y != item && row[y] != 0 && row[y] < s->options.k)
            cost += (uint64_t)list_weight(s, (record_item)y) * row[y];
    return cost;
}

/* One global item that costs no less than it is worth falls for everyone, the one that costs most for its worth.
 * Returns whether one did. */
static bool drop_costly_global(list_state *s, bool *fallen)
{
    uint32_t worst = UINT32_MAX;
    double worst_ratio = 0;
    memset(fallen, 0, s->item_count * sizeof(*fallen));
    for (uint32_t x = 0; x < s->item_count; x++) {
        if (!s->lists->items[x].global || s->pinned[x] || *list_people(s, (record_item)x, (record_item)x) == 0)
            continue;
        const uint64_t worth = worth_of_global(s, (record_item)x), cost = cost_of_global(s, (record_item)x);
        const double ratio = (double)cost / (double)worth;
        if (cost >= worth && ratio > worst_ratio) {
            worst = x;
            worst_ratio = ratio;
        }
    }
    if (worst == UINT32_MAX)
        return false;
    fallen[worst] = true;
    remove_for_all(s, fallen);
    return true;
}

static bool any_short(const list_state *s)
{
    for (uint32_t x = 0; x < s->item_count; x++)
        if (s->hot[x])
            return true;
    return false;
}

static int settle(list_state *s, bool *fallen, lethe_error *error)
{
    BASE_TRY(withhold_told(s, fallen, error));
    BASE_TRY(remove_rare(s, fallen, error));
    if (s->options.attacker_items == 1)
        return 0; /* nothing could come back: what fell has too few holders at all */
    BASE_TRY(settle_local(s, false, fallen, error));
    BASE_TRY(privacy_choose_global(s, fallen, error));
    remove_for_all(s, fallen);
    do
        BASE_TRY(remove_rare(s, fallen, error));
    while (drop_costly_global(s, fallen));
    BASE_TRY(settle_local(s, true, fallen, error));
    picture_shorts(s, true);
    if (any_short(s))
        return fail_option(error, "frozen"); /* only what may not fall is left */
    return privacy_restore_items(s, error);
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
    if (result.removed == NULL || result.offset == NULL || result.removed_for_all == NULL) {
        privacy_list_result_done(&result);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
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
    BASE_TRY(check_items(lists, error));
    list_state s = {.lists = lists, .options = *options, .item_count = lists->item_count};
    bool *const fallen = calloc(lists->item_count + 1, sizeof(*fallen));
    int status = fallen == NULL ? base_fail(error, LETHE_E_BASE_MEMORY) : state_init(&s, error);
    if (status == 0) {
        count_people(&s);
        status = settle(&s, fallen, error);
    }
    if (status == 0)
        status = make_result(&s, ret_result, error);
    free(fallen);
    state_done(&s);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/attack.h"

#include "privacy/metrics.h"

#include <stdlib.h>
#include <string.h>

/*
 * Candidates are found through the rarest thing that is known: lists of the people who have a tuple or an item, so that
 * a trial costs what its rarest fact costs.
 */
typedef struct holder_index {
    uint32_t *start; /* by tuple or item, one more */
    uint32_t *people;
    uint32_t count;
} holder_index;

typedef struct knowledge {
    uint32_t tuple[PRIVACY_ATTACK_VISITS_MAX];
    record_item item[PRIVACY_ATTACK_ITEMS_MAX];
    uint32_t visits, items;
    bool history;
} knowledge;

typedef struct attacker {
    const privacy_attack_people *released, *known;
    const privacy_attack *attack;
    holder_index tuples, items;
    uint64_t random;
} attacker;

/* splitmix64 (Steele, Lea and Flood 2014): a seeded choice of trials, nothing secret. */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint32_t draw_below(uint64_t *state, uint32_t bound)
{
    return (uint32_t)((draw(state) >> 32) * bound >> 32);
}

static uint32_t row_count(const privacy_attack_people *people, size_t person)
{
    return people->row_offset[person + 1] - people->row_offset[person];
}

static uint32_t item_count(const privacy_attack_people *people, size_t person)
{
    return (uint32_t)(people->item_offset[person + 1] - people->item_offset[person]);
}

static int index_init(holder_index *ix, uint32_t key_count, size_t entries, lethe_error *error)
{
    ix->count = key_count;
    ix->start = calloc((size_t)key_count + 3, sizeof(*ix->start));
    ix->people = malloc((entries + 1) * sizeof(*ix->people));
    return ix->start == NULL || ix->people == NULL ? base_fail(error, LETHE_E_BASE_MEMORY) : 0;
}

/* Two passes over the same pairs: first counting (store false), then placing. A person may stand twice in a row. */
static void index_tuples(holder_index *ix, const privacy_attack_people *people, bool store)
{
    for (size_t p = 0; p < people->count; p++)
        for (uint32_t row = people->row_offset[p]; row < people->row_offset[p + 1]; row++) {
            if (store)
                ix->people[ix->start[people->tuple[row] + 1]] = (uint32_t)p;
            ix->start[people->tuple[row] + (store ? 1 : 2)]++;
        }
}

static void index_items(holder_index *ix, const privacy_attack_people *people, bool store)
{
    for (size_t p = 0; p < people->count; p++)
        for (size_t i = people->item_offset[p]; i < people->item_offset[p + 1]; i++) {
            if (store)
                ix->people[ix->start[people->item[i] + 1]] = (uint32_t)p;
            ix->start[people->item[i] + (store ? 1 : 2)]++;
        }
}

static void index_sum(holder_index *ix)
{
    for (uint32_t key = 0; key <= ix->count; key++)
        ix->start[key + 1] += ix->start[key];
}

static uint32_t index_size(const holder_index *ix, uint32_t key)
{
    return key < ix->count ? ix->start[key + 1] - ix->start[key] : 0;
}

static bool has_items(const privacy_attack_people *people, size_t person, const knowledge *what)
{
    size_t at = people->item_offset[person];
    for (uint32_t i = 0; i < what->items; i++) {
        while (at < people->item_offset[person + 1] && people->item[at] < what->item[i])
            at++;
        if (at == people->item_offset[person + 1] || people->item[at] != what->item[i])
            return false;
    }
    return true;
}

static bool has_visits(const privacy_attack_people *people, size_t person, const knowledge *what)
{
    uint32_t found = 0;
    if (what->history && row_count(people, person) != what->visits)
        return false;
    for (uint32_t row = people->row_offset[person]; row < people->row_offset[person + 1] && found < what->visits;
         row++) {
        if (people->tuple[row] == what->tuple[found])
            found++;
        else if (what->history)
            return false;
    }
    return found == what->visits;
}

/* Draws `count` of 0..bound-1, ascending (Knuth's selection sampling, TAOCP 3.4.2 S). */
static void draw_some(uint64_t *state, uint32_t count, uint32_t bound, uint32_t *ret_chosen)
{
    uint32_t chosen = 0;
    for (uint32_t i = 0; chosen < count; i++)
        if (draw_below(state, bound - i) < count - chosen)
            ret_chosen[chosen++] = i;
}

static void draw_knowledge(attacker *a, size_t target, knowledge *ret_what)
{
    uint32_t chosen[PRIVACY_ATTACK_VISITS_MAX];
    const privacy_attack_people *const from = a->known;
    ret_what->history = a->attack->visits == PRIVACY_ATTACK_HISTORY;
    ret_what->visits = ret_what->history ? row_count(from, target) : a->attack->visits;
    ret_what->items = a->attack->items;
    draw_some(&a->random, ret_what->visits, row_count(from, target), chosen);
    for (uint32_t i = 0; i < ret_what->visits; i++)
        ret_what->tuple[i] = from->tuple[from->row_offset[target] + chosen[i]];
    draw_some(&a->random, ret_what->items, item_count(from, target), chosen);
    for (uint32_t i = 0; i < ret_what->items; i++)
        ret_what->item[i] = from->item[from->item_offset[target] + chosen[i]];
}

/* Everyone who fits, through the rarest fact; whether the target is among them. Of nothing known, everyone fits. */
static uint64_t count_candidates(const attacker *a, const knowledge *what, size_t target, bool *ret_found)
{
    const holder_index *rarest = NULL;
    uint32_t key = 0;
    for (uint32_t i = 0; i < what->visits; i++)
        if (rarest == NULL || index_size(&a->tuples, what->tuple[i]) < index_size(rarest, key)) {
            rarest = &a->tuples;
            key = what->tuple[i];
        }
    for (uint32_t i = 0; i < what->items; i++)
        if (rarest == NULL || index_size(&a->items, what->item[i]) < index_size(rarest, key)) {
            rarest = &a->items;
            key = what->item[i];
        }
    *ret_found = has_visits(a->released, target, what) && has_items(a->released, target, what);
    if (rarest == NULL)
        return a->released->count;
    uint64_t candidates = 0;
    uint32_t last = UINT32_MAX;
    const uint32_t size = index_size(rarest, key);
    for (uint32_t i = 0; i < size; i++) {
        const uint32_t person = rarest->people[rarest->start[key] + i];
        if (person != last && has_visits(a->released, person, what) && has_items(a->released, person, what))
            candidates++;
        last = person;
    }
    return candidates;
}

static bool is_target(const attacker *a, size_t person)
{
    const uint32_t rows = row_count(a->known, person);
    const bool enough = a->attack->visits == PRIVACY_ATTACK_HISTORY ? rows > 0 : rows >= a->attack->visits;
    /* Of someone who was withheld altogether there is nothing to find. */
    return enough && item_count(a->known, person) >= a->attack->items && row_count(a->released, person) > 0;
}

static void run_trials(attacker *a, privacy_attack_result *ret_result)
{
    privacy_attack_result result = {0};
    uint64_t targets = 0, seen = 0, people = 0;
    for (size_t p = 0; p < a->known->count; p++) {
        targets += is_target(a, p);
        people += row_count(a->released, p) > 0;
    }
    const uint64_t wanted = a->attack->trials == 0 || a->attack->trials > targets ? targets : a->attack->trials;
    for (size_t p = 0; p < a->known->count && result.trials < wanted; p++) {
        if (!is_target(a, p))
            continue;
        if (draw_below(&a->random, (uint32_t)(targets - seen++)) >= wanted - result.trials)
            continue;
        knowledge what;
        bool found;
        draw_knowledge(a, p, &what);
        const uint64_t candidates = count_candidates(a, &what, p, &found);
        result.trials++;
        result.astray += !found;
        result.below_k += found && candidates < a->attack->k;
        result.unique += found && candidates == 1;
        if (found)
            result.success += 1 / (double)candidates;
    }
    if (result.trials != 0)
        result.success /= (double)result.trials;
    if (people != 0)
        result.control = 1 / (double)people;
    privacy_wilson(result.below_k, result.trials, &result.below_k_low, &result.below_k_high);
    privacy_wilson(result.unique, result.trials, &result.unique_low, &result.unique_high);
    *ret_result = result;
}

static bool valid_people(const privacy_attack_people *people, uint32_t *tuple_count, uint32_t *item_limit)
{
    for (size_t p = 0; p < people->count; p++)
        if (row_count(people, p) > PRIVACY_ATTACK_VISITS_MAX)
            return false;
    for (size_t row = 0; row < people->row_offset[people->count]; row++) {
        if (people->tuple[row] >= UINT32_MAX / 2)
            return false;
        if (people->tuple[row] >= *tuple_count)
            *tuple_count = people->tuple[row] + 1;
    }
    for (size_t i = 0; i < people->item_offset[people->count]; i++)
        if (people->item[i] >= *item_limit)
            *item_limit = (uint32_t)people->item[i] + 1;
    return true;
}

int privacy_attack_run(const privacy_attack_people *released, const privacy_attack_people *known,
                       const privacy_attack *attack, privacy_attack_result *ret_result, lethe_error *error)
{
    uint32_t tuple_count = 0, item_limit = 0, ignored = 0;
    const privacy_attack_people *const from = known != NULL ? known : released;
    const bool sound = (attack->visits <= PRIVACY_ATTACK_VISITS_MAX || attack->visits == PRIVACY_ATTACK_HISTORY) &&
                       attack->items <= PRIVACY_ATTACK_ITEMS_MAX && attack->k >= 1 && from->count == released->count &&
                       released->count < UINT32_MAX;
    if (!sound || !valid_people(released, &tuple_count, &item_limit) || !valid_people(from, &ignored, &ignored))
        return base_fail(error, LETHE_E_PRIVACY_OPTION);
    attacker a = {.released = released, .known = from, .attack = attack, .random = attack->seed};
    int status = index_init(&a.tuples, tuple_count, released->row_offset[released->count], error);
    if (status == 0)
        status = index_init(&a.items, item_limit, released->item_offset[released->count], error);
    if (status == 0) {
        index_tuples(&a.tuples, released, false);
        index_sum(&a.tuples);
        index_tuples(&a.tuples, released, true);
        index_items(&a.items, released, false);
        index_sum(&a.items);
        index_items(&a.items, released, true);
        run_trials(&a, ret_result);
    }
    free(a.tuples.start);
    free(a.tuples.people);
    free(a.items.start);
    free(a.items.people);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/measure.h"

#include "privacy/attack.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define TRIALS_MAX  2000 /* more people than this are sampled */
#define ATTACK_SEED 1

/* The release as an attacker sees it: tuples as numbers of classes, and each person's pooled items. */
typedef struct attacked {
    const engine_release *release;
    base_buf parts[ENGINE_ROW_PARTS];  /* uint32_t class of each row */
    base_buf counts[ENGINE_ROW_PARTS]; /* uint32_t rows a person */
    uint32_t *row_offset, *tuple;
    engine_pool pool;
} attacked;

static int by_groups(const void *key, const void *element)
{
    return memcmp(key, &((const engine_class *)element)->groups, sizeof(privacy_groups));
}

static int collect_rows(const engine_visit *visit, const engine_released_person *people, size_t count,
                        lethe_error *error)
{
    attacked *all = visit->context;
    const engine_classes *classes = all->release->classes;
    for (size_t i = 0; i < count; i++) {
        base_buf_u32(&all->counts[visit->part], (uint32_t)people[i].row_count);
        for (size_t row = 0; row < people[i].row_count; row++) {
            const engine_class *found =
                bsearch(&people[i].groups[row], classes->classes, classes->count, sizeof(*found), by_groups);
            if (found == NULL)
                return base_fail(error, LETHE_E_BASE_INTERNAL);
            base_buf_u32(&all->parts[visit->part], (uint32_t)(found - classes->classes));
        }
    }
    BASE_TRY(base_buf_check(&all->counts[visit->part], error));
    return base_buf_check(&all->parts[visit->part], error);
}

static int join_rows(attacked *all, lethe_error *error)
{
    size_t rows = 0, person = 0, at = 0;
    for (size_t part = 0; part < ENGINE_ROW_PARTS; part++)
        rows += all->parts[part].size / 4;
    all->row_offset = calloc(all->release->cohort->person_count + 1, sizeof(uint32_t));
    all->tuple = calloc(rows + 1, sizeof(uint32_t));
    if (all->row_offset == NULL || all->tuple == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t part = 0; part < ENGINE_ROW_PARTS; part++) {
        base_cursor counts = base_cursor_of(base_buf_view(&all->counts[part]));
        base_cursor tuples = base_cursor_of(base_buf_view(&all->parts[part]));
        while (counts.at < counts.size) {
            const uint32_t count = base_cursor_u32(&counts);
            for (uint32_t i = 0; i < count; i++)
                all->tuple[at++] = base_cursor_u32(&tuples);
            all->row_offset[++person] = (uint32_t)at;
        }
    }
    return 0;
}

/* The items that a person's released rows show together. */
static int pool_shown(const engine_visit *visit, const engine_released_person *person, void *context,
                      const record_item **ret_items, size_t *ret_count, lethe_error *error)
{
    const engine_release *release = context;
    const record_item *risks = NULL, *items = NULL;
    size_t count = 0;
    const size_t risk_count = engine_removed(&release->cohort->risks, person->number, &risks);
    engine_composer composer = *release->composer;
    BASE_TRY(engine_pool_with_risks(visit, person, &composer, &items, &count, error));
    return engine_without(items, count, risks, risk_count, visit->arena, ret_items, ret_count, error);
}

static int attack(const attacked *all, const char *text, uint32_t visits, uint32_t items, engine_attackers *attackers,
                  lethe_error *error)
{
    const engine_release *release = all->release;
    const size_t people = release->cohort->person_count;
    const privacy_attack_people view = {people, all->row_offset, all->tuple, all->pool.offset, all->pool.items};
    const uint64_t trials = people > TRIALS_MAX ? TRIALS_MAX : 0;
    const privacy_attack settings = {visits, items, release->k, trials, ATTACK_SEED};
    privacy_attack_result found;
    BASE_TRY(privacy_attack_run(&view, NULL, &settings, &found, error));
    if (found.trials == 0 || attackers->count == ENGINE_ATTACKERS_MAX)
        return 0;
    report_attacker *row = &attackers->rows[attackers->count];
    (void)snprintf(attackers->texts[attackers->count], sizeof(attackers->texts[0]), "%s", text);
    *row = (report_attacker){
        .description = attackers->texts[attackers->count],
        .visits = visits,
        .items = items,
        .trials = found.trials,
        .below_k = (double)found.below_k / (double)found.trials,
        .unique = (double)found.unique / (double)found.trials,
        .below_k_bound = trials == 0 ? NAN : found.below_k_high,
        .control = found.control,
        .guaranteed =
            (items == 0 && visits <= release->attacker_visits) || (visits == 0 && items <= release->attacker_items) ||
            (release->beta != 0 && items <= release->attacker_items), /* external: one row each, lists in each class */
    };
    attackers->count++;
    return 0;
}

static int attack_all(const attacked *all, engine_attackers *attackers, lethe_error *error)
{
    char text[64];
    for (uint32_t visits = 1; visits <= 6; visits++) {
        (void)snprintf(text, sizeof(text), "%u visit%s", visits, visits == 1 ? "" : "s, in order");
        BASE_TRY(attack(all, text, visits, 0, attackers, error));
    }
    BASE_TRY(attack(all, "a person's whole sequence of visits", PRIVACY_ATTACK_HISTORY, 0, attackers, error));
    for (uint32_t items = 1; items <= 4; items++) {
        (void)snprintf(text, sizeof(text), "%u list item%s", items, items == 1 ? "" : "s");
        BASE_TRY(attack(all, text, 0, items, attackers, error));
    }
    BASE_TRY(attack(all, "1 visit and 1 list item", 1, 1, attackers, error));
    return attack(all, "1 visit and 2 list items", 1, 2, attackers, error);
}

static int measure(attacked *all, engine_attackers *attackers, lethe_error *error)
{
    engine_cohort *cohort = all->release->cohort;
    union {
        const engine_release *constant;
        void *plain;
    } context = {all->release}; /* the walk's context is not const; nothing writes to it */
    BASE_TRY(engine_cohort_walk(cohort, collect_rows, all, error));
    BASE_TRY(join_rows(all, error));
    BASE_TRY(engine_pool_make(cohort, pool_shown, context.plain, &all->pool, error));
    return attack_all(all, attackers, error);
}

int engine_measure_attackers(const engine_release *release, engine_attackers *ret_attackers, lethe_error *error)
{
    attacked *all = calloc(1, sizeof(*all));
    if (all == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    all->release = release;
    for (size_t part = 0; part < ENGINE_ROW_PARTS; part++) {
        base_buf_init(&all->parts[part], (size_t)1 << 32);
        base_buf_init(&all->counts[part], (size_t)1 << 32);
    }
    ret_attackers->count = 0;
    const int status = measure(all, ret_attackers, error);
    for (size_t part = 0; part < ENGINE_ROW_PARTS; part++) {
        base_buf_done(&all->parts[part]);
        base_buf_done(&all->counts[part]);
    }
    engine_pool_done(&all->pool);
    free(all->row_offset);
    free(all->tuple);
    free(all);
    return status;
}

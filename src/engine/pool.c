/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/pool.h"

#include "clinical/vocabulary.h"
#include "engine/classes.h"
#include "privacy/within.h"

#include <stdlib.h>

#define POOL_ITEMS_MAX ((size_t)1 << 32)

typedef struct part_pool {
    base_buf items, counts; /* record_item …, uint32_t a person */
} part_pool;

typedef struct pooling {
    engine_pooling pool;
    void *context;
    part_pool parts[ENGINE_ROW_PARTS];
} pooling;

static int by_item(const void *a, const void *b)
{
    return (int)*(const record_item *)a - (int)*(const record_item *)b;
}

size_t engine_sort_items(record_item *items, size_t count)
{
    size_t kept = 0;
    if (count > 1)
        qsort(items, count, sizeof(*items), by_item);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || items[kept - 1] != items[i])
            items[kept++] = items[i];
    return kept;
}

int engine_pool_rows(const engine_visit *visit, const engine_released_person *person, void *context,
                     const record_item **ret_items, size_t *ret_count, lethe_error *error)
{
    size_t total = 0;
    (void)context;
    for (size_t i = 0; i < person->row_count; i++)
        total += person->person->rows[person->rows[i]].row.item_count;
    record_item *items = base_arena_take_array(visit->arena, total, sizeof(*items));
    if (items == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    total = 0;
    for (size_t i = 0; i < person->row_count; i++) {
        const record_row *row = &person->person->rows[person->rows[i]].row;
        memcpy(items + total, row->items, row->item_count * sizeof(*items));
        total += row->item_count;
    }
    *ret_items = items;
    *ret_count = engine_sort_items(items, total);
    return 0;
}

static int pool_part(const engine_visit *visit, const engine_released_person *people, size_t count, lethe_error *error)
{
    pooling *all = visit->context;
    part_pool *pool = &all->parts[visit->part];
    for (size_t i = 0; i < count; i++) {
        const record_item *items = NULL;
        size_t item_count = 0;
        BASE_TRY(all->pool(visit, &people[i], all->context, &items, &item_count, error));
        base_buf_append(&pool->items, items, item_count * sizeof(*items));
        base_buf_u32(&pool->counts, (uint32_t)item_count);
    }
    BASE_TRY(base_buf_check(&pool->items, error));
    return base_buf_check(&pool->counts, error);
}

static int join_parts(const engine_cohort *cohort, const pooling *all, engine_pool *ret_pool, lethe_error *error)
{
    size_t bytes = 0, person = 0, at = 0;
    for (size_t part = 0; part < ENGINE_ROW_PARTS; part++)
        bytes += all->parts[part].items.size;
    engine_pool pool = {malloc(bytes + 1), calloc(cohort->person_count + 1, sizeof(size_t))};
    if (pool.items == NULL || pool.offset == NULL) {
        engine_pool_done(&pool);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    for (size_t part = 0; part < ENGINE_ROW_PARTS; part++) {
        const part_pool *one = &all->parts[part];
        base_cursor counts = base_cursor_of(base_buf_view(&one->counts));
        if (one->items.size != 0)
            memcpy(pool.items + at, one->items.data, one->items.size);
        while (counts.at < counts.size) {
            at += base_cursor_u32(&counts);
            pool.offset[++person] = at;
        }
    }
    *ret_pool = pool;
    return 0;
}

int engine_pool_make(engine_cohort *cohort, engine_pooling pool, void *context, engine_pool *ret_pool,
                     lethe_error *error)
{
    pooling *all = calloc(1, sizeof(*all));
    if (all == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    all->pool = pool;
    all->context = context;
    for (size_t part = 0; part < ENGINE_ROW_PARTS; part++) {
        base_buf_init(&all->parts[part].items, POOL_ITEMS_MAX);
        base_buf_init(&all->parts[part].counts, POOL_ITEMS_MAX);
    }
    int status = engine_cohort_walk(cohort, pool_part, all, error);
    if (status == 0)
        status = join_parts(cohort, all, ret_pool, error);
    for (size_t part = 0; part < ENGINE_ROW_PARTS; part++) {
        base_buf_done(&all->parts[part].items);
        base_buf_done(&all->parts[part].counts);
    }
    free(all);
    return status;
}

void engine_pool_done(engine_pool *pool)
{
    free(pool->items);
    free(pool->offset);
    *pool = (engine_pool){0};
}

static uint8_t implied_sex(const clinical_item *item)
{
    if (item->implies_sex == RECORD_SEX_FEMALE)
        return PRIVACY_IMPLIES_FEMALE;
    return item->implies_sex == RECORD_SEX_MALE ? PRIVACY_IMPLIES_MALE : PRIVACY_IMPLIES_NO_SEX;
}

int engine_list_items(bool frozen, privacy_item **ret_items, lethe_error *error)
{
    const uint32_t count = clinical_item_count();
    privacy_item *items = calloc(count, sizeof(*items));
    if (items == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t i = 0; i < count; i++) {
        const clinical_item item = clinical_item_of((record_item)i);
        items[i] = (privacy_item){
            .parent = item.parent,
            .implies = item.implied,
            .implies_count = (uint8_t)item.implied_count,
            .column = (uint8_t)item.column,
            .implies_sex = implied_sex(&item),
            .implies_pregnancy = item.implies_pregnancy,
            .global = item.column == RECORD_OUTCOMES,
            .frozen = frozen && item.column != RECORD_RISK_FACTORS,
            .sensitive = item.sensitive,
            .weight = item.weight,
        };
    }
    *ret_items = items;
    return 0;
}

static int decide_within(engine_cohort *cohort, const privacy_lists *lists, const privacy_list_options *options,
                         double beta, privacy_list_result *ret_lists, lethe_error *error)
{
    privacy_within within = {.beta = beta};
    uint32_t *class_of = NULL;
    BASE_TRY(engine_classes_of(cohort, &class_of, &within.class_count, error));
    within.class_of = class_of;
    const int status = privacy_lists_decide_within(lists, &within, options, ret_lists, error);
    free(class_of);
    return status;
}

int engine_pool_decide(engine_cohort *cohort, const engine_list_rule *rule, engine_pooling pool, void *context,
                       privacy_list_result *ret_lists, lethe_error *error)
{
    engine_pool pooled = {0};
    privacy_item *items = NULL;
    const privacy_node *node = &cohort->plan.node;
    const privacy_list_options options = {
        .k = rule->k,
        .attacker_items = rule->attacker_items,
        .sex_withheld = node->level[RECORD_QI_SEX] != 0,
        .pregnancy_withheld =
            node->level[RECORD_QI_PREGNANCY] + 1u == cohort->hierarchies->qi[RECORD_QI_PREGNANCY].level_count,
    };
    int status = engine_pool_make(cohort, pool, context, &pooled, error);
    if (status == 0)
        status = engine_list_items(rule->frozen, &items, error);
    if (status == 0) {
        const privacy_lists lists = {items, clinical_item_count(), pooled.items, pooled.offset, cohort->person_count};
        status = rule->beta != 0 ? decide_within(cohort, &lists, &options, rule->beta, ret_lists, error)
                                 : privacy_lists_decide(&lists, &options, ret_lists, error);
    }
    free(items);
    engine_pool_done(&pooled);
    return status;
}

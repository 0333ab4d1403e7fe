/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_POOL_H
#define ENGINE_POOL_H

#include "engine/cohort.h"

/*
 * The list rule over a cohort: what each person's released rows say together, counted by privacy, twice. First the
 * lists that MAP made; then, with those frozen, the risk factors that the remaining row gives.
 */
typedef struct engine_pool {
    record_item *items; /* of all people, each sorted and unique */
    size_t *offset;     /* person_count + 1 */
} engine_pool;

/* Sorted, unique items of one person, in the visit's arena. */
typedef int (*engine_pooling)(const engine_visit *visit, const engine_released_person *person, void *context,
                              const record_item **ret_items, size_t *ret_count, lethe_error *error);

int engine_pool_make(engine_cohort *cohort, engine_pooling pooling, void *context, engine_pool *ret_pool,
                     lethe_error *error);
void engine_pool_done(engine_pool *pool);

/* The union of what the released rows hold; the pooling of MAP's lists. */
int engine_pool_rows(const engine_visit *visit, const engine_released_person *person, void *context,
                     const record_item **ret_items, size_t *ret_count, lethe_error *error);

/* The lists that rows keep under the list rule, with every risk factor that they give; `context` is an engine_composer.
 */
int engine_pool_with_risks(const engine_visit *visit, const engine_released_person *person, void *context,
                           const record_item **ret_items, size_t *ret_count, lethe_error *error);

/* Pools, and asks the list rule what each person loses. */
typedef struct engine_list_rule {
    uint32_t k, attacker_items;
    bool frozen; /* every column but the risk factors */
    double beta; /* not 0: inside every class of the plan, with beta-likeness (privacy/within.h) */
} engine_list_rule;

int engine_pool_decide(engine_cohort *cohort, const engine_list_rule *rule, engine_pooling pool, void *context,
                       privacy_list_result *ret_lists, lethe_error *error);

/* Sorts and makes unique in place; returns the new count. */
size_t engine_sort_items(record_item *items, size_t count);

/* The vocabulary as the list rule needs it; the caller frees. `frozen`: every column but the risk factors. */
int engine_list_items(bool frozen, privacy_item **ret_items, lethe_error *error);

#endif

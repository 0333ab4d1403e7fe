/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/compose.h"
#include "engine/pool.h"

/* One row as the list rule leaves it, with its risk factors; its items are appended to `all`. */
static int add_row(const engine_visit *visit, const engine_cohort *cohort, const engine_released_person *person,
                   size_t place, const engine_composer *composer, base_buf *all, lethe_error *error)
{
    const record_row *row = &person->person->rows[person->rows[place]].row;
    const record_item *removed = NULL, *items = NULL;
    const size_t removed_count = engine_removed(&cohort->lists, person->number, &removed);
    record_released released;
    size_t count = 0;
    BASE_TRY(engine_without(row->items, row->item_count, removed, removed_count, visit->arena, &items, &count, error));
    BASE_TRY(engine_compose(composer, row, &person->groups[place], items, count, visit->arena, &released, error));
    if (cohort->released)
        BASE_TRY(engine_compose_risks_again(&released, visit->arena, error));
    else
        BASE_TRY(engine_compose_risks(&released, NULL, 0, visit->arena, error));
    base_buf_append(all, released.items, released.item_count * sizeof(record_item));
    return base_buf_check(all, error);
}

static int sort_into_arena(const base_buf *all, base_arena *arena, const record_item **ret_items, size_t *ret_count,
                           lethe_error *error)
{
    record_item *items = base_arena_take(arena, all->size);
    if (items == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    if (all->size != 0)
        memcpy(items, all->data, all->size);
    *ret_count = engine_sort_items(items, all->size / sizeof(record_item));
    *ret_items = items;
    return 0;
}

int engine_pool_with_risks(const engine_visit *visit, const engine_released_person *person, void *context,
                           const record_item **ret_items, size_t *ret_count, lethe_error *error)
{
    base_buf all;
    int status = 0;
    base_buf_init(&all, (size_t)1 << 28);
    for (size_t place = 0; status == 0 && place < person->row_count; place++)
        status = add_row(visit, visit->cohort, person, place, context, &all, error);
    if (status == 0)
        status = sort_into_arena(&all, visit->arena, ret_items, ret_count, error);
    base_buf_done(&all);
    return status;
}

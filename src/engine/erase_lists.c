/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/vocabulary.h"
#include "engine/columns.h"
#include "engine/erase.h"
#include "engine/pool.h"

#include <stdlib.h>

/* The people who stay, as a cohort, and what the list rule takes from them now that others are gone. */
#define PERSON_BYTES_MAX ((size_t)64 << 20)

typedef struct filling {
    engine_erasure *erasure;
    engine_released_reader reader;
    base_arena arena; /* of the person who is read */
    base_buf out;
    engine_person person;
    engine_row rows[PRIVACY_PATIENT_ROWS_MAX];
    uint64_t row;
} filling;

static int end_person(filling *f, lethe_error *error)
{
    if (f->person.row_count == 0)
        return 0;
    base_buf_reset(&f->out);
    engine_person_write(&f->out, &f->person);
    BASE_TRY(base_buf_check(&f->out, error));
    BASE_TRY(engine_parts_append(f->erasure->parts, f->person.order.bytes[0], base_buf_view(&f->out), error));
    f->person.row_count = 0;
    base_arena_reset(&f->arena);
    return 0;
}

static int fill_row(filling *f, identity_split split, const table_batch *batch, size_t at, lethe_error *error)
{
    identity_token token;
    if (f->erasure->rows[f->row++] != ENGINE_ROW_STAYS)
        return 0;
    if (!identity_parse("anon_", table_string_at(batch, f->reader.anonymous_id, at), &token))
        return base_fail(error, LETHE_E_ENGINE_DATASET);
    if (f->person.row_count != 0 && memcmp(&token, &f->person.token, sizeof(token)) != 0)
        BASE_TRY(end_person(f, error));
    if (f->person.row_count == PRIVACY_PATIENT_ROWS_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    f->person.token = token;
    f->person.order = identity_token_order(&token);
    f->person.split = split;
    return engine_released_row(&f->reader, batch, at, &f->arena, &f->rows[f->person.row_count++], error);
}

static int fill_batch(void *context, identity_split split, const table_batch *batch, uint64_t first_row,
                      lethe_error *error)
{
    filling *f = context;
    for (size_t at = 0; at < table_batch_rows(batch); at++) {
        const int status = fill_row(f, split, batch, at, error);
        if (status != 0) {
            base_error_line(error, (int64_t)(first_row + at));
            return status;
        }
    }
    const uint64_t rows = f->erasure->row_count;
    return engine_erase_tell(f->erasure, LETHE_ERASE_COUNTING, rows / 2 + f->row / 2, rows, error);
}

static int fill_cohort(engine_erasure *erasure, lethe_error *error)
{
    enum { PLAIN = ENGINE_RELEASED_FIELDS };
    table_field all[PLAIN + RECORD_COLUMN_COUNT];
    const table_schema schema = {all, PLAIN + RECORD_COLUMN_COUNT};
    memcpy(all, engine_released_fields, sizeof(engine_released_fields));
    for (int column = 0; column < RECORD_COLUMN_COUNT; column++)
        all[PLAIN + column] = (table_field){engine_column_name((record_column)column), TABLE_LIST_STRING, false};
    filling *f = calloc(1, sizeof(*f));
    if (f == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    f->erasure = erasure;
    f->person.rows = f->rows;
    engine_released_reader_init(&f->reader, &erasure->composer, &schema);
    base_arena_init(&f->arena, PERSON_BYTES_MAX);
    base_buf_init(&f->out, PERSON_BYTES_MAX);
    const engine_batch_visitor visitor = {f, &schema, fill_batch};
    int status = engine_dataset_batches(erasure->dataset, &visitor, error);
    if (status == 0)
        status = end_person(f, error);
    base_arena_done(&f->arena);
    base_buf_done(&f->out);
    free(f);
    return status;
}

/* Lists without what derives from them: that is counted after them. */
static int pool_lists(const engine_visit *visit, const engine_released_person *person, void *context,
                      const record_item **ret_items, size_t *ret_count, lethe_error *error)
{
    const record_item *items = NULL;
    size_t count = 0, kept = 0;
    BASE_TRY(engine_pool_rows(visit, person, context, &items, &count, error));
    record_item *rest = base_arena_take_array(visit->arena, count, sizeof(*rest));
    if (rest == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < count; i++)
        if (clinical_item_column(items[i]) != RECORD_RISK_FACTORS)
            rest[kept++] = items[i];
    *ret_items = rest;
    *ret_count = kept;
    return 0;
}

static int note_people(const engine_visit *visit, const engine_released_person *people, size_t count,
                       lethe_error *error)
{
    identity_token *all = visit->context;
    (void)error;
    for (size_t i = 0; i < count; i++)
        all[people[i].number] = people[i].person->order;
    return 0;
}

static void count_losses(engine_erasure *erasure)
{
    const engine_cohort *cohort = &erasure->cohort;
    lethe_erase_result *result = &erasure->result;
    for (size_t person = 0; person < cohort->person_count; person++) {
        const record_item *items = NULL;
        const size_t lost =
            engine_removed(&cohort->lists, person, &items) + engine_removed(&cohort->risks, person, &items);
        result->items_withheld += lost;
        result->patients_changed += lost != 0;
    }
    for (uint32_t item = 0; item < cohort->lists.item_count; item++)
        result->values_withheld += cohort->lists.removed_for_all[item] || cohort->risks.removed_for_all[item];
}

int engine_erase_lists(engine_erasure *erasure, lethe_error *error)
{
    engine_cohort *cohort = &erasure->cohort;
    const engine_list_rule lists = {erasure->k, erasure->items, false}, risks = {erasure->k, erasure->items, true};
    BASE_TRY(fill_cohort(erasure, error));
    cohort->released = true;
    cohort->plan.node = erasure->composer.node;
    BASE_TRY(engine_cohort_count(cohort, error));
    erasure->people = calloc(cohort->person_count, sizeof(*erasure->people));
    if (erasure->people == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    BASE_TRY(engine_cohort_walk(cohort, note_people, erasure->people, error));
    BASE_TRY(engine_pool_decide(cohort, &lists, pool_lists, NULL, &cohort->lists, error));
    BASE_TRY(engine_pool_decide(cohort, &risks, engine_pool_with_risks, &erasure->composer, &cohort->risks, error));
    count_losses(erasure);
    return 0;
}

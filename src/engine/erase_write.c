/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/released.h"
#include "clinical/vocabulary.h"
#include "engine/columns.h"
#include "engine/erase.h"
#include "engine/split_file.h"

#include <stdlib.h>

/*
 * The rows that stay, in their order. A row that loses nothing is copied value by value, its vector too; one that loses
 * items gets everything that derives from them anew, as APPLY makes it.
 */
#define BATCH_ROWS    4096
#define ROW_BYTES_MAX ((size_t)16 << 20)

/* What a row that loses items says now. */
typedef struct changed_row {
    record_released released;
    const char *not_ready_reason;
    float vector[EMBED_DIMENSIONS];
} changed_row;

typedef struct writing {
    engine_erasure *erasure;
    engine_released_reader reader;
    table_schema schema;
    size_t comorbidity, vector, ready, reason, observed; /* columns */
    base_arena arena;
    table_batch *batch;
    engine_split_file *file;
    identity_split split;
    identity_token token; /* of the person who is written */
    size_t person;
    bool began;
    uint64_t row;
    changed_row changed;
} writing;

static int by_token(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(identity_token));
}

static int find_person(writing *w, base_span name, lethe_error *error)
{
    const engine_erasure *erasure = w->erasure;
    identity_token token;
    if (!identity_parse("anon_", name, &token))
        return base_fail(error, LETHE_E_ENGINE_DATASET);
    if (w->began && memcmp(&token, &w->token, sizeof(token)) == 0)
        return 0;
    const identity_token order = identity_token_order(&token);
    const identity_token *found =
        bsearch(&order, erasure->people, erasure->cohort.person_count, sizeof(order), by_token);
    if (found == NULL)
        return base_fail(error, LETHE_E_BASE_INTERNAL);
    w->began = true;
    w->token = token;
    w->person = (size_t)(found - erasure->people);
    w->erasure->apply.split_people[w->split]++;
    return 0;
}

static bool any_of(const record_item *items, size_t count, const record_item *removed, size_t removed_count)
{
    for (size_t i = 0, at = 0; i < count && at < removed_count; i++) {
        while (at < removed_count && removed[at] < items[i])
            at++;
        if (at < removed_count && removed[at] == items[i])
            return true;
    }
    return false;
}

/* Whether the row loses items; then what it says now. */
static int change_row(writing *w, const table_batch *batch, size_t at, bool *ret_changed, lethe_error *error)
{
    const engine_erasure *erasure = w->erasure;
    const record_item *lists = NULL, *risks = NULL, *items = NULL;
    const size_t list_count = engine_removed(&erasure->cohort.lists, w->person, &lists);
    const size_t risk_count = engine_removed(&erasure->cohort.risks, w->person, &risks);
    engine_row stored;
    size_t count = 0;
    *ret_changed = false;
    if (list_count + risk_count == 0)
        return 0;
    base_arena_reset(&w->arena);
    BASE_TRY(engine_released_row(&w->reader, batch, at, &w->arena, &stored, error));
    const record_row *row = &stored.row;
    if (!any_of(row->items, row->item_count, lists, list_count) &&
        !any_of(row->items, row->item_count, risks, risk_count))
        return 0;
    const privacy_groups groups = engine_compose_groups(&erasure->composer, &row->qi);
    record_released *released = &w->changed.released;
    BASE_TRY(engine_without(row->items, row->item_count, lists, list_count, &w->arena, &items, &count, error));
    BASE_TRY(engine_compose(&erasure->composer, row, &groups, items, count, &w->arena, released, error));
    BASE_TRY(engine_compose_risks_again(released, &w->arena, error));
    BASE_TRY(
        engine_without(released->items, released->item_count, risks, risk_count, &w->arena, &items, &count, error));
    released->items = items;
    released->item_count = count;
    BASE_TRY(embed_encode(erasure->model, released, w->changed.vector, error));
    w->changed.not_ready_reason = clinical_not_ready_name(clinical_not_ready_of(released));
    *ret_changed = true;
    return 0;
}

static void copy_strings(table_batch *to, const table_batch *from, size_t column, size_t at)
{
    base_span names[RECORD_ROW_ITEMS_MAX];
    size_t count = table_list_size(from, column, at);
    for (size_t i = 0; i < count && i < RECORD_ROW_ITEMS_MAX; i++)
        names[i] = table_list_string_at(from, column, at, i);
    table_append_strings(to, column, names, count < RECORD_ROW_ITEMS_MAX ? count : RECORD_ROW_ITEMS_MAX);
}

static void copy_value(table_batch *to, const table_batch *from, size_t column, size_t at)
{
    if (table_is_null(from, column, at)) {
        table_append_null(to, column);
        return;
    }
    switch (from->schema.fields[column].type) {
    case TABLE_STRING:
        table_append_string(to, column, table_string_at(from, column, at));
        break;
    case TABLE_INT32:
        table_append_int32(to, column, table_int32_at(from, column, at));
        break;
    case TABLE_BOOL:
        table_append_bool(to, column, table_bool_at(from, column, at));
        break;
    case TABLE_FLOAT:
        table_append_float(to, column, table_float_at(from, column, at));
        break;
    case TABLE_LIST_STRING:
        copy_strings(to, from, column, at);
        break;
    case TABLE_LIST_FLOAT:
        table_append_floats(to, column, table_list_floats_at(from, column, at), table_list_size(from, column, at));
        break;
    default:
        to->failed = LETHE_E_TABLE_SCHEMA;
    }
}

/* The items of a list column among the sorted items. */
static void append_list(table_batch *to, size_t column, record_column list, const record_released *released)
{
    base_span names[RECORD_ROW_ITEMS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < released->item_count && count < RECORD_ROW_ITEMS_MAX; i++)
        if (clinical_item_column(released->items[i]) == list)
            names[count++] = base_span_of(clinical_item_name(released->items[i]));
    table_append_strings(to, column, names, count);
}

/* The values that follow from the items; false: the column is none of them. */
static bool append_changed(const writing *w, size_t column)
{
    const changed_row *changed = &w->changed;
    for (int list = 0; list < RECORD_COLUMN_COUNT; list++)
        if (column == w->reader.lists[list]) {
            append_list(w->batch, column, (record_column)list, &changed->released);
            return true;
        }
    if (column == w->comorbidity)
        table_append_string(w->batch, column, base_span_of(changed->released.comorbidity));
    else if (column == w->vector)
        table_append_floats(w->batch, column, changed->vector, EMBED_DIMENSIONS);
    else if (column == w->ready)
        table_append_bool(w->batch, column, changed->not_ready_reason == NULL);
    else if (column == w->reason && changed->not_ready_reason != NULL)
        table_append_string(w->batch, column, base_span_of(changed->not_ready_reason));
    else if (column == w->reason)
        table_append_null(w->batch, column);
    else
        return false;
    return true;
}

static int flush(writing *w, lethe_error *error)
{
    BASE_TRY(table_batch_check(w->batch, error));
    BASE_TRY(engine_split_file_append(w->file, w->batch, error));
    table_batch_reset(w->batch);
    return 0;
}

static int write_row(writing *w, const table_batch *batch, size_t at, lethe_error *error)
{
    engine_apply *apply = &w->erasure->apply;
    bool changed = false;
    BASE_TRY(find_person(w, table_string_at(batch, w->reader.anonymous_id, at), error));
    BASE_TRY(change_row(w, batch, at, &changed, error));
    for (size_t column = 0; column < w->schema.count; column++)
        if (!changed || !append_changed(w, column))
            copy_value(w->batch, batch, column, at);
    w->erasure->result.visits_changed += changed;
    apply->split_rows[w->split]++;
    apply->ready_rows += changed ? w->changed.not_ready_reason == NULL : table_bool_at(batch, w->ready, at);
    apply->observed_rows += table_bool_at(batch, w->observed, at);
    return table_batch_rows(w->batch) == BATCH_ROWS ? flush(w, error) : 0;
}

static int end_split(writing *w, lethe_error *error)
{
    if (w->file == NULL)
        return 0;
    BASE_TRY(flush(w, error));
    const int status = engine_split_file_finish(w->file, error);
    engine_split_file_free(w->file);
    w->file = NULL;
    return status;
}

static int begin_split(writing *w, identity_split split, lethe_error *error)
{
    if (w->file != NULL && w->split == split)
        return 0;
    BASE_TRY(end_split(w, error));
    w->split = split;
    w->began = false;
    return engine_split_file_new(w->erasure->apply.folder, &w->erasure->files, split, &w->file, error);
}

static int write_batch(void *context, identity_split split, const table_batch *batch, uint64_t first_row,
                       lethe_error *error)
{
    writing *w = context;
    BASE_TRY(begin_split(w, split, error));
    for (size_t at = 0; at < table_batch_rows(batch); at++) {
        if (w->erasure->rows[w->row++] != ENGINE_ROW_STAYS)
            continue;
        const int status = write_row(w, batch, at, error);
        if (status != 0) {
            base_error_line(error, (int64_t)(first_row + at));
            return status;
        }
    }
    return engine_erase_tell(w->erasure, LETHE_ERASE_WRITING, w->row, w->erasure->row_count, error);
}

static int write_all(writing *w, lethe_error *error)
{
    const engine_batch_visitor visitor = {w, &w->schema, write_batch};
    BASE_TRY(table_batch_new(&w->schema, 0, 0, &w->batch, error));
    BASE_TRY(engine_dataset_batches(w->erasure->dataset, &visitor, error));
    return end_split(w, error);
}

int engine_erase_write(engine_erasure *erasure, lethe_error *error)
{
    writing *w = calloc(1, sizeof(*w));
    if (w == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    w->erasure = erasure;
    w->schema = engine_columns_schema();
    engine_released_reader_init(&w->reader, &erasure->composer, &w->schema);
    w->comorbidity = table_schema_find(&w->schema, "comorbidity");
    w->vector = table_schema_find(&w->schema, "clinical_text_embedding");
    w->ready = table_schema_find(&w->schema, "prediction_ready");
    w->reason = table_schema_find(&w->schema, "not_ready_reason");
    w->observed = table_schema_find(&w->schema, "outcome_observed");
    base_arena_init(&w->arena, ROW_BYTES_MAX);
    const int status = write_all(w, error);
    engine_split_file_free(w->file);
    table_batch_free(w->batch);
    base_arena_done(&w->arena);
    free(w);
    return status;
}

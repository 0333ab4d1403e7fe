/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/columns.h"
#include "engine/dataset.h"

#include <stdlib.h>

/* The rows of the profile files as rows of an index, one row group in memory at a time. */
#define ROW_BYTES_MAX ((size_t)16 << 20)
#define SPLIT_COLUMN  "split"
#define PROGRESS_ROWS 4096

typedef enum column_use { USE_NOT, USE_ONE, USE_LIST } column_use;

/* Ids name the row and its group; the model and the weights are the same everywhere, and the stamp's. */
static column_use use_of(const table_field *field)
{
    switch (field->type) {
    case TABLE_STRING:
        return strcmp(field->name, "anonymous_id") == 0 || strcmp(field->name, "row_id") == 0 ||
                       strcmp(field->name, "embedding_model") == 0
                   ? USE_NOT
                   : USE_ONE;
    case TABLE_INT32:
    case TABLE_BOOL:
        return USE_ONE;
    case TABLE_LIST_STRING:
        return USE_LIST;
    default:
        return USE_NOT;
    }
}

vector_schema engine_dataset_schema(const engine_dataset *dataset, vector_column columns[VECTOR_COLUMNS_MAX])
{
    static const vector_block blocks[] = {{EMBED_MEDICAL_AT, EMBED_MEDICAL_SIZE, 0.8},
                                          {EMBED_DEMOGRAPHIC_AT, EMBED_DEMOGRAPHIC_SIZE, 0.3},
                                          {EMBED_TEMPORAL_AT, EMBED_TEMPORAL_SIZE, 0.5}};
    const table_schema row = engine_columns_schema();
    uint32_t count = 0;
    columns[count++] = (vector_column){SPLIT_COLUMN, false};
    for (size_t i = 0; i < row.count && count < VECTOR_COLUMNS_MAX; i++)
        if (use_of(&row.fields[i]) != USE_NOT)
            columns[count++] = (vector_column){row.fields[i].name, use_of(&row.fields[i]) == USE_LIST};
    return (vector_schema){
        .dimensions = EMBED_DIMENSIONS,
        .block_count = sizeof(blocks) / sizeof(blocks[0]),
        .column_count = count,
        .blocks = blocks,
        .columns = columns,
        .stamp = engine_dataset_stamp(dataset),
    };
}

struct engine_row_reader {
    const char *model_name;
    engine_row_visitor visitor;
    uint64_t rows; /* of all files */
    base_arena arena; /* of one row */
    const char *terms[VECTOR_ROW_TERMS_MAX];
    uint32_t term_count;
    size_t anonymous_id, row_id, snapshot, vector, model; /* columns */
    identity_split split;
    uint64_t done;
};

static int add_term(engine_row_reader *r, const char *column, char mark, base_span value, lethe_error *error)
{
    const size_t size = strlen(column);
    char *term = base_arena_take(&r->arena, size + 1 + value.size + 1);
    if (term == NULL || r->term_count == VECTOR_ROW_TERMS_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    memcpy(term, column, size);
    term[size] = mark;
    if (value.size != 0)
        memcpy(term + size + 1, value.data, value.size);
    r->terms[r->term_count++] = term;
    return 0;
}

static int add_number(engine_row_reader *r, const char *column, int32_t number, lethe_error *error)
{
    char text[16];
    const int size = snprintf(text, sizeof(text), "%d", (int)number);
    return add_term(r, column, '=', (base_span){text, (size_t)size}, error);
}

static int add_column(engine_row_reader *r, const table_batch *batch, size_t column, size_t at, lethe_error *error)
{
    const table_field *field = &batch->schema.fields[column];
    if (use_of(field) == USE_NOT || table_is_null(batch, column, at))
        return 0;
    switch (field->type) {
    case TABLE_STRING:
        return add_term(r, field->name, '=', table_string_at(batch, column, at), error);
    case TABLE_INT32:
        return add_number(r, field->name, table_int32_at(batch, column, at), error);
    case TABLE_BOOL:
        return add_term(r, field->name, '=', table_bool_at(batch, column, at) ? BASE_SPAN("true") : BASE_SPAN("false"),
                        error);
    default:
        break;
    }
    const size_t count = table_list_size(batch, column, at);
    for (size_t i = 0; i < count; i++)
        BASE_TRY(add_term(r, field->name, '~', table_list_string_at(batch, column, at, i), error));
    return 0;
}

static int read_row(engine_row_reader *r, const table_batch *batch, size_t at, lethe_error *error)
{
    base_arena_reset(&r->arena);
    r->term_count = 0;
    const base_span group = base_arena_copy(&r->arena, table_string_at(batch, r->anonymous_id, at));
    const base_span id = base_arena_copy(&r->arena, table_string_at(batch, r->row_id, at));
    const int32_t snapshot = table_int32_at(batch, r->snapshot, at);
    if (group.data == NULL || id.data == NULL)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    if (snapshot < 0 || table_list_size(batch, r->vector, at) != EMBED_DIMENSIONS)
        return base_fail(error, LETHE_E_TABLE_SCHEMA);
    if (!base_span_is(table_string_at(batch, r->model, at), r->model_name)) {
        base_fail(error, LETHE_E_VECTOR_STAMP);
        base_error_path(error, "model");
        return LETHE_E_VECTOR_STAMP;
    }
    BASE_TRY(add_term(r, SPLIT_COLUMN, '=', base_span_of(identity_split_name(r->split)), error));
    for (size_t column = 0; column < batch->schema.count; column++)
        BASE_TRY(add_column(r, batch, column, at, error));
    const vector_row row = {
        .row_id = id.data,
        .group_id = group.data,
        .snapshot = (uint32_t)snapshot,
        .term_count = r->term_count,
        .vector = table_list_floats_at(batch, r->vector, at),
        .terms = r->terms,
    };
    return r->visitor.row(r->visitor.context, &row, error);
}

int engine_row_reader_batch(engine_row_reader *r, identity_split split, const table_batch *batch, uint64_t first_row,
                            lethe_error *error)
{
    const engine_row_visitor *visitor = &r->visitor;
    r->split = split;
    for (size_t at = 0; at < table_batch_rows(batch); at++) {
        const int status = read_row(r, batch, at, error);
        if (status != 0) {
            base_error_line(error, (int64_t)(first_row + at));
            return status;
        }
        if (r->done++ % PROGRESS_ROWS == 0 && visitor->progress != NULL &&
            visitor->progress(visitor->progress_context, r->done, r->rows) != 0)
            return base_fail(error, LETHE_E_BASE_CANCELLED);
    }
    return 0;
}

int engine_row_reader_new(const char *model, const engine_row_visitor *visitor, uint64_t rows,
                          engine_row_reader **ret_reader, lethe_error *error)
{
    const table_schema schema = engine_columns_schema();
    engine_row_reader *r = calloc(1, sizeof(*r));
    if (r == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    r->model_name = model;
    r->visitor = *visitor;
    r->rows = rows;
    r->anonymous_id = table_schema_find(&schema, "anonymous_id");
    r->row_id = table_schema_find(&schema, "row_id");
    r->snapshot = table_schema_find(&schema, "snapshot");
    r->vector = table_schema_find(&schema, "clinical_text_embedding");
    r->model = table_schema_find(&schema, "embedding_model");
    base_arena_init(&r->arena, ROW_BYTES_MAX);
    *ret_reader = r;
    return 0;
}

void engine_row_reader_free(engine_row_reader *r)
{
    if (r == NULL)
        return;
    base_arena_done(&r->arena);
    free(r);
}

static int read_batch(void *context, identity_split split, const table_batch *batch, uint64_t first_row,
                      lethe_error *error)
{
    return engine_row_reader_batch(context, split, batch, first_row, error);
}

int engine_dataset_rows(const engine_dataset *dataset, const engine_row_visitor *visitor, lethe_error *error)
{
    const table_schema schema = engine_columns_schema();
    engine_row_reader *reader = NULL;
    BASE_TRY(engine_row_reader_new(dataset->model, visitor, dataset->rows, &reader, error));
    const engine_batch_visitor batches = {reader, &schema, read_batch};
    const int status = engine_dataset_batches(dataset, &batches, error);
    engine_row_reader_free(reader);
    return status;
}

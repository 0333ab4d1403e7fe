/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/export.h"

#include "json/json_writer.h"

#include <stdlib.h>

/* JSON lines and NumPy: a file a split. */

/* -- jsonl -----------------------------------------------------------------------------------------------------------
 */

#define LINE_MAX_BYTES ((size_t)16 << 20)

typedef struct lines {
    engine_export_files files;
    base_buf line;
} lines;

static int lines_begin(engine_export *e, lethe_error *error)
{
    lines *l = calloc(1, sizeof(*l));
    if (l == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    base_buf_init(&l->line, LINE_MAX_BYTES);
    e->state = l;
    return 0;
}

static void write_float(json_writer *w, float value)
{
    char text[32];
    (void)snprintf(text, sizeof(text), "%.9g", (double)value); /* FLT_DECIMAL_DIG: the same float reads back */
    json_write_raw(w, base_span_of(text));
}

static void write_cell(json_writer *w, const table_batch *batch, size_t column, size_t row)
{
    const size_t count =
        table_type_is_list(batch->schema.fields[column].type) ? table_list_size(batch, column, row) : 0;
    switch (batch->schema.fields[column].type) {
    case TABLE_STRING:
        json_write_string(w, table_string_at(batch, column, row));
        break;
    case TABLE_INT32:
        json_write_int(w, table_int32_at(batch, column, row));
        break;
    case TABLE_BOOL:
        json_write_bool(w, table_bool_at(batch, column, row));
        break;
    case TABLE_FLOAT:
        write_float(w, table_float_at(batch, column, row));
        break;
    case TABLE_LIST_STRING:
        json_write_array(w);
        for (size_t i = 0; i < count; i++)
            json_write_string(w, table_list_string_at(batch, column, row, i));
        json_write_end(w);
        break;
    case TABLE_LIST_FLOAT:
        json_write_array(w);
        for (size_t i = 0; i < count; i++)
            write_float(w, table_list_floats_at(batch, column, row)[i]);
        json_write_end(w);
        break;
    default:
        json_write_null(w);
        break;
    }
}

static int lines_batch(engine_export *e, identity_split split, const table_batch *batch, lethe_error *error)
{
    lines *l = e->state;
    FILE *file = engine_export_file(e, &l->files, split, ".jsonl", error);
    if (file == NULL)
        return LETHE_E_BASE_IO;
    for (size_t row = 0; row < table_batch_rows(batch); row++) {
        base_buf_reset(&l->line);
        json_writer w = json_writer_of(&l->line, false);
        json_write_object(&w);
        for (size_t column = 0; column < batch->schema.count; column++) {
            json_write_key(&w, batch->schema.fields[column].name);
            if (table_is_null(batch, column, row))
                json_write_null(&w);
            else
                write_cell(&w, batch, column, row);
        }
        json_write_end(&w);
        base_buf_byte(&l->line, '\n');
        BASE_TRY(base_buf_check(&l->line, error));
        BASE_TRY(engine_export_write(file, l->line.data, l->line.size, error));
    }
    return 0;
}

static int lines_end(engine_export *e, lethe_error *error)
{
    return engine_export_close(&((lines *)e->state)->files, error);
}

static void lines_free(engine_export *e)
{
    lines *l = e->state;
    if (l == NULL)
        return;
    engine_export_abandon(&l->files);
    base_buf_done(&l->line);
    free(l);
    e->state = NULL;
}

const engine_export_format engine_export_jsonl = {"jsonl", lines_begin, lines_batch, lines_end, lines_free};

/* -- npy -------------------------------------------------------------------------------------------------------------
 */

/* numpy/lib/format.py, version 1.0: magic, u16 length, a Python dict padded with spaces to a multiple of 64. The number
 * of rows is known at the end, so the head has a fixed size and is written again. */
#define HEAD_BYTES 128
#define ID_BYTES   32 /* "visit_" and 26 characters */

typedef struct arrays {
    engine_export_files vectors, ids;
} arrays;

static int arrays_begin(engine_export *e, lethe_error *error)
{
    e->state = calloc(1, sizeof(arrays));
    return e->state != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
}

static int write_head(FILE *file, const char *type, const char *shape, lethe_error *error)
{
    char head[HEAD_BYTES];
    memset(head, ' ', sizeof(head));
    memcpy(head, "\x93NUMPY\x01", 7);
    head[7] = 0;
    head[8] = (char)(HEAD_BYTES - 10);
    head[9] = 0;
    const int size =
        snprintf(head + 10, sizeof(head) - 10, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", type, shape);
    if (size < 0 || (size_t)size >= sizeof(head) - 11)
        return base_fail(error, LETHE_E_BASE_INTERNAL);
    head[10 + size] = ' ';
    head[HEAD_BYTES - 1] = '\n';
    if (fseek(file, 0, SEEK_SET) != 0)
        return base_fail_errno(error, LETHE_E_BASE_IO);
    return engine_export_write(file, head, sizeof(head), error);
}

static int open_array(engine_export *e, engine_export_files *files, identity_split split, const char *suffix,
                      FILE **ret_file, lethe_error *error)
{
    const bool fresh = files->files[split] == NULL;
    *ret_file = engine_export_file(e, files, split, suffix, error);
    if (*ret_file == NULL)
        return LETHE_E_BASE_IO;
    return fresh ? write_head(*ret_file, "<f4", "()", error) : 0;
}

static int arrays_batch(engine_export *e, identity_split split, const table_batch *batch, lethe_error *error)
{
    arrays *a = e->state;
    FILE *vectors = NULL, *ids = NULL;
    const size_t vector = table_schema_find(&batch->schema, "clinical_text_embedding");
    const size_t id = table_schema_find(&batch->schema, "row_id");
    BASE_TRY(open_array(e, &a->vectors, split, ".npy", &vectors, error));
    BASE_TRY(open_array(e, &a->ids, split, ".ids.npy", &ids, error));
    for (size_t row = 0; row < table_batch_rows(batch); row++) {
        char name[ID_BYTES] = {0};
        const base_span text = table_string_at(batch, id, row);
        if (text.size > ID_BYTES || table_list_size(batch, vector, row) != EMBED_DIMENSIONS)
            return base_fail(error, LETHE_E_TABLE_SCHEMA);
        memcpy(name, text.data, text.size);
        BASE_TRY(engine_export_write(vectors, table_list_floats_at(batch, vector, row),
                                     EMBED_DIMENSIONS * sizeof(float), error));
        BASE_TRY(engine_export_write(ids, name, sizeof(name), error));
        a->vectors.rows[split]++;
    }
    return 0;
}

static int arrays_end(engine_export *e, lethe_error *error)
{
    arrays *a = e->state;
    for (int split = 0; split < IDENTITY_SPLIT_COUNT; split++) {
        char shape[48];
        const unsigned long long rows = (unsigned long long)a->vectors.rows[split];
        if (a->vectors.files[split] == NULL)
            continue;
        (void)snprintf(shape, sizeof(shape), "(%llu, %d)", rows, (int)EMBED_DIMENSIONS);
        BASE_TRY(write_head(a->vectors.files[split], "<f4", shape, error));
        (void)snprintf(shape, sizeof(shape), "(%llu,)", rows);
        BASE_TRY(write_head(a->ids.files[split], "|S32", shape, error));
    }
    BASE_TRY(engine_export_close(&a->vectors, error));
    return engine_export_close(&a->ids, error);
}

static void arrays_free(engine_export *e)
{
    arrays *a = e->state;
    if (a == NULL)
        return;
    engine_export_abandon(&a->vectors);
    engine_export_abandon(&a->ids);
    free(a);
    e->state = NULL;
}

const engine_export_format engine_export_npy = {"npy", arrays_begin, arrays_batch, arrays_end, arrays_free};

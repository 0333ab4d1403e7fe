/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/columns.h"
#include "engine/publish.h"
#include "table/parquet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * The design note's one file: all rows in the order of the dataset's files, and their split as a column, since the file
 * has no folder that says it. The bytes are a function of the dataset, so publishing twice is publishing once. They lie
 * in a file without a name while they are sent.
 */
#define COLUMNS_MAX 128

typedef struct writing {
    engine_publish *p;
    table_writer *writer;
    table_batch *out;
    table_field fields[COLUMNS_MAX];
    table_schema schema;
    uint64_t bytes;
} writing;

static int write_bytes(void *context, base_span bytes, lethe_error *error)
{
    writing *w = context;
    w->bytes += bytes.size;
    while (bytes.size != 0) {
        const ssize_t done = write(w->p->note_file, bytes.data, bytes.size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return base_fail_errno(error, LETHE_E_BASE_IO);
        bytes = (base_span){bytes.data + done, bytes.size - (size_t)done};
    }
    return 0;
}

static void copy_cell(table_batch *out, const table_batch *in, size_t column, size_t row)
{
    base_span items[RECORD_ROW_ITEMS_MAX];
    if (table_is_null(in, column, row)) {
        table_append_null(out, column);
        return;
    }
    const size_t count = table_type_is_list(in->schema.fields[column].type) ? table_list_size(in, column, row) : 0;
    switch (in->schema.fields[column].type) {
    case TABLE_STRING:
        table_append_string(out, column, table_string_at(in, column, row));
        break;
    case TABLE_INT32:
        table_append_int32(out, column, table_int32_at(in, column, row));
        break;
    case TABLE_BOOL:
        table_append_bool(out, column, table_bool_at(in, column, row));
        break;
    case TABLE_FLOAT:
        table_append_float(out, column, table_float_at(in, column, row));
        break;
    case TABLE_LIST_FLOAT:
        table_append_floats(out, column, table_list_floats_at(in, column, row), count);
        break;
    case TABLE_LIST_STRING:
        for (size_t i = 0; i < count && i < RECORD_ROW_ITEMS_MAX; i++)
            items[i] = table_list_string_at(in, column, row, i);
        table_append_strings(out, column, items, count < RECORD_ROW_ITEMS_MAX ? count : RECORD_ROW_ITEMS_MAX);
        break;
    default:
        table_append_null(out, column);
        break;
    }
}

static int take_batch(void *context, identity_split split, const table_batch *batch, uint64_t first_row,
                      lethe_error *error)
{
    writing *w = context;
    (void)first_row;
    table_batch_reset(w->out);
    for (size_t row = 0; row < table_batch_rows(batch); row++) {
        for (size_t column = 0; column < batch->schema.count; column++)
            copy_cell(w->out, batch, column, row);
        table_append_string(w->out, batch->schema.count, base_span_of(identity_split_name(split)));
    }
    BASE_TRY(table_batch_check(w->out, error));
    return table_writer_append(w->writer, w->out, error);
}

/* The note's metadata, as far as the manifest says it. */
static size_t metadata_of(const engine_publish *p, char total[24], table_pair pairs[8])
{
    static const char *const names[] = {"dataset_name", "created_at", "anonymization_version", "level"};
    size_t count = 0;
    (void)snprintf(total, 24, "%llu", (unsigned long long)p->dataset->rows);
    pairs[count++] = (table_pair){BASE_SPAN("schema_version"), BASE_SPAN(ENGINE_SCHEMA_VERSION)};
    pairs[count++] = (table_pair){BASE_SPAN("release"), base_span_of(p->release)};
    pairs[count++] = (table_pair){BASE_SPAN("total_profiles"), base_span_of(total)};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const base_span value = json_string(json_get(p->dataset->root, names[i]));
        if (value.data != NULL)
            pairs[count++] = (table_pair){base_span_of(names[i]), value};
    }
    return count;
}

static int write_rows(writing *w, lethe_error *error)
{
    const table_schema columns = engine_columns_schema();
    const engine_batch_visitor visitor = {w, &columns, take_batch};
    const table_sink sink = {w, write_bytes};
    table_pair pairs[8];
    char total[24];
    if (columns.count + 1 > COLUMNS_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    memcpy(w->fields, columns.fields, columns.count * sizeof(w->fields[0]));
    w->fields[columns.count] = (table_field){"split", TABLE_STRING, false};
    w->schema = (table_schema){w->fields, columns.count + 1};
    BASE_TRY(table_batch_new(&w->schema, 0, 0, &w->out, error));
    BASE_TRY(table_writer_open(&w->schema, pairs, metadata_of(w->p, total, pairs), sink, NULL, &w->writer, error));
    BASE_TRY(engine_dataset_batches(w->p->dataset, &visitor, error));
    return table_writer_close(&w->writer, error);
}

static int open_unnamed(engine_publish *p, lethe_error *error)
{
    const char *folder = publish_environment("TMPDIR");
    p->note_file = open(folder != NULL ? folder : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (p->note_file >= 0)
        return 0;
    base_fail_errno(error, LETHE_E_BASE_IO);
    base_error_file(error, folder != NULL ? folder : "/tmp");
    return LETHE_E_BASE_IO;
}

static int add(engine_publish *p, uint64_t size, lethe_error *error)
{
    char key[PUBLISH_KEY_MAX + 1];
    uint8_t digest[32];
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, p->note_file, 0);
    if (bytes == MAP_FAILED)
        return base_fail_errno(error, LETHE_E_BASE_IO);
    const base_span span = {bytes, size};
    int status = crypt_sha256(span, digest, error);
    (void)snprintf(key, sizeof(key), "%.980sanonymized_profiles.parquet", p->data);
    if (status == 0)
        status = engine_publish_add_file(p, key, engine_publish_type(key), span, digest, error);
    if (status != 0)
        (void)munmap(bytes, size);
    else
        p->files[p->file_count - 1].object.replace = true; /* another release of the same day */
    (void)snprintf(p->result->key, sizeof(p->result->key), "%s", key);
    return status;
}

int engine_publish_note_file(engine_publish *p, lethe_error *error)
{
    BASE_TRY(open_unnamed(p, error));
    writing *w = calloc(1, sizeof(*w));
    if (w == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    w->p = p;
    int status = write_rows(w, error);
    const uint64_t bytes = w->bytes;
    table_writer_free(w->writer);
    table_batch_free(w->out);
    free(w);
    return status != 0 ? status : add(p, bytes, error);
}

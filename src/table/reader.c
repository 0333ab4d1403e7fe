/* SPDX-License-Identifier: Apache-2.0 */
#include "table/chunk_read.h"
#include "table/format.h"

#include <stdlib.h>

#define PAGE_BYTES_DEFAULT ((size_t)256 << 20)
#define GROUP_BYTES_DEFAULT ((size_t)2 << 30)
#define FOOTER_BYTES_DEFAULT ((size_t)64 << 20)
#define TAIL_SIZE (sizeof(uint32_t) + PARQUET_MAGIC_SIZE)
/* What the footer says takes less than this many times its bytes in memory, or it is not what our writer makes. */
#define FOOTER_GROWTH_MAX 16

struct table_reader {
    base_arena arena;
    table_footer footer;
    table_chunk_reader chunk;
};

/* The footer's bytes and where it begins. The length is the file's word, so it is compared with what is there. */
static int find_footer(base_span file, size_t max_bytes, base_span *ret_footer, lethe_error *error)
{
    const base_span magic = BASE_SPAN(PARQUET_MAGIC);
    if (file.size < magic.size + TAIL_SIZE || !base_span_starts(file, magic) ||
        memcmp(file.data + file.size - magic.size, magic.data, magic.size) != 0)
        return base_fail_at(error, LETHE_E_TABLE_FORMAT, 0);
    base_cursor tail = base_cursor_of((base_span){file.data + file.size - TAIL_SIZE, sizeof(uint32_t)});
    const size_t size = base_cursor_u32(&tail);
    if (size > file.size - magic.size - TAIL_SIZE)
        return base_fail_at(error, LETHE_E_TABLE_DAMAGED, file.size - TAIL_SIZE);
    if (size > max_bytes)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    *ret_footer = (base_span){file.data + file.size - TAIL_SIZE - size, size};
    return 0;
}

static void init_chunk_reader(table_chunk_reader *chunk, base_span file, const table_reader_limits *limits)
{
    chunk->file = file;
    chunk->max_page_bytes = limits->max_page_bytes != 0 ? limits->max_page_bytes : PAGE_BYTES_DEFAULT;
    chunk->max_group_bytes = limits->max_group_bytes != 0 ? limits->max_group_bytes : GROUP_BYTES_DEFAULT;
    chunk->strict = !limits->ignore_checksums;
    base_buf_init(&chunk->body, chunk->max_page_bytes + 1);
    base_buf_init(&chunk->dictionary, chunk->max_page_bytes + 1);
    base_buf_init(&chunk->starts, chunk->max_page_bytes + 1);
}

int table_reader_open(base_span file, const table_reader_limits *limits, table_reader **ret_reader, lethe_error *error)
{
    static const table_reader_limits defaults = {0};
    base_span footer;
    limits = limits != NULL ? limits : &defaults;
    const size_t max_footer = limits->max_footer_bytes != 0 ? limits->max_footer_bytes : FOOTER_BYTES_DEFAULT;
    BASE_TRY(find_footer(file, max_footer, &footer, error));
    table_reader *reader = calloc(1, sizeof(*reader));
    if (reader == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    base_arena_init(&reader->arena, footer.size * FOOTER_GROWTH_MAX + ((size_t)1 << 20));
    init_chunk_reader(&reader->chunk, file, limits);
    reader->chunk.zstd = ZSTD_createDCtx();
    const uint64_t data_end = (uint64_t)(footer.data - file.data);
    int status = reader->chunk.zstd != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
    if (status == 0)
        status = table_footer_read(footer, data_end, reader->chunk.strict, &reader->arena, &reader->footer, error);
    if (status != 0) {
        table_reader_free(reader);
        return status;
    }
    *ret_reader = reader;
    return 0;
}

void table_reader_free(table_reader *reader)
{
    if (reader == NULL)
        return;
    base_buf_done(&reader->chunk.body);
    base_buf_done(&reader->chunk.dictionary);
    base_buf_done(&reader->chunk.starts);
    ZSTD_freeDCtx(reader->chunk.zstd);
    base_arena_done(&reader->arena);
    free(reader);
}

const table_schema *table_reader_schema(const table_reader *reader)
{
    return &reader->footer.schema;
}

uint64_t table_reader_rows(const table_reader *reader)
{
    return reader->footer.rows;
}

size_t table_reader_groups(const table_reader *reader)
{
    return reader->footer.group_count;
}

size_t table_reader_group_rows(const table_reader *reader, size_t group)
{
    return group < reader->footer.group_count ? (size_t)reader->footer.groups[group].rows : 0;
}

size_t table_reader_metadata(const table_reader *reader, const table_pair **ret_pairs)
{
    *ret_pairs = reader->footer.pairs;
    return reader->footer.pair_count;
}

bool table_reader_find(const table_reader *reader, const char *key, base_span *ret_value)
{
    for (size_t i = 0; i < reader->footer.pair_count; i++) {
        if (!base_span_is(reader->footer.pairs[i].key, key))
            continue;
        *ret_value = reader->footer.pairs[i].value;
        return true;
    }
    return false;
}

/* The file's column for each of the batch, or the failure. */
static int check_columns(const table_reader *reader, const table_batch *batch, lethe_error *error)
{
    const table_schema *schema = &reader->footer.schema;
    for (size_t i = 0; i < batch->schema.count; i++) {
        const table_field *wanted = &batch->schema.fields[i];
        const size_t at = table_schema_find(schema, wanted->name);
        if (at < schema->count && schema->fields[at].type == wanted->type &&
            schema->fields[at].nullable == wanted->nullable)
            continue;
        base_fail(error, LETHE_E_TABLE_SCHEMA);
        base_error_path(error, wanted->name);
        return LETHE_E_TABLE_SCHEMA;
    }
    return 0;
}

int table_reader_read_group(table_reader *reader, size_t group, table_batch *batch, lethe_error *error)
{
    if (group >= reader->footer.group_count)
        return base_fail(error, LETHE_E_BASE_NOT_FOUND);
    BASE_TRY(table_batch_check(batch, error));
    BASE_TRY(check_columns(reader, batch, error));
    const table_group_info *info = &reader->footer.groups[group];
    reader->chunk.batch = batch;
    reader->chunk.error = error;
    for (size_t i = 0; i < batch->schema.count; i++) {
        const size_t at = table_schema_find(&reader->footer.schema, batch->schema.fields[i].name);
        const int status = table_chunk_read(&reader->chunk, &info->chunks[at], (size_t)info->rows, &batch->columns[i]);
        if (status == 0)
            continue;
        base_error_path(error, batch->schema.fields[i].name);
        return status;
    }
    return 0;
}

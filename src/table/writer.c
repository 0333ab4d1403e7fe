/* SPDX-License-Identifier: Apache-2.0 */
#include "table/footer_write.h"
#include "table/utf8.h"

#include <stdlib.h>

struct table_writer {
    table_schema schema;
    table_sink sink;
    uint32_t row_group_rows;
    table_codec codec;
    table_chunk *chunks;
    table_pair *metadata;
    base_buf metadata_bytes;
    size_t metadata_count;
    base_buf groups; /* the footer's element of every group that is written */
    uint32_t group_count;
    size_t group_rows; /* of the group at hand */
    uint64_t rows, offset;
    int failed;
};

/* Copies the pairs into one buffer; views are taken when it has stopped growing. */
static int copy_metadata(table_writer *writer, const table_pair *pairs, size_t count, lethe_error *error)
{
    if (count > TABLE_METADATA_PAIRS_MAX)
        return base_fail(error, LETHE_E_TABLE_SCHEMA);
    base_buf *bytes = &writer->metadata_bytes;
    for (size_t i = 0; i < count; i++) {
        if (pairs[i].key.size == 0 || !table_utf8_valid(pairs[i].key) || !table_utf8_valid(pairs[i].value) ||
            base_span_is(pairs[i].key, PARQUET_CHECKSUM_KEY))
            return base_fail(error, LETHE_E_TABLE_SCHEMA);
        base_buf_span(bytes, pairs[i].key);
        base_buf_span(bytes, pairs[i].value);
    }
    BASE_TRY(base_buf_check(bytes, error));
    writer->metadata = calloc(count + 1, sizeof(*writer->metadata));
    if (writer->metadata == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    const char *at = bytes->data;
    for (size_t i = 0; i < count; i++) {
        writer->metadata[i].key = (base_span){at, pairs[i].key.size};
        writer->metadata[i].value = (base_span){at + pairs[i].key.size, pairs[i].value.size};
        at += pairs[i].key.size + pairs[i].value.size;
    }
    writer->metadata_count = count;
    return 0;
}

static int write_bytes(table_writer *writer, base_span bytes, lethe_error *error)
{
    if (bytes.size == 0)
        return 0;
    BASE_TRY(writer->sink.write(writer->sink.context, bytes, error));
    writer->offset += bytes.size;
    return 0;
}

static int check_options(const table_writer_options *options, lethe_error *error)
{
    if (options->row_group_rows > TABLE_ROW_GROUP_ROWS_MAX || options->page_bytes > TABLE_PAGE_BYTES_MAX ||
        options->zstd_level < 0 || options->zstd_level > TABLE_ZSTD_LEVEL_MAX)
        return base_fail(error, LETHE_E_TABLE_SCHEMA);
    return 0;
}

static int open_parts(table_writer *writer, const table_schema *schema, const table_writer_options *options,
                      lethe_error *error)
{
    const int level = options->zstd_level != 0 ? options->zstd_level : TABLE_ZSTD_LEVEL_DEFAULT;
    const size_t page_bytes = options->page_bytes != 0 ? options->page_bytes : TABLE_PAGE_BYTES_DEFAULT;
    writer->row_group_rows = options->row_group_rows != 0 ? options->row_group_rows : TABLE_ROW_GROUP_ROWS_DEFAULT;
    BASE_TRY(table_codec_init(&writer->codec, level, page_bytes, error));
    BASE_TRY(table_schema_copy(schema, &writer->schema, error));
    writer->chunks = calloc(schema->count, sizeof(*writer->chunks));
    if (writer->chunks == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < schema->count; i++)
        table_chunk_init(&writer->chunks[i], &writer->schema.fields[i], &writer->codec);
    return write_bytes(writer, BASE_SPAN(PARQUET_MAGIC), error);
}

int table_writer_open(const table_schema *schema, const table_pair *metadata, size_t metadata_count, table_sink sink,
                      const table_writer_options *options, table_writer **ret_writer, lethe_error *error)
{
    static const table_writer_options defaults = {0};
    options = options != NULL ? options : &defaults;
    BASE_TRY(check_options(options, error));
    table_writer *writer = calloc(1, sizeof(*writer));
    if (writer == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    writer->sink = sink;
    base_buf_init(&writer->metadata_bytes, TABLE_METADATA_BYTES_MAX);
    base_buf_init(&writer->groups, TABLE_FOOTER_BYTES_MAX);
    int status = copy_metadata(writer, metadata, metadata_count, error);
    if (status == 0)
        status = open_parts(writer, schema, options, error);
    if (status != 0) {
        table_writer_free(writer);
        return status;
    }
    *ret_writer = writer;
    return 0;
}

void table_writer_free(table_writer *writer)
{
    if (writer == NULL)
        return;
    for (size_t i = 0; writer->chunks != NULL && i < writer->schema.count; i++)
        table_chunk_done(&writer->chunks[i]);
    free(writer->chunks);
    free(writer->metadata);
    table_codec_done(&writer->codec);
    base_buf_done(&writer->metadata_bytes);
    base_buf_done(&writer->groups);
    table_schema_free(&writer->schema);
    free(writer);
}

static int end_group(table_writer *writer, lethe_error *error)
{
    if (writer->group_rows == 0)
        return 0;
    const uint64_t offset = writer->offset;
    for (size_t i = 0; i < writer->schema.count; i++) {
        BASE_TRY(table_chunk_finish(&writer->chunks[i], error));
        BASE_TRY(write_bytes(writer, base_buf_view(&writer->chunks[i].first), error));
        BASE_TRY(write_bytes(writer, base_buf_view(&writer->chunks[i].pages), error));
    }
    table_footer_put_group(&writer->schema, writer->chunks, writer->group_rows, offset, writer->group_count,
                           &writer->groups);
    BASE_TRY(base_buf_check(&writer->groups, error));
    for (size_t i = 0; i < writer->schema.count; i++)
        table_chunk_reset(&writer->chunks[i]);
    writer->group_count++;
    writer->rows += writer->group_rows;
    writer->group_rows = 0;
    return 0;
}

static int append_rows(table_writer *writer, const table_batch *batch, lethe_error *error)
{
    const size_t rows = table_batch_rows(batch);
    size_t from = 0;
    while (from < rows) {
        const size_t left = writer->row_group_rows - writer->group_rows;
        const size_t to = rows - from < left ? rows : from + left;
        for (size_t i = 0; i < writer->schema.count; i++)
            table_chunk_append(&writer->chunks[i], &batch->columns[i], from, to);
        writer->group_rows += to - from;
        from = to;
        if (writer->group_rows == writer->row_group_rows)
            BASE_TRY(end_group(writer, error));
    }
    return 0;
}

int table_writer_append(table_writer *writer, const table_batch *batch, lethe_error *error)
{
    if (writer->failed != 0)
        return base_fail(error, writer->failed);
    BASE_TRY(table_batch_check(batch, error));
    if (!table_schema_equal(&batch->schema, &writer->schema))
        return base_fail(error, LETHE_E_TABLE_SCHEMA);
    return writer->failed = append_rows(writer, batch, error);
}

static int write_footer(table_writer *writer, lethe_error *error)
{
    const table_footer_parts parts = {
        .schema = &writer->schema,
        .metadata = writer->metadata,
        .metadata_count = writer->metadata_count,
        .rows = writer->rows,
        .group_count = writer->group_count,
        .groups = base_buf_view(&writer->groups),
    };
    base_buf footer;
    base_buf_init(&footer, TABLE_FOOTER_BYTES_MAX);
    table_footer_put_file(&parts, &footer);
    int status = base_buf_check(&footer, error);
    if (status == 0)
        status = write_bytes(writer, base_buf_view(&footer), error);
    base_buf_done(&footer);
    return status;
}

int table_writer_close(table_writer **writer, lethe_error *error)
{
    table_writer *open = *writer;
    *writer = NULL;
    int status = open->failed != 0 ? base_fail(error, open->failed) : end_group(open, error);
    if (status == 0)
        status = write_footer(open, error);
    table_writer_free(open);
    return status;
}

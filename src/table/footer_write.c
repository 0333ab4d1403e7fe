/* SPDX-License-Identifier: Apache-2.0 */
#include "table/footer_write.h"
#include "table/crc.h"

#include <stdio.h>

static void put_path(thrift_writer *writer, const table_field *field)
{
    const bool list = table_type_is_list(field->type);
    thrift_put_list(writer, 3, THRIFT_BINARY, list ? 3 : 1);
    thrift_item_binary(writer, base_span_of(field->name));
    if (!list)
        return;
    thrift_item_binary(writer, BASE_SPAN("list"));
    thrift_item_binary(writer, BASE_SPAN("element"));
}

static void put_encodings(thrift_writer *writer, const table_chunk *chunk)
{
    const bool levels = table_type_is_list(chunk->type) || chunk->nullable;
    const bool dictionary = chunk->dictionary_pages != 0;
    thrift_put_list(writer, 2, THRIFT_I32, 1u + (levels ? 1u : 0u) + (dictionary ? 1u : 0u));
    thrift_item_i32(writer, PARQUET_PLAIN); /* of a page, or of the dictionary */
    if (levels)
        thrift_item_i32(writer, PARQUET_RLE);
    if (dictionary)
        thrift_item_i32(writer, PARQUET_RLE_DICTIONARY);
}

static void put_encoding_count(thrift_writer *writer, int32_t kind, int32_t encoding, uint32_t count)
{
    if (count == 0)
        return;
    thrift_begin(writer);
    thrift_put_i32(writer, 1, kind);
    thrift_put_i32(writer, 2, encoding);
    thrift_put_i32(writer, 3, (int32_t)count);
    thrift_end(writer);
}

static void put_encoding_counts(thrift_writer *writer, const table_chunk *chunk)
{
    const uint32_t plain = chunk->plain_pages, ids = chunk->dictionary_pages;
    thrift_put_list(writer, 13, THRIFT_STRUCT, (ids != 0 ? 2u : 0u) + (plain != 0 ? 1u : 0u));
    put_encoding_count(writer, PARQUET_DICTIONARY_PAGE, PARQUET_PLAIN, ids != 0 ? 1 : 0);
    put_encoding_count(writer, PARQUET_DATA_PAGE, PARQUET_PLAIN, plain);
    put_encoding_count(writer, PARQUET_DATA_PAGE, PARQUET_RLE_DICTIONARY, ids);
}

static void put_chunk(thrift_writer *writer, const table_field *field, const table_chunk *chunk, uint64_t offset)
{
    thrift_begin(writer);
    thrift_put_i64(writer, 2, 0); /* file_offset: 0, since no copy of the metadata stands outside the footer */
    thrift_put_struct(writer, 3);
    thrift_put_i32(writer, 1, parquet_physical_type(field->type));
    put_encodings(writer, chunk);
    put_path(writer, field);
    thrift_put_i32(writer, 4, PARQUET_ZSTD);
    thrift_put_i64(writer, 5, (int64_t)chunk->total_entries);
    thrift_put_i64(writer, 6, (int64_t)chunk->uncompressed_bytes);
    thrift_put_i64(writer, 7, (int64_t)(chunk->first.size + chunk->pages.size));
    thrift_put_i64(writer, 9, (int64_t)(offset + chunk->first.size));
    if (chunk->dictionary_pages != 0)
        thrift_put_i64(writer, 11, (int64_t)offset);
    table_stats_put(&chunk->stats, writer, 12);
    put_encoding_counts(writer, chunk);
    thrift_end(writer);
    thrift_end(writer);
}

void table_footer_put_group(const table_schema *schema, const table_chunk *chunks, size_t rows, uint64_t offset,
                            uint32_t ordinal, base_buf *to)
{
    thrift_writer writer = thrift_writer_of(to);
    uint64_t at = offset, uncompressed = 0;
    thrift_begin(&writer);
    thrift_put_list(&writer, 1, THRIFT_STRUCT, schema->count);
    for (size_t i = 0; i < schema->count; i++) {
        put_chunk(&writer, &schema->fields[i], &chunks[i], at);
        at += chunks[i].first.size + chunks[i].pages.size;
        uncompressed += chunks[i].uncompressed_bytes;
    }
    thrift_put_i64(&writer, 2, (int64_t)uncompressed);
    thrift_put_i64(&writer, 3, (int64_t)rows);
    thrift_put_i64(&writer, 5, (int64_t)offset);
    thrift_put_i64(&writer, 6, (int64_t)(at - offset));
    if (ordinal <= INT16_MAX)
        thrift_put_i16(&writer, 7, (int16_t)ordinal);
    thrift_end(&writer);
}

static void put_logical(thrift_writer *writer, int32_t converted, int logical)
{
    thrift_put_i32(writer, 6, converted);
    thrift_put_struct(writer, 10);
    thrift_put_struct(writer, logical);
    thrift_end(writer);
    thrift_end(writer);
}

/* LogicalTypes.md: TIMESTAMP(isAdjustedToUTC = false, unit = MICROS) has no older annotation. */
static void put_timestamp(thrift_writer *writer)
{
    thrift_put_struct(writer, 10);
    thrift_put_struct(writer, PARQUET_LOGICAL_TIMESTAMP);
    thrift_put_bool(writer, 1, false);
    thrift_put_struct(writer, 2);
    thrift_put_struct(writer, PARQUET_UNIT_MICROS);
    for (int i = 0; i < 4; i++)
        thrift_end(writer);
}

static void put_leaf(thrift_writer *writer, table_type type, bool timestamp, int32_t repetition, const char *name)
{
    thrift_begin(writer);
    thrift_put_i32(writer, 1, parquet_physical_type(type));
    thrift_put_i32(writer, 3, repetition);
    thrift_put_binary(writer, 4, base_span_of(name));
    if (table_type_is_text(type))
        put_logical(writer, PARQUET_UTF8, PARQUET_LOGICAL_STRING);
    if (timestamp && type == TABLE_INT64)
        put_timestamp(writer);
    thrift_end(writer);
}

/* LogicalTypes.md, Lists: <name> (LIST) { repeated group list { required <type> element; } } */
static void put_list_field(thrift_writer *writer, const table_field *field, int32_t repetition)
{
    thrift_begin(writer);
    thrift_put_i32(writer, 3, repetition);
    thrift_put_binary(writer, 4, base_span_of(field->name));
    thrift_put_i32(writer, 5, 1);
    put_logical(writer, PARQUET_LIST, PARQUET_LOGICAL_LIST);
    thrift_end(writer);
    thrift_begin(writer);
    thrift_put_i32(writer, 3, PARQUET_REPEATED);
    thrift_put_binary(writer, 4, BASE_SPAN("list"));
    thrift_put_i32(writer, 5, 1);
    thrift_end(writer);
    put_leaf(writer, field->type, false, PARQUET_REQUIRED, "element");
}

static void put_schema(thrift_writer *writer, const table_schema *schema)
{
    size_t count = 1;
    for (size_t i = 0; i < schema->count; i++)
        count += table_type_is_list(schema->fields[i].type) ? 3 : 1;
    thrift_put_list(writer, 2, THRIFT_STRUCT, count);
    thrift_begin(writer);
    thrift_put_binary(writer, 4, BASE_SPAN("schema"));
    thrift_put_i32(writer, 5, (int32_t)schema->count);
    thrift_end(writer);
    for (size_t i = 0; i < schema->count; i++) {
        const table_field *field = &schema->fields[i];
        const int32_t repetition = field->nullable ? PARQUET_OPTIONAL : PARQUET_REQUIRED;
        if (table_type_is_list(field->type))
            put_list_field(writer, field, repetition);
        else
            put_leaf(writer, field->type, field->timestamp, repetition, field->name);
    }
}

static void put_pair(thrift_writer *writer, base_span key, base_span value)
{
    thrift_begin(writer);
    thrift_put_binary(writer, 1, key);
    thrift_put_binary(writer, 2, value);
    thrift_end(writer);
}

/* The caller's pairs, then the checksum with zeroes in its place, which is at *ret_digits_at of the buffer. */
static void put_metadata(thrift_writer *writer, const table_footer_parts *parts, size_t *ret_digits_at)
{
    thrift_put_list(writer, 5, THRIFT_STRUCT, parts->metadata_count + 1);
    for (size_t i = 0; i < parts->metadata_count; i++)
        put_pair(writer, parts->metadata[i].key, parts->metadata[i].value);
    put_pair(writer, BASE_SPAN(PARQUET_CHECKSUM_KEY), BASE_SPAN("00000000"));
    *ret_digits_at = writer->to->size - PARQUET_CHECKSUM_DIGITS - 1; /* before the stop byte of the pair */
}

void table_footer_put_file(const table_footer_parts *parts, base_buf *to)
{
    const size_t start = to->size;
    size_t digits_at = 0;
    thrift_writer writer = thrift_writer_of(to);
    thrift_put_i32(&writer, 1, 1); /* version: "writers should always populate 1" */
    put_schema(&writer, parts->schema);
    thrift_put_i64(&writer, 3, (int64_t)parts->rows);
    thrift_put_list(&writer, 4, THRIFT_STRUCT, parts->group_count);
    base_buf_span(to, parts->groups);
    put_metadata(&writer, parts, &digits_at);
    thrift_put_binary(&writer, 6, BASE_SPAN(PARQUET_CREATED_BY));
    thrift_put_list(&writer, 7, THRIFT_STRUCT, parts->schema->count);
    for (size_t i = 0; i < parts->schema->count; i++) {
        thrift_begin(&writer);
        thrift_put_struct(&writer, 1); /* TYPE_ORDER */
        thrift_end(&writer);
        thrift_end(&writer);
    }
    thrift_end(&writer);
    if (to->failed != 0)
        return;
    const uint32_t length = (uint32_t)(to->size - start);
    char digits[PARQUET_CHECKSUM_DIGITS + 1];
    (void)snprintf(digits, sizeof(digits), "%08x", (unsigned)table_crc32(0, (base_span){to->data + start, length}));
    memcpy(to->data + digits_at, digits, PARQUET_CHECKSUM_DIGITS);
    base_buf_u32(to, length);
    base_buf_text(to, PARQUET_MAGIC);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "table/footer_read.h"
#include "table/crc.h"
#include "table/format.h"

#include <stdio.h>

/* What goes through the parse: the first failure is kept. */
typedef struct footer_reader {
    thrift_reader in;
    base_arena *arena;
    table_footer *footer;
    uint64_t data_end;
    uint64_t next_offset; /* where the next chunk begins, when strict */
    bool strict;
    lethe_error *error;
} footer_reader;

/* What a chunk claims, before it is believed. */
typedef struct chunk_claim {
    table_chunk_info info;
    int32_t type, codec;
    int64_t entries, unpacked, packed, data_offset, dictionary_offset;
    bool path_fits;
} chunk_claim;

static int damaged(const footer_reader *reader)
{
    return base_fail_at(reader->error, LETHE_E_TABLE_DAMAGED, (size_t)reader->data_end + reader->in.in.at);
}

static int not_ours(const footer_reader *reader)
{
    return base_fail_at(reader->error, LETHE_E_TABLE_FORMAT, (size_t)reader->data_end + reader->in.in.at);
}

static bool read_path(thrift_reader *in, thrift_type type, const table_field *field)
{
    static const char *const under_list[] = {"list", "element"};
    const size_t count = thrift_list(in, type, THRIFT_BINARY);
    bool fits = count == (table_type_is_list(field->type) ? 3 : 1);
    for (size_t i = 0; i < count && !in->in.failed; i++) {
        const base_span name = thrift_binary(in, THRIFT_BINARY);
        fits = fits && base_span_is(name, i == 0 ? field->name : under_list[i - 1]);
    }
    return fits;
}

static void read_statistics(thrift_reader *in, thrift_type type, table_chunk_info *info)
{
    bool has_min = false, has_max = false;
    int id;
    if (type != THRIFT_STRUCT)
        in->in.failed = true;
    thrift_enter(in);
    while (thrift_field(in, &id, &type)) {
        if (id == 3) {
            info->null_count = thrift_i64(in, type);
            info->has_null_count = true;
        } else if (id == 5) {
            info->max = thrift_binary(in, type);
            has_max = true;
        } else if (id == 6) {
            info->min = thrift_binary(in, type);
            has_min = true;
        } else if (id == 9) {
            info->nan_count = thrift_i64(in, type);
            info->has_nan_count = true;
        } else {
            thrift_skip(in, type);
        }
    }
    thrift_leave(in);
    info->has_bounds = has_min && has_max;
}

static void read_encoding_count(thrift_reader *in, table_chunk_info *info)
{
    int32_t kind = -1, encoding = -1, count = 0;
    int id;
    thrift_type type;
    thrift_enter(in);
    while (thrift_field(in, &id, &type)) {
        if (id == 1)
            kind = thrift_i32(in, type);
        else if (id == 2)
            encoding = thrift_i32(in, type);
        else if (id == 3)
            count = thrift_i32(in, type);
        else
            thrift_skip(in, type);
    }
    thrift_leave(in);
    if (count < 0)
        in->in.failed = true;
    else if (kind == PARQUET_DATA_PAGE && encoding == PARQUET_PLAIN)
        info->plain_pages = (uint32_t)count;
    else if (kind == PARQUET_DATA_PAGE && encoding == PARQUET_RLE_DICTIONARY)
        info->id_pages = (uint32_t)count;
}

static void read_encoding_counts(thrift_reader *in, thrift_type type, table_chunk_info *info)
{
    const size_t count = thrift_list(in, type, THRIFT_STRUCT);
    for (size_t i = 0; i < count && !in->in.failed; i++)
        read_encoding_count(in, info);
}

static void read_column_metadata(thrift_reader *in, thrift_type type, const table_field *field, chunk_claim *claim)
{
    int id;
    if (type != THRIFT_STRUCT)
        in->in.failed = true;
    thrift_enter(in);
    while (thrift_field(in, &id, &type)) {
        if (id == 1)
            claim->type = thrift_i32(in, type);
        else if (id == 3)
            claim->path_fits = read_path(in, type, field);
        else if (id == 4)
            claim->codec = thrift_i32(in, type);
        else if (id == 5)
            claim->entries = thrift_i64(in, type);
        else if (id == 6)
            claim->unpacked = thrift_i64(in, type);
        else if (id == 7)
            claim->packed = thrift_i64(in, type);
        else if (id == 9)
            claim->data_offset = thrift_i64(in, type);
        else if (id == 11)
            claim->dictionary_offset = thrift_i64(in, type);
        else if (id == 12)
            read_statistics(in, type, &claim->info);
        else if (id == 13)
            read_encoding_counts(in, type, &claim->info);
        else
            thrift_skip(in, type);
    }
    thrift_leave(in);
}

/* Turns claims into a range of the file that holds. */
static int check_chunk(footer_reader *reader, const table_field *field, const chunk_claim *claim,
                       table_chunk_info *ret_info)
{
    if (reader->in.in.failed || claim->type != parquet_physical_type(field->type) || !claim->path_fits)
        return damaged(reader);
    if (claim->codec != PARQUET_ZSTD)
        return not_ours(reader);
    const bool dictionary = claim->dictionary_offset > 0;
    const int64_t offset = dictionary ? claim->dictionary_offset : claim->data_offset;
    const int64_t end = (int64_t)reader->data_end;
    if (claim->entries < 0 || claim->unpacked < 0 || claim->packed <= 0 || claim->data_offset < offset ||
        offset < PARQUET_MAGIC_SIZE || offset > end || claim->packed > end - offset ||
        claim->data_offset - offset > claim->packed)
        return damaged(reader);
    if (reader->strict && (uint64_t)offset != reader->next_offset)
        return damaged(reader);
    reader->next_offset = (uint64_t)(offset + claim->packed);
    *ret_info = claim->info;
    ret_info->offset = (uint64_t)offset;
    ret_info->packed_bytes = (uint64_t)claim->packed;
    ret_info->unpacked_bytes = (uint64_t)claim->unpacked;
    ret_info->entries = (uint64_t)claim->entries;
    ret_info->has_dictionary = dictionary;
    return 0;
}

static int read_chunk(footer_reader *reader, const table_field *field, table_chunk_info *ret_info)
{
    chunk_claim claim = {.type = -1, .codec = -1, .entries = -1, .unpacked = -1, .packed = -1, .data_offset = -1};
    thrift_reader *in = &reader->in;
    bool elsewhere = false;
    int id;
    thrift_type type;
    thrift_enter(in);
    while (thrift_field(in, &id, &type)) {
        if (id == 3) {
            read_column_metadata(in, type, field, &claim);
        } else {
            elsewhere = elsewhere || id == 1 || id == 8 || id == 9; /* another file, or encrypted */
            thrift_skip(in, type);
        }
    }
    thrift_leave(in);
    if (elsewhere && !in->in.failed)
        return not_ours(reader);
    return check_chunk(reader, field, &claim, ret_info);
}

static int read_chunks(footer_reader *reader, thrift_type type, table_group_info *group)
{
    const table_schema *schema = &reader->footer->schema;
    const size_t count = thrift_list(&reader->in, type, THRIFT_STRUCT);
    if (reader->in.in.failed || count != schema->count)
        return damaged(reader);
    group->chunks = base_arena_take_array(reader->arena, count, sizeof(*group->chunks));
    if (group->chunks == NULL)
        return base_fail(reader->error, LETHE_E_BASE_LIMIT);
    for (size_t i = 0; i < count; i++)
        BASE_TRY(read_chunk(reader, &schema->fields[i], &group->chunks[i]));
    return 0;
}

static int check_group(const footer_reader *reader, int64_t rows, const table_group_info *group)
{
    if (reader->in.in.failed || rows <= 0 || group->chunks == NULL)
        return damaged(reader);
    if ((uint64_t)rows > TABLE_BATCH_ROWS_MAX)
        return base_fail(reader->error, LETHE_E_BASE_LIMIT);
    for (size_t i = 0; i < reader->footer->schema.count; i++) {
        const bool list = table_type_is_list(reader->footer->schema.fields[i].type);
        const uint64_t entries = group->chunks[i].entries; /* a row has one, or in a list at least one */
        if (list ? entries < (uint64_t)rows : entries != (uint64_t)rows)
            return damaged(reader);
    }
    return 0;
}

static int read_group(footer_reader *reader, table_group_info *group)
{
    thrift_reader *in = &reader->in;
    int64_t rows = -1;
    int id;
    thrift_type type;
    thrift_enter(in);
    while (thrift_field(in, &id, &type)) {
        if (id == 1)
            BASE_TRY(read_chunks(reader, type, group));
        else if (id == 3)
            rows = thrift_i64(in, type);
        else
            thrift_skip(in, type);
    }
    thrift_leave(in);
    BASE_TRY(check_group(reader, rows, group));
    group->rows = (uint64_t)rows;
    return 0;
}

static int read_groups(footer_reader *reader, thrift_type type)
{
    table_footer *footer = reader->footer;
    footer->group_count = thrift_list(&reader->in, type, THRIFT_STRUCT);
    if (reader->in.in.failed || footer->schema.count == 0) /* the schema comes first: ids ascend */
        return damaged(reader);
    footer->groups = base_arena_take_array(reader->arena, footer->group_count + 1, sizeof(*footer->groups));
    if (footer->groups == NULL)
        return base_fail(reader->error, LETHE_E_BASE_LIMIT);
    for (size_t i = 0; i < footer->group_count; i++)
        BASE_TRY(read_group(reader, &footer->groups[i]));
    return 0;
}

static table_pair read_pair(thrift_reader *in)
{
    table_pair pair = {{NULL, 0}, {NULL, 0}};
    int id;
    thrift_type type;
    thrift_enter(in);
    while (thrift_field(in, &id, &type)) {
        if (id == 1)
            pair.key = thrift_binary(in, type);
        else if (id == 2)
            pair.value = thrift_binary(in, type);
        else
            thrift_skip(in, type);
    }
    thrift_leave(in);
    return pair;
}

static int read_pairs(footer_reader *reader, thrift_type type)
{
    table_footer *footer = reader->footer;
    const size_t count = thrift_list(&reader->in, type, THRIFT_STRUCT);
    if (count > TABLE_METADATA_PAIRS_MAX + 1)
        return base_fail(reader->error, LETHE_E_BASE_LIMIT);
    footer->pairs = base_arena_take_array(reader->arena, count + 1, sizeof(*footer->pairs));
    if (footer->pairs == NULL)
        return base_fail(reader->error, LETHE_E_BASE_LIMIT);
    for (size_t i = 0; i < count && !reader->in.in.failed; i++) {
        const table_pair pair = read_pair(&reader->in);
        if (base_span_is(pair.key, PARQUET_CHECKSUM_KEY) && footer->checksum.size == 0)
            footer->checksum = pair.value;
        else
            footer->pairs[footer->pair_count++] = pair;
    }
    return reader->in.in.failed ? damaged(reader) : 0;
}

static int read_file_metadata(footer_reader *reader, int64_t *ret_rows)
{
    thrift_reader *in = &reader->in;
    table_footer *footer = reader->footer;
    int id;
    thrift_type type;
    while (thrift_field(in, &id, &type)) {
        if (id == 2)
            BASE_TRY(table_footer_read_schema(in, type, reader->arena, &footer->schema, reader->error));
        else if (id == 3)
            *ret_rows = thrift_i64(in, type);
        else if (id == 4)
            BASE_TRY(read_groups(reader, type));
        else if (id == 5)
            BASE_TRY(read_pairs(reader, type));
        else if (id == 8)
            return not_ours(reader); /* encrypted */
        else
            thrift_skip(in, type);
    }
    return in->in.failed || footer->groups == NULL ? damaged(reader) : 0;
}

/* The footer has no checksum of the format's own: ours covers it, with zeroes where its digits stand. */
static bool checksum_holds(const table_footer *footer)
{
    char digits[PARQUET_CHECKSUM_DIGITS + 1];
    if (footer->checksum.size != PARQUET_CHECKSUM_DIGITS)
        return false;
    const size_t before = (size_t)(footer->checksum.data - footer->bytes.data);
    const size_t after = before + PARQUET_CHECKSUM_DIGITS;
    uint32_t crc = table_crc32(0, (base_span){footer->bytes.data, before});
    crc = table_crc32(crc, BASE_SPAN("00000000"));
    crc = table_crc32(crc, (base_span){footer->bytes.data + after, footer->bytes.size - after});
    (void)snprintf(digits, sizeof(digits), "%08x", (unsigned)crc);
    return memcmp(digits, footer->checksum.data, PARQUET_CHECKSUM_DIGITS) == 0;
}

int table_footer_read(base_span bytes, uint64_t data_end, bool strict, base_arena *arena, table_footer *ret_footer,
                      lethe_error *error)
{
    table_footer footer = {.bytes = bytes};
    footer_reader reader = {.in = thrift_reader_of(bytes), .arena = arena, .footer = &footer, .data_end = data_end,
                            .next_offset = PARQUET_MAGIC_SIZE, .strict = strict, .error = error};
    int64_t rows = -1;
    BASE_TRY(read_file_metadata(&reader, &rows));
    for (size_t i = 0; i < footer.group_count; i++)
        footer.rows += footer.groups[i].rows;
    if (rows < 0 || (uint64_t)rows != footer.rows)
        return damaged(&reader);
    if (strict && (reader.next_offset != data_end || reader.in.in.at != bytes.size || !checksum_holds(&footer)))
        return damaged(&reader);
    *ret_footer = footer;
    return 0;
}

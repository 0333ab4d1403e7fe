/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TABLE_FOOTER_READ_H
#define TABLE_FOOTER_READ_H

#include "base/arena.h"
#include "table/parquet.h"
#include "table/thrift.h"

/* What the footer says of one column chunk. Ranges were checked against the file, nothing else was. */
typedef struct table_chunk_info {
    uint64_t offset; /* of its first page, dictionary included */
    uint64_t packed_bytes, unpacked_bytes, entries;
    uint32_t plain_pages, id_pages;
    bool has_dictionary;
    bool has_null_count, has_nan_count, has_bounds;
    int64_t null_count, nan_count;
    base_span min, max;
} table_chunk_info;

typedef struct table_group_info {
    uint64_t rows;
    table_chunk_info *chunks; /* one for each column of the schema */
} table_group_info;

typedef struct table_footer {
    table_schema schema;
    table_pair *pairs;
    size_t pair_count;
    table_group_info *groups;
    size_t group_count;
    uint64_t rows;
    base_span checksum; /* its digits within the footer; empty: none */
    base_span bytes;    /* the footer */
} table_footer;

/* Reads FileMetaData from `bytes`, which ends where the file's last 8 bytes begin. Everything lives in `arena` and in
 * the file. Chunks lie between the magic and `data_end`; with `strict` they fill it without a gap, and the checksum
 * holds. */
int table_footer_read(base_span bytes, uint64_t data_end, bool strict, base_arena *arena, table_footer *ret_footer,
                      lethe_error *error);

/* The elements of FileMetaData.schema, in footer_schema.c: LETHE_E_TABLE_FORMAT where they are no columns of ours. */
int table_footer_read_schema(thrift_reader *reader, thrift_type type, base_arena *arena, table_schema *ret_schema,
                             lethe_error *error);

#endif

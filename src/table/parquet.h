/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TABLE_PARQUET_H
#define TABLE_PARQUET_H

#include "table/column.h"

/*
 * Parquet files: docs/SPEC-parquet.md says which part of the format, field by field. The writer is deterministic: the
 * same schema, metadata, options and rows give the same bytes, in whatever batches the rows come (and one version of
 * libzstd). The reader takes what the writer makes and survives every damage of it.
 */
#define TABLE_ROW_GROUP_ROWS_DEFAULT 16384 /* 50 MB of 768-element vectors */
#define TABLE_ROW_GROUP_ROWS_MAX 1048576
#define TABLE_PAGE_BYTES_DEFAULT ((size_t)1 << 20)
#define TABLE_PAGE_BYTES_MAX ((size_t)64 << 20)
#define TABLE_ZSTD_LEVEL_DEFAULT 1
#define TABLE_ZSTD_LEVEL_MAX 19
#define TABLE_METADATA_PAIRS_MAX 1024
#define TABLE_METADATA_BYTES_MAX ((size_t)1 << 20)
#define TABLE_FOOTER_BYTES_MAX ((size_t)256 << 20)

/* A pair of the footer's metadata: both UTF-8. The key PARQUET_CHECKSUM_KEY of table/format.h is ours. */
typedef struct table_pair {
    base_span key, value;
} table_pair;

/* Takes the bytes of the file in order. A failure is what the writer's caller gets, with the error it filled. */
typedef struct table_sink {
    void *context;
    int (*write)(void *context, base_span bytes, lethe_error *error);
} table_sink;

/* 0 anywhere means the default. */
typedef struct table_writer_options {
    uint32_t row_group_rows;
    int zstd_level;
    size_t page_bytes; /* a page ends with the row that reaches it */
} table_writer_options;

typedef struct table_writer table_writer;

/* Copies schema and metadata. `options` may be NULL. LETHE_E_TABLE_SCHEMA where schema, metadata or options are out of
 * their limits. Ended by table_writer_close, or given up by table_writer_free: then the bytes written are no file. */
int table_writer_open(const table_schema *schema, const table_pair *metadata, size_t metadata_count, table_sink sink,
                      const table_writer_options *options, table_writer **ret_writer, lethe_error *error);
/* The batch must have the same schema; it is read and may be reset afterwards. After a failure only _free is left. */
int table_writer_append(table_writer *writer, const table_batch *batch, lethe_error *error);
/* Writes the last row group and the footer; frees the writer, failed or not, and clears the pointer. */
int table_writer_close(table_writer **writer, lethe_error *error);
void table_writer_free(table_writer *writer); /* NULL-safe */

/* 0 anywhere means the default. */
typedef struct table_reader_limits {
    size_t max_page_bytes;  /* one page unpacked; default 256 MiB */
    size_t max_group_bytes; /* one column of one row group unpacked; default 2 GiB */
    size_t max_footer_bytes;
    /* For files of others and for fuzzing: checksums and declared statistics are neither required nor compared. */
    bool ignore_checksums;
} table_reader_limits;

typedef struct table_reader table_reader;

/*
 * Reads the footer of a whole file in memory, which stays borrowed until table_reader_free. LETHE_E_TABLE_FORMAT: not
 * Parquet, or a part of it that we do not write; LETHE_E_TABLE_DAMAGED: it contradicts itself, with the byte where that
 * showed; LETHE_E_BASE_LIMIT. Names and metadata are borrowed from the reader.
 */
int table_reader_open(base_span file, const table_reader_limits *limits, table_reader **ret_reader, lethe_error *error);
void table_reader_free(table_reader *reader); /* NULL-safe */
const table_schema *table_reader_schema(const table_reader *reader);
uint64_t table_reader_rows(const table_reader *reader);
size_t table_reader_groups(const table_reader *reader);
size_t table_reader_group_rows(const table_reader *reader, size_t group);
size_t table_reader_metadata(const table_reader *reader, const table_pair **ret_pairs);
bool table_reader_find(const table_reader *reader, const char *key, base_span *ret_value);

/* Appends the rows of a group to `batch`. The batch's schema chooses the columns, by name; LETHE_E_TABLE_SCHEMA where
 * the file has no such column of that type and nullability. After a failure the batch is to be reset. */
int table_reader_read_group(table_reader *reader, size_t group, table_batch *batch, lethe_error *error);

#endif

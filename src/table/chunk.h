/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TABLE_CHUNK_H
#define TABLE_CHUNK_H

#include "table/dictionary.h"
#include "table/format.h"
#include "table/rle.h"
#include "table/stats.h"

#include <zstd.h>

/*
 * One column of one row group on its way into the file. Rows fill a page; a full page is encoded, compressed and put
 * behind the others; when the group is full the dictionary page goes before them. A page begins and ends with a row.
 *
 *     column chunk   [dictionary page] [data page] [data page] …
 *     data page      header | zstd( repetition levels | definition levels | values )
 *
 * Where pages end depends on rows and options only, so the batches in which rows arrive leave no trace.
 */
#define CHUNK_PAGE_ROWS_MAX 20000
#define CHUNK_BYTES_MAX ((size_t)1 << 31)
#define CHUNK_TRIAL_VALUES 4096 /* after so many a dictionary must have shown that it pays */

/* What all columns of a writer share: one page is compressed at a time. */
typedef struct table_codec {
    ZSTD_CCtx *zstd;
    base_buf body, packed, header;
    size_t page_bytes;
} table_codec;

int table_codec_init(table_codec *codec, int level, size_t page_bytes, lethe_error *error);
void table_codec_done(table_codec *codec);

typedef struct table_chunk {
    table_type type;
    bool nullable;
    table_codec *codec;
    int failed; /* sticky */

    rle_runs repetition, definition, ids; /* of the page at hand */
    base_buf values;                      /* PLAIN; empty while ids are collected */
    uint32_t rows, entries, present;      /* rows; levels, that is entries with nulls; values */
    size_t plain_bytes;                   /* size of the values in PLAIN, whichever way they are held */

    table_dictionary dictionary;
    bool use_dictionary; /* the page at hand collects ids */
    base_buf pages;      /* data pages of the chunk */
    base_buf first;      /* the dictionary page */
    uint32_t plain_pages, dictionary_pages;
    uint64_t total_entries, uncompressed_bytes;
    table_stats stats;
} table_chunk;

void table_chunk_init(table_chunk *chunk, const table_field *field, table_codec *codec);
void table_chunk_done(table_chunk *chunk);
void table_chunk_reset(table_chunk *chunk);
void table_chunk_append(table_chunk *chunk, const table_column *column, size_t from, size_t to);
/* Ends the last page and makes the dictionary page: `first`, `pages` and the totals are then what is to be written. */
int table_chunk_finish(table_chunk *chunk, lethe_error *error);

/* In page_write.c: encode and compress what the chunk holds, and append it to `pages` or `first`. */
void table_page_put_data(table_chunk *chunk, bool as_ids);
void table_page_put_dictionary(table_chunk *chunk);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TABLE_CHUNK_READ_H
#define TABLE_CHUNK_READ_H

#include "table/batch.h"
#include "table/footer_read.h"
#include "table/rle.h"
#include "table/stats.h"

#include <zstd.h>

/* What one column chunk needs while it is read; the buffers serve the next one too. */
typedef struct table_page {
    int32_t kind, unpacked_bytes, packed_bytes, entries, encoding;
    uint32_t crc;
    bool has_crc;
    base_span packed;
} table_page;

typedef struct table_chunk_reader {
    ZSTD_DCtx *zstd;
    size_t max_page_bytes, max_group_bytes;
    bool strict;

    base_span file;
    const table_chunk_info *info;
    table_batch *batch;
    table_column *column;
    base_cursor in; /* over the pages of the chunk */
    base_buf body;  /* the page at hand, unpacked */
    base_buf dictionary, starts; /* its page, and u32 position of each entry's length */
    size_t dictionary_count;
    bool list_open; /* the last row is a list with elements: more may follow */
    uint64_t entries, present, unpacked_bytes;
    uint32_t plain_pages, id_pages;
    table_stats stats;
    lethe_error *error;
} table_chunk_reader;

/* Appends the `rows` of the chunk to the column. */
int table_chunk_read(table_chunk_reader *reader, const table_chunk_info *info, size_t rows, table_column *column);

/* In page_read.c: the next page's header and packed bytes, with its checksum compared; then its unpacked bytes. */
int table_page_next(table_chunk_reader *reader, table_page *ret_page);
int table_page_unpack(table_chunk_reader *reader, const table_page *page, base_buf *to);
int table_chunk_damaged(const table_chunk_reader *reader);

#endif

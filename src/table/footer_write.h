/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TABLE_FOOTER_WRITE_H
#define TABLE_FOOTER_WRITE_H

#include "table/chunk.h"
#include "table/parquet.h"

/* The element of FileMetaData.row_groups for one group; chunks stand one after the other in the file from `offset`. */
void table_footer_put_group(const table_schema *schema, const table_chunk *chunks, size_t rows, uint64_t offset,
                      uint32_t ordinal, base_buf *to);

typedef struct table_footer_parts {
    const table_schema *schema;
    const table_pair *metadata;
    size_t metadata_count;
    uint64_t rows;
    uint32_t group_count;
    base_span groups; /* what table_footer_put_group made, one behind the other */
} table_footer_parts;

/* FileMetaData with its checksum, its length and the closing magic. */
void table_footer_put_file(const table_footer_parts *parts, base_buf *to);

#endif

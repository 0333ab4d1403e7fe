/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PUBLISH_COPY_H
#define PUBLISH_COPY_H

#include "publish/vectors.h"

/*
 * PostgreSQL's binary COPY (documentation of COPY, "Binary Format"), big endian:
 *
 *   "PGCOPY\n\377\r\n\0" | u32 flags | u32 extension | rows | i16 -1
 *   row: i16 fields | i32 size or -1 for null | bytes | …
 *   text[]: i32 1 dimension | i32 no nulls | u32 oid of text | i32 elements | i32 1 | (i32 size | bytes)…
 *   vector: u16 dimensions | u16 0 | f32 …
 */
const char *publish_copy_type(const table_field *field); /* as format_type() names it */
void publish_copy_begin(base_buf *out);
void publish_copy_row(base_buf *out, const publish_vectors *v, const publish_row *row);
void publish_copy_end(base_buf *out);

/* The next field of a row; false at its end. `*place` begins at 2, behind the number of fields. */
bool publish_copy_field(base_span row, size_t *place, base_span *ret_field, bool *ret_null);

#endif

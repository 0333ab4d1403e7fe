/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TABLE_FLATBUFFER_H
#define TABLE_FLATBUFFER_H

#include "base/buf.h"

#include <stdbool.h>

/*
 * Flatbuffers, as far as Arrow's messages need them (FlatBuffers "Internals"). A buffer grows from its end to its
 * beginning, so what is pointed to is made before what points; a fbuf_at is a distance from the end.
 *
 *   table: i32 distance to its vtable | fields        vtable: u16 its size | u16 size of the table | u16 place of each
 */
#define FBUF_FIELDS_MAX 8

typedef uint32_t fbuf_at;

typedef struct fbuf {
    uint8_t *bytes;
    size_t capacity, max, used; /* the last `used` of `capacity` */
    size_t align;               /* the largest that was asked for */
    uint32_t fields[FBUF_FIELDS_MAX];
    size_t table; /* `used` when the table began */
    bool failed;
} fbuf;

void fbuf_init(fbuf *f, size_t max_bytes);
void fbuf_done(fbuf *f);
fbuf_at fbuf_text(fbuf *f, const char *text);
fbuf_at fbuf_offsets(fbuf *f, const fbuf_at *items, size_t count);
fbuf_at fbuf_structs(fbuf *f, const void *items, size_t count, size_t size); /* of 64-bit numbers */
void fbuf_table(fbuf *f);                                                    /* then its fields, then the end */
void fbuf_u8(fbuf *f, size_t field, uint8_t value);
void fbuf_i16(fbuf *f, size_t field, int16_t value);
void fbuf_i32(fbuf *f, size_t field, int32_t value);
void fbuf_i64(fbuf *f, size_t field, int64_t value);
void fbuf_ref(fbuf *f, size_t field, fbuf_at at);
fbuf_at fbuf_table_end(fbuf *f);
base_span fbuf_finish(fbuf *f, fbuf_at root); /* data NULL after a failure */

#endif

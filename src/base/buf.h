/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/error.h"
#include "base/span.h"

#include <stdarg.h>
#include <stdint.h>

/*
 * Growable bytes with a maximum. Owned by the holder: base_buf_init then base_buf_done. A failed append (memory, limit)
 * is sticky: later appends do nothing, and base_buf_check reports it once at the end, so writers stay readable.
 */
typedef struct base_buf {
    char *data;
    size_t size;
    size_t capacity;
    size_t max;
    int failed; /* 0 or LETHE_E_BASE_MEMORY / LETHE_E_BASE_LIMIT */
} base_buf;

void base_buf_init(base_buf *buf, size_t max_bytes);
void base_buf_done(base_buf *buf);  /* frees; NULL-safe; the buffer may be initialised again */
void base_buf_reset(base_buf *buf); /* keeps the memory and forgets the bytes and the failure */
int base_buf_check(const base_buf *buf, lethe_error *error);
int base_buf_reserve(base_buf *buf, size_t extra); /* 0, or the sticky failure */

void base_buf_append(base_buf *buf, const void *data, size_t size);
void base_buf_span(base_buf *buf, base_span span);
void base_buf_text(base_buf *buf, const char *text);
void base_buf_byte(base_buf *buf, char byte);
void base_buf_u16(base_buf *buf, uint16_t value); /* little endian, as all fixed-width integers of our formats */
void base_buf_u32(base_buf *buf, uint32_t value);
void base_buf_u64(base_buf *buf, uint64_t value);
void base_buf_varint(base_buf *buf, uint64_t value); /* LEB128 */
void base_buf_int(base_buf *buf, int64_t value);     /* decimal text */
void base_buf_format(base_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline base_span base_buf_view(const base_buf *buf)
{
    return (base_span){buf->data, buf->size};
}

/* Reading back. `cursor` runs over borrowed bytes; a read past the end fails it for good and yields zeroes. */
typedef struct base_cursor {
    const uint8_t *data;
    size_t size;
    size_t at;
    bool failed;
} base_cursor;

base_cursor base_cursor_of(base_span bytes);
uint8_t base_cursor_u8(base_cursor *cursor);
uint16_t base_cursor_u16(base_cursor *cursor);
uint32_t base_cursor_u32(base_cursor *cursor);
uint64_t base_cursor_u64(base_cursor *cursor);
uint64_t base_cursor_varint(base_cursor *cursor);
base_span base_cursor_take(base_cursor *cursor, size_t size);

#endif

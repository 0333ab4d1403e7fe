/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

void base_buf_init(base_buf *buf, size_t max_bytes)
{
    *buf = (base_buf){.max = max_bytes};
}

void base_buf_done(base_buf *buf)
{
    if (buf == NULL)
        return;
    free(buf->data);
    *buf = (base_buf){.max = buf->max};
}

void base_buf_reset(base_buf *buf)
{
    buf->size = 0;
    buf->failed = 0;
}

int base_buf_check(const base_buf *buf, lethe_error *error)
{
    return buf->failed == 0 ? 0 : base_fail(error, buf->failed);
}

int base_buf_reserve(base_buf *buf, size_t extra)
{
    if (buf->failed != 0)
        return buf->failed;
    if (extra <= buf->capacity - buf->size)
        return 0;
    if (extra > buf->max - buf->size)
        return buf->failed = LETHE_E_BASE_LIMIT;
    size_t capacity = buf->capacity < 64 ? 64 : buf->capacity;
    while (capacity - buf->size < extra)
        capacity += capacity / 2 + 64;
    if (capacity > buf->max)
        capacity = buf->max;
    char *data = realloc(buf->data, capacity);
    if (data == NULL)
        return buf->failed = LETHE_E_BASE_MEMORY;
    buf->data = data;
    buf->capacity = capacity;
    return 0;
}

void base_buf_append(base_buf *buf, const void *data, size_t size)
{
    if (size == 0 || base_buf_reserve(buf, size) != 0)
        return;
    memcpy(buf->data + buf->size, data, size);
    buf->size += size;
}

void base_buf_span(base_buf *buf, base_span span)
{
    base_buf_append(buf, span.data, span.size);
}

void base_buf_text(base_buf *buf, const char *text)
{
    base_buf_append(buf, text, strlen(text));
}

void base_buf_byte(base_buf *buf, char byte)
{
    base_buf_append(buf, &byte, 1);
}

/* The machines that we build for are little endian (base/hash.c): a number's bytes are those in memory. */
static void append_little_endian(base_buf *buf, uint64_t value, size_t size)
{
    base_buf_append(buf, &value, size);
}

void base_buf_u16(base_buf *buf, uint16_t value)
{
    append_little_endian(buf, value, 2);
}

void base_buf_u32(base_buf *buf, uint32_t value)
{
    append_little_endian(buf, value, 4);
}

void base_buf_u64(base_buf *buf, uint64_t value)
{
    append_little_endian(buf, value, 8);
}

void base_buf_varint(base_buf *buf, uint64_t value)
{
    uint8_t bytes[10];
    size_t size = 0;
    do {
        const uint8_t low = (uint8_t)(value & 0x7f);
        value >>= 7;
        bytes[size++] = (uint8_t)(low | (value != 0 ? 0x80 : 0));
    } while (value != 0);
    base_buf_append(buf, bytes, size);
}

void base_buf_int(base_buf *buf, int64_t value)
{
    char digits[24];
    size_t at = sizeof(digits);
    uint64_t rest = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[--at] = (char)('0' + (int)(rest % 10));
        rest /= 10;
    } while (rest != 0);
    if (value < 0)
        digits[--at] = '-';
    base_buf_append(buf, digits + at, sizeof(digits) - at);
}

void base_buf_format(base_buf *buf, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int needed = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (needed < 0 || base_buf_reserve(buf, (size_t)needed + 1) != 0)
        return;
    va_start(arguments, format);
    (void)vsnprintf(buf->data + buf->size, (size_t)needed + 1, format, arguments);
    va_end(arguments);
    buf->size += (size_t)needed;
}

base_cursor base_cursor_of(base_span bytes)
{
    return (base_cursor){.data = (const uint8_t *)bytes.data, .size = bytes.size};
}

base_span base_cursor_take(base_cursor *cursor, size_t size)
{
    if (cursor->failed || size > cursor->size - cursor->at) {
        cursor->failed = true;
        return (base_span){NULL, 0};
    }
    const base_span taken = {(const char *)cursor->data + cursor->at, size};
    cursor->at += size;
    return taken;
}

static inline uint64_t take_little_endian(base_cursor *cursor, size_t size)
{
    uint64_t value = 0;
    if (cursor->failed || size > cursor->size - cursor->at) {
        cursor->failed = true;
        return 0;
    }
    memcpy(&value, cursor->data + cursor->at, size);
    cursor->at += size;
    return value;
}

uint8_t base_cursor_u8(base_cursor *cursor)
{
    return (uint8_t)take_little_endian(cursor, 1);
}

uint16_t base_cursor_u16(base_cursor *cursor)
{
    return (uint16_t)take_little_endian(cursor, 2);
}

uint32_t base_cursor_u32(base_cursor *cursor)
{
    return (uint32_t)take_little_endian(cursor, 4);
}

uint64_t base_cursor_u64(base_cursor *cursor)
{
    return take_little_endian(cursor, 8);
}

uint64_t base_cursor_varint(base_cursor *cursor)
{
    uint64_t value = 0;
    if (!cursor->failed && cursor->at < cursor->size && cursor->data[cursor->at] < 0x80)
        return cursor->data[cursor->at++];
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const uint8_t byte = base_cursor_u8(cursor);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0)
            return value;
    }
    cursor->failed = true;
    return 0;
}

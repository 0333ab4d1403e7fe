/* SPDX-License-Identifier: Apache-2.0 */
#include "table/flatbuffer.h"

#include <stdlib.h>

void fbuf_init(fbuf *f, size_t max_bytes)
{
    *f = (fbuf){.max = max_bytes, .align = 1};
}

void fbuf_done(fbuf *f)
{
    free(f->bytes);
    *f = (fbuf){0};
}

/* The bytes move to the end of the larger block. */
static bool reserve(fbuf *f, size_t extra)
{
    if (f->failed || f->used + extra <= f->capacity)
        return !f->failed;
    size_t capacity = f->capacity != 0 ? f->capacity : 1024;
    while (capacity < f->used + extra)
        capacity *= 2;
    uint8_t *bytes = capacity <= f->max ? malloc(capacity) : NULL;
    if (bytes == NULL) {
        f->failed = true;
        return false;
    }
    if (f->used != 0)
        memcpy(bytes + capacity - f->used, f->bytes + f->capacity - f->used, f->used);
    free(f->bytes);
    f->bytes = bytes;
    f->capacity = capacity;
    return true;
}

/* Zeroes, so that after `extra` more bytes the end is aligned. */
static void pad(fbuf *f, size_t align, size_t extra)
{
    f->align = align > f->align ? align : f->align;
    const size_t padding = (align - (f->used + extra) % align) % align;
    if (reserve(f, padding)) {
        f->used += padding;
        memset(f->bytes + f->capacity - f->used, 0, padding);
    }
}

static void push(fbuf *f, const void *bytes, size_t size)
{
    if (!reserve(f, size))
        return;
    f->used += size;
    if (size != 0)
        memcpy(f->bytes + f->capacity - f->used, bytes, size);
}

/* The machine is little endian, as the format is (src/table/README.md). */
static void push_u32(fbuf *f, uint32_t value)
{
    push(f, &value, sizeof(value));
}

fbuf_at fbuf_text(fbuf *f, const char *text)
{
    const size_t size = strlen(text);
    pad(f, 4, size + 1);
    push(f, text, size + 1);
    push_u32(f, (uint32_t)size);
    return (fbuf_at)f->used;
}

/* An offset counts from where it stands. */
static uint32_t distance(const fbuf *f, fbuf_at at)
{
    return (uint32_t)f->used + 4 - at;
}

fbuf_at fbuf_offsets(fbuf *f, const fbuf_at *items, size_t count)
{
    pad(f, 4, 4 * count);
    for (size_t i = count; i > 0; i--)
        push_u32(f, distance(f, items[i - 1]));
    push_u32(f, (uint32_t)count);
    return (fbuf_at)f->used;
}

fbuf_at fbuf_structs(fbuf *f, const void *items, size_t count, size_t size)
{
    pad(f, 4, size * count);
    pad(f, 8, size * count);
    push(f, items, size * count);
    push_u32(f, (uint32_t)count);
    return (fbuf_at)f->used;
}

void fbuf_table(fbuf *f)
{
    memset(f->fields, 0, sizeof(f->fields));
    f->table = f->used;
}

static void set(fbuf *f, size_t field, const void *value, size_t size)
{
    pad(f, size, size);
    push(f, value, size);
    f->fields[field] = (uint32_t)f->used;
}

void fbuf_u8(fbuf *f, size_t field, uint8_t value)
{
    set(f, field, &value, sizeof(value));
}

void fbuf_i16(fbuf *f, size_t field, int16_t value)
{
    set(f, field, &value, sizeof(value));
}

void fbuf_i32(fbuf *f, size_t field, int32_t value)
{
    set(f, field, &value, sizeof(value));
}

void fbuf_i64(fbuf *f, size_t field, int64_t value)
{
    set(f, field, &value, sizeof(value));
}

void fbuf_ref(fbuf *f, size_t field, fbuf_at at)
{
    pad(f, 4, 4);
    push_u32(f, distance(f, at));
    f->fields[field] = (uint32_t)f->used;
}

/* The vtable stands right before its table: nobody shares one. */
fbuf_at fbuf_table_end(fbuf *f)
{
    size_t count = FBUF_FIELDS_MAX;
    uint16_t vtable[2 + FBUF_FIELDS_MAX] = {0};
    while (count != 0 && f->fields[count - 1] == 0)
        count--;
    pad(f, 4, 4);
    push_u32(f, 0); /* the distance, filled below */
    const size_t table = f->used;
    for (size_t i = 0; i < count; i++)
        vtable[2 + i] = f->fields[i] != 0 ? (uint16_t)(table - f->fields[i]) : 0;
    vtable[0] = (uint16_t)(2 * (2 + count));
    vtable[1] = (uint16_t)(table - f->table);
    push(f, vtable, vtable[0]);
    if (f->failed)
        return 0;
    const int32_t back = (int32_t)(f->used - table);
    memcpy(f->bytes + f->capacity - table, &back, sizeof(back));
    return (fbuf_at)table;
}

base_span fbuf_finish(fbuf *f, fbuf_at root)
{
    pad(f, f->align > 4 ? f->align : 4, 4);
    push_u32(f, distance(f, root));
    return f->failed ? (base_span){NULL, 0} : (base_span){(char *)f->bytes + f->capacity - f->used, f->used};
}

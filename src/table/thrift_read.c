/* SPDX-License-Identifier: Apache-2.0 */
#include "table/thrift.h"

thrift_reader thrift_reader_of(base_span bytes)
{
    return (thrift_reader){.in = base_cursor_of(bytes)};
}

static int64_t take_zigzag(thrift_reader *reader)
{
    const uint64_t value = base_cursor_varint(&reader->in);
    return (int64_t)(value >> 1 ^ ((value & 1) != 0 ? UINT64_MAX : 0));
}

/* A number within [min, max], which the type promises. */
static int64_t take_number(thrift_reader *reader, bool expected, int64_t min, int64_t max)
{
    if (!expected) {
        reader->in.failed = true;
        return 0;
    }
    const int64_t value = take_zigzag(reader);
    if (value >= min && value <= max)
        return value;
    reader->in.failed = true;
    return 0;
}

void thrift_enter(thrift_reader *reader)
{
    if (reader->depth + 1 >= THRIFT_DEPTH_MAX)
        reader->in.failed = true;
    else
        reader->last[++reader->depth] = 0;
}

void thrift_leave(thrift_reader *reader)
{
    if (reader->depth != 0 && !reader->in.failed)
        reader->depth--;
}

bool thrift_field(thrift_reader *reader, int *ret_id, thrift_type *ret_type)
{
    const uint8_t header = base_cursor_u8(&reader->in);
    if (reader->in.failed || header == THRIFT_STOP)
        return false;
    int *last = &reader->last[reader->depth];
    const int distance = header >> 4;
    const int64_t id = distance != 0 ? *last + distance : take_number(reader, true, INT16_MIN, INT16_MAX);
    /* Ids ascend in everything that is written for Parquet; a field that comes twice is no such thing. */
    if (reader->in.failed || id <= *last || id > INT16_MAX || (header & 15) > THRIFT_STRUCT || (header & 15) == 0) {
        reader->in.failed = true;
        return false;
    }
    *ret_id = *last = (int)id;
    *ret_type = (thrift_type)(header & 15);
    return true;
}

bool thrift_bool(thrift_reader *reader, thrift_type type)
{
    if (type != THRIFT_TRUE && type != THRIFT_FALSE)
        reader->in.failed = true;
    return type == THRIFT_TRUE && !reader->in.failed;
}

int16_t thrift_i16(thrift_reader *reader, thrift_type type)
{
    return (int16_t)take_number(reader, type == THRIFT_I16, INT16_MIN, INT16_MAX);
}

int32_t thrift_i32(thrift_reader *reader, thrift_type type)
{
    return (int32_t)take_number(reader, type == THRIFT_I32, INT32_MIN, INT32_MAX);
}

int64_t thrift_i64(thrift_reader *reader, thrift_type type)
{
    return take_number(reader, type == THRIFT_I64, INT64_MIN, INT64_MAX);
}

base_span thrift_binary(thrift_reader *reader, thrift_type type)
{
    if (type != THRIFT_BINARY)
        reader->in.failed = true;
    const uint64_t size = base_cursor_varint(&reader->in);
    return base_cursor_take(&reader->in, size < SIZE_MAX ? (size_t)size : SIZE_MAX);
}

/* Every element takes at least one byte, so a list is never longer than what is left: hostile counts end here. */
static size_t take_list(thrift_reader *reader, thrift_type *ret_item)
{
    const uint8_t header = base_cursor_u8(&reader->in);
    const uint64_t count = header >> 4 != 15 ? header >> 4 : base_cursor_varint(&reader->in);
    *ret_item = (thrift_type)(header & 15);
    if (reader->in.failed || count > reader->in.size - reader->in.at) {
        reader->in.failed = true;
        return 0;
    }
    return (size_t)count;
}

size_t thrift_list(thrift_reader *reader, thrift_type type, thrift_type item)
{
    thrift_type found = THRIFT_STOP;
    if (type != THRIFT_LIST)
        reader->in.failed = true;
    const size_t count = take_list(reader, &found);
    if (found == item || reader->in.failed)
        return count;
    reader->in.failed = true;
    return 0;
}

static void skip_struct(thrift_reader *reader)
{
    int id;
    thrift_type type;
    thrift_enter(reader);
    while (!reader->in.failed && thrift_field(reader, &id, &type))
        thrift_skip(reader, type);
    thrift_leave(reader);
}

static void skip_list(thrift_reader *reader)
{
    thrift_type item;
    const size_t count = take_list(reader, &item);
    if (reader->depth + 1 >= THRIFT_DEPTH_MAX) {
        reader->in.failed = true;
        return;
    }
    reader->depth++; /* lists of lists nest too */
    reader->last[reader->depth] = 0;
    for (size_t i = 0; i < count && !reader->in.failed; i++) {
        if (item == THRIFT_TRUE || item == THRIFT_FALSE) /* in a list a bool is a byte */
            (void)base_cursor_u8(&reader->in);
        else
            thrift_skip(reader, item);
    }
    thrift_leave(reader);
}

void thrift_skip(thrift_reader *reader, thrift_type type)
{
    switch (type) {
    case THRIFT_TRUE:
    case THRIFT_FALSE:
        return;
    case THRIFT_I8:
        (void)base_cursor_u8(&reader->in);
        return;
    case THRIFT_I16:
    case THRIFT_I32:
    case THRIFT_I64:
        (void)base_cursor_varint(&reader->in);
        return;
    case THRIFT_DOUBLE:
        (void)base_cursor_u64(&reader->in);
        return;
    case THRIFT_BINARY:
        (void)thrift_binary(reader, type);
        return;
    case THRIFT_LIST:
    case THRIFT_SET:
        skip_list(reader);
        return;
    case THRIFT_STRUCT:
        skip_struct(reader);
        return;
    case THRIFT_STOP:
    case THRIFT_MAP: /* Parquet has none */
        break;
    }
    reader->in.failed = true;
}

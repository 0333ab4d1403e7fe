/* SPDX-License-Identifier: Apache-2.0 */
#include "table/thrift.h"

#include <assert.h>

thrift_writer thrift_writer_of(base_buf *to)
{
    return (thrift_writer){.to = to};
}

/* Small numbers of either sign stay small: 0, -1, 1, -2 become 0, 1, 2, 3. */
static uint64_t zigzag(int64_t value)
{
    return (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
}

static void put_field(thrift_writer *writer, int id, thrift_type type)
{
    int *last = &writer->last[writer->depth];
    assert(id > *last && id - *last < 16); /* every struct of Parquet is written in this short form */
    base_buf_byte(writer->to, (char)((id - *last) << 4 | (int)type));
    *last = id;
}

void thrift_put_bool(thrift_writer *writer, int id, bool value)
{
    put_field(writer, id, value ? THRIFT_TRUE : THRIFT_FALSE);
}

void thrift_put_i16(thrift_writer *writer, int id, int16_t value)
{
    put_field(writer, id, THRIFT_I16);
    base_buf_varint(writer->to, zigzag(value));
}

void thrift_put_i32(thrift_writer *writer, int id, int32_t value)
{
    put_field(writer, id, THRIFT_I32);
    thrift_item_i32(writer, value);
}

void thrift_put_i64(thrift_writer *writer, int id, int64_t value)
{
    put_field(writer, id, THRIFT_I64);
    base_buf_varint(writer->to, zigzag(value));
}

void thrift_put_binary(thrift_writer *writer, int id, base_span value)
{
    put_field(writer, id, THRIFT_BINARY);
    thrift_item_binary(writer, value);
}

void thrift_put_list(thrift_writer *writer, int id, thrift_type item, size_t count)
{
    put_field(writer, id, THRIFT_LIST);
    base_buf_byte(writer->to, (char)((count < 15 ? count : 15) << 4 | (size_t)item));
    if (count >= 15)
        base_buf_varint(writer->to, count);
}

void thrift_begin(thrift_writer *writer)
{
    assert(writer->depth + 1 < THRIFT_DEPTH_MAX);
    writer->last[++writer->depth] = 0;
}

void thrift_put_struct(thrift_writer *writer, int id)
{
    put_field(writer, id, THRIFT_STRUCT);
    thrift_begin(writer);
}

void thrift_end(thrift_writer *writer)
{
    base_buf_byte(writer->to, THRIFT_STOP);
    if (writer->depth != 0)
        writer->depth--;
}

void thrift_item_i32(thrift_writer *writer, int32_t value)
{
    base_buf_varint(writer->to, zigzag(value));
}

void thrift_item_binary(thrift_writer *writer, base_span value)
{
    base_buf_varint(writer->to, value.size);
    base_buf_span(writer->to, value);
}

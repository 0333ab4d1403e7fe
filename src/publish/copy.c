/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/copy.h"

#define OID_TEXT 25 /* pg_type.dat */

static void put16(base_buf *out, uint16_t value)
{
    base_buf_byte(out, (char)(value >> 8));
    base_buf_byte(out, (char)(value & 255));
}

static void put32(base_buf *out, uint32_t value)
{
    put16(out, (uint16_t)(value >> 16));
    put16(out, (uint16_t)(value & 0xffff));
}

static void put_float(base_buf *out, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    put32(out, bits);
}

static void put_text(base_buf *out, base_span text)
{
    put32(out, (uint32_t)text.size);
    base_buf_span(out, text);
}

const char *publish_copy_type(const table_field *field)
{
    switch (field->type) {
    case TABLE_INT32:
        return "integer";
    case TABLE_INT64:
        return "bigint";
    case TABLE_BOOL:
        return "boolean";
    case TABLE_FLOAT:
        return "real";
    case TABLE_DOUBLE:
        return "double precision";
    case TABLE_LIST_STRING:
        return "text[]";
    case TABLE_LIST_FLOAT:
        return "vector(768)";
    case TABLE_STRING:
    default:
        return "text";
    }
}

static void put_texts(base_buf *out, const table_batch *batch, size_t column, size_t row)
{
    const size_t count = table_list_size(batch, column, row);
    uint32_t size = count != 0 ? 20 : 12;
    for (size_t i = 0; i < count; i++)
        size += 4 + (uint32_t)table_list_string_at(batch, column, row, i).size;
    put32(out, size);
    put32(out, count != 0); /* an empty array has no dimension */
    put32(out, 0);
    put32(out, OID_TEXT);
    if (count != 0) {
        put32(out, (uint32_t)count);
        put32(out, 1);
    }
    for (size_t i = 0; i < count; i++)
        put_text(out, table_list_string_at(batch, column, row, i));
}

static void put_vector(base_buf *out, const table_batch *batch, size_t column, size_t row)
{
    const size_t count = table_list_size(batch, column, row);
    const float *values = table_list_floats_at(batch, column, row);
    put32(out, 4 + 4 * (uint32_t)count);
    put16(out, (uint16_t)count);
    put16(out, 0);
    for (size_t i = 0; i < count; i++)
        put_float(out, values[i]);
}

static void put_cell(base_buf *out, const table_batch *batch, size_t column, size_t row)
{
    switch (batch->schema.fields[column].type) {
    case TABLE_INT32:
        put32(out, 4);
        put32(out, (uint32_t)table_int32_at(batch, column, row));
        break;
    case TABLE_BOOL:
        put32(out, 1);
        base_buf_byte(out, table_bool_at(batch, column, row) ? 1 : 0);
        break;
    case TABLE_FLOAT:
        put32(out, 4);
        put_float(out, table_float_at(batch, column, row));
        break;
    case TABLE_LIST_STRING:
        put_texts(out, batch, column, row);
        break;
    case TABLE_LIST_FLOAT:
        put_vector(out, batch, column, row);
        break;
    case TABLE_STRING:
        put_text(out, table_string_at(batch, column, row));
        break;
    default:
        put32(out, UINT32_MAX);
        break;
    }
}

void publish_copy_begin(base_buf *out)
{
    base_buf_append(out, "PGCOPY\n\377\r\n\0", 11);
    put32(out, 0);
    put32(out, 0);
}

void publish_copy_row(base_buf *out, const publish_vectors *v, const publish_row *row)
{
    const size_t columns = row->batch->schema.count;
    put16(out, (uint16_t)(columns + 3));
    for (size_t i = 0; i < columns; i++)
        if (table_is_null(row->batch, i, row->at))
            put32(out, UINT32_MAX);
        else
            put_cell(out, row->batch, i, row->at);
    put_text(out, base_span_of(row->split));
    put_text(out, base_span_of(v->dataset));
    put_text(out, base_span_of(v->release));
}

void publish_copy_end(base_buf *out)
{
    put16(out, UINT16_MAX);
}

bool publish_copy_field(base_span row, size_t *place, base_span *ret_field, bool *ret_null)
{
    uint32_t size = 0;
    if (*place + 4 > row.size)
        return false;
    for (size_t i = 0; i < 4; i++)
        size = size << 8 | (uint8_t)row.data[*place + i];
    *place += 4;
    *ret_null = size == UINT32_MAX;
    *ret_field = (base_span){row.data + *place, *ret_null ? 0 : size};
    *place += ret_field->size;
    return true;
}

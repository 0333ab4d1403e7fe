/* SPDX-License-Identifier: Apache-2.0 */
#include "table/batch.h"

#include <assert.h>

int table_batch_check(const table_batch *batch, lethe_error *error)
{
    if (batch->failed != 0)
        return base_fail(error, batch->failed);
    for (size_t i = 1; i < batch->schema.count; i++)
        if (batch->columns[i].rows != batch->columns[0].rows)
            return base_fail(error, LETHE_E_TABLE_SCHEMA);
    return 0;
}

size_t table_batch_rows(const table_batch *batch)
{
    return batch->columns[0].rows;
}

static const table_column *column_at(const table_batch *batch, size_t index, size_t row, table_type type)
{
    assert(index < batch->schema.count);
    const table_column *column = &batch->columns[index];
    assert(row < column->rows && column->type == type);
    (void)row;
    (void)type;
    return column;
}

bool table_is_null(const table_batch *batch, size_t column, size_t row)
{
    assert(column < batch->schema.count && row < batch->columns[column].rows);
    return table_column_is_null(&batch->columns[column], row);
}

static base_span text_between(const table_column *column, int32_t from, int32_t to)
{
    return from == to ? BASE_SPAN("") : (base_span){column->values.data + from, (size_t)(to - from)};
}

base_span table_string_at(const table_batch *batch, size_t column, size_t row)
{
    const table_column *from = column_at(batch, column, row, TABLE_STRING);
    return text_between(from, table_column_offsets(from)[row], table_column_offsets(from)[row + 1]);
}

/* Reads the fixed-width value of a row into `to`. */
static void fixed_at(const table_batch *batch, size_t column, size_t row, table_type type, void *to)
{
    const table_column *from = column_at(batch, column, row, type);
    const size_t width = table_type_width(type);
    memcpy(to, from->values.data + row * width, width);
}

int32_t table_int32_at(const table_batch *batch, size_t column, size_t row)
{
    int32_t value;
    fixed_at(batch, column, row, TABLE_INT32, &value);
    return value;
}

int64_t table_int64_at(const table_batch *batch, size_t column, size_t row)
{
    int64_t value;
    fixed_at(batch, column, row, TABLE_INT64, &value);
    return value;
}

bool table_bool_at(const table_batch *batch, size_t column, size_t row)
{
    uint8_t value;
    fixed_at(batch, column, row, TABLE_BOOL, &value);
    return value != 0;
}

float table_float_at(const table_batch *batch, size_t column, size_t row)
{
    float value;
    fixed_at(batch, column, row, TABLE_FLOAT, &value);
    return value;
}

double table_double_at(const table_batch *batch, size_t column, size_t row)
{
    double value;
    fixed_at(batch, column, row, TABLE_DOUBLE, &value);
    return value;
}

size_t table_list_size(const table_batch *batch, size_t column, size_t row)
{
    assert(column < batch->schema.count && row < batch->columns[column].rows);
    const table_column *from = &batch->columns[column];
    assert(table_type_is_list(from->type));
    return (size_t)(table_column_offsets(from)[row + 1] - table_column_offsets(from)[row]);
}

base_span table_list_string_at(const table_batch *batch, size_t column, size_t row, size_t item)
{
    const table_column *from = column_at(batch, column, row, TABLE_LIST_STRING);
    const size_t at = (size_t)table_column_offsets(from)[row] + item;
    assert(at < (size_t)table_column_offsets(from)[row + 1]);
    return text_between(from, table_column_item_offsets(from)[at], table_column_item_offsets(from)[at + 1]);
}

const float *table_list_floats_at(const table_batch *batch, size_t column, size_t row)
{
    const table_column *from = column_at(batch, column, row, TABLE_LIST_FLOAT);
    return (const float *)(const void *)from->values.data + table_column_offsets(from)[row];
}

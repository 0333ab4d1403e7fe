/* SPDX-License-Identifier: Apache-2.0 */
#include "table/batch.h"
#include "table/utf8.h"

#include <stdlib.h>

static void column_init(table_column *column, const table_field *field, size_t max_bytes)
{
    *column = (table_column){.type = field->type, .nullable = field->nullable};
    base_buf_init(&column->valid, max_bytes);
    base_buf_init(&column->offsets, max_bytes);
    base_buf_init(&column->item_offsets, max_bytes);
    base_buf_init(&column->values, max_bytes);
}

static void column_done(table_column *column)
{
    base_buf_done(&column->valid);
    base_buf_done(&column->offsets);
    base_buf_done(&column->item_offsets);
    base_buf_done(&column->values);
}

static void append_offset(table_batch *batch, base_buf *offsets, size_t offset)
{
    if (table_batch_room(batch, sizeof(int32_t)))
        base_buf_u32(offsets, (uint32_t)offset);
}

static void column_reset(table_batch *batch, table_column *column)
{
    column->rows = column->null_count = 0;
    base_buf_reset(&column->valid);
    base_buf_reset(&column->offsets);
    base_buf_reset(&column->item_offsets);
    base_buf_reset(&column->values);
    if (column->type == TABLE_STRING || table_type_is_list(column->type))
        append_offset(batch, &column->offsets, 0);
    if (column->type == TABLE_LIST_STRING)
        append_offset(batch, &column->item_offsets, 0);
}

int table_batch_new(const table_schema *schema, size_t max_rows, size_t max_bytes, table_batch **ret_batch,
                    lethe_error *error)
{
    table_batch *batch = calloc(1, sizeof(*batch));
    if (batch == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    const int status = table_schema_copy(schema, &batch->schema, error);
    if (status != 0) {
        free(batch);
        return status;
    }
    batch->max_rows = max_rows == 0 || max_rows > TABLE_BATCH_ROWS_MAX ? TABLE_BATCH_ROWS_MAX : max_rows;
    batch->max_bytes = max_bytes == 0 || max_bytes > TABLE_BATCH_BYTES_MAX ? TABLE_BATCH_BYTES_MAX : max_bytes;
    batch->columns = calloc(schema->count, sizeof(*batch->columns));
    if (batch->columns == NULL) {
        table_batch_free(batch);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    for (size_t i = 0; i < schema->count; i++)
        column_init(&batch->columns[i], &schema->fields[i], batch->max_bytes);
    table_batch_reset(batch);
    if (batch->failed != 0) {
        const int failed = batch->failed;
        table_batch_free(batch);
        return base_fail(error, failed);
    }
    *ret_batch = batch;
    return 0;
}

void table_batch_free(table_batch *batch)
{
    if (batch == NULL)
        return;
    for (size_t i = 0; batch->columns != NULL && i < batch->schema.count; i++)
        column_done(&batch->columns[i]);
    free(batch->columns);
    table_schema_free(&batch->schema);
    free(batch);
}

void table_batch_reset(table_batch *batch)
{
    batch->failed = 0;
    batch->used_bytes = 0;
    for (size_t i = 0; i < batch->schema.count; i++)
        column_reset(batch, &batch->columns[i]);
    for (size_t i = 0; i < batch->schema.count && batch->failed == 0; i++) {
        const table_column *column = &batch->columns[i];
        batch->failed = column->offsets.failed != 0 ? column->offsets.failed : column->item_offsets.failed;
    }
}

static void fail_batch(table_batch *batch, int code)
{
    if (batch->failed == 0)
        batch->failed = code;
}

bool table_batch_room(table_batch *batch, size_t size)
{
    if (batch->failed != 0)
        return false;
    if (size > batch->max_bytes - batch->used_bytes) {
        batch->failed = LETHE_E_BASE_LIMIT;
        return false;
    }
    batch->used_bytes += size;
    return true;
}

/* Whether `count` rows more are allowed. */
static bool rows_room(table_batch *batch, const table_column *column, size_t count)
{
    if (batch->failed != 0)
        return false;
    if (count > batch->max_rows - column->rows)
        fail_batch(batch, LETHE_E_BASE_LIMIT);
    return batch->failed == 0;
}

/* Extends the bitmap by `count` bits that are all `present`. */
static void append_valid(table_batch *batch, table_column *column, size_t count, bool present)
{
    const size_t end = column->rows + count, bytes = (end + 7) / 8;
    const size_t more = bytes - column->valid.size;
    if (!table_batch_room(batch, more))
        return;
    if (base_buf_reserve(&column->valid, more) != 0) {
        fail_batch(batch, column->valid.failed);
        return;
    }
    uint8_t *bits = (uint8_t *)column->valid.data;
    if (more != 0)
        memset(bits + column->valid.size, 0, more);
    column->valid.size = bytes;
    size_t at = column->rows;
    for (; present && at < end && at % 8 != 0; at++)
        bits[at / 8] = (uint8_t)(bits[at / 8] | 1u << (at % 8));
    for (; present && end - at >= 8; at += 8)
        bits[at / 8] = 0xff;
    for (; present && at < end; at++)
        bits[at / 8] = (uint8_t)(bits[at / 8] | 1u << (at % 8));
}

void table_batch_add_present(table_batch *batch, table_column *column, size_t count)
{
    if (!rows_room(batch, column, count))
        return;
    if (column->nullable)
        append_valid(batch, column, count, true);
    column->rows += count;
}

/* Repeats the last offset `count` times: rows without text or elements. */
static void repeat_offset(table_batch *batch, table_column *column, size_t count)
{
    if (batch->failed != 0 || !table_batch_room(batch, count * sizeof(int32_t)))
        return;
    if (base_buf_reserve(&column->offsets, count * sizeof(int32_t)) != 0) {
        fail_batch(batch, column->offsets.failed);
        return;
    }
    int32_t *offsets = (int32_t *)(void *)column->offsets.data;
    const size_t from = column->offsets.size / sizeof(int32_t);
    for (size_t i = 0; i < count; i++)
        offsets[from + i] = offsets[from - 1];
    column->offsets.size += count * sizeof(int32_t);
}

void table_batch_add_nulls(table_batch *batch, table_column *column, size_t count)
{
    if (!rows_room(batch, column, count))
        return;
    append_valid(batch, column, count, false);
    if (column->type == TABLE_STRING || table_type_is_list(column->type)) {
        repeat_offset(batch, column, count);
    } else {
        const size_t size = count * table_type_width(column->type);
        if (table_batch_room(batch, size) && base_buf_reserve(&column->values, size) == 0) {
            memset(column->values.data + column->values.size, 0, size);
            column->values.size += size;
        }
        fail_batch(batch, column->values.failed);
    }
    column->rows += count;
    column->null_count += count;
}

/* Room in `buf`, without a call where it is there already. */
static inline bool buf_room(base_buf *buf, size_t size)
{
    return size <= buf->capacity - buf->size || base_buf_reserve(buf, size) == 0;
}

void table_batch_add_text(table_batch *batch, table_column *column, base_span text)
{
    base_buf *offsets = column->type == TABLE_STRING ? &column->offsets : &column->item_offsets;
    base_buf *values = &column->values;
    if (text.size > TABLE_BATCH_BYTES_MAX || !table_batch_room(batch, text.size + sizeof(int32_t)))
        return fail_batch(batch, LETHE_E_BASE_LIMIT);
    if (!buf_room(values, text.size) || !buf_room(offsets, sizeof(int32_t)))
        return fail_batch(batch, values->failed != 0 ? values->failed : offsets->failed);
    if (text.size != 0)
        memcpy(values->data + values->size, text.data, text.size);
    values->size += text.size;
    const int32_t end = (int32_t)values->size;
    memcpy(offsets->data + offsets->size, &end, sizeof(end));
    offsets->size += sizeof(end);
}

void table_batch_add_fixed(table_batch *batch, table_column *column, const void *values, size_t count)
{
    const size_t size = count * table_type_width(column->type);
    if (!table_batch_room(batch, size))
        return;
    base_buf_append(&column->values, values, size);
    fail_batch(batch, column->values.failed);
}

void table_batch_add_lists(table_batch *batch, table_column *column, size_t count)
{
    table_batch_add_present(batch, column, count);
    repeat_offset(batch, column, count);
}

void table_batch_extend_list(table_column *column, size_t count)
{
    int32_t *offsets = (int32_t *)(void *)column->offsets.data;
    offsets[column->rows] += (int32_t)count;
}

/* The column for a value of `type`, or NULL and the failure. */
static table_column *column_for(table_batch *batch, size_t index, table_type type)
{
    if (batch->failed != 0)
        return NULL;
    if (index >= batch->schema.count || batch->columns[index].type != type) {
        fail_batch(batch, LETHE_E_TABLE_SCHEMA);
        return NULL;
    }
    return &batch->columns[index];
}

void table_append_null(table_batch *batch, size_t column)
{
    if (batch->failed != 0)
        return;
    if (column >= batch->schema.count || !batch->columns[column].nullable)
        fail_batch(batch, LETHE_E_TABLE_SCHEMA);
    else
        table_batch_add_nulls(batch, &batch->columns[column], 1);
}

void table_append_string(table_batch *batch, size_t column, base_span value)
{
    table_column *to = column_for(batch, column, TABLE_STRING);
    if (to == NULL)
        return;
    if (!table_utf8_valid(value))
        return fail_batch(batch, LETHE_E_TABLE_SCHEMA);
    table_batch_add_present(batch, to, 1);
    table_batch_add_text(batch, to, value);
}

static void append_fixed(table_batch *batch, size_t column, table_type type, const void *value)
{
    table_column *to = column_for(batch, column, type);
    if (to == NULL)
        return;
    table_batch_add_present(batch, to, 1);
    table_batch_add_fixed(batch, to, value, 1);
}

void table_append_int32(table_batch *batch, size_t column, int32_t value)
{
    append_fixed(batch, column, TABLE_INT32, &value);
}

void table_append_int64(table_batch *batch, size_t column, int64_t value)
{
    append_fixed(batch, column, TABLE_INT64, &value);
}

void table_append_bool(table_batch *batch, size_t column, bool value)
{
    const uint8_t byte = value ? 1 : 0;
    append_fixed(batch, column, TABLE_BOOL, &byte);
}

void table_append_float(table_batch *batch, size_t column, float value)
{
    append_fixed(batch, column, TABLE_FLOAT, &value);
}

void table_append_double(table_batch *batch, size_t column, double value)
{
    append_fixed(batch, column, TABLE_DOUBLE, &value);
}

void table_append_strings(table_batch *batch, size_t column, const base_span *items, size_t count)
{
    table_column *to = column_for(batch, column, TABLE_LIST_STRING);
    if (to == NULL)
        return;
    table_batch_add_lists(batch, to, 1);
    for (size_t i = 0; i < count && batch->failed == 0; i++) {
        if (!table_utf8_valid(items[i]))
            return fail_batch(batch, LETHE_E_TABLE_SCHEMA);
        table_batch_add_text(batch, to, items[i]);
    }
    if (batch->failed == 0)
        table_batch_extend_list(to, count);
}

void table_append_floats(table_batch *batch, size_t column, const float *values, size_t count)
{
    table_column *to = column_for(batch, column, TABLE_LIST_FLOAT);
    if (to == NULL)
        return;
    if (count > TABLE_BATCH_BYTES_MAX / sizeof(float))
        return fail_batch(batch, LETHE_E_BASE_LIMIT);
    table_batch_add_lists(batch, to, 1);
    table_batch_add_fixed(batch, to, values, count);
    if (batch->failed == 0)
        table_batch_extend_list(to, count);
}

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TABLE_COLUMN_H
#define TABLE_COLUMN_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Rows as columns in memory, in the layout of Arrow, so that a batch leaves through table/arrow.h without a copy:
 *
 *   valid         bitmap, bit r = 1: row r is present; only in nullable columns
 *   offsets       int32[rows + 1]; of strings into `values`, of lists into the elements
 *   item_offsets  int32[elements + 1]; LIST_STRING only, into `values`
 *   values        fixed-width slots (zero under null; a bool is one byte), or the bytes of strings
 */
#define TABLE_COLUMNS_MAX 1024
#define TABLE_NAME_MAX 255                         /* bytes of a column's name */
#define TABLE_BATCH_ROWS_MAX ((size_t)1 << 22)
#define TABLE_BATCH_BYTES_MAX ((size_t)1 << 30)    /* offsets have 31 bits */

typedef enum table_type {
    TABLE_STRING, /* UTF-8 */
    TABLE_INT32,
    TABLE_INT64,
    TABLE_BOOL,
    TABLE_FLOAT,
    TABLE_DOUBLE,
    TABLE_LIST_STRING, /* elements are never null; the list may be */
    TABLE_LIST_FLOAT,
    TABLE_TYPE_COUNT,
} table_type;

typedef struct table_field {
    const char *name;
    table_type type;
    bool nullable;
    bool timestamp; /* INT64 only: microseconds since 1970 without a zone; written as such, read back as a number */
} table_field;

typedef struct table_schema {
    const table_field *fields;
    size_t count;
} table_schema;

typedef struct table_column {
    table_type type;
    bool nullable;
    size_t rows;
    size_t null_count;
    base_buf valid, offsets, item_offsets, values;
} table_column;

/* Read freely; write through the functions below only. */
typedef struct table_batch {
    table_schema schema; /* own copy */
    table_column *columns;
    size_t max_rows, max_bytes, used_bytes;
    int failed; /* 0, or the status of the first append that failed */
} table_batch;

/* Names: 1 to TABLE_NAME_MAX bytes of UTF-8, unique. LETHE_E_TABLE_SCHEMA where the schema is no such thing. */
int table_schema_check(const table_schema *schema, lethe_error *error);
/* A deep copy, freed by table_schema_free. */
int table_schema_copy(const table_schema *schema, table_schema *ret_copy, lethe_error *error);
void table_schema_free(table_schema *schema);
bool table_schema_equal(const table_schema *a, const table_schema *b);
/* The index of a column by its name, or `count` of the schema. */
size_t table_schema_find(const table_schema *schema, const char *name);

static inline bool table_type_is_list(table_type type)
{
    return type == TABLE_LIST_STRING || type == TABLE_LIST_FLOAT;
}

static inline bool table_type_is_text(table_type type)
{
    return type == TABLE_STRING || type == TABLE_LIST_STRING;
}

/* Bytes of one value in `values` of a batch; 0 for text. */
size_t table_type_width(table_type type);

/* An empty batch; 0 as a maximum means the largest one. Owned by the caller until table_batch_free. */
int table_batch_new(const table_schema *schema, size_t max_rows, size_t max_bytes, table_batch **ret_batch,
                    lethe_error *error);
void table_batch_free(table_batch *batch); /* NULL-safe */
void table_batch_reset(table_batch *batch); /* forgets rows and failure, keeps the memory */

/*
 * Appends one value to one column; a row is there when every column has it. A failed append is sticky, as in base_buf:
 * maximum (LETHE_E_BASE_LIMIT), memory, and what the schema does not allow: another type, null in a column that is not
 * nullable, text that is not UTF-8 (LETHE_E_TABLE_SCHEMA). After a failure the batch is only good for a reset.
 */
void table_append_null(table_batch *batch, size_t column);
void table_append_string(table_batch *batch, size_t column, base_span value);
void table_append_int32(table_batch *batch, size_t column, int32_t value);
void table_append_int64(table_batch *batch, size_t column, int64_t value);
void table_append_bool(table_batch *batch, size_t column, bool value);
void table_append_float(table_batch *batch, size_t column, float value);
void table_append_double(table_batch *batch, size_t column, double value);
void table_append_strings(table_batch *batch, size_t column, const base_span *items, size_t count);
void table_append_floats(table_batch *batch, size_t column, const float *values, size_t count);

/* The sticky failure, or LETHE_E_TABLE_SCHEMA where columns differ in length. */
int table_batch_check(const table_batch *batch, lethe_error *error);
size_t table_batch_rows(const table_batch *batch);

/* Reading: `column` must have that type (asserted), `row` be in range. Under null: zero, the empty string or list. */
bool table_is_null(const table_batch *batch, size_t column, size_t row);
base_span table_string_at(const table_batch *batch, size_t column, size_t row);
int32_t table_int32_at(const table_batch *batch, size_t column, size_t row);
int64_t table_int64_at(const table_batch *batch, size_t column, size_t row);
bool table_bool_at(const table_batch *batch, size_t column, size_t row);
float table_float_at(const table_batch *batch, size_t column, size_t row);
double table_double_at(const table_batch *batch, size_t column, size_t row);
size_t table_list_size(const table_batch *batch, size_t column, size_t row);
base_span table_list_string_at(const table_batch *batch, size_t column, size_t row, size_t item);
const float *table_list_floats_at(const table_batch *batch, size_t column, size_t row);

#endif

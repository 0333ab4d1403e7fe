/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TABLE_BATCH_H
#define TABLE_BATCH_H

#include "table/column.h"

/* What the Parquet reader and writer need of a batch beyond its public face: bulk appends without checks of types. */

/* Notes `size` more bytes; false, and the failure, where the batch is full. */
bool table_batch_room(table_batch *batch, size_t size);

void table_batch_add_nulls(table_batch *batch, table_column *column, size_t count);
/* Marks `count` rows as present. Their values are the caller's to add: table_batch_add_text, table_batch_add_fixed. */
void table_batch_add_present(table_batch *batch, table_column *column, size_t count);
/* One string, as a row of STRING or as an element of LIST_STRING; the text is UTF-8 already. */
void table_batch_add_text(table_batch *batch, table_column *column, base_span text);
/* `count` values of the column's width; a row each, or an element each in a list. */
void table_batch_add_fixed(table_batch *batch, table_column *column, const void *values, size_t count);
/* `count` empty lists, present. */
void table_batch_add_lists(table_batch *batch, table_column *column, size_t count);
/* `count` elements more in the last list; their values are added apart. */
void table_batch_extend_list(table_column *column, size_t count);

static inline const int32_t *table_column_offsets(const table_column *column)
{
    return (const int32_t *)(const void *)column->offsets.data;
}

static inline const int32_t *table_column_item_offsets(const table_column *column)
{
    return (const int32_t *)(const void *)column->item_offsets.data;
}

static inline bool table_column_is_null(const table_column *column, size_t row)
{
    return column->nullable && ((uint8_t)column->valid.data[row / 8] >> (row % 8) & 1) == 0;
}

#endif

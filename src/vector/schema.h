/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VECTOR_SCHEMA_H
#define VECTOR_SCHEMA_H

#include "base/span.h"
#include "vector/row.h"

/* A schema that owns its texts: filled in place, never copied by assignment. Columns are sorted by name. */
typedef struct vector_schema_store {
    vector_schema schema;
    vector_block blocks[VECTOR_BLOCKS_MAX];
    vector_column columns[VECTOR_COLUMNS_MAX];
    char names[VECTOR_COLUMNS_MAX][VECTOR_COLUMN_MAX + 1];
    char stamp[5][VECTOR_STAMP_MAX + 1];
} vector_schema_store;

int vector_schema_keep(const vector_schema *schema, vector_schema_store *ret_store, lethe_error *error);

/* The column's number, or -1. */
int vector_schema_column(const vector_schema *schema, base_span name);

/* Whether a term has a column of the schema, in its form, and a value. */
bool vector_schema_has_term(const vector_schema *schema, base_span term);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TABLE_CODED_H
#define TABLE_CODED_H

#include "table/csv.h"

/*
 * A table as numbers: every column has its distinct strings in byte order, and for every row the index of its string.
 *
 *   values   "" | "18" | "39" | "50"          "" stands for a missing value: if there is one it is code 0
 *   codes     2     3    1     0  …           one a row
 *
 * Codes depend on the set of values only, not on the order of rows. A table that is made is not changed: any number of
 * threads may read it. Memory: 4 bytes a row and column, 16 bytes and its text a distinct value; while it is being made
 * another 32 bytes a distinct value, and up to twice the codes where they grow.
 */
typedef struct table_coded_column {
    base_span name;       /* ends in NUL (not counted), as values do */
    uint32_t file_column; /* of the file, from 0 */
    uint32_t value_count;
    const base_span *values;
    const uint32_t *codes;
} table_coded_column;

typedef struct table_coded {
    uint32_t column_count;
    size_t row_count;
    const table_coded_column *columns;
    size_t memory_bytes;
    uint64_t first_row; /* the number of row 0 in the file, as errors count */
    char *file;         /* name for errors; may be NULL */
} table_coded;

#define TABLE_CODED_ROWS_MAX   UINT32_MAX
#define TABLE_CODED_MEMORY_MAX ((size_t)16 << 30)

typedef struct table_coded_options {
    const char *const *missing; /* what means a missing value beside the empty field: "NA", "?" */
    size_t missing_count;
    const uint32_t *columns; /* of the file, in the order wanted; NULL: all */
    uint32_t column_count;
    uint64_t rows_max;       /* 0: TABLE_CODED_ROWS_MAX; LETHE_E_BASE_LIMIT beyond */
    size_t memory_max_bytes; /* 0: TABLE_CODED_MEMORY_MAX */
    size_t threads;          /* 0: 1; sorting, a column each. The result is the same. */
} table_coded_options;

/* Reads the rest of `csv`. `options` may be NULL. Errors: those of table_csv_next, LETHE_E_BASE_LIMIT with the row. */
int table_coded_read(table_csv *csv, const table_coded_options *options, table_coded **ret_table, lethe_error *error);

/* Opens, reads and closes a file. */
int table_coded_load(const char *path, const table_csv_options *csv_options, const table_coded_options *options,
                     table_coded **ret_table, lethe_error *error);
void table_coded_free(table_coded *table); /* NULL-safe */

uint32_t table_coded_find(const table_coded *table, base_span name); /* the column, or the count of columns */

/* LETHE_E_TABLE_COLUMN, with the file; the name that was asked for is the operator's, it stands in `path`. */
int table_coded_need(const table_coded *table, base_span name, uint32_t *ret_column, lethe_error *error);

/* The code of a value, or value_count. */
uint32_t table_coded_code(const table_coded_column *column, base_span value);

/* Row by row, for rows that come from elsewhere: fields are copied. Give `names` the names of the columns. */
typedef struct table_coder table_coder;

int table_coder_new(const base_span *names, uint32_t count, const table_coded_options *options, table_coder **ret_coder,
                    lethe_error *error);
int table_coder_add(table_coder *coder, const base_span *fields, lethe_error *error);
/* Gives the table; the coder is empty afterwards and can only be freed. */
int table_coder_finish(table_coder *coder, table_coded **ret_table, lethe_error *error);
void table_coder_free(table_coder *coder); /* NULL-safe */

#endif

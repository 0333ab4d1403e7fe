/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TABLE_SAMPLE_H
#define TABLE_SAMPLE_H

/* For tests: random tables from a seed, a sink and a source in memory, and whether two batches hold the same. */
#include "table/parquet.h"

#define SAMPLE_COLUMNS_MAX 24

typedef struct sample_random {
    uint64_t state;
} sample_random;

uint64_t sample_next(sample_random *random);

typedef struct sample_schema {
    table_field fields[SAMPLE_COLUMNS_MAX];
    char names[SAMPLE_COLUMNS_MAX][8];
    table_schema schema;
} sample_schema;

/* Every type, nullable and not. */
void sample_schema_full(sample_schema *ret_schema);
/* 1 to SAMPLE_COLUMNS_MAX columns of random types. */
void sample_schema_random(sample_random *random, sample_schema *ret_schema);

/* Appends `rows` rows. How many are null, and how many strings are distinct, changes by column. */
void sample_fill(sample_random *random, table_batch *batch, size_t rows);

table_sink sample_sink(base_buf *to);
/* Writes `batch` in pieces of `step` rows (0: whole). */
int sample_write(const table_batch *batch, size_t step, const table_writer_options *options, base_buf *to,
                 lethe_error *error);
/* Reads all groups into one batch of the file's schema. */
int sample_read(base_span file, const table_reader_limits *limits, table_batch **ret_batch, lethe_error *error);

/* Bit for bit: NaN equals itself, -0.0 does not equal 0.0. */
bool sample_same(const table_batch *a, const table_batch *b);
/* Rows [from, from + rows) of `all`, appended to `to`. */
void sample_copy(const table_batch *all, size_t from, size_t rows, table_batch *to);

#endif

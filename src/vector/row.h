/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VECTOR_ROW_H
#define VECTOR_ROW_H

#include "base/error.h"

#include <stdint.h>

/*
 * What an index is made of. All texts are borrowed and end in NUL. A term says what a row holds in a column:
 * `column=value` where the column has one value a row, `column~value` where it is a list.
 */
#define VECTOR_DIMENSIONS_MAX  4096
#define VECTOR_DIMENSIONS_STEP 64 /* dimensions are a multiple of it: a cache line of codes */
#define VECTOR_BLOCKS_MAX      8
#define VECTOR_COLUMNS_MAX     64
#define VECTOR_COLUMN_MAX      63  /* bytes of a column's name */
#define VECTOR_ID_MAX          64  /* bytes of a row's or a group's id */
#define VECTOR_TERM_MAX        255 /* bytes of a term */
#define VECTOR_STAMP_MAX       255 /* bytes of each of its texts */
#define VECTOR_TERMS_MAX       (1U << 20)
#define VECTOR_ROW_TERMS_MAX   4096
#define VECTOR_ROWS_MAX        (1U << 30)
#define VECTOR_AMPLITUDE_MAX   1024.0F /* of one element of a vector */

/* What vectors must share to be compared. Texts may be empty; NULL is as empty. */
typedef struct vector_stamp {
    const char *model, *schema, *vocabulary, *plan, *key;
} vector_stamp;

/* 0, or LETHE_E_VECTOR_STAMP with the name of the first field that differs as the error's path. */
int vector_stamp_compare(const vector_stamp *a, const vector_stamp *b, lethe_error *error);

/* A run of dimensions and its weight, as stored vectors have it (docs/SPEC-vector.md). Blocks lie in order, without
 * gaps, and cover all dimensions. */
typedef struct vector_block {
    uint32_t at, size;
    double weight;
} vector_block;

typedef struct vector_column {
    const char *name; /* a-z, 0-9 and _ */
    bool list;
} vector_column;

typedef struct vector_schema {
    uint32_t dimensions;
    uint32_t block_count, column_count;
    const vector_block *blocks;
    const vector_column *columns;
    vector_stamp stamp;
} vector_schema;

int vector_schema_check(const vector_schema *schema, lethe_error *error); /* LETHE_E_VECTOR_INPUT */

typedef struct vector_row {
    const char *row_id;   /* unique in the index */
    const char *group_id; /* the patient's */
    uint32_t snapshot;
    uint32_t term_count;
    const float *vector;      /* finite */
    const char *const *terms; /* each once, in any order */
} vector_row;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TABLE_ARROW_H
#define TABLE_ARROW_H

#include "table/column.h"

/* The structs of the Arrow C data interface, laid down by its specification (Apache Arrow, format/CDataInterface):
 * every library that speaks it defines the same ones behind the same guard. */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

#endif

/*
 * A batch as a struct array with a child for each column, and a schema as its type. The receiver owns what it gets and
 * calls `release` once; a child may be moved out and then lives on its own.
 */
int table_arrow_export_schema(const table_schema *schema, struct ArrowSchema *ret_schema, lethe_error *error);

/* Moves the rows out without a copy (bools become bits): the batch is empty afterwards and may be filled again. On
 * failure it is as it was. */
int table_arrow_export_batch(table_batch *batch, struct ArrowArray *ret_array, lethe_error *error);

#endif

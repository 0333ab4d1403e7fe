/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_DATASET_H
#define ENGINE_DATASET_H

#include "base/file.h"
#include "engine/compose.h"
#include "identity/token.h"
#include "json/json.h"
#include "table/column.h"
#include "vector/row.h"

/*
 * A finished dataset, as whoever looks for its rows reads it: the manifest, whose signature fits the key that it names
 * (whose key that is, only `lethe verify --public-key` says), the plan's levels, and the profile files, each compared
 * with its digest. Constant once it is open: any number of threads.
 */
typedef struct engine_dataset {
    char folder[BASE_PATH_MAX];
    base_buf manifest;
    json_parser *parser;
    json_value root; /* of the manifest */
    privacy_node node;
    uint64_t rows, patients; /* as the manifest says */
    char model[VECTOR_STAMP_MAX + 1], schema[VECTOR_STAMP_MAX + 1], vocabulary[VECTOR_STAMP_MAX + 1];
    char plan[65]; /* SHA-256 of plan.json */
    char key_id[17];
} engine_dataset;

/* LETHE_E_BASE_NOT_FOUND, LETHE_E_ENGINE_DATASET, LETHE_E_VERIFY_SIGNATURE, LETHE_E_VERIFY_VERSION,
 * LETHE_E_VERIFY_CHECKSUM; the file is named. */
int engine_dataset_open(const char *folder, engine_dataset **ret_dataset, lethe_error *error);
void engine_dataset_free(engine_dataset *dataset); /* NULL-safe */

/* SHA-256 of the manifest: which dataset it is. */
int engine_dataset_identity(const engine_dataset *dataset, uint8_t ret_digest[32], lethe_error *error);

/* manifest.json: outcome_horizon_months, k. LETHE_E_ENGINE_DATASET. */
int engine_dataset_terms(const engine_dataset *dataset, uint32_t *ret_horizon_months, uint32_t *ret_k,
                         lethe_error *error);

/* What its vectors were made under; borrowed from the dataset. */
vector_stamp engine_dataset_stamp(const engine_dataset *dataset);

/* The folder's vectors/. LETHE_E_BASE_LIMIT. */
int engine_dataset_vectors(const engine_dataset *dataset, char ret_path[BASE_PATH_MAX], lethe_error *error);

/* The columns of the index, `column=value` and `column~value`: every column of the row but its ids, its vector, and
 * what is the same in all rows; and `split`. Borrows `columns` and the dataset. */
vector_schema engine_dataset_schema(const engine_dataset *dataset, vector_column columns[VECTOR_COLUMNS_MAX]);

typedef struct engine_batch_visitor {
    void *context;
    const table_schema *schema; /* the columns that are read */
    int (*batch)(void *context, identity_split split, const table_batch *batch, uint64_t first_row, lethe_error *error);
} engine_batch_visitor;

/* The row groups of the profile files in the order of the files' names; `first_row` counts in the file, from 1.
 * LETHE_E_VERIFY_CHECKSUM, LETHE_E_TABLE_*, the file is named. */
int engine_dataset_batches(const engine_dataset *dataset, const engine_batch_visitor *visitor, lethe_error *error);

typedef struct engine_row_visitor {
    void *context;
    int (*row)(void *context, const vector_row *row, lethe_error *error);
    int (*progress)(void *context, uint64_t done, uint64_t total); /* may be NULL; non-zero cancels */
    void *progress_context;
} engine_row_visitor;

/* Rows of batches with all columns of the released row, as the index holds them: what engine_dataset_rows does with
 * those of the files. `model` is the one that they must name; it and the visitor's context are borrowed. */
typedef struct engine_row_reader engine_row_reader;

int engine_row_reader_new(const char *model, const engine_row_visitor *visitor, uint64_t rows,
                          engine_row_reader **ret_reader, lethe_error *error);
int engine_row_reader_batch(engine_row_reader *reader, identity_split split, const table_batch *batch,
                            uint64_t first_row, lethe_error *error);
void engine_row_reader_free(engine_row_reader *reader); /* NULL-safe */

/* Every row of the profile files in the order of the files' names, as the index holds it; borrowed for the call. A
 * failure has the file and the row's number in it. */
int engine_dataset_rows(const engine_dataset *dataset, const engine_row_visitor *visitor, lethe_error *error);

#endif

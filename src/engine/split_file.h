/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_SPLIT_FILE_H
#define ENGINE_SPLIT_FILE_H

#include "engine/apply.h"
#include "table/parquet.h"

/* profiles/split=NAME/part-00000.parquet, part-00001.parquet …: a new file after ENGINE_ROWS_PER_FILE rows, each listed
 * with its digest, which is taken while it is written. A split without rows has no folder: some readers refuse a file
 * without rows. */
typedef struct engine_split_file engine_split_file;

int engine_split_file_new(const base_folder *folder, engine_files *files, identity_split split,
                          engine_split_file **ret_file, lethe_error *error);
int engine_split_file_append(engine_split_file *file, const table_batch *batch, lethe_error *error);
int engine_split_file_finish(engine_split_file *file, lethe_error *error);
void engine_split_file_free(engine_split_file *file);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_EXPORT_H
#define ENGINE_EXPORT_H

#include "engine/dataset.h"

#include <lethe/export.h>

/* An export: rows in the order of the dataset's files, each format one struct of functions. */
typedef struct engine_export {
    const lethe_export_options *options;
    lethe_export_result *result;
    engine_dataset *dataset;
    base_folder folder;
    table_schema schema; /* of the rows */
    void *state;         /* the format's */
} engine_export;

typedef struct engine_export_format {
    const char *name;
    int (*begin)(engine_export *e, lethe_error *error);
    int (*batch)(engine_export *e, identity_split split, const table_batch *batch, lethe_error *error);
    int (*end)(engine_export *e, lethe_error *error);
    void (*free)(engine_export *e); /* also after a failure */
} engine_export_format;

extern const engine_export_format engine_export_jsonl, engine_export_npy, engine_export_arrow, engine_export_meds;

/* One open file a split, made when its first row comes: state of the simple formats. */
typedef struct engine_export_files {
    FILE *files[IDENTITY_SPLIT_COUNT];
    uint64_t rows[IDENTITY_SPLIT_COUNT];
} engine_export_files;

FILE *engine_export_file(engine_export *e, engine_export_files *files, identity_split split, const char *suffix,
                         lethe_error *error);
int engine_export_write(FILE *file, const void *bytes, size_t size, lethe_error *error);
int engine_export_close(engine_export_files *files, lethe_error *error);
void engine_export_abandon(engine_export_files *files);

#endif

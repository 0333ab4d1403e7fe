/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_APPLY_H
#define ENGINE_APPLY_H

#include "base/file.h"
#include "crypt/digest.h"
#include "engine/cohort.h"
#include "engine/compose.h"
#include "table/column.h"

#include <pthread.h>

/*
 * APPLY: the released rows of a decided cohort, in the order of the dataset, as Parquet by split; and what is counted
 * on the way for manifest, vocabulary and report. One pass.
 */
#define ENGINE_ROWS_PER_FILE 1000000
#define ENGINE_SAMPLE_MAX    2000 /* snapshots whose vectors are compared with what they were before the gate */

/* A file of the dataset, for the manifest. */
typedef struct engine_listed {
    char path[96];
    uint64_t size_bytes;
    uint8_t digest[32];
} engine_listed;

/* Any thread may add. */
typedef struct engine_files {
    pthread_mutex_t lock;
    engine_listed *files;
    size_t count, capacity;
} engine_files;

/* The latest released snapshot of a sample of people: its vector, the vector of the same row before the gate, raw
 * codes. */
typedef struct engine_sample {
    size_t count;
    float *released, *before; /* count × 768 */
    base_buf codes;           /* uint32_t …, hashes */
    size_t starts[ENGINE_SAMPLE_MAX + 1];
} engine_sample;

typedef struct engine_apply {
    /* in */
    engine_cohort *cohort;
    engine_composer composer;
    const embed_model *model;
    const base_folder *folder;
    int (*progress)(void *context, uint64_t done, uint64_t total);
    void *progress_context;
    /* out */
    engine_files *files;
    engine_sample sample;
    uint64_t split_rows[IDENTITY_SPLIT_COUNT], split_people[IDENTITY_SPLIT_COUNT];
    uint64_t ready_rows;
    uint64_t observed_rows, died_rows;
} engine_apply;

int engine_apply_run(engine_apply *apply, lethe_error *error);
void engine_apply_done(engine_apply *apply);

/* One row of a person: as the plan and the list rule leave it, and as it was before them (leaves, all items, all risk
 * factors). Names live as long as the arena; an apply that was set up is enough. */
int engine_apply_row(const engine_apply *apply, const engine_released_person *person, size_t place, base_arena *arena,
                     record_released *ret_released, lethe_error *error);
int engine_apply_leaves(const engine_apply *apply, const record_row *row, base_arena *arena,
                        record_released *ret_released, lethe_error *error);

/* Appends a row to a batch of the dataset's columns; place: its snapshot number. Whether it is ready for prediction. */
bool engine_apply_append(const engine_apply *apply, const engine_person *person, const record_row *row, size_t place,
                         const record_released *released, const float *vector, table_batch *batch);

/* Writes a file of the dataset and lists it. */
int engine_files_write(engine_files *files, const base_folder *folder, const char *path, base_span bytes,
                       lethe_error *error);
int engine_files_add(engine_files *files, const char *path, uint64_t size_bytes, const uint8_t digest[32],
                     lethe_error *error);
void engine_files_init(engine_files *files);
void engine_files_done(engine_files *files);
void engine_files_sort(engine_files *files); /* by path */

#endif

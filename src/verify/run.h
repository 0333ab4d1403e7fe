/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERIFY_RUN_H
#define VERIFY_RUN_H

#include "base/arena.h"
#include "base/buf.h"
#include "json/json.h"
#include "table/column.h"
#include "verify/contract.h"
#include "verify/counts.h"
#include "verify/verify.h"

/* What one verification knows. Everything lives in `arena` or is freed by the function that made it. */
#define VERIFY_DOCUMENT_MAX       ((size_t)64 << 20) /* manifest.json, plan.json, vocabulary.json */
#define VERIFY_MANIFEST_FILES_MAX 100000
#define VERIFY_SPLITS             3
#define VERIFY_COUNT_UNSTATED     UINT64_MAX

typedef struct verify_file {
    const char *path; /* inside the folder */
    uint8_t digest[32];
    uint64_t size_bytes;
    int split;          /* of a profile file, or -1 */
    uint32_t first_row; /* ordinal over all profile files */
    bool seen;
} verify_file;

typedef struct verify_manifest {
    uint8_t public_key[32];
    verify_file *files; /* sorted by path, so profile files stand in the order of their rows */
    size_t file_count;
    uint64_t profiles, patients; /* as stated */
    uint64_t split_profiles[VERIFY_SPLITS], split_patients[VERIFY_SPLITS];
    const char *embedding_model;
    int32_t horizon_months;
    float weights[3];
    double beta;        /* of the level external; else 0 */
    bool after_erasure; /* numbers of snapshots may have gaps */
    bool external;      /* one row a patient; lists are counted in each class; columns without a hierarchy withheld */
} verify_manifest;

/* One value of a list column, as vocabulary.json says. */
typedef struct verify_item {
    const char *name;
    record_column column;
    record_item parent;
    uint64_t support; /* stated, or VERIFY_COUNT_UNSTATED */
    bool tells_sex, tells_pregnancy, sensitive;
} verify_item;

typedef struct verify_vocabulary {
    verify_item *items;
    size_t count;
    verify_strings names; /* one byte of column, then the name; the id is the item */
    verify_exposures exposures;
} verify_vocabulary;

typedef struct verify_run {
    const char *folder;
    verify_options options;
    verify_result *result;
    base_arena arena;
    json_parser *parser;
    base_buf manifest_bytes;
    verify_manifest manifest;
    verify_vocabulary vocabulary;
    uint32_t levels[RECORD_QI_COUNT];
    verify_counts counts;
} verify_run;

/* Notes a failure of a check. `file`, `row` (from 1) and `column` may be unknown: NULL, 0, NULL. */
void verify_note(verify_run *run, verify_check check, int code, const char *file, uint64_t row, const char *column);
/* The same from a status that a lower floor has filled. */
void verify_note_error(verify_run *run, verify_check check, int code, const char *file, const lethe_error *cause);
/* Adds what another result found after it. */
void verify_add_result(verify_run *run, const verify_result *later);
void verify_counted(verify_run *run, verify_check check, uint64_t count);
/* Ends a check: passed where it has no failures. */
void verify_settle(verify_run *run, verify_check check);
/* The file and row of an ordinal over all profile files. */
void verify_note_ordinal(verify_run *run, verify_check check, int code, uint32_t ordinal, const char *column);

/* errno as LETHE_E_BASE_IO of that file: it could not be read, which is no finding. */
static inline int verify_fail_file(const char *path, lethe_error *error)
{
    base_fail_errno(error, LETHE_E_BASE_IO);
    base_error_file(error, path);
    return LETHE_E_BASE_IO;
}

/* Loads a document of the folder and parses it with run->parser; `buf` must outlive the values. */
int verify_load_json(verify_run *run, const char *name, base_buf *buf, json_value *ret_root, lethe_error *error);
int verify_path(const verify_run *run, const char *name, char *ret_path, size_t size, lethe_error *error);
/* A copy of a string that ends in NUL; NULL where the value is no string, or holds a NUL. */
const char *verify_keep(verify_run *run, json_value value);

/* The item of that name, or VERIFY_NONE. */
uint32_t verify_find_item(const verify_vocabulary *vocabulary, record_column column, base_span name);

/* Where a row stands, and what it says: made by rows.c, judged by the functions below. */
typedef struct verify_place {
    const verify_file *file;
    uint64_t row;     /* in the file, from 1 */
    uint32_t ordinal; /* over all profile files */
} verify_place;

typedef struct verify_view {
    verify_place place;
    const char *text[VERIFY_COLUMN_COUNT]; /* of string columns; NULL: null */
    verify_location location;
    verify_row row;
    const uint32_t *items; /* of all lists, in the order of the columns; a name that no vocabulary has is left out */
    size_t item_count;
    int32_t snapshot;
    bool outcome_observed, ready;
    int death; /* 0, 1, -1: null */
    float weights[3];
    const float *vector;
    size_t vector_size;
} verify_view;

/* Row `at` of the batch; texts and lists are copied into the arena, the vector is the batch's. */
int verify_read_view(const verify_run *run, base_arena *arena, const table_batch *batch, size_t at, verify_place place,
                     verify_view *ret_view, lethe_error *error);
void verify_note_view(verify_run *run, const verify_view *view, verify_check check, int code, verify_column column);
void verify_check_values(verify_run *run, const verify_view *view);
/* At the level external: list items, and how likely the sensitive ones are, in every class. */
int verify_check_within(verify_run *run, lethe_error *error);
void verify_check_outcomes(verify_run *run, const verify_view *view);
void verify_check_vector(verify_run *run, const verify_view *view);

/* The checks above of many rows at once, each slice noting for itself; slices in order say what one thread would. */
#define VERIFY_SLICE_ROWS 256

typedef struct verify_slice {
    base_arena arena;
    verify_result result;
    verify_view views[VERIFY_SLICE_ROWS];
    size_t count;
} verify_slice;

typedef struct verify_slices {
    verify_slice *slices;
    size_t count, threads;
} verify_slices;

int verify_slices_init(size_t threads, verify_slices *ret_slices, lethe_error *error);
void verify_slices_done(verify_slices *slices);
/* Rows of the batch from `at` on, the first of which stands at `place`; adds what they found to the run's result. The
 * views last until the next call. Returns how many rows were taken in *ret_rows: fewer than asked for are no failure.
 */
int verify_slices_check(verify_run *run, verify_slices *slices, const table_batch *batch, size_t at, verify_place place,
                        size_t *ret_rows, lethe_error *error);

static inline const verify_view *verify_slices_view(const verify_slices *slices, size_t row)
{
    return &slices->slices[row / VERIFY_SLICE_ROWS].views[row % VERIFY_SLICE_ROWS];
}

/* The stages, in their order. Each notes what it finds and fails only where it could not be carried out. */
int verify_read_manifest(verify_run *run, bool *ret_usable, lethe_error *error);
int verify_check_signature(verify_run *run, lethe_error *error);
int verify_check_files(verify_run *run, lethe_error *error);
int verify_read_documents(verify_run *run, bool *ret_usable, lethe_error *error);
int verify_check_rows(verify_run *run, lethe_error *error);
int verify_check_counts(verify_run *run, lethe_error *error);
int verify_check_support(verify_run *run, lethe_error *error);

#endif

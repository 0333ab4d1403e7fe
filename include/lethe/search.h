/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LETHE_SEARCH_H
#define LETHE_SEARCH_H

#include <lethe/error.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Similar patients of a dataset, through the index in its vectors/. The index is derived from the released rows, is no
 * part of what was signed, and can be made again at any time: whoever receives a dataset makes their own.
 */
typedef struct lethe_index_options {
    uint32_t size_bytes;
    int (*progress)(void *context, uint64_t done, uint64_t total); /* rows; non-zero cancels */
    void *progress_context;
} lethe_index_options;

typedef struct lethe_index_info {
    uint64_t rows, patients; /* that can be found */
    uint64_t late_rows;      /* changed since the index was made or compacted */
    uint64_t dead_rows;      /* deleted, until it is compacted */
    uint64_t generation;
    uint32_t dimensions;
} lethe_index_info;

/* Makes vectors/ from the Parquet files, each of which must be the one that the manifest names. An index that is there
 * is replaced as a whole, also while others search it. `options` may be NULL. Errors: LETHE_E_ENGINE_DATASET,
 * LETHE_E_VERIFY_SIGNATURE, _CHECKSUM, _VERSION, LETHE_E_TABLE_*, LETHE_E_VECTOR_LOCKED, LETHE_E_BASE_*. */
LETHE_API int lethe_index_build(const char *dataset, const lethe_index_options *options, lethe_index_info *ret_info,
                                lethe_error *error);

/* Brings an index that is there to what the Parquet files hold, and costs less than building where little differs: rows
 * that it lacks or has otherwise are written, rows that it has too many deleted, some thousand at a time, each lot on
 * the disk before the next. Others may search meanwhile. `ret_changes` may be NULL. Errors as above, and
 * LETHE_E_VECTOR_STAMP, _FORMAT, _DAMAGED, LETHE_E_BASE_NOT_FOUND: build it. */
typedef struct lethe_index_changes {
    uint64_t written, deleted, same; /* rows */
} lethe_index_changes;

LETHE_API int lethe_index_add(const char *dataset, const lethe_index_options *options, lethe_index_info *ret_info,
                              lethe_index_changes *ret_changes, lethe_error *error);

/* Writes the index anew from what can be found in it: afterwards no file of it has the bytes of deleted rows, and none
 * of its rows is late. It does not look at the Parquet files. */
LETHE_API int lethe_index_compact(const char *dataset, lethe_index_info *ret_info, lethe_error *error);

/* Whether the index is whole, belongs to this dataset, and holds every row as the Parquet files do, and no other:
 * LETHE_E_VECTOR_*, LETHE_E_ENGINE_INDEX with the file and the number of the row; and what lethe_index_build says. */
LETHE_API int lethe_index_check(const char *dataset, const lethe_index_options *options, lethe_index_info *ret_info,
                                lethe_error *error);

/* Opened once, searched by any number of threads. LETHE_E_VECTOR_STAMP where the index is of another plan, model,
 * schema, vocabulary or key than the dataset. */
typedef struct lethe_index lethe_index;

LETHE_API int lethe_index_open(const char *dataset, lethe_index **ret_index, lethe_error *error);
LETHE_API void lethe_index_close(lethe_index *index); /* NULL-safe; results stay until they are freed */

/* Takes what was built, added or deleted since; searches under way are not disturbed. */
LETHE_API int lethe_index_refresh(lethe_index *index, lethe_error *error);
LETHE_API int lethe_index_get_info(lethe_index *index, lethe_index_info *ret_info, lethe_error *error);

#define LETHE_SEARCH_K_MAX     100000
#define LETHE_SEARCH_WHERE_MAX 64

/* Exactly one of id, profile and text. Zero means the default named behind each member; strings are borrowed. */
typedef struct lethe_search_query {
    uint32_t size_bytes;
    const char *id;      /* anon_… (the latest of that patient's rows) or visit_… of this dataset */
    const char *profile; /* JSON of lethe_create_ml_profile under the plan of this dataset, with its key */
    size_t profile_size;
    const char *text; /* free text: what the vocabulary finds in it is encoded, the text itself never is */
    size_t text_size;
    const char *const *where; /* all must hold: column=v1|v2, column!=v, list~v1|v2, list!~v */
    size_t where_count;
    const double *weights; /* medical, demographic, temporal; default .8, .3, .5; of a text only what it speaks of */
    uint32_t top_k;        /* default 10 */
    uint8_t rows;          /* the nearest rows; default: the nearest patients, each by the nearest row */
    uint8_t include_own;   /* default: rows of the patient who asks are left out */
} lethe_search_query;

/* Terms are written as clauses of `where`: age_group=25-30, medical_history_concepts~asthma. */
typedef struct lethe_search_hit {
    const char *anonymous_id, *row_id;
    uint32_t snapshot;
    double similarity; /* inner product under the weights: 1 for equal vectors */
    size_t term_count, shared_count;
    const char *const *terms;  /* all that the row says */
    const char *const *shared; /* what it has in common with the query, rarest first; labels are not counted */
} lethe_search_hit;

typedef struct lethe_search_result {
    size_t count;
    const lethe_search_hit *hits; /* best first; fewer than top_k where there are no more */
    size_t term_count;
    const char *const *terms;  /* what the query was read as, rarest first */
    const uint64_t *term_rows; /* how many rows have each: 0 where the vocabulary knows it and nobody here has it */
    size_t unknown_count;
    const char *const *unknown; /* values of `where` that no row has: they match nothing */
    double weights[3];
    uint64_t rows; /* that `where` lets pass */
    uint64_t scanned, compared;
    int proved; /* the answer is that of an exact scan */
} lethe_search_result;

/*
 * Errors: LETHE_E_ENGINE_OPTION (path: the member), LETHE_E_ENGINE_PROFILE, LETHE_E_ENGINE_TEXT where a text names
 * nothing of the vocabulary, LETHE_E_VECTOR_STAMP (path: what differs), _NOT_FOUND, _FILTER and _COLUMN (path: which
 * clause, from 0), _DAMAGED. The result is freed by lethe_search_free, also after lethe_index_close.
 */
LETHE_API int lethe_search(lethe_index *index, const lethe_search_query *query, lethe_search_result **ret_result,
                           lethe_error *error);
LETHE_API void lethe_search_free(lethe_search_result *result); /* NULL-safe */

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VECTOR_INDEX_H
#define VECTOR_INDEX_H

#include "vector/row.h"

/*
 * Reading an index: opened once, used by any number of threads. A view is what the index held at one moment and never
 * changes; searches and everything that is asked about their hits go to one view, so that row numbers mean the same.
 * Refresh makes a new view from what writers, here or in other processes, have acknowledged since; older views live
 * until they are released, and with them the bytes that were deleted meanwhile.
 */
typedef struct vector_index vector_index;
typedef struct vector_view vector_view;

typedef struct vector_info {
    uint64_t generation;
    uint32_t dimensions;
    uint32_t rows;      /* that can be found */
    uint32_t dead_rows; /* deleted, until compaction */
    uint32_t late_rows; /* in the log, not in the base yet */
    uint32_t parts;
} vector_info;

/* `folder` is the vectors/ of a dataset. LETHE_E_BASE_NOT_FOUND, LETHE_E_VECTOR_FORMAT, LETHE_E_VECTOR_DAMAGED. */
int vector_index_open(const char *folder, vector_index **ret_index, lethe_error *error);
void vector_index_close(vector_index *index); /* NULL-safe; views stay until they are released */

/* From any thread, also while others search. On failure the index keeps its view. Where another folder was put in the
 * place of the one that was opened, as `lethe erase` does, that one is read from then on. */
int vector_index_refresh(vector_index *index, lethe_error *error);
int vector_index_refresh_here(vector_index *index, lethe_error *error); /* of the folder that was opened only */

/* The newest view; to be released. Never NULL. */
vector_view *vector_index_view(vector_index *index);
void vector_view_release(vector_view *view); /* NULL-safe */

vector_info vector_view_info(const vector_view *view);
int vector_view_count_groups(const vector_view *view, uint32_t *ret_groups, lethe_error *error); /* with a row */
const vector_schema *vector_view_schema(const vector_view *view); /* borrowed from the view */

#define VECTOR_NO_ROW UINT32_MAX

/* A row by its id: LETHE_E_VECTOR_NOT_FOUND where there is none. */
int vector_view_find(const vector_view *view, const char *row_id, uint32_t *ret_row, lethe_error *error);

/* The rows of a group in the order of their numbers, at most `capacity` of them; *ret_count is how many there are, 0
 * for a group that the view does not have. */
int vector_view_group(const vector_view *view, const char *group_id, uint32_t *ret_rows, size_t capacity,
                      size_t *ret_count, lethe_error *error);

/* A row by its number, for predicting and explaining. Everything is borrowed from the view. */
typedef struct vector_seen {
    const char *row_id, *group_id;
    uint32_t snapshot;
    uint32_t group; /* the same number for rows of one group, below vector_view_groups */
    const float *vector;
    uint32_t term_count;
} vector_seen;

int vector_view_row(const vector_view *view, uint32_t row, vector_seen *ret_seen, lethe_error *error);
int vector_view_term(const vector_view *view, uint32_t row, uint32_t at, const char **ret_term, lethe_error *error);
uint32_t vector_view_groups(const vector_view *view); /* numbers in use, of groups without rows too */

/* How many rows that can be found have a term; 0 for one that nobody has. */
int vector_view_support(const vector_view *view, const char *term, uint32_t *ret_rows, lethe_error *error);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VECTOR_VIEW_H
#define VECTOR_VIEW_H

#include "vector/segment.h"

/*
 * A base and, behind it, images of late rows that are at least halved from one to the next, each with a bitmap of what
 * lives:
 *
 *     row numbers   0 .............. first₁ ...... first₂ ..
 *     parts         base             late          late
 *
 * Built by one thread, then never changed.
 */
#define VECTOR_PARTS_MAX 40

typedef struct vector_part {
    vector_segment *segment;
    uint64_t *live; /* a bit a row */
    uint32_t live_rows;
    uint32_t first;      /* the number of its first row */
    uint32_t *groups;    /* the view's number of each group; NULL where it is the same */
    uint32_t groups_end; /* numbers in use up to and with this part */
} vector_part;

struct vector_view {
    atomic_uint references;
    vector_part parts[VECTOR_PARTS_MAX];
    size_t count;
    uint32_t rows, groups; /* numbers in use */
    uint32_t live_rows;
    uint64_t log_end; /* where the commits that it holds end */
    uint64_t sequence;
    bool erasing; /* an erasure waits for its compaction */
};

/* A view of a base alone, all of it alive; takes over the reference to the segment, also on failure. */
int vector_view_new(vector_segment *base, vector_view **ret_view, lethe_error *error);
vector_view *vector_view_hold(vector_view *view);

/* A copy to be changed; shares the segments, keeps the numbers of groups. */
int vector_view_copy(const vector_view *view, vector_view **ret_view, lethe_error *error);

/* Adds a segment, takes over its reference, also on failure. */
int vector_view_add(vector_view *view, vector_segment *segment, lethe_error *error);
void vector_view_drop_last(vector_view *view);

/* Numbers rows and groups; last, after all changes. */
int vector_view_number(vector_view *view, lethe_error *error);

/* How many rows were alive. */
uint32_t vector_view_kill_row(vector_view *view, const char *row_id);
int vector_view_kill_group(vector_view *view, const char *group_id, uint32_t *ret_rows, lethe_error *error);

/* The part of a row's number, which must be below view->rows. */
const vector_part *vector_view_part(const vector_view *view, uint32_t row);

static inline uint32_t vector_part_group(const vector_part *part, uint32_t group)
{
    return part->groups != NULL ? part->groups[group] : group;
}

/* A row as it was given, terms into the caller's VECTOR_ROW_TERMS_MAX pointers. */
int vector_part_row(const vector_part *part, uint32_t row, const char **terms, vector_row *ret_row, lethe_error *error);

#endif

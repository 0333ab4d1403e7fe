/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VECTOR_SEEK_H
#define VECTOR_SEEK_H

#include "vector/best.h"
#include "vector/filter_internal.h"
#include "vector/kernel.h"
#include "vector/order.h"

/* A query under way: its code, the bounds so far, and the rows that may still be among the nearest. */
typedef struct vector_seeker {
    const vector_query *query;
    const vector_view *view;
    const vector_kernel *kernel;
    float *vector; /* under the query's weights */
    int8_t *code;
    double scale;   /* of the code */
    double by_norm; /* a row's radius is by_norm × its norm + by_error × its error */
    double by_error;
    uint32_t own;       /* group that is left out, or VECTOR_NO_ROW */
    vector_best bounds; /* lower bounds of the best rows or groups */
    vector_candidate *candidates;
    size_t count, capacity;
    uint32_t scanned;
    int status; /* of the scan */
    lethe_error trouble;
} vector_seeker;

int vector_seeker_init(vector_seeker *seeker, const vector_view *view, const vector_query *query, lethe_error *error);
void vector_seeker_done(vector_seeker *seeker);

/* One pass over the rows of a selection (NULL: all) for queries that share it. */
int vector_scan(const vector_view *view, const vector_selection *selection, vector_seeker *const *seekers, size_t count,
                lethe_error *error);

/* Compares the candidates exactly. */
int vector_rank(vector_seeker *seeker, vector_result *ret_result, lethe_error *error);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VECTOR_ARRAY_H
#define VECTOR_ARRAY_H

#include "vector/search.h"

/*
 * The search of search.h over vectors that are in memory and in no index: the nearest groups, each by its nearest row,
 * proved to be those of an exact scan, with the same similarities and the same order of equals.
 */
typedef struct vector_array vector_array;

/* `rows` of `vectors` can be found, each of the group groups[row] (all arrays by row of `vectors`, borrowed).
 * LETHE_E_VECTOR_INPUT where dimensions are no multiple of 64 up to 4,096. */
int vector_array_new(const float *vectors, const uint32_t *groups, uint32_t dimensions, const uint32_t *rows,
                     uint32_t count, vector_array **ret_array, lethe_error *error);
void vector_array_free(vector_array *array); /* NULL-safe */

/* For each query, a row of `vectors`: up to k hits of other groups than its own, best first, at ret_hits[i * k], and
 * how many. The same at any number of threads. */
int vector_array_nearest(const vector_array *array, const uint32_t *queries, size_t count, uint32_t k, size_t threads,
                         vector_hit *ret_hits, uint32_t *ret_counts, lethe_error *error);

#endif

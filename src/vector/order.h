/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VECTOR_ORDER_H
#define VECTOR_ORDER_H

#include "vector/search.h"

/* The order of answers, ties included: what is found in an index and what is found in memory is the same. */
typedef struct vector_candidate {
    double upper; /* bound of its similarity; with `rerank`, the code's own */
    uint32_t row, group;
} vector_candidate;

/* What could reach most first, then by row. */
void vector_order_candidates(vector_candidate *candidates, size_t count);

/* The nearest first, then by row. */
void vector_order_hits(vector_hit *hits, size_t count);

/* Keeps the nearest row of each group, in an order that vector_order_hits is to settle; returns how many. */
uint32_t vector_order_groups(vector_hit *hits, uint32_t count);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VECTOR_BEST_H
#define VECTOR_BEST_H

#include "base/error.h"

#include <stdint.h>

/* The greatest values of so many different keys, each key by its greatest: a heap with its least on top, and a table
 * that finds a key in it. */
typedef struct vector_best_entry {
    double value;
    uint32_t key;
    uint32_t slot; /* of the table, where its place stands */
} vector_best_entry;

typedef struct vector_best {
    vector_best_entry *heap;
    uint32_t *table; /* place + 1, or 0 */
    uint32_t count, depth, mask;
} vector_best;

int vector_best_init(vector_best *best, uint32_t depth, lethe_error *error);
void vector_best_done(vector_best *best);
void vector_best_offer(vector_best *best, uint32_t key, double value);

/* What a value must reach to be among the greatest; minus infinity while there is room. */
static inline double vector_best_threshold(const vector_best *best)
{
    return best->count < best->depth ? -__builtin_inf() : best->heap[0].value;
}

#endif

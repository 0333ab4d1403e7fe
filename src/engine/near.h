/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_NEAR_H
#define ENGINE_NEAR_H

#include "engine/examples.h"
#include "learn/neighbours.h"
#include "vector/filter.h"

/*
 * Where an evaluation takes neighbours from: for each example the k nearest training patients, never its own, nearest
 * first. `ret_neighbours` has room for count × k; ret_counts[i] of line i are there.
 */
typedef struct engine_near {
    void *context;
    int (*nearest)(void *context, const uint32_t *examples, size_t count, uint32_t k, learn_neighbour *ret_neighbours,
                   uint32_t *ret_counts, lethe_error *error);
} engine_near;

/* Through the vector index: exact, many queries in one pass over it. */
typedef struct engine_near_index {
    const engine_examples *examples; /* with `rows` */
    vector_view *view;
    vector_stamp stamp;
    vector_selection *train;
    uint32_t *example_of; /* by row of the view */
    uint32_t row_count;
    size_t threads;
} engine_near_index;

/* Looks for the row of each example: LETHE_E_ENGINE_INDEX where the index holds other rows than the dataset. Borrows
 * the examples, whose `rows` it fills, and the view. `dataset` for the stamp, borrowed. */
int engine_near_open(engine_examples *examples, const engine_dataset *dataset, vector_view *view, size_t threads,
                     engine_near_index *ret_index, lethe_error *error);
/* The same for a part of its examples (engine_examples_part), among training rows that pass a clause too. */
int engine_near_part(const engine_near_index *whole, const engine_examples *part, const char *clause,
                     engine_near_index *ret_index, lethe_error *error);
void engine_near_close(engine_near_index *index);
engine_near engine_near_of(engine_near_index *index);

/* The rows of training patients; with a clause, those that pass it. */
int engine_near_train(vector_view *view, const char *clause, vector_selection **ret_selection, lethe_error *error);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEARN_JACCARD_H
#define LEARN_JACCARD_H

#include "learn/neighbours.h"

/* Likeness without any vector, to be compared with: shared features over features of either (Jaccard 1901); of two
 * empty sets 1. */
double learn_jaccard(learn_set a, learn_set b);

/* The training rows by feature. Built once, asked by many threads, each with a scratch of its own. */
typedef struct learn_postings learn_postings;
typedef struct learn_postings_scratch learn_postings_scratch;

int learn_postings_new(const learn_data *data, learn_postings **ret_postings, lethe_error *error);
void learn_postings_free(learn_postings *postings);
int learn_postings_scratch_new(const learn_postings *postings, learn_postings_scratch **ret_scratch,
                               lethe_error *error);
void learn_postings_scratch_free(learn_postings_scratch *scratch);

/* The k nearest training patients (each with the nearest of its rows; ties: the earlier row), never those of `group`;
 * nearest first. Returns how many, at most k. */
size_t learn_postings_nearest(const learn_postings *postings, learn_postings_scratch *scratch, learn_set features,
                              uint32_t group, size_t k, learn_neighbour *ret_neighbours);

#endif

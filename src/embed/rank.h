/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EMBED_RANK_H
#define EMBED_RANK_H

#include <stddef.h>
#include <stdint.h>

/*
 * Rank correlation in steps, so that one sort serves the whole sample, its strata and its control. Members of a stratum
 * are ranked among themselves: ties at their mean rank, doubled so that every rank is an integer.
 */
#define EMBED_RANK_STRATA 8

typedef struct embed_keyed {
    uint32_t key, at;
} embed_keyed;

/* The order of the values in `ret_sorted`; `work` has room for as many. */
void embed_sort_values(const float *values, size_t count, embed_keyed *ret_sorted, embed_keyed *work);

/* strata: of each value, below EMBED_RANK_STRATA; NULL: one stratum. */
void embed_rank_sorted(const embed_keyed *sorted, size_t count, const uint8_t *strata, uint32_t *ret_ranks);

/* Of the members of `stratum` (strata NULL: of all); 0 where fewer than 2 or without spread. */
double embed_correlate_ranks(const uint32_t *x, const uint32_t *y, size_t count, const uint8_t *strata,
                             uint8_t stratum);

#endif

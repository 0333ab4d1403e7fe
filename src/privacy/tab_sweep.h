/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_TAB_SWEEP_H
#define PRIVACY_TAB_SWEEP_H

#include "privacy/tab_engine.h"

#define TAB_SWEEP_NODES_MAX     ((uint64_t)1 << 18)
#define TAB_SWEEP_WITNESSES_MAX 256

/*
 * k-anonymity where nothing may be withheld, over a lattice small enough to hold a byte for each node. A row is a
 * witness against every node at which fewer than k rows look like it, and one pass over the tuples finds all of these:
 * each tuple begins to look like the witness at one least node, and sums along the lattice count the tuples at or below
 * each node. Nodes are tried by their score; the first that holds is the best, and the witnesses are the proof: they
 * rule out every node of lesser score.
 */
typedef struct tab_swept {
    bool any;
    tab_node best;
    uint32_t witness_count;
    uint32_t witness_rows[TAB_SWEEP_WITNESSES_MAX]; /* a row of the table each */
} tab_swept;

/* Whether the table, models and metric are of the kind above. */
bool tab_sweep_fits(const tab_engine *engine, const uint8_t *least, const uint8_t *most);

/* *ret_done is false where the witnesses did not suffice: then the search in boxes has to do it. */
int tab_sweep(tab_engine *engine, const uint8_t *least, const uint8_t *most, tab_swept *ret_swept, bool *ret_done,
              lethe_error *error);

#endif

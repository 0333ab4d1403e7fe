/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_TAB_SEARCH_H
#define PRIVACY_TAB_SEARCH_H

#include "privacy/tab_engine.h"

/*
 * The node of least score among those that hold. The lattice is cut into boxes of nodes, each between a finest and a
 * coarsest one:
 *
 *      coarsest ●           what is doomed at the coarsest is withheld in all of the box; levels are at least those
 *             ╱ box ╲       of the finest: both together bound every score of the box from below
 *        finest ●
 *
 * The box of least bound is cut next, its coarsest nodes are looked at and may be the best so far; a box whose bound is
 * worse than the best, or whose coarsest node is hopeless, is closed. When none is open the best is proved; if time or
 * memory ends before, the least bound of the open ones says how far from it the best may be.
 */
typedef struct tab_search_options {
    double seconds;                  /* 0: until proved */
    uint64_t nodes_max;              /* 0: no limit; of nodes looked at */
    uint64_t boxes_max;              /* 0: 4 million boxes open at once */
    uint32_t keep_best;              /* further nodes to remember, at most TAB_RUNNERS_MAX */
    bool keep_proof;                 /* closed boxes are listed */
    int (*cancelled)(void *context); /* NULL, or asked now and then: non-zero ends the search */
    void *context;
} tab_search_options;

#define TAB_RUNNERS_MAX 16

/* Why a box holds nothing better. */
typedef enum tab_reason {
    TAB_HOPELESS, /* nothing at or below `most` holds */
    TAB_WORSE,    /* every score is at least `bound` */
    TAB_SEEN,     /* one node, looked at */
} tab_reason;

typedef struct tab_closed {
    uint8_t least[PRIVACY_TAB_COLUMNS_MAX], most[PRIVACY_TAB_COLUMNS_MAX];
    tab_reason reason;
    double bound;
} tab_closed;

typedef struct tab_found {
    bool any;    /* some node holds */
    bool proved; /* … and none has a lesser score */
    tab_node best;
    double score, bound; /* as figures: no node that holds is below `bound` */
    uint64_t lattice;    /* nodes there are, saturating */
    uint64_t evaluated;  /* nodes looked at */
    uint32_t runner_count;
    tab_node runners[TAB_RUNNERS_MAX]; /* the next best of those looked at */
    uint32_t witness_count;            /* rows whose classes are too small wherever the score is less: tab_sweep.h */
    uint32_t *witness_rows;            /* owned */
    tab_closed *closed;                /* owned; NULL where not asked for */
    uint64_t closed_count;
} tab_found;

int tab_search(tab_engine *engine, const tab_search_options *options, tab_found *ret_found, lethe_error *error);
void tab_found_done(tab_found *found);

#endif

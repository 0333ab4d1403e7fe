/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_FRAME_H
#define PRIVACY_FRAME_H

#include "privacy/hierarchy.h"
#include "privacy/signature.h"

/*
 * What all nodes of one search share and nobody changes: the population as columns, and sums from which the Loss of any
 * node follows. A node is one level for each QI. Borrows the set and the hierarchies; owns its arrays.
 */
typedef struct privacy_node {
    uint8_t level[RECORD_QI_COUNT];
} privacy_node;

typedef struct privacy_frame {
    const privacy_signatures *set;
    const privacy_hierarchies *hierarchies;
    uint64_t people, rows; /* of all signatures, each as often as it has people */
    size_t row_count;      /* rows of the set, each once */
    uint32_t *cell;        /* of a row: which distinct leaf tuple, the gap left out */
    record_tuple *cells;   /* the distinct ones; their gap is not used */
    size_t cell_count;
    uint8_t *gap; /* of a row, in months */
    /* Pieces: the distinct pairs of a cell and a gap's bucket, before anything is withheld; ascending. */
    struct privacy_piece {
        uint32_t cell, people, rows;
        uint8_t bucket;
    } * pieces;
    size_t piece_count;
    /* Over all rows, the leaves under their values at each level. */
    uint64_t leaves[RECORD_QI_COUNT][PRIVACY_LEVELS_MAX];
    /* Groups that occur, numbered densely: the radix of a tuple's code. */
    uint32_t radix[RECORD_QI_COUNT][PRIVACY_LEVELS_MAX];
    uint8_t digit[RECORD_QI_COUNT][PRIVACY_LEVELS_MAX][PRIVACY_LEAVES_MAX]; /* of a leaf */
} privacy_frame;

int privacy_frame_init(privacy_frame *frame, const privacy_signatures *set, const privacy_hierarchies *hierarchies,
                       lethe_error *error);
void privacy_frame_done(privacy_frame *frame);

/* The codes of all cells at a node, the gap left out: equal codes, equal released values. */
void privacy_frame_codes(const privacy_frame *frame, const privacy_node *node, uint32_t *ret_codes);

/* Whether the level splits this population exactly as the finer level does. */
bool privacy_frame_same_split(const privacy_frame *frame, record_qi qi, uint32_t fine, uint32_t coarse);

/*
 * The Loss columns of a node when `suppressed` rows are gone, which had `gone_leaves` leaves under their values, and
 * the product that orders nodes (privacy/metrics.h).
 */
double privacy_frame_loss(const privacy_frame *frame, const privacy_node *node, const double *weights,
                          uint64_t suppressed, const uint64_t *gone_leaves, double *ret_columns);

/* No suppression of at least `suppressed` rows has a smaller product: whichever rows go, each had at most the widest
 * value. */
double privacy_frame_bound(const privacy_frame *frame, const privacy_node *node, const double *weights,
                           uint64_t suppressed);

#endif

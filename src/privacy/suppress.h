/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_SUPPRESS_H
#define PRIVACY_SUPPRESS_H

#include "privacy/frame.h"

/*
 * Which rows go at one node so that ordered k^m holds: every ordered subsequence of at most m released tuples of a
 * patient is held by at least k people. The suppression order, on which "optimal" rests (docs/SPEC-plan.md):
 *
 *   1. Singles. Rows whose tuple fewer than k people hold go; repeat until there are none.
 *   2. Pairs (m >= 2). An ordered pair of a patient's rows is short when fewer than k people hold its values in this
 *      order. While a patient has short pairs, the row in most of them goes; among equals the one whose tuple fewer
 *      people hold, then the older one. All patients decide on the same counts, so their order does not matter. Then 1.
 *   3. Longer ones (m >= 3), by length. Each patient with short subsequences gives up the row that stands in most of
 *      their earliest embeddings; among equals as in 2. Then 1.
 *   4. The end is reached when a pass changes nothing. Where the gap is released, a row's gap is recounted from the
 *      last row still there before every count.
 *
 * Suppressed rows stay suppressed, so what is gone at any moment is a lower bound of what will be gone.
 */
typedef struct privacy_rule {
    uint32_t k;
    uint32_t visits;       /* m, 1..PRIVACY_VISITS_MAX */
    const double *weights; /* of the QIs in the Loss, or NULL */
} privacy_rule;

#define PRIVACY_VISITS_MAX 4

typedef struct privacy_outcome {
    bool stopped;       /* the judge had enough: nothing below is final but `forced` */
    uint64_t rows_gone; /* of all people */
    /* At nodes without gap: so many rows go at this node under any order, and so at every finer one (see suppress.c).
     */
    uint64_t forced;
    uint64_t gone_leaves[RECORD_QI_COUNT];
    double column[RECORD_QI_COUNT];
    double product;
} privacy_outcome;

/* Asked as the work goes on; rows_gone and product only rise. true: stop, this node cannot be the answer. */
typedef struct privacy_judge {
    void *context;
    bool (*hopeless)(void *context, uint64_t rows_gone, double product);
} privacy_judge;

/* One thread's memory, sized once by the frame: about 30 bytes a row and 100 a cell. */
typedef struct privacy_suppressor privacy_suppressor;

int privacy_suppressor_new(const privacy_frame *frame, const privacy_rule *rule, privacy_suppressor **ret_suppressor,
                           lethe_error *error);
void privacy_suppressor_free(privacy_suppressor *suppressor);

/* Runs the order above at a node. `judge` may be NULL. LETHE_E_BASE_MEMORY is the only failure. */
int privacy_suppress(privacy_suppressor *suppressor, const privacy_node *node, const privacy_judge *judge,
                     privacy_outcome *ret_outcome, lethe_error *error);

/* The last run's answer: one bit a row (bit i: the i-th row of the signature is gone), one word a signature. */
const uint64_t *privacy_suppressor_gone(const privacy_suppressor *suppressor);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_CELLS_H
#define PRIVACY_CELLS_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Counts that are published with their totals, so that no small one is seen and none can be derived (CMS cell size
 * suppression policy: no cell of 1 to 10, and complementary cells where sums would give one away).
 *
 *     7 |  30 |  37            * |  30 |  37      the 7 is small; with the totals left as they are it is 37 - 30,
 *    12 |  44 |  56    ───►    * |  44 |  56      so more has to go
 *    19 |  74 |  93            …
 *
 * A table of one or two dimensions is a circulation: every cell and every total is an edge, every sum a node where what
 * flows in flows out. Whoever sees the published edges can give the others any flow that is not negative and keeps
 * every sum: the least and the largest such flow of an edge is a maximum flow through the other hidden ones, in whole
 * numbers. So the audit is exact, and says what an attacker derives who uses all sums at once.
 *
 *   rule   for every small cell that is hidden, what can be derived leaves `threshold` or more possible
 */
#define PRIVACY_CELLS_MAX 100000 /* rows and columns together */

typedef struct privacy_cells {
    uint32_t rows, columns; /* columns 0: one dimension */
    const uint64_t *counts; /* [row * columns + column], or [row]; below 2^48 */
} privacy_cells;

typedef enum privacy_cell_mark {
    PRIVACY_CELL_SHOWN,
    PRIVACY_CELL_SMALL,         /* 1 … threshold - 1 */
    PRIVACY_CELL_COMPLEMENTARY, /* hidden for a small one's sake */
} privacy_cell_mark;

/* What can be derived of a hidden cell; of a shown one, its value. */
typedef struct privacy_cell_range {
    uint64_t low, high; /* UINT64_MAX: no upper end */
} privacy_cell_range;

/* Cells with their totals: [row * (columns + 1) + column], the last row and the last column being totals; in one
 * dimension [row], the last being the total. */
uint64_t privacy_cells_size(const privacy_cells *cells);

/* Small totals are hidden like small cells. Of what could hide a cell the fewest cells are taken, and of those the
 * smallest; the whole is no optimum, which is hard to find, but no cell is hidden that the next audit does not need. */
int privacy_cells_protect(const privacy_cells *cells, uint32_t threshold, uint8_t *ret_marks, lethe_error *error);

/* *ret_exposed: small cells that are shown, or of which it can be derived that they are below the threshold. */
int privacy_cells_audit(const privacy_cells *cells, uint32_t threshold, const uint8_t *marks,
                        privacy_cell_range *ret_ranges, uint64_t *ret_exposed, lethe_error *error);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_NEAREST_H
#define PRIVACY_NEAREST_H

#include "privacy/triad.h"

/*
 * The closest row of a table, exactly. The distance of two rows is the sum over columns of
 *
 *   text      0 where equal, else 1
 *   number    |a - b| / (largest - smallest value of the column), 0..1
 *   missing   0 to missing, 1 to anything else
 *
 * (Gower 1971, not divided by the number of columns). Of rows that are equally close it is the first.
 *
 * How: every cell is a byte, a number's place among 255 steps of its range, so that the sum of byte differences is off
 * by less than one step a column. A block of rows is compared at once; only rows that the sum does not rule out are
 * computed in full. The answer does not depend on the order or width of that.
 */
typedef struct privacy_nearest privacy_nearest;

/* `columns`: the fields that count. Borrows the stage's fields and the cast's codes. */
int privacy_nearest_new(const privacy_stage *stage, const privacy_cast *cast, const uint32_t *columns,
                        uint32_t column_count, privacy_nearest **ret_nearest, lethe_error *error);
void privacy_nearest_free(privacy_nearest *nearest); /* NULL-safe */

/* The row closest to row `row` of another table. Any number of threads at once. The table must have rows. */
uint32_t privacy_nearest_find(const privacy_nearest *nearest, const privacy_cast *other, uint32_t row,
                              double *ret_distance);

/* The same without blocks and bytes, row by row: what the fast way is compared with. */
uint32_t privacy_nearest_find_plain(const privacy_nearest *nearest, const privacy_cast *other, uint32_t row,
                                    double *ret_distance);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_UNIQUE_ROWS_H
#define PRIVACY_UNIQUE_ROWS_H

#include "privacy/triad.h"

/*
 * All rows of a table that the predicate made of their own values in a set of columns singles out, found at once: text
 * as it is makes groups; in a group a number is singled out above the median where it is the only largest one, else
 * where it is the only smallest one.
 *
 * Only for sets with at most one column of numbers and without suppressed cells: false otherwise.
 */
typedef struct privacy_unique_rows {
    const privacy_stage *stage;
    const uint32_t *medians; /* of a field: the code above which a number counts as large */
    privacy_splitter splitter;
    uint32_t *of, *small, *large, *gaps; /* of a row, and of a group: rows that are extreme */
} privacy_unique_rows;

int privacy_unique_rows_init(privacy_unique_rows *unique, const privacy_stage *stage, const uint32_t *medians,
                             lethe_error *error);
void privacy_unique_rows_done(privacy_unique_rows *unique);

/* Sets the bits of such rows in `bits`, which are clear. */
bool privacy_unique_rows_find(privacy_unique_rows *unique, const uint32_t *fields, uint32_t count, uint64_t *bits);

#endif

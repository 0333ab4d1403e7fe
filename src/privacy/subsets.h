/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_SUBSETS_H
#define PRIVACY_SUBSETS_H

#include "privacy/risk.h"

/*
 * Which columns tell people apart: every set of at most `largest` columns, by
 *
 *   distinction  distinct tuples / rows
 *   separation   share of the pairs of rows that differ (Motwani and Xu 2007, "Efficient algorithms for masking and
 *                finding quasi-identifiers")
 *
 * and its minimal sample uniques: people whom the set singles out and none of its own subsets does (Elliot, Manning and
 * Ford 2002, "A computational algorithm for handling the special uniques problem"; SUDA2, Manning, Haglin and Keane
 * 2008). A minimal unique of s out of m columns scores (m - s) (m - s - 1) … (m - M), M being the largest size looked
 * at: the fewer columns it needs, the more often it is found. A column contributes the share of the whole score that
 * lies in sets with it; these shares add up to more than 1.
 */
#define PRIVACY_SUBSET_COLUMNS_MAX 64
#define PRIVACY_SUBSETS_MAX        100000

typedef struct privacy_subset {
    uint64_t columns; /* bit c: column c */
    uint64_t classes;
    double distinction, separation;
    uint64_t alone;   /* rows of people whom it singles out */
    uint64_t minimal; /* rows of which it is a minimal unique */
} privacy_subset;

typedef struct privacy_subsets {
    privacy_subset *subsets; /* by size, then by columns in order */
    uint32_t count, largest;
    uint64_t minimal;       /* rows with a minimal unique, which are the rows that the largest sets single out */
    double *contribution;   /* of a column, 0 … 1 */
    uint64_t *minimal_with; /* of a column: minimal uniques that have it */
} privacy_subsets;

/*
 * largest 0: the largest size for which there are at most 4,096 sets and their bitmaps take at most a quarter of a
 * gigabyte; a size that is asked for is refused where there are more than PRIVACY_SUBSETS_MAX (LETHE_E_BASE_LIMIT).
 */
int privacy_subsets_measure(const privacy_risk_input *input, uint32_t largest, privacy_subsets *ret_subsets,
                            lethe_error *error);
void privacy_subsets_done(privacy_subsets *subsets);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LETHE_COUNTS_H
#define LETHE_COUNTS_H

#include <lethe/csv.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A table of counts by one or two columns, with totals, fit to be published: no count of 1 to threshold - 1 is shown,
 * and none can be derived from the others (complementary suppression; CMS cell size policy: threshold 11). The audit
 * is exact: of every hidden count it gives the least and the largest value that fits all that is shown.
 */
typedef struct lethe_counts_options {
    uint32_t size_bytes;
    const lethe_csv *input;
    const char *const *by; /* one or two columns */
    size_t by_count;
    uint32_t threshold; /* default 11 */
} lethe_counts_options;

typedef struct lethe_counts_result {
    uint32_t rows, columns;        /* values of the two columns; columns 0: of one only */
    uint64_t small, complementary; /* hidden: because they are small, and for the sake of these */
    uint64_t exposed_without;      /* small counts that hiding the small ones alone would have given away */
    const char *csv;               /* the table, hidden counts as * */
    const char *json;              /* the same with what can be derived of each hidden count: not to be published */
} lethe_counts_result;

/* LETHE_E_PRIVACY_OPTION (path: by, threshold), LETHE_E_TABLE_*, LETHE_E_BASE_*. Freed by lethe_counts_free. */
LETHE_API int lethe_counts(const lethe_counts_options *options, lethe_counts_result **ret_result, lethe_error *error);
LETHE_API void lethe_counts_free(lethe_counts_result *result); /* NULL-safe */

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LETHE_HIERARCHY_H
#define LETHE_HIERARCHY_H

#include <lethe/csv.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * How the values of a column generalize: a CSV without a header, each row a value and what it becomes level by level.
 *
 *   kind       steps                    37 becomes
 *   interval   5,10,20                  35-39, 30-39, 20-39
 *   bands      18,30,45,65/18,65        30-44, 18-64
 *   order      2,3                      groups of 2 neighbours, then of 3 such groups
 *   redaction  3,2 (or none)            12345: 123**, 12***
 *   date       month,quarter,year       2014-03-07: 2014-03, 2014-Q1, 2014
 *   priority   4                        4 levels, each takes another quarter of the values away, the rarest first
 *   region                              a US ZIP, state or place: northeast, midwest, south, west, other, unknown
 *
 * The last level is `*` always. What each kind does exactly: docs/SPEC-risk.md.
 */
typedef struct lethe_hierarchy_options {
    uint32_t size_bytes;
    const char *kind, *steps;
    const lethe_csv *input; /* where the values come from; NULL with a range */
    const char *column;
    int has_range; /* interval and bands: the values are the whole numbers from..to */
    int64_t from, to;
} lethe_hierarchy_options;

typedef struct lethe_hierarchy lethe_hierarchy;

/* LETHE_E_PRIVACY_OPTION (path: kind, steps, range), LETHE_E_PRIVACY_VALUE with row and column, LETHE_E_TABLE_*,
 * LETHE_E_BASE_*. */
LETHE_API int lethe_hierarchy_build(const lethe_hierarchy_options *options, lethe_hierarchy **ret_hierarchy,
                                    lethe_error *error);

/* Reads one: LETHE_E_TABLE_LEVELS_LEAF, _EMPTY, _NESTING, LETHE_E_TABLE_CSV_RAGGED with file, row and column. */
LETHE_API int lethe_hierarchy_load(const char *path, lethe_hierarchy **ret_hierarchy, lethe_error *error);

/* Whether every value of a column is a leaf: LETHE_E_TABLE_LEVELS_VALUE with the row of the first that is none. */
LETHE_API int lethe_hierarchy_check(const lethe_hierarchy *hierarchy, const lethe_csv *input, const char *column,
                                    lethe_error *error);

LETHE_API uint32_t lethe_hierarchy_leaves(const lethe_hierarchy *hierarchy);
LETHE_API uint32_t lethe_hierarchy_levels(const lethe_hierarchy *hierarchy);
LETHE_API uint32_t lethe_hierarchy_groups(const lethe_hierarchy *hierarchy, uint32_t level);

/* As CSV with semicolons; a new file, whole or not at all: LETHE_E_BASE_EXISTS. The text is the handle's. */
LETHE_API int lethe_hierarchy_write(const lethe_hierarchy *hierarchy, const char *path, lethe_error *error);
LETHE_API int lethe_hierarchy_text(lethe_hierarchy *hierarchy, const char **ret_text, size_t *ret_size,
                                   lethe_error *error);
LETHE_API void lethe_hierarchy_free(lethe_hierarchy *hierarchy); /* NULL-safe */

#ifdef __cplusplus
}
#endif

#endif

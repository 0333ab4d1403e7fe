/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TABLE_LEVELS_H
#define TABLE_LEVELS_H

#include "table/coded.h"

/*
 * A generalization hierarchy of one column: level 0 is the value itself, each level above it has fewer groups or as
 * many, the last one usually one group.
 *
 *   leaf      level 1    level 2        as CSV, without a header:   34;30-39;*
 *   34   ───► 30-39 ───► *                                          35;30-39;*
 *   35   ───►   ″                                                   41;40-49;*
 *   41   ───► 40-49 ───► *
 *
 * Leaves stand in the order of the file; a level's groups are numbered by their first leaf. A group is its name within
 * its level: the same name at two levels is two groups. Groups nest: one of level l lies within one of level l + 1.
 */
#define TABLE_LEVELS_MAX 64
#define TABLE_LEAVES_MAX ((uint32_t)1 << 24)

typedef struct table_level {
    uint32_t group_count;
    const uint32_t *group;  /* of a leaf */
    const base_span *names; /* of a group; end in NUL (not counted) */
    const uint32_t *leaves; /* how many lie under a group */
} table_level;

typedef struct table_levels {
    uint32_t leaf_count, level_count;
    const table_level *level;
} table_levels;

/*
 * Reads a hierarchy that was opened with no_header. Errors, each with row and column: LETHE_E_TABLE_CSV_*,
 * LETHE_E_TABLE_LEVELS_LEAF (a leaf stands twice), _EMPTY (an empty generalization; an empty leaf is the missing value,
 * which may be generalized like any other), _NESTING, LETHE_E_BASE_LIMIT.
 */
int table_levels_read(table_csv *csv, table_levels **ret_levels, lethe_error *error);
int table_levels_load(const char *path, table_levels **ret_levels, lethe_error *error); /* with `path` in errors */

/* Out of names: names[leaf * level_count + level], copied. The row of an error is the leaf, from 1. */
int table_levels_make(const base_span *names, uint32_t leaf_count, uint32_t level_count, table_levels **ret_levels,
                      lethe_error *error);

/* One level, each value for itself: for columns without a hierarchy. */
int table_levels_plain(const table_coded_column *column, table_levels **ret_levels, lethe_error *error);
void table_levels_free(table_levels *levels); /* NULL-safe */

/* Writes the hierarchy as CSV, one row a leaf, in the order of leaves. */
void table_levels_write(const table_levels *levels, char separator, base_buf *buf);

/*
 * A hierarchy seen from the codes of a column: group[level][code] is the group of that value, group numbers and names
 * being those of the hierarchy. LETHE_E_TABLE_LEVELS_VALUE with the file, the row and the column of the first row whose
 * value is no leaf. It borrows nothing from the column.
 */
typedef struct table_bound {
    uint32_t value_count, level_count;
    const uint32_t *leaf;         /* of a code */
    const uint32_t *const *group; /* [level][code] */
} table_bound;

int table_levels_bind(const table_levels *levels, const table_coded *table, uint32_t column, table_bound **ret_bound,
                      lethe_error *error);
void table_bound_free(table_bound *bound); /* NULL-safe */

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_LEVELS_H
#define PRIVACY_LEVELS_H

#include "table/levels.h"

/*
 * Hierarchies that are made by rule instead of read from a file. Every kind begins with the value itself and ends with
 * `*`; what lies between is said by `steps`, from fine to coarse. Several levels need several steps:
 *
 *   kind       steps                   37 or what stands there becomes
 *   interval   "5,10,20"               35-39, 30-39, 20-39 (widths, each a multiple of the one before); [35, 40[ where
 *                                      a value or a width is no whole number
 *   bands      "18,30,45,65/18,65"     30-44, 18-64; below the first cut <18, from the last on 65+ (the cuts of a level
 *                                      are among those of the level before)
 *   order      "2,3"                   groups of 2 neighbours, then of 3 such groups: 35 .. 37
 *   redaction  "3,2" or ""             12345: 123**, 12*** (how much is kept); "": one character more each level
 *   date       "month,quarter,year"    2014-03-07: 2014-03, 2014-Q1, 2014; also day, decade (2010-2019), in that order
 *   priority   "4"                     4 levels; each takes another quarter of the values away, the rarest first
 *   lookup     ""                      what `lookup` says of the value: a ZIP's census region
 *
 * A missing value is `missing` between the two ends. Leaves stand in the order of numbers, of time, else of bytes. All
 * but order and priority say nothing of the data but which values there are; these two depend on it, and interval says
 * nothing at all where a range is given: then its leaves are the whole numbers of the range.
 */
typedef enum privacy_levels_kind {
    PRIVACY_LEVELS_INTERVAL,
    PRIVACY_LEVELS_BANDS,
    PRIVACY_LEVELS_ORDER,
    PRIVACY_LEVELS_REDACTION,
    PRIVACY_LEVELS_DATE,
    PRIVACY_LEVELS_PRIORITY,
    PRIVACY_LEVELS_LOOKUP,
    PRIVACY_LEVELS_KIND_COUNT,
} privacy_levels_kind;

typedef struct privacy_levels_spec {
    privacy_levels_kind kind;
    const char *steps; /* NULL: "" */
    bool has_range;    /* interval and bands: leaves are from..to, at most a million */
    int64_t from, to;
    /* lookup: the name that a value generalizes to, static or owned by the context; size 0 where it is not known */
    base_span (*lookup)(void *context, base_span value);
    void *lookup_context;
} privacy_levels_spec;

const char *privacy_levels_kind_name(privacy_levels_kind kind);
/* LETHE_E_PRIVACY_OPTION, path kind. */
int privacy_levels_kind_find(const char *name, privacy_levels_kind *ret_kind, lethe_error *error);

/*
 * The hierarchy of a column's values. `table` may be NULL where the spec has a range. LETHE_E_PRIVACY_OPTION (path:
 * steps, range), LETHE_E_PRIVACY_VALUE with file, row and column of the first row whose value is no number, no date, or
 * not known.
 */
int privacy_levels_build(const privacy_levels_spec *spec, const table_coded *table, uint32_t column,
                         table_levels **ret_levels, lethe_error *error);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_HIERARCHY_H
#define PRIVACY_HIERARCHY_H

#include "base/error.h"
#include "record/qi.h"

/*
 * How the ten quasi-identifiers generalize. Level 0 is the finest that may be released; the last level is `*`, but for
 * observed, which is counted and never generalized: its only level is its leaf.
 * At every level a leaf belongs to exactly one group; groups have the names of the released row (docs/SPEC-plan.md).
 * `unknown` is a leaf of its own: it stays `unknown` at the middle levels and becomes `*` with everything else.
 *
 *   period      year | 2 years, from even years: 2014-2015 | 5 years as 2011-2015 | *
 *   gap         first, 0-1, 1-3, 3-12, 12-36, 36+ (lower bound included, upper not, in months) | *
 *   age         22 leaves | 8 bands | 4 bands | *
 *   pregnancy   8 leaves | pregnant, not_pregnant (postpartum and not_applicable too), unknown | *
 *   exposure    the vocabulary's leaves | high, low, unknown | *
 *   sex, density, region, season: leaf | *
 *   observed    leaf
 *
 * Periods of two and of five years are not nested: 2010-2011 lies across two groups of five.
 */
#define PRIVACY_LEVELS_MAX 4
#define PRIVACY_LEAVES_MAX 256
#define PRIVACY_NAME_MAX   40

/* A release rarely spans more than two decades: what a period's width is measured against in the Loss metric. It is a
 * constant because the span of the data would follow its oldest visit, whoever's that is. */
#define PRIVACY_PERIOD_SPAN_YEARS 20

typedef struct privacy_hierarchy {
    uint32_t leaf_count, level_count;
    uint32_t domain; /* D of the Loss metric: what a value's leaves are a share of */
    uint32_t group_count[PRIVACY_LEVELS_MAX];
    uint8_t group[PRIVACY_LEVELS_MAX][PRIVACY_LEAVES_MAX];   /* of a leaf */
    uint32_t leaves[PRIVACY_LEVELS_MAX][PRIVACY_LEAVES_MAX]; /* under a group, at most `domain` */
    char name[PRIVACY_LEVELS_MAX][PRIVACY_LEAVES_MAX][PRIVACY_NAME_MAX];
} privacy_hierarchy;

/* Owns nothing. About 400 KB: keep it on the heap. */
typedef struct privacy_hierarchies {
    privacy_hierarchy qi[RECORD_QI_COUNT];
} privacy_hierarchies;

/*
 * The exposure leaves are the vocabulary's, in its order: each begins with `high_` or `low_`, is exactly `high` or
 * `low`, or is `unknown`, which must be the last. Names are copied. LETHE_E_PRIVACY_OPTION where they are not so.
 * `hierarchies` comes from calloc: most of its 400 KB are pages that one patient never touches.
 */
int privacy_hierarchies_init(privacy_hierarchies *hierarchies, const char *const *exposure_names,
                             uint32_t exposure_count, lethe_error *error);

/* The name of a QI in plan.json and the configuration: "index_period", "months_since_previous", "age_group", … */
const char *privacy_qi_name(record_qi qi);

/* The group of a leaf, and its name. */
static inline uint8_t privacy_group_of(const privacy_hierarchies *h, record_qi qi, uint32_t level, uint8_t leaf)
{
    return h->qi[qi].group[level][leaf];
}

static inline const char *privacy_group_name(const privacy_hierarchies *h, record_qi qi, uint32_t level, uint32_t group)
{
    return h->qi[qi].name[level][group];
}

/*
 * location_category out of its two halves: `urban_northeast`, `urban_*`, `*_northeast`; two equal halves that say
 * nothing are said once (`*`, `unknown`). Any mixture keeps both: `unknown_northeast`, `urban_unknown`, `*_unknown`.
 * Distinct pairs have distinct names. `ret_name` holds PRIVACY_LOCATION_MAX bytes.
 */
#define PRIVACY_LOCATION_MAX (2 * PRIVACY_NAME_MAX)
void privacy_location_name(const char *density, const char *region, char *ret_name);

/* Whether every group of level `fine` lies within one group of level `coarse`. */
bool privacy_level_nested(const privacy_hierarchy *hierarchy, uint32_t fine, uint32_t coarse);

#endif

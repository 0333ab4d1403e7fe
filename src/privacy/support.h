/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_SUPPORT_H
#define PRIVACY_SUPPORT_H

#include "privacy/plan.h"

/*
 * What a plan releases, counted: the distinct tuples, how many people and rows have each, and, where the level knows
 * pairs, the ordered pairs. support.bin is written from it, the report's class sizes too. Owns its arrays.
 */
typedef struct privacy_class {
    privacy_groups groups;
    uint32_t people, rows;
} privacy_class;

typedef struct privacy_class_pair {
    uint32_t earlier, later; /* indexes of classes */
    uint32_t people;
} privacy_class_pair;

typedef struct privacy_support {
    privacy_class *classes; /* ascending by groups */
    size_t class_count;
    privacy_class_pair *pairs; /* ascending; empty where the plan's attacker knows one visit */
    size_t pair_count;
} privacy_support;

int privacy_support_count(const privacy_plan *plan, const privacy_signatures *set,
                          const privacy_hierarchies *hierarchies, privacy_support *ret_support, lethe_error *error);
void privacy_support_done(privacy_support *support); /* NULL-safe */

/* Index of a released tuple, or SIZE_MAX: the number that privacy/attack.h wants. */
size_t privacy_support_find(const privacy_support *support, const privacy_groups *groups);

/* The people who have the pair in this order, 0 where nobody has. */
uint32_t privacy_support_pair(const privacy_support *support, uint32_t earlier, uint32_t later);

/* Classes and their rows by the number of people: bucket i holds those with edge[i] <= people < edge[i + 1]; the last
 * edge has no upper end. What has fewer people than the first edge is not counted (there is none, with edge[0] <= k).
 */
void privacy_support_histogram(const privacy_support *support, const uint32_t *edge, size_t edge_count,
                               uint64_t *ret_classes, uint64_t *ret_rows);

#endif

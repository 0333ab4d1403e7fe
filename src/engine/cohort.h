/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_COHORT_H
#define ENGINE_COHORT_H

#include "engine/parts.h"
#include "engine/rows.h"
#include "privacy/decide.h"
#include "privacy/lists.h"

/*
 * The people of a release in the order of the dataset, partition by partition, and what was decided about them. A walk
 * visits partitions on all threads; a visitor sees the people of one partition, sorted, with their numbers in the
 * cohort.
 */
typedef struct engine_cohort {
    engine_parts *rows;
    size_t threads;
    size_t first_person[ENGINE_ROW_PARTS + 1]; /* number of a partition's first person */
    size_t person_count;
    uint64_t row_count;
    /* decided */
    const privacy_hierarchies *hierarchies;
    privacy_signatures signatures;
    privacy_plan plan;
    privacy_list_result lists; /* items that each person loses */
    privacy_list_result risks; /* risk factors that each person loses: derived after `lists` */
    /* The rows are those of a dataset (released_rows.h): all stay, each in the groups of its own leaves, and no risk
     * factor comes to those that it has. */
    bool released;
} engine_cohort;

/* A person as released: which rows, under which groups. */
typedef struct engine_released_person {
    const engine_person *person;
    size_t number;       /* in the cohort */
    size_t row_count;    /* released; 0: withheld whole */
    const uint8_t *rows; /* their places in person->rows */
    const privacy_groups *groups;
} engine_released_person;

typedef struct engine_visit {
    const engine_cohort *cohort;
    void *context;
    size_t part, worker;
    base_arena *arena; /* reset before each partition */
} engine_visit;

typedef int (*engine_part_visitor)(const engine_visit *visit, const engine_released_person *people, size_t count,
                                   lethe_error *error);

void engine_cohort_init(engine_cohort *cohort, engine_parts *rows, const privacy_hierarchies *hierarchies,
                        size_t threads);
void engine_cohort_done(engine_cohort *cohort);

/* Counts people, rows and signatures: first. LETHE_E_ENGINE_NO_PEOPLE where there is nobody. */
int engine_cohort_count(engine_cohort *cohort, lethe_error *error);

/* Finds the plan for the visits. */
int engine_cohort_decide(engine_cohort *cohort, const privacy_decide_options *options,
                         privacy_decide_effort *ret_effort, lethe_error *error);

/* Visits every partition once, on all threads. Before engine_cohort_decide nothing is released: rows are the person's.
 */
int engine_cohort_walk(engine_cohort *cohort, engine_part_visitor visitor, void *context, lethe_error *error);

/* The same for the partitions first .. end-1. */
int engine_cohort_walk_parts(engine_cohort *cohort, size_t first, size_t end, engine_part_visitor visitor,
                             void *context, lethe_error *error);

/* What a person lost: sorted items. */
static inline size_t engine_removed(const privacy_list_result *result, size_t number, const record_item **ret_items)
{
    *ret_items = result->removed + result->offset[number];
    return result->offset[number + 1] - result->offset[number];
}

#endif

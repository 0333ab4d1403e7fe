/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_DECIDE_H
#define PRIVACY_DECIDE_H

#include "privacy/plan.h"
#include "privacy/suppress.h"

/*
 * DECIDE for the visits: of all combinations of levels, the one with the smallest Loss after suppression (suppress.h
 * says in which order) whose withheld rows stay within the limit. Ties go to the finer levels, period first. The answer
 * is a function of the people and the options, not of threads, time or order.
 */
typedef struct privacy_decide_options {
    uint32_t k;               /* people, at least 2 */
    uint32_t visits;          /* visits the attacker knows: 1 row by row, 2 standard, at most PRIVACY_VISITS_MAX */
    double suppression_limit; /* share of the rows, 0..1; never all of them */
    uint32_t threads;         /* 1..PRIVACY_THREADS_MAX */
    uint32_t plan_seconds;    /* give up after so long; 0 never */
    /* The levels that may be used, per QI; `maximum` beyond the last level means the last. */
    privacy_node minimum, maximum;
    /* Asked by one thread at a time; non-zero gives up with LETHE_E_BASE_CANCELLED. NULL: nobody is asked. */
    int (*progress)(void *context, uint64_t done, uint64_t total);
    void *progress_context;
    double weight[RECORD_QI_COUNT]; /* of a QI in the Loss that decides, >= 0; the plan's own figure weighs all 1 */
} privacy_decide_options;

#define PRIVACY_THREADS_MAX 64

void privacy_decide_options_init(privacy_decide_options *options); /* the standard level, one thread */

typedef struct privacy_decide_effort {
    uint32_t nodes, tried, finished; /* of the lattice; taken up; the best when they were finished */
} privacy_decide_effort;

/*
 * Owns the result: privacy_plan_done. `ret_effort` may be NULL (for run.json: it varies with threads).
 * LETHE_E_PRIVACY_TOO_FEW: fewer than k people. LETHE_E_PRIVACY_OPTION: out of range, its name in the path.
 * LETHE_E_PRIVACY_NO_PLAN: nothing satisfies the rule within suppression_limit. LETHE_E_PRIVACY_LATE: plan_seconds are
 * over. LETHE_E_BASE_CANCELLED: `progress` said so.
 */
int privacy_decide(const privacy_signatures *set, const privacy_hierarchies *hierarchies,
                   const privacy_decide_options *options, privacy_plan *ret_plan, privacy_decide_effort *ret_effort,
                   lethe_error *error);

#endif

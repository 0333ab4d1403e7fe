/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_EXTERNAL_H
#define ENGINE_EXTERNAL_H

#include "engine/cohort.h"
#include "engine/pool.h"

/*
 * DECIDE at the level external. Small classes say much in the tuple and leave nothing of the lists, large ones the
 * other way round: plans are made for classes of k, 4 k, 16 k, … people, each with its list rule, and the one stays
 * with the largest product of information kept in the tuples and share of list items kept. Sets plan and lists of the
 * cohort.
 */
int engine_external_decide(engine_cohort *cohort, const privacy_decide_options *options, const engine_list_rule *rule,
                           privacy_decide_effort *ret_effort, lethe_error *error);

#endif

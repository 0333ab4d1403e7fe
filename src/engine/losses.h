/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_LOSSES_H
#define ENGINE_LOSSES_H

#include "engine/cohort.h"

/*
 * What a decided cohort lost, exactly: which values of the lists nobody has any more, and who the withheld visits were.
 * Exact figures are for the owner (run.json, the command line); report.json says what docs/SPEC-report.md allows.
 */
typedef struct engine_list_losses {
    uint64_t values, values_released; /* different ones: before the list rule, and held by somebody after it */
    uint64_t items, items_released;   /* over all people */
} engine_list_losses;

void engine_count_lists(const engine_cohort *cohort, engine_list_losses ret_columns[RECORD_COLUMN_COUNT]);

/* Who had an item before the list rule; whether nobody has it any more, though somebody had. */
uint32_t engine_item_held(const engine_cohort *cohort, record_item item);
bool engine_item_gone(const engine_cohort *cohort, record_item item);

/* Fewer people than this are few: no figure and no name about them is in the report. */
uint32_t engine_people_floor(uint32_t k);

/* Items gone that at least `people_min` people had, those of most people first; at most `max`. Returns how many. */
size_t engine_list_gone(const engine_cohort *cohort, uint32_t people_min, size_t max, record_item *ret_items);

/* Visits of one group of people, as the leaves say it, whatever the plan releases. */
typedef struct engine_group_losses {
    record_qi qi;
    const char *group;                                   /* name at the QI's level below */
    uint64_t visits, visits_withheld;                    /* of the group */
    uint64_t people_with_released, people_with_withheld; /* of the group's visits: people may be both */
} engine_group_losses;

#define ENGINE_GROUP_LOSSES_MAX 16 /* sex, 4 age bands and unknown, pregnant or not or unknown */

size_t engine_count_groups(const engine_cohort *cohort, engine_group_losses ret_groups[ENGINE_GROUP_LOSSES_MAX]);

#endif

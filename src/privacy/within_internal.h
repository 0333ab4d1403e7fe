/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_WITHIN_INTERNAL_H
#define PRIVACY_WITHIN_INTERNAL_H

#include "privacy/within.h"

/* The working state of the list rule inside classes: within.c (the classes), within_global.c (what is the same in all
 * of them), likeness.c (sensitive items). `alive` says what is released as things stand. */
typedef struct within_state {
    const privacy_lists *lists;
    const privacy_within *within;
    privacy_list_options options;
    bool *alive;         /* by place in lists->list */
    bool *global_kept;   /* by item */
    size_t *class_start; /* class_count + 1 */
    uint32_t *members;   /* patients, class by class */
} within_state;

static inline size_t within_size(const within_state *s, uint32_t cell)
{
    return s->class_start[cell + 1] - s->class_start[cell];
}

int privacy_within_fail(lethe_error *error, const char *option);

/* Whether `item` falls with `other`: its category, or what it implies. */
bool privacy_stands_on(const privacy_item *item, record_item other);

/* Which global items keep the rule in every class: the worthiest first. */
int privacy_within_globals(within_state *s, lethe_error *error);

/* Takes away what makes a class stand out by a sensitive item. */
int privacy_within_likeness(within_state *s, lethe_error *error);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_TAB_PEOPLE_H
#define PRIVACY_TAB_PEOPLE_H

#include "privacy/tab_view.h"

/*
 * Where people have several rows: for each tuple of the root view how many people have this one row, and which others
 * have it beside other rows.
 */
typedef struct tab_people {
    uint32_t count;   /* people with several rows, numbered from 0 */
    uint32_t *single; /* of each tuple: people with no other row */
    uint32_t *start;  /* of each tuple: others[start[t] .. start[t + 1]) */
    uint32_t *others;
} tab_people;

int tab_people_init(tab_people *people, const privacy_tab *tab, const uint32_t *tuple_of_row, uint32_t tuples,
                    lethe_error *error);
void tab_people_done(tab_people *people);

#endif

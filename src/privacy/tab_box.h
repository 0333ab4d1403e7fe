/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_TAB_BOX_H
#define PRIVACY_TAB_BOX_H

#include "privacy/tab_search.h"

/* What a look at the coarsest node of a box says of all of it; shared by the boxes that have this coarsest node. */
typedef struct tab_record {
    uint32_t users, doomed;
    double cost[]; /* of each column and level: tab_boxes.offset */
} tab_record;

typedef struct tab_box {
    uint8_t least[PRIVACY_TAB_COLUMNS_MAX], most[PRIVACY_TAB_COLUMNS_MAX];
    double bound; /* as privacy_tab_score.total */
    tab_record *record;
} tab_box;

/* Open boxes, least bound first: a binary heap. Of equal bounds the smaller in byte order, so that the order of the
 * search is a function of the table. */
typedef struct tab_boxes {
    tab_box *heap;
    uint64_t count, held, max;
    uint32_t columns, cost_count;
    uint32_t offset[PRIVACY_TAB_COLUMNS_MAX];
} tab_boxes;

void tab_boxes_init(tab_boxes *boxes, const privacy_tab *tab, uint64_t max);
void tab_boxes_done(tab_boxes *boxes);
int tab_boxes_push(tab_boxes *boxes, const tab_box *box, lethe_error *error); /* takes a use of the record */
bool tab_boxes_pop(tab_boxes *boxes, tab_box *ret_box);                       /* the record's use goes to the caller */

tab_record *tab_record_new(const tab_boxes *boxes);
void tab_record_release(tab_record *record); /* NULL-safe */

/* -- views by their levels, the most useful kept
 * -----------------------------------------------------------------------
 */

#define TAB_VIEWS_MAX 48
#define TAB_ASKED_MAX 4096

typedef struct tab_views {
    tab_view view[TAB_VIEWS_MAX];
    uint64_t used[TAB_VIEWS_MAX]; /* when last, 0 where empty */
    uint64_t clock;
    uint8_t asked[TAB_ASKED_MAX]; /* how often for these levels, by their hash */
} tab_views;

/* The view of fewest tuples that is not above `least`; when it was asked for often enough, a new one at `least`. */
int tab_views_pick(tab_views *views, tab_engine *engine, const uint8_t *least, const tab_view **ret_view,
                   lethe_error *error);
void tab_views_done(tab_views *views);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/tab_box.h"

#include <stdlib.h>
#include <string.h>

#define BOXES_FIRST 64
#define FEW_TUPLES  512 /* a node over so few tuples costs no more than the tables for any */
#define ASKED_OFTEN 3   /* a new view costs about as much as so many looks through the old one */

void tab_boxes_init(tab_boxes *boxes, const privacy_tab *tab, uint64_t max)
{
    *boxes = (tab_boxes){.columns = tab->column_count, .max = max};
    for (uint32_t c = 0; c < tab->column_count; c++) {
        boxes->offset[c] = boxes->cost_count;
        boxes->cost_count += tab->columns[c].level_count;
    }
}

void tab_boxes_done(tab_boxes *boxes)
{
    for (uint64_t i = 0; i < boxes->count; i++)
        tab_record_release(boxes->heap[i].record);
    free(boxes->heap);
    *boxes = (tab_boxes){0};
}

tab_record *tab_record_new(const tab_boxes *boxes)
{
    tab_record *record = malloc(sizeof(*record) + boxes->cost_count * sizeof(double));
    if (record != NULL)
        *record = (tab_record){.users = 1};
    return record;
}

void tab_record_release(tab_record *record)
{
    if (record != NULL && --record->users == 0)
        free(record);
}

static bool before(const tab_boxes *boxes, const tab_box *a, const tab_box *b)
{
    if (a->bound != b->bound)
        return a->bound < b->bound;
    const int order = memcmp(a->least, b->least, boxes->columns);
    return order != 0 ? order < 0 : memcmp(a->most, b->most, boxes->columns) < 0;
}

int tab_boxes_push(tab_boxes *boxes, const tab_box *box, lethe_error *error)
{
    if (boxes->count == boxes->held) {
        const uint64_t held = boxes->held == 0 ? BOXES_FIRST : 2 * boxes->held;
        tab_box *heap = held <= 2 * boxes->max ? realloc(boxes->heap, held * sizeof(*heap)) : NULL;
        if (heap == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        boxes->heap = heap;
        boxes->held = held;
    }
    uint64_t at = boxes->count++;
    while (at > 0 && before(boxes, box, &boxes->heap[(at - 1) / 2])) {
        boxes->heap[at] = boxes->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    boxes->heap[at] = *box;
    return 0;
}

bool tab_boxes_pop(tab_boxes *boxes, tab_box *ret_box)
{
    if (boxes->count == 0)
        return false;
    *ret_box = boxes->heap[0];
    const tab_box last = boxes->heap[--boxes->count];
    uint64_t at = 0;
    for (;;) {
        uint64_t child = 2 * at + 1;
        if (child >= boxes->count)
            break;
        if (child + 1 < boxes->count && before(boxes, &boxes->heap[child + 1], &boxes->heap[child]))
            child++;
        if (!before(boxes, &boxes->heap[child], &last))
            break;
        boxes->heap[at] = boxes->heap[child];
        at = child;
    }
    if (boxes->count != 0)
        boxes->heap[at] = last;
    return true;
}

/* -- views ------------------------------------------------------------------------------------------------------------
 */

static bool not_above(const uint8_t *a, const uint8_t *b, uint32_t columns)
{
    for (uint32_t c = 0; c < columns; c++)
        if (a[c] > b[c])
            return false;
    return true;
}

static uint32_t oldest(const tab_views *views)
{
    uint32_t at = 0;
    for (uint32_t i = 1; i < TAB_VIEWS_MAX; i++)
        if (views->used[i] < views->used[at])
            at = i;
    return at;
}

/* Whether these levels were asked for often enough. A collision makes a view too early, no more. */
static bool asked_often(tab_views *views, const uint8_t *least, uint32_t columns)
{
    uint64_t hash = 0xcbf29ce484222325U; /* FNV-1a */
    for (uint32_t c = 0; c < columns; c++)
        hash = (hash ^ least[c]) * 0x100000001b3U;
    uint8_t *asked = &views->asked[(hash >> 32) % TAB_ASKED_MAX];
    if (++*asked < ASKED_OFTEN)
        return false;
    *asked = 0;
    return true;
}

int tab_views_pick(tab_views *views, tab_engine *engine, const uint8_t *least, const tab_view **ret_view,
                   lethe_error *error)
{
    const uint32_t columns = engine->frame.tab->column_count;
    const tab_view *best = &engine->root;
    *ret_view = best;
    if (engine->frame.tab->person != NULL)
        return 0; /* people of several tuples are known for the root only */
    uint32_t place = TAB_VIEWS_MAX;
    for (uint32_t i = 0; i < TAB_VIEWS_MAX; i++)
        if (views->used[i] != 0 && views->view[i].count < best->count &&
            not_above(views->view[i].base, least, columns)) {
            best = &views->view[i];
            place = i;
        }
    if (place != TAB_VIEWS_MAX)
        views->used[place] = ++views->clock;
    *ret_view = best;
    if (memcmp(best->base, least, columns) == 0 || best->count < FEW_TUPLES || !asked_often(views, least, columns))
        return 0;
    const uint32_t to = oldest(views);
    tab_view made;
    BASE_TRY(tab_view_at(&engine->frame, best, least, &engine->groups, &made, error));
    tab_view_done(&views->view[to]);
    views->view[to] = made;
    views->used[to] = ++views->clock;
    *ret_view = &views->view[to];
    return 0;
}

void tab_views_done(tab_views *views)
{
    for (uint32_t i = 0; i < TAB_VIEWS_MAX; i++)
        tab_view_done(&views->view[i]);
    *views = (tab_views){0};
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/tab_view.h"

#include <stdlib.h>
#include <string.h>

#define SPACE_SMALL   ((uint64_t)1 << 16)
#define SPACE_LARGEST ((uint64_t)1 << 24)
#define SPACE_A_TUPLE 512 /* numbers that may stay unused for each tuple, before it pays to look the tuples up */
#define KEY_SPACE_MAX ((uint64_t)1 << 62)

/* What the tuples are told apart by: a pack, or a sensitive column, with what its codes become. */
typedef struct part {
    const uint16_t *narrow;
    const uint32_t *wide;
    uint32_t *map;
    uint64_t radix;
    uint32_t size; /* of the map */
} part;

static int hold_u32(uint32_t **array, uint32_t *held, uint32_t count, lethe_error *error)
{
    if (count <= *held)
        return 0;
    free(*array);
    *held = 0;
    *array = malloc((size_t)count * sizeof(uint32_t));
    if (*array == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    *held = count;
    return 0;
}

/* map[code of the pack] = the number of what its columns become, in mixed radix. Returns how many numbers there are. */
static int map_pack(tab_groups *g, const tab_frame *frame, const tab_view *view, uint32_t p, const uint8_t *levels,
                    uint64_t *ret_radix, lethe_error *error)
{
    const tab_pack *pack = &view->packs[p];
    BASE_TRY(hold_u32(&g->maps[p], &g->map_held[p], pack->size, error));
    uint32_t *map = g->maps[p];
    uint32_t done = 1; /* codes of the columns so far */
    uint64_t radix = 1;
    map[0] = 0;
    for (uint32_t i = 0; i < pack->column_count; i++) {
        const uint32_t c = pack->column[i], base = view->base[c];
        const uint32_t groups = frame->tab->columns[c].levels[base].group_count;
        BASE_TRY(hold_u32(&g->values, &g->value_held, groups, error));
        tab_column_map(frame, c, base, levels[c], g->values);
        /* Backwards, because the codes so far are read while the new ones are written behind and over them. */
        for (uint32_t group = groups; group-- > 0;) {
            const uint32_t add = g->values[group] * (uint32_t)radix;
            for (uint32_t code = 0; code < done; code++)
                map[(size_t)group * done + code] = map[code] + add;
        }
        done *= groups;
        radix *= frame->tab->columns[c].levels[levels[c]].group_count;
    }
    *ret_radix = radix;
    return 0;
}

static void scale(uint32_t *map, uint32_t size, uint32_t stride)
{
    for (uint32_t i = 0; i < size; i++)
        map[i] *= stride;
}

static void place(uint32_t *restrict class_of, const part *from, uint32_t count, bool first)
{
    const uint32_t *map = from->map;
    const uint16_t *narrow = from->narrow;
    const uint32_t *wide = from->wide;
    if (narrow != NULL && first)
        for (uint32_t i = 0; i < count; i++)
            class_of[i] = map[narrow[i]];
    else if (narrow != NULL)
        for (uint32_t i = 0; i < count; i++)
            class_of[i] += map[narrow[i]];
    else if (first)
        for (uint32_t i = 0; i < count; i++)
            class_of[i] = map[wide[i]];
    else
        for (uint32_t i = 0; i < count; i++)
            class_of[i] += map[wide[i]];
}

/* The usual case: three packs in one pass over the tuples. */
static void place_three(uint32_t *restrict class_of, const part *parts, uint32_t count)
{
    const uint16_t *a = parts[0].narrow, *b = parts[1].narrow, *c = parts[2].narrow;
    const uint32_t *x = parts[0].map, *y = parts[1].map, *z = parts[2].map;
    for (uint32_t i = 0; i < count; i++)
        class_of[i] = x[a[i]] + y[b[i]] + z[c[i]];
}

static void number_directly(tab_groups *g, const tab_view *view, part *parts, uint32_t part_count)
{
    uint64_t stride = 1;
    uint32_t used = 0;
    for (uint32_t p = 0; p < part_count; p++) {
        if (parts[p].radix == 1)
            continue; /* one group for everybody */
        if (stride != 1)
            scale(parts[p].map, parts[p].size, (uint32_t)stride);
        stride *= parts[p].radix;
        parts[used++] = parts[p];
    }
    g->space = stride;
    if (used == 0)
        memset(g->class_of, 0, view->count * sizeof(uint32_t));
    uint32_t at = 0;
    if (used >= 3 && parts[0].narrow != NULL && parts[1].narrow != NULL && parts[2].narrow != NULL) {
        place_three(g->class_of, parts, view->count);
        at = 3;
    }
    for (; at < used; at++)
        place(g->class_of, &parts[at], view->count, at == 0);
}

static inline uint64_t number_of(const part *from, uint32_t i)
{
    const uint32_t code = from->narrow != NULL ? from->narrow[i] : from->wide[i];
    return from->map[code];
}

/* Where the numbers do not fit into 62 bits they are replaced by places in the order of first appearance, and it goes
 * on from there: exact for any number of columns. */
static int number_by_look_up(tab_groups *g, const tab_view *view, const part *parts, uint32_t part_count,
                             lethe_error *error)
{
    const uint32_t count = view->count;
    if (g->key_held < count) {
        free(g->keys);
        g->key_held = 0;
        g->keys = malloc((size_t)count * sizeof(uint64_t));
        if (g->keys == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        g->key_held = count;
    }
    uint64_t *keys = g->keys, space = 1;
    uint32_t found = 0;
    memset(keys, 0, count * sizeof(uint64_t));
    for (uint32_t p = 0; p < part_count; p++) {
        if (space > KEY_SPACE_MAX / parts[p].radix) {
            BASE_TRY(tab_compact(&g->compactor, keys, count, g->class_of, NULL, &found, error));
            for (uint32_t i = 0; i < count; i++)
                keys[i] = g->class_of[i];
            space = found;
        }
        for (uint32_t i = 0; i < count; i++)
            keys[i] += space * number_of(&parts[p], i);
        space *= parts[p].radix;
    }
    BASE_TRY(tab_compact(&g->compactor, keys, count, g->class_of, NULL, &found, error));
    g->space = found;
    return 0;
}

int tab_groups_at(tab_groups *groups, const tab_frame *frame, const tab_view *view, const uint8_t *levels,
                  bool with_sensitive, lethe_error *error)
{
    part parts[PRIVACY_TAB_COLUMNS_MAX + PRIVACY_TAB_SENSITIVE_MAX];
    const uint64_t most = (uint64_t)view->count * SPACE_A_TUPLE;
    const uint64_t limit = most < SPACE_SMALL ? SPACE_SMALL : most > SPACE_LARGEST ? SPACE_LARGEST : most;
    bool direct = true;
    uint64_t space = 1;
    uint32_t part_count = 0;
    BASE_TRY(hold_u32(&groups->class_of, &groups->held, view->count, error));
    for (uint32_t p = 0; p < view->pack_count; p++) {
        uint64_t radix = 1;
        BASE_TRY(map_pack(groups, frame, view, p, levels, &radix, error));
        parts[part_count++] =
            (part){view->packs[p].narrow, view->packs[p].wide, groups->maps[p], radix, view->packs[p].size};
        direct = direct && space <= limit / radix;
        space = direct ? space * radix : space;
    }
    for (uint32_t s = 0; with_sensitive && s < frame->tab->sensitive_count; s++) {
        const uint32_t values = frame->tab->sensitive[s].value_count, at = PRIVACY_TAB_COLUMNS_MAX + s;
        BASE_TRY(hold_u32(&groups->maps[at], &groups->map_held[at], values, error));
        for (uint32_t value = 0; value < values; value++)
            groups->maps[at][value] = value;
        parts[part_count++] = (part){NULL, view->sensitive[s], groups->maps[at], values, values};
        direct = direct && space <= limit / values;
        space = direct ? space * values : space;
    }
    if (!direct)
        return number_by_look_up(groups, view, parts, part_count, error);
    number_directly(groups, view, parts, part_count);
    return 0;
}

int tab_groups_roughly(tab_groups *groups, const tab_frame *frame, const tab_view *view, const uint8_t *levels,
                       lethe_error *error)
{
    part parts[PRIVACY_TAB_COLUMNS_MAX];
    BASE_TRY(hold_u32(&groups->class_of, &groups->held, view->count, error));
    for (uint32_t p = 0; p < view->pack_count; p++) {
        uint64_t radix = 1;
        BASE_TRY(map_pack(groups, frame, view, p, levels, &radix, error));
        parts[p] = (part){view->packs[p].narrow, view->packs[p].wide, groups->maps[p], radix, view->packs[p].size};
    }
    number_directly(groups, view, parts, view->pack_count);
    return 0;
}

int tab_groups_room(tab_groups *groups, uint32_t **ret_place, lethe_error *error)
{
    if (groups->place_held < groups->space) {
        free(groups->place);
        groups->place_held = 0;
        groups->place = calloc(groups->space, sizeof(uint32_t));
        if (groups->place == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        groups->place_held = groups->space;
    }
    *ret_place = groups->place;
    return hold_u32(&groups->number, &groups->number_held, groups->held, error);
}

int tab_groups_maps(tab_groups *groups, const tab_frame *frame, const tab_view *view, const uint8_t *levels,
                    lethe_error *error)
{
    uint64_t radix;
    for (uint32_t p = 0; p < view->pack_count; p++)
        BASE_TRY(map_pack(groups, frame, view, p, levels, &radix, error));
    return 0;
}

void tab_groups_done(tab_groups *groups)
{
    free(groups->class_of);
    free(groups->keys);
    free(groups->values);
    free(groups->place);
    free(groups->number);
    for (uint32_t p = 0; p < PRIVACY_TAB_COLUMNS_MAX + PRIVACY_TAB_SENSITIVE_MAX; p++)
        free(groups->maps[p]);
    tab_compactor_done(&groups->compactor);
    *groups = (tab_groups){0};
}

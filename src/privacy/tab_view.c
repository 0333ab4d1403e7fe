/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/tab_view.h"

#include <stdlib.h>
#include <string.h>

#define PACK_SIZE_MAX 4096 /* a map of so many numbers stays in the first-level cache */
#define KEY_SPACE_MAX ((uint64_t)1 << 62)

/* -- the rows' tuples -------------------------------------------------------------------------------------------------
 */

#define ROWS_A_BLOCK 2048 /* whose keys stay in the first-level cache while column after column is added */

typedef struct digit {
    const uint32_t *codes;
    uint64_t radix, stride;
} digit;

static void key_block(const digit *digits, uint32_t count, uint64_t *keys, uint32_t from, uint32_t to, bool fresh)
{
    for (uint32_t d = 0; d < count; d++) {
        const uint32_t *codes = digits[d].codes;
        const uint64_t stride = digits[d].stride;
        if (d == 0 && fresh)
            for (uint32_t row = from; row < to; row++)
                keys[row] = codes[row] * stride;
        else
            for (uint32_t row = from; row < to; row++)
                keys[row] += codes[row] * stride;
    }
}

static void key_all(const privacy_tab *tab, const digit *digits, uint32_t count, uint64_t *keys, bool fresh)
{
    for (uint32_t from = 0; from < tab->rows; from += ROWS_A_BLOCK) {
        const uint32_t left = tab->rows - from;
        key_block(digits, count, keys, from, from + (left < ROWS_A_BLOCK ? left : ROWS_A_BLOCK), fresh);
    }
}

/* keys[row] in mixed radix over all columns, with numbers instead of the columns so far where 62 bits are full. */
static int key_rows(const privacy_tab *tab, tab_compactor *compactor, uint64_t *keys, uint32_t *ids, lethe_error *error)
{
    digit digits[PRIVACY_TAB_COLUMNS_MAX + PRIVACY_TAB_SENSITIVE_MAX];
    uint64_t space = 1;
    uint32_t count = 0;
    bool fresh = true;
    for (uint32_t c = 0; c < tab->column_count + tab->sensitive_count; c++) {
        const uint32_t s = c - tab->column_count;
        const uint32_t *codes = c < tab->column_count ? tab->columns[c].codes : tab->sensitive[s].codes;
        const uint64_t radix = c < tab->column_count ? tab->columns[c].leaf_count : tab->sensitive[s].value_count;
        if (space > KEY_SPACE_MAX / radix) {
            uint32_t found = 0;
            key_all(tab, digits, count, keys, fresh);
            BASE_TRY(tab_compact(compactor, keys, tab->rows, ids, NULL, &found, error));
            for (uint32_t row = 0; row < tab->rows; row++)
                keys[row] = ids[row];
            space = found;
            count = 0;
            fresh = false;
        }
        digits[count++] = (digit){codes, radix, space};
        space *= radix;
    }
    key_all(tab, digits, count, keys, fresh);
    return 0;
}

static uint32_t *new_u32(uint32_t count)
{
    return malloc(((size_t)count + 1) * sizeof(uint32_t));
}

static int count_rows(const tab_frame *frame, tab_view *view, const uint32_t *ids, lethe_error *error)
{
    const privacy_tab *tab = frame->tab;
    view->rows = calloc((size_t)view->count + 1, sizeof(uint32_t));
    if (view->rows == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    if (tab->chosen == NULL) {
        for (uint32_t row = 0; row < tab->rows; row++)
            view->rows[ids[row]]++;
        view->around = view->rows;
        return 0;
    }
    view->around = calloc((size_t)view->count + 1, sizeof(uint32_t));
    if (view->around == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t row = 0; row < tab->rows; row++) {
        if (tab->chosen[row] != 0 && view->rows[ids[row]]++ == 0)
            view->first_row[ids[row]] = row;
        view->around[ids[row]]++;
    }
    return 0;
}

static uint32_t groups_of(const tab_frame *frame, const tab_view *view, uint32_t column)
{
    return frame->tab->columns[column].levels[view->base[column]].group_count;
}

/* Columns in the order of their numbers of groups, each into the first pack that has room. */
static void plan_packs(const tab_frame *frame, tab_view *view)
{
    uint8_t order[PRIVACY_TAB_COLUMNS_MAX];
    for (uint32_t c = 0; c < frame->tab->column_count; c++) {
        uint32_t at = c;
        for (; at > 0 && groups_of(frame, view, order[at - 1]) < groups_of(frame, view, c); at--)
            order[at] = order[at - 1];
        order[at] = (uint8_t)c;
    }
    for (uint32_t i = 0; i < frame->tab->column_count; i++) {
        const uint32_t groups = groups_of(frame, view, order[i]);
        uint32_t p = 0;
        while (p < view->pack_count && (uint64_t)view->packs[p].size * groups > PACK_SIZE_MAX)
            p++;
        tab_pack *pack = &view->packs[p];
        if (p == view->pack_count) {
            view->pack_count++;
            *pack = (tab_pack){.size = 1};
        }
        pack->column[pack->column_count++] = order[i];
        pack->size *= groups;
    }
}

static int new_codes(const tab_view *view, tab_pack *pack, lethe_error *error)
{
    if (pack->size <= 65536)
        pack->narrow = malloc(((size_t)view->count + 1) * sizeof(uint16_t));
    else
        pack->wide = new_u32(view->count);
    return pack->narrow == NULL && pack->wide == NULL ? base_fail(error, LETHE_E_BASE_MEMORY) : 0;
}

static uint32_t code_of(const tab_pack *pack, uint32_t tuple)
{
    return pack->narrow != NULL ? pack->narrow[tuple] : pack->wide[tuple];
}

static void set_code(tab_pack *pack, uint32_t tuple, uint32_t code)
{
    if (pack->narrow != NULL)
        pack->narrow[tuple] = (uint16_t)code;
    else
        pack->wide[tuple] = code;
}

static int pack_rows(const tab_frame *frame, tab_view *view, const uint32_t *first, lethe_error *error)
{
    const privacy_tab *tab = frame->tab;
    plan_packs(frame, view);
    for (uint32_t p = 0; p < view->pack_count; p++) {
        tab_pack *pack = &view->packs[p];
        BASE_TRY(new_codes(view, pack, error));
        for (uint32_t i = 0; i < view->count; i++) {
            uint32_t code = 0, stride = 1;
            for (uint32_t j = 0; j < pack->column_count; j++) {
                const privacy_tab_column *column = &tab->columns[pack->column[j]];
                code += column->levels[0].group[column->codes[first[i]]] * stride;
                stride *= column->levels[0].group_count;
            }
            set_code(pack, i, code);
        }
    }
    for (uint32_t s = 0; s < tab->sensitive_count; s++) {
        view->sensitive[s] = new_u32(view->count);
        if (view->sensitive[s] == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        for (uint32_t i = 0; i < view->count; i++)
            view->sensitive[s][i] = tab->sensitive[s].codes[first[i]];
    }
    return 0;
}

static int fill_of_rows(const tab_frame *frame, tab_compactor *compactor, tab_view *view, uint64_t *keys, uint32_t *ids,
                        lethe_error *error)
{
    const uint32_t rows = frame->tab->rows;
    view->first_row = new_u32(rows);
    if (view->first_row == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    BASE_TRY(key_rows(frame->tab, compactor, keys, ids, error));
    BASE_TRY(tab_compact(compactor, keys, rows, ids, view->first_row, &view->count, error));
    BASE_TRY(pack_rows(frame, view, view->first_row, error));
    return count_rows(frame, view, ids, error);
}

int tab_view_of_rows(const tab_frame *frame, tab_compactor *compactor, tab_view *ret_view, uint32_t *ret_tuple_of_row,
                     lethe_error *error)
{
    tab_view view = {0};
    const size_t rows = frame->tab->rows;
    uint64_t *keys = malloc(rows * sizeof(uint64_t));
    uint32_t *ids = ret_tuple_of_row != NULL ? ret_tuple_of_row : malloc(rows * sizeof(uint32_t));
    const int status = keys == NULL || ids == NULL ? base_fail(error, LETHE_E_BASE_MEMORY)
                                                   : fill_of_rows(frame, compactor, &view, keys, ids, error);
    free(keys);
    if (ret_tuple_of_row == NULL)
        free(ids);
    if (status != 0)
        tab_view_done(&view);
    else
        *ret_view = view;
    return status;
}

void tab_view_done(tab_view *view)
{
    for (uint32_t p = 0; p < view->pack_count; p++) {
        free(view->packs[p].narrow);
        free(view->packs[p].wide);
    }
    for (uint32_t s = 0; s < PRIVACY_TAB_SENSITIVE_MAX; s++)
        free(view->sensitive[s]);
    if (view->around != view->rows)
        free(view->around);
    free(view->rows);
    free(view->first_row);
    *view = (tab_view){0};
}

/* -- coarser tuples ---------------------------------------------------------------------------------------------------
 */

/* Packs of the finer view stay together and, now that they are smaller, join: `member` says where each one goes. */
static void plan_coarser(const tab_frame *frame, const tab_view *from, tab_view *view, uint8_t *member,
                         uint32_t *stride)
{
    for (uint32_t p = 0; p < from->pack_count; p++) {
        uint64_t size = 1;
        for (uint32_t j = 0; j < from->packs[p].column_count; j++)
            size *= groups_of(frame, view, from->packs[p].column[j]);
        uint32_t to = 0;
        while (to < view->pack_count && view->packs[to].size * size > PACK_SIZE_MAX)
            to++;
        tab_pack *pack = &view->packs[to];
        if (to == view->pack_count) {
            view->pack_count++;
            *pack = (tab_pack){.size = 1};
        }
        member[p] = (uint8_t)to;
        stride[p] = pack->size;
        pack->size *= (uint32_t)size;
        for (uint32_t j = 0; j < from->packs[p].column_count; j++)
            pack->column[pack->column_count++] = from->packs[p].column[j];
    }
}

/* Numbers of the classes in use, by first appearance: ids[tuple of `from`] and the first tuple of each. */
static int number_classes(tab_groups *g, const tab_view *from, uint32_t *first, uint32_t *ret_count, lethe_error *error)
{
    uint32_t *place, count = 0;
    BASE_TRY(tab_groups_room(g, &place, error));
    for (uint32_t i = 0; i < from->count; i++) {
        uint32_t *to = &place[g->class_of[i]];
        if (*to == 0) {
            first[count] = i;
            g->number[count] = g->class_of[i];
            *to = ++count;
        }
    }
    for (uint32_t i = 0; i < from->count; i++)
        g->class_of[i] = place[g->class_of[i]] - 1;
    for (uint32_t id = 0; id < count; id++)
        place[g->number[id]] = 0;
    *ret_count = count;
    return 0;
}

static int sum_tuples(const tab_view *from, const uint32_t *ids, tab_view *view, lethe_error *error)
{
    view->rows = calloc((size_t)view->count + 1, sizeof(uint32_t));
    view->around = from->around == from->rows ? view->rows : calloc((size_t)view->count + 1, sizeof(uint32_t));
    if (view->rows == NULL || view->around == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t i = 0; i < view->count; i++)
        view->first_row[i] = UINT32_MAX;
    for (uint32_t i = 0; i < from->count; i++) {
        const uint32_t id = ids[i];
        if (view->around != view->rows)
            view->around[id] += from->around[i];
        view->rows[id] += from->rows[i];
        if (from->rows[i] != 0 && from->first_row[i] < view->first_row[id])
            view->first_row[id] = from->first_row[i];
    }
    for (uint32_t i = 0; i < from->count; i++)
        if (view->first_row[ids[i]] == UINT32_MAX)
            view->first_row[ids[i]] = from->first_row[i]; /* none of it is released */
    return 0;
}

static int fill_coarser(const tab_frame *frame, const tab_view *from, const uint8_t *levels, tab_groups *g,
                        tab_view *view, uint32_t *first, lethe_error *error)
{
    uint8_t member[PRIVACY_TAB_COLUMNS_MAX];
    uint32_t stride[PRIVACY_TAB_COLUMNS_MAX];
    memcpy(view->base, levels, frame->tab->column_count);
    BASE_TRY(tab_groups_at(g, frame, from, levels, true, error));
    BASE_TRY(number_classes(g, from, first, &view->count, error));
    view->first_row = new_u32(view->count);
    if (view->first_row == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    BASE_TRY(sum_tuples(from, g->class_of, view, error));
    plan_coarser(frame, from, view, member, stride);
    for (uint32_t p = 0; p < view->pack_count; p++)
        BASE_TRY(new_codes(view, &view->packs[p], error));
    BASE_TRY(tab_groups_maps(g, frame, from, levels, error));
    for (uint32_t p = 0; p < from->pack_count; p++) {
        tab_pack *pack = &view->packs[member[p]];
        for (uint32_t i = 0; i < view->count; i++) {
            const uint32_t code = stride[p] * g->maps[p][code_of(&from->packs[p], first[i])];
            set_code(pack, i, stride[p] == 1 ? code : code_of(pack, i) + code);
        }
    }
    for (uint32_t s = 0; s < frame->tab->sensitive_count; s++) {
        view->sensitive[s] = new_u32(view->count);
        if (view->sensitive[s] == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        for (uint32_t i = 0; i < view->count; i++)
            view->sensitive[s][i] = from->sensitive[s][first[i]];
    }
    return 0;
}

int tab_view_at(const tab_frame *frame, const tab_view *from, const uint8_t *levels, tab_groups *scratch,
                tab_view *ret_view, lethe_error *error)
{
    tab_view view = {0};
    uint32_t *first = new_u32(from->count);
    const int status = first == NULL ? base_fail(error, LETHE_E_BASE_MEMORY)
                                     : fill_coarser(frame, from, levels, scratch, &view, first, error);
    free(first);
    if (status != 0)
        tab_view_done(&view);
    else
        *ret_view = view;
    return status;
}

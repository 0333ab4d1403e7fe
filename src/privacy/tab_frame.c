/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/tab_view.h"

#include <stdio.h>
#include <stdlib.h>

static int refuse(lethe_error *error, const char *what, uint32_t column, uint32_t level)
{
    char path[LETHE_PLACE_PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s.%u.level.%u", what, column, level);
    base_fail(error, LETHE_E_PRIVACY_TABLE);
    base_error_path(error, path);
    return LETHE_E_PRIVACY_TABLE;
}

static int refuse_row(lethe_error *error, const char *what, uint32_t column, uint32_t row)
{
    char path[LETHE_PLACE_PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s.%u", what, column);
    base_fail(error, LETHE_E_PRIVACY_TABLE);
    base_error_path(error, path);
    base_error_line(error, (int64_t)row + 1);
    return LETHE_E_PRIVACY_TABLE;
}

/* Leaves that a level joins must stay joined above it: pruning rests on that. */
static int check_level(const privacy_tab_column *column, uint32_t c, uint32_t l, uint32_t *leaf_of, lethe_error *error)
{
    const privacy_tab_level *level = &column->levels[l], *above = level + 1;
    for (uint32_t group = 0; group < level->group_count; group++) {
        leaf_of[group] = UINT32_MAX;
        if (level->leaves[group] > column->domain)
            return refuse(error, "column", c, l);
    }
    for (uint32_t leaf = 0; leaf < column->leaf_count; leaf++) {
        const uint32_t group = level->group[leaf];
        if (group >= level->group_count)
            return refuse(error, "column", c, l);
        if (leaf_of[group] == UINT32_MAX)
            leaf_of[group] = leaf;
        else if (l + 1 < column->level_count && above->group[leaf_of[group]] != above->group[leaf])
            return refuse(error, "column", c, l + 1);
    }
    for (uint32_t group = 0; group < level->group_count; group++)
        if (leaf_of[group] == UINT32_MAX)
            leaf_of[group] = 0; /* no leaf of it occurs */
    return 0;
}

static int check_column(tab_frame *frame, uint32_t c, lethe_error *error)
{
    const privacy_tab_column *column = &frame->tab->columns[c];
    if (column->leaf_count == 0 || column->leaf_count > PRIVACY_TAB_LEAVES_MAX || column->domain == 0 ||
        column->level_count == 0 || column->level_count > PRIVACY_TAB_LEVELS_MAX)
        return refuse(error, "column", c, 0);
    for (uint32_t l = 0; l < column->level_count; l++) {
        const uint32_t groups = column->levels[l].group_count;
        if (groups == 0 || groups > PRIVACY_TAB_LEAVES_MAX || (l != 0 && groups > column->levels[l - 1].group_count))
            return refuse(error, "column", c, l);
        frame->leaf_of[c][l] = malloc(groups * sizeof(uint32_t));
        if (frame->leaf_of[c][l] == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        BASE_TRY(check_level(column, c, l, frame->leaf_of[c][l], error));
    }
    uint32_t worst = 0;
    for (uint32_t row = 0; row < frame->tab->rows; row++)
        worst = column->codes[row] > worst ? column->codes[row] : worst;
    return worst < column->leaf_count ? 0 : refuse(error, "column", c, 0);
}

static int check_sensitive(const privacy_tab *tab, uint32_t s, lethe_error *error)
{
    const privacy_tab_sensitive *sensitive = &tab->sensitive[s];
    if (sensitive->value_count == 0 || sensitive->value_count > PRIVACY_TAB_LEAVES_MAX ||
        sensitive->tree_levels > PRIVACY_TAB_LEVELS_MAX)
        return refuse(error, "sensitive", s, 0);
    for (uint32_t row = 0; row < tab->rows; row++)
        if (sensitive->codes[row] >= sensitive->value_count)
            return refuse_row(error, "sensitive", s, row);
    return 0;
}

static int fill(tab_frame *frame, lethe_error *error)
{
    const privacy_tab *tab = frame->tab;
    if (tab->rows == 0 || tab->rows > PRIVACY_TAB_ROWS_MAX || tab->column_count == 0 ||
        tab->column_count > PRIVACY_TAB_COLUMNS_MAX || tab->sensitive_count > PRIVACY_TAB_SENSITIVE_MAX)
        return base_fail(error, LETHE_E_PRIVACY_TABLE);
    frame->released = tab->rows;
    for (uint32_t row = 0; tab->chosen != NULL && row < tab->rows; row++)
        frame->released -= tab->chosen[row] == 0;
    for (uint32_t c = 0; c < tab->column_count; c++)
        BASE_TRY(check_column(frame, c, error));
    for (uint32_t s = 0; s < tab->sensitive_count; s++)
        BASE_TRY(check_sensitive(tab, s, error));
    return frame->released != 0 ? 0 : base_fail(error, LETHE_E_PRIVACY_TABLE);
}

int tab_frame_init(tab_frame *frame, const privacy_tab *tab, lethe_error *error)
{
    *frame = (tab_frame){.tab = tab};
    const int status = fill(frame, error);
    if (status != 0)
        tab_frame_done(frame);
    return status;
}

void tab_frame_done(tab_frame *frame)
{
    for (uint32_t c = 0; c < PRIVACY_TAB_COLUMNS_MAX; c++)
        for (uint32_t l = 0; l < PRIVACY_TAB_LEVELS_MAX; l++)
            free(frame->leaf_of[c][l]);
    *frame = (tab_frame){0};
}

void tab_column_map(const tab_frame *frame, uint32_t column, uint32_t base, uint32_t level, uint32_t *values)
{
    const privacy_tab_column *of = &frame->tab->columns[column];
    const uint32_t groups = of->levels[base].group_count;
    for (uint32_t group = 0; group < groups; group++)
        values[group] = base == level ? group : of->levels[level].group[frame->leaf_of[column][base][group]];
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/anonymize.h"

#include <stdlib.h>

static int fill(tab_engine *engine, const uint8_t *levels, const uint32_t *tuple_of_row, uint8_t *tuple_kept,
                anonymize_rows *rows, lethe_error *error)
{
    const privacy_tab *tab = engine->frame.tab;
    tab_classes classes;
    BASE_TRY(tab_classes_at(engine, &engine->root, levels, &classes, error));
    for (uint32_t i = 0; i < classes.count; i++) {
        const bool kept = classes.verdict[i] == TAB_KEPT && classes.rows[i] != 0;
        for (uint32_t j = classes.start[i]; j < classes.start[i + 1]; j++)
            tuple_kept[classes.order[j]] = kept;
        if (!kept)
            continue;
        rows->class_count++;
        rows->people += classes.people[i];
        if (rows->smallest == 0 || classes.people[i] < rows->smallest)
            rows->smallest = classes.people[i];
    }
    for (uint32_t row = 0; row < tab->rows; row++) {
        const bool released = tab->chosen == NULL || tab->chosen[row] != 0;
        rows->kept[row] = released && tuple_kept[tuple_of_row[row]];
        rows->kept_count += rows->kept[row];
        rows->withheld_count += released && !rows->kept[row];
    }
    return 0;
}

int anonymize_rows_of(tab_engine *engine, const uint8_t *levels, anonymize_rows *ret_rows, lethe_error *error)
{
    const privacy_tab *tab = engine->frame.tab;
    anonymize_rows rows = {.kept = malloc((size_t)tab->rows + 1)};
    uint32_t *tuple_of_row = malloc(((size_t)tab->rows + 1) * sizeof(uint32_t));
    uint8_t *tuple_kept = malloc((size_t)engine->root.count + 1);
    tab_view again = {0};
    int status = rows.kept == NULL || tuple_of_row == NULL || tuple_kept == NULL
                     ? base_fail(error, LETHE_E_BASE_MEMORY)
                     : tab_view_of_rows(&engine->frame, &engine->groups.compactor, &again, tuple_of_row, error);
    if (status == 0)
        status = fill(engine, levels, tuple_of_row, tuple_kept, &rows, error);
    tab_view_done(&again);
    free(tuple_of_row);
    free(tuple_kept);
    if (status != 0)
        free(rows.kept);
    else
        *ret_rows = rows;
    return status;
}

void anonymize_rows_done(anonymize_rows *rows)
{
    free(rows->kept);
    *rows = (anonymize_rows){0};
}

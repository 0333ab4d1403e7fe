/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/test_adult.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[1024];

const char *test_shared(void)
{
    const char *const shared = getenv("LETHE_SHARED"), *const source = getenv("LETHE_SOURCE");
    if (shared != NULL)
        (void)snprintf(folder, sizeof(folder), "%s/data/tabular", shared);
    else
        (void)snprintf(folder, sizeof(folder), "%s/../shared/data/tabular", source != NULL ? source : ".");
    if (access(folder, R_OK) == 0)
        return folder;
    (void)snprintf(folder, sizeof(folder), "%s/tabular", shared != NULL ? shared : "."); /* the data folder itself */
    return access(folder, R_OK) == 0 ? folder : NULL;
}

static int load_levels(test_adult *adult, uint32_t column, uint32_t slot)
{
    char path[2048];
    lethe_error error;
    (void)snprintf(path, sizeof(path), "%s/adult/adult_hierarchy_%s.csv", test_shared(),
                   adult->table->columns[column].name.data);
    int status = table_levels_load(path, &adult->levels[slot], &error);
    if (status == 0)
        status = table_levels_bind(adult->levels[slot], adult->table, column, &adult->bound[slot], &error);
    return status;
}

static void fill_quasi(test_adult *adult, uint32_t column, uint32_t slot)
{
    const table_levels *levels = adult->levels[slot];
    privacy_tab_column *to = &adult->tab.columns[adult->tab.column_count++];
    *to = (privacy_tab_column){.codes = adult->table->columns[column].codes,
                               .leaf_count = adult->table->columns[column].value_count,
                               .domain = levels->leaf_count,
                               .level_count = levels->level_count};
    for (uint32_t l = 0; l < levels->level_count; l++)
        to->levels[l] =
            (privacy_tab_level){adult->bound[slot]->group[l], levels->level[l].leaves, levels->level[l].group_count};
}

static void fill_sensitive(test_adult *adult, uint32_t column, uint32_t slot)
{
    const table_levels *levels = adult->levels[slot];
    privacy_tab_sensitive *to = &adult->tab.sensitive[adult->tab.sensitive_count++];
    *to = (privacy_tab_sensitive){.codes = adult->table->columns[column].codes,
                                  .value_count = adult->table->columns[column].value_count,
                                  .tree_levels = levels->level_count};
    for (uint32_t l = 0; l < levels->level_count; l++)
        to->tree[l] = adult->bound[slot]->group[l];
}

int test_adult_load(const char *sensitive, test_adult *ret_adult)
{
    char path[2048];
    lethe_error error;
    *ret_adult = (test_adult){0};
    (void)snprintf(path, sizeof(path), "%s/adult/adult.csv", test_shared());
    int status = table_coded_load(path, NULL, NULL, &ret_adult->table, &error);
    if (status != 0)
        return status;
    ret_adult->tab.rows = (uint32_t)ret_adult->table->row_count;
    for (uint32_t c = 0; c < ret_adult->table->column_count; c++) {
        if ((status = load_levels(ret_adult, c, c)) != 0)
            return status;
        if (sensitive != NULL && base_span_is(ret_adult->table->columns[c].name, sensitive))
            fill_sensitive(ret_adult, c, c);
        else
            fill_quasi(ret_adult, c, c);
    }
    return 0;
}

static base_span value_of(const table_coded *table, uint32_t column, uint32_t row)
{
    return table->columns[column].values[table->columns[column].codes[row]];
}

static bool same_row(const table_coded *a, uint32_t row, const table_coded *b, uint32_t other)
{
    for (uint32_t c = 0; c < a->column_count; c++)
        if (!base_span_equal(value_of(a, c, row), value_of(b, c, other)))
            return false;
    return true;
}

/* The subset is a list of rows: each takes the first row of the table that is equal to it and not yet taken. */
int test_adult_choose(test_adult *adult)
{
    char path[2048];
    lethe_error error;
    table_coded *subset = NULL;
    (void)snprintf(path, sizeof(path), "%s/adult/adult_subset.csv", test_shared());
    const int status = table_coded_load(path, NULL, NULL, &subset, &error);
    if (status != 0)
        return status;
    adult->chosen = calloc(adult->tab.rows, 1);
    for (uint32_t i = 0; i < subset->row_count; i++)
        for (uint32_t row = 0; row < adult->tab.rows; row++)
            if (adult->chosen[row] == 0 && same_row(subset, i, adult->table, row)) {
                adult->chosen[row] = 1;
                break;
            }
    adult->tab.chosen = adult->chosen;
    table_coded_free(subset);
    return 0;
}

int test_adult_misspell(test_adult *adult)
{
    uint32_t column, england;
    BASE_TRY(table_coded_need(adult->table, BASE_SPAN("native-country"), &column, NULL));
    england = table_coded_code(&adult->table->columns[column], BASE_SPAN("England"));
    privacy_tab_column *of = &adult->tab.columns[column]; /* it stands before the sensitive column */
    privacy_tab_level *level = &of->levels[1];
    uint32_t *group = malloc(of->leaf_count * sizeof(uint32_t));
    uint32_t *leaves = malloc((level->group_count + 1) * sizeof(uint32_t));
    memcpy(group, level->group, of->leaf_count * sizeof(uint32_t));
    memcpy(leaves, level->leaves, level->group_count * sizeof(uint32_t));
    leaves[group[england]]--;
    group[england] = level->group_count;
    leaves[level->group_count] = 1;
    *level = (privacy_tab_level){group, leaves, level->group_count + 1};
    adult->misspelt[0] = group;
    adult->misspelt[1] = leaves;
    return 0;
}

void test_adult_free(test_adult *adult)
{
    free(adult->misspelt[0]);
    free(adult->misspelt[1]);
    for (uint32_t c = 0; c < PRIVACY_TAB_COLUMNS_MAX; c++) {
        table_bound_free(adult->bound[c]);
        table_levels_free(adult->levels[c]);
    }
    table_coded_free(adult->table);
    free(adult->chosen);
    *adult = (test_adult){0};
}

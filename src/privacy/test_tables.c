/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/test_tables.h"

#include <string.h>

uint32_t test_below(test_random *random, uint32_t bound)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15U; /* splitmix64 */
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return (uint32_t)((z ^ (z >> 31)) % bound);
}

/* Each level joins some groups of the level below; the last one all of them, mostly. */
static void fill_column(test_table *t, uint32_t c, test_random *random)
{
    privacy_tab_column *column = &t->tab.columns[c];
    uint32_t groups = 1 + test_below(random, 6);
    *column =
        (privacy_tab_column){.codes = t->codes[c], .leaf_count = groups, .level_count = 1 + test_below(random, 4)};
    column->domain = groups + test_below(random, 3);
    for (uint32_t leaf = 0; leaf < groups; leaf++)
        t->group[c][0][leaf] = leaf;
    for (uint32_t l = 0; l < column->level_count; l++) {
        if (l != 0) {
            uint32_t map[16];
            const uint32_t fewer =
                l + 1 == column->level_count && test_below(random, 8) != 0 ? 1 : 1 + test_below(random, groups);
            for (uint32_t g = 0; g < groups; g++)
                map[g] = g < fewer ? g : test_below(random, fewer);
            for (uint32_t leaf = 0; leaf < column->leaf_count; leaf++)
                t->group[c][l][leaf] = map[t->group[c][l - 1][leaf]];
            groups = fewer;
        }
        memset(t->leaves[c][l], 0, sizeof(t->leaves[c][l]));
        for (uint32_t leaf = 0; leaf < column->leaf_count; leaf++)
            t->leaves[c][l][t->group[c][l][leaf]]++;
        if (groups == 1)
            t->leaves[c][l][0] = column->domain;
        column->levels[l] = (privacy_tab_level){t->group[c][l], t->leaves[c][l], groups};
    }
}

static void fill_sensitive(test_table *t, uint32_t s, test_random *random)
{
    privacy_tab_sensitive *sensitive = &t->tab.sensitive[s];
    const uint32_t values = 1 + test_below(random, 5);
    *sensitive = (privacy_tab_sensitive){
        .codes = t->codes[PRIVACY_TAB_COLUMNS_MAX + s], .value_count = values, .tree_levels = 3};
    for (uint32_t v = 0; v < values; v++) {
        t->tree[s][0][v] = v + 3; /* numbers of a hierarchy that has more groups than the table */
        t->tree[s][1][v] = v / 2 + 5;
        t->tree[s][2][v] = 0;
    }
    for (uint32_t l = 0; l < 3; l++)
        sensitive->tree[l] = t->tree[s][l];
}

void test_table_fill(test_table *table, test_random *random, bool with_subset, bool with_people)
{
    test_table *t = table;
    t->tab = (privacy_tab){.rows = 1 + test_below(random, test_below(random, 2) != 0 ? 60 : 12),
                           .column_count = 1 + test_below(random, 4),
                           .sensitive_count = 1 + test_below(random, 2)};
    for (uint32_t c = 0; c < t->tab.column_count; c++)
        fill_column(t, c, random);
    for (uint32_t s = 0; s < t->tab.sensitive_count; s++)
        fill_sensitive(t, s, random);
    for (uint32_t row = 0; row < t->tab.rows; row++) {
        for (uint32_t c = 0; c < t->tab.column_count; c++)
            t->codes[c][row] = test_below(random, 1 + test_below(random, t->tab.columns[c].leaf_count));
        for (uint32_t s = 0; s < t->tab.sensitive_count; s++)
            t->codes[PRIVACY_TAB_COLUMNS_MAX + s][row] = test_below(random, t->tab.sensitive[s].value_count);
        t->chosen[row] = row == 0 || test_below(random, 3) != 0;
        t->person[row] = test_below(random, t->tab.rows);
    }
    t->tab.chosen = with_subset ? t->chosen : NULL;
    t->tab.person = with_people ? t->person : NULL;
}

static privacy_tab_model some_model(const test_table *t, test_random *random)
{
    static const double shares[] = {0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1};
    privacy_tab_model model = {.k = 1 + test_below(random, 4), .sensitive = test_below(random, t->tab.sensitive_count)};
    do
        model.kind = (privacy_tab_model_kind)test_below(random, PRIVACY_TAB_POPULATION_UNIQUE);
    while (t->tab.chosen == NULL && (model.kind == PRIVACY_TAB_K_MAP || model.kind == PRIVACY_TAB_PRESENCE));
    model.a = shares[test_below(random, 8)];
    if (model.kind == PRIVACY_TAB_PRESENCE) {
        model.k = test_below(random, 2);
        model.a = model.a / 2;
        model.b = 0.5 + shares[test_below(random, 8)] / 2;
    }
    if (model.kind == PRIVACY_TAB_RECURSIVE_CL || model.kind == PRIVACY_TAB_DISCLOSURE ||
        model.kind == PRIVACY_TAB_BETA_BASIC || model.kind == PRIVACY_TAB_BETA_ENHANCED)
        model.a = 0.5 + test_below(random, 8) * 0.5;
    return model;
}

void test_limits_fill(const test_table *table, test_random *random, privacy_tab_model *models, double *weights,
                      privacy_tab_limits *ret_limits)
{
    static const double limits[] = {0, 0, 0.05, 0.2, 0.5, 1};
    static const double factors[] = {0, 0.25, 0.5, 0.5, 0.5, 0.8, 1};
    privacy_tab_limits l = {.models = models, .suppression = limits[test_below(random, 6)]};
    l.model_count = 1 + test_below(random, 3);
    for (uint32_t m = 0; m < l.model_count; m++)
        models[m] = some_model(table, random);
    if (test_below(random, 3) == 0)
        models[0] = (privacy_tab_model){.kind = PRIVACY_TAB_K, .k = 1 + test_below(random, 6)};
    if (test_below(random, 6) == 0)
        l.model_count = 1;
    l.metric = (privacy_tab_metric_kind)test_below(random, PRIVACY_TAB_METRIC_KINDS);
    l.aggregate = test_below(random, 2) == 0 ? PRIVACY_TAB_DEFAULT
                                             : (privacy_tab_aggregate)test_below(random, PRIVACY_TAB_AGGREGATES);
    l.gs_factor = factors[test_below(random, 7)];
    for (uint32_t c = 0; c < table->tab.column_count; c++)
        weights[c] = test_below(random, 4) * 0.5;
    l.weights = test_below(random, 3) == 0 ? weights : NULL;
    *ret_limits = l;
}

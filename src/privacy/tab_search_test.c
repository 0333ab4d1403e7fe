/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "privacy/tab_search.h"
#include "privacy/test_tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLES 6000

/* Every node of the lattice, one after the other: the least score among those that hold. */
static bool enumerate(tab_engine *engine, tab_node *ret_best, uint32_t *ret_nodes)
{
    const privacy_tab *tab = engine->frame.tab;
    uint8_t levels[PRIVACY_TAB_COLUMNS_MAX] = {0};
    bool any = false;
    *ret_nodes = 0;
    for (;;) {
        tab_node node;
        assert_int_equal(tab_node_at(engine, &engine->root, levels, NULL, &node, NULL), 0);
        (*ret_nodes)++;
        if (node.holds && (!any || tab_score_compare(engine, &node.score, &ret_best->score) < 0)) {
            *ret_best = node;
            any = true;
        }
        uint32_t c = 0;
        while (c < tab->column_count && ++levels[c] == tab->columns[c].level_count)
            levels[c++] = 0;
        if (c == tab->column_count)
            return any;
    }
}

static double difference(const privacy_tab_score *a, const privacy_tab_score *b)
{
    double most = a->total > b->total ? a->total - b->total : b->total - a->total;
    return most;
}

static void fail_with(uint32_t i, const tab_engine *e, const tab_found *found, const tab_node *best)
{
    printf("table %u: metric %d aggregate %d gs %g limit %g models", i, (int)e->limits.metric, (int)e->limits.aggregate,
           e->limits.gs_factor, e->limits.suppression);
    for (uint32_t m = 0; m < e->limits.model_count; m++)
        printf(" %d", (int)e->limits.models[m].kind);
    printf(": %.17g, enumerated %.17g\n", found->best.score.total, best->score.total);
    fail();
}

/* The boxes and the one node of each that was closed cover the lattice without overlap. */
static void check_proof(const tab_engine *e, const tab_found *found)
{
    double nodes = 0;
    for (uint64_t i = 0; i < found->closed_count; i++) {
        double inside = 1;
        for (uint32_t c = 0; c < e->frame.tab->column_count; c++)
            inside *= found->closed[i].most[c] - found->closed[i].least[c] + 1;
        nodes += inside;
    }
    assert_true(nodes == (double)found->lattice);
}

static void test_equals_enumeration(void **state)
{
    (void)state;
    test_random random = {1};
    test_table *table = calloc(1, sizeof(*table));
    uint64_t looked = 0, all = 0;
    uint32_t held = 0;
    for (uint32_t i = 0; i < TABLES; i++) {
        privacy_tab_model models[4];
        double weights[PRIVACY_TAB_COLUMNS_MAX];
        privacy_tab_limits limits;
        tab_engine engine;
        tab_found found;
        tab_node best = {0};
        uint32_t nodes;
        test_table_fill(table, &random, i % 3 == 1, i % 3 == 2);
        test_limits_fill(table, &random, models, weights, &limits);
        assert_int_equal(tab_engine_init(&engine, &table->tab, &limits, NULL), 0);
        const tab_search_options options = {.keep_proof = i % 2 == 0, .keep_best = i % 4};
        assert_int_equal(tab_search(&engine, &options, &found, NULL), 0);
        looked += found.evaluated;
        const bool any = enumerate(&engine, &best, &nodes);
        all += nodes;
        held += any;
        assert_true(found.proved);
        assert_int_equal(found.lattice, nodes);
        if (any != found.any || (any && difference(&found.best.score, &best.score) > 1e-9))
            fail_with(i, &engine, &found, &best);
        if (any && tab_score_compare(&engine, &found.best.score, &best.score) != 0 &&
            difference(&found.best.score, &best.score) > 1e-12 * best.score.total)
            fail_with(i, &engine, &found, &best);
        if (options.keep_proof && found.witness_count == 0)
            check_proof(&engine, &found);
        tab_found_done(&found);
        tab_engine_done(&engine);
    }
    printf("%d tables, %u with an answer; %llu of %llu nodes looked at\n", TABLES, held, (unsigned long long)looked,
           (unsigned long long)all);
    assert_true(held > TABLES / 4);
    free(table);
}

/* A node seen through coarser tuples is the node seen through all of them. */
static void test_views_agree(void **state)
{
    (void)state;
    test_random random = {2};
    test_table *table = calloc(1, sizeof(*table));
    for (uint32_t i = 0; i < 500; i++) {
        privacy_tab_model models[4];
        double weights[PRIVACY_TAB_COLUMNS_MAX];
        privacy_tab_limits limits;
        tab_engine engine;
        tab_view view;
        tab_node fine, coarse;
        uint8_t low[PRIVACY_TAB_COLUMNS_MAX], high[PRIVACY_TAB_COLUMNS_MAX];
        test_table_fill(table, &random, i % 2 == 1, false);
        test_limits_fill(table, &random, models, weights, &limits);
        assert_int_equal(tab_engine_init(&engine, &table->tab, &limits, NULL), 0);
        for (uint32_t c = 0; c < table->tab.column_count; c++) {
            low[c] = (uint8_t)test_below(&random, table->tab.columns[c].level_count);
            high[c] = (uint8_t)(low[c] + test_below(&random, table->tab.columns[c].level_count - low[c]));
        }
        assert_int_equal(tab_view_at(&engine.frame, &engine.root, low, &engine.groups, &view, NULL), 0);
        assert_int_equal(tab_node_at(&engine, &engine.root, high, NULL, &fine, NULL), 0);
        assert_int_equal(tab_node_at(&engine, &view, high, NULL, &coarse, NULL), 0);
        assert_int_equal(fine.withheld, coarse.withheld);
        assert_int_equal(fine.classes, coarse.classes);
        assert_true(fine.score.total == coarse.score.total);
        tab_view_done(&view);
        tab_engine_done(&engine);
    }
    free(table);
}

/* An engine that forgets a rule is caught by the comparison: here, doomed rows that are not. */
static void test_wrong_bound_is_caught(void **state)
{
    (void)state;
    test_random random = {3};
    test_table *table = calloc(1, sizeof(*table));
    uint32_t caught = 0;
    for (uint32_t i = 0; i < 400; i++) {
        privacy_tab_model models[2] = {{.kind = PRIVACY_TAB_T_EQUAL, .a = 0.2}};
        const privacy_tab_limits limits = {
            .models = models, .model_count = 1, .suppression = 0.5, .gs_factor = 0.5, .metric = PRIVACY_TAB_LOSS};
        tab_engine engine;
        tab_found found;
        tab_node best = {0};
        uint32_t nodes;
        test_table_fill(table, &random, false, false);
        assert_int_equal(tab_engine_init(&engine, &table->tab, &limits, NULL), 0);
        engine.whole[0].need[0] = 50; /* as if no class below fifty could ever hold the value */
        const tab_search_options options = {0};
        assert_int_equal(tab_search(&engine, &options, &found, NULL), 0);
        const bool any = enumerate(&engine, &best, &nodes);
        caught += any != found.any || (any && difference(&found.best.score, &best.score) > 1e-9);
        tab_found_done(&found);
        tab_engine_done(&engine);
    }
    assert_true(caught > 0);
    free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_enumeration),
        cmocka_unit_test(test_views_agree),
        cmocka_unit_test(test_wrong_bound_is_caught),
    };
    return cmocka_run_group_tests_name("privacy/tab_search", tests, NULL, NULL);
}

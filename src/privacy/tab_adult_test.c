/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "privacy/tab_search.h"
#include "privacy/test_adult.h"
#include "privacy/test_cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEAR 1e-12

static double magnitude(double x)
{
    return x < 0 ? -x : x;
}

static bool near(double a, double b)
{
    return magnitude(a - b) <= NEAR * (magnitude(b) > 1 ? magnitude(b) : 1) || magnitude(a - b) <= NEAR * magnitude(b);
}

static FILE *open_expected(const char *name)
{
    char path[2048];
    if (test_shared() == NULL) {
        printf("reference data is not there: %s was not compared\n", name);
        return NULL;
    }
    (void)snprintf(path, sizeof(path), "%s/%s", test_shared(), name);
    return fopen(path, "r");
}

/* Columns of a rank are printed as ARX has them: all ten decimals of the cut, or more where gs is not 0.5. */
static bool same_score(const tab_engine *engine, const privacy_tab_score *score, const test_case *c)
{
    if (c->rank_count == 0)
        return near(tab_score_figure(engine, score), c->loss);
    for (uint32_t i = 0; i < c->rank_count; i++)
        if (magnitude(score->columns[i] - c->ranks[i]) > 2e-10)
            return false;
    return true;
}

static test_adult plain[2], occupation[2], subset[2]; /* loaded once: as it is, as it was */

static test_adult *table_of(const test_case *c, int version)
{
    return c->subset ? &subset[version] : c->occupation ? &occupation[version] : &plain[version];
}

static int load(void **state)
{
    (void)state;
    if (test_shared() == NULL)
        return 0;
    int status = 0;
    for (int i = 0; i < 2; i++) {
        status += test_adult_load(NULL, &plain[i]) + test_adult_load("occupation", &occupation[i]);
        status += test_adult_load("occupation", &subset[i]) + test_adult_choose(&subset[i]);
    }
    return status + test_adult_misspell(&plain[1]) + test_adult_misspell(&occupation[1]) +
           test_adult_misspell(&subset[1]);
}

static int unload(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        test_adult_free(&plain[i]);
        test_adult_free(&occupation[i]);
        test_adult_free(&subset[i]);
    }
    return 0;
}

static uint32_t before_suppression;

static double loss_at(tab_engine *engine, const test_case *c, bool *ret_same)
{
    tab_node node;
    engine->limits.models = c->models;
    assert_int_equal(tab_node_at(engine, &engine->root, c->levels, NULL, &node, NULL), 0);
    *ret_same = same_score(engine, &node.score, c);
    /* One node stands there twice with its bound (nothing withheld) and once with its loss. */
    if (!*ret_same && c->limits.metric == PRIVACY_TAB_DISCERNIBILITY && (double)node.squares_all == c->loss) {
        before_suppression++;
        *ret_same = true;
    }
    return tab_score_figure(engine, &node.score);
}

/* Every loss of a node that ARX prints, whether the node holds or not. */
static void test_losses(void **state)
{
    (void)state;
    FILE *file = open_expected("expected_losses_per_node.tsv");
    char line[8192], key[8192] = "", now[8192];
    uint32_t compared = 0, older = 0, wrong = 0, left_out = 0;
    tab_engine engine[2] = {0};
    test_case c;
    if (file == NULL)
        skip();
    assert_non_null(fgets(line, sizeof(line), file));
    while (fgets(line, sizeof(line), file) != NULL) {
        char *f[10];
        assert_int_equal(test_split(line, f, 10), 9);
        (void)snprintf(now, sizeof(now), "%s %s %s %s %s", f[0], f[3], f[4], f[5], f[6]);
        test_case_parse((char *[]){f[3], f[4], f[5], f[6], f[8], f[7]}, f[2], &c);
        if (c.left_out != NULL) {
            left_out++;
            continue;
        }
        for (int i = 0; i < 2 && strcmp(now, key) != 0; i++) {
            tab_engine_done(&engine[i]);
            assert_int_equal(tab_engine_init(&engine[i], &table_of(&c, i)->tab, &c.limits, NULL), 0);
        }
        memcpy(key, now, sizeof(key));
        bool same, was = false;
        const double loss = loss_at(&engine[0], &c, &same);
        if (!same)
            (void)loss_at(&engine[1], &c, &was);
        compared++;
        older += was;
        if (!same && !was && wrong++ < 20)
            printf("%s %s: %.17g, not %s\n", c.text, f[7], loss, f[8]);
    }
    tab_engine_done(&engine[0]);
    tab_engine_done(&engine[1]);
    (void)fclose(file);
    printf("%u losses of nodes compared, %u of them of the older hierarchy, %u differ; %u lines name no node\n",
           compared, older, wrong, left_out);
    assert_int_equal(wrong, 0);
    assert_int_equal(before_suppression, 2);
}

/* Every optimum: the search must be as good, and ARX is named where its answer is not the best. */
static void test_optima(void **state)
{
    (void)state;
    FILE *file = open_expected("expected_optima.tsv");
    char line[8192];
    uint32_t compared = 0, better = 0, older = 0, wrong = 0, left_out = 0;
    test_case c;
    if (file == NULL)
        skip();
    assert_non_null(fgets(line, sizeof(line), file));
    while (fgets(line, sizeof(line), file) != NULL) {
        char *f[10];
        (void)test_split(line, f, 10);
        test_case_parse((char *[]){f[3], f[4], f[5], f[6], f[7], f[8]}, f[2], &c);
        if (c.left_out != NULL || c.draw != 0) {
            left_out++;
            continue;
        }
        bool same = false, less = false;
        tab_found found[2] = {{0}};
        for (int i = 0; i < 2 && !same; i++) {
            tab_engine engine;
            assert_int_equal(tab_engine_init(&engine, &table_of(&c, i)->tab, &c.limits, NULL), 0);
            const tab_search_options options = {0};
            assert_int_equal(tab_search(&engine, &options, &found[i], NULL), 0);
            assert_true(found[i].proved);
            same = found[i].any ? same_score(&engine, &found[i].best.score, &c) : c.none;
            less = less || (found[i].any && c.rank_count == 0 && found[i].score < c.loss * (1 - NEAR));
            older += i == 1 && same;
            tab_engine_done(&engine);
        }
        compared++;
        better += !same && less;
        if (!same) {
            printf("%s: %.17g at", c.text, found[0].score);
            for (uint32_t i = 0; i < found[0].best.score.column_count; i++)
                printf(" %u", found[0].best.levels[i]);
            printf(" withheld %u, %s %s\n", found[0].best.withheld, f[7], f[8]);
            wrong += !less;
        }
        tab_found_done(&found[0]);
        tab_found_done(&found[1]);
    }
    (void)fclose(file);
    printf("%u optima compared: %u better than ARX, %u of the older hierarchy, %u differ; %u left out\n", compared,
           better, older, wrong, left_out);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_losses),
        cmocka_unit_test(test_optima),
    };
    return cmocka_run_group_tests_name("privacy/tab_adult", tests, load, unload);
}

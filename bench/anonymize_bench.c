/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The full-domain search beside ARX 3.9.1 (its times measured on the same kind of machine, one core): from an encoded
 * table to a proved plan. Adult where the reference data is there, else and for the large tables made ones.
 *
 *   LETHE_SHARED=../shared build/bench/anonymize-bench [REPETITIONS]
 */
#include "privacy/tab_search.h"
#include "privacy/test_adult.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double cpu_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

static void measure(const char *name, const privacy_tab *tab, uint32_t k, double suppression, int repetitions,
                    double peer_ms, double limit_ms)
{
    const privacy_tab_model model = {.kind = PRIVACY_TAB_K, .k = k};
    const privacy_tab_limits limits = {
        .models = &model, .model_count = 1, .suppression = suppression, .gs_factor = 0.5, .metric = PRIVACY_TAB_LOSS};
    double least = 1e300, least_search = 1e300;
    tab_found found = {0};
    uint32_t tuples = 0;
    for (int i = 0; i < repetitions; i++) {
        tab_engine engine;
        const tab_search_options options = {0};
        const double from = cpu_ms();
        if (tab_engine_init(&engine, tab, &limits, NULL) != 0)
            exit(1);
        const double middle = cpu_ms();
        if (tab_search(&engine, &options, &found, NULL) != 0)
            exit(1);
        const double to = cpu_ms();
        tuples = engine.root.count;
        least = to - from < least ? to - from : least;
        least_search = to - middle < least_search ? to - middle : least_search;
        tab_engine_done(&engine);
        if (i + 1 < repetitions)
            tab_found_done(&found);
    }
    printf("%-26s %8u tuples %5llu of %6llu plans %9.2f ms (search %8.2f)", name, tuples,
           (unsigned long long)found.evaluated, (unsigned long long)found.lattice, least, least_search);
    if (peer_ms > 0)
        printf("  ARX %6.0f ms: %6.1f x", peer_ms, peer_ms / least);
    printf("  limit %5.1f ms: %s%s\n", limit_ms, least <= limit_ms ? "held" : "NOT HELD",
           found.proved ? "" : ", NOT PROVED");
    tab_found_done(&found);
}

/* -- a large table ----------------------------------------------------------------------------------------------------
 */

typedef struct made {
    privacy_tab tab;
    uint32_t *codes[PRIVACY_TAB_COLUMNS_MAX];
    uint32_t *group[PRIVACY_TAB_COLUMNS_MAX][4], *leaves[PRIVACY_TAB_COLUMNS_MAX][4];
} made;

static uint64_t state = 1;

static uint32_t below(uint32_t bound)
{
    uint64_t z = state += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return (uint32_t)(((z ^ (z >> 31)) >> 32) * bound >> 32);
}

/* Values of falling frequency, and half of them told by a hidden type of person: as columns of surveys are. */
static void make_column(made *m, uint32_t c, uint32_t leaves, uint32_t width, const uint32_t *types)
{
    privacy_tab_column *column = &m->tab.columns[c];
    uint32_t groups = leaves;
    *column = (privacy_tab_column){.leaf_count = leaves, .domain = leaves};
    m->codes[c] = malloc(m->tab.rows * sizeof(uint32_t));
    for (uint32_t row = 0; row < m->tab.rows; row++) {
        const uint32_t least = below(leaves) < below(leaves) ? below(leaves) : below(1 + below(leaves));
        m->codes[c][row] = below(2) ? least : (types[row] * 7 + c) % leaves;
    }
    for (uint32_t l = 0; l < 4; l++) {
        const uint32_t divisor = l == 0 ? 1 : l == 1 ? width : width * width;
        groups = l == 3 ? 1 : (leaves + divisor - 1) / divisor;
        m->group[c][l] = malloc(leaves * sizeof(uint32_t));
        m->leaves[c][l] = calloc(groups, sizeof(uint32_t));
        for (uint32_t leaf = 0; leaf < leaves; leaf++) {
            m->group[c][l][leaf] = l == 3 ? 0 : leaf / divisor;
            m->leaves[c][l][m->group[c][l][leaf]]++;
        }
        column->levels[column->level_count++] = (privacy_tab_level){m->group[c][l], m->leaves[c][l], groups};
        if (groups == 1)
            break;
    }
    column->codes = m->codes[c];
}

static void make(made *m, uint32_t rows, const uint32_t *leaves, uint32_t columns)
{
    *m = (made){.tab = {.rows = rows, .column_count = columns}};
    uint32_t *types = malloc(rows * sizeof(uint32_t));
    for (uint32_t row = 0; row < rows; row++)
        types[row] = below(1 + below(40));
    for (uint32_t c = 0; c < columns; c++)
        make_column(m, c, leaves[c], leaves[c] > 20 ? 5 : 3, types);
    free(types);
}

static void made_done(made *m)
{
    for (uint32_t c = 0; c < m->tab.column_count; c++) {
        free(m->codes[c]);
        for (uint32_t l = 0; l < 4; l++) {
            free(m->group[c][l]);
            free(m->leaves[c][l]);
        }
    }
}

int main(int argc, char **argv)
{
    static const uint32_t eight[] = {100, 2, 5, 7, 16, 41, 8, 14};
    static const uint32_t nine[] = {16, 4, 4, 10, 86, 8, 2, 6, 20};
    setvbuf(stdout, NULL, _IOLBF, 0);
    const int repetitions = argc > 1 ? atoi(argv[1]) : 5;
    test_adult adult;
    made m;
    if (test_shared() != NULL && test_adult_load(NULL, &adult) == 0) {
        measure("Adult x 9, k 5, 0 %", &adult.tab, 5, 0, 4 * repetitions, 42, 2.1);
        measure("Adult x 9, k 5, 2 %", &adult.tab, 5, 0.02, repetitions, 1300, 65);
        measure("Adult x 9, k 5, 4 %", &adult.tab, 5, 0.04, repetitions, 1300, 65);
        measure("Adult x 9, k 5, 100 %", &adult.tab, 5, 1, repetitions, 5000, 250);
        test_adult_free(&adult);
    } else {
        printf("reference data is not there: Adult was not measured\n");
    }
    make(&m, 1000000, eight, 8);
    measure("1M x 8, k 5, 2 %", &m.tab, 5, 0.02, 2, 1600, 80);
    made_done(&m);
    make(&m, 1200000, nine, 9);
    measure("1.2M x 9, k 5, 2 %", &m.tab, 5, 0.02, 2, 0, 50);
    made_done(&m);
    return 0;
}

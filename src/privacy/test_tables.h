/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_TEST_TABLES_H
#define PRIVACY_TEST_TABLES_H

#include "privacy/tab.h"

/* A small random table with nested hierarchies, made anew from a seed. */
typedef struct test_table {
    privacy_tab tab;
    uint32_t codes[PRIVACY_TAB_COLUMNS_MAX + PRIVACY_TAB_SENSITIVE_MAX][256];
    uint32_t group[PRIVACY_TAB_COLUMNS_MAX][4][16], leaves[PRIVACY_TAB_COLUMNS_MAX][4][16];
    uint32_t tree[PRIVACY_TAB_SENSITIVE_MAX][3][16];
    uint8_t chosen[256];
    uint32_t person[256];
} test_table;

typedef struct test_random {
    uint64_t state;
} test_random;

uint32_t test_below(test_random *random, uint32_t bound);
void test_table_fill(test_table *table, test_random *random, bool with_subset, bool with_people);

/* One to three models that the table can be asked for, metric, limit, weights. */
void test_limits_fill(const test_table *table, test_random *random, privacy_tab_model *models, double *weights,
                      privacy_tab_limits *ret_limits);

#endif

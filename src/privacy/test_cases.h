/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_TEST_CASES_H
#define PRIVACY_TEST_CASES_H

#include "privacy/tab.h"

/* A line of expected_optima.tsv or expected_losses_per_node.tsv: what ARX's tests say, in the words of ARX. */
typedef struct test_case {
    char text[2048];
    bool occupation, subset; /* occupation is the sensitive column; adult_subset.csv is the research subset */
    uint32_t draw;           /* > 0: the research subset is drawn by ARX's test, see test_draw */
    privacy_tab_model models[8];
    privacy_tab_limits limits;
    double loss; /* or the columns of a rank */
    double ranks[PRIVACY_TAB_COLUMNS_MAX];
    uint32_t rank_count;
    bool none; /* no node holds */
    uint8_t levels[PRIVACY_TAB_COLUMNS_MAX];
    uint32_t level_count;
    const char *left_out; /* why the case is not one of ours, or NULL */
} test_case;

/* `fields`: limit, metric, arguments, models, loss, levels. */
void test_case_parse(char *const fields[6], const char *sensitive, test_case *ret_case);

/* Splits a line at tabs. Returns the count of fields. */
uint32_t test_split(char *line, char **fields, uint32_t most);

/* As ARX's TestAnonymizationSubset: size draws below size of java.util.Random with a fixed seed. */
void test_draw(uint32_t size, uint8_t *chosen, uint32_t rows);

#endif

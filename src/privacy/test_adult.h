/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_TEST_ADULT_H
#define PRIVACY_TEST_ADULT_H

#include "privacy/tab.h"
#include "table/levels.h"

/* The Adult table of the reference data as a table of codes, loaded by the code that a user's table goes through. */
typedef struct test_adult {
    table_coded *table;
    table_levels *levels[PRIVACY_TAB_COLUMNS_MAX];
    table_bound *bound[PRIVACY_TAB_COLUMNS_MAX];
    uint8_t *chosen;
    uint32_t *misspelt[2];
    privacy_tab tab;
} test_adult;

/* The folder of reference data, or NULL: LETHE_SHARED, else ../shared beside the source. */
const char *test_shared(void);

/* All columns but `sensitive` (may be NULL) are quasi-identifiers, in the order of the file. */
int test_adult_load(const char *sensitive, test_adult *ret_adult);

/* The rows of adult_subset.csv become the research subset. */
int test_adult_choose(test_adult *adult);
/* As ARX had the table until its commit 131f5e6d: England in a group of its own, by a misspelling ("Europa") of the
 * hierarchy. Some of the figures in its tests are of that time. */
int test_adult_misspell(test_adult *adult);
void test_adult_free(test_adult *adult);

#endif

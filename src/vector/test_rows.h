/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VECTOR_TEST_ROWS_H
#define VECTOR_TEST_ROWS_H

#include "vector/build.h"
#include "vector/index.h"
#include "vector/search.h"

/* Made-up rows for tests, and a plain search in double to compare with. */
#define TEST_DIMENSIONS_MAX 768
#define TEST_TERMS_MAX      12

typedef struct test_random {
    uint64_t state;
} test_random;

uint64_t test_next(test_random *random);
double test_unit(test_random *random); /* [0, 1) */

typedef struct test_row {
    char row_id[VECTOR_ID_MAX + 1], group_id[VECTOR_ID_MAX + 1];
    uint32_t snapshot;
    float vector[TEST_DIMENSIONS_MAX];
    char texts[TEST_TERMS_MAX][VECTOR_TERM_MAX + 1];
    const char *terms[TEST_TERMS_MAX];
    uint32_t term_count;
} test_row;

/* Three blocks of weights .8, .3, .5; columns season, sex (one value), history, medication (lists). */
const vector_schema *test_schema(uint32_t dimensions);

/* Row `number` of patient `patient`: always the same for the same seed. A few vectors are zero or those of other rows.
 */
void test_make_row(uint64_t seed, uint32_t number, uint32_t patient, uint32_t dimensions, test_row *ret_row);
vector_row test_given(const test_row *row);

/* An index of rows 0..count-1, patient number / 3. */
int test_build(const char *folder, uint64_t seed, uint32_t count, uint32_t dimensions, lethe_error *error);

/* Whether a row satisfies a clause, by looking at its texts. */
bool test_passes(const test_row *row, const char *clause);

/* The similarity as the specification says it, from scratch. */
double test_similarity(const float *query, const double *weights, const float *vector, uint32_t dimensions);

/* A new empty folder under the temporary one; removed with all that is in it. */
void test_folder_make(char path[128]);
void test_folder_remove(const char *path);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEARN_TEST_WORLD_H
#define LEARN_TEST_WORLD_H

#include "learn/data.h"

/*
 * People made by rules that are known: six kinds of people, each with features it tends to have; an outcome begins with
 * a probability whose logit is a sum over four features and the age group. A tenth of the labels is prior and a tenth
 * of the rows censored, both by chance alone. Splits 60 : 20 : 20.
 */
#define WORLD_AGES  4u
#define WORLD_KINDS 6u

typedef struct test_world {
    learn_data data;
    double *truth; /* example × outcome */
    uint32_t *kinds;
    void *owned[12];
} test_world;

test_world *test_world_new(uint64_t seed, uint32_t patients, uint32_t features, uint32_t outcomes, double level);
void test_world_free(test_world *world);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_TEST_PEOPLE_H
#define PRIVACY_TEST_PEOPLE_H

#include "privacy/signature.h"

#include <stdlib.h>

/* Random people for tests and benchmarks: skewed like real ones, the same for the same seed. */
typedef struct test_random {
    uint64_t state;
} test_random;

static inline uint64_t test_next(test_random *random) /* splitmix64 (Steele, Lea and Flood 2014) */
{
    uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline uint32_t test_below(test_random *random, uint32_t bound)
{
    return (uint32_t)((test_next(random) >> 32) * bound >> 32);
}

/* Small numbers are likelier. */
static inline uint32_t test_skewed(test_random *random, uint32_t bound)
{
    const uint32_t a = test_below(random, bound), b = test_below(random, bound);
    return a < b ? a : b;
}

/* `variety` 1 (everyone alike) .. 22: how many leaves of each QI are in use. */
static inline uint32_t test_within(test_random *random, uint32_t count, uint32_t variety)
{
    return test_skewed(random, count < variety ? count : variety);
}

static const char *const test_exposures[] = {"high_daycare_contact", "high_healthcare_work", "low_travel",
                                             "low_residential", "unknown"};
#define TEST_EXPOSURES 5

/* One patient's rows, time-ordered: sex, place and the year of birth stay, the rest moves on. */
static inline size_t test_patient(test_random *random, uint32_t variety, uint32_t rows_max, record_tuple *ret_tuples)
{
    const size_t rows = 1 + test_below(random, rows_max);
    const uint32_t born = test_below(random, variety < 22 ? variety * 4 : 85) * 12 + test_below(random, 12);
    static const uint8_t bounds[] = {0, 1, 5, 10, 15, 18, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90};
    record_tuple fixed = {{0}};
    fixed.leaf[RECORD_QI_SEX] = (uint8_t)test_within(random, RECORD_SEX_COUNT, variety < 4 ? variety : 2);
    fixed.leaf[RECORD_QI_DENSITY] = (uint8_t)test_within(random, RECORD_DENSITY_COUNT, variety);
    fixed.leaf[RECORD_QI_REGION] = (uint8_t)test_within(random, RECORD_REGION_COUNT, variety);
    uint32_t month = test_below(random, variety < 22 ? variety * 12 : 96);
    for (size_t i = 0; i < rows; i++) {
        const uint32_t gap = i == 0 ? 0 : test_skewed(random, 20);
        month += gap;
        const uint32_t age = (born + month) / 12;
        ret_tuples[i] = fixed;
        ret_tuples[i].leaf[RECORD_QI_PERIOD] = (uint8_t)(110 + month / 12);
        ret_tuples[i].leaf[RECORD_QI_GAP] = (uint8_t)(i == 0 ? RECORD_GAP_FIRST : gap);
        for (uint32_t leaf = 0; leaf < RECORD_AGE_LEAVES && bounds[leaf] <= age; leaf++)
            ret_tuples[i].leaf[RECORD_QI_AGE] = (uint8_t)leaf;
        ret_tuples[i].leaf[RECORD_QI_PREGNANCY] =
            (uint8_t)(fixed.leaf[RECORD_QI_SEX] != RECORD_SEX_FEMALE ? RECORD_PREGNANCY_NOT_APPLICABLE
                      : test_below(random, 12) == 0                  ? test_below(random, 5)
                                                                     : RECORD_NOT_PREGNANT);
        ret_tuples[i].leaf[RECORD_QI_SEASON] = (uint8_t)(month / 3 % 4);
        ret_tuples[i].leaf[RECORD_QI_OBSERVED] = month < 84;
        ret_tuples[i].leaf[RECORD_QI_EXPOSURE] =
            (uint8_t)(test_below(random, 5) != 0 ? TEST_EXPOSURES - 1 : test_within(random, TEST_EXPOSURES, variety));
    }
    return rows;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_TEST_STAGE_H
#define PRIVACY_TEST_STAGE_H

#include "base/test.h"
#include "privacy/triad.h"

#include <stdlib.h>

/* Random tables for the attacks' tests: fields of text and of numbers, some with missing values (the last code). */
#define TEST_FIELDS_MAX 20

typedef struct test_stage {
    privacy_stage stage;
    privacy_field fields[TEST_FIELDS_MAX];
    uint32_t *codes[3][TEST_FIELDS_MAX]; /* released, original, control */
} test_stage;

static inline void test_stage_done(test_stage *t)
{
    for (uint32_t i = 0; i < TEST_FIELDS_MAX; i++) {
        free((void *)(uintptr_t)t->fields[i].number);
        for (int c = 0; c < 3; c++)
            free(t->codes[c][i]);
    }
}

/* Field i has at most most[i] values; numbers where numbers[i]; a missing value where gaps[i]. */
static inline void test_stage_make(test_stage *t, uint64_t seed, uint32_t fields, const uint32_t *most,
                                   const bool *numbers, const bool *gaps, const uint32_t rows[3])
{
    privacy_dice dice = privacy_dice_of(seed, 5);
    *t = (test_stage){0};
    for (uint32_t i = 0; i < fields; i++) {
        double *number = numbers[i] ? calloc(most[i] + 1, sizeof(*number)) : NULL;
        for (uint32_t code = 0; numbers[i] && code < most[i]; code++)
            number[code] = (code != 0 ? number[code - 1] : -3) + 0.25 + privacy_dice_below(&dice, 100) * 0.31;
        t->fields[i] = (privacy_field){most[i] + gaps[i], gaps[i] ? most[i] : UINT32_MAX, UINT32_MAX, number};
        for (int c = 0; c < 3; c++) {
            t->codes[c][i] = calloc(rows[c] + 1, sizeof(uint32_t));
            for (uint32_t row = 0; row < rows[c]; row++) {
                const uint32_t a = privacy_dice_below(&dice, t->fields[i].value_count);
                const uint32_t b = privacy_dice_below(&dice, t->fields[i].value_count);
                t->codes[c][i][row] = a < b ? a : b; /* small ones are common */
            }
        }
    }
    t->stage = (privacy_stage){
        .fields = t->fields,
        .field_count = fields,
        .released = {rows[0], (const uint32_t *const *)t->codes[0]},
        .original = {rows[1], (const uint32_t *const *)t->codes[1]},
        .control = {rows[2], (const uint32_t *const *)t->codes[2]},
        .seed = seed,
        .attempts = 300,
    };
}

#endif

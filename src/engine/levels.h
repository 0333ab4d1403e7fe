/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_LEVELS_H
#define ENGINE_LEVELS_H

#include "learn/judge.h"

/* Outcomes are names of two kinds: concepts, and the categories that they belong to. */
typedef enum engine_level { ENGINE_CONCEPTS, ENGINE_CATEGORIES, ENGINE_LEVELS } engine_level;

typedef struct engine_levels {
    uint32_t *maps[ENGINE_LEVELS]; /* outcome → item */
    learn_level levels[ENGINE_LEVELS];
} engine_levels;

/* A concept that the vocabulary does not know counts as one. */
engine_level engine_level_of(const char *outcome);

/* As judge.h wants them: concepts are themselves; a category is its own outcome where it has one, else its concepts'. */
int engine_levels_new(const char *const *outcomes, uint32_t count, engine_levels *ret_levels, lethe_error *error);
void engine_levels_done(engine_levels *levels);

#endif

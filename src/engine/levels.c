/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/levels.h"

#include "clinical/vocabulary.h"
#include "engine/examples.h"

#include <stdlib.h>

/* The category of a concept, or the category itself; NULL where the vocabulary does not know it. */
static const char *category_of(const char *outcome)
{
    const record_item item = clinical_item_find(RECORD_OUTCOMES, base_span_of(outcome));
    if (item == RECORD_ITEM_NONE)
        return NULL;
    const record_item parent = clinical_item_of(item).parent;
    return clinical_item_name(parent != RECORD_ITEM_NONE ? parent : item);
}

engine_level engine_level_of(const char *outcome)
{
    const char *category = category_of(outcome);
    return category != NULL && strcmp(category, outcome) == 0 ? ENGINE_CATEGORIES : ENGINE_CONCEPTS;
}

/* The item of a category without an outcome of its own is numbered when its first concept comes. */
static void map_categories(const char *const *outcomes, uint32_t count, engine_levels *levels, const char **items)
{
    uint32_t *map = levels->maps[ENGINE_CATEGORIES], used = 0;
    for (uint32_t o = 0; o < count; o++) {
        const char *category = category_of(outcomes[o]);
        const bool own = category != NULL && strcmp(category, outcomes[o]) == 0;
        map[o] = LEARN_NONE;
        if (category == NULL || (!own && engine_name_find(outcomes, count, category) != LEARN_NONE))
            continue;
        uint32_t item = 0;
        while (item < used && strcmp(items[item], category) != 0)
            item++;
        if (item == used)
            items[used++] = category;
        map[o] = item;
    }
    levels->levels[ENGINE_CATEGORIES] = (learn_level){map, used};
}

int engine_levels_new(const char *const *outcomes, uint32_t count, engine_levels *ret_levels, lethe_error *error)
{
    engine_levels levels = {0};
    const char **items = calloc(count + 1UL, sizeof(*items));
    bool whole = items != NULL;
    for (int level = 0; level < ENGINE_LEVELS; level++) {
        levels.maps[level] = calloc(count + 1UL, sizeof(uint32_t));
        whole = whole && levels.maps[level] != NULL;
    }
    if (!whole) {
        free(items);
        engine_levels_done(&levels);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    uint32_t concepts = 0, *map = levels.maps[ENGINE_CONCEPTS];
    for (uint32_t o = 0; o < count; o++)
        map[o] = engine_level_of(outcomes[o]) == ENGINE_CONCEPTS ? concepts++ : LEARN_NONE;
    levels.levels[ENGINE_CONCEPTS] = (learn_level){map, concepts};
    map_categories(outcomes, count, &levels, items);
    free(items);
    *ret_levels = levels;
    return 0;
}

void engine_levels_done(engine_levels *levels)
{
    for (int level = 0; level < ENGINE_LEVELS; level++)
        free(levels->maps[level]);
    *levels = (engine_levels){0};
}

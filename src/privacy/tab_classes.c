/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/tab_engine.h"

#include <stdlib.h>
#include <string.h>

static int hold(void **array, size_t count, size_t size, lethe_error *error)
{
    free(*array);
    *array = malloc((count + 2) * size);
    return *array == NULL ? base_fail(error, LETHE_E_BASE_MEMORY) : 0;
}

static int hold_classes(tab_scratch *s, uint32_t tuples, lethe_error *error)
{
    if (s->held >= tuples && s->start != NULL)
        return 0;
    s->held = 0;
    BASE_TRY(hold((void **)&s->start, tuples, sizeof(uint32_t), error));
    BASE_TRY(hold((void **)&s->order, tuples, sizeof(uint32_t), error));
    BASE_TRY(hold((void **)&s->people, tuples, sizeof(uint32_t), error));
    BASE_TRY(hold((void **)&s->around, tuples, sizeof(uint32_t), error));
    BASE_TRY(hold((void **)&s->rows, tuples, sizeof(uint32_t), error));
    BASE_TRY(hold((void **)&s->verdict, tuples, sizeof(uint8_t), error));
    s->held = tuples;
    return 0;
}

/* Class numbers become places in the order of first appearance; tuples of a class come to stand together. */
static uint32_t gather(tab_engine *engine, const tab_view *view, uint32_t *place_of)
{
    tab_scratch *s = &engine->scratch;
    const uint32_t *class_of = engine->groups.class_of;
    uint32_t count = 0;
    for (uint32_t t = 0; t < view->count; t++) {
        uint32_t *place = &place_of[class_of[t]];
        if (*place == 0) {
            engine->groups.number[count] = class_of[t];
            s->start[count] = 0;
            *place = ++count;
        }
        s->start[*place - 1]++;
    }
    uint32_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t tuples = s->start[i];
        s->start[i] = sum;
        sum += tuples;
    }
    for (uint32_t t = 0; t < view->count; t++)
        s->order[s->start[place_of[class_of[t]] - 1]++] = t;
    for (uint32_t i = count; i > 0; i--)
        s->start[i] = s->start[i - 1];
    s->start[0] = 0;
    for (uint32_t i = 0; i < count; i++)
        place_of[engine->groups.number[i]] = 0;
    return count;
}

static uint32_t count_people(tab_engine *engine, uint32_t i)
{
    tab_scratch *s = &engine->scratch;
    const tab_people *people = &engine->people;
    const uint64_t stamp = ++s->stamps;
    uint32_t count = 0;
    for (uint32_t j = s->start[i]; j < s->start[i + 1]; j++) {
        const uint32_t tuple = s->order[j];
        count += people->single[tuple];
        for (uint32_t o = people->start[tuple]; o < people->start[tuple + 1]; o++) {
            count += s->stamp[people->others[o]] != stamp;
            s->stamp[people->others[o]] = stamp;
        }
    }
    return count;
}

static void sum_class(tab_engine *engine, const tab_view *view, uint32_t i)
{
    tab_scratch *s = &engine->scratch;
    uint32_t rows = 0, around = 0;
    for (uint32_t j = s->start[i]; j < s->start[i + 1]; j++) {
        rows += view->rows[s->order[j]];
        around += view->around[s->order[j]];
    }
    s->rows[i] = rows;
    s->around[i] = around;
    s->people[i] = engine->frame.tab->person != NULL ? count_people(engine, i) : rows;
}

/* Nobody can be withheld from a class that releases nobody: where it fails δ-presence, the node fails. */
static bool is_impossible(const tab_engine *engine, const tab_classes *classes, uint32_t i)
{
    if (classes->rows[i] != 0)
        return false;
    for (uint32_t m = 0; m < engine->limits.model_count; m++) {
        const privacy_tab_model *model = &engine->limits.models[m];
        if (model->kind == PRIVACY_TAB_PRESENCE && model->k == PRIVACY_TAB_PRESENCE_ALL && model->a > 0)
            return true;
    }
    return false;
}

int tab_classes_at(tab_engine *engine, const tab_view *view, const uint8_t *levels, tab_classes *ret_classes,
                   lethe_error *error)
{
    tab_scratch *s = &engine->scratch;
    uint32_t *place_of;
    BASE_TRY(tab_groups_at(&engine->groups, &engine->frame, view, levels, false, error));
    BASE_TRY(hold_classes(s, view->count, error));
    BASE_TRY(tab_groups_room(&engine->groups, &place_of, error));
    tab_classes classes = {.start = s->start,
                           .order = s->order,
                           .people = s->people,
                           .around = s->around,
                           .rows = s->rows,
                           .verdict = s->verdict};
    classes.count = gather(engine, view, place_of);
    for (uint32_t i = 0; i < classes.count; i++) {
        sum_class(engine, view, i);
        s->verdict[i] = (uint8_t)tab_models_judge(engine, view, &classes, i);
        classes.impossible = classes.impossible || is_impossible(engine, &classes, i);
    }
    if (engine->by_sample)
        BASE_TRY(tab_sample_withhold(engine, view, levels, &classes, error));
    *ret_classes = classes;
    return 0;
}

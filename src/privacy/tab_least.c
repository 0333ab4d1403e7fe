/* SPDX-License-Identifier: Apache-2.0 */
#include "base/real.h"
#include "privacy/tab_engine.h"

#include <stdlib.h>

/* What a model of sensitive values says of sizes alone: what is too small fails, and so does every part of it. */

/* q / p for each value of the class: the largest allowed, exclusive for δ-disclosure. */
static double most_ratio(const privacy_tab_model *model, const tab_whole *whole, uint32_t value)
{
    const double p = (double)whole->count[value] / (double)whole->total;
    const double surprise = -base_log(p);
    switch (model->kind) {
    case PRIVACY_TAB_BETA_ENHANCED:
        return 1 + (surprise < model->a ? surprise : model->a);
    case PRIVACY_TAB_DISCLOSURE:
        return model->a < 100 ? base_exp(model->a * 0.693147180559945309) : 1e30;
    default:
        return 1 + model->a;
    }
}

/* A class of n people that has a value has at least 1 / n of it: what that share breaks in any class of fewer people.
 */
static void need_of(tab_engine *engine, const privacy_tab_model *model)
{
    tab_whole *whole = &engine->whole[model->sensitive];
    const uint32_t values = engine->frame.tab->sensitive[model->sensitive].value_count;
    for (uint32_t value = 0; value < values; value++) {
        if (whole->count[value] == 0)
            continue;
        const double p = (double)whole->count[value] / (double)whole->total;
        double largest = 1;
        if (model->kind == PRIVACY_TAB_T_EQUAL)
            largest = p + model->a;
        else if (model->kind >= PRIVACY_TAB_BETA_BASIC && model->kind <= PRIVACY_TAB_DISCLOSURE)
            largest = p * most_ratio(model, whole, value);
        const double least = largest > 1e-6 ? 1 / largest * (1 - 1e-9) : 1e6; /* rounded in favour of the class */
        const uint32_t need = (uint32_t)least + ((double)(uint32_t)least < least);
        whole->need[value] = need > whole->need[value] ? need : whole->need[value];
    }
}

#define LEAST_SIZE_MAX 1024

/* How far p is from the nearest multiple of 1 / size. */
static double off_grid(double p, uint32_t size)
{
    const double x = p * size, down = x - (double)(uint64_t)x;
    return (down < 0.5 ? down : 1 - down) / size;
}

/* The earth mover's distance in a tree of height H is the sum of the total variations of its levels over H, and shares
 * in a class of `size` are multiples of 1 / size. */
static double least_tree_distance(const tab_engine *engine, const privacy_tab_model *model, uint32_t size,
                                  double *groups)
{
    const privacy_tab_sensitive *sensitive = &engine->frame.tab->sensitive[model->sensitive];
    const tab_whole *whole = &engine->whole[model->sensitive];
    const uint32_t levels = model->kind == PRIVACY_TAB_T_TREE ? sensitive->tree_levels - 1 : 1;
    double sum = 0;
    for (uint32_t level = 0; level < levels; level++) {
        for (uint32_t value = 0; value < sensitive->value_count; value++)
            groups[value] = 0;
        for (uint32_t value = 0; value < sensitive->value_count; value++)
            groups[level == 0 ? value : whole->tree[level][value]] +=
                (double)whole->count[value] / (double)whole->total;
        for (uint32_t group = 0; group < sensitive->value_count; group++)
            sum += off_grid(groups[group], size) / 2;
    }
    return sum / levels;
}

static double least_ordered_distance(const tab_engine *engine, const privacy_tab_model *model, uint32_t size)
{
    const tab_whole *whole = &engine->whole[model->sensitive];
    const uint32_t values = engine->frame.tab->sensitive[model->sensitive].value_count;
    double sum = 0, below = 0;
    for (uint32_t value = 0; value < values; value++) {
        below += (double)whole->count[value] / (double)whole->total;
        sum += off_grid(below, size);
    }
    return values > 1 ? sum / (values - 1) : 0;
}

/* Whether values can be given to `size` people with none too often. */
static bool values_suffice(const tab_engine *engine, const privacy_tab_model *model, uint32_t size)
{
    const tab_whole *whole = &engine->whole[model->sensitive];
    const uint32_t values = engine->frame.tab->sensitive[model->sensitive].value_count;
    double sum = 0;
    for (uint32_t value = 0; value < values && sum < size; value++)
        if (whole->count[value] != 0) {
            const double p = (double)whole->count[value] / (double)whole->total;
            const double most = p * most_ratio(model, whole, value) * size * (1 + 1e-9);
            sum += most < size ? (double)(uint64_t)most : size;
        }
    return sum >= size;
}

/* Smaller classes fail whatever they hold; rounding is in favour of the class. */
static uint32_t least_size(tab_engine *engine, const privacy_tab_model *model, double *groups)
{
    for (uint32_t size = 1; size < LEAST_SIZE_MAX; size++) {
        bool may = true;
        if (model->kind == PRIVACY_TAB_T_EQUAL || model->kind == PRIVACY_TAB_T_TREE)
            may = least_tree_distance(engine, model, size, groups) <= model->a + 1e-9;
        else if (model->kind == PRIVACY_TAB_T_ORDERED)
            may = least_ordered_distance(engine, model, size) <= model->a + 1e-9;
        else if (model->kind >= PRIVACY_TAB_BETA_BASIC && model->kind <= PRIVACY_TAB_DISCLOSURE)
            may = values_suffice(engine, model, size);
        if (may)
            return size;
    }
    return LEAST_SIZE_MAX;
}

int tab_model_least_sizes(tab_engine *engine, const privacy_tab_model *model, lethe_error *error)
{
    double *groups = calloc(engine->frame.tab->sensitive[model->sensitive].value_count, sizeof(double));
    if (groups == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    need_of(engine, model);
    const uint32_t size = least_size(engine, model, groups);
    engine->k = size > engine->k ? size : engine->k;
    free(groups);
    return 0;
}

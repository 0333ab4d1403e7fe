/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/tab_engine.h"
#include "privacy/uniqueness.h"

#include <stdlib.h>

/*
 * Thresholds on the sample as a whole. Where one does not hold, the smallest classes are withheld first, and as few of
 * them as are needed; of equal ones that which loses least by it, then that of the earliest row. A class whose columns
 * all say nothing counts as withheld already.
 */
typedef struct entry {
    uint32_t rows, first_row, place, cost_count;
    double *cost; /* only where the metric is Loss: the aggregate, or its sorted columns */
} entry;

static int by_size(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    if (x->rows != y->rows)
        return x->rows < y->rows ? -1 : 1;
    for (uint32_t i = 0; i < x->cost_count; i++)
        if (x->cost[i] != y->cost[i])
            return x->cost[i] < y->cost[i] ? -1 : 1;
    return x->first_row < y->first_row ? -1 : x->first_row > y->first_row;
}

static void cost_of(const tab_engine *engine, const uint8_t *levels, entry *e)
{
    const privacy_tab *tab = engine->frame.tab;
    privacy_tab_score score;
    if (engine->limits.metric != PRIVACY_TAB_LOSS)
        return;
    for (uint32_t c = 0; c < tab->column_count; c++) {
        const privacy_tab_column *column = &tab->columns[c];
        const privacy_tab_level *level = &column->levels[levels[c]];
        const uint32_t leaves = level->leaves[level->group[column->codes[e->first_row]]];
        score.columns[c] = (double)e->rows * ((double)leaves / column->domain);
    }
    tab_score_join(engine, &score);
    const bool ranked = engine->limits.aggregate == PRIVACY_TAB_RANK;
    e->cost_count = ranked ? score.column_count : 1;
    for (uint32_t i = 0; i < e->cost_count; i++)
        e->cost[i] = ranked ? score.columns[i] : score.total;
}

static uint32_t list_kept(const tab_engine *engine, const tab_view *view, const uint8_t *levels,
                          const tab_classes *classes, entry *entries, double *costs)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < classes->count; i++) {
        if (classes->verdict[i] != TAB_KEPT || classes->rows[i] == 0)
            continue;
        entry *e = &entries[count++];
        *e = (entry){.rows = classes->rows[i], .first_row = UINT32_MAX, .place = i};
        for (uint32_t j = classes->start[i]; j < classes->start[i + 1]; j++) {
            const uint32_t row = view->first_row[classes->order[j]];
            e->first_row = view->rows[classes->order[j]] != 0 && row < e->first_row ? row : e->first_row;
        }
        if (costs != NULL)
            e->cost = costs + (size_t)(count - 1) * PRIVACY_TAB_COLUMNS_MAX;
        cost_of(engine, levels, e);
    }
    return count;
}

/* Does the model hold for the classes from place `from` on? `rows` of them, `uniques` of one row. */
static bool holds(const privacy_tab_model *model, uint64_t rows, uint32_t classes, uint32_t uniques)
{
    if (rows == 0)
        return true;
    if (model->kind == PRIVACY_TAB_AVERAGE_RISK)
        return 1.0 / ((double)rows / (double)classes) <= model->a;
    return (double)uniques / (double)rows <= model->a;
}

/* The fewest classes that must go, at least `gone`. Both thresholds fall when the smallest class goes. */
static uint32_t fewest(const privacy_tab_model *model, const entry *entries, uint32_t count, uint32_t gone)
{
    uint64_t rows = 0;
    uint32_t uniques = 0;
    for (uint32_t i = gone; i < count; i++) {
        rows += entries[i].rows;
        uniques += entries[i].rows == 1;
    }
    while (gone < count && !holds(model, rows, count - gone, uniques)) {
        rows -= entries[gone].rows;
        uniques -= entries[gone].rows == 1;
        gone++;
    }
    return gone;
}

/* Population uniques by Dankar's rule, of the classes from `gone` on. An estimate of none is believed only where the
 * sample has none either; one that does not converge is not. */
static bool few_uniques(const privacy_tab_model *model, const entry *entries, uint32_t count, uint32_t gone,
                        privacy_size_count *sizes)
{
    size_t size_count = 0;
    for (uint32_t i = gone; i < count; i++) {
        if (size_count == 0 || sizes[size_count - 1].size != entries[i].rows)
            sizes[size_count++] = (privacy_size_count){entries[i].rows, 0};
        sizes[size_count - 1].classes++;
    }
    if (size_count == 0)
        return true;
    privacy_uniqueness uniqueness;
    privacy_estimate_uniqueness(sizes, size_count, (uint64_t)model->b, &uniqueness);
    if (uniqueness.dankar == 0)
        return sizes[0].size != 1;
    return uniqueness.dankar > 0 && uniqueness.dankar <= model->a;
}

/* By bisection, as estimates are dear: the fewest if the estimate falls with every class that goes. In any case it
 * holds for what is left. */
static int fewest_by_estimate(const privacy_tab_model *model, const entry *entries, uint32_t count, uint32_t *gone,
                              lethe_error *error)
{
    privacy_size_count *sizes = malloc(((size_t)count + 1) * sizeof(*sizes));
    uint32_t low = *gone, high = count;
    if (sizes == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    if (few_uniques(model, entries, count, low, sizes))
        high = low;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (few_uniques(model, entries, count, middle, sizes))
            high = middle;
        else
            low = middle + 1;
    }
    *gone = high;
    free(sizes);
    return 0;
}

static bool says_nothing(const tab_engine *engine, const uint8_t *levels)
{
    for (uint32_t c = 0; c < engine->frame.tab->column_count; c++)
        if (engine->frame.tab->columns[c].levels[levels[c]].group_count != 1)
            return false;
    return true;
}

int tab_sample_withhold(tab_engine *engine, const tab_view *view, const uint8_t *levels, tab_classes *classes,
                        lethe_error *error)
{
    if (says_nothing(engine, levels))
        return 0;
    const bool costs_count = engine->limits.metric == PRIVACY_TAB_LOSS;
    entry *entries = malloc(((size_t)classes->count + 1) * sizeof(*entries));
    double *costs =
        costs_count ? malloc(((size_t)classes->count + 1) * PRIVACY_TAB_COLUMNS_MAX * sizeof(double)) : NULL;
    if (entries == NULL || (costs_count && costs == NULL)) {
        free(entries);
        free(costs);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    const uint32_t count = list_kept(engine, view, levels, classes, entries, costs);
    uint32_t gone = 0;
    int status = 0;
    qsort(entries, count, sizeof(*entries), by_size);
    for (int round = 0; round < 2 && status == 0; round++) /* estimates last: what they look at must not change again */
        for (uint32_t m = 0; m < engine->limits.model_count && status == 0; m++) {
            const privacy_tab_model *model = &engine->limits.models[m];
            if (round == 0 && (model->kind == PRIVACY_TAB_AVERAGE_RISK || model->kind == PRIVACY_TAB_SAMPLE_UNIQUE))
                gone = fewest(model, entries, count, gone);
            if (round == 1 && model->kind == PRIVACY_TAB_POPULATION_UNIQUE)
                status = fewest_by_estimate(model, entries, count, &gone, error);
        }
    for (uint32_t i = 0; i < gone; i++)
        classes->verdict[entries[i].place] = TAB_WITHHELD;
    free(entries);
    free(costs);
    return status;
}

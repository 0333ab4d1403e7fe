/* SPDX-License-Identifier: Apache-2.0 */
#include "learn/data.h"
#include "learn/random.h"

#include <stdlib.h>
#include <string.h>

static bool sets_hold(learn_sets sets, size_t count, uint32_t limit)
{
    if (sets.starts == NULL || sets.starts[0] != 0)
        return false;
    for (size_t i = 0; i < count; i++)
        if (sets.starts[i + 1] < sets.starts[i])
            return false;
    if (sets.items == NULL)
        return sets.starts[count] == 0;
    for (size_t i = 0; i < count; i++) {
        const learn_set set = learn_sets_at(sets, i);
        for (size_t j = 0; j < set.count; j++)
            if (set.items[j] >= limit || (j > 0 && set.items[j] <= set.items[j - 1]))
                return false;
    }
    return true;
}

/* A patient in two splits would be known to the model that is judged on them. */
static int check_splits(const learn_data *data, lethe_error *error)
{
    uint8_t *seen = calloc((size_t)data->group_count + 1, 1);
    if (seen == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    bool holds = true;
    for (uint32_t i = 0; i < data->count && holds; i++) {
        const uint8_t split = data->splits[i];
        uint8_t *of_group = &seen[data->groups[i]];
        holds = split < LEARN_SPLITS && (*of_group == 0 || *of_group == split + 1);
        *of_group = (uint8_t)(split + 1);
    }
    free(seen);
    return holds ? 0 : base_fail(error, LETHE_E_LEARN_DATA);
}

int learn_data_check(const learn_data *data, lethe_error *error)
{
    if (data->count > LEARN_EXAMPLES_MAX || data->outcome_count > LEARN_OUTCOMES_MAX ||
        data->feature_count > LEARN_FEATURES_MAX || data->stratum_count > LEARN_STRATA_MAX ||
        data->group_count > data->count)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    if (data->count != 0 &&
        (data->groups == NULL || data->strata == NULL || data->splits == NULL || data->observed == NULL))
        return base_fail(error, LETHE_E_LEARN_DATA);
    if (!sets_hold(data->features, data->count, data->feature_count) ||
        !sets_hold(data->begins, data->count, data->outcome_count) ||
        !sets_hold(data->priors, data->count, data->outcome_count))
        return base_fail(error, LETHE_E_LEARN_DATA);
    for (uint32_t i = 0; i < data->count; i++)
        if (data->groups[i] >= data->group_count || data->strata[i] >= data->stratum_count || data->observed[i] > 1)
            return base_fail(error, LETHE_E_LEARN_DATA);
    return check_splits(data, error);
}

bool learn_set_has(learn_set set, uint32_t item)
{
    size_t low = 0, high = set.count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (set.items[middle] < item)
            low = middle + 1;
        else
            high = middle;
    }
    return low < set.count && set.items[low] == item;
}

static int by_number(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

size_t learn_set_sort(uint32_t *items, size_t count)
{
    size_t kept = 0;
    if (count > 1)
        qsort(items, count, sizeof(*items), by_number);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || items[kept - 1] != items[i])
            items[kept++] = items[i];
    return kept;
}

learn_label learn_label_of(const learn_data *data, uint32_t example, uint32_t outcome)
{
    if (data->observed[example] == 0 || learn_set_has(learn_sets_at(data->priors, example), outcome))
        return LEARN_MISSING;
    return learn_set_has(learn_sets_at(data->begins, example), outcome) ? LEARN_POSITIVE : LEARN_NEGATIVE;
}

size_t learn_examples_of(const learn_data *data, learn_split split, uint32_t *ret_examples)
{
    size_t count = 0;
    for (uint32_t i = 0; i < data->count; i++)
        if (data->splits[i] == split)
            ret_examples[count++] = i;
    return count;
}

uint32_t learn_fold(uint64_t seed, uint32_t group, uint32_t folds)
{
    learn_random random = learn_random_of(seed, group);
    return learn_below(&random, folds);
}

int learn_column_init(const learn_data *data, size_t capacity, learn_column *ret_column, lethe_error *error)
{
    const size_t room = capacity != 0 ? capacity : 1;
    learn_column column = {
        .at = malloc(room * sizeof(*column.at)),
        .groups = malloc(room * sizeof(*column.groups)),
        .positive = malloc(room),
        .weights = malloc(room * sizeof(*column.weights)),
        .rows_of = calloc((size_t)data->group_count + 1, sizeof(*column.rows_of)),
    };
    if (column.at == NULL || column.groups == NULL || column.positive == NULL || column.weights == NULL ||
        column.rows_of == NULL) {
        learn_column_done(&column);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    *ret_column = column;
    return 0;
}

void learn_column_done(learn_column *column)
{
    if (column == NULL)
        return;
    free(column->at);
    free(column->groups);
    free(column->positive);
    free(column->weights);
    free(column->rows_of);
    *column = (learn_column){0};
}

/* The upper bits of rows_of mark a patient that has been counted, and among the positives. */
#define COUNTED  (1u << 31)
#define LABELLED (1u << 30)

static void count_row(const learn_data *data, uint32_t example, size_t at, learn_label label, learn_column *column)
{
    const uint32_t group = data->groups[example];
    uint32_t *rows = &column->rows_of[group];
    *rows += 1;
    if (label == LEARN_MISSING)
        return;
    column->patients += (*rows & LABELLED) == 0;
    *rows |= LABELLED;
    if (label == LEARN_POSITIVE && (*rows & COUNTED) == 0) {
        *rows |= COUNTED;
        column->positives++;
    }
    column->at[column->count] = at;
    column->groups[column->count] = group;
    column->positive[column->count++] = label == LEARN_POSITIVE;
}

void learn_column_take(const learn_data *data, const uint32_t *examples, size_t count, uint32_t outcome,
                       learn_column *column)
{
    column->count = 0;
    column->patients = column->positives = 0;
    column->weight = column->positive_weight = 0;
    for (size_t i = 0; i < count; i++)
        if (data->observed[examples[i]] != 0)
            count_row(data, examples[i], i, learn_label_of(data, examples[i], outcome), column);
    for (size_t i = 0; i < column->count; i++) {
        column->weights[i] = 1.0 / (double)(column->rows_of[column->groups[i]] & ~(COUNTED | LABELLED));
        column->weight += column->weights[i];
        column->positive_weight += column->positive[i] ? column->weights[i] : 0;
    }
    for (size_t i = 0; i < count; i++)
        column->rows_of[data->groups[examples[i]]] = 0;
}

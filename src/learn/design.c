/* SPDX-License-Identifier: Apache-2.0 */
#include "learn/design.h"
#include "learn/logistic.h"

#include <stdlib.h>

typedef struct support {
    uint32_t *some, *every;   /* patients that have the feature on some row, and on every row */
    uint32_t *rows, *touched; /* of the patient at hand: rows with the feature, and which features */
    uint32_t *order, *starts; /* training rows by patient */
} support;

static int support_init(const learn_data *data, support *s, lethe_error *error)
{
    const size_t features = (size_t)data->feature_count + 1;
    s->some = calloc(features, sizeof(uint32_t));
    s->every = calloc(features, sizeof(uint32_t));
    s->rows = calloc(features, sizeof(uint32_t));
    s->touched = malloc(features * sizeof(uint32_t));
    s->order = malloc(((size_t)data->count + 1) * sizeof(uint32_t));
    s->starts = calloc((size_t)data->group_count + 2, sizeof(uint32_t));
    return s->some == NULL || s->every == NULL || s->rows == NULL || s->touched == NULL || s->order == NULL ||
                   s->starts == NULL
               ? base_fail(error, LETHE_E_BASE_MEMORY)
               : 0;
}

static void support_done(support *s)
{
    free(s->some);
    free(s->every);
    free(s->rows);
    free(s->touched);
    free(s->order);
    free(s->starts);
}

static void rows_by_patient(const learn_data *data, support *s)
{
    for (uint32_t i = 0; i < data->count; i++)
        s->starts[data->groups[i] + 2] += data->splits[i] == LEARN_TRAIN;
    for (uint32_t g = 1; g < data->group_count + 2; g++)
        s->starts[g] += s->starts[g - 1];
    for (uint32_t i = 0; i < data->count; i++)
        if (data->splits[i] == LEARN_TRAIN)
            s->order[s->starts[data->groups[i] + 1]++] = i;
}

static void count_patient(const learn_data *data, support *s, const uint32_t *rows, uint32_t count)
{
    uint32_t touched = 0;
    for (uint32_t i = 0; i < count; i++) {
        const learn_set set = learn_sets_at(data->features, rows[i]);
        for (size_t j = 0; j < set.count; j++)
            if (s->rows[set.items[j]]++ == 0)
                s->touched[touched++] = set.items[j];
    }
    for (uint32_t j = 0; j < touched; j++) {
        const uint32_t feature = s->touched[j];
        s->some[feature]++;
        s->every[feature] += s->rows[feature] == count;
        s->rows[feature] = 0;
    }
}

int learn_design_support(const learn_data *data, uint32_t patients_min, uint32_t **ret_kept, uint32_t *ret_count,
                         lethe_error *error)
{
    support s = {0};
    uint32_t patients = 0, kept_count = 0;
    int status = support_init(data, &s, error);
    uint32_t *kept = malloc(((size_t)data->feature_count + 1) * sizeof(*kept));
    if (status == 0 && kept == NULL)
        status = base_fail(error, LETHE_E_BASE_MEMORY);
    if (status == 0) {
        rows_by_patient(data, &s);
        for (uint32_t g = 0; g < data->group_count; g++) {
            const uint32_t count = s.starts[g + 1] - s.starts[g];
            patients += count != 0;
            count_patient(data, &s, s.order + s.starts[g], count);
        }
        for (uint32_t f = 0; f < data->feature_count; f++)
            if (s.some[f] >= patients_min && patients - s.every[f] >= patients_min)
                kept[kept_count++] = f;
        if (kept_count > LEARN_KEPT_MAX)
            status = base_fail(error, LETHE_E_BASE_LIMIT);
    }
    support_done(&s);
    if (status != 0) {
        free(kept);
        return status;
    }
    *ret_kept = kept;
    *ret_count = kept_count;
    return 0;
}

uint32_t learn_design_place(const uint32_t *kept, uint32_t count, uint32_t feature)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (kept[middle] < feature)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && kept[low] == feature ? low + 1 : 0;
}

int learn_design_take(const learn_data *data, const uint32_t *examples, size_t count, const uint32_t *kept,
                      uint32_t kept_count, learn_design *ret_design, lethe_error *error)
{
    size_t room = 1, size = 0;
    for (size_t i = 0; i < count; i++)
        room += learn_sets_at(data->features, examples[i]).count;
    uint32_t *items = malloc(room * sizeof(*items));
    size_t *starts = malloc((count + 1) * sizeof(*starts));
    if (items == NULL || starts == NULL) {
        free(items);
        free(starts);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        const learn_set set = learn_sets_at(data->features, examples[i]);
        starts[i] = size;
        for (size_t j = 0; j < set.count; j++) {
            const uint32_t place = learn_design_place(kept, kept_count, set.items[j]);
            if (place != 0)
                items[size++] = place;
        }
    }
    starts[count] = size;
    *ret_design = (learn_design){{items, starts}, kept_count + 1};
    return 0;
}

void learn_design_done(learn_design *design)
{
    if (design == NULL)
        return;
    free((void *)(uintptr_t)design->rows.items);
    free((void *)(uintptr_t)design->rows.starts);
    *design = (learn_design){0};
}

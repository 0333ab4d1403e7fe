/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/classes.h"

#include <stdlib.h>

typedef struct collecting {
    base_buf parts[ENGINE_ROW_PARTS]; /* privacy_groups …, each of a person once */
} collecting;

static int by_groups(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(privacy_groups));
}

static int collect_part(const engine_visit *visit, const engine_released_person *people, size_t count,
                        lethe_error *error)
{
    collecting *all = visit->context;
    base_buf *out = &all->parts[visit->part];
    for (size_t i = 0; i < count; i++) {
        privacy_groups *groups = base_arena_take_array(visit->arena, people[i].row_count, sizeof(*groups));
        if (groups == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        if (people[i].row_count == 0)
            continue;
        memcpy(groups, people[i].groups, people[i].row_count * sizeof(*groups));
        qsort(groups, people[i].row_count, sizeof(*groups), by_groups);
        for (size_t row = 0; row < people[i].row_count; row++)
            if (row == 0 || by_groups(&groups[row - 1], &groups[row]) != 0)
                base_buf_append(out, &groups[row], sizeof(*groups));
    }
    return base_buf_check(out, error);
}

static int join(const collecting *all, engine_classes *ret_classes, lethe_error *error)
{
    size_t total = 0, at = 0;
    for (size_t part = 0; part < ENGINE_ROW_PARTS; part++)
        total += all->parts[part].size / sizeof(privacy_groups);
    privacy_groups *groups = calloc(total + 1, sizeof(*groups));
    engine_class *classes = calloc(total + 1, sizeof(*classes));
    if (groups == NULL || classes == NULL) {
        free(groups);
        free(classes);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    for (size_t part = 0; part < ENGINE_ROW_PARTS; part++) {
        const base_buf *one = &all->parts[part];
        if (one->size != 0)
            memcpy(&groups[at], one->data, one->size);
        at += one->size / sizeof(*groups);
    }
    qsort(groups, total, sizeof(*groups), by_groups);
    size_t count = 0;
    for (size_t i = 0; i < total; i++) {
        if (count == 0 || by_groups(&classes[count - 1].groups, &groups[i]) != 0)
            classes[count++].groups = groups[i];
        classes[count - 1].people++;
    }
    free(groups);
    *ret_classes = (engine_classes){classes, count};
    return 0;
}

int engine_classes_count(engine_cohort *cohort, engine_classes *ret_classes, lethe_error *error)
{
    collecting *all = calloc(1, sizeof(*all));
    if (all == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t part = 0; part < ENGINE_ROW_PARTS; part++)
        base_buf_init(&all->parts[part], (size_t)1 << 32);
    int status = engine_cohort_walk(cohort, collect_part, all, error);
    if (status == 0)
        status = join(all, ret_classes, error);
    for (size_t part = 0; part < ENGINE_ROW_PARTS; part++)
        base_buf_done(&all->parts[part]);
    free(all);
    return status;
}

void engine_classes_done(engine_classes *classes)
{
    free(classes->classes);
    *classes = (engine_classes){0};
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/classes.h"

#include "privacy/within.h"

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

/* A person's tuple, and who it is. */
typedef struct membership {
    privacy_groups groups;
    uint32_t person;
    bool released;
} membership;

static int by_membership(const void *a, const void *b)
{
    const membership *x = a, *y = b;
    return x->released != y->released ? (x->released ? -1 : 1) : by_groups(&x->groups, &y->groups);
}

static int note_part(const engine_visit *visit, const engine_released_person *people, size_t count, lethe_error *error)
{
    membership *all = visit->context;
    for (size_t i = 0; i < count; i++) {
        if (people[i].row_count > 1)
            return base_fail(error, LETHE_E_BASE_INTERNAL);
        membership *one = &all[people[i].number];
        one->person = (uint32_t)people[i].number;
        one->released = people[i].row_count == 1;
        if (one->released)
            one->groups = people[i].groups[0];
    }
    return 0;
}

int engine_classes_of(engine_cohort *cohort, uint32_t **ret_class_of, uint32_t *ret_count, lethe_error *error)
{
    membership *all = calloc(cohort->person_count + 1, sizeof(*all));
    uint32_t *class_of = calloc(cohort->person_count + 1, sizeof(*class_of));
    uint32_t count = 0;
    int status = all != NULL && class_of != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
    if (status == 0)
        status = engine_cohort_walk(cohort, note_part, all, error);
    if (status == 0) {
        qsort(all, cohort->person_count, sizeof(*all), by_membership);
        for (size_t i = 0; i < cohort->person_count; i++) {
            if (all[i].released && (i == 0 || by_groups(&all[i - 1].groups, &all[i].groups) != 0))
                count++;
            class_of[all[i].person] = all[i].released ? count - 1 : PRIVACY_NO_CLASS;
        }
        *ret_class_of = class_of;
        *ret_count = count;
    } else {
        free(class_of);
    }
    free(all);
    return status;
}

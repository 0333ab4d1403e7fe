/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/cohort.h"

#include "base/threads.h"
#include "engine/compose.h"

#include <stdlib.h>

#define PART_LOAD_MAX  ((size_t)1 << 32)
#define WALK_ARENA_MAX ((size_t)1 << 33)

void engine_cohort_init(engine_cohort *cohort, engine_parts *rows, const privacy_hierarchies *hierarchies,
                        size_t threads)
{
    *cohort = (engine_cohort){.rows = rows, .hierarchies = hierarchies, .threads = threads};
    privacy_signatures_init(&cohort->signatures);
}

void engine_cohort_done(engine_cohort *cohort)
{
    privacy_signatures_done(&cohort->signatures);
    privacy_plan_done(&cohort->plan);
    privacy_list_result_done(&cohort->lists);
    privacy_list_result_done(&cohort->risks);
}

/* The leaf tuples of a person, in order of time: the signature. */
static record_tuple *tuples_of(const engine_person *person, base_arena *arena)
{
    record_tuple *tuples = base_arena_take_array(arena, person->row_count, sizeof(*tuples));
    for (size_t i = 0; tuples != NULL && i < person->row_count; i++)
        tuples[i] = person->rows[i].row.qi;
    return tuples;
}

static int apply_plan(const engine_cohort *cohort, const engine_person *person, base_arena *arena,
                      engine_released_person *released, lethe_error *error)
{
    record_tuple *tuples = tuples_of(person, arena);
    privacy_groups *groups = base_arena_take_array(arena, person->row_count, sizeof(*groups));
    uint8_t *rows = base_arena_take_array(arena, person->row_count, sizeof(*rows));
    if (tuples == NULL || groups == NULL || rows == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    const size_t index = privacy_signatures_find(&cohort->signatures, tuples, person->row_count);
    if (index == SIZE_MAX)
        return base_fail(error, LETHE_E_BASE_INTERNAL);
    released->row_count =
        privacy_plan_apply(&cohort->plan, cohort->hierarchies, index, tuples, person->row_count, groups, rows);
    released->rows = rows;
    released->groups = groups;
    return 0;
}

/* All rows of a person of a dataset, as they stand in it. */
static int keep_all(const engine_cohort *cohort, const engine_person *person, base_arena *arena,
                    engine_released_person *released, lethe_error *error)
{
    const engine_composer composer = {cohort->hierarchies, cohort->plan.node};
    privacy_groups *groups = base_arena_take_array(arena, person->row_count, sizeof(*groups));
    uint8_t *rows = base_arena_take_array(arena, person->row_count, sizeof(*rows));
    if (groups == NULL || rows == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < person->row_count; i++) {
        groups[i] = engine_compose_groups(&composer, &person->rows[i].row.qi);
        rows[i] = (uint8_t)i;
    }
    released->row_count = person->row_count;
    released->rows = rows;
    released->groups = groups;
    return 0;
}

typedef struct walk {
    engine_cohort *cohort;
    engine_part_visitor visitor;
    void *context;
    size_t first;
    base_buf *bytes; /* one a worker */
    base_arena *arenas;
} walk;

static int visit_part(void *context, size_t index, size_t number, lethe_error *error)
{
    walk *all = context;
    const size_t part = all->first + index;
    const engine_cohort *cohort = all->cohort;
    base_arena *arena = &all->arenas[number];
    engine_person *people = NULL;
    size_t count = 0;
    base_arena_reset(arena);
    base_buf_reset(&all->bytes[number]);
    BASE_TRY(engine_parts_load(cohort->rows, part, &all->bytes[number], error));
    BASE_TRY(engine_people_read(base_buf_view(&all->bytes[number]), arena, &people, &count, error));
    engine_released_person *released = base_arena_take_array(arena, count, sizeof(*released));
    if (released == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < count; i++) {
        released[i] = (engine_released_person){.person = &people[i], .number = cohort->first_person[part] + i};
        if (cohort->released)
            BASE_TRY(keep_all(cohort, &people[i], arena, &released[i], error));
        else if (cohort->plan.signature_count != 0)
            BASE_TRY(apply_plan(cohort, &people[i], arena, &released[i], error));
    }
    const engine_visit visit = {cohort, all->context, part, number, arena};
    return all->visitor(&visit, released, count, error);
}

int engine_cohort_walk(engine_cohort *cohort, engine_part_visitor visitor, void *context, lethe_error *error)
{
    return engine_cohort_walk_parts(cohort, 0, ENGINE_ROW_PARTS, visitor, context, error);
}

int engine_cohort_walk_parts(engine_cohort *cohort, size_t first, size_t end, engine_part_visitor visitor,
                             void *context, lethe_error *error)
{
    walk all = {.cohort = cohort, .visitor = visitor, .context = context, .first = first};
    all.bytes = calloc(cohort->threads, sizeof(*all.bytes));
    all.arenas = calloc(cohort->threads, sizeof(*all.arenas));
    int status = all.bytes != NULL && all.arenas != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; status == 0 && i < cohort->threads; i++) {
        base_buf_init(&all.bytes[i], PART_LOAD_MAX);
        base_arena_init(&all.arenas[i], WALK_ARENA_MAX);
    }
    if (status == 0)
        status = base_parallel(cohort->threads, end - first, visit_part, &all, error);
    for (size_t i = 0; i < cohort->threads; i++) {
        if (all.bytes != NULL)
            base_buf_done(&all.bytes[i]);
        if (all.arenas != NULL)
            base_arena_done(&all.arenas[i]);
    }
    free(all.bytes);
    free(all.arenas);
    return status;
}

/* Signatures of one worker, and how many people each partition has. */
typedef struct counting {
    privacy_signatures *sets; /* one a worker */
    size_t people[ENGINE_ROW_PARTS];
    uint64_t rows[ENGINE_ROW_PARTS];
} counting;

static int count_part(const engine_visit *visit, const engine_released_person *people, size_t count, lethe_error *error)
{
    counting *all = visit->context;
    all->people[visit->part] = count;
    for (size_t i = 0; i < count; i++) {
        const engine_person *person = people[i].person;
        all->rows[visit->part] += person->row_count;
        if (visit->cohort->released)
            continue; /* nothing is decided about their visits any more */
        const record_tuple *tuples = tuples_of(person, visit->arena);
        if (tuples == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        BASE_TRY(privacy_signatures_add(&all->sets[visit->worker], tuples, person->row_count, 1, error));
    }
    return 0;
}

static int count_signatures(engine_cohort *cohort, counting *all, lethe_error *error)
{
    BASE_TRY(engine_cohort_walk(cohort, count_part, all, error));
    for (size_t i = 0; i < cohort->threads; i++)
        BASE_TRY(privacy_signatures_merge(&cohort->signatures, &all->sets[i], error));
    for (size_t part = 0; part < ENGINE_ROW_PARTS; part++) {
        cohort->first_person[part + 1] = cohort->first_person[part] + all->people[part];
        cohort->row_count += all->rows[part];
    }
    cohort->person_count = cohort->first_person[ENGINE_ROW_PARTS];
    return privacy_signatures_seal(&cohort->signatures, error);
}

int engine_cohort_count(engine_cohort *cohort, lethe_error *error)
{
    counting all = {.sets = calloc(cohort->threads, sizeof(*all.sets))};
    if (all.sets == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < cohort->threads; i++)
        privacy_signatures_init(&all.sets[i]);
    const int status = count_signatures(cohort, &all, error);
    for (size_t i = 0; i < cohort->threads; i++)
        privacy_signatures_done(&all.sets[i]);
    free(all.sets);
    return status == 0 && cohort->person_count == 0 ? base_fail(error, LETHE_E_ENGINE_NO_PEOPLE) : status;
}

int engine_cohort_decide(engine_cohort *cohort, const privacy_decide_options *options,
                         privacy_decide_effort *ret_effort, lethe_error *error)
{
    return privacy_decide(&cohort->signatures, cohort->hierarchies, options, &cohort->plan, ret_effort, error);
}

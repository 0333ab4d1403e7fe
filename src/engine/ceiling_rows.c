/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/vocabulary.h"
#include "engine/ceiling.h"
#include "engine/columns.h"
#include "engine/dataset.h"

#include <stdlib.h>

/* The rows of a sample of people as an evaluation of the dataset would read them: through the dataset's columns. */

typedef struct counting {
    size_t people;
    uint64_t rows;
    bool full;
} counting;

static int count_part(const engine_visit *visit, const engine_released_person *people, size_t count, lethe_error *error)
{
    counting *all = visit->context;
    (void)error;
    for (size_t i = 0; i < count && !all->full; i++) {
        const size_t rows = people[i].person->row_count;
        all->full = all->people == ENGINE_CEILING_PEOPLE || all->rows + rows > ENGINE_CEILING_ROWS;
        if (all->full)
            break;
        all->rows += rows;
        all->people++;
    }
    return 0;
}

/* Partitions one after the other: each continues where the one before ended. */
static int walk(const engine_release *release, size_t people, engine_part_visitor visitor, void *context,
                lethe_error *error)
{
    engine_cohort *cohort = release->cohort;
    for (size_t part = 0; part < ENGINE_ROW_PARTS && cohort->first_person[part] < people; part++)
        BASE_TRY(engine_cohort_walk_parts(cohort, part, part + 1, visitor, context, error));
    return 0;
}

int engine_ceiling_people(const engine_release *release, size_t *ret_people, lethe_error *error)
{
    counting all = {0};
    BASE_TRY(walk(release, ENGINE_CEILING_PEOPLE, count_part, &all, error));
    *ret_people = all.people;
    return 0;
}

typedef struct gathering {
    const engine_release *release;
    size_t people;
    engine_ceiling_kind kind;
    identity_split split; /* of this walk */
    table_batch *batch;   /* of one person */
    engine_row_reader *reader;
    engine_examples_reading *examples;
    float *vectors;
} gathering;

/* The row without the outcomes that nobody has any more. */
static int without_gone(const gathering *all, const record_row *row, base_arena *arena, record_row *ret_row,
                        lethe_error *error)
{
    record_item *items = base_arena_take_array(arena, row->item_count + 1, sizeof(*items));
    size_t count = 0;
    if (items == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < row->item_count; i++)
        if (clinical_item_column(row->items[i]) != RECORD_OUTCOMES ||
            engine_release_people(all->release, row->items[i], row->items[i]) != 0)
            items[count++] = row->items[i];
    *ret_row = *row;
    ret_row->items = items;
    ret_row->item_count = count;
    return 0;
}

static int compose(const gathering *all, const engine_released_person *person, size_t place, base_arena *arena,
                   record_released *ret_released, lethe_error *error)
{
    const engine_apply *apply = all->release->apply;
    record_row row = person->person->rows[place].row;
    if (all->kind == ENGINE_CEILING_RELEASED)
        return engine_apply_row(apply, person, place, arena, ret_released, error);
    if (all->kind == ENGINE_CEILING_KEPT)
        BASE_TRY(without_gone(all, &person->person->rows[place].row, arena, &row, error));
    return engine_apply_leaves(apply, &row, arena, ret_released, error);
}

static int append(gathering *all, const engine_released_person *person, size_t place, base_arena *arena,
                  lethe_error *error)
{
    const engine_apply *apply = all->release->apply;
    const size_t at = all->kind == ENGINE_CEILING_RELEASED ? person->rows[place] : place;
    const record_row *row = &person->person->rows[at].row;
    record_released released;
    float vector[EMBED_DIMENSIONS];
    BASE_TRY(compose(all, person, place, arena, &released, error));
    BASE_TRY(embed_encode(apply->model, &released, vector, error));
    (void)engine_apply_append(apply, person->person, row, place, &released, vector, all->batch);
    return table_batch_check(all->batch, error);
}

static int gather_part(const engine_visit *visit, const engine_released_person *people, size_t count,
                       lethe_error *error)
{
    gathering *all = visit->context;
    for (size_t i = 0; i < count && people[i].number < all->people; i++) {
        const engine_released_person *person = &people[i];
        const size_t rows = all->kind == ENGINE_CEILING_RELEASED ? person->row_count : person->person->row_count;
        if (person->person->split != all->split)
            continue;
        table_batch_reset(all->batch);
        for (size_t place = 0; place < rows; place++)
            BASE_TRY(append(all, person, place, visit->arena, error));
        BASE_TRY(engine_row_reader_batch(all->reader, all->split, all->batch, 1, error));
    }
    return 0;
}

static int take_row(void *context, const vector_row *row, lethe_error *error)
{
    gathering *all = context;
    const size_t at = engine_examples_count(all->examples);
    BASE_TRY(engine_examples_add(all->examples, row, error));
    memcpy(all->vectors + at * EMBED_DIMENSIONS, row->vector, EMBED_DIMENSIONS * sizeof(float));
    return 0;
}

static int gather(gathering *all, lethe_error *error)
{
    /* As the files of a dataset follow each other, by name. */
    static const identity_split order[IDENTITY_SPLIT_COUNT] = {IDENTITY_TEST, IDENTITY_TRAIN, IDENTITY_VALIDATION};
    const table_schema schema = engine_columns_schema();
    const engine_row_visitor visitor = {.context = all, .row = take_row};
    BASE_TRY(engine_row_reader_new(embed_model_id(all->release->model), &visitor, 0, &all->reader, error));
    BASE_TRY(engine_examples_begin(ENGINE_CEILING_ROWS, &all->examples, error));
    BASE_TRY(table_batch_new(&schema, 0, 0, &all->batch, error));
    all->vectors = malloc((size_t)ENGINE_CEILING_ROWS * EMBED_DIMENSIONS * sizeof(float)); /* pages come as they fill */
    if (all->vectors == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < IDENTITY_SPLIT_COUNT; i++) {
        all->split = order[i];
        BASE_TRY(walk(all->release, all->people, gather_part, all, error));
    }
    return 0;
}

int engine_ceiling_gather(const engine_release *release, size_t people, engine_ceiling_kind kind,
                          engine_ceiling_rows *ret_rows, lethe_error *error)
{
    gathering all = {.release = release, .people = people, .kind = kind};
    engine_ceiling_rows rows = {0};
    int status = gather(&all, error);
    if (status == 0)
        status = engine_examples_end(all.examples, &rows.examples, error);
    engine_row_reader_free(all.reader);
    engine_examples_reading_free(all.examples);
    table_batch_free(all.batch);
    rows.vectors = all.vectors;
    if (status != 0)
        engine_ceiling_rows_done(&rows);
    else
        *ret_rows = rows;
    return status;
}

void engine_ceiling_rows_done(engine_ceiling_rows *rows)
{
    engine_examples_done(&rows->examples);
    free(rows->vectors);
    *rows = (engine_ceiling_rows){0};
}

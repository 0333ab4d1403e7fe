/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/apply.h"

#include "base/threads.h"
#include "clinical/derive.h"
#include "clinical/released.h"
#include "engine/columns.h"
#include "engine/split_file.h"

#include <stdlib.h>

#define WAVE_PARTS 16 /* partitions composed before their rows are written */

/* What one partition gives: rows by split, and the sampled snapshots among its people. */
typedef struct part_output {
    table_batch *batches[IDENTITY_SPLIT_COUNT];
    uint64_t people[IDENTITY_SPLIT_COUNT];
    uint64_t ready, observed, died;
} part_output;

typedef struct apply_run {
    engine_apply *apply;
    size_t first_part;
    part_output parts[WAVE_PARTS];
    engine_split_file *files[IDENTITY_SPLIT_COUNT];
    base_buf sample_codes[ENGINE_SAMPLE_MAX];
} apply_run;

int engine_apply_row(const engine_apply *apply, const engine_released_person *person, size_t place, base_arena *arena,
                     record_released *ret_released, lethe_error *error)
{
    const record_row *row = &person->person->rows[person->rows[place]].row;
    const record_item *removed = NULL, *risks = NULL, *items = NULL;
    const size_t removed_count = engine_removed(&apply->cohort->lists, person->number, &removed);
    const size_t risk_count = engine_removed(&apply->cohort->risks, person->number, &risks);
    size_t count = 0;
    BASE_TRY(engine_without(row->items, row->item_count, removed, removed_count, arena, &items, &count, error));
    BASE_TRY(engine_compose(&apply->composer, row, &person->groups[place], items, count, arena, ret_released, error));
    return engine_compose_risks(ret_released, risks, risk_count, arena, error);
}

int engine_apply_leaves(const engine_apply *apply, const record_row *row, base_arena *arena,
                        record_released *ret_released, lethe_error *error)
{
    const engine_composer leaves = {.hierarchies = apply->composer.hierarchies};
    const privacy_groups groups = engine_compose_groups(&leaves, &row->qi);
    BASE_TRY(engine_compose(&leaves, row, &groups, row->items, row->item_count, arena, ret_released, error));
    return engine_compose_risks(ret_released, NULL, 0, arena, error);
}

/* The same snapshot as the encoder saw it before the gate. */
static int encode_before(const engine_apply *apply, const record_row *row, base_arena *arena, float *ret_vector,
                         lethe_error *error)
{
    record_released released;
    BASE_TRY(engine_apply_leaves(apply, row, arena, &released, error));
    return embed_encode(apply->model, &released, ret_vector, error);
}

/* Tokens are random, so the first people of the cohort are a random sample of it. */
static int take_sample(apply_run *run, const engine_released_person *person, const float *vector, base_arena *arena,
                       lethe_error *error)
{
    engine_apply *apply = run->apply;
    const size_t at = person->number;
    const engine_row *stored = &person->person->rows[person->rows[person->row_count - 1]];
    memcpy(apply->sample.released + at * EMBED_DIMENSIONS, vector, EMBED_DIMENSIONS * sizeof(float));
    base_buf_append(&run->sample_codes[at], stored->codes, stored->code_count * sizeof(uint32_t));
    BASE_TRY(base_buf_check(&run->sample_codes[at], error));
    return encode_before(apply, &stored->row, arena, apply->sample.before + at * EMBED_DIMENSIONS, error);
}

bool engine_apply_append(const engine_apply *apply, const engine_person *person, const record_row *row, size_t place,
                         const record_released *released, const float *vector, table_batch *batch)
{
    char anonymous_id[IDENTITY_NAME_MAX], row_id[IDENTITY_NAME_MAX];
    const identity_token visit = identity_visit_token(row->encounter_digest);
    identity_format("anon_", &person->token, anonymous_id);
    identity_format("visit_", &visit, row_id);
    const engine_columns_row columns = {
        .anonymous_id = anonymous_id,
        .row_id = row_id,
        .snapshot = (int32_t)place,
        .released = released,
        .row = row,
        .external = apply->composer.external,
        .embedding_model = embed_model_id(apply->model),
        .vector = vector,
        /* of the released row: the record's own reason would tell an unknown age, or an empty list, that `*` hides */
        .not_ready_reason = clinical_not_ready_name(clinical_not_ready_of(released)),
    };
    engine_columns_append(batch, &columns);
    return columns.not_ready_reason == NULL;
}

static int append_row(apply_run *run, part_output *output, const engine_released_person *person, size_t place,
                      base_arena *arena, lethe_error *error)
{
    const engine_apply *apply = run->apply;
    const record_row *row = &person->person->rows[person->rows[place]].row;
    record_released released;
    float vector[EMBED_DIMENSIONS];
    BASE_TRY(engine_apply_row(apply, person, place, arena, &released, error));
    BASE_TRY(embed_encode(apply->model, &released, vector, error));
    table_batch *batch = output->batches[person->person->split];
    output->ready += engine_apply_append(apply, person->person, row, place, &released, vector, batch);
    output->observed += row->qi.leaf[RECORD_QI_OBSERVED];
    output->died += row->death_in_window == RECORD_YES;
    if (place + 1 == person->row_count && person->number < ENGINE_SAMPLE_MAX)
        return take_sample(run, person, vector, arena, error);
    return 0;
}

static int apply_part(const engine_visit *visit, const engine_released_person *people, size_t count, lethe_error *error)
{
    apply_run *run = visit->context;
    part_output *output = &run->parts[visit->part - run->first_part];
    for (size_t i = 0; i < count; i++) {
        const engine_released_person *person = &people[i];
        output->people[person->person->split] += person->row_count != 0;
        for (size_t place = 0; place < person->row_count; place++)
            BASE_TRY(append_row(run, output, person, place, visit->arena, error));
    }
    for (int split = 0; split < IDENTITY_SPLIT_COUNT; split++)
        BASE_TRY(table_batch_check(output->batches[split], error));
    return 0;
}

/* Writes the rows of a wave for one split, partition by partition. */
static int write_split(void *context, size_t split, size_t worker, lethe_error *error)
{
    apply_run *run = context;
    (void)worker;
    for (size_t i = 0; i < WAVE_PARTS; i++)
        BASE_TRY(engine_split_file_append(run->files[split], run->parts[i].batches[split], error));
    return 0;
}

static void count_output(engine_apply *apply, part_output *output)
{
    for (int split = 0; split < IDENTITY_SPLIT_COUNT; split++) {
        apply->split_rows[split] += table_batch_rows(output->batches[split]);
        apply->split_people[split] += output->people[split];
        output->people[split] = 0;
        table_batch_reset(output->batches[split]);
    }
    apply->ready_rows += output->ready;
    apply->observed_rows += output->observed;
    apply->died_rows += output->died;
    output->ready = output->observed = output->died = 0;
}

static int run_waves(apply_run *run, lethe_error *error)
{
    engine_apply *apply = run->apply;
    for (size_t first = 0; first < ENGINE_ROW_PARTS; first += WAVE_PARTS) {
        run->first_part = first;
        BASE_TRY(engine_cohort_walk_parts(apply->cohort, first, first + WAVE_PARTS, apply_part, run, error));
        BASE_TRY(base_parallel(apply->cohort->threads, IDENTITY_SPLIT_COUNT, write_split, run, error));
        for (size_t i = 0; i < WAVE_PARTS; i++)
            count_output(apply, &run->parts[i]);
        if (apply->progress != NULL &&
            apply->progress(apply->progress_context, first + WAVE_PARTS, ENGINE_ROW_PARTS) != 0)
            return base_fail(error, LETHE_E_BASE_CANCELLED);
    }
    return 0;
}

static int open_run(apply_run *run, lethe_error *error)
{
    engine_apply *apply = run->apply;
    const table_schema schema = engine_columns_schema();
    apply->sample.released = calloc((size_t)ENGINE_SAMPLE_MAX * EMBED_DIMENSIONS, sizeof(float));
    apply->sample.before = calloc((size_t)ENGINE_SAMPLE_MAX * EMBED_DIMENSIONS, sizeof(float));
    if (apply->sample.released == NULL || apply->sample.before == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < ENGINE_SAMPLE_MAX; i++)
        base_buf_init(&run->sample_codes[i], ENGINE_ROW_CODES_MAX * sizeof(uint32_t));
    for (int split = 0; split < IDENTITY_SPLIT_COUNT; split++) {
        BASE_TRY(engine_split_file_new(apply->folder, apply->files, (identity_split)split, &run->files[split], error));
        for (size_t i = 0; i < WAVE_PARTS; i++)
            BASE_TRY(table_batch_new(&schema, 0, 0, &run->parts[i].batches[split], error));
    }
    return 0;
}

/* Sampled people that were withheld have no vector: the sample is closed up. */
static int close_sample(apply_run *run, lethe_error *error)
{
    engine_sample *sample = &run->apply->sample;
    const size_t people = run->apply->cohort->person_count;
    const size_t bound = people < ENGINE_SAMPLE_MAX ? people : ENGINE_SAMPLE_MAX;
    base_buf_init(&sample->codes, (size_t)ENGINE_SAMPLE_MAX * ENGINE_ROW_CODES_MAX * sizeof(uint32_t));
    for (size_t i = 0; i < bound; i++) {
        float *released = sample->released + i * EMBED_DIMENSIONS, *before = sample->before + i * EMBED_DIMENSIONS;
        bool taken = false;
        for (size_t d = 0; d < EMBED_DIMENSIONS && !taken; d++)
            taken = released[d] != 0;
        if (!taken)
            continue;
        memmove(sample->released + sample->count * EMBED_DIMENSIONS, released, EMBED_DIMENSIONS * sizeof(float));
        memmove(sample->before + sample->count * EMBED_DIMENSIONS, before, EMBED_DIMENSIONS * sizeof(float));
        base_buf_span(&sample->codes, base_buf_view(&run->sample_codes[i]));
        sample->starts[++sample->count] = sample->codes.size / sizeof(uint32_t);
    }
    return base_buf_check(&sample->codes, error);
}

static void close_run(apply_run *run)
{
    for (int split = 0; split < IDENTITY_SPLIT_COUNT; split++) {
        engine_split_file_free(run->files[split]);
        for (size_t i = 0; i < WAVE_PARTS; i++)
            table_batch_free(run->parts[i].batches[split]);
    }
    for (size_t i = 0; i < ENGINE_SAMPLE_MAX; i++)
        base_buf_done(&run->sample_codes[i]);
}

int engine_apply_run(engine_apply *apply, lethe_error *error)
{
    apply_run *run = calloc(1, sizeof(*run));
    if (run == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    run->apply = apply;
    int status = open_run(run, error);
    if (status == 0)
        status = run_waves(run, error);
    for (int split = 0; status == 0 && split < IDENTITY_SPLIT_COUNT; split++)
        status = engine_split_file_finish(run->files[split], error);
    if (status == 0)
        status = close_sample(run, error);
    close_run(run);
    free(run);
    return status;
}

void engine_apply_done(engine_apply *apply)
{
    free(apply->sample.released);
    free(apply->sample.before);
    base_buf_done(&apply->sample.codes);
}

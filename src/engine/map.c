/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/map.h"

#include "base/threads.h"
#include "clinical/pack.h"

#include <stdlib.h>

#define PART_LOAD_MAX  ((size_t)1 << 32)
#define MAP_ARENA_MAX  ((size_t)1 << 33)
#define MAP_PERSON_MAX ((size_t)1 << 30)

typedef struct map_worker {
    engine_map *map;
    identity_tokens *tokens;
    base_buf bytes, out;
    base_arena part_arena, person_arena;
    engine_catalog_reader catalog;
    clinical_coverage coverage;
    uint64_t people, without_visits, rows, superseded, orphans;
    /* the person at hand */
    identity_token token;
    base_span name; /* the smallest Patient.id or identifier seen */
} map_worker;

static base_span resolve(void *context, record_key key)
{
    map_worker *worker = context;
    return engine_catalog_find(&worker->catalog, key, &worker->person_arena);
}

static int digest_visit(void *context, base_span encounter_id, uint8_t ret_digest[32], lethe_error *error)
{
    map_worker *worker = context;
    return identity_visit(worker->tokens, &worker->token, encounter_id, ret_digest, error);
}

static void take_smaller(map_worker *worker, base_span name)
{
    if (name.size != 0 && (worker->name.size == 0 || base_span_compare(name, worker->name) < 0))
        worker->name = name;
}

static int on_identifier(void *context, base_span value)
{
    take_smaller(context, value);
    return 0;
}

static int on_link(void *context, record_key patient)
{
    (void)context;
    (void)patient;
    return 0;
}

/* The name that the pseudonym is made from: the smallest value of the asked identifier system; without one, and where
 * none is there, the smallest Patient.id. Linked patients have several; the smallest does not depend on order. */
static int name_person(map_worker *worker, const engine_gathered_person *person, base_span *ret_system,
                       lethe_error *error)
{
    const clinical_identity_visitor visitor = {worker, on_link, on_identifier};
    worker->name = (base_span){NULL, 0};
    *ret_system = base_span_of(worker->map->patient_identifier);
    if (worker->map->patient_identifier != NULL)
        for (size_t i = 0; i < person->record_count; i++)
            BASE_TRY(clinical_packed_identity(person->records[i].packed, &visitor, error));
    if (worker->name.size != 0)
        return 0;
    *ret_system = (base_span){NULL, 0};
    for (size_t i = 0; i < person->record_count; i++)
        take_smaller(worker, person->records[i].patient_id);
    return 0;
}

/* Records of nobody: noted like those that could not be read, or the end of a strict run. */
static int withhold_orphans(map_worker *worker, const engine_gathered_person *person, lethe_error *error)
{
    for (size_t i = 0; i < person->record_count; i++) {
        lethe_error trouble = {0};
        base_fail(&trouble, LETHE_E_FHIR_NO_PATIENT);
        trouble.line = person->records[i].line;
        trouble.byte = person->records[i].byte;
        if (worker->map->strict) {
            trouble.code = LETHE_E_ENGINE_STRICT;
            trouble.message = base_error_message(LETHE_E_ENGINE_STRICT); /* the name still says what it was */
            char name[BASE_PATH_MAX];
            engine_source_name(worker->map->source, person->records[i].file, name);
            base_error_file(&trouble, name);
            if (error != NULL)
                *error = trouble;
            return LETHE_E_ENGINE_STRICT;
        }
        engine_withheld_add(worker->map->withheld, person->records[i].file, &trouble);
        worker->orphans++;
    }
    return 0;
}

static int by_code(const void *a, const void *b)
{
    const engine_code *x = a, *y = b;
    return x->hash != y->hash ? (x->hash < y->hash ? -1 : 1) : (x->day > y->day) - (x->day < y->day);
}

/* All codes of a person, sorted, each once with the first day it was known. */
static int list_codes(map_worker *worker, const engine_gathered_person *person, engine_code **ret_codes,
                      size_t *ret_count, lethe_error *error)
{
    size_t total = 0, kept = 0;
    for (size_t i = 0; i < person->record_count; i++)
        total += person->records[i].codes.size / sizeof(engine_code);
    engine_code *codes = base_arena_take_array(&worker->person_arena, total, sizeof(*codes));
    if (codes == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    total = 0;
    for (size_t i = 0; i < person->record_count; i++) {
        const base_span bytes = person->records[i].codes;
        if (bytes.size != 0)
            memcpy(codes + total, bytes.data, bytes.size);
        total += bytes.size / sizeof(engine_code);
    }
    if (total > 1)
        qsort(codes, total, sizeof(*codes), by_code);
    for (size_t i = 0; i < total; i++)
        if (kept == 0 || codes[kept - 1].hash != codes[i].hash)
            codes[kept++] = codes[i];
    *ret_codes = codes;
    *ret_count = kept;
    return 0;
}

static int codes_at(map_worker *worker, const engine_code *codes, size_t count, engine_row *row, lethe_error *error)
{
    uint32_t *known = base_arena_take_array(&worker->person_arena, count, sizeof(*known));
    if (known == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < count && row->code_count < ENGINE_ROW_CODES_MAX; i++)
        if (codes[i].day <= row->row.index_day)
            known[row->code_count++] = codes[i].hash;
    row->codes = known;
    return 0;
}

static int write_person(map_worker *worker, const engine_gathered_person *person, const record_row *rows, size_t count,
                        lethe_error *error)
{
    engine_code *codes = NULL;
    size_t code_count = 0;
    engine_person made = {.token = worker->token, .row_count = count};
    made.rows = base_arena_take_array(&worker->person_arena, count, sizeof(*made.rows));
    if (made.rows == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    BASE_TRY(list_codes(worker, person, &codes, &code_count, error));
    for (size_t i = 0; i < count; i++) {
        made.rows[i].row = rows[i];
        BASE_TRY(codes_at(worker, codes, code_count, &made.rows[i], error));
    }
    BASE_TRY(identity_split_of(worker->tokens, &worker->token, &made.split, error));
    base_buf_reset(&worker->out);
    engine_person_write(&worker->out, &made);
    BASE_TRY(base_buf_check(&worker->out, error));
    const identity_token order = identity_token_order(&worker->token);
    return engine_parts_append(worker->map->rows, order.bytes[0], base_buf_view(&worker->out), error);
}

static int map_person(map_worker *worker, const engine_gathered_person *person, lethe_error *error)
{
    base_span system;
    record_row *rows = NULL;
    size_t count = 0;
    BASE_TRY(name_person(worker, person, &system, error));
    if (worker->name.size == 0)
        return withhold_orphans(worker, person, error);
    worker->people++;
    BASE_TRY(identity_patient(worker->tokens, system, worker->name, &worker->token, error));
    base_span *packed = base_arena_take_array(&worker->person_arena, person->record_count, sizeof(*packed));
    if (packed == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < person->record_count; i++)
        packed[i] = person->records[i].packed;
    const clinical_derive_hooks hooks = {worker, resolve, digest_visit, &worker->coverage};
    BASE_TRY(clinical_derive(&worker->map->derive, packed, person->record_count, &hooks, &worker->person_arena, &rows,
                             &count, error));
    if (worker->catalog.status != 0) {
        if (error != NULL)
            *error = worker->catalog.error;
        return worker->catalog.status;
    }
    worker->rows += count;
    worker->without_visits += count == 0;
    return count != 0 ? write_person(worker, person, rows, count, error) : 0;
}

static int map_slice(map_worker *worker, size_t part, size_t slice, lethe_error *error)
{
    engine_gathered_person *people = NULL;
    size_t count = 0;
    uint64_t superseded = 0;
    base_arena_reset(&worker->part_arena);
    BASE_TRY(engine_gather_part(&worker->map->gather, part, slice, &worker->bytes, &worker->part_arena, &people, &count,
                                &superseded, error));
    worker->superseded += superseded;
    for (size_t i = 0; i < count; i++) {
        base_arena_reset(&worker->person_arena);
        BASE_TRY(map_person(worker, &people[i], error));
    }
    return 0;
}

static int map_slices(map_worker *worker, size_t part, lethe_error *error)
{
    const engine_map *map = worker->map;
    const size_t slices = engine_gather_slices(&map->gather, part);
    for (size_t slice = 0; slice < slices; slice++)
        BASE_TRY(map_slice(worker, part, slice, error));
    engine_parts_drop(map->gather.records, part);
    if (map->gather.moved != NULL)
        engine_parts_drop(map->gather.moved, part);
    if (map->gather.lost != NULL)
        engine_parts_drop(map->gather.lost, part);
    if (map->mapped != NULL)
        map->mapped[part] = true;
    return 0;
}

static int map_part(void *context, size_t part, size_t number, lethe_error *error)
{
    map_worker *worker = &((map_worker *)context)[number];
    const engine_map *map = worker->map;
    if (map->mapped == NULL || !map->mapped[part]) {
        engine_gate_enter(map->gate);
        const int status = map_slices(worker, part, error);
        const int noted = engine_gate_leave(map->gate, status != 0, status == 0 ? error : NULL);
        if (status != 0 || noted != 0)
            return status != 0 ? status : noted;
    }
    if (number == 0 && map->progress != NULL &&
        map->progress(map->progress_context, part, engine_parts_count(map->gather.records)) != 0)
        return base_fail(error, LETHE_E_BASE_CANCELLED);
    return 0;
}

static int open_worker(map_worker *worker, engine_map *map, lethe_error *error)
{
    *worker = (map_worker){.map = map};
    base_buf_init(&worker->bytes, PART_LOAD_MAX);
    base_buf_init(&worker->out, MAP_PERSON_MAX);
    base_arena_init(&worker->part_arena, MAP_ARENA_MAX);
    base_arena_init(&worker->person_arena, MAP_PERSON_MAX);
    engine_catalog_reader_init(&worker->catalog, map->catalog);
    return identity_tokens_new(map->ring, &worker->tokens, error);
}

static void add_counts(engine_map *map, const map_worker *worker)
{
    map->people += worker->people;
    map->people_without_visits += worker->without_visits;
    map->rows_made += worker->rows;
    map->superseded += worker->superseded;
    map->orphans += worker->orphans;
    clinical_coverage_merge(&map->coverage, &worker->coverage);
}

void engine_map_count(const engine_map *map, engine_map *ret_map)
{
    *ret_map = *map;
    ret_map->coverage = (clinical_coverage){0};
    clinical_coverage_merge(&ret_map->coverage, &map->coverage);
    for (size_t i = 0; map->workers != NULL && i < map->threads; i++)
        add_counts(ret_map, &map->workers[i]);
}

static void close_worker(engine_map *map, map_worker *worker)
{
    add_counts(map, worker);
    clinical_coverage_done(&worker->coverage);
    engine_catalog_reader_done(&worker->catalog);
    identity_tokens_free(worker->tokens);
    base_buf_done(&worker->bytes);
    base_buf_done(&worker->out);
    base_arena_done(&worker->part_arena);
    base_arena_done(&worker->person_arena);
}

int engine_map_run(engine_map *map, lethe_error *error)
{
    map_worker *workers = calloc(map->threads, sizeof(*workers));
    size_t opened = 0;
    int status = workers != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
    for (; status == 0 && opened < map->threads; opened++)
        status = open_worker(&workers[opened], map, error);
    map->workers = workers;
    if (status == 0)
        status = base_parallel(map->threads, engine_parts_count(map->gather.records), map_part, workers, error);
    map->workers = NULL;
    for (size_t i = 0; i < opened; i++)
        close_worker(map, &workers[i]);
    free(workers);
    return status;
}

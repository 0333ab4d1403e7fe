/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/columns.h"
#include "engine/erase.h"
#include "engine/fall.h"

#include <stdlib.h>

/* Who is erased, and which visits fall with them. What the rows say of their gaps is part of their tuples and stays. */
#define NUMBERS_BYTES_MAX ((size_t)1 << 34)
#define SLOTS_FIRST       4096
#define NO_TUPLE          UINT32_MAX

/* Distinct tuples, numbered by first appearance. */
typedef struct tuple_set {
    record_tuple *tuples;
    uint32_t *slots;
    size_t count, slot_count;
} tuple_set;

typedef struct visiting {
    engine_erasure *erasure;
    engine_released_reader reader;
    tuple_set set;
    base_buf numbers;     /* uint32_t tuple of each row */
    base_buf starts;      /* uint32_t first row of each person */
    identity_token order; /* of the person who is read */
    bool erased;
} visiting;

/* Leaves are small numbers of ours: any spread will do. */
static size_t slot_of(const tuple_set *set, const record_tuple *tuple)
{
    uint64_t hash = 0;
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++)
        hash = (hash ^ tuple->leaf[qi]) * UINT64_C(0x9e3779b97f4a7c15);
    size_t slot = (size_t)(hash >> 24) & (set->slot_count - 1);
    while (set->slots[slot] != NO_TUPLE && memcmp(&set->tuples[set->slots[slot]], tuple, sizeof(*tuple)) != 0)
        slot = (slot + 1) & (set->slot_count - 1);
    return slot;
}

static int grow_set(tuple_set *set, lethe_error *error)
{
    tuple_set grown = {.count = set->count, .slot_count = set->slot_count != 0 ? 2 * set->slot_count : SLOTS_FIRST};
    grown.tuples = malloc(grown.slot_count / 2 * sizeof(*grown.tuples));
    grown.slots = malloc(grown.slot_count * sizeof(*grown.slots));
    if (grown.tuples == NULL || grown.slots == NULL) {
        free(grown.tuples);
        free(grown.slots);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    memset(grown.slots, 0xff, grown.slot_count * sizeof(*grown.slots));
    if (set->count != 0)
        memcpy(grown.tuples, set->tuples, set->count * sizeof(*set->tuples));
    for (size_t i = 0; i < set->count; i++)
        grown.slots[slot_of(&grown, &grown.tuples[i])] = (uint32_t)i;
    free(set->tuples);
    free(set->slots);
    *set = grown;
    return 0;
}

static int number_tuple(tuple_set *set, const record_tuple *tuple, uint32_t *ret_number, lethe_error *error)
{
    if (2 * set->count >= set->slot_count)
        BASE_TRY(grow_set(set, error));
    const size_t slot = slot_of(set, tuple);
    if (set->slots[slot] == NO_TUPLE) {
        set->tuples[set->count] = *tuple;
        set->slots[slot] = (uint32_t)set->count++;
    }
    *ret_number = set->slots[slot];
    return 0;
}

static int begin_person(visiting *v, const identity_token *order, lethe_error *error)
{
    engine_erasure *erasure = v->erasure;
    v->order = *order;
    v->erased = engine_erase_asked(erasure, order);
    erasure->result.patients_erased += v->erased;
    const uint32_t first = (uint32_t)(v->numbers.size / sizeof(uint32_t));
    base_buf_append(&v->starts, &first, sizeof(first));
    return base_buf_check(&v->starts, error);
}

static int visit_row(visiting *v, const table_batch *batch, size_t at, lethe_error *error)
{
    engine_erasure *erasure = v->erasure;
    const size_t row = v->numbers.size / sizeof(uint32_t);
    identity_token token;
    record_tuple tuple;
    uint32_t number = 0;
    if (!identity_parse("anon_", table_string_at(batch, v->reader.anonymous_id, at), &token)) {
        base_fail(error, LETHE_E_ENGINE_DATASET);
        base_error_path(error, "anonymous_id");
        return LETHE_E_ENGINE_DATASET;
    }
    const identity_token order = identity_token_order(&token);
    if (v->starts.size == 0 || memcmp(&order, &v->order, sizeof(order)) != 0)
        BASE_TRY(begin_person(v, &order, error));
    BASE_TRY(engine_released_tuple(&v->reader, batch, at, &tuple, error));
    BASE_TRY(number_tuple(&v->set, &tuple, &number, error));
    base_buf_append(&v->numbers, &number, sizeof(number));
    erasure->rows[row] = v->erased ? ENGINE_ROW_ERASED : ENGINE_ROW_STAYS;
    erasure->result.visits_erased += v->erased;
    return base_buf_check(&v->numbers, error);
}

static int visit_batch(void *context, identity_split split, const table_batch *batch, uint64_t first_row,
                       lethe_error *error)
{
    visiting *v = context;
    (void)split;
    for (size_t at = 0; at < table_batch_rows(batch); at++) {
        const int status = visit_row(v, batch, at, error);
        if (status != 0) {
            base_error_line(error, (int64_t)(first_row + at));
            return status;
        }
    }
    return engine_erase_tell(v->erasure, LETHE_ERASE_COUNTING, v->numbers.size / sizeof(uint32_t) / 2,
                             v->erasure->row_count, error);
}

/* Nobody left, or nobody that could be released: said before anything is written. */
static int check_rest(engine_erasure *erasure, size_t people, lethe_error *error)
{
    lethe_erase_result *result = &erasure->result;
    result->patients = people - result->patients_erased - result->patients_withheld;
    result->visits = erasure->row_count - result->visits_erased - result->visits_withheld;
    if (people - result->patients_erased < erasure->k)
        return base_fail(error, LETHE_E_PRIVACY_TOO_FEW);
    return result->visits == 0 ? base_fail(error, LETHE_E_PRIVACY_NO_PLAN) : 0;
}

/* An id that is not there ends it, unless an interrupted erasure had taken it. */
static int check_found(engine_erasure *erasure, lethe_error *error)
{
    size_t found = 0;
    for (size_t i = 0; i < erasure->id_count; i++)
        found += erasure->found[i];
    if (erasure->result.leftover[0] != '\0') {
        erasure->result.finished_only = found == 0;
        return 0;
    }
    uint32_t position = UINT32_MAX;
    for (size_t i = 0; i < erasure->id_count; i++)
        if (!erasure->found[i] && erasure->positions[i] < position)
            position = erasure->positions[i];
    if (position == UINT32_MAX)
        return 0;
    base_fail(error, LETHE_E_ENGINE_NOBODY);
    base_error_line(error, (int64_t)position + 1);
    base_error_path(error, "id");
    return LETHE_E_ENGINE_NOBODY;
}

static int decide(visiting *v, lethe_error *error)
{
    engine_erasure *erasure = v->erasure;
    const size_t count = v->starts.size / sizeof(uint32_t);
    BASE_TRY(check_found(erasure, error));
    if (erasure->result.finished_only)
        return 0;
    const uint32_t end = (uint32_t)(v->numbers.size / sizeof(uint32_t));
    base_buf_append(&v->starts, &end, sizeof(end));
    BASE_TRY(base_buf_check(&v->starts, error));
    const engine_fall fall = {
        .k = erasure->k,
        .visits = erasure->visits,
        .hierarchies = erasure->hierarchies,
        .tuples = (const uint32_t *)(const void *)v->numbers.data,
        .starts = (const uint32_t *)(const void *)v->starts.data,
        .people = count,
    };
    engine_fallen fallen;
    BASE_TRY(engine_fall_visits(&fall, erasure->rows, &fallen, error));
    erasure->result.visits_withheld = fallen.visits;
    erasure->result.patients_withheld = fallen.people;
    return check_rest(erasure, count, error);
}

int engine_erase_visits(engine_erasure *erasure, lethe_error *error)
{
    const table_schema schema = {engine_released_fields, ENGINE_RELEASED_TUPLE};
    visiting v = {.erasure = erasure};
    const engine_batch_visitor visitor = {&v, &schema, visit_batch};
    engine_released_reader_init(&v.reader, &erasure->composer, &schema);
    base_buf_init(&v.numbers, NUMBERS_BYTES_MAX);
    base_buf_init(&v.starts, NUMBERS_BYTES_MAX);
    int status = engine_dataset_batches(erasure->dataset, &visitor, error);
    if (status == 0)
        status = decide(&v, error);
    base_buf_done(&v.numbers);
    base_buf_done(&v.starts);
    free(v.set.tuples);
    free(v.set.slots);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/one.h"

#include "clinical/packed.h"
#include "crypt/digest.h"
#include "crypt/secret.h"
#include "engine/version.h"

#include <stdlib.h>

#define ONE_BYTES_MAX     ((size_t)256 << 20)
#define UNDATED_DAY       67934 /* 2155-12-31: after whatever an undated record mentions; it leaves nowhere */
#define ONE_RESOURCES_MAX ((size_t)1 << 20)

/* One packed resource: a piece of `packed`. */
typedef struct engine_one_resource {
    engine_version version;
    size_t offset, size;
} one_resource;

int engine_one_open(engine_one *one, const crypt_keyring *ring, const char *patient_identifier, lethe_error *error)
{
    uint8_t key[32];
    *one = (engine_one){.patient_identifier = patient_identifier};
    base_buf_init(&one->text, ONE_BYTES_MAX + JSON_PADDING);
    base_buf_init(&one->packed, ONE_BYTES_MAX);
    base_arena_init(&one->arena, ONE_BYTES_MAX);
    engine_shared_init(&one->shared);
    BASE_TRY(crypt_keyring_derive(ring, CRYPT_SHARD, key, error));
    memcpy(&one->secret, key, sizeof(one->secret));
    crypt_wipe(key, sizeof(key));
    const fhir_options fhir = {.secret = one->secret};
    const clinical_pack_options pack = {one->secret, base_span_of(patient_identifier)};
    BASE_TRY(identity_tokens_new(ring, &one->tokens, error));
    BASE_TRY(json_parser_new(ONE_BYTES_MAX, JSON_DEPTH_MAX, &one->parser, error));
    BASE_TRY(fhir_reader_new(&fhir, &one->fhir, error));
    BASE_TRY(clinical_flat_new(&one->secret, &one->flat, error));
    return clinical_pack_new(&pack, &one->pack, error);
}

void engine_one_forget(engine_one *one)
{
    if (one->text.data != NULL)
        crypt_wipe(one->text.data, one->text.size);
    if (one->packed.data != NULL)
        crypt_wipe(one->packed.data, one->packed.size);
    base_buf_reset(&one->text);
    base_buf_reset(&one->packed);
    base_arena_wipe(&one->arena);
    engine_shared_done(&one->shared);
    engine_shared_init(&one->shared);
    one->resource_count = 0;
    one->name = one->system = (base_span){NULL, 0};
    crypt_wipe(&one->token, sizeof(one->token));
    one->patient = (record_key){0, 0};
    one->several = false;
    one->trouble = (lethe_error){0};
}

void engine_one_close(engine_one *one)
{
    engine_one_forget(one);
    identity_tokens_free(one->tokens);
    json_parser_free(one->parser);
    fhir_reader_free(one->fhir);
    clinical_flat_free(one->flat);
    clinical_pack_free(one->pack);
    engine_shared_done(&one->shared);
    base_buf_done(&one->text);
    base_buf_done(&one->packed);
    base_arena_done(&one->arena);
    free(one->resources);
}

static int on_withheld(void *context, const lethe_error *trouble)
{
    engine_one *one = context;
    if (one->trouble.code == 0)
        one->trouble = *trouble;
    return 0;
}

/* Keeps the name that the pseudonym is made from: the identifier that was asked for, else Patient.id; the smallest. */
static int note_name(engine_one *one, base_span system, base_span name, lethe_error *error)
{
    const bool better_system = system.size != 0 && one->system.size == 0;
    const bool worse_system = system.size == 0 && one->system.size != 0;
    if (name.size == 0 || worse_system ||
        (!better_system && one->name.size != 0 && base_span_compare(name, one->name) >= 0))
        return 0;
    one->name = base_arena_copy(&one->arena, name);
    one->system = system.size != 0 ? base_span_of(one->patient_identifier) : (base_span){NULL, 0};
    return one->name.data != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
}

static int note_patient(engine_one *one, const record_head *head, const record_event *events, size_t count,
                        lethe_error *error)
{
    bool linked = false;
    for (size_t i = 0; i < count; i++)
        linked |= events[i].kind == RECORD_LINK && record_key_equal(events[i].reference, one->patient);
    if (record_key_none(one->patient))
        one->patient = head->patient;
    else if (!record_key_equal(one->patient, head->patient) && !linked)
        one->several = true;
    for (size_t i = 0; i < count; i++) {
        const record_event *event = &events[i];
        if (event->kind == RECORD_PATIENT)
            BASE_TRY(note_name(one, (base_span){NULL, 0}, head->patient_id, error));
        if (event->kind == RECORD_IDENTIFIER && one->patient_identifier != NULL &&
            base_span_is(event->place.state, one->patient_identifier))
            BASE_TRY(note_name(one, event->place.state, event->place.city, error));
    }
    return 0;
}

static int keep_resource(engine_one *one, const engine_version *version, size_t offset, lethe_error *error)
{
    if (one->resource_count == one->resource_capacity) {
        const size_t capacity = one->resource_capacity != 0 ? 2 * one->resource_capacity : 256;
        if (capacity > ONE_RESOURCES_MAX)
            return base_fail(error, LETHE_E_BASE_LIMIT);
        one_resource *resources = realloc(one->resources, capacity * sizeof(*resources));
        if (resources == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        one->resources = resources;
        one->resource_capacity = capacity;
    }
    one->resources[one->resource_count++] = (one_resource){*version, offset, one->packed.size - offset};
    return 0;
}

static int on_resource(void *context, const record_head *head, const record_event *events, size_t count,
                       lethe_error *error)
{
    engine_one *one = context;
    engine_version version = {.key = head->resource, .last_updated_us = head->last_updated_us};
    const size_t offset = one->packed.size;
    BASE_TRY(crypt_sha256(head->text, version.digest, error));
    BASE_TRY(clinical_pack_resource(one->pack, events, count, &one->packed, error));
    BASE_TRY(base_buf_check(&one->packed, error));
    if (head->shared) {
        const base_span packed = {one->packed.data + offset, one->packed.size - offset};
        const int status = record_key_none(version.key) ? 0 : engine_shared_add(&one->shared, &version, packed, error);
        one->packed.size = offset;
        return status;
    }
    BASE_TRY(note_patient(one, head, events, count, error));
    return keep_resource(one, &version, offset, error);
}

static int by_version(const void *left, const void *right)
{
    const one_resource *a = left, *b = right;
    const int order = record_key_compare(a->version.key, b->version.key);
    return order != 0 ? order : engine_version_prefer(&a->version, &b->version);
}

/* The packed resources that stand, newest versions only. */
static int standing(engine_one *one, base_span **ret_resources, size_t *ret_count, lethe_error *error)
{
    base_span *resources = base_arena_take_array(&one->arena, one->resource_count, sizeof(*resources));
    size_t count = 0;
    if (resources == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    if (one->resource_count > 1)
        qsort(one->resources, one->resource_count, sizeof(*one->resources), by_version);
    for (size_t i = 0; i < one->resource_count; i++) {
        const one_resource *resource = &one->resources[i];
        if (i == 0 || !engine_version_supersedes(&one->resources[i - 1].version, &resource->version))
            resources[count++] = (base_span){one->packed.data + resource->offset, resource->size};
    }
    *ret_resources = resources;
    *ret_count = count;
    return 0;
}

/* The day of the latest event, and whether a visit without a date is among them. */
typedef struct one_dates {
    int32_t latest; /* INT32_MIN: none */
    bool undated, season_stated;
} one_dates;

static int read_dates(const base_span *resources, size_t count, one_dates *ret_dates, lethe_error *error)
{
    one_dates dates = {.latest = INT32_MIN};
    for (size_t i = 0; i < count; i++) {
        base_cursor cursor = base_cursor_of(resources[i]);
        bool more = true;
        for (;;) {
            clinical_fact fact;
            BASE_TRY(clinical_fact_read(&cursor, &more, &fact, error));
            if (!more)
                break;
            if (fact.kind == CLINICAL_FACT_STATED) {
                dates.undated |= fact.stated == CLINICAL_STATED_UNDATED;
                dates.season_stated |= fact.stated == CLINICAL_STATED_SEASON;
            }
            const bool event = fact.kind == CLINICAL_FACT_ENCOUNTER || fact.kind == CLINICAL_FACT_CODED ||
                               fact.kind == CLINICAL_FACT_VALUE;
            const base_time time = base_time_known(fact.end) ? fact.end : fact.start;
            if (event && base_time_known(time) && time.day > dates.latest)
                dates.latest = time.day;
        }
    }
    *ret_dates = dates;
    return 0;
}

static base_span resolve(void *context, record_key key)
{
    const engine_one *one = context;
    return engine_shared_find(&one->shared, key);
}

static int digest_visit(void *context, base_span encounter_id, uint8_t ret_digest[32], lethe_error *error)
{
    engine_one *one = context;
    return identity_visit(one->tokens, &one->token, encounter_id, ret_digest, error);
}

/* A Bundle, a resource, a flat record, or an array of them, as in a run. */
static int read_root(engine_one *one, json_value root, lethe_error *error)
{
    const record_sink sink = {one, on_resource, on_withheld};
    if (json_is(root, JSON_ARRAY)) {
        json_iterator elements = json_iterate(root);
        json_value element;
        while (json_next(&elements, NULL, &element))
            BASE_TRY(json_is(element, JSON_ARRAY) ? fhir_read(one->fhir, element, &sink, error)
                                                  : read_root(one, element, error));
        return 0;
    }
    return clinical_flat_is(root) ? clinical_flat_read(one->flat, root, &sink, error)
                                  : fhir_read(one->fhir, root, &sink, error);
}

static int read_document(engine_one *one, base_span json, lethe_error *error)
{
    json_value root;
    base_buf_span(&one->text, json);
    if (base_buf_reserve(&one->text, JSON_PADDING) != 0)
        return base_buf_check(&one->text, error);
    BASE_TRY(json_parse(one->parser, base_buf_view(&one->text), &root, error));
    return read_root(one, root, error);
}

static int derive_latest(engine_one *one, int32_t as_of_day, record_row *ret_row, bool *ret_undated, lethe_error *error)
{
    base_span *resources = NULL;
    record_row *rows = NULL;
    size_t count = 0, row_count = 0;
    one_dates dates;
    BASE_TRY(standing(one, &resources, &count, error));
    BASE_TRY(read_dates(resources, count, &dates, error));
    *ret_undated = as_of_day == INT32_MAX && (dates.undated || dates.latest == INT32_MIN);
    if (as_of_day == INT32_MAX)
        as_of_day = *ret_undated ? UNDATED_DAY : dates.latest;
    const clinical_derive_options options = {.snapshots = CLINICAL_SNAPSHOTS_LATEST, .as_of_day = as_of_day};
    const clinical_derive_hooks hooks = {one, resolve, digest_visit, NULL};
    BASE_TRY(clinical_derive(&options, resources, count, &hooks, &one->arena, &rows, &row_count, error));
    if (row_count == 0)
        return base_fail(error, LETHE_E_ENGINE_NO_PEOPLE);
    *ret_row = rows[row_count - 1];
    if (*ret_undated && !dates.season_stated)
        ret_row->qi.leaf[RECORD_QI_SEASON] = RECORD_SEASON_UNKNOWN;
    return 0;
}

int engine_one_read(engine_one *one, base_span json, int32_t as_of_day, record_row *ret_row, bool *ret_undated,
                    lethe_error *error)
{
    *ret_undated = false;
    BASE_TRY(read_document(one, json, error));
    if (one->name.size == 0) {
        if (one->trouble.code == 0)
            return base_fail(error, LETHE_E_FHIR_NO_PATIENT);
        if (error != NULL)
            *error = one->trouble;
        return one->trouble.code;
    }
    if (one->several)
        return base_fail(error, LETHE_E_ENGINE_INPUT);
    BASE_TRY(identity_patient(one->tokens, one->system, one->name, &one->token, error));
    return derive_latest(one, as_of_day, ret_row, ret_undated, error);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/internal.h"

#include <stdlib.h>

#define EVENTS_FIRST 16

int fhir_fail(fhir_reader *reader, int code, json_value at)
{
    reader->trouble = (fhir_trouble){.code = code, .at = json_present(at) ? at : reader->resource};
    return code;
}

int fhir_fail_missing(fhir_reader *reader, int code, const char *element)
{
    reader->trouble = (fhir_trouble){.code = code, .at = reader->resource, .missing = element};
    return code;
}

int fhir_add(fhir_reader *reader, record_kind kind, record_event **ret_event)
{
    if (reader->event_count >= reader->options.max_events)
        return fhir_fail(reader, LETHE_E_BASE_LIMIT, reader->resource);
    if (reader->event_count == reader->event_capacity) {
        const size_t capacity = reader->event_capacity != 0 ? 2 * reader->event_capacity : EVENTS_FIRST;
        record_event *grown = realloc(reader->events, capacity * sizeof(*grown));
        if (grown == NULL)
            return fhir_fail(reader, LETHE_E_BASE_LIMIT, reader->resource);
        reader->events = grown;
        reader->event_capacity = capacity;
    }
    *ret_event = &reader->events[reader->event_count++];
    **ret_event = (record_event){.kind = kind, .encounter = reader->encounter};
    return 0;
}

/* A Patient that is only contained has no life of its own: as a patient for each resource it would count as many
 * people. Its identifier makes it one person, the same as a logical reference would; without one the resource is
 * withheld. */
static int alias_of_contained(fhir_reader *reader, fhir_target *target)
{
    json_iterator iterator = json_iterate(json_get(target->contained, "identifier"));
    for (json_value value; json_next(&iterator, NULL, &value);) {
        json_value v[IDENTIFIER_COUNT];
        BASE_TRY(fhir_pick(reader, value, SHAPE_IDENTIFIER, v));
        if (json_string(v[IDENTIFIER_SYSTEM]).size == 0 || json_string(v[IDENTIFIER_VALUE]).size == 0)
            continue;
        target->id = fhir_alias(reader, json_string(v[IDENTIFIER_SYSTEM]), json_string(v[IDENTIFIER_VALUE]));
        return target->id.data != NULL ? 0 : fhir_fail(reader, LETHE_E_BASE_LIMIT, reader->resource);
    }
    return 0;
}

/* Groups, devices and places may be subjects too: what is about them is about no patient. */
static int find_patient(fhir_reader *reader, const fhir_used *used, json_value subject, record_head *head,
                        fhir_target *ret_target)
{
    if (!json_present(subject))
        return fhir_fail_missing(reader, LETHE_E_FHIR_NO_PATIENT, reader->names[used->shape].names[used->subject]);
    BASE_TRY(fhir_resolve(reader, subject, FHIR_Patient, ret_target));
    if (ret_target->type == FHIR_Patient && json_present(ret_target->contained))
        BASE_TRY(alias_of_contained(reader, ret_target));
    const bool unresolved = ret_target->type == FHIR_Patient && !json_present(ret_target->contained);
    if (ret_target->type != FHIR_Patient || ret_target->id.size == 0)
        return fhir_fail(reader, unresolved ? LETHE_E_FHIR_REFERENCE : LETHE_E_FHIR_NO_PATIENT, subject);
    BASE_TRY(fhir_check_id(reader, ret_target->id, subject));
    head->patient = fhir_key(reader, ret_target);
    head->patient_id = ret_target->id;
    return 0;
}

static int find_self(fhir_reader *reader, const fhir_used *used, json_value id, record_head *head)
{
    if (used->owner == FHIR_OWNER_SELF) {
        if (reader->id.size == 0 && !json_present(id))
            return fhir_fail_missing(reader, LETHE_E_FHIR_NO_PATIENT, "id");
        BASE_TRY(fhir_check_id(reader, reader->id, id));
        head->patient_id = reader->id;
    }
    if (reader->id.size != 0)
        reader->self = record_key_of(&reader->options.secret, fhir_resource_type_span(used->type), reader->id);
    head->resource = reader->self;
    if (used->owner == FHIR_OWNER_SELF)
        head->patient = reader->self;
    head->shared = used->owner == FHIR_OWNER_SHARED;
    return 0;
}

static int fill_head(fhir_reader *reader, const fhir_used *used, const json_value *v, record_head *head)
{
    fhir_target patient = {0};
    head->last_updated_us = INT64_MIN;
    head->text = json_text(reader->resource);
    BASE_TRY(find_self(reader, used, v[RESOURCE_ID], head));
    if (json_present(v[RESOURCE_META])) {
        json_value meta[META_COUNT];
        BASE_TRY(fhir_pick(reader, v[RESOURCE_META], SHAPE_META, meta));
        BASE_TRY(fhir_instant_us(reader, meta[META_LAST_UPDATED], &head->last_updated_us));
    }
    if (used->owner == FHIR_OWNER_SUBJECT)
        BASE_TRY(find_patient(reader, used, v[used->subject], head, &patient));
    if (used->encounter != NO_SLOT)
        BASE_TRY(fhir_resolve_key(reader, v[used->encounter], FHIR_Encounter, &reader->encounter));
    return 0;
}

/* A second head for each identifier of a shared resource: "Location?identifier=sys|val" finds it there. */
static int send_aliases(fhir_reader *reader, const fhir_used *used, const json_value *v, record_head head,
                        lethe_error *error)
{
    json_iterator iterator = json_iterate(v[used->identifier]);
    for (json_value value; json_next(&iterator, NULL, &value);) {
        const base_span system = json_string(json_get(value, "system"));
        const base_span identifier = json_string(json_get(value, "value"));
        if (system.size == 0 || identifier.size == 0)
            continue;
        const base_span alias = fhir_alias(reader, system, identifier);
        if (alias.data == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        head.resource = record_key_of(&reader->options.secret, fhir_resource_type_span(used->type), alias);
        BASE_TRY(reader->sink->resource(reader->sink->context, &head, reader->events, reader->event_count, error));
    }
    return 0;
}

/* Picks, checks and reads; what goes wrong here costs this record. */
static int read_used(fhir_reader *reader, const fhir_used *used, base_span full_url_id, json_value *v,
                     record_head *head, bool *ret_negated)
{
    BASE_TRY(fhir_pick(reader, reader->resource, used->shape, v));
    reader->contained = v[RESOURCE_CONTAINED];
    reader->id = json_present(v[RESOURCE_ID]) ? json_string(v[RESOURCE_ID]) : full_url_id;
    BASE_TRY(fill_head(reader, used, v, head));
    BASE_TRY(fhir_is_negated(reader, used, v, ret_negated));
    /* What a retracted resource says is not looked at: it must not be lost for an error in it, for the older assertion
     * would stand again. */
    return *ret_negated ? 0 : used->read(reader, v);
}

static void begin_resource(fhir_reader *reader, json_value resource, fhir_resource_type type)
{
    base_arena_reset(&reader->arena);
    reader->event_count = 0;
    reader->resource = resource;
    reader->contained = (json_value){0};
    reader->id = (base_span){NULL, 0};
    reader->type = type;
    reader->self = reader->encounter = (record_key){0};
    reader->contained_steps = 0;
}

int fhir_read_resource(fhir_reader *reader, json_value resource, base_span full_url_id, lethe_error *error)
{
    const json_value name = json_get(resource, "resourceType");
    const fhir_resource_type type = fhir_resource_type_of(json_string(name));
    begin_resource(reader, resource, type);
    if (type == FHIR_RESOURCE_TYPE_COUNT) {
        (void)(json_present(name) ? fhir_fail(reader, LETHE_E_FHIR_SHAPE, name)
                                  : fhir_fail_missing(reader, LETHE_E_FHIR_SHAPE, "resourceType"));
        reader->stats.broken++;
        return fhir_withhold(reader, FHIR_PLACE_RESOURCE, resource, error);
    }
    fhir_count *count = &reader->stats.types[type];
    const fhir_used *used = fhir_used_of(type);
    count->read++;
    if (used == NULL) {
        count->unused++;
        return 0;
    }
    json_value v[JSON_NAMES_MAX];
    record_head head = {0};
    bool negated = false;
    if (read_used(reader, used, full_url_id, v, &head, &negated) != 0) {
        count->withheld++;
        return fhir_withhold(reader, FHIR_PLACE_RESOURCE, resource, error);
    }
    count->used += negated ? 0 : 1;
    count->negated += negated ? 1 : 0;
    BASE_TRY(reader->sink->resource(reader->sink->context, &head, reader->events, reader->event_count, error));
    return used->identifier != NO_SLOT ? send_aliases(reader, used, v, head, error) : 0;
}

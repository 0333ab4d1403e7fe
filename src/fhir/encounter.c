/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/internal.h"

/* http://hl7.org/fhir/R4/valueset-encounter-discharge-disposition.html */
#define DISCHARGE_EXPIRED "exp"

/* Discharged dead: the visit's end is the day of death. */
static int note_discharge(fhir_reader *reader, json_value stay, record_event *event)
{
    if (!json_present(stay))
        return 0;
    json_value v[STAY_COUNT];
    record_concept discharge;
    BASE_TRY(fhir_pick(reader, stay, SHAPE_STAY, v));
    BASE_TRY(fhir_concept(reader, v[STAY_DISCHARGE], &discharge));
    for (uint32_t i = 0; i < discharge.count; i++)
        if (base_span_is(discharge.codings[i].code, DISCHARGE_EXPIRED))
            event->flags |= RECORD_FLAG_DECEASED;
    return 0;
}

/* The first Location that can be found, else the Organization: its address says where the visit was. */
static int find_place(fhir_reader *reader, const json_value *v, record_key *ret_key)
{
    *ret_key = (record_key){0};
    json_iterator iterator = json_iterate(v[ENCOUNTER_LOCATION]);
    for (json_value value; json_next(&iterator, NULL, &value) && record_key_none(*ret_key);) {
        json_value where[WHERE_COUNT];
        BASE_TRY(fhir_pick(reader, value, SHAPE_WHERE, where));
        BASE_TRY(fhir_resolve_key(reader, where[WHERE_LOCATION], FHIR_Location, ret_key));
    }
    if (record_key_none(*ret_key))
        return fhir_resolve_key(reader, v[ENCOUNTER_SERVICE_PROVIDER], FHIR_Organization, ret_key);
    return 0;
}

static int add_visit(fhir_reader *reader, const json_value *v)
{
    record_event *event;
    BASE_TRY(fhir_add(reader, RECORD_ENCOUNTER, &event));
    event->self = reader->self;
    event->id = reader->id;
    BASE_TRY(fhir_concepts(reader, v[ENCOUNTER_TYPE], v[ENCOUNTER_SERVICE_TYPE], &event->code));
    BASE_TRY(fhir_class(reader, v[ENCOUNTER_CLASS], &event->value.concept));
    if (event->value.concept.count != 0 || event->value.concept.text.size != 0)
        event->value.kind = RECORD_VALUE_CONCEPT;
    BASE_TRY(fhir_period(reader, v[ENCOUNTER_PERIOD], &event->start, &event->end));
    BASE_TRY(note_discharge(reader, v[ENCOUNTER_HOSPITALIZATION], event));
    return find_place(reader, v, &event->reference);
}

/* Under the identifiers of a visit its other resources may name it: `self` and the key of references by identifier. */
static int add_aliases(fhir_reader *reader, json_value list)
{
    json_iterator iterator = json_iterate(list);
    for (json_value value; json_next(&iterator, NULL, &value);) {
        json_value v[IDENTIFIER_COUNT];
        record_event *event;
        BASE_TRY(fhir_pick(reader, value, SHAPE_IDENTIFIER, v));
        const base_span system = json_string(v[IDENTIFIER_SYSTEM]), text = json_string(v[IDENTIFIER_VALUE]);
        if (system.size == 0 || text.size == 0)
            continue;
        const fhir_target target = {.type = FHIR_Encounter, .id = fhir_alias(reader, system, text)};
        if (target.id.data == NULL)
            return fhir_fail(reader, LETHE_E_BASE_LIMIT, value);
        BASE_TRY(fhir_add(reader, RECORD_IDENTIFIER, &event));
        event->self = reader->self;
        event->reference = fhir_key(reader, &target);
    }
    return 0;
}

static int add_reason(fhir_reader *reader, json_value concept)
{
    record_event *event;
    BASE_TRY(fhir_add(reader, RECORD_REASON, &event));
    event->self = reader->self;
    return fhir_concept(reader, concept, &event->code);
}

static int add_reasons(fhir_reader *reader, const json_value *v)
{
    json_iterator iterator = json_iterate(v[ENCOUNTER_REASON_CODE]);
    for (json_value value; json_next(&iterator, NULL, &value);)
        BASE_TRY(add_reason(reader, value));
    iterator = json_iterate(v[ENCOUNTER_REASON_REFERENCE]);
    for (json_value value; json_next(&iterator, NULL, &value);) {
        fhir_target target;
        json_value coded[CODED_COUNT];
        BASE_TRY(fhir_resolve(reader, value, FHIR_RESOURCE_TYPE_COUNT, &target));
        if (!json_present(target.contained))
            continue; /* a Condition of its own, read as such */
        BASE_TRY(fhir_pick(reader, target.contained, SHAPE_CODED, coded));
        if (json_present(coded[CODED_CODE]))
            BASE_TRY(add_reason(reader, coded[CODED_CODE]));
    }
    return 0;
}

int fhir_encounter_events(fhir_reader *reader, const json_value *v)
{
    reader->encounter = reader->self;
    BASE_TRY(add_visit(reader, v));
    BASE_TRY(add_aliases(reader, v[ENCOUNTER_IDENTIFIER]));
    return add_reasons(reader, v);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/internal.h"

/* http://hl7.org/fhir/us/core/STU3.1.1/StructureDefinition-us-core-birthsex.html: F, M, UNK. */
#define BIRTHSEX_URL "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex"

/* Administrative gender; where it says nothing, the sex at birth in the same words. */
static base_span sex_of(const json_value *v)
{
    const base_span gender = json_string(v[PATIENT_GENDER]);
    if (gender.size != 0 && !base_span_is(gender, "unknown"))
        return gender;
    const base_span birth = json_string(fhir_extension(v[PATIENT_EXTENSION], BIRTHSEX_URL, "valueCode"));
    if (base_span_is(birth, "F"))
        return BASE_SPAN("female");
    if (base_span_is(birth, "M"))
        return BASE_SPAN("male");
    return gender;
}

static int add_person(fhir_reader *reader, const json_value *v)
{
    record_event *event;
    bool deceased = false;
    BASE_TRY(fhir_add(reader, RECORD_PATIENT, &event));
    BASE_TRY(fhir_time(reader, v[PATIENT_BIRTH_DATE], &event->start));
    BASE_TRY(fhir_time(reader, v[PATIENT_DECEASED_DATE_TIME], &event->end));
    const base_span sex = sex_of(v);
    if (sex.size != 0)
        event->value = (record_value){.kind = RECORD_VALUE_TEXT, .text = sex};
    if (json_bool(v[PATIENT_DECEASED_BOOLEAN], &deceased) && deceased && !base_time_known(event->end))
        event->flags |= RECORD_FLAG_DECEASED;
    return 0;
}

/* The place of an identifier holds what it says; `reference` is the key of references by it, see fhir_resolve. Only
 * with a system: numbers without one are the same for many people. */
static int add_identifiers(fhir_reader *reader, json_value list)
{
    json_iterator iterator = json_iterate(list);
    for (json_value value; json_next(&iterator, NULL, &value);) {
        json_value v[IDENTIFIER_COUNT];
        record_event *event;
        BASE_TRY(fhir_pick(reader, value, SHAPE_IDENTIFIER, v));
        const base_span system = json_string(v[IDENTIFIER_SYSTEM]), text = json_string(v[IDENTIFIER_VALUE]);
        if (text.size == 0)
            continue;
        BASE_TRY(fhir_add(reader, RECORD_IDENTIFIER, &event));
        event->place = (record_place){.state = system, .city = text};
        if (system.size == 0)
            continue;
        const fhir_target target = {.type = FHIR_Patient, .id = fhir_alias(reader, system, text)};
        if (target.id.data == NULL)
            return fhir_fail(reader, LETHE_E_BASE_LIMIT, value);
        event->reference = fhir_key(reader, &target);
    }
    return 0;
}

/* Where bills go is not where someone lives. */
static bool is_billing(json_value address)
{
    return base_span_is(json_string(json_get(address, "use")), "billing");
}

static int add_addresses(fhir_reader *reader, json_value list)
{
    const bool only = json_count(list) == 1;
    json_iterator iterator = json_iterate(list);
    for (json_value value; json_next(&iterator, NULL, &value);) {
        record_event *event;
        if (is_billing(value) && !only)
            continue;
        BASE_TRY(fhir_add(reader, RECORD_ADDRESS, &event));
        BASE_TRY(fhir_address(reader, value, event));
    }
    return 0;
}

/* All four types of link (replaced-by, replaces, refer, seealso) say "the same person"; RelatedPersons are left out. */
static int add_links(fhir_reader *reader, json_value list)
{
    json_iterator iterator = json_iterate(list);
    for (json_value value; json_next(&iterator, NULL, &value);) {
        json_value v[LINK_COUNT];
        fhir_target target;
        record_event *event;
        BASE_TRY(fhir_pick(reader, value, SHAPE_LINK, v));
        BASE_TRY(fhir_resolve(reader, v[LINK_OTHER], FHIR_Patient, &target));
        if (target.type != FHIR_Patient || target.id.size == 0)
            continue;
        BASE_TRY(fhir_check_id(reader, target.id, v[LINK_OTHER]));
        BASE_TRY(fhir_add(reader, RECORD_LINK, &event));
        event->id = target.id;
        event->reference = fhir_key(reader, &target);
        event->flags |= target.full_url ? RECORD_FLAG_FULL_URL : 0;
    }
    return 0;
}

int fhir_patient_events(fhir_reader *reader, const json_value *v)
{
    BASE_TRY(add_person(reader, v));
    BASE_TRY(add_identifiers(reader, v[PATIENT_IDENTIFIER]));
    BASE_TRY(add_addresses(reader, v[PATIENT_ADDRESS]));
    return add_links(reader, v[PATIENT_LINK]);
}

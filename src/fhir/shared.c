/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/internal.h"

/* Places of care belong to no patient; an Encounter refers to them. What kind of place it is stands in `code`. */
int fhir_location_events(fhir_reader *reader, const json_value *v)
{
    record_event *event;
    BASE_TRY(fhir_add(reader, RECORD_ADDRESS, &event));
    BASE_TRY(fhir_concepts(reader, v[LOCATION_TYPE], v[LOCATION_PHYSICAL_TYPE], &event->code));
    BASE_TRY(fhir_resolve_key(reader, v[LOCATION_ORGANIZATION], FHIR_Organization, &event->reference));
    return json_present(v[LOCATION_ADDRESS]) ? fhir_address(reader, v[LOCATION_ADDRESS], event) : 0;
}

int fhir_organization_events(fhir_reader *reader, const json_value *v)
{
    record_event *event;
    record_concept type;
    BASE_TRY(fhir_concepts(reader, v[ORGANIZATION_TYPE], (json_value){0}, &type));
    json_iterator iterator = json_iterate(v[ORGANIZATION_ADDRESS]);
    for (json_value value; json_next(&iterator, NULL, &value);) {
        BASE_TRY(fhir_add(reader, RECORD_ADDRESS, &event));
        event->code = type;
        BASE_TRY(fhir_address(reader, value, event));
    }
    if (reader->event_count != 0)
        return 0;
    BASE_TRY(fhir_add(reader, RECORD_ADDRESS, &event));
    event->code = type;
    return 0;
}

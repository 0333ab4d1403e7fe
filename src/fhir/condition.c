/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/internal.h"

#define ASSERTED_DATE_URL "http://hl7.org/fhir/StructureDefinition/condition-assertedDate"

static bool says_something(const record_concept *concept)
{
    return concept->count != 0 || concept->text.size != 0;
}

/* onset[x] and abatement[x]: the ages, ranges and strings need a birth date or a reader and give no day. */
static int read_times(fhir_reader *reader, const json_value *v, record_event *event)
{
    base_time from, to;
    BASE_TRY(fhir_time(reader, v[CONDITION_ONSET_DATE_TIME], &event->start));
    BASE_TRY(fhir_period(reader, v[CONDITION_ONSET_PERIOD], &from, &to));
    if (!base_time_known(event->start))
        event->start = from;
    BASE_TRY(fhir_time(reader, v[CONDITION_ABATEMENT_DATE_TIME], &event->end));
    BASE_TRY(fhir_period(reader, v[CONDITION_ABATEMENT_PERIOD], &from, &to));
    if (!base_time_known(event->end))
        event->end = base_time_known(to) ? to : from;
    BASE_TRY(fhir_time(reader, v[CONDITION_RECORDED_DATE], &event->known));
    if (!base_time_known(event->known))
        BASE_TRY(fhir_time(reader, v[CONDITION_ASSERTED_DATE], &event->known));
    if (!base_time_known(event->known))
        BASE_TRY(fhir_time(reader, fhir_extension(v[CONDITION_EXTENSION], ASSERTED_DATE_URL, "valueDateTime"),
                           &event->known));
    return 0;
}

int fhir_condition_events(fhir_reader *reader, const json_value *v)
{
    record_event *event;
    BASE_TRY(fhir_add(reader, RECORD_CONDITION, &event));
    BASE_TRY(fhir_concept(reader, v[CONDITION_CODE], &event->code));
    BASE_TRY(read_times(reader, v, event));
    if (!says_something(&event->code))
        reader->event_count--;
    return 0;
}

/* An allergy that showed itself had begun by then, so the last occurrence stands in where no onset is given. */
static int allergy_times(fhir_reader *reader, const json_value *v, record_event *event)
{
    base_time from, to;
    BASE_TRY(fhir_time(reader, v[ALLERGY_ONSET_DATE_TIME], &event->start));
    BASE_TRY(fhir_period(reader, v[ALLERGY_ONSET_PERIOD], &from, &to));
    if (!base_time_known(event->start))
        event->start = from;
    BASE_TRY(fhir_time(reader, v[ALLERGY_LAST_OCCURRENCE], &from));
    if (!base_time_known(event->start))
        event->start = from;
    return fhir_time(reader, v[ALLERGY_RECORDED_DATE], &event->known);
}

static int add_allergy(fhir_reader *reader, const json_value *v, json_value concept)
{
    record_event *event;
    BASE_TRY(fhir_add(reader, RECORD_ALLERGY, &event));
    BASE_TRY(fhir_concept(reader, concept, &event->code));
    BASE_TRY(allergy_times(reader, v, event));
    if (!says_something(&event->code))
        reader->event_count--;
    return 0;
}

int fhir_allergy_events(fhir_reader *reader, const json_value *v)
{
    BASE_TRY(add_allergy(reader, v, v[ALLERGY_CODE]));
    json_iterator iterator = json_iterate(v[ALLERGY_REACTION]);
    for (json_value value; json_next(&iterator, NULL, &value);) {
        json_value reaction[REACTION_COUNT];
        BASE_TRY(fhir_pick(reader, value, SHAPE_REACTION, reaction));
        BASE_TRY(add_allergy(reader, v, reaction[REACTION_SUBSTANCE]));
    }
    return 0;
}

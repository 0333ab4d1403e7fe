/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/internal.h"

/* Observation and Observation.component share value[x], so they share its slots: they differ by where those begin. */
#define SLOT(name) (OBSERVATION_##name - OBSERVATION_QUANTITY)
_Static_assert(COMPONENT_QUANTITY == 0 && COMPONENT_CODE == SLOT(CODE), "value[x] lies alike in both shapes");

static int read_integer(fhir_reader *reader, json_value value, record_value *ret_value)
{
    *ret_value = (record_value){.kind = RECORD_VALUE_QUANTITY};
    return json_number(value, &ret_value->number) ? 0 : fhir_fail(reader, LETHE_E_FHIR_VALUE, value);
}

static int read_value(fhir_reader *reader, const json_value *v, record_value *value)
{
    base_time end;
    if (json_present(v[SLOT(QUANTITY)]))
        return fhir_quantity(reader, v[SLOT(QUANTITY)], value);
    if (json_present(v[SLOT(CONCEPT)])) {
        value->kind = RECORD_VALUE_CONCEPT;
        return fhir_concept(reader, v[SLOT(CONCEPT)], &value->concept);
    }
    if (json_present(v[SLOT(INTEGER)]))
        return read_integer(reader, v[SLOT(INTEGER)], value);
    if (json_present(v[SLOT(STRING)]))
        *value = (record_value){.kind = RECORD_VALUE_TEXT, .text = json_string(v[SLOT(STRING)])};
    if (json_bool(v[SLOT(BOOLEAN)], &value->truth))
        value->kind = RECORD_VALUE_BOOLEAN;
    if (json_present(v[SLOT(DATE_TIME)])) {
        value->kind = RECORD_VALUE_TIME;
        return fhir_time(reader, v[SLOT(DATE_TIME)], &value->time);
    }
    if (json_present(v[SLOT(PERIOD)])) {
        value->kind = RECORD_VALUE_TIME;
        return fhir_period(reader, v[SLOT(PERIOD)], &value->time, &end);
    }
    return 0;
}

static int read_times(fhir_reader *reader, const json_value *v, record_event *event)
{
    BASE_TRY(fhir_period(reader, v[OBSERVATION_EFFECTIVE_PERIOD], &event->start, &event->end));
    if (json_present(v[OBSERVATION_EFFECTIVE_DATE_TIME]))
        BASE_TRY(fhir_time(reader, v[OBSERVATION_EFFECTIVE_DATE_TIME], &event->start));
    else if (json_present(v[OBSERVATION_EFFECTIVE_INSTANT]))
        BASE_TRY(fhir_time(reader, v[OBSERVATION_EFFECTIVE_INSTANT], &event->start));
    BASE_TRY(fhir_time(reader, v[OBSERVATION_ISSUED], &event->known));
    if (!base_time_known(event->known))
        event->known = base_time_known(event->end) ? event->end : event->start;
    return 0;
}

/* One event from value[x] of an Observation or a component. Nothing where the source says that the value is absent; a
 * panel whose values are its components is no finding of its own. */
static int add_finding(fhir_reader *reader, const json_value *v, const record_event *times, bool is_panel)
{
    record_event *event;
    if (json_present(v[SLOT(ABSENT)]))
        return 0;
    BASE_TRY(fhir_add(reader, RECORD_OBSERVATION, &event));
    event->start = times->start;
    event->end = times->end;
    event->known = times->known;
    BASE_TRY(fhir_concept(reader, v[SLOT(CODE)], &event->code));
    BASE_TRY(fhir_concepts(reader, v[SLOT(INTERPRETATION)], (json_value){0}, &event->interpretation));
    BASE_TRY(read_value(reader, v, &event->value));
    if (is_panel && event->value.kind == RECORD_VALUE_NONE)
        reader->event_count--;
    return 0;
}

int fhir_observation_events(fhir_reader *reader, const json_value *v)
{
    record_event times = {0};
    BASE_TRY(read_times(reader, v, &times));
    BASE_TRY(add_finding(reader, v + OBSERVATION_QUANTITY, &times, json_count(v[OBSERVATION_COMPONENT]) != 0));
    json_iterator iterator = json_iterate(v[OBSERVATION_COMPONENT]);
    for (json_value value; json_next(&iterator, NULL, &value);) {
        json_value component[COMPONENT_COUNT];
        BASE_TRY(fhir_pick(reader, value, SHAPE_COMPONENT, component));
        BASE_TRY(add_finding(reader, component, &times, false));
    }
    return 0;
}

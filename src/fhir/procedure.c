/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/internal.h"

/* performed[x]: the ages, ranges and strings give no day. Known when it was over. */
int fhir_procedure_events(fhir_reader *reader, const json_value *v)
{
    record_event *event;
    if (!json_present(v[PROCEDURE_CODE]))
        return 0;
    BASE_TRY(fhir_add(reader, RECORD_PROCEDURE, &event));
    BASE_TRY(fhir_concept(reader, v[PROCEDURE_CODE], &event->code));
    BASE_TRY(fhir_period(reader, v[PROCEDURE_PERFORMED_PERIOD], &event->start, &event->end));
    if (json_present(v[PROCEDURE_PERFORMED_DATE_TIME]))
        BASE_TRY(fhir_time(reader, v[PROCEDURE_PERFORMED_DATE_TIME], &event->start));
    event->known = base_time_known(event->end) ? event->end : event->start;
    return 0;
}

/* primarySource false: told by the patient or another record, not given at a visit of this one. */
int fhir_immunization_events(fhir_reader *reader, const json_value *v)
{
    record_event *event;
    bool primary = true;
    if (!json_present(v[IMMUNIZATION_VACCINE_CODE]))
        return 0;
    BASE_TRY(fhir_add(reader, RECORD_IMMUNIZATION, &event));
    BASE_TRY(fhir_concept(reader, v[IMMUNIZATION_VACCINE_CODE], &event->code));
    BASE_TRY(fhir_time(reader, v[IMMUNIZATION_OCCURRENCE_DATE_TIME], &event->start));
    BASE_TRY(fhir_time(reader, v[IMMUNIZATION_RECORDED], &event->known));
    if (!base_time_known(event->known))
        event->known = event->start;
    if (json_bool(v[IMMUNIZATION_PRIMARY_SOURCE], &primary) && !primary)
        event->flags |= RECORD_FLAG_HISTORICAL;
    return 0;
}

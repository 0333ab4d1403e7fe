/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/internal.h"

/* What requests, statements, administrations and dispenses have in common. */
typedef struct drug_event {
    record_kind kind; /* RECORD_MEDICATION of a patient, RECORD_SUBSTANCE of a shared Medication */
    uint32_t flags;
    base_time start, end, known;
} drug_event;

static int add_drug(fhir_reader *reader, const drug_event *drug, record_event **ret_event)
{
    BASE_TRY(fhir_add(reader, drug->kind, ret_event));
    (*ret_event)->flags = drug->flags;
    (*ret_event)->start = drug->start;
    (*ret_event)->end = drug->end;
    (*ret_event)->known = drug->known;
    return 0;
}

static int add_concept(fhir_reader *reader, const drug_event *drug, json_value concept)
{
    record_event *event;
    if (!json_present(concept))
        return 0;
    BASE_TRY(add_drug(reader, drug, &event));
    return fhir_concept(reader, concept, &event->code);
}

/* Medication or Substance elsewhere: its key, and the display of the reference as text should it never be found. */
static int add_reference(fhir_reader *reader, const drug_event *drug, const fhir_target *target)
{
    record_event *event;
    const bool known = target->type == FHIR_Medication || target->type == FHIR_Substance;
    const record_key key = known ? fhir_key(reader, target) : (record_key){0};
    if (record_key_none(key) && target->display.size == 0)
        return 0;
    BASE_TRY(add_drug(reader, drug, &event));
    event->reference = key;
    event->code.text = target->display;
    event->flags |= target->full_url ? RECORD_FLAG_FULL_URL : 0;
    return 0;
}

/* What an ingredient is made of: one step, never further, so contained resources that name each other end here. */
static int add_ingredient(fhir_reader *reader, const drug_event *drug, json_value value)
{
    json_value v[INGREDIENT_COUNT], coded[CODED_COUNT];
    fhir_target target;
    BASE_TRY(fhir_pick(reader, value, SHAPE_INGREDIENT, v));
    BASE_TRY(add_concept(reader, drug, v[INGREDIENT_ITEM_CONCEPT]));
    BASE_TRY(fhir_resolve(reader, v[INGREDIENT_ITEM_REFERENCE], FHIR_Substance, &target));
    if (!json_present(target.contained))
        return add_reference(reader, drug, &target);
    BASE_TRY(fhir_pick(reader, target.contained, SHAPE_CODED, coded));
    return add_concept(reader, drug, coded[CODED_CODE]);
}

static int add_medication(fhir_reader *reader, const drug_event *drug, const json_value *v)
{
    BASE_TRY(add_concept(reader, drug, v[MEDICATION_CODE]));
    json_iterator iterator = json_iterate(v[MEDICATION_INGREDIENT]);
    for (json_value value; json_next(&iterator, NULL, &value);)
        BASE_TRY(add_ingredient(reader, drug, value));
    return 0;
}

static int add_medication_x(fhir_reader *reader, const drug_event *drug, json_value concept, json_value reference)
{
    json_value v[MEDICATION_COUNT];
    fhir_target target;
    BASE_TRY(add_concept(reader, drug, concept));
    BASE_TRY(fhir_resolve(reader, reference, FHIR_Medication, &target));
    if (!json_present(target.contained))
        return add_reference(reader, drug, &target);
    BASE_TRY(fhir_pick(reader, target.contained, SHAPE_MEDICATION, v));
    return add_medication(reader, drug, v);
}

/* effective[x] of a statement or an administration. */
static int read_effective(fhir_reader *reader, json_value date_time, json_value period, drug_event *drug)
{
    BASE_TRY(fhir_period(reader, period, &drug->start, &drug->end));
    return json_present(date_time) ? fhir_time(reader, date_time, &drug->start) : 0;
}

int fhir_request_events(fhir_reader *reader, const json_value *v)
{
    drug_event drug = {.kind = RECORD_MEDICATION};
    bool reported = json_present(v[REQUEST_REPORTED_BY]);
    BASE_TRY(fhir_time(reader, v[REQUEST_AUTHORED_ON], &drug.start));
    drug.known = drug.start;
    (void)json_bool(v[REQUEST_REPORTED], &reported);
    drug.flags = reported ? RECORD_FLAG_HISTORICAL : 0;
    return add_medication_x(reader, &drug, v[REQUEST_CONCEPT], v[REQUEST_REFERENCE]);
}

/* A statement is what somebody says about drugs taken; without a visit it stands for none. */
int fhir_statement_events(fhir_reader *reader, const json_value *v)
{
    drug_event drug = {.kind = RECORD_MEDICATION};
    BASE_TRY(read_effective(reader, v[STATEMENT_EFFECTIVE_DATE_TIME], v[STATEMENT_EFFECTIVE_PERIOD], &drug));
    BASE_TRY(fhir_time(reader, v[STATEMENT_DATE_ASSERTED], &drug.known));
    drug.flags = record_key_none(reader->encounter) ? RECORD_FLAG_HISTORICAL : 0;
    return add_medication_x(reader, &drug, v[STATEMENT_CONCEPT], v[STATEMENT_REFERENCE]);
}

int fhir_administration_events(fhir_reader *reader, const json_value *v)
{
    drug_event drug = {.kind = RECORD_MEDICATION};
    BASE_TRY(read_effective(reader, v[ADMINISTRATION_EFFECTIVE_DATE_TIME], v[ADMINISTRATION_EFFECTIVE_PERIOD], &drug));
    drug.known = base_time_known(drug.end) ? drug.end : drug.start;
    return add_medication_x(reader, &drug, v[ADMINISTRATION_CONCEPT], v[ADMINISTRATION_REFERENCE]);
}

int fhir_dispense_events(fhir_reader *reader, const json_value *v)
{
    drug_event drug = {.kind = RECORD_MEDICATION};
    base_time prepared;
    BASE_TRY(fhir_time(reader, v[DISPENSE_PREPARED], &prepared));
    BASE_TRY(fhir_time(reader, v[DISPENSE_HANDED_OVER], &drug.start));
    if (!base_time_known(drug.start))
        drug.start = prepared;
    drug.known = drug.start;
    return add_medication_x(reader, &drug, v[DISPENSE_CONCEPT], v[DISPENSE_REFERENCE]);
}

int fhir_medication_events(fhir_reader *reader, const json_value *v)
{
    const drug_event drug = {.kind = RECORD_SUBSTANCE};
    return add_medication(reader, &drug, v);
}

int fhir_substance_events(fhir_reader *reader, const json_value *v)
{
    const drug_event drug = {.kind = RECORD_SUBSTANCE};
    return add_concept(reader, &drug, v[SUBSTANCE_CODE]);
}

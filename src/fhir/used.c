/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/internal.h"

/*
 * Which states of a resource are no statement about the patient: such a resource is a head without events. Values are
 * those of the R4 value sets named in the comments; a state that is not listed counts. What a status says today
 * (stopped, on-hold, resolved) is not history: the drug was taken, the disease was there, so those states stay.
 */

/* http://hl7.org/fhir/R4/valueset-condition-ver-status.html */
static const fhir_negation CONDITION_NEGATIONS[] = {
    {CONDITION_VERIFICATION, "refuted", "ruled out"},
    {CONDITION_VERIFICATION, "entered-in-error", "retracted"},
    {CONDITION_VERIFICATION, "differential", "one of several candidates, most of which are false"},
    /* unconfirmed and provisional count: the working diagnosis that care follows */
};

/* http://hl7.org/fhir/R4/valueset-allergyintolerance-verification.html */
static const fhir_negation ALLERGY_NEGATIONS[] = {
    {ALLERGY_VERIFICATION, "refuted", "ruled out"},
    {ALLERGY_VERIFICATION, "entered-in-error", "retracted"},
};

/* http://hl7.org/fhir/R4/valueset-encounter-status.html */
static const fhir_negation ENCOUNTER_NEGATIONS[] = {
    {ENCOUNTER_STATUS, "planned", "has not taken place"},
    {ENCOUNTER_STATUS, "cancelled", "ended before it began"},
    {ENCOUNTER_STATUS, "entered-in-error", "retracted"},
};

/* http://hl7.org/fhir/R4/valueset-observation-status.html */
static const fhir_negation OBSERVATION_NEGATIONS[] = {
    {OBSERVATION_STATUS, "registered", "no result yet"},
    {OBSERVATION_STATUS, "cancelled", "never measured, or not to be used"},
    {OBSERVATION_STATUS, "entered-in-error", "retracted"},
    {OBSERVATION_FOCUS, "*", "about another than the patient: a fetus, a donor, a relative"},
};

/* http://hl7.org/fhir/R4/valueset-medicationrequest-status.html, …-medicationrequest-intent.html */
static const fhir_negation REQUEST_NEGATIONS[] = {
    {REQUEST_STATUS, "draft", "not authorised yet"},
    {REQUEST_STATUS, "cancelled", "withdrawn before any was given"},
    {REQUEST_STATUS, "entered-in-error", "retracted"},
    {REQUEST_INTENT, "proposal", "nobody has ordered it"},
    {REQUEST_INTENT, "plan", "intended, not ordered"},
    {REQUEST_INTENT, "option", "one of several to choose from"},
    {REQUEST_DO_NOT_PERFORM, "true", "an order not to give it"},
};

/* http://hl7.org/fhir/R4/valueset-medication-statement-status.html */
static const fhir_negation STATEMENT_NEGATIONS[] = {
    {STATEMENT_STATUS, "not-taken", "was not taken"},
    {STATEMENT_STATUS, "intended", "may be taken in the future"},
    {STATEMENT_STATUS, "entered-in-error", "retracted"},
};

/* http://hl7.org/fhir/R4/valueset-medication-admin-status.html */
static const fhir_negation ADMINISTRATION_NEGATIONS[] = {
    {ADMINISTRATION_STATUS, "not-done", "was not given"},
    {ADMINISTRATION_STATUS, "entered-in-error", "retracted"},
};

/* http://hl7.org/fhir/R4/valueset-medicationdispense-status.html */
static const fhir_negation DISPENSE_NEGATIONS[] = {
    {DISPENSE_STATUS, "preparation", "not handed over yet"},
    {DISPENSE_STATUS, "cancelled", "never handed over"},
    {DISPENSE_STATUS, "declined", "never handed over"},
    {DISPENSE_STATUS, "entered-in-error", "retracted"},
};

/* http://hl7.org/fhir/R4/valueset-event-status.html */
static const fhir_negation PROCEDURE_NEGATIONS[] = {
    {PROCEDURE_STATUS, "preparation", "has not begun"},
    {PROCEDURE_STATUS, "not-done", "was not carried out"},
    {PROCEDURE_STATUS, "entered-in-error", "retracted"},
};

/* http://hl7.org/fhir/R4/valueset-immunization-status.html */
static const fhir_negation IMMUNIZATION_NEGATIONS[] = {
    {IMMUNIZATION_STATUS, "not-done", "was not given"},
    {IMMUNIZATION_STATUS, "entered-in-error", "retracted"},
};

/* http://hl7.org/fhir/R4/valueset-medication-status.html, …-substance-status.html */
static const fhir_negation MEDICATION_NEGATIONS[] = {{MEDICATION_STATUS, "entered-in-error", "retracted"}};
static const fhir_negation SUBSTANCE_NEGATIONS[] = {{SUBSTANCE_STATUS, "entered-in-error", "retracted"}};

#define ROWS(table) (table), sizeof(table) / sizeof((table)[0])
#define NO_ROWS     NULL, 0

/* FamilyMemberHistory is about another person and stands in no row: it never counts. */
static const fhir_used USED[] = {
    {FHIR_Patient, SHAPE_PATIENT, FHIR_OWNER_SELF, NO_SLOT, NO_SLOT, NO_SLOT, fhir_patient_events, NO_ROWS},
    {FHIR_Encounter, SHAPE_ENCOUNTER, FHIR_OWNER_SUBJECT, ENCOUNTER_SUBJECT, NO_SLOT, NO_SLOT, fhir_encounter_events,
     ROWS(ENCOUNTER_NEGATIONS)},
    {FHIR_Condition, SHAPE_CONDITION, FHIR_OWNER_SUBJECT, CONDITION_SUBJECT, CONDITION_ENCOUNTER, NO_SLOT,
     fhir_condition_events, ROWS(CONDITION_NEGATIONS)},
    {FHIR_AllergyIntolerance, SHAPE_ALLERGY, FHIR_OWNER_SUBJECT, ALLERGY_PATIENT, ALLERGY_ENCOUNTER, NO_SLOT,
     fhir_allergy_events, ROWS(ALLERGY_NEGATIONS)},
    {FHIR_Observation, SHAPE_OBSERVATION, FHIR_OWNER_SUBJECT, OBSERVATION_SUBJECT, OBSERVATION_ENCOUNTER, NO_SLOT,
     fhir_observation_events, ROWS(OBSERVATION_NEGATIONS)},
    {FHIR_MedicationRequest, SHAPE_REQUEST, FHIR_OWNER_SUBJECT, REQUEST_SUBJECT, REQUEST_ENCOUNTER, NO_SLOT,
     fhir_request_events, ROWS(REQUEST_NEGATIONS)},
    {FHIR_MedicationStatement, SHAPE_STATEMENT, FHIR_OWNER_SUBJECT, STATEMENT_SUBJECT, STATEMENT_CONTEXT, NO_SLOT,
     fhir_statement_events, ROWS(STATEMENT_NEGATIONS)},
    {FHIR_MedicationAdministration, SHAPE_ADMINISTRATION, FHIR_OWNER_SUBJECT, ADMINISTRATION_SUBJECT,
     ADMINISTRATION_CONTEXT, NO_SLOT, fhir_administration_events, ROWS(ADMINISTRATION_NEGATIONS)},
    {FHIR_MedicationDispense, SHAPE_DISPENSE, FHIR_OWNER_SUBJECT, DISPENSE_SUBJECT, DISPENSE_CONTEXT, NO_SLOT,
     fhir_dispense_events, ROWS(DISPENSE_NEGATIONS)},
    {FHIR_Procedure, SHAPE_PROCEDURE, FHIR_OWNER_SUBJECT, PROCEDURE_SUBJECT, PROCEDURE_ENCOUNTER, NO_SLOT,
     fhir_procedure_events, ROWS(PROCEDURE_NEGATIONS)},
    {FHIR_Immunization, SHAPE_IMMUNIZATION, FHIR_OWNER_SUBJECT, IMMUNIZATION_PATIENT, IMMUNIZATION_ENCOUNTER, NO_SLOT,
     fhir_immunization_events, ROWS(IMMUNIZATION_NEGATIONS)},
    {FHIR_Medication, SHAPE_MEDICATION, FHIR_OWNER_SHARED, NO_SLOT, NO_SLOT, MEDICATION_IDENTIFIER,
     fhir_medication_events, ROWS(MEDICATION_NEGATIONS)},
    {FHIR_Substance, SHAPE_SUBSTANCE, FHIR_OWNER_SHARED, NO_SLOT, NO_SLOT, SUBSTANCE_IDENTIFIER, fhir_substance_events,
     ROWS(SUBSTANCE_NEGATIONS)},
    {FHIR_Location, SHAPE_LOCATION, FHIR_OWNER_SHARED, NO_SLOT, NO_SLOT, LOCATION_IDENTIFIER, fhir_location_events,
     NO_ROWS},
    {FHIR_Organization, SHAPE_ORGANIZATION, FHIR_OWNER_SHARED, NO_SLOT, NO_SLOT, ORGANIZATION_IDENTIFIER,
     fhir_organization_events, NO_ROWS},
};

const fhir_used *fhir_used_of(fhir_resource_type type)
{
    for (size_t i = 0; i < sizeof(USED) / sizeof(USED[0]); i++)
        if (USED[i].type == type)
            return &USED[i];
    return NULL;
}

/* "Entered in Error" and "entered-in-error" are the same; for a concept that has only text. */
static bool same_words(base_span text, const char *code)
{
    if (text.size != strlen(code))
        return false;
    for (size_t i = 0; i < text.size; i++) {
        const char c = text.data[i];
        const char lower = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c == ' ' ? '-' : c;
        if (lower != code[i])
            return false;
    }
    return true;
}

static bool concept_says(const record_concept *concept, const char *code)
{
    for (uint32_t i = 0; i < concept->count; i++)
        if (base_span_is(concept->codings[i].code, code))
            return true;
    return concept->count == 0 && same_words(concept->text, code);
}

static int says(fhir_reader *reader, json_value value, const char *code, bool *ret_says)
{
    record_concept concept;
    bool truth = false;
    switch (json_type_of(value)) {
    case JSON_STRING:
        *ret_says = base_span_is(json_string(value), code);
        return 0;
    case JSON_BOOL:
        *ret_says = json_bool(value, &truth) && truth == base_span_is(base_span_of(code), "true");
        return 0;
    case JSON_OBJECT:
        BASE_TRY(fhir_concept(reader, value, &concept));
        *ret_says = concept_says(&concept, code);
        return 0;
    default:
        *ret_says = code[0] == '*' && json_count(value) != 0;
        return 0;
    }
}

/* R4 2.4 (DomainResource.modifierExtension): what is not understood there may turn the meaning around, so a resource
 * with one is not taken for a statement. */
int fhir_is_negated(fhir_reader *reader, const fhir_used *used, const json_value *elements, bool *ret_negated)
{
    *ret_negated = json_count(elements[RESOURCE_MODIFIER]) != 0;
    for (size_t i = 0; i < used->negation_count && !*ret_negated; i++) {
        const fhir_negation *row = &used->negations[i];
        BASE_TRY(says(reader, elements[row->element], row->value, ret_negated));
    }
    return 0;
}

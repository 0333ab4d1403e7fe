/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_SHAPE_H
#define FHIR_SHAPE_H

/*
 * Which elements are used, and the JSON type that R4 gives each. One list a shape; an element that stands in no list is
 * never looked at. X(shape, element, "name", kind).
 *
 * Deviations from R4, each because exports in the wild need it: a member that is null counts as absent; Encounter.class
 * may be the list of CodeableConcept of R5; Condition.assertedDate of STU3 is read beside R4's extension.
 */
typedef enum fhir_shape_kind { FHIR_TEXT, FHIR_BOOL, FHIR_NUMBER, FHIR_OBJECT, FHIR_LIST, FHIR_EITHER } fhir_shape_kind;

/* Every resource begins with these, so that RESOURCE_ID … are right for all of them. */
#define RESOURCE_ELEMENTS(X, S)                                                                                        \
    X(S, ID, "id", FHIR_TEXT)                                                                                          \
    X(S, META, "meta", FHIR_OBJECT)                                                                                    \
    X(S, MODIFIER, "modifierExtension", FHIR_LIST)                                                                     \
    X(S, CONTAINED, "contained", FHIR_LIST)

#define ELEMENTS_RESOURCE(X) RESOURCE_ELEMENTS(X, RESOURCE)

#define ELEMENTS_META(X) X(META, LAST_UPDATED, "lastUpdated", FHIR_TEXT)

#define ELEMENTS_PERIOD(X)                                                                                             \
    X(PERIOD, START, "start", FHIR_TEXT)                                                                               \
    X(PERIOD, END, "end", FHIR_TEXT)

#define ELEMENTS_CODING(X)                                                                                             \
    X(CODING, SYSTEM, "system", FHIR_TEXT)                                                                             \
    X(CODING, CODE, "code", FHIR_TEXT)                                                                                 \
    X(CODING, DISPLAY, "display", FHIR_TEXT)

#define ELEMENTS_CONCEPT(X)                                                                                            \
    X(CONCEPT, CODING, "coding", FHIR_LIST)                                                                            \
    X(CONCEPT, TEXT, "text", FHIR_TEXT)

#define ELEMENTS_QUANTITY(X)                                                                                           \
    X(QUANTITY, VALUE, "value", FHIR_NUMBER)                                                                           \
    X(QUANTITY, COMPARATOR, "comparator", FHIR_TEXT)                                                                   \
    X(QUANTITY, UNIT, "unit", FHIR_TEXT)                                                                               \
    X(QUANTITY, SYSTEM, "system", FHIR_TEXT)                                                                           \
    X(QUANTITY, CODE, "code", FHIR_TEXT)

#define ELEMENTS_IDENTIFIER(X)                                                                                         \
    X(IDENTIFIER, SYSTEM, "system", FHIR_TEXT)                                                                         \
    X(IDENTIFIER, VALUE, "value", FHIR_TEXT)

#define ELEMENTS_REFERENCE(X)                                                                                          \
    X(REFERENCE, REFERENCE, "reference", FHIR_TEXT)                                                                    \
    X(REFERENCE, TYPE, "type", FHIR_TEXT)                                                                              \
    X(REFERENCE, IDENTIFIER, "identifier", FHIR_OBJECT)                                                                \
    X(REFERENCE, DISPLAY, "display", FHIR_TEXT)

#define ELEMENTS_ADDRESS(X)                                                                                            \
    X(ADDRESS, USE, "use", FHIR_TEXT)                                                                                  \
    X(ADDRESS, TEXT, "text", FHIR_TEXT)                                                                                \
    X(ADDRESS, CITY, "city", FHIR_TEXT)                                                                                \
    X(ADDRESS, STATE, "state", FHIR_TEXT)                                                                              \
    X(ADDRESS, POSTAL_CODE, "postalCode", FHIR_TEXT)                                                                   \
    X(ADDRESS, COUNTRY, "country", FHIR_TEXT)                                                                          \
    X(ADDRESS, PERIOD, "period", FHIR_OBJECT)

#define ELEMENTS_BUNDLE(X)                                                                                             \
    X(BUNDLE, TYPE, "type", FHIR_TEXT)                                                                                 \
    X(BUNDLE, ENTRY, "entry", FHIR_LIST)

#define ELEMENTS_ENTRY(X)                                                                                              \
    X(ENTRY, FULL_URL, "fullUrl", FHIR_TEXT)                                                                           \
    X(ENTRY, RESOURCE, "resource", FHIR_OBJECT)

#define ELEMENTS_PATIENT(X)                                                                                            \
    RESOURCE_ELEMENTS(X, PATIENT)                                                                                      \
    X(PATIENT, IDENTIFIER, "identifier", FHIR_LIST)                                                                    \
    X(PATIENT, GENDER, "gender", FHIR_TEXT)                                                                            \
    X(PATIENT, BIRTH_DATE, "birthDate", FHIR_TEXT)                                                                     \
    X(PATIENT, DECEASED_BOOLEAN, "deceasedBoolean", FHIR_BOOL)                                                         \
    X(PATIENT, DECEASED_DATE_TIME, "deceasedDateTime", FHIR_TEXT)                                                      \
    X(PATIENT, ADDRESS, "address", FHIR_LIST)                                                                          \
    X(PATIENT, LINK, "link", FHIR_LIST)                                                                                \
    X(PATIENT, EXTENSION, "extension", FHIR_LIST)

#define ELEMENTS_LINK(X) X(LINK, OTHER, "other", FHIR_OBJECT)

#define ELEMENTS_ENCOUNTER(X)                                                                                          \
    RESOURCE_ELEMENTS(X, ENCOUNTER)                                                                                    \
    X(ENCOUNTER, IDENTIFIER, "identifier", FHIR_LIST)                                                                  \
    X(ENCOUNTER, STATUS, "status", FHIR_TEXT)                                                                          \
    X(ENCOUNTER, CLASS, "class", FHIR_EITHER)                                                                          \
    X(ENCOUNTER, TYPE, "type", FHIR_LIST)                                                                              \
    X(ENCOUNTER, SERVICE_TYPE, "serviceType", FHIR_OBJECT)                                                             \
    X(ENCOUNTER, SUBJECT, "subject", FHIR_OBJECT)                                                                      \
    X(ENCOUNTER, PERIOD, "period", FHIR_OBJECT)                                                                        \
    X(ENCOUNTER, REASON_CODE, "reasonCode", FHIR_LIST)                                                                 \
    X(ENCOUNTER, REASON_REFERENCE, "reasonReference", FHIR_LIST)                                                       \
    X(ENCOUNTER, HOSPITALIZATION, "hospitalization", FHIR_OBJECT)                                                      \
    X(ENCOUNTER, LOCATION, "location", FHIR_LIST)                                                                      \
    X(ENCOUNTER, SERVICE_PROVIDER, "serviceProvider", FHIR_OBJECT)

#define ELEMENTS_STAY(X) X(STAY, DISCHARGE, "dischargeDisposition", FHIR_OBJECT)

#define ELEMENTS_WHERE(X) X(WHERE, LOCATION, "location", FHIR_OBJECT)

#define ELEMENTS_CODED(X) X(CODED, CODE, "code", FHIR_OBJECT)

#define ELEMENTS_CONDITION(X)                                                                                          \
    RESOURCE_ELEMENTS(X, CONDITION)                                                                                    \
    X(CONDITION, VERIFICATION, "verificationStatus", FHIR_OBJECT)                                                      \
    X(CONDITION, CODE, "code", FHIR_OBJECT)                                                                            \
    X(CONDITION, SUBJECT, "subject", FHIR_OBJECT)                                                                      \
    X(CONDITION, ENCOUNTER, "encounter", FHIR_OBJECT)                                                                  \
    X(CONDITION, ONSET_DATE_TIME, "onsetDateTime", FHIR_TEXT)                                                          \
    X(CONDITION, ONSET_PERIOD, "onsetPeriod", FHIR_OBJECT)                                                             \
    X(CONDITION, ABATEMENT_DATE_TIME, "abatementDateTime", FHIR_TEXT)                                                  \
    X(CONDITION, ABATEMENT_PERIOD, "abatementPeriod", FHIR_OBJECT)                                                     \
    X(CONDITION, RECORDED_DATE, "recordedDate", FHIR_TEXT)                                                             \
    X(CONDITION, ASSERTED_DATE, "assertedDate", FHIR_TEXT)                                                             \
    X(CONDITION, EXTENSION, "extension", FHIR_LIST)

#define ELEMENTS_ALLERGY(X)                                                                                            \
    RESOURCE_ELEMENTS(X, ALLERGY)                                                                                      \
    X(ALLERGY, VERIFICATION, "verificationStatus", FHIR_OBJECT)                                                        \
    X(ALLERGY, CODE, "code", FHIR_OBJECT)                                                                              \
    X(ALLERGY, PATIENT, "patient", FHIR_OBJECT)                                                                        \
    X(ALLERGY, ENCOUNTER, "encounter", FHIR_OBJECT)                                                                    \
    X(ALLERGY, ONSET_DATE_TIME, "onsetDateTime", FHIR_TEXT)                                                            \
    X(ALLERGY, ONSET_PERIOD, "onsetPeriod", FHIR_OBJECT)                                                               \
    X(ALLERGY, RECORDED_DATE, "recordedDate", FHIR_TEXT)                                                               \
    X(ALLERGY, LAST_OCCURRENCE, "lastOccurrence", FHIR_TEXT)                                                           \
    X(ALLERGY, REACTION, "reaction", FHIR_LIST)

#define ELEMENTS_REACTION(X) X(REACTION, SUBSTANCE, "substance", FHIR_OBJECT)

/* value[x] and dataAbsentReason, alike in Observation and Observation.component. */
#define VALUE_ELEMENTS(X, S)                                                                                           \
    X(S, QUANTITY, "valueQuantity", FHIR_OBJECT)                                                                       \
    X(S, CONCEPT, "valueCodeableConcept", FHIR_OBJECT)                                                                 \
    X(S, STRING, "valueString", FHIR_TEXT)                                                                             \
    X(S, BOOLEAN, "valueBoolean", FHIR_BOOL)                                                                           \
    X(S, INTEGER, "valueInteger", FHIR_NUMBER)                                                                         \
    X(S, DATE_TIME, "valueDateTime", FHIR_TEXT)                                                                        \
    X(S, PERIOD, "valuePeriod", FHIR_OBJECT)                                                                           \
    X(S, ABSENT, "dataAbsentReason", FHIR_OBJECT)                                                                      \
    X(S, INTERPRETATION, "interpretation", FHIR_LIST)                                                                  \
    X(S, CODE, "code", FHIR_OBJECT)

#define ELEMENTS_OBSERVATION(X)                                                                                        \
    RESOURCE_ELEMENTS(X, OBSERVATION)                                                                                  \
    VALUE_ELEMENTS(X, OBSERVATION)                                                                                     \
    X(OBSERVATION, STATUS, "status", FHIR_TEXT)                                                                        \
    X(OBSERVATION, SUBJECT, "subject", FHIR_OBJECT)                                                                    \
    X(OBSERVATION, FOCUS, "focus", FHIR_LIST)                                                                          \
    X(OBSERVATION, ENCOUNTER, "encounter", FHIR_OBJECT)                                                                \
    X(OBSERVATION, EFFECTIVE_DATE_TIME, "effectiveDateTime", FHIR_TEXT)                                                \
    X(OBSERVATION, EFFECTIVE_PERIOD, "effectivePeriod", FHIR_OBJECT)                                                   \
    X(OBSERVATION, EFFECTIVE_INSTANT, "effectiveInstant", FHIR_TEXT)                                                   \
    X(OBSERVATION, ISSUED, "issued", FHIR_TEXT)                                                                        \
    X(OBSERVATION, COMPONENT, "component", FHIR_LIST)

#define ELEMENTS_COMPONENT(X) VALUE_ELEMENTS(X, COMPONENT)

/* medication[x], alike in the four resources about drugs. */
#define DRUG_ELEMENTS(X, S)                                                                                            \
    X(S, CONCEPT, "medicationCodeableConcept", FHIR_OBJECT)                                                            \
    X(S, REFERENCE, "medicationReference", FHIR_OBJECT)                                                                \
    X(S, STATUS, "status", FHIR_TEXT)                                                                                  \
    X(S, SUBJECT, "subject", FHIR_OBJECT)

#define ELEMENTS_REQUEST(X)                                                                                            \
    RESOURCE_ELEMENTS(X, REQUEST)                                                                                      \
    DRUG_ELEMENTS(X, REQUEST)                                                                                          \
    X(REQUEST, INTENT, "intent", FHIR_TEXT)                                                                            \
    X(REQUEST, DO_NOT_PERFORM, "doNotPerform", FHIR_BOOL)                                                              \
    X(REQUEST, REPORTED, "reportedBoolean", FHIR_BOOL)                                                                 \
    X(REQUEST, REPORTED_BY, "reportedReference", FHIR_OBJECT)                                                          \
    X(REQUEST, ENCOUNTER, "encounter", FHIR_OBJECT)                                                                    \
    X(REQUEST, AUTHORED_ON, "authoredOn", FHIR_TEXT)

#define ELEMENTS_STATEMENT(X)                                                                                          \
    RESOURCE_ELEMENTS(X, STATEMENT)                                                                                    \
    DRUG_ELEMENTS(X, STATEMENT)                                                                                        \
    X(STATEMENT, CONTEXT, "context", FHIR_OBJECT)                                                                      \
    X(STATEMENT, EFFECTIVE_DATE_TIME, "effectiveDateTime", FHIR_TEXT)                                                  \
    X(STATEMENT, EFFECTIVE_PERIOD, "effectivePeriod", FHIR_OBJECT)                                                     \
    X(STATEMENT, DATE_ASSERTED, "dateAsserted", FHIR_TEXT)

#define ELEMENTS_ADMINISTRATION(X)                                                                                     \
    RESOURCE_ELEMENTS(X, ADMINISTRATION)                                                                               \
    DRUG_ELEMENTS(X, ADMINISTRATION)                                                                                   \
    X(ADMINISTRATION, CONTEXT, "context", FHIR_OBJECT)                                                                 \
    X(ADMINISTRATION, EFFECTIVE_DATE_TIME, "effectiveDateTime", FHIR_TEXT)                                             \
    X(ADMINISTRATION, EFFECTIVE_PERIOD, "effectivePeriod", FHIR_OBJECT)

#define ELEMENTS_DISPENSE(X)                                                                                           \
    RESOURCE_ELEMENTS(X, DISPENSE)                                                                                     \
    DRUG_ELEMENTS(X, DISPENSE)                                                                                         \
    X(DISPENSE, CONTEXT, "context", FHIR_OBJECT)                                                                       \
    X(DISPENSE, PREPARED, "whenPrepared", FHIR_TEXT)                                                                   \
    X(DISPENSE, HANDED_OVER, "whenHandedOver", FHIR_TEXT)

#define ELEMENTS_PROCEDURE(X)                                                                                          \
    RESOURCE_ELEMENTS(X, PROCEDURE)                                                                                    \
    X(PROCEDURE, STATUS, "status", FHIR_TEXT)                                                                          \
    X(PROCEDURE, CODE, "code", FHIR_OBJECT)                                                                            \
    X(PROCEDURE, SUBJECT, "subject", FHIR_OBJECT)                                                                      \
    X(PROCEDURE, ENCOUNTER, "encounter", FHIR_OBJECT)                                                                  \
    X(PROCEDURE, PERFORMED_DATE_TIME, "performedDateTime", FHIR_TEXT)                                                  \
    X(PROCEDURE, PERFORMED_PERIOD, "performedPeriod", FHIR_OBJECT)

#define ELEMENTS_IMMUNIZATION(X)                                                                                       \
    RESOURCE_ELEMENTS(X, IMMUNIZATION)                                                                                 \
    X(IMMUNIZATION, STATUS, "status", FHIR_TEXT)                                                                       \
    X(IMMUNIZATION, STATUS_REASON, "statusReason", FHIR_OBJECT)                                                        \
    X(IMMUNIZATION, VACCINE_CODE, "vaccineCode", FHIR_OBJECT)                                                          \
    X(IMMUNIZATION, PATIENT, "patient", FHIR_OBJECT)                                                                   \
    X(IMMUNIZATION, ENCOUNTER, "encounter", FHIR_OBJECT)                                                               \
    X(IMMUNIZATION, OCCURRENCE_DATE_TIME, "occurrenceDateTime", FHIR_TEXT)                                             \
    X(IMMUNIZATION, RECORDED, "recorded", FHIR_TEXT)                                                                   \
    X(IMMUNIZATION, PRIMARY_SOURCE, "primarySource", FHIR_BOOL)

#define ELEMENTS_MEDICATION(X)                                                                                         \
    RESOURCE_ELEMENTS(X, MEDICATION)                                                                                   \
    X(MEDICATION, IDENTIFIER, "identifier", FHIR_LIST)                                                                 \
    X(MEDICATION, STATUS, "status", FHIR_TEXT)                                                                         \
    X(MEDICATION, CODE, "code", FHIR_OBJECT)                                                                           \
    X(MEDICATION, INGREDIENT, "ingredient", FHIR_LIST)

#define ELEMENTS_INGREDIENT(X)                                                                                         \
    X(INGREDIENT, ITEM_CONCEPT, "itemCodeableConcept", FHIR_OBJECT)                                                    \
    X(INGREDIENT, ITEM_REFERENCE, "itemReference", FHIR_OBJECT)

#define ELEMENTS_SUBSTANCE(X)                                                                                          \
    RESOURCE_ELEMENTS(X, SUBSTANCE)                                                                                    \
    X(SUBSTANCE, IDENTIFIER, "identifier", FHIR_LIST)                                                                  \
    X(SUBSTANCE, STATUS, "status", FHIR_TEXT)                                                                          \
    X(SUBSTANCE, CODE, "code", FHIR_OBJECT)

#define ELEMENTS_LOCATION(X)                                                                                           \
    RESOURCE_ELEMENTS(X, LOCATION)                                                                                     \
    X(LOCATION, IDENTIFIER, "identifier", FHIR_LIST)                                                                   \
    X(LOCATION, TYPE, "type", FHIR_LIST)                                                                               \
    X(LOCATION, PHYSICAL_TYPE, "physicalType", FHIR_OBJECT)                                                            \
    X(LOCATION, ADDRESS, "address", FHIR_OBJECT)                                                                       \
    X(LOCATION, ORGANIZATION, "managingOrganization", FHIR_OBJECT)

#define ELEMENTS_ORGANIZATION(X)                                                                                       \
    RESOURCE_ELEMENTS(X, ORGANIZATION)                                                                                 \
    X(ORGANIZATION, IDENTIFIER, "identifier", FHIR_LIST)                                                               \
    X(ORGANIZATION, TYPE, "type", FHIR_LIST)                                                                           \
    X(ORGANIZATION, ADDRESS, "address", FHIR_LIST)

/* clang-format off */
#define FHIR_SHAPES(X)                                                                                                 \
    X(RESOURCE) X(META) X(PERIOD) X(CODING) X(CONCEPT) X(QUANTITY) X(IDENTIFIER) X(REFERENCE) X(ADDRESS) X(BUNDLE)     \
    X(ENTRY) X(PATIENT) X(LINK) X(ENCOUNTER) X(STAY) X(WHERE) X(CODED) X(CONDITION) X(ALLERGY) X(REACTION)             \
    X(OBSERVATION) X(COMPONENT) X(REQUEST) X(STATEMENT) X(ADMINISTRATION) X(DISPENSE) X(PROCEDURE) X(IMMUNIZATION)     \
    X(MEDICATION) X(INGREDIENT) X(SUBSTANCE) X(LOCATION) X(ORGANIZATION)
/* clang-format on */

typedef enum fhir_shape {
#define X(shape) SHAPE_##shape,
    FHIR_SHAPES(X)
#undef X
        FHIR_SHAPE_COUNT,
} fhir_shape;

/* CODING_SYSTEM, CODING_CODE, CODING_DISPLAY, CODING_COUNT: the slots of a picked object. */
#define FHIR_SLOT(shape, element, name, kind) shape##_##element,
#define X(shape)                              enum { ELEMENTS_##shape(FHIR_SLOT) shape##_COUNT };
FHIR_SHAPES(X)
#undef X

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/validate_internal.h"

/*
 * Other releases of FHIR look much like R4. What tells them apart: types and elements that only they have (from the
 * resource lists and the "differences" of hl7.org/fhir/R4 and R5), the fhirVersion of a conformance resource, and
 * profiles that carry a release in their URL.
 */
static const char *const STU3_TYPES[] = {
    "BodySite",         "DataElement",     "DeviceComponent",   "EligibilityRequest", "EligibilityResponse",
    "ExpansionProfile", "ImagingManifest", "ProcedureRequest",  "ProcessRequest",     "ProcessResponse",
    "ReferralRequest",  "Sequence",        "ServiceDefinition",
};

static const char *const R5_TYPES[] = {
    "ActorDefinition",
    "AdministrableProductDefinition",
    "ArtifactAssessment",
    "BiologicallyDerivedProductDispense",
    "Citation",
    "ClinicalUseDefinition",
    "ConditionDefinition",
    "DeviceAssociation",
    "DeviceDispense",
    "DeviceUsage",
    "EncounterHistory",
    "EvidenceReport",
    "FormularyItem",
    "GenomicStudy",
    "ImagingSelection",
    "Ingredient",
    "InventoryItem",
    "InventoryReport",
    "ManufacturedItemDefinition",
    "MedicinalProductDefinition",
    "NutritionIntake",
    "NutritionProduct",
    "PackagedProductDefinition",
    "Permission",
    "RegulatedAuthorization",
    "RequestOrchestration",
    "Requirements",
    "SubscriptionStatus",
    "SubscriptionTopic",
    "SubstanceDefinition",
    "TestPlan",
    "Transport",
};

/* Elements by which resources of the common types give themselves away. */
static const struct {
    const char *type, *element;
    fhir_rule_id rule;
} ELEMENTS[] = {
    {"Patient", "animal", FHIR_RULE_STU3},
    {"Encounter", "actualPeriod", FHIR_RULE_R5},
    {"Encounter", "admission", FHIR_RULE_R5},
    {"Encounter", "incomingReferral", FHIR_RULE_STU3},
    {"Condition", "context", FHIR_RULE_STU3},
    {"Condition", "assertedDate", FHIR_RULE_STU3},
    {"Condition", "participant", FHIR_RULE_R5},
    {"Observation", "context", FHIR_RULE_STU3},
    {"Observation", "comment", FHIR_RULE_STU3},
    {"Observation", "related", FHIR_RULE_STU3},
    {"Observation", "triggeredBy", FHIR_RULE_R5},
    {"MedicationRequest", "context", FHIR_RULE_STU3},
    {"MedicationRequest", "definition", FHIR_RULE_STU3},
    {"MedicationRequest", "medication", FHIR_RULE_R5},
    {"MedicationAdministration", "medication", FHIR_RULE_R5},
    {"MedicationAdministration", "prescription", FHIR_RULE_STU3},
    {"MedicationDispense", "medication", FHIR_RULE_R5},
    {"MedicationStatement", "medication", FHIR_RULE_R5},
    {"MedicationStatement", "taken", FHIR_RULE_STU3},
    {"Procedure", "context", FHIR_RULE_STU3},
    {"Procedure", "notDone", FHIR_RULE_STU3},
    {"Procedure", "occurrenceDateTime", FHIR_RULE_R5},
    {"Procedure", "reason", FHIR_RULE_R5},
    {"DiagnosticReport", "context", FHIR_RULE_STU3},
    {"Immunization", "notGiven", FHIR_RULE_STU3},
    {"Immunization", "explanation", FHIR_RULE_STU3},
    {"AllergyIntolerance", "assertedDate", FHIR_RULE_STU3},
    {"AllergyIntolerance", "participant", FHIR_RULE_R5},
    {"Medication", "isBrand", FHIR_RULE_STU3},
    {"Medication", "doseForm", FHIR_RULE_R5},
    {"CarePlan", "context", FHIR_RULE_STU3},
    {"ServiceRequest", "reason", FHIR_RULE_R5},
    {"Claim", "organization", FHIR_RULE_STU3},
    {"Coverage", "insurer", FHIR_RULE_R5},
    {"Location", "characteristic", FHIR_RULE_R5},
    {"DocumentReference", "indexed", FHIR_RULE_STU3},
    {"DocumentReference", "modality", FHIR_RULE_R5},
};

static bool listed(const char *const *names, size_t count, base_span name)
{
    for (size_t i = 0; i < count; i++)
        if (base_span_is(name, names[i]))
            return true;
    return false;
}

bool fhir_other_version(fhir_type type, base_span element, fhir_rule_id *ret_rule)
{
    const char *name = fhir_schema_type_name(type);
    for (size_t i = 0; i < sizeof(ELEMENTS) / sizeof(ELEMENTS[0]); i++)
        if (base_span_is(element, ELEMENTS[i].element) && strcmp(name, ELEMENTS[i].type) == 0) {
            *ret_rule = ELEMENTS[i].rule;
            return true;
        }
    return false;
}

/* "http://hl7.org/fhir/3.0/StructureDefinition/Patient", "http://hl7.org/fhir/StructureDefinition/Patient|5.0.0". Only
 * HL7's own: the versions of other profiles are their own matter. */
static fhir_rule_id release_of(base_span url)
{
    static const struct {
        const char *begin, *version;
        fhir_rule_id rule;
    } releases[] = {
        {"http://hl7.org/fhir/3.0/", "|3.0", FHIR_RULE_STU3}, {"http://hl7.org/fhir/STU3/", "|1.", FHIR_RULE_STU3},
        {"http://hl7.org/fhir/5.0/", "|5.0", FHIR_RULE_R5},   {"http://hl7.org/fhir/4.3/", "|4.3", FHIR_RULE_R5},
        {"http://hl7.org/fhir/R5/", "|5.", FHIR_RULE_R5},     {"http://hl7.org/fhir/R4B/", "|4.3", FHIR_RULE_R5},
    };
    const bool core = base_span_starts(url, BASE_SPAN("http://hl7.org/fhir/StructureDefinition/"));
    const char *bar = url.size != 0 ? memchr(url.data, '|', url.size) : NULL;
    const base_span version = bar != NULL ? (base_span){bar, (size_t)(url.data + url.size - bar)} : (base_span){0};
    for (size_t i = 0; i < sizeof(releases) / sizeof(releases[0]); i++)
        if (base_span_starts(url, base_span_of(releases[i].begin)) ||
            (core && base_span_starts(version, base_span_of(releases[i].version))))
            return releases[i].rule;
    return FHIR_RULE_COUNT;
}

/* The release that a conformance resource says it is written in: fhirVersion of what describes a server. */
static fhir_rule_id stated(base_span type, json_value value)
{
    if (!base_span_is(type, "CapabilityStatement"))
        return FHIR_RULE_COUNT;
    const base_span version = json_string(json_get(value, "fhirVersion"));
    if (base_span_starts(version, BASE_SPAN("3.0")) || base_span_starts(version, BASE_SPAN("1.")))
        return FHIR_RULE_STU3;
    return base_span_starts(version, BASE_SPAN("5.")) || base_span_starts(version, BASE_SPAN("4.3")) ? FHIR_RULE_R5
                                                                                                     : FHIR_RULE_COUNT;
}

bool fhir_check_version(fhir_validator *v, const fhir_frame *frame, base_span type_name)
{
    fhir_rule_id rule = stated(type_name, frame->value);
    if (frame->type == v->types.resource) { /* no type of R4 */
        if (listed(STU3_TYPES, sizeof(STU3_TYPES) / sizeof(STU3_TYPES[0]), type_name))
            rule = FHIR_RULE_STU3;
        else if (listed(R5_TYPES, sizeof(R5_TYPES) / sizeof(R5_TYPES[0]), type_name))
            rule = FHIR_RULE_R5;
    }
    json_iterator profiles = json_iterate(json_get(json_get(frame->value, "meta"), "profile"));
    for (json_value profile; rule == FHIR_RULE_COUNT && json_next(&profiles, NULL, &profile);)
        rule = release_of(json_string(profile));
    if (rule != FHIR_RULE_COUNT)
        fhir_issue_at(v, frame, NULL, -1, frame->value, rule);
    return rule == FHIR_RULE_COUNT;
}

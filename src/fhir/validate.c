/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/validate_internal.h"

#include <stdlib.h>
#include <sys/random.h>

static fhir_type type_named(const char *name)
{
    return fhir_schema_type(name, strlen(name));
}

static void find_types(fhir_known_types *types)
{
    *types = (fhir_known_types){
        .resource = type_named("Resource"),
        .domain = type_named("DomainResource"),
        .bundle = type_named("Bundle"),
        .entry = type_named("Bundle.entry"),
        .reference = type_named("Reference"),
        .coding = type_named("Coding"),
        .concept = type_named("CodeableConcept"),
        .extension = type_named("Extension"),
        .period = type_named("Period"),
        .range = type_named("Range"),
        .quantity = type_named("Quantity"),
        .count = type_named("Count"),
        .observation = type_named("Observation"),
        .questionnaire = type_named("Questionnaire"),
        .code_system = type_named("CodeSystem"),
        .organization = type_named("Organization"),
        .task = type_named("Task"),
        .dispense = type_named("MedicationDispense"),
    };
}

int fhir_validator_new(fhir_validator **ret_validator, lethe_error *error)
{
    fhir_validator *v = calloc(1, sizeof(*v));
    if (v == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    v->slots = malloc(FHIR_SLOTS_MAX * sizeof(*v->slots));
    v->primitives = calloc(fhir_schema_types(), sizeof(*v->primitives));
    if (v->slots == NULL || v->primitives == NULL) {
        fhir_validator_free(v);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    if (getrandom(&v->key, sizeof(v->key), 0) != (ssize_t)sizeof(v->key))
        v->key = (base_hash_key){(uintptr_t)v, (uintptr_t)v->slots}; /* a table's key, no secret of anybody */
    find_types(&v->types);
    for (fhir_type type = 1; type < fhir_schema_types(); type++)
        if (fhir_schema_kind(type) == FHIR_KIND_PRIMITIVE)
            v->primitives[type] = (uint8_t)fhir_primitive_of(fhir_schema_type_name(type));
    *ret_validator = v;
    return 0;
}

void fhir_validator_free(fhir_validator *v)
{
    if (v == NULL)
        return;
    free(v->slots);
    free(v->primitives);
    free(v->contained);
    free(v);
}

void fhir_validator_hook(fhir_validator *v, fhir_invariant_hook hook)
{
    v->hook = hook;
}

int fhir_validate(fhir_validator *v, json_value root, fhir_issue_sink sink, void *context, uint64_t *ret_errors,
                  uint64_t *ret_resources, lethe_error *error)
{
    v->sink = sink;
    v->context = context;
    v->status = 0;
    v->errors = v->resources = 0;
    v->slots_used = 0;
    v->contained_count = 0;
    v->domain = (fhir_domain){0};
    v->fulls = (fhir_fulls){0};
    fhir_walk_resource(v, NULL, NULL, -1, root);
    if (v->status != 0)
        return base_fail(error, v->status);
    *ret_errors = v->errors;
    *ret_resources = v->resources;
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_TYPES_H
#define FHIR_TYPES_H

#include "base/span.h"

/* The resource types of R4, numbered by name; FHIR_OTHER stands for any other name that looks like a type. */
typedef enum fhir_resource_type {
#define X(name) FHIR_##name,
#include "fhir/types.inc"
#undef X
    FHIR_OTHER,
    FHIR_RESOURCE_TYPE_COUNT,
} fhir_resource_type;

/* FHIR_OTHER for names of other releases and FHIR_RESOURCE_TYPE_COUNT for what cannot be a type name at all. */
fhir_resource_type fhir_resource_type_of(base_span name);

/* "Patient"; "other" for FHIR_OTHER. */
const char *fhir_resource_type_name(fhir_resource_type type);

#endif

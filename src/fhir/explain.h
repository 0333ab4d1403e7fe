/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_EXPLAIN_H
#define FHIR_EXPLAIN_H

#include "fhir/policy.h"
#include "json/json.h"

/* Every element of a resource with what judges it: nothing of its values is told. `element` NULL: no element of R4,
 * which is removed. `gone`: what goes as a whole and has the element in it, or NULL. `path` is made of names of the
 * schema and of indexes; what is no element is "?". Non-zero ends the walk. */
typedef int fhir_explain_sink(void *context, const char *path, const fhir_element *element, const fhir_element *gone);

/* LETHE_E_FHIR_SHAPE where it is no resource of R4, or what the sink returned. */
int fhir_explain(fhir_profile profile, json_value resource, fhir_explain_sink *sink, void *context, lethe_error *error);

#endif

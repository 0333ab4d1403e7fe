/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_RULES_SHAPE_H
#define FHIR_RULES_SHAPE_H

#include "fhir/node.h"

/*
 * A resource of a type in which every element that R4 has stands once, without values: what a rule could find. A data
 * type does not stand within itself, a backbone once; extensions and contained resources are leaves. In the caller's
 * arena.
 */
int rules_shape(base_arena *arena, fhir_type type, fhir_node **ret_root, lethe_error *error);

#endif

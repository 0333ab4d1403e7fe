/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/rules_shape.h"

#define SHAPE_DEPTH_MAX 32

/* A backbone may stand once within itself: policies name Questionnaire.item.item. */
static bool stands_above(const fhir_node *node, fhir_type type)
{
    int times = fhir_schema_kind(type) == FHIR_KIND_BACKBONE ? 2 : 1;
    for (; node != NULL; node = node->parent)
        times -= node->type == type;
    return times <= 0;
}

static bool is_leaf(const fhir_element *element)
{
    const fhir_kind kind = fhir_schema_kind(element->type);
    return kind == FHIR_KIND_RESOURCE || kind == FHIR_KIND_PRIMITIVE ||
           strcmp(fhir_schema_type_name(element->type), "Extension") == 0;
}

static int grow(base_arena *arena, fhir_node *node, int depth, lethe_error *error)
{
    size_t count = 0;
    const fhir_element *members = fhir_schema_members(node->type, &count);
    for (size_t i = 0; i < count && depth < SHAPE_DEPTH_MAX; i++) {
        const fhir_element *element = &members[i];
        const bool extension = strcmp(fhir_schema_type_name(element->type), "Extension") == 0;
        if ((extension && depth > 0) || (!is_leaf(element) && stands_above(node, element->type)))
            continue;
        fhir_node *child = fhir_node_new(arena, element, element->type);
        if (child == NULL)
            return base_fail(error, LETHE_E_BASE_LIMIT);
        child->parent = node;
        child->previous = node->last;
        *(node->last != NULL ? &node->last->next : &node->first) = child;
        node->last = child;
        if (!is_leaf(element))
            BASE_TRY(grow(arena, child, depth + 1, error));
    }
    return 0;
}

int rules_shape(base_arena *arena, fhir_type type, fhir_node **ret_root, lethe_error *error)
{
    fhir_node *root = fhir_node_new(arena, NULL, type);
    if (root == NULL)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    BASE_TRY(grow(arena, root, 0, error));
    *ret_root = root;
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/rules_internal.h"

/*
 * Valid in, valid out. What is empty goes, from the leaves up; where FHIR requires the element and something else of
 * its parent stays, the element says with the extension data-absent-reason that it is masked. An Extension without url,
 * a Narrative without div, a Reference and a Coding of nothing go as a whole.
 */
#define REQUIRED_MAX 32

static int add_text(fhir_rules_run *run, fhir_node *parent, const char *name, const char *text, lethe_error *error)
{
    const fhir_element *element = fhir_schema_find(parent->type, name, strlen(name));
    fhir_node *child = element != NULL ? fhir_node_new(&run->arena, element, element->type) : NULL;
    if (child == NULL)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    fhir_node_set(child, FHIR_VALUE_STRING, base_span_of(text));
    fhir_node_insert(parent, child);
    return 0;
}

static int add_masked(fhir_rules_run *run, fhir_node *parent, const fhir_element *element, lethe_error *error)
{
    fhir_node *child = fhir_node_new(&run->arena, element, element->type);
    const fhir_element *extension = fhir_schema_find(element->type, "extension", 9);
    fhir_node *reason = extension != NULL ? fhir_node_new(&run->arena, extension, extension->type) : NULL;
    if (child == NULL || reason == NULL)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    fhir_node_insert(parent, child);
    fhir_node_append(child, reason);
    BASE_TRY(add_text(run, reason, "url", "http://hl7.org/fhir/StructureDefinition/data-absent-reason", error));
    return add_text(run, reason, "valueCode", "masked", error);
}

static bool has_element(const fhir_node *node, const fhir_element *element)
{
    for (const fhir_node *child = node->first; child != NULL; child = child->next)
        if (child->element == element ||
            (element->choice != 0 && base_span_equal(fhir_element_stem(child->element), fhir_element_stem(element))))
            return true;
    return false;
}

static bool is_empty(const fhir_node *node)
{
    return node->first == NULL && node->value == FHIR_VALUE_NONE && !fhir_node_is_resource(node);
}

static void empty(fhir_node *node)
{
    while (node->first != NULL)
        fhir_node_remove(node->first);
    node->value = FHIR_VALUE_NONE;
}

/* Whether the node means nothing without the element. */
static bool is_nothing_without(const fhir_node *node, const fhir_element *element)
{
    const char *type = fhir_schema_type_name(node->type);
    return (strcmp(type, "Extension") == 0 && strcmp(fhir_element_name(element), "url") == 0) ||
           (strcmp(type, "Narrative") == 0) || (element->flags & FHIR_ELEMENT_ATTRIBUTE) != 0;
}

int rules_valid_prune(fhir_rules_run *run, fhir_node *node, lethe_error *error)
{
    const fhir_element *required[REQUIRED_MAX];
    size_t count = 0;
    for (fhir_node *child = node->first, *next = NULL; child != NULL; child = next) {
        next = child->next;
        BASE_TRY(rules_valid_prune(run, child, error));
        if (!is_empty(child))
            continue;
        if ((child->element->min != 0 || fhir_policy_masks(child->element)) && count < REQUIRED_MAX)
            required[count++] = child->element;
        fhir_node_remove(child);
    }
    if (node->first == NULL && !fhir_node_is_resource(node))
        return 0;
    for (size_t i = 0; i < count; i++) {
        if (has_element(node, required[i]))
            continue;
        if (is_nothing_without(node, required[i])) {
            empty(node);
            return 0;
        }
        BASE_TRY(add_masked(run, node, required[i], error));
    }
    return 0;
}

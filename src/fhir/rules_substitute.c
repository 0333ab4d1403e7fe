/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/rules_internal.h"

/*
 * substitute: a primitive gets the text, a complex element the members of the object. What earlier rules have touched
 * stays as they left it: such nodes, and what leads to them, are kept even where the replacement has no such member.
 * Several nodes of one name meet the replacement's in order; too many go, too few are added.
 */
static bool mark_kept(fhir_node *node)
{
    bool kept = false;
    for (fhir_node *child = node->first; child != NULL; child = child->next)
        kept = mark_kept(child) || kept;
    kept = kept || (node->marks & RULES_VISITED) != 0;
    if (kept)
        node->marks |= RULES_HOLDS;
    return kept;
}

static bool has_child(const fhir_node *node, base_span name)
{
    for (const fhir_node *child = node->first; child != NULL; child = child->next)
        if (base_span_equal(fhir_element_stem(child->element), name))
            return true;
    return false;
}

static fhir_node *next_of(fhir_node *node, base_span name)
{
    while (node != NULL && !base_span_equal(fhir_element_stem(node->element), name))
        node = node->next;
    return node;
}

/* A choice of another type changes what the element is. */
static void become(fhir_node *node, const fhir_node *with)
{
    if (node->element != NULL && with->element != NULL && node->element->owner == with->element->owner) {
        node->element = with->element;
        node->type = with->type;
    }
}

static void replace(fhir_node *node, fhir_node *with, unsigned *done);

/* The children of this name against those of the replacement; what is left over moves into the tree. */
static void replace_name(fhir_node *node, fhir_node *with, base_span name, unsigned *done)
{
    fhir_node *target = with != NULL ? next_of(with->first, name) : NULL;
    for (fhir_node *child = next_of(node->first, name), *next = NULL; child != NULL; child = next) {
        next = next_of(child->next, name);
        fhir_node *following = target != NULL ? next_of(target->next, name) : NULL;
        if ((child->marks & RULES_VISITED) != 0) {
            target = following;
        } else if (target != NULL) {
            become(child, target);
            replace(child, target, done);
            target = following;
        } else if ((child->marks & RULES_HOLDS) != 0) {
            replace(child, NULL, done);
        } else {
            fhir_node_remove(child);
        }
    }
    while (target != NULL) {
        fhir_node *following = next_of(target->next, name);
        fhir_node_remove(target);
        fhir_node_append(node, target);
        target = following;
    }
}

/* `with` NULL: nothing stands there any more, but for what earlier rules have made below. */
static void replace(fhir_node *node, fhir_node *with, unsigned *done)
{
    if ((node->marks & RULES_VISITED) != 0)
        return;
    for (fhir_node *child = node->first, *next = NULL; child != NULL; child = next) {
        next = child->next;
        const base_span name = fhir_element_stem(child->element);
        const bool first =
            child->previous == NULL || !base_span_equal(fhir_element_stem(child->previous->element), name);
        while (next != NULL && base_span_equal(fhir_element_stem(next->element), name))
            next = next->next;
        if (first)
            replace_name(node, with, name, done);
    }
    for (fhir_node *target = with != NULL ? with->first : NULL, *next = NULL; target != NULL; target = next) {
        const base_span name = fhir_element_stem(target->element);
        for (next = target->next; next != NULL && base_span_equal(fhir_element_stem(next->element), name);)
            next = next->next;
        if (!has_child(node, name))
            replace_name(node, with, name, done);
    }
    if (with != NULL)
        fhir_node_set(node, (fhir_value)with->value, with->text);
    else
        rules_clear(node);
    *done |= FHIR_RULES_SUBSTITUTED;
}

static void visit_below(fhir_node *node)
{
    for (fhir_node *child = node->first; child != NULL; child = child->next) {
        child->marks |= RULES_VISITED;
        visit_below(child);
    }
}

/* A number or truth where the element is one and the text says one; the text otherwise. */
static void give_primitive(fhir_rules_run *run, fhir_node *node, json_value value)
{
    const char *type = fhir_schema_type_name(node->type);
    const base_span text = json_is(value, JSON_STRING) ? json_string(value) : json_text(value);
    fhir_value kind = FHIR_VALUE_STRING;
    if (json_is(value, JSON_NULL)) {
        rules_clear(node);
        return;
    }
    if (strcmp(type, "boolean") == 0 && (base_span_is(text, "true") || base_span_is(text, "false")))
        kind = FHIR_VALUE_BOOLEAN;
    else if ((node->type == run->decimal || fhir_schema_is(node->type, fhir_schema_type("integer", 7))) &&
             json_is(value, JSON_NUMBER))
        kind = FHIR_VALUE_NUMBER;
    fhir_node_set(node, kind, text);
}

int rules_substitute(fhir_rules_run *run, const rules_rule *rule, fhir_node *node, unsigned *done, lethe_error *error)
{
    fhir_node with = {.element = node->element, .type = node->type};
    fhir_node *made = &with;
    if (fhir_node_is_primitive(node)) {
        give_primitive(run, &with, rule->replace);
    } else if (json_is(rule->replace, JSON_OBJECT) && node->element != NULL && !fhir_node_is_resource(node)) {
        if (fhir_node_read_value(&run->arena, rule->replace, node->element, &made, NULL) != 0)
            return base_fail(error, LETHE_E_FHIR_RULE);
    } else if (!json_is(rule->replace, JSON_NULL)) {
        return base_fail(error, LETHE_E_FHIR_RULE);
    }
    (void)mark_kept(node);
    replace(node, made, done);
    visit_below(node);
    if (!run->rules->compat && fhir_node_is_primitive(node))
        rules_safe_fit(run, node);
    return 0;
}

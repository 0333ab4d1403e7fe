/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/fhirpath_internal.h"

#include "fhir/xhtml.h"

/* Functions over the tree: children and descendants, what FHIR adds, and what the Microsoft format adds. */
#define FUNCTION(name)                                                                                                 \
    static int name(fhirpath_scratch *scratch, const path_expr *call, const path_list *input, const path_focus *focus, \
                    path_list *ret_list, lethe_error *error)

FUNCTION(run_children)
{
    (void)call, (void)focus;
    for (size_t i = 0; i < input->count; i++) {
        if (input->items[i].kind != FHIRPATH_NODE)
            continue;
        for (fhir_node *child = input->items[i].node->first; child != NULL; child = child->next)
            BASE_TRY(path_add(scratch, ret_list, path_node(child), error));
    }
    return 0;
}

static int add_below(fhirpath_scratch *scratch, const fhir_node *node, path_list *ret_list, lethe_error *error)
{
    for (fhir_node *child = node->first; child != NULL; child = child->next) {
        BASE_TRY(path_add(scratch, ret_list, path_node(child), error));
        BASE_TRY(add_below(scratch, child, ret_list, error));
    }
    return 0;
}

FUNCTION(run_descendants)
{
    (void)call, (void)focus;
    for (size_t i = 0; i < input->count; i++)
        if (input->items[i].kind == FHIRPATH_NODE)
            BASE_TRY(add_below(scratch, input->items[i].node, ret_list, error));
    return 0;
}

FUNCTION(run_has_value)
{
    (void)call, (void)focus;
    const bool has =
        input->count == 1 && path_value(input->items[0]).kind != FHIRPATH_NODE && path_has_value(input->items[0]);
    return path_add(scratch, ret_list, path_boolean(has), error);
}

FUNCTION(run_get_value)
{
    (void)call, (void)focus;
    if (input->count != 1 || !path_has_value(input->items[0]))
        return 0;
    return path_add(scratch, ret_list, path_value(input->items[0]), error);
}

static int text_argument(fhirpath_scratch *scratch, const path_expr *call, const path_focus *focus, base_span *ret_text,
                         lethe_error *error)
{
    bool there = false;
    fhirpath_item item = {0};
    *ret_text = (base_span){NULL, 0};
    const path_expr *argument = call->arguments[0];
    if (argument->kind == PATH_MEMBER && argument->left == NULL) {
        *ret_text = argument->name; /* nodesByType("X"): a name where a string is meant */
        return 0;
    }
    BASE_TRY(path_one(scratch, argument, focus, &there, &item, error));
    if (there && item.kind != FHIRPATH_STRING)
        return path_fail(call, error);
    *ret_text = there ? item.text : (base_span){NULL, 0};
    return 0;
}

/* extension('url') */
FUNCTION(run_extension)
{
    base_span url;
    BASE_TRY(text_argument(scratch, call, focus, &url, error));
    for (size_t i = 0; i < input->count; i++) {
        if (input->items[i].kind != FHIRPATH_NODE)
            continue;
        for (fhir_node *child = input->items[i].node->first; child != NULL; child = child->next)
            if (base_span_is(fhir_node_name(child), "extension") && base_span_equal(fhir_node_text(child, "url"), url))
                BASE_TRY(path_add(scratch, ret_list, path_node(child), error));
    }
    return 0;
}

/* nodesByType('X') and nodesByName('x'): itself and everything below that is not in another resource. */
static int add_matching(fhirpath_scratch *scratch, fhir_node *node, base_span text, bool by_type, path_list *ret_list,
                        lethe_error *error)
{
    BASE_TRY(path_step(scratch, error));
    const base_span found = by_type ? base_span_of(fhir_node_type(node)) : fhir_node_name(node);
    if (base_span_equal(found, text))
        BASE_TRY(path_add(scratch, ret_list, path_node(node), error));
    for (fhir_node *child = node->first; child != NULL; child = child->next)
        if (!fhir_node_is_resource(child))
            BASE_TRY(add_matching(scratch, child, text, by_type, ret_list, error));
    return 0;
}

FUNCTION(run_nodes_by)
{
    base_span text;
    BASE_TRY(text_argument(scratch, call, focus, &text, error));
    for (size_t i = 0; i < input->count; i++)
        if (input->items[i].kind == FHIRPATH_NODE)
            BASE_TRY(add_matching(scratch, input->items[i].node, text, base_span_is(call->name, "nodesByType"),
                                  ret_list, error));
    return 0;
}

/* The contained resource of "#id": of the resource that contains, also for a reference within a contained one. */
static fhir_node *find_contained(fhir_node *from, base_span id)
{
    fhir_node *resource = fhir_node_resource(from);
    if (resource->parent != NULL && base_span_is(fhir_node_name(resource), "contained"))
        resource = fhir_node_resource(resource->parent);
    if (id.size == 0)
        return resource;
    for (fhir_node *child = resource->first; child != NULL; child = child->next)
        if (base_span_is(fhir_node_name(child), "contained") && base_span_equal(fhir_node_text(child, "id"), id))
            return child;
    return NULL;
}

/* "Type/id" at the end of a reference, without a version. */
static bool names_resource(base_span reference, const fhir_node *resource)
{
    const base_span type = base_span_of(fhir_schema_type_name(resource->type)), id = fhir_node_text(resource, "id");
    for (size_t at = 0; at + 10 < reference.size; at++) /* /_history/ */
        if (memcmp(reference.data + at, "/_history/", 10) == 0)
            reference.size = at;
    if (id.size == 0 || reference.size < type.size + 1 + id.size)
        return false;
    const char *end = reference.data + reference.size, *name = end - id.size - 1 - type.size;
    return memcmp(end - id.size, id.data, id.size) == 0 && end[-(ptrdiff_t)id.size - 1] == '/' &&
           memcmp(name, type.data, type.size) == 0 && (name == reference.data || name[-1] == '/');
}

static int find_entry(fhirpath_scratch *scratch, fhir_node *root, base_span reference, fhir_node **ret_node,
                      lethe_error *error)
{
    for (fhir_node *entry = root->first; entry != NULL; entry = entry->next) {
        BASE_TRY(path_step(scratch, error));
        if (!base_span_is(fhir_node_name(entry), "entry"))
            continue;
        fhir_node *resource = fhir_node_child(entry, "resource");
        if (resource == NULL || !fhir_node_is_resource(resource))
            continue;
        if (base_span_equal(fhir_node_text(entry, "fullUrl"), reference) || names_resource(reference, resource)) {
            *ret_node = resource;
            return 0;
        }
    }
    return 0;
}

/* What a Reference or a uri means within the resource and its Bundle; nothing is fetched. */
FUNCTION(run_resolve)
{
    (void)call, (void)focus;
    for (size_t i = 0; i < input->count; i++) {
        if (input->items[i].kind != FHIRPATH_NODE)
            continue;
        fhir_node *node = input->items[i].node, *found = NULL;
        const base_span reference = node->value == FHIR_VALUE_STRING ? node->text : fhir_node_text(node, "reference");
        if (reference.size == 0)
            continue;
        if (reference.data[0] == '#')
            found = find_contained(node, (base_span){reference.data + 1, reference.size - 1});
        else
            BASE_TRY(find_entry(scratch, fhir_node_root(node), reference, &found, error));
        if (found != NULL)
            BASE_TRY(path_add(scratch, ret_list, path_node(found), error));
    }
    return 0;
}

/* Invariant txt-1; that there is text at all (txt-2) is asked in the same words, and some official examples have none.
 */
FUNCTION(run_html_checks)
{
    (void)call, (void)focus;
    bool holds = true;
    for (size_t i = 0; i < input->count; i++) {
        const fhirpath_item value = path_value(input->items[i]);
        const fhir_xhtml found = value.kind == FHIRPATH_STRING ? fhir_xhtml_check(value.text) : FHIR_XHTML_BROKEN;
        holds = holds && (found == FHIR_XHTML_FINE || found == FHIR_XHTML_EMPTY);
    }
    return path_add(scratch, ret_list, path_boolean(holds), error);
}

const path_function PATH_TREE_FUNCTIONS[] = {
    {"children", 0, 0, false, run_children},      {"descendants", 0, 0, false, run_descendants},
    {"hasValue", 0, 0, false, run_has_value},     {"getValue", 0, 0, false, run_get_value},
    {"extension", 1, 1, false, run_extension},    {"nodesByType", 1, 1, false, run_nodes_by},
    {"nodesByName", 1, 1, false, run_nodes_by},   {"resolve", 0, 0, false, run_resolve},
    {"htmlChecks", 0, 0, false, run_html_checks}, {NULL, 0, 0, false, NULL},
};

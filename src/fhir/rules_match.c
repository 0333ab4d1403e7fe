/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/rules_internal.h"

/*
 * The nodes of one resource, by type, in the order of the document, without what is inside of another resource (that
 * one is itself listed). Made once before the first rule, as theirs is: a node that a rule removes is still found by
 * later ones, which then change what nobody will see; what a rule adds is not.
 */
static fhir_type index_type(const fhir_node *node)
{
    return fhir_schema_kind(node->type) == FHIR_KIND_BACKBONE ? fhir_schema_base(node->type) : node->type;
}

static int index_below(fhir_rules_run *run, fhir_node *node, lethe_error *error)
{
    for (fhir_node *child = node->first; child != NULL; child = child->next) {
        const fhir_type type = index_type(child);
        *(run->first_of[type] != NULL ? &run->last_of[type]->same : &run->first_of[type]) = child;
        run->last_of[type] = child;
        child->same = NULL;
        if (run->rules->by_name)
            BASE_TRY(rules_add_node(run, &run->all, child, error));
        if (fhir_node_is_resource(child))
            BASE_TRY(rules_add_node(run, &run->inner, child, error));
        else
            BASE_TRY(index_below(run, child, error));
    }
    return 0;
}

int rules_index(fhir_rules_run *run, fhir_node *resource, lethe_error *error)
{
    memset(run->first_of, 0, fhir_schema_types() * sizeof(*run->first_of));
    run->all.count = 0;
    return index_below(run, resource, error);
}

static bool has_name(const fhir_node *node, base_span name)
{
    const base_span own = fhir_element_stem(node->element);
    return own.size == name.size && memcmp(own.data, name.data, name.size) == 0;
}

static int find_plain(fhir_rules_run *run, const rules_rule *rule, fhir_node *node, int at, lethe_error *error)
{
    if (at == rule->member_count)
        return rules_add_node(run, &run->matched, node, error);
    for (fhir_node *child = node->first; child != NULL; child = child->next)
        if (has_name(child, rule->members[at]))
            BASE_TRY(find_plain(run, rule, child, at + 1, error));
    return 0;
}

static int find_program(fhir_rules_run *run, const rules_rule *rule, fhir_node *resource, lethe_error *error)
{
    fhirpath_list list = {0};
    const int status = fhirpath_eval(rule->program, run->scratch, resource, &list, error);
    if (status != 0) {
        base_error_line(error, rule->line);
        fhir_node_place(resource, error);
        return status;
    }
    for (size_t i = 0; i < list.count; i++)
        if (list.items[i].kind == FHIRPATH_NODE)
            BASE_TRY(rules_add_node(run, &run->matched, list.items[i].node, error));
    return 0;
}

int rules_find(fhir_rules_run *run, const rules_rule *rule, fhir_node *resource, lethe_error *error)
{
    run->matched.count = 0;
    switch (rule->match) {
    case RULES_RESOURCE:
        return rules_add_node(run, &run->matched, resource, error);
    case RULES_BY_TYPE:
        for (fhir_node *node = run->first_of[rule->by_type]; node != NULL; node = node->same)
            BASE_TRY(find_plain(run, rule, node, 0, error));
        return 0;
    case RULES_BY_NAME:
        for (size_t i = 0; i < run->all.count; i++)
            if (has_name(run->all.nodes[i], rule->target))
                BASE_TRY(find_plain(run, rule, run->all.nodes[i], 0, error));
        return 0;
    case RULES_PLAIN:
        return find_plain(run, rule, resource, 0, error);
    default:
        return find_program(run, rule, resource, error);
    }
}

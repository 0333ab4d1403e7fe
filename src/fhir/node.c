/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/node.h"

#include <stdio.h>

const char *fhir_node_type(const fhir_node *node)
{
    const fhir_kind kind = fhir_schema_kind(node->type);
    return fhir_schema_type_name(kind == FHIR_KIND_BACKBONE ? fhir_schema_base(node->type) : node->type);
}

base_span fhir_node_name(const fhir_node *node)
{
    return node->element != NULL ? fhir_element_stem(node->element) : base_span_of(fhir_schema_type_name(node->type));
}

bool fhir_node_is_primitive(const fhir_node *node)
{
    return fhir_schema_kind(node->type) == FHIR_KIND_PRIMITIVE;
}

bool fhir_node_is(const fhir_node *node, const char *type)
{
    return strcmp(fhir_node_type(node), type) == 0;
}

fhir_node *fhir_node_child(const fhir_node *node, const char *name)
{
    for (fhir_node *child = node->first; child != NULL; child = child->next)
        if (base_span_is(fhir_node_name(child), name))
            return child;
    return NULL;
}

base_span fhir_node_text(const fhir_node *node, const char *name)
{
    const fhir_node *child = node != NULL ? fhir_node_child(node, name) : NULL;
    return child != NULL && child->value != FHIR_VALUE_NONE ? child->text : (base_span){NULL, 0};
}

fhir_node *fhir_node_resource(fhir_node *node)
{
    while (!fhir_node_is_resource(node) && node->parent != NULL)
        node = node->parent;
    return node;
}

fhir_node *fhir_node_root(fhir_node *node)
{
    while (node->parent != NULL)
        node = node->parent;
    return node;
}

/* Which of its namesakes a node is, from 0. */
static unsigned number_of(const fhir_node *node)
{
    unsigned number = 0;
    for (const fhir_node *at = node->previous; at != NULL && at->element == node->element; at = at->previous)
        number++;
    return number;
}

void fhir_node_place(const fhir_node *node, lethe_error *error)
{
    if (error == NULL)
        return;
    char path[LETHE_PLACE_PATH_MAX] = "", longer[2 * LETHE_PLACE_PATH_MAX];
    for (const fhir_node *at = node; at != NULL; at = at->parent) {
        const base_span name = fhir_node_name(at);
        char index[16] = "";
        if (at->element != NULL && at->element->many)
            (void)snprintf(index, sizeof(index), "[%u]", number_of(at));
        (void)snprintf(longer, sizeof(longer), "%.*s%s%s%s", (int)name.size, name.data, index,
                       path[0] != '\0' ? "." : "", path);
        const size_t size = strlen(longer); /* a long path loses its beginning */
        (void)snprintf(path, sizeof(path), "%s", longer + (size >= sizeof(path) ? size - sizeof(path) + 1 : 0));
    }
    base_error_path(error, path);
}

fhir_node *fhir_node_new(base_arena *arena, const fhir_element *element, fhir_type type)
{
    fhir_node *node = base_arena_take(arena, sizeof(*node));
    if (node != NULL) {
        node->element = element;
        node->type = type;
    }
    return node;
}

static void link_behind(fhir_node *parent, fhir_node *before, fhir_node *child)
{
    child->parent = parent;
    child->previous = before;
    child->next = before != NULL ? before->next : parent->first;
    *(child->next != NULL ? &child->next->previous : &parent->last) = child;
    *(before != NULL ? &before->next : &parent->first) = child;
}

static fhir_node *last_namesake(const fhir_node *parent, const fhir_element *element)
{
    fhir_node *at = parent->last;
    while (at != NULL && at->element != element)
        at = at->previous;
    return at;
}

void fhir_node_append(fhir_node *parent, fhir_node *child)
{
    fhir_node *before = last_namesake(parent, child->element);
    link_behind(parent, before != NULL ? before : parent->last, child);
}

void fhir_node_insert(fhir_node *parent, fhir_node *child)
{
    fhir_node *before = last_namesake(parent, child->element);
    if (before == NULL) {
        before = parent->last;
        while (before != NULL && before->element->index > child->element->index)
            before = before->previous;
    }
    link_behind(parent, before, child);
}

void fhir_node_remove(fhir_node *node)
{
    fhir_node *parent = node->parent;
    if (parent == NULL)
        return;
    *(node->next != NULL ? &node->next->previous : &parent->last) = node->previous;
    *(node->previous != NULL ? &node->previous->next : &parent->first) = node->next;
    node->parent = node->next = node->previous = NULL;
}

void fhir_node_replace(fhir_node *node, fhir_node *with)
{
    fhir_node *parent = node->parent, *before = node->previous;
    fhir_node_remove(node);
    link_behind(parent, before, with);
}

/* Insertion sort: members mostly stand in order already, and namesakes keep theirs. */
static void sort_children(fhir_node *node)
{
    for (fhir_node *at = node->first, *next = NULL; at != NULL; at = next) {
        next = at->next;
        fhir_node *before = at->previous;
        if (before == NULL || before->element->index <= at->element->index)
            continue;
        while (before != NULL && before->element->index > at->element->index)
            before = before->previous;
        fhir_node_remove(at);
        link_behind(node, before, at);
    }
}

void fhir_node_sort(fhir_node *root)
{
    sort_children(root);
    for (fhir_node *child = root->first; child != NULL; child = child->next)
        fhir_node_sort(child);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/node.h"

#include <assert.h>

/*
 * From the tape to the tree. A member may stand once; `name` and `_name` may come in either order. A single value where
 * the schema has an array is taken as an array of one, as other readers do; an array where it has none is refused.
 */
#define MEMBERS_MAX 512 /* of one type; ElementDefinition has most */

typedef struct node_reader {
    base_arena *arena;
    fhir_node_options options;
    fhir_tree tree;
    fhir_type boolean, integer, decimal; /* integer: with positiveInt and unsignedInt, which specialize it */
} node_reader;

typedef struct node_seen {
    uint64_t values[MEMBERS_MAX / 64], siblings[MEMBERS_MAX / 64];
} node_seen;

/* Where the values of `name` meet those of `_name`. */
typedef struct node_cursor {
    fhir_node *at; /* the next node of the other spelling, or NULL */
    bool joined;   /* the other spelling was there */
} node_cursor;

static int read_members(node_reader *reader, fhir_node *node, json_value object, int depth, lethe_error *error);

/* A failure at a value that stands, or would stand, in `parent` under `element` (NULL: nobody knows it). */
static int refuse(int code, const fhir_node *parent, const fhir_element *element, json_value value, lethe_error *error)
{
    base_fail_at(error, code, json_offset(value));
    if (parent != NULL) {
        fhir_node here = {.parent = (fhir_node *)parent, .element = element, .previous = NULL};
        fhir_node_place(element != NULL ? &here : parent, error);
    }
    return code;
}

static int drop(node_reader *reader, bool allowed, const fhir_node *parent, const fhir_element *element,
                json_value value, lethe_error *error)
{
    if (!allowed)
        return refuse(LETHE_E_FHIR_TYPE, parent, element, value, error);
    reader->tree.dropped++;
    return 0;
}

static bool mark(uint64_t *bits, size_t at)
{
    const uint64_t bit = (uint64_t)1 << at % 64;
    const bool was = (bits[at / 64] & bit) != 0;
    bits[at / 64] |= bit;
    return was;
}

/* False where the JSON type is not that of the primitive. */
static bool read_value(const node_reader *reader, fhir_node *node, json_value value)
{
    const json_type type = json_type_of(value);
    node->place = value.at;
    if (type == JSON_NULL)
        return true;
    if (node->type == reader->boolean) {
        bool truth = false;
        if (!json_bool(value, &truth))
            return false;
        fhir_node_set(node, FHIR_VALUE_BOOLEAN, truth ? BASE_SPAN("true") : BASE_SPAN("false"));
        return true;
    }
    if (node->type == reader->decimal || fhir_schema_is(node->type, reader->integer)) {
        if (type == JSON_NUMBER)
            fhir_node_set(node, FHIR_VALUE_NUMBER, json_number_text(value));
        return type == JSON_NUMBER;
    }
    if (type == JSON_STRING)
        fhir_node_set(node, FHIR_VALUE_STRING, json_string(value));
    return type == JSON_STRING;
}

static fhir_type resource_type(json_value object)
{
    const base_span name = json_string(json_get(object, "resourceType"));
    const fhir_type type = name.size != 0 ? fhir_schema_type(name.data, name.size) : FHIR_TYPE_NONE;
    return fhir_schema_kind(type) == FHIR_KIND_RESOURCE && !fhir_schema_abstract(type) ? type : FHIR_TYPE_NONE;
}

static int new_child(node_reader *reader, fhir_node *parent, const fhir_element *element, json_value value,
                     fhir_node **ret_node, lethe_error *error)
{
    fhir_node *child = fhir_node_new(reader->arena, element, element->type);
    if (child == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    child->place = value.at;
    child->parent = parent;
    child->previous = parent->last;
    *(parent->last != NULL ? &parent->last->next : &parent->first) = child;
    parent->last = child;
    reader->tree.nodes++;
    *ret_node = child;
    return 0;
}

static int read_complex(node_reader *reader, fhir_node *parent, const fhir_element *element, json_value value,
                        int depth, lethe_error *error)
{
    fhir_node *child = NULL;
    if (json_is(value, JSON_NULL))
        return 0;
    if (!json_is(value, JSON_OBJECT))
        return drop(reader, reader->options.lenient, parent, element, value, error);
    fhir_type type = element->type;
    if (fhir_schema_kind(type) == FHIR_KIND_RESOURCE) {
        type = resource_type(value);
        if (type == FHIR_TYPE_NONE)
            return refuse(LETHE_E_FHIR_SHAPE, parent, element, value, error);
    }
    BASE_TRY(new_child(reader, parent, element, value, &child, error));
    child->type = type;
    return read_members(reader, child, value, depth, error);
}

/* One primitive or one `_name` object: joined with the node that waits for it, or a new one behind its namesakes. */
static int read_primitive(node_reader *reader, fhir_node *parent, const fhir_element *element, bool sibling,
                          json_value value, node_cursor *cursor, int depth, lethe_error *error)
{
    fhir_node *node = cursor->at;
    if (node == NULL) {
        BASE_TRY(new_child(reader, parent, element, value, &node, error));
        if (cursor->joined) {
            fhir_node_remove(node);
            fhir_node_append(parent, node);
        }
    }
    cursor->at = cursor->at != NULL && node->next != NULL && node->next->element == element ? node->next : NULL;
    if (!sibling)
        return read_value(reader, node, value) ? 0
                                               : drop(reader, reader->options.lenient, parent, element, value, error);
    if (json_is(value, JSON_NULL))
        return 0;
    if (!json_is(value, JSON_OBJECT))
        return drop(reader, reader->options.lenient, parent, element, value, error);
    return read_members(reader, node, value, depth, error);
}

static int read_one(node_reader *reader, fhir_node *parent, const fhir_element *element, bool sibling, json_value value,
                    node_cursor *cursor, int depth, lethe_error *error)
{
    if (fhir_schema_kind(element->type) == FHIR_KIND_PRIMITIVE)
        return read_primitive(reader, parent, element, sibling, value, cursor, depth, error);
    return read_complex(reader, parent, element, value, depth, error);
}

/* Primitives with neither value nor child: nulls that stood for nothing. */
static void drop_nulls(fhir_node *node)
{
    for (fhir_node *child = node->first, *next = NULL; child != NULL; child = next) {
        next = child->next;
        if (child->value == FHIR_VALUE_NONE && child->first == NULL && fhir_node_is_primitive(child))
            fhir_node_remove(child);
    }
}

static int read_member(node_reader *reader, fhir_node *parent, const fhir_element *element, bool sibling,
                       bool other_seen, json_value value, int depth, lethe_error *error)
{
    node_cursor cursor = {.joined = other_seen};
    if (other_seen)
        for (cursor.at = parent->first; cursor.at != NULL && cursor.at->element != element;)
            cursor.at = cursor.at->next;
    if (!json_is(value, JSON_ARRAY))
        return read_one(reader, parent, element, sibling, value, &cursor, depth, error);
    if (!element->many)
        return drop(reader, reader->options.lenient, parent, element, value, error);
    json_iterator it = json_iterate(value);
    json_value item;
    while (json_next(&it, NULL, &item))
        BASE_TRY(read_one(reader, parent, element, sibling, item, &cursor, depth, error));
    return 0;
}

static int read_keyed(node_reader *reader, fhir_node *node, node_seen *seen, base_span key, json_value value, int depth,
                      lethe_error *error)
{
    const bool sibling = key.size > 1 && key.data[0] == '_';
    const fhir_element *element = sibling ? fhir_schema_find(node->type, key.data + 1, key.size - 1)
                                          : fhir_schema_find(node->type, key.data, key.size);
    const bool misplaced =
        sibling && element != NULL &&
        (fhir_schema_kind(element->type) != FHIR_KIND_PRIMITIVE || (element->flags & FHIR_ELEMENT_ATTRIBUTE) != 0);
    if (element == NULL || misplaced) {
        const bool note = base_span_is(key, "fhir_comments"); /* of DSTU2, which others overlook too */
        return drop(reader, reader->options.drop_unknown || note, node, NULL, value, error);
    }
    size_t count = 0;
    const size_t at = (size_t)(element - fhir_schema_members(node->type, &count));
    assert(count <= MEMBERS_MAX);
    const bool twice = mark(sibling ? seen->siblings : seen->values, at);
    if (twice)
        return refuse(LETHE_E_FHIR_TYPE, node, element, value, error);
    uint64_t *other = sibling ? seen->values : seen->siblings;
    const bool other_seen = (other[at / 64] >> at % 64 & 1) != 0;
    return read_member(reader, node, element, sibling, other_seen, value, depth, error);
}

static int read_members(node_reader *reader, fhir_node *node, json_value object, int depth, lethe_error *error)
{
    if (depth > FHIR_NODE_DEPTH_MAX)
        return refuse(LETHE_E_JSON_DEPTH, node, NULL, object, error);
    node_seen seen = {0};
    json_iterator it = json_iterate(object);
    base_span key;
    json_value value;
    const bool resource = fhir_node_is_resource(node);
    while (json_next(&it, &key, &value)) {
        if (resource && base_span_is(key, "resourceType"))
            continue;
        BASE_TRY(read_keyed(reader, node, &seen, key, value, depth + 1, error));
    }
    drop_nulls(node);
    return 0;
}

static node_reader reader_of(base_arena *arena, const fhir_node_options *options)
{
    node_reader reader = {.arena = arena};
    if (options != NULL)
        reader.options = *options;
    reader.boolean = fhir_schema_type("boolean", 7);
    reader.integer = fhir_schema_type("integer", 7);
    reader.decimal = fhir_schema_type("decimal", 7);
    return reader;
}

int fhir_node_read(base_arena *arena, json_value root, const fhir_node_options *options, fhir_tree *ret_tree,
                   lethe_error *error)
{
    node_reader reader = reader_of(arena, options);
    const fhir_type type = json_is(root, JSON_OBJECT) ? resource_type(root) : FHIR_TYPE_NONE;
    if (type == FHIR_TYPE_NONE)
        return refuse(LETHE_E_FHIR_SHAPE, NULL, NULL, root, error);
    reader.tree.root = fhir_node_new(arena, NULL, type);
    if (reader.tree.root == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    reader.tree.root->place = root.at;
    reader.tree.nodes = 1;
    BASE_TRY(read_members(&reader, reader.tree.root, root, 0, error));
    *ret_tree = reader.tree;
    return 0;
}

int fhir_node_read_value(base_arena *arena, json_value value, const fhir_element *element, fhir_node **ret_node,
                         lethe_error *error)
{
    node_reader reader = reader_of(arena, NULL);
    fhir_node holder = {.type = element->owner};
    node_cursor cursor = {0};
    BASE_TRY(read_one(&reader, &holder, element, false, value, &cursor, 0, error));
    if (holder.first == NULL)
        return refuse(LETHE_E_FHIR_TYPE, NULL, NULL, value, error);
    fhir_node *node = holder.first;
    fhir_node_remove(node);
    *ret_node = node;
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_NODE_H
#define FHIR_NODE_H

#include "base/arena.h"
#include "base/buf.h"
#include "fhir/schema.h"
#include "json/json.h"

/*
 * One FHIR resource as a tree that may be changed: what FHIRPath walks and what rules rewrite. Nodes live in the
 * caller's arena; their texts are borrowed from the parsed document or live in the same arena.
 *
 *   {"name": [{"given": ["A", null], "_given": [null, {"extension": […]}]}]}
 *
 *   Patient ─► name ─┬► given "A"
 *                    └► given (no value) ─► extension
 *
 * Every node stands under an element of the schema; a primitive is joined with its `_name` sibling, whose members are
 * its children. Numbers keep their text. Elements of one name stand behind each other.
 */
typedef struct fhir_node fhir_node;

typedef enum fhir_value {
    FHIR_VALUE_NONE, /* no primitive, or one of which only the `_name` sibling is there */
    FHIR_VALUE_STRING,
    FHIR_VALUE_NUMBER,  /* the text as written */
    FHIR_VALUE_BOOLEAN, /* "true", "false" */
} fhir_value;

struct fhir_node {
    fhir_node *parent, *first, *last, *next, *previous;
    const fhir_element *element; /* NULL: the root */
    fhir_node *same;             /* a list that belongs to whoever works on the tree */
    base_span text;              /* of the value */
    fhir_type type;              /* of contained and entry.resource: what resourceType says */
    uint8_t value;               /* fhir_value */
    uint8_t marks;               /* belong to whoever works on the tree */
    uint32_t place;              /* json_value.at in the document, for errors */
};

typedef struct fhir_node_options {
    bool drop_unknown; /* leave out what the schema does not know, and count it; else it is an error */
    bool lenient;      /* leave out values of the wrong JSON type too */
} fhir_node_options;

typedef struct fhir_tree {
    fhir_node *root;
    uint64_t nodes, dropped; /* dropped: members that were left out */
} fhir_tree;

#define FHIR_NODE_DEPTH_MAX 200

/* The tree of one resource. LETHE_E_FHIR_SHAPE where it is none or of an unknown type, LETHE_E_FHIR_TYPE where a member
 * is unknown or has the wrong JSON type: with the byte and, as far as the schema knows it, the path. */
int fhir_node_read(base_arena *arena, json_value root, const fhir_node_options *options, fhir_tree *ret_tree,
                   lethe_error *error);

/* A value of `type` that is no resource, to be placed under an element. */
int fhir_node_read_value(base_arena *arena, json_value value, const fhir_element *element, fhir_node **ret_node,
                         lethe_error *error);

/* Compact JSON, appended. The order of members is that of the tree. */
void fhir_node_write(const fhir_node *root, base_buf *out);
void fhir_node_sort(fhir_node *root); /* members in the order of the definitions, down to the leaves */

const char *fhir_node_type(const fhir_node *node); /* as FHIRPath says it: "BackboneElement" for Patient.contact */
base_span fhir_node_name(const fhir_node *node);   /* "value" of valueQuantity; the type of a root */
static inline bool fhir_node_is_resource(const fhir_node *node)
{
    return fhir_schema_kind(node->type) == FHIR_KIND_RESOURCE;
}
bool fhir_node_is_primitive(const fhir_node *node);
bool fhir_node_is(const fhir_node *node, const char *type); /* of exactly this type */

fhir_node *fhir_node_child(const fhir_node *node, const char *name); /* the first of this name, or NULL */
base_span fhir_node_text(const fhir_node *node, const char *name);   /* of the first child of this name, or empty */
fhir_node *fhir_node_resource(fhir_node *node);                      /* itself or the nearest resource above */
fhir_node *fhir_node_root(fhir_node *node);

/* "Patient.name[0].given[1]" into a place of an error. */
void fhir_node_place(const fhir_node *node, lethe_error *error);

fhir_node *fhir_node_new(base_arena *arena, const fhir_element *element, fhir_type type); /* NULL: memory */
void fhir_node_append(fhir_node *parent, fhir_node *child); /* behind its namesakes, else at the end */
void fhir_node_insert(fhir_node *parent, fhir_node *child); /* behind its namesakes, else where its element belongs */
void fhir_node_remove(fhir_node *node);                     /* out of its parent */
void fhir_node_replace(fhir_node *node, fhir_node *with);   /* `with` takes the place of node */
static inline void fhir_node_set(fhir_node *node, fhir_value value, base_span text)
{
    node->value = (uint8_t)value;
    node->text = text;
}

#endif

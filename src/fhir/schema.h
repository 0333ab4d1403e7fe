/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_SCHEMA_H
#define FHIR_SCHEMA_H

#include "base/span.h"

#include <stdint.h>

/*
 * FHIR R4 (4.0.1) as a table: every type, and every JSON member that a value of it may have. Made of data/types.tsv and
 * data/elements.tsv, which tools/fhir/schema.py takes from the official definitions. Constant arrays: nothing to open,
 * nothing to free, any number of threads.
 *
 *   type "Patient.contact" ──► members: id extension modifierExtension relationship name … period
 *                                        each fhir_element.type ──► the type of the value
 *
 * A type is a primitive, a data type, a resource, or a backbone, which has the path of its element as its name. Members
 * are spelled as in JSON ("valueQuantity"); inherited ones are there. A primitive has the members of its `_name`
 * sibling (id, extension). `contained`, Bundle.entry.resource and Parameters.parameter.resource have the type
 * "Resource": the value's own resourceType says more. `resourceType` itself is no member.
 */
typedef uint16_t fhir_type; /* 1 … fhir_schema_types() - 1, sorted by name */
#define FHIR_TYPE_NONE ((fhir_type)0)

typedef enum fhir_kind {
    FHIR_KIND_PRIMITIVE = 1,
    FHIR_KIND_COMPLEX,  /* HumanName */
    FHIR_KIND_BACKBONE, /* Patient.contact, Timing.repeat */
    FHIR_KIND_RESOURCE,
} fhir_kind;

enum {
    FHIR_ELEMENT_MODIFIER = 1,
    FHIR_ELEMENT_SUMMARY = 2,
    FHIR_ELEMENT_ATTRIBUTE = 4,        /* has no `_name` sibling: id, Extension.url */
    FHIR_ELEMENT_INHERITED = 8,        /* of Resource, DomainResource, Element, … */
    FHIR_ELEMENT_SIMPLE_QUANTITY = 16, /* a Quantity without comparator */
    FHIR_ELEMENT_REFERENCED = 32,      /* the type is a backbone that stands elsewhere (contentReference) */
};

typedef struct fhir_element {
    uint16_t name; /* fhir_element_name */
    uint8_t name_length;
    uint8_t flags;
    fhir_type type;   /* of the value */
    uint16_t index;   /* of this element in the whole table: others keep arrays beside it */
    uint16_t bound;   /* fhir_schema_bound; 0: not bound to a value set */
    uint16_t targets; /* fhir_schema_targets; 0: any */
    fhir_type owner;  /* the type whose member this is */
    uint8_t choice;   /* number of the value[x] within its owner, from 1; 0: no choice */
    uint8_t min : 4;  /* 0 or 1; of a choice: one of its members must be there */
    uint8_t many : 4; /* 1: a JSON array */
} fhir_element;

/* How many types there are, FHIR_TYPE_NONE included, and how many elements: the sizes of arrays beside them. */
size_t fhir_schema_types(void);
size_t fhir_schema_elements(void);

/* FHIR_TYPE_NONE if there is no such type. */
fhir_type fhir_schema_type(const char *name, size_t length);

/* "Patient.contact"; "" for FHIR_TYPE_NONE and for what is no type. */
const char *fhir_schema_type_name(fhir_type type);
fhir_kind fhir_schema_kind(fhir_type type); /* 0 for FHIR_TYPE_NONE */
bool fhir_schema_abstract(
    fhir_type type); /* Resource, DomainResource, Element, BackboneElement: no value is only that */

/* The type that it specializes: Age ► Quantity ► Element, Patient ► DomainResource ► Resource, id ► string ► Element,
 * Patient.contact ► BackboneElement; NONE at the top. */
fhir_type fhir_schema_base(fhir_type type);
bool fhir_schema_is(fhir_type type, fhir_type base); /* type is base or specializes it */

/* NULL if a value of `type` can have no such member. `_name` is not looked for: ask for the name behind it. */
const fhir_element *fhir_schema_find(fhir_type type, const char *name, size_t length);

/* In the order of the definitions, which is the order of XML. NULL and 0 for FHIR_TYPE_NONE. */
const fhir_element *fhir_schema_members(fhir_type type, size_t *ret_count);

const fhir_element *fhir_schema_element(size_t index);      /* index < fhir_schema_elements() */
const char *fhir_element_name(const fhir_element *element); /* the JSON member, ends in NUL */
base_span fhir_element_stem(const fhir_element *element);   /* "value" of "valueQuantity", as FHIRPath says it */

/* The types that a Reference or a canonical may point at, sorted; NULL and 0 for any. */
const fhir_type *fhir_schema_targets(const fhir_element *element, size_t *ret_count);

typedef enum fhir_strength {
    FHIR_BOUND_NOT,
    FHIR_BOUND_EXAMPLE,
    FHIR_BOUND_PREFERRED,
    FHIR_BOUND_EXTENSIBLE,
    FHIR_BOUND_REQUIRED,
} fhir_strength;

typedef struct fhir_bound {
    fhir_strength strength;
    const char *value_set; /* canonical URL without version */
    const char *most;      /* the value set that no code may leave, or "" */
} fhir_bound;

fhir_bound fhir_schema_bound(const fhir_element *element);

#endif

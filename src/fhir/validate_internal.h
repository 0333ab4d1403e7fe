/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_VALIDATE_INTERNAL_H
#define FHIR_VALIDATE_INTERNAL_H

#include "base/hash.h"
#include "fhir/primitive.h"
#include "fhir/schema_table.h"
#include "fhir/validate.h"
#include "fhir/validate_rules.h"

/*
 * A validation is a walk down the document. Each object on the way has a frame on the C stack, which names its place,
 * and two slots for each member of its type: the tape position of the member and of its `_member`, 0 for none.
 *
 *   frame ──up──► frame ──up──► root            slots: [member 0 … count) [_member 0 … count)
 *
 * The slots of all open frames lie behind each other in one block that is as deep as a document may be.
 */
#define FHIR_WALK_DEPTH_MAX 200 /* JSON itself is parsed to 512; FHIR stays under 60 */
#define FHIR_MEMBERS_MAX    256 /* of one type: tools/fhir/compile_schema.py makes sure */
#define FHIR_CHOICES_MAX    8
#define FHIR_SLOTS_MAX      ((size_t)FHIR_WALK_DEPTH_MAX * 2 * FHIR_MEMBERS_MAX)

typedef struct fhir_frame {
    const struct fhir_frame *up;
    const fhir_element *element; /* how it was reached; NULL for the document itself */
    json_value value;
    fhir_type type;
    uint16_t depth;
    bool listed; /* an item of a list: `position` says which */
    uint32_t position;
    uint32_t *slots;  /* NULL while it is no object of a known type */
    uint32_t present; /* members that are there, siblings and unknown ones too, resourceType and id not */
    uint16_t chosen[FHIR_CHOICES_MAX + 1]; /* 1 + number of the member that stands for each choice */
    bool siblings;                         /* there is a `_member`, or a null in a list */
} fhir_frame;

/* The resources that the outermost one contains, sorted by id. Those before `from` are of a resource around it. */
typedef struct fhir_contained {
    base_span id;
    json_value at;
    fhir_type type;
    bool used; /* somebody refers to it, or it to its container */
} fhir_contained;

typedef struct fhir_domain {
    const fhir_frame *frame;
    size_t from;
} fhir_domain;

/* The Bundle at hand: its kind, and its entries by fullUrl. */
typedef struct fhir_full {
    uint64_t hash; /* keyed, of the URL; 0: free */
    fhir_type type;
} fhir_full;

typedef struct fhir_fulls {
    fhir_full *slots; /* NULL outside of a Bundle */
    size_t capacity;  /* a power of two */
    base_span kind;
} fhir_fulls;

/* Types that have rules of their own. */
typedef struct fhir_known_types {
    fhir_type resource, domain, bundle, entry, reference, coding, concept, extension, period, range, narrative, meta,
        observation, questionnaire, code_system, organization, count, task, dispense, quantity, string, code, canonical,
        uri, xhtml, parameters;
} fhir_known_types;

struct fhir_validator {
    fhir_known_types types;
    uint8_t *primitives; /* fhir_primitive by type, NONE for others */
    fhir_invariant_hook hook;
    fhir_issue_sink sink;
    void *context;
    int status; /* of the sink, or LETHE_E_BASE_MEMORY: the walk ends */
    uint64_t errors, resources;
    uint32_t *slots; /* FHIR_SLOTS_MAX */
    size_t slots_used;
    fhir_domain domain;
    fhir_contained *contained;
    size_t contained_count, contained_capacity;
    fhir_fulls fulls;
    base_hash_key key;
};

/* -- validate_issue.c: one issue. `member` NULL: the frame's own value; else a member of it; `index` < 0: no list. --
 */
void fhir_issue_at(fhir_validator *v, const fhir_frame *frame, const fhir_element *member, int64_t index, json_value at,
                   fhir_rule_id rule);
void fhir_issue_invariant(fhir_validator *v, const fhir_frame *frame, const fhir_element *member, int64_t index,
                          json_value at, const char *key);
void fhir_issue_number(fhir_validator *v, const fhir_frame *frame, const fhir_element *member, int64_t index,
                       json_value at, size_t number);

/* -- validate_walk.c -- */
void fhir_walk_resource(fhir_validator *v, const fhir_frame *up, const fhir_element *element, int64_t index,
                        json_value value);

/* The member of an open object as FHIRPath calls it, choices by their stem: absent where it is not there. The second is
 * true where only its sibling is. */
json_value fhir_member(const fhir_frame *frame, const char *name);
const fhir_element *fhir_member_element(const fhir_frame *frame, const char *name); /* of the member that is there */

/* -- validate_primitive.c: a value that is no object. -- */
void fhir_check_primitive(fhir_validator *v, const fhir_frame *frame, const fhir_element *element, int64_t index,
                          json_value value);

/* -- validate_binding.c -- */
bool fhir_code_known(uint8_t set, base_span system, base_span code, bool any_system);
void fhir_check_binding(fhir_validator *v, const fhir_frame *frame, const fhir_element *element, int64_t index,
                        json_value value);

/* -- validate_version.c: whether it is of another release; an issue was given where it is. -- */
bool fhir_check_version(fhir_validator *v, const fhir_frame *frame, base_span type_name);
bool fhir_other_version(fhir_type type, base_span element, fhir_rule_id *ret_rule);

/* -- validate_reference.c -- */
void fhir_check_reference(fhir_validator *v, const fhir_frame *frame);

/* -- validate_contained.c -- */
void fhir_domain_open(fhir_validator *v, const fhir_frame *frame, fhir_domain *ret_around);
void fhir_domain_close(fhir_validator *v, const fhir_domain *around);
void fhir_check_contained(fhir_validator *v, const fhir_frame *frame); /* the frame of a contained resource */
fhir_contained *fhir_contained_find(const fhir_validator *v, base_span id);
void fhir_note_fragment(fhir_validator *v, const fhir_frame *frame, base_span text); /* "#id", "#": it is used */

/* -- validate_bundle.c -- */
void fhir_bundle_open(fhir_validator *v, const fhir_frame *frame);
void fhir_bundle_close(fhir_validator *v);
const fhir_full *fhir_full_find(const fhir_validator *v, base_span url);
void fhir_check_bundle(fhir_validator *v, const fhir_frame *frame);
void fhir_check_entry(fhir_validator *v, const fhir_frame *frame);

/* -- validate_coded.c: invariants written in C; validate_program.c: those of the table. -- */
void fhir_check_coded(fhir_validator *v, const fhir_frame *frame);
void fhir_check_programs(fhir_validator *v, const fhir_frame *frame);

#endif

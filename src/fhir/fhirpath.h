/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_FHIRPATH_H
#define FHIR_FHIRPATH_H

#include "fhir/node.h"

#include <stdint.h>

/*
 * FHIRPath (HL7 FHIRPath Normative Release 1, with the functions that FHIR R4 adds) over the tree of node.h, as far as
 * rules of de-identification and the invariants of R4 need it. An expression is compiled once and may then be evaluated
 * by many threads, each with a scratch of its own.
 *
 * Where implementations differ: `as` on many items keeps those that fit (as R4's own invariants expect), `matches`
 * finds a part, names of System types fit the FHIR primitives of the same meaning, and a leading type name is the focus
 * itself where that is of this type. Not supported, and an error of compiling: memberOf, conformsTo, aggregate, today,
 * now, timeOfDay, and arithmetic on quantities and dates.
 */
#define FHIRPATH_TEXT_MAX  ((size_t)16 << 10)   /* bytes of one expression */
#define FHIRPATH_DEPTH_MAX 100                  /* nesting of one expression */
#define FHIRPATH_STEPS_MAX ((uint64_t)32 << 20) /* items looked at by one evaluation */

typedef struct fhirpath_program fhirpath_program;

/* LETHE_E_FHIR_PATH with the byte in `text` where the trouble begins: not FHIRPath, or not supported. */
int fhirpath_compile(base_span text, fhirpath_program **ret_program, lethe_error *error);
void fhirpath_free(fhirpath_program *program);

typedef enum fhirpath_kind {
    FHIRPATH_NODE,
    FHIRPATH_BOOLEAN,
    FHIRPATH_INTEGER,
    FHIRPATH_DECIMAL,
    FHIRPATH_STRING,
    FHIRPATH_DATE,
    FHIRPATH_DATE_TIME,
    FHIRPATH_TIME,
    FHIRPATH_QUANTITY,
} fhirpath_kind;

/* One item of a collection: a node of the tree, or a value that stands in the expression or was computed. */
typedef struct fhirpath_item {
    fhirpath_kind kind;
    bool truth;      /* BOOLEAN */
    int64_t integer; /* INTEGER */
    base_span text;  /* STRING, DATE, DATE_TIME, TIME; the decimal text of DECIMAL and QUANTITY */
    base_span unit;  /* QUANTITY */
    fhir_node *node; /* NODE */
} fhirpath_item;

typedef struct fhirpath_list {
    fhirpath_item *items;
    size_t count;
} fhirpath_list;

/* Memory of evaluations: what one gave is valid until the next with the same scratch. One thread at a time. */
typedef struct fhirpath_scratch fhirpath_scratch;
int fhirpath_scratch_new(size_t max_bytes, fhirpath_scratch **ret_scratch, lethe_error *error);
void fhirpath_scratch_free(fhirpath_scratch *scratch);

/* The items of `program` on `node`. LETHE_E_FHIR_EVAL where values cannot be compared or are many where one is asked,
 * LETHE_E_BASE_LIMIT where an evaluation looks at too much, LETHE_E_BASE_MEMORY. */
int fhirpath_eval(const fhirpath_program *program, fhirpath_scratch *scratch, fhir_node *node, fhirpath_list *ret_list,
                  lethe_error *error);

/* What the program could find on a tree without values (rules_shape.h): filters keep everything but other types. */
int fhirpath_reach(const fhirpath_program *program, fhirpath_scratch *scratch, fhir_node *shape,
                   fhirpath_list *ret_list, lethe_error *error);

/* Empty, or one truth. A single item that is no boolean counts as true, as everywhere in FHIRPath. */
typedef enum fhirpath_truth { FHIRPATH_UNKNOWN, FHIRPATH_FALSE, FHIRPATH_TRUE } fhirpath_truth;
int fhirpath_test(const fhirpath_program *program, fhirpath_scratch *scratch, fhir_node *node,
                  fhirpath_truth *ret_truth, lethe_error *error);

/* What the policy's rules ask of an expression: the members it names in order where it is a plain path of at most
 * `max` members (a.b.c; 0 for `$this`), or -1. */
int fhirpath_plain(const fhirpath_program *program, base_span *ret_members, int max);

#endif

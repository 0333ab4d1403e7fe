/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_VALIDATE_H
#define FHIR_VALIDATE_H

#include "fhir/schema.h"
#include "json/json.h"

/*
 * Whether a JSON document is a resource of FHIR R4: structure, cardinality, choices, the syntax of primitives, required
 * bindings, targets of references, contained resources, Bundles, invariants (docs/SPEC-validate.md says which). Nothing
 * outside of the document is looked at: no profiles, no other files, no terminology server.
 *
 * An issue is a code (an IssueType of FHIR), a rule, a constant sentence and a place; it never holds a value. Places
 * are FHIRPath made of schema names and indexes.
 */
#define FHIR_ISSUE_PATH_MAX 512

typedef enum fhir_severity { FHIR_SEVERITY_ERROR, FHIR_SEVERITY_WARNING } fhir_severity;

typedef struct fhir_issue {
    fhir_severity severity;
    const char *code;               /* "structure", "required", "value", "code-invalid", "invariant", "not-supported" */
    const char *rule;               /* "unknown-element", "per-1" */
    const char *message;            /* a constant */
    uint16_t number;                /* of the rule, below fhir_rule_count() */
    size_t byte;                    /* where the value begins in the document */
    char path[FHIR_ISSUE_PATH_MAX]; /* "Patient.contact[0].name.given[1]"; what does not fit is cut off in front */
} fhir_issue;

/* Non-zero ends the validation, which returns it. */
typedef int (*fhir_issue_sink)(void *context, const fhir_issue *issue);

typedef struct fhir_validator fhir_validator; /* one thread at a time; memory is reused */

int fhir_validator_new(fhir_validator **ret_validator, lethe_error *error);
void fhir_validator_free(fhir_validator *validator);

/* What an engine for FHIRPath adds: the invariants that are not checked here. `focus` is the value, `type` its type,
 * `resource` the resource around it. False where the expression is false or empty; what it cannot evaluate is true. */
typedef struct fhir_invariant_hook {
    void *context;
    bool (*holds)(void *context, size_t rule, const char *expression, fhir_type type, json_value focus,
                  json_value resource);
} fhir_invariant_hook;

void fhir_validator_hook(fhir_validator *validator, fhir_invariant_hook hook);

/* Validates one document: a resource, contained resources and entries with it. 0, LETHE_E_BASE_MEMORY, or what the sink
 * says. `ret_errors` counts issues that are errors, `ret_resources` the document's resources, entries of Bundles too.
 */
int fhir_validate(fhir_validator *validator, json_value root, fhir_issue_sink sink, void *context, uint64_t *ret_errors,
                  uint64_t *ret_resources, lethe_error *error);

/* A document that is no JSON at all: XML has its own sentence. */
int fhir_validate_broken(base_span text, const lethe_error *trouble, fhir_issue_sink sink, void *context);

/* The rules by number: those of structure first, then the invariants of R4. */
typedef struct fhir_rule {
    const char *name, *code, *message;
    fhir_severity severity;
    const char *about;   /* type that an invariant is of, or "" */
    const char *checked; /* "yes", "with a FHIRPath engine", "no" */
} fhir_rule;

size_t fhir_rule_count(void);
fhir_rule fhir_rule_of(size_t number);

#endif

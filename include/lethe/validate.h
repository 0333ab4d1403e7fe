/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LETHE_VALIDATE_H
#define LETHE_VALIDATE_H

#include <lethe/error.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Whether FHIR R4 (4.0.1) in JSON is what its specification says: structure, cardinality, choices, the syntax of
 * primitives, required bindings to the code systems of the core package, targets of references, contained resources,
 * Bundles, invariants (docs/SPEC-validate.md). Nothing outside of a document is looked at.
 */
typedef struct lethe_issue {
    const char *severity; /* "error", or "warning" of what R4 itself only warns of */
    const char *code; /* IssueType of FHIR: structure, required, value, code-invalid, invariant, not-supported, … */
    const char *rule; /* "unknown-element", "per-1": one of lethe_validate_rules */
    const char *message; /* a constant sentence */
    const char *path;    /* FHIRPath of schema names and indexes: "Patient.name[0].given[1]"; never a value */
    const char *file;    /* a name that the operator gave; "" for a document in memory */
    int64_t line;        /* of NDJSON; 0 where the file is one document */
    int64_t byte;        /* offset in the (uncompressed) file */
} lethe_issue;

#define LETHE_VALIDATE_ISSUES_MAX 1000000

/* Zero means the default named behind each member. */
typedef struct lethe_validate_options {
    uint32_t size_bytes;
    uint32_t threads;    /* processors of this process; the result is the same at any number */
    uint32_t max_issues; /* 1000: how many are listed, the first by place; all are counted */
    int (*progress)(void *context, uint64_t done, uint64_t total); /* bytes; non-zero cancels */
    void *progress_context;
} lethe_validate_options;

typedef struct lethe_rule_count {
    const char *rule, *code, *severity, *message;
    uint64_t issues;
} lethe_rule_count;

typedef struct lethe_validate_result {
    uint64_t files, bytes;                  /* read; uncompressed */
    uint64_t documents, resources, invalid; /* documents with an error; resources of Bundles and contained ones count */
    uint64_t errors, warnings;
    size_t count;
    const lethe_issue *issues; /* by file, line, byte, path, rule */
    size_t rule_count;
    const lethe_rule_count *rules; /* those that were broken, most often first */
} lethe_validate_result;

/* `input` is a folder, a file, or "-": JSON, NDJSON, Bundles, also as .gz or .zst. 0 however many resources are
 * invalid; LETHE_E_ENGINE_INPUT, _CHANGED, LETHE_E_BASE_*. `options` may be NULL. */
LETHE_API int lethe_validate(const char *input, const lethe_validate_options *options,
                             lethe_validate_result **ret_result, lethe_error *error);

/* One document in memory. */
LETHE_API int lethe_validate_resource(const char *json, size_t size_bytes, const lethe_validate_options *options,
                                      lethe_validate_result **ret_result, lethe_error *error);

LETHE_API void lethe_validate_free(lethe_validate_result *result); /* NULL-safe */

/* What is checked and what is not. */
typedef struct lethe_validate_rule {
    const char *name, *code, *severity, *message;
    const char *about;   /* the type that an invariant is of, or "" */
    const char *checked; /* "yes", "no" */
} lethe_validate_rule;

LETHE_API size_t lethe_validate_rule_count(void);
LETHE_API int lethe_validate_rule_get(size_t index, lethe_validate_rule *ret_rule); /* 0, or -1 beyond the last */

/* What else is known to be missing: one sentence each; NULL behind the last. */
LETHE_API const char *const *lethe_validate_limits(void);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_RULES_H
#define FHIR_RULES_H

#include "base/buf.h"
#include "fhir/deid.h"

/*
 * The policies of others: the configuration format of Microsoft's Tools for Health Data Anonymization, which
 * cumulus-etl uses too, with the methods that miracum's FHIR pseudonymizer adds. JSON or YAML.
 *
 *   compat  their semantics to the letter, with their quirks: what no rule touches stays
 *   else    the same rules, each value changed by our means: keyed per patient, valid FHIR, references that resolve;
 *           free text, attachments and extensions that no rule touches go (README of this module)
 */
#define FHIR_RULES_MAX       4096
#define FHIR_RULES_BYTES_MAX ((size_t)4 << 20) /* of a policy */

typedef struct fhir_rules fhir_rules;

/* What is not understood or not supported is LETHE_E_FHIR_POLICY, an expression LETHE_E_FHIR_PATH, with line, byte and
 * "fhirPathRules[3].path". `compat` overlooks unknown keys, as theirs does. Constant once loaded, for many threads. */
int fhir_rules_load(base_span text, bool compat, fhir_rules **ret_rules, lethe_error *error);
void fhir_rules_free(fhir_rules *rules);
size_t fhir_rules_count(const fhir_rules *rules);

enum {
    FHIR_RULES_REDACTED = 1,
    FHIR_RULES_ABSTRACTED = 2,
    FHIR_RULES_HASHED = 4,
    FHIR_RULES_ENCRYPTED = 8,
    FHIR_RULES_PERTURBED = 16,
    FHIR_RULES_SUBSTITUTED = 32,
    FHIR_RULES_GENERALIZED = 64,
    FHIR_RULES_PSEUDONYMIZED = 128,
};

typedef struct fhir_rules_options {
    int32_t as_of_day;      /* "today", to which ages over 89 are counted */
    base_span file, folder; /* base names: the prefix of dateShiftKey for scopes file and folder; compat only */
    fhir_deid_keys keys;    /* needed without compat */
    size_t max_bytes;       /* of one document, in memory and written; 0: JSON_DOCUMENT_MAX */
} fhir_rules_options;

typedef struct fhir_rules_stats {
    uint64_t resources, changed; /* changed: values that a rule touched */
    uint64_t withheld_text;      /* free text, attachments and extensions that no rule touched */
    uint64_t unknown_members;    /* members that the schema does not know, left out */
    uint64_t emptied;            /* resources emptied under processingErrors: skip */
    uint64_t unowned;            /* resources of no one patient, whose dates were cut to the year */
} fhir_rules_stats;

/* One thread's work with a policy. */
typedef struct fhir_rules_run fhir_rules_run;
int fhir_rules_run_new(const fhir_rules *rules, const fhir_rules_options *options, fhir_rules_run **ret_run,
                       lethe_error *error);
void fhir_rules_run_free(fhir_rules_run *run);
void fhir_rules_run_file(fhir_rules_run *run, base_span file); /* options.file of what follows; copied */
const fhir_rules_stats *fhir_rules_run_stats(const fhir_rules_run *run);

/* Appends what becomes of one resource or Bundle. On failure `out` is as it was: LETHE_E_FHIR_SHAPE and _TYPE where it
 * is no valid input, LETHE_E_FHIR_EVAL where an expression fails on it, LETHE_E_FHIR_RULE where a rule cannot be
 * applied. */
int fhir_rules_apply(fhir_rules_run *run, json_value root, base_buf *out, lethe_error *error);

/* What is wrong with a policy before any data is seen (rules_check.c). */
typedef enum fhir_rules_finding {
    FHIR_RULES_NEVER,       /* the path names nothing that R4 has */
    FHIR_RULES_SHADOWED,    /* earlier rules touch all that it could */
    FHIR_RULES_OVERLAP,     /* an earlier rule touches a part */
    FHIR_RULES_OPEN,        /* free text that no rule touches: stays under compat */
    FHIR_RULES_KEY,         /* a key that can be guessed, or none */
    FHIR_RULES_UNKNOWN_KEY, /* a member that the format does not know, overlooked under compat */
    FHIR_RULES_DIFFERS,     /* compat and our semantics give another output */
    FHIR_RULES_FINDING_COUNT,
} fhir_rules_finding;

typedef struct fhir_rules_report {
    fhir_rules_finding finding;
    size_t rule; /* 1 + its number; 0: none */
    int64_t line;
    const char *path; /* of the policy or of the schema */
    const char *text; /* one sentence of constant text */
} fhir_rules_report;

const char *fhir_rules_finding_name(fhir_rules_finding finding);
typedef int (*fhir_rules_sink)(void *context, const fhir_rules_report *report); /* non-zero ends */
int fhir_rules_check(const fhir_rules *rules, fhir_rules_sink sink, void *context, lethe_error *error);

#endif

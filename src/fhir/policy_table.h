/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_POLICY_TABLE_H
#define FHIR_POLICY_TABLE_H

#include <stdint.h>

/*
 * The arrays that tools/fhir/policy.py makes of data/: for each element of the schema the line of policy.tsv that
 * judges it; code systems, extensions, and sets of codes, units and words. Strings are offsets into one pool.
 */
typedef struct fhir_policy_line {
    uint32_t what, rule, reason;
    uint8_t number; /* fhir_judgement */
    uint8_t mask;   /* data-absent-reason stands in its place, also where FHIR does not require the element */
} fhir_policy_line;

typedef struct fhir_system_row {
    uint32_t uri;
    uint16_t size;
    uint8_t form;  /* fhir_form */
    uint8_t begin; /* a beginning */
} fhir_system_row;

typedef struct fhir_extension_row {
    uint32_t url, value, reason;
    uint16_t url_size;
    uint8_t race;
} fhir_extension_row;

/* A set of strings: open addressing, at most half full, linear probing; slots hold offsets into its own pool, where
 * each string has its length in one byte before it. */
typedef struct fhir_string_set {
    const uint32_t *slots;
    const uint8_t *pool;
    uint32_t mask;
} fhir_string_set;

extern const uint16_t fhir_policy_of[]; /* element -> line */
extern const fhir_policy_line fhir_policy_lines[];
extern const uint32_t fhir_policy_line_count;
extern const fhir_system_row fhir_system_rows[]; /* exact ones first, then beginnings */
extern const uint32_t fhir_system_count;
extern const fhir_extension_row fhir_extension_rows[];
extern const uint32_t fhir_extension_count;
extern const uint16_t fhir_owner_of[]; /* type -> element + 1 whose reference is the patient; 0: looked for inside */
extern const char fhir_policy_strings[];
extern const fhir_string_set fhir_codes, fhir_units, fhir_words;

#endif

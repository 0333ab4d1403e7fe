/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNTH_SYNTH_H
#define SYNTH_SYNTH_H

#include "base/error.h"
#include "base/span.h"

#include <stdint.h>

/*
 * Synthetic populations as FHIR R4. Patient i is a function of (seed, i) and the options below except `patients` and
 * `first`: any split of a population over threads, processes or machines gives the same bytes.
 */
typedef enum synth_type {
    SYNTH_PATIENT,
    SYNTH_ENCOUNTER,
    SYNTH_CONDITION,
    SYNTH_OBSERVATION,
    SYNTH_MEDICATION_REQUEST,
    SYNTH_PROCEDURE,
    SYNTH_IMMUNIZATION,
    SYNTH_ALLERGY_INTOLERANCE,
    SYNTH_FAMILY_MEMBER_HISTORY,
    SYNTH_DIAGNOSTIC_REPORT,
    SYNTH_CARE_PLAN,
    SYNTH_CARE_TEAM,
    SYNTH_DOCUMENT_REFERENCE,
    SYNTH_CLAIM,
    SYNTH_EXPLANATION_OF_BENEFIT,
    SYNTH_PROVENANCE,
    SYNTH_ORGANIZATION,
    SYNTH_LOCATION,
    SYNTH_PRACTITIONER,
    SYNTH_MEDICATION,
    SYNTH_BUNDLE,
    SYNTH_TRUTH, /* no resource: lines of docs/SPEC-synth.md, where options say so */
    SYNTH_TYPE_COUNT,
} synth_type;

typedef enum synth_format { SYNTH_NDJSON, SYNTH_BUNDLES } synth_format;
typedef enum synth_bytes { SYNTH_COMPACT, SYNTH_SYNTHEA_LIKE } synth_bytes;

#define SYNTH_PATIENTS_MAX      100000000u
#define SYNTH_PATIENT_BYTES_MAX ((size_t)64 << 20) /* of one patient and resource type */

typedef struct synth_options {
    uint64_t seed;
    uint64_t first;    /* index of the first patient of this part */
    uint64_t patients; /* how many from there */
    synth_format format;
    synth_bytes bytes;     /* compact: no claims, few reports; synthea-like: the mix of bytes of Synthea's exports */
    int32_t as_of;         /* day since 1970-01-01; nothing is recorded later */
    uint32_t untidy_mille; /* 0 clean … 1000: how much of what real exports get wrong */
    bool truth;            /* what was likely to begin after each visit, beside the resources */
} synth_options;

/* 2,000 patients, seed 1, NDJSON, compact, as of 2025-06-30, untidiness 300. */
synth_options synth_options_default(void);

/* Receives complete NDJSON lines of one resource type (or, with SYNTH_BUNDLES, one whole Bundle and a line feed). */
typedef struct synth_sink {
    void *context;
    int (*append)(void *context, synth_type type, base_span bytes, lethe_error *error);
} synth_sink;

/* "Patient", …: the resource type, and the name of its NDJSON file without ".ndjson". */
const char *synth_type_name(synth_type type);

typedef struct synth_state synth_state; /* buffers of one thread */

int synth_new(const synth_options *options, synth_state **ret_state, lethe_error *error); /* LETHE_E_SYNTH_OPTION */
void synth_free(synth_state *state);

/* Organizations, locations, practitioners and medications to which patients refer; once for a population. In Bundle
 * format each Bundle carries its own and this writes nothing. */
int synth_shared(synth_state *state, const synth_sink *sink, lethe_error *error);

/* Everything about patient `index`. */
int synth_patient(synth_state *state, uint64_t index, const synth_sink *sink, lethe_error *error);

/* The shared resources if `first` is 0, then patients first … first + patients - 1. */
int synth_run(const synth_options *options, const synth_sink *sink, lethe_error *error);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_INGEST_H
#define ENGINE_INGEST_H

#include "clinical/pack.h"
#include "engine/catalog.h"
#include "engine/claims.h"
#include "engine/gate.h"
#include "engine/parts.h"
#include "engine/people.h"
#include "engine/source.h"
#include "engine/withheld.h"
#include "fhir/reader.h"

/*
 * Reads a source to its end on all threads: parses each document, lets the FHIR or the flat reader find its events,
 * packs them, and hands them to the partition of their patient. What cannot be used is noted by its place.
 */
typedef struct engine_ingest {
    /* in */
    engine_source *source;
    base_hash_key secret;           /* of record keys */
    const char *patient_identifier; /* system, or NULL */
    size_t threads;
    bool strict;
    int (*progress)(void *context, uint64_t done, uint64_t total); /* may be NULL; non-zero cancels */
    void *progress_context;
    engine_gate *gate; /* NULL: nobody notes how far the source was read */
    /* where it goes */
    engine_parts *records;
    engine_catalog *catalog;
    engine_people *people;
    engine_claims *claims;
    engine_withheld *withheld;
    bool stopped;                  /* a worker failed: the others end too */
    struct ingest_worker *workers; /* while it runs */
    /* out, added to what is there */
    fhir_stats fhir;
    uint64_t flat_records;
    clinical_coverage coverage;
} engine_ingest;

/* What was counted so far, added to what is in `ingest`; for the gate. `ret_ingest` is a copy with a coverage of its
 * own. */
void engine_ingest_count(const engine_ingest *ingest, engine_ingest *ret_ingest);

int engine_ingest_run(engine_ingest *ingest, lethe_error *error);

/* The partition of a patient. */
static inline size_t engine_part_of(record_key patient, size_t part_count)
{
    return (size_t)(patient.high % part_count);
}

#endif

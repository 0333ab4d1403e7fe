/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_READER_H
#define FHIR_READER_H

#include "fhir/types.h"
#include "json/json.h"
#include "record/event.h"

/*
 * Reads FHIR R4 resources and Bundles, already parsed as JSON, into heads and events (record/event.h). A reader holds
 * scratch memory that is reused from one document to the next; nothing of a document stays in it. One thread at a time.
 *
 * What costs one record: a used element of the wrong type (LETHE_E_FHIR_TYPE) or with an impossible value
 * (LETHE_E_FHIR_VALUE), no patient where one is needed (_NO_PATIENT, _REFERENCE), what is no resource (_SHAPE), a
 * broken Bundle entry (_BUNDLE), a limit (LETHE_E_BASE_LIMIT). It goes to sink->withheld with FHIR path and byte offset
 * in the document; the rest of the Bundle is read. Elements that are not used are JSON and nothing more is asked of
 * them.
 */
typedef struct fhir_reader fhir_reader;

typedef struct fhir_options {
    base_hash_key secret;      /* of record_key_of */
    size_t max_events;         /* of one resource; 0: FHIR_EVENTS_MAX */
    size_t max_entries;        /* of one Bundle; 0: FHIR_ENTRIES_MAX */
    size_t max_resource_bytes; /* of what one resource needs beside its text; 0: FHIR_RESOURCE_BYTES_MAX */
} fhir_options;

#define FHIR_EVENTS_MAX         ((size_t)1 << 16)
#define FHIR_ENTRIES_MAX        ((size_t)1 << 23)
#define FHIR_RESOURCE_BYTES_MAX ((size_t)256 << 20)

/* Every resource is read once, and then either used, negated (a head without events: retracted, refuted, not done,
 * another person), unused (its type gives nothing) or withheld. */
typedef struct fhir_count {
    uint64_t read, used, negated, unused, withheld;
} fhir_count;

typedef struct fhir_stats {
    fhir_count types[FHIR_RESOURCE_TYPE_COUNT]; /* FHIR_OTHER: type names that R4 does not have */
    uint64_t bundles;                           /* Bundles, nested ones too */
    uint64_t broken;                            /* withheld before their type was known */
} fhir_stats;

int fhir_reader_new(const fhir_options *options, fhir_reader **ret_reader, lethe_error *error);
void fhir_reader_free(fhir_reader *reader);

/* Reads one resource or one Bundle. Returns 0 also where everything was withheld; LETHE_E_BASE_MEMORY; or what a call
 * of the sink returned. Spans in heads and events live as long as that call. */
int fhir_read(fhir_reader *reader, json_value root, const record_sink *sink, lethe_error *error);

const fhir_stats *fhir_reader_stats(const fhir_reader *reader); /* since fhir_reader_new */

#endif

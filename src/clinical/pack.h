/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLINICAL_PACK_H
#define CLINICAL_PACK_H

#include "base/buf.h"
#include "clinical/coverage.h"
#include "record/event.h"

/*
 * Reading time: a resource's events become a few bytes of concept numbers, days and values, so that assembly can hold
 * or spill them and derive needs no document. Of the input's strings only ids of encounters and identifiers of the
 * system that was asked for are kept; everything else is a value of the vocabulary or gone. Shared resources
 * (Medication, Location) pack the same way and are found again by their key.
 *
 * The packed form belongs to one build of one run: it is no file format.
 */
typedef struct clinical_pack clinical_pack; /* one thread at a time */

typedef struct clinical_pack_options {
    base_hash_key secret;        /* the run's: coverage of several packs can then be merged */
    base_span identifier_system; /* of --patient-identifier; empty: none. Borrowed for as long as the pack lives */
} clinical_pack_options;

int clinical_pack_new(const clinical_pack_options *options, clinical_pack **ret_pack, lethe_error *error);
void clinical_pack_free(clinical_pack *pack);

/* Appends the packed events of one resource to `out`. Nothing is appended where they say nothing that a feature needs.
 * Errors: LETHE_E_BASE_MEMORY, LETHE_E_BASE_LIMIT of `out`. */
int clinical_pack_resource(clinical_pack *pack, const record_event *events, size_t event_count, base_buf *out,
                           lethe_error *error);

const clinical_coverage *clinical_pack_coverage(const clinical_pack *pack);

/* Whom a packed resource makes one person with: links to other Patients, identifiers of the system that was asked for.
 */
typedef struct clinical_identity_visitor {
    void *context;
    int (*link)(void *context, record_key patient);
    int (*identifier)(void *context, base_span value); /* borrowed from the packed bytes */
} clinical_identity_visitor;

/* A non-zero return of the visitor stops and is returned. Errors: LETHE_E_CLINICAL_DAMAGED. */
int clinical_packed_identity(base_span packed, const clinical_identity_visitor *visitor, lethe_error *error);

#endif

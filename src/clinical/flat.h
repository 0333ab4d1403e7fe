/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLINICAL_FLAT_H
#define CLINICAL_FLAT_H

#include "base/hash.h"
#include "json/json.h"
#include "record/event.h"

/*
 * Reads flat records, already parsed as JSON, into the same heads and events as FHIR: each record is one visit. Members
 * (docs/SPEC-features.md): id, age or birth_date, gender, pregnancy, location, season, history, medications, allergies,
 * symptoms, vital_signs, clinical_text; and visit_date, encounter_id, encounter_class, immunizations, procedures,
 * exposure. Unknown members are let be. A known one of the wrong type costs the record: sink->withheld with its JSON
 * path and byte.
 */
typedef struct clinical_flat clinical_flat; /* one thread at a time */

#define CLINICAL_FLAT_EVENTS_MAX 10000u /* events of one record */
#define CLINICAL_FLAT_ID_MAX     256u   /* bytes of an id */

int clinical_flat_new(const base_hash_key *secret, clinical_flat **ret_flat, lethe_error *error);
void clinical_flat_free(clinical_flat *flat);

/* Whether a document is a flat record: an object without resourceType and with some member that only a patient has. */
bool clinical_flat_is(json_value root);

/* Returns 0 also where the record was withheld; else what the sink returned. */
int clinical_flat_read(clinical_flat *flat, json_value root, const record_sink *sink, lethe_error *error);

uint64_t clinical_flat_count(const clinical_flat *flat); /* records read, withheld ones included */

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_ONE_H
#define ENGINE_ONE_H

#include "base/arena.h"
#include "clinical/derive.h"
#include "clinical/flat.h"
#include "clinical/pack.h"
#include "engine/shared.h"
#include "fhir/reader.h"
#include "identity/token.h"
#include "json/json.h"

/*
 * One patient in memory, without partitions or threads: the same readers, packing and derivation as a run, for one
 * document. Reused from one patient to the next; nothing of a patient stays after engine_one_forget.
 */
typedef struct engine_one {
    base_hash_key secret;
    const char *patient_identifier;
    identity_tokens *tokens;
    json_parser *parser;
    fhir_reader *fhir;
    clinical_flat *flat;
    clinical_pack *pack;
    engine_shared shared;
    base_buf text, packed;
    base_arena arena;
    struct engine_one_resource *resources;
    size_t resource_count, resource_capacity;
    /* the patient at hand */
    base_span name, system;
    identity_token token;
    record_key patient;
    bool several;
    lethe_error trouble; /* the first record that could not be used */
} engine_one;

int engine_one_open(engine_one *one, const crypt_keyring *ring, const char *patient_identifier, lethe_error *error);
void engine_one_close(engine_one *one);

/*
 * The latest snapshot. `as_of_day`: INT32_MAX for the day of the latest event. Errors of the document itself, with byte
 * and path; LETHE_E_FHIR_NO_PATIENT where it has no patient, LETHE_E_ENGINE_INPUT where it has several; the row and its
 * items live until engine_one_forget. `ret_undated`: the record has no date at all.
 */
int engine_one_read(engine_one *one, base_span json, int32_t as_of_day, record_row *ret_row, bool *ret_undated,
                    lethe_error *error);
void engine_one_forget(engine_one *one);

#endif

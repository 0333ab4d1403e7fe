/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_DEID_H
#define ENGINE_DEID_H

#include "base/file.h"
#include "crypt/keyring.h"
#include "fhir/deid.h"
#include "identity/artefact.h"
#include "identity/reversible.h"
#include "json/json.h"

#include <lethe/deid.h>

/* What one thread de-identifies with: fhir's walk over identity's tokens. */
typedef struct engine_deid {
    json_parser *parser;
    identity_artefact *artefact;
    identity_reversible *reversible; /* NULL: none is asked for */
    fhir_deid *deid;
    base_buf out;
} engine_deid;

/* The options of a run, checked. */
typedef struct engine_deid_plan {
    fhir_profile profile;
    int32_t as_of_day;
    const char *as_of, *audience;
    bool weeks, reversible, tags;
    size_t threads;
} engine_deid_plan;

/* LETHE_E_ENGINE_OPTION (path: the member). */
int engine_deid_plan_of(const lethe_deid_options *options, engine_deid_plan *ret_plan, lethe_error *error);

int engine_deid_init(engine_deid *one, const crypt_keyring *ring, const engine_deid_plan *plan, lethe_error *error);
void engine_deid_done(engine_deid *one);

/* Appends the de-identified document to one->out. JSON_PADDING bytes behind `text` are readable. */
int engine_deid_document(engine_deid *one, base_span text, lethe_error *error);

/* A file that was written. */
typedef struct engine_deid_file {
    char name[128];
    uint64_t bytes, documents;
    uint8_t digest[32];
} engine_deid_file;

/* manifest.json with its signature, and changes.json. */
typedef struct engine_deid_made {
    const base_folder *folder;
    const crypt_keyring *ring;
    const engine_deid_plan *plan;
    const engine_deid_file *files;
    size_t file_count;
    const fhir_changes *changes;
    uint64_t documents, withheld;
} engine_deid_made;

int engine_deid_manifest(const engine_deid_made *made, lethe_error *error);

#endif

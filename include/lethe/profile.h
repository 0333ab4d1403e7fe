/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LETHE_PROFILE_H
#define LETHE_PROFILE_H

#include <lethe/error.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Profiles of single patients, outside a release (`pseudonymised`) or under the plan of one (`plan-checked`). An engine
 * holds keys, vocabulary and plan; it may be used by one thread at a time.
 */
typedef struct lethe_engine lethe_engine;

typedef struct lethe_engine_options {
    uint32_t size_bytes;
    const char *key_file;
    const char *plan;               /* folder of a dataset whose plan is applied; NULL: none */
    const char *as_of;              /* YYYY-MM-DD; default: the day of the latest event */
    const char *patient_identifier; /* as in lethe_run_options */
} lethe_engine_options;

LETHE_API int lethe_engine_open(const lethe_engine_options *options, lethe_engine **ret_engine, lethe_error *error);
LETHE_API void lethe_engine_close(lethe_engine *engine);

/*
 * The latest snapshot of the one patient in `json` (a flat record, a FHIR Bundle or resource) as AnonymizedMLProfile
 * JSON: {anonymous_id, clinical_text_embedding, categorical_features, similarity_metadata, prediction_ready,
 * similarity_preserved, privacy, plan_sha256, key_id, schema_version, vocabulary_version}. `ret_json` is freed by
 * lethe_free. LETHE_E_PRIVACY_SUPPORT where the plan refuses the profile.
 */
LETHE_API int lethe_create_ml_profile(lethe_engine *engine, const char *json, size_t json_size, char **ret_json,
                                      size_t *ret_size, lethe_error *error);

/* The same with `emergency`: cardiac and other risk factors, flags, and a compact prompt for an on-device model. */
LETHE_API int lethe_create_emergency_profile(lethe_engine *engine, const char *json, size_t json_size, char **ret_json,
                                             size_t *ret_size, lethe_error *error);

LETHE_API void lethe_free(void *memory);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_BUNDLE_H
#define ENGINE_BUNDLE_H

#include "engine/course.h"

/*
 * models/prediction.bin of a dataset (docs/SPEC-prediction.md): what `lethe evaluate --fit` found and `lethe predict`
 * needs, with the names that its numbers stand for and what it was made of. It comes from a folder that others may have
 * written to: every number in it is checked before it is used.
 */
#define ENGINE_BUNDLE_FOLDER    "models"
#define ENGINE_BUNDLE_FILE      "prediction.bin"
#define ENGINE_BUNDLE_BYTES_MAX ((size_t)1 << 30)

typedef struct engine_bundle {
    char stamp[5][VECTOR_STAMP_MAX + 1]; /* model, schema, vocabulary, plan, key */
    uint8_t manifest[32];                /* SHA-256 of manifest.json */
    uint32_t horizon_months;
    uint32_t outcome_count, feature_count, stratum_count;
    const char **outcomes, **features, **strata; /* sorted */
    engine_fitted fitted;
    base_arena names;
} engine_bundle;

/* Of borrowed examples and what was fitted on them. */
int engine_bundle_write(const engine_dataset *dataset, const engine_examples *examples, const engine_fitted *fitted,
                        uint32_t horizon_months, base_buf *out, lethe_error *error);

/* LETHE_E_ENGINE_MODEL for anything but what engine_bundle_write writes. */
int engine_bundle_read(base_span bytes, engine_bundle *ret_bundle, lethe_error *error);
void engine_bundle_done(engine_bundle *bundle);

/* The dataset's own: LETHE_E_ENGINE_NO_MODEL, _MODEL, _MODEL_STAMP (path: what differs). */
int engine_bundle_open(const engine_dataset *dataset, engine_bundle *ret_bundle, lethe_error *error);

#endif

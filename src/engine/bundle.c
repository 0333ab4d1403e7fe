/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/bundle.h"

#include "crypt/digest.h"
#include "learn/bytes.h"
#include "vector/crc32c.h"

#include <stdlib.h>

#define HEADER_BYTES   24
#define VERSION        1
#define NAME_MAX_BYTES VECTOR_TERM_MAX
#define NAMES_MAX      ((size_t)512 << 20)
#define K_MAX          1000000

static const char MAGIC[8] = {'L', 'E', 'T', 'H', 'E', 'P', 'R', 'D'};

/* -- writing --------------------------------------------------------------------------------------------------------
 */

static void put_text(base_buf *out, const char *text)
{
    const size_t size = text != NULL ? strlen(text) : 0;
    base_buf_u16(out, (uint16_t)size);
    base_buf_append(out, text, size);
}

static void put_names(base_buf *out, const char *const *names, uint32_t count)
{
    base_buf_u32(out, count);
    for (uint32_t i = 0; i < count; i++)
        put_text(out, names[i]);
}

static void put_shares(base_buf *out, const learn_shares *shares)
{
    base_buf_u32(out, shares->patients);
    for (uint32_t i = 0; i < shares->feature_count; i++)
        learn_put_double(out, shares->shares[i]);
}

static void put_fitted(base_buf *out, const engine_fitted *fitted)
{
    base_buf_byte(out, (char)fitted->method);
    base_buf_u32(out, fitted->neighbours);
    base_buf_u32(out, fitted->release_k);
    learn_put_double(out, fitted->blend_weight);
    learn_put_double(out, fitted->usual_distance);
    learn_baseline_write(&fitted->baseline, out);
    learn_logistic_write(&fitted->logistic, out);
    learn_conformal_write(&fitted->conformal, out);
    put_shares(out, &fitted->shares);
    for (uint32_t o = 0; o < fitted->outcome_count; o++) {
        learn_calibration_write(&fitted->calibrations[o], out);
        learn_reliability_write(&fitted->reliability[o], out);
    }
}

static void put_body(base_buf *out, const vector_stamp *stamp, const uint8_t manifest[32],
                     const engine_examples *examples, const engine_fitted *fitted, uint32_t horizon_months)
{
    const char *const texts[] = {stamp->model, stamp->schema, stamp->vocabulary, stamp->plan, stamp->key};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        put_text(out, texts[i]);
    base_buf_append(out, manifest, 32);
    base_buf_u32(out, horizon_months);
    put_names(out, examples->outcomes, examples->data.outcome_count);
    put_names(out, examples->features, examples->data.feature_count);
    put_names(out, examples->strata, examples->data.stratum_count);
    put_fitted(out, fitted);
}

static void put_header(base_buf *out, base_span body)
{
    base_buf_append(out, MAGIC, sizeof(MAGIC));
    base_buf_u32(out, VERSION);
    base_buf_u32(out, vector_crc32c(0, body.data, body.size));
    base_buf_u64(out, body.size);
}

int engine_bundle_write(const engine_dataset *dataset, const engine_examples *examples, const engine_fitted *fitted,
                        uint32_t horizon_months, base_buf *out, lethe_error *error)
{
    const vector_stamp stamp = engine_dataset_stamp(dataset);
    uint8_t manifest[32];
    base_buf body;
    BASE_TRY(engine_dataset_identity(dataset, manifest, error));
    base_buf_init(&body, ENGINE_BUNDLE_BYTES_MAX);
    put_body(&body, &stamp, manifest, examples, fitted, horizon_months);
    int status = base_buf_check(&body, error);
    if (status == 0) {
        put_header(out, base_buf_view(&body));
        base_buf_span(out, base_buf_view(&body));
        status = base_buf_check(out, error);
    }
    base_buf_done(&body);
    return status;
}

/* -- reading --------------------------------------------------------------------------------------------------------
 */

static int no_model(lethe_error *error)
{
    return base_fail(error, LETHE_E_ENGINE_MODEL);
}

static bool take_text(base_cursor *in, base_span *ret_text)
{
    const uint16_t size = base_cursor_u16(in);
    *ret_text = base_cursor_take(in, size);
    return !in->failed && size <= NAME_MAX_BYTES && (size == 0 || memchr(ret_text->data, '\0', size) == NULL);
}

static int take_names(base_cursor *in, base_arena *arena, uint32_t most, uint32_t *ret_count, const char ***ret_names,
                      lethe_error *error)
{
    const uint32_t count = base_cursor_u32(in);
    if (count > most || !learn_bytes_hold(in, count, 2))
        return no_model(error);
    const char **names = base_arena_take_array(arena, count + 1UL, sizeof(*names));
    if (names == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t i = 0; i < count; i++) {
        base_span text;
        if (!take_text(in, &text))
            return no_model(error);
        names[i] = base_arena_copy(arena, text).data;
        if (names[i] == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        if (i > 0 && strcmp(names[i - 1], names[i]) >= 0)
            return no_model(error);
    }
    *ret_count = count;
    *ret_names = names;
    return 0;
}

static int take_shares(base_cursor *in, uint32_t features, learn_shares *ret_shares, lethe_error *error)
{
    const uint32_t patients = base_cursor_u32(in);
    if (!learn_bytes_hold(in, features, sizeof(double)))
        return no_model(error);
    learn_shares shares = {.feature_count = features, .patients = patients};
    shares.shares = calloc(features + 1UL, sizeof(double));
    if (shares.shares == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    *ret_shares = shares; /* its owner frees it, whatever comes */
    for (uint32_t i = 0; i < features; i++) {
        shares.shares[i] = learn_take_double(in);
        if (!(shares.shares[i] >= 0 && shares.shares[i] <= 1))
            return no_model(error);
    }
    return 0;
}

static int take_outcomes(base_cursor *in, engine_fitted *fitted, lethe_error *error)
{
    fitted->calibrations = calloc(fitted->outcome_count + 1UL, sizeof(*fitted->calibrations));
    fitted->reliability = calloc(fitted->outcome_count + 1UL, sizeof(*fitted->reliability));
    if (fitted->calibrations == NULL || fitted->reliability == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t o = 0; o < fitted->outcome_count; o++) {
        BASE_TRY(learn_calibration_read(in, &fitted->calibrations[o], error));
        BASE_TRY(learn_reliability_read(in, &fitted->reliability[o], error));
    }
    return 0;
}

static int take_fitted(base_cursor *in, const engine_bundle *bundle, engine_fitted *fitted, lethe_error *error)
{
    const uint8_t method = base_cursor_u8(in);
    fitted->outcome_count = bundle->outcome_count;
    fitted->method = (engine_method)method;
    fitted->neighbours = base_cursor_u32(in);
    fitted->release_k = base_cursor_u32(in);
    fitted->blend_weight = learn_take_double(in);
    fitted->usual_distance = learn_take_double(in);
    if (in->failed || method >= ENGINE_METHODS || method == ENGINE_JACCARD || fitted->neighbours == 0 ||
        fitted->neighbours > LEARN_NEIGHBOURS_MAX || fitted->release_k > K_MAX ||
        !(fitted->blend_weight >= 0 && fitted->blend_weight <= 1) ||
        !(fitted->usual_distance >= 0 && fitted->usual_distance <= 2))
        return no_model(error);
    BASE_TRY(learn_baseline_read(in, &fitted->baseline, error));
    BASE_TRY(learn_logistic_read(in, &fitted->logistic, error));
    BASE_TRY(learn_conformal_read(in, &fitted->conformal, error));
    if (fitted->baseline.stratum_count != bundle->stratum_count ||
        fitted->baseline.outcome_count != bundle->outcome_count ||
        fitted->logistic.feature_count != bundle->feature_count ||
        fitted->logistic.outcome_count != bundle->outcome_count ||
        fitted->conformal.outcome_count != bundle->outcome_count)
        return no_model(error);
    BASE_TRY(take_shares(in, bundle->feature_count, &fitted->shares, error));
    return take_outcomes(in, fitted, error);
}

static int take_body(base_cursor *in, engine_bundle *bundle, lethe_error *error)
{
    for (size_t i = 0; i < sizeof(bundle->stamp) / sizeof(bundle->stamp[0]); i++) {
        base_span text;
        if (!take_text(in, &text))
            return no_model(error);
        if (text.size != 0)
            memcpy(bundle->stamp[i], text.data, text.size);
    }
    const base_span manifest = base_cursor_take(in, 32);
    if (in->failed)
        return no_model(error);
    memcpy(bundle->manifest, manifest.data, 32);
    bundle->horizon_months = base_cursor_u32(in);
    BASE_TRY(take_names(in, &bundle->names, LEARN_OUTCOMES_MAX, &bundle->outcome_count, &bundle->outcomes, error));
    BASE_TRY(take_names(in, &bundle->names, LEARN_FEATURES_MAX, &bundle->feature_count, &bundle->features, error));
    BASE_TRY(take_names(in, &bundle->names, LEARN_STRATA_MAX, &bundle->stratum_count, &bundle->strata, error));
    BASE_TRY(take_fitted(in, bundle, &bundle->fitted, error));
    return in->failed || in->at != in->size || bundle->outcome_count == 0 ? no_model(error) : 0;
}

int engine_bundle_read(base_span bytes, engine_bundle *ret_bundle, lethe_error *error)
{
    base_cursor in = base_cursor_of(bytes);
    const base_span magic = base_cursor_take(&in, sizeof(MAGIC));
    const uint32_t version = base_cursor_u32(&in), crc = base_cursor_u32(&in);
    const uint64_t size = base_cursor_u64(&in);
    if (in.failed || memcmp(magic.data, MAGIC, sizeof(MAGIC)) != 0 || version != VERSION ||
        size != bytes.size - HEADER_BYTES || crc != vector_crc32c(0, bytes.data + HEADER_BYTES, (size_t)size))
        return no_model(error);
    engine_bundle bundle = {.horizon_months = 0};
    base_arena_init(&bundle.names, NAMES_MAX);
    int status = take_body(&in, &bundle, error);
    if (status == LETHE_E_LEARN_MODEL)
        status = no_model(error);
    if (status != 0)
        engine_bundle_done(&bundle);
    else
        *ret_bundle = bundle;
    return status;
}

void engine_bundle_done(engine_bundle *bundle)
{
    engine_fitted_done(&bundle->fitted);
    base_arena_done(&bundle->names);
    *bundle = (engine_bundle){.horizon_months = 0};
}

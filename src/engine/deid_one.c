/* SPDX-License-Identifier: Apache-2.0 */
#include "base/date.h"
#include "base/threads.h"
#include "engine/deid.h"
#include "engine/settings.h"

#include <stdlib.h>

static int token_of(void *context, char kind, base_span first, base_span second, uint8_t ret_token[FHIR_TOKEN_BYTES],
                    lethe_error *error)
{
    engine_deid *one = context;
    identity_token token;
    BASE_TRY(identity_artefact_token(one->artefact, kind, first, second, &token, error));
    memcpy(ret_token, token.bytes, FHIR_TOKEN_BYTES);
    return 0;
}

static int shift_of(void *context, base_span patient_id, int32_t *ret_days, lethe_error *error)
{
    engine_deid *one = context;
    return identity_artefact_shift(one->artefact, patient_id, ret_days, error);
}

static int reversible_of(void *context, base_span system, base_span value, base_buf *out, lethe_error *error)
{
    engine_deid *one = context;
    return identity_reversible_seal(one->reversible, system, value, out, error);
}

int engine_deid_init(engine_deid *one, const crypt_keyring *ring, const engine_deid_plan *plan, lethe_error *error)
{
    *one = (engine_deid){0};
    base_buf_init(&one->out, JSON_DOCUMENT_MAX * 2);
    BASE_TRY(json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &one->parser, error));
    BASE_TRY(
        identity_artefact_new(ring, plan->weeks ? IDENTITY_SHIFT_WEEKS : IDENTITY_SHIFT_DAYS, &one->artefact, error));
    if (plan->reversible)
        BASE_TRY(identity_reversible_new(ring, &one->reversible, error));
    const fhir_deid_options options = {
        .profile = plan->profile,
        .as_of_day = plan->as_of_day,
        .keys = {one, token_of, shift_of, plan->reversible ? reversible_of : NULL},
        .security_tags = plan->tags,
    };
    return fhir_deid_new(&options, &one->deid, error);
}

void engine_deid_done(engine_deid *one)
{
    json_parser_free(one->parser);
    identity_artefact_free(one->artefact);
    identity_reversible_free(one->reversible);
    fhir_deid_free(one->deid);
    base_buf_done(&one->out);
}

int engine_deid_document(engine_deid *one, base_span text, lethe_error *error)
{
    json_value root;
    BASE_TRY(json_parse(one->parser, text, &root, error));
    return fhir_deid_document(one->deid, root, &one->out, error);
}

static bool is_line(const char *text, size_t least, size_t most)
{
    const size_t size = strlen(text);
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return false;
    return size >= least && size <= most;
}

int engine_deid_plan_of(const lethe_deid_options *options, engine_deid_plan *ret_plan, lethe_error *error)
{
    engine_deid_plan plan = {
        .as_of = options->as_of != NULL ? options->as_of : LETHE_DEID_AS_OF,
        .weeks = options->whole_weeks != 0,
        .reversible = options->reversible != 0,
        .tags = options->no_tags == 0,
        .threads = options->threads != 0 ? options->threads : base_threads_default(),
    };
    base_time as_of;
    if (options->profile != NULL && !fhir_profile_find(options->profile, &plan.profile))
        return engine_bad_option(error, "profile");
    const fhir_profile_rules *rules = fhir_profile_of(plan.profile);
    if (base_time_parse(base_span_of(plan.as_of), &as_of, NULL) != 0 || as_of.precision != BASE_PRECISION_DAY)
        return engine_bad_option(error, "as-of");
    if (plan.threads > BASE_THREADS_MAX)
        return engine_bad_option(error, "threads");
    if (options->key_file == NULL)
        return engine_bad_option(error, "key");
    if (plan.reversible && !rules->identifiers)
        return engine_bad_option(error, "reversible"); /* the profile removes identifiers */
    plan.as_of_day = as_of.day;
    plan.audience = options->audience != NULL ? options->audience : rules->audience;
    if (!is_line(plan.audience, 1, 120))
        return engine_bad_option(error, "audience");
    *ret_plan = plan;
    return 0;
}

/* One resource in memory. */
struct lethe_deid_handle {
    crypt_keyring *ring;
    engine_deid one;
    base_buf text; /* with what a parser may read behind */
};

int lethe_deid_open(const lethe_deid_options *options, lethe_deid_handle **ret_handle, lethe_error *error)
{
    engine_deid_plan plan;
    BASE_TRY(engine_deid_plan_of(options, &plan, error));
    lethe_deid_handle *handle = calloc(1, sizeof(*handle));
    if (handle == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    base_buf_init(&handle->text, JSON_DOCUMENT_MAX + JSON_PADDING);
    int status = crypt_keyring_open(options->key_file, &handle->ring, error);
    if (status == 0)
        status = engine_deid_init(&handle->one, handle->ring, &plan, error);
    if (status != 0) {
        lethe_deid_close(handle);
        return status;
    }
    *ret_handle = handle;
    return 0;
}

void lethe_deid_close(lethe_deid_handle *handle)
{
    if (handle == NULL)
        return;
    engine_deid_done(&handle->one);
    crypt_keyring_free(handle->ring);
    base_buf_done(&handle->text);
    free(handle);
}

int lethe_deid_text(lethe_deid_handle *handle, const char *json, size_t size, const char **ret_json, size_t *ret_size,
                    lethe_error *error)
{
    base_buf_reset(&handle->text);
    base_buf_reset(&handle->one.out);
    base_buf_append(&handle->text, json, size);
    if (base_buf_reserve(&handle->text, JSON_PADDING) != 0)
        return base_buf_check(&handle->text, error);
    BASE_TRY(engine_deid_document(&handle->one, base_buf_view(&handle->text), error));
    *ret_json = handle->one.out.data;
    *ret_size = handle->one.out.size;
    return 0;
}

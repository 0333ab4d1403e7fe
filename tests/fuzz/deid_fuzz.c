/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "fhir/deid.h"

#include <stdlib.h>

/*
 * Any text as a FHIR document, de-identified under each profile in turn. What comes out must be JSON, must be made from
 * the same input twice alike, and must stay as it is where it is parsed again.
 */
#define INPUT_MAX ((size_t)1 << 16)

static int token_of(void *context, char kind, base_span first, base_span second, uint8_t ret_token[FHIR_TOKEN_BYTES],
                    lethe_error *error)
{
    (void)context;
    (void)error;
    const base_hash_key key = {(uint64_t)kind, 7};
    const base_hash128 hash = base_hash_pair(&key, first, second);
    memcpy(ret_token, &hash, 16);
    ret_token[16] = 0x40;
    return 0;
}

static int shift_of(void *context, base_span patient, int32_t *ret_days, lethe_error *error)
{
    (void)context;
    (void)error;
    const base_hash_key key = {1, 2};
    *ret_days = 1 + (int32_t)(base_hash(&key, patient).low % 365);
    return 0;
}

static int scrub_of(void *context, base_span text, base_span patient, const fhir_element *element, base_buf *out,
                    lethe_error *error)
{
    (void)context;
    (void)patient;
    (void)element;
    (void)error;
    base_buf_append(out, text.data, text.size < 3 ? text.size : 3);
    return 0;
}

static void run(fhir_deid *deid, json_parser *parser, base_span text)
{
    base_buf out, again;
    json_value root;
    base_buf_init(&out, (size_t)64 << 20);
    base_buf_init(&again, (size_t)64 << 20);
    if (json_parse(parser, text, &root, NULL) == 0 && fhir_deid_document(deid, root, &out, NULL) == 0) {
        if (fhir_deid_document(deid, root, &again, NULL) != 0 || again.size != out.size ||
            memcmp(again.data, out.data, out.size) != 0)
            abort();
        if (base_buf_reserve(&out, JSON_PADDING) != 0 || json_parse(parser, base_buf_view(&out), &root, NULL) != 0)
            abort();
    }
    base_buf_done(&out);
    base_buf_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static json_parser *parser;
    static fhir_deid *deids[FHIR_PROFILE_COUNT + 1];
    static char text[INPUT_MAX + JSON_PADDING];
    if (size > INPUT_MAX)
        return 0;
    if (parser == NULL) {
        if (json_parser_new(INPUT_MAX * 8, JSON_DEPTH_MAX, &parser, NULL) != 0)
            abort();
        for (int i = 0; i <= FHIR_PROFILE_COUNT; i++) {
            const fhir_deid_options options = {
                .profile = i < FHIR_PROFILE_COUNT ? (fhir_profile)i : FHIR_EXPERT_ML,
                .as_of_day = 20000,
                .keys = {.token = token_of, .shift = shift_of},
                .scrub = {.scrub = i == FHIR_PROFILE_COUNT ? scrub_of : NULL},
                .security_tags = i % 2 == 0,
            };
            if (fhir_deid_new(&options, &deids[i], NULL) != 0)
                abort();
        }
    }
    memcpy(text, data, size);
    for (int i = 0; i <= FHIR_PROFILE_COUNT; i++)
        run(deids[i], parser, (base_span){text, size});
    return 0;
}

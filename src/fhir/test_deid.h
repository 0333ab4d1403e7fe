/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_TEST_DEID_H
#define FHIR_TEST_DEID_H

#include "base/hash.h"
#include "base/test.h"
#include "fhir/deid.h"

/* Tokens and offsets for tests: a keyed hash in place of identity's MAC. */
typedef struct test_deid {
    json_parser *parser;
    fhir_deid *deid;
    base_buf in, out;
} test_deid;

static inline int test_token(void *context, char kind, base_span first, base_span second,
                             uint8_t ret_token[FHIR_TOKEN_BYTES], lethe_error *error)
{
    (void)context;
    (void)error;
    const base_hash_key key = {(uint64_t)kind, 77};
    const base_hash128 hash = base_hash_pair(&key, first, second);
    memcpy(ret_token, &hash, 16);
    ret_token[16] = (uint8_t)(hash.low & 0xc0);
    return 0;
}

static inline int test_shift(void *context, base_span patient, int32_t *ret_days, lethe_error *error)
{
    (void)context;
    (void)error;
    const base_hash_key key = {5, 6};
    const int32_t drawn = (int32_t)(base_hash(&key, patient).low % 730) - 365;
    *ret_days = drawn >= 0 ? drawn + 1 : drawn;
    return 0;
}

static inline void test_deid_init(test_deid *test, fhir_profile profile, bool tags)
{
    const fhir_deid_options options = {
        .profile = profile,
        .as_of_day = 20454, /* 2026-01-01 */
        .keys = {.token = test_token, .shift = test_shift},
        .security_tags = tags,
    };
    memset(test, 0, sizeof(*test));
    base_buf_init(&test->in, (size_t)64 << 20);
    base_buf_init(&test->out, (size_t)64 << 20);
    assert_int_equal(json_parser_new((size_t)64 << 20, JSON_DEPTH_MAX, &test->parser, NULL), 0);
    assert_int_equal(fhir_deid_new(&options, &test->deid, NULL), 0);
}

static inline void test_deid_done(test_deid *test)
{
    json_parser_free(test->parser);
    fhir_deid_free(test->deid);
    base_buf_done(&test->in);
    base_buf_done(&test->out);
}

/* The de-identified text, ending in NUL; of what stands in test->in where `text` is NULL. */
static inline const char *test_deid_run(test_deid *test, const char *text)
{
    json_value root;
    lethe_error error;
    if (text != NULL) {
        base_buf_reset(&test->in);
        base_buf_text(&test->in, text);
    }
    assert_int_equal(base_buf_reserve(&test->in, JSON_PADDING), 0);
    const int parsed = json_parse(test->parser, base_buf_view(&test->in), &root, &error);
    if (parsed != 0)
        print_error("%s at byte %lld\n", error.name, (long long)error.byte);
    assert_int_equal(parsed, 0);
    base_buf_reset(&test->out);
    assert_int_equal(fhir_deid_document(test->deid, root, &test->out, &error), 0);
    base_buf_byte(&test->out, '\0');
    return test->out.data;
}

#endif

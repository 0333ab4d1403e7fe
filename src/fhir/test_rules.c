/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/test_rules.h"

#include "base/date.h"
#include "base/hash.h"
#include "base/test.h"

#include <stdlib.h>

static int token(void *context, char kind, base_span first, base_span second, uint8_t ret_token[FHIR_TOKEN_BYTES],
                 lethe_error *error)
{
    (void)context, (void)error;
    const base_hash_key key = {(uint64_t)kind, 7};
    const base_hash128 hash = base_hash_pair(&key, first, second);
    memset(ret_token, 0, FHIR_TOKEN_BYTES);
    memcpy(ret_token, &hash, sizeof(hash));
    return 0;
}

static int shift(void *context, base_span patient_id, int32_t *ret_days, lethe_error *error)
{
    (void)context, (void)error;
    *ret_days = 100 + (int32_t)patient_id.size;
    return 0;
}

fhir_deid_keys test_rules_keys(void)
{
    return (fhir_deid_keys){.token = token, .shift = shift};
}

static char *quoted(const char *text, size_t *ret_size)
{
    *ret_size = strlen(text);
    char *copy = calloc(1, *ret_size + JSON_PADDING);
    assert_non_null(copy);
    for (size_t i = 0; i < *ret_size; i++)
        copy[i] = text[i] == '\'' ? '"' : text[i] == '"' ? '\'' : text[i];
    return copy;
}

const char *test_rules_run(const char *policy, bool compat, const char *resource, int *ret_code)
{
    static base_buf out;
    static bool ready;
    const fhir_rules_options options = {.as_of_day = base_day_of(2020, 6, 1), .keys = test_rules_keys()};
    fhir_rules *rules = NULL;
    fhir_rules_run *run = NULL;
    json_parser *parser = NULL;
    json_value root;
    lethe_error error = {0};
    size_t policy_size = 0, size = 0;
    char *text = quoted(policy, &policy_size), *document = quoted(resource, &size);
    if (!ready)
        base_buf_init(&out, (size_t)16 << 20);
    ready = true;
    base_buf_reset(&out);
    *ret_code = fhir_rules_load((base_span){text, policy_size}, compat, &rules, &error);
    assert_int_equal(json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &parser, NULL), 0);
    assert_int_equal(json_parse(parser, (base_span){document, size}, &root, NULL), 0);
    if (*ret_code == 0)
        *ret_code = fhir_rules_run_new(rules, &options, &run, &error);
    if (*ret_code == 0)
        *ret_code = fhir_rules_apply(run, root, &out, &error);
    fhir_rules_run_free(run);
    fhir_rules_free(rules);
    json_parser_free(parser);
    free(text);
    free(document);
    base_buf_byte(&out, '\0');
    for (size_t i = 0; i + 1 < out.size; i++)
        out.data[i] = out.data[i] == '"' ? '\'' : out.data[i];
    return *ret_code == 0 ? out.data : NULL;
}

void test_rules_expect(const char *policy, bool compat, const char *resource, const char *expected)
{
    int code = 0;
    const char *got = test_rules_run(policy, compat, resource, &code);
    if (got == NULL)
        fail_msg("%s: fails with %d", policy, code);
    if (strcmp(got, expected) != 0)
        fail_msg("%s\n%s\nis not\n%s", policy, got, expected);
}

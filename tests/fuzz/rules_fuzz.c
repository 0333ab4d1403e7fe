/* SPDX-License-Identifier: Apache-2.0 */
/* A policy of others, a zero byte and a resource, in both semantics: what comes out is JSON and the same kind of
 * resource; under ours the same twice. What is refused says where. */
#include "base/hash.h"
#include "fhir/node.h"
#include "fhir/rules.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
    *ret_days = 100 - (int32_t)(patient_id.size % 200);
    return 0;
}

static void read_again(base_buf *out, json_type type)
{
    json_parser *parser = NULL;
    json_value root;
    base_arena arena;
    fhir_tree tree = {0};
    lethe_error error = {0};
    const size_t size = out->size;
    base_arena_init(&arena, (size_t)64 << 20);
    if (json_parser_new((size_t)16 << 20, JSON_DEPTH_MAX, &parser, NULL) != 0 ||
        base_buf_reserve(out, JSON_PADDING) != 0)
        abort();
    assert(json_parse(parser, (base_span){out->data, size}, &root, &error) == 0);
    assert(json_type_of(root) == type);
    (void)fhir_node_read(&arena, root, NULL, &tree, &error);
    json_parser_free(parser);
    base_arena_done(&arena);
}

static int ignore(void *context, const fhir_rules_report *report)
{
    assert(report->path != NULL && report->text != NULL);
    return ++*(int *)context > 100;
}

static void apply(const fhir_rules *rules, base_span resource, bool compat)
{
    const fhir_rules_options options = {
        .as_of_day = 20000, .keys = {.token = token, .shift = shift}, .max_bytes = (size_t)4 << 20};
    fhir_rules_run *run = NULL;
    json_parser *parser = NULL;
    json_value root;
    base_buf first, second;
    char *copy = calloc(1, resource.size + JSON_PADDING);
    base_buf_init(&first, (size_t)16 << 20);
    base_buf_init(&second, (size_t)16 << 20);
    if (copy == NULL || json_parser_new((size_t)1 << 20, JSON_DEPTH_MAX, &parser, NULL) != 0 ||
        fhir_rules_run_new(rules, &options, &run, NULL) != 0)
        abort();
    memcpy(copy, resource.data, resource.size);
    if (json_parse(parser, (base_span){copy, resource.size}, &root, NULL) == 0) {
        const int status = fhir_rules_apply(run, root, &first, NULL);
        if (status == 0) {
            read_again(&first, JSON_OBJECT);
            assert(fhir_rules_apply(run, root, &second, NULL) == 0);
            assert(compat || base_span_equal(base_buf_view(&first), base_buf_view(&second)));
        } else {
            assert(first.size == 0);
        }
    }
    fhir_rules_run_free(run);
    json_parser_free(parser);
    base_buf_done(&first);
    base_buf_done(&second);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *zero = size != 0 ? memchr(data, 0, size) : NULL;
    const base_span policy = {size != 0 ? (const char *)data : "", zero != NULL ? (size_t)(zero - data) : size};
    const base_span resource =
        zero != NULL ? (base_span){(const char *)zero + 1, size - policy.size - 1} : BASE_SPAN("{}");
    for (int compat = 0; compat < 2; compat++) {
        fhir_rules *rules = NULL;
        lethe_error error = {0};
        if (fhir_rules_load(policy, compat != 0, &rules, &error) != 0) {
            assert(error.code == LETHE_E_FHIR_POLICY || error.code == LETHE_E_FHIR_PATH ||
                   error.code == LETHE_E_BASE_LIMIT);
            continue;
        }
        apply(rules, resource, compat != 0);
        int count = 0;
        if (compat != 0 && fhir_rules_count(rules) < 8)
            (void)fhir_rules_check(rules, ignore, &count, NULL);
        fhir_rules_free(rules);
    }
    return 0;
}

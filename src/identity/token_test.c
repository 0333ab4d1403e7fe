/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "crypt/digest.h"
#include "identity/token.h"

#include <stdio.h>
#include <string.h>

static const char RING_A[] = "lethe-key 1 11111111-1111-4111-8111-111111111111 1\n"
                             "1 enabled AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8= ";

static identity_tokens *tokens_of(const char *project)
{
    /* the check value belongs to the key, not to the project: computed as SPEC-keyfile says */
    uint8_t key[32], check[4];
    char text[256];
    crypt_keyring *ring = NULL;
    identity_tokens *tokens = NULL;
    for (uint8_t i = 0; i < 32; i++)
        key[i] = i;
    assert_int_equal(crypt_hkdf((base_span){(char *)key, 32}, BASE_SPAN("lethe/1/check"), check, 4, NULL), 0);
    (void)snprintf(text, sizeof(text), "%s%02x%02x%02x%02x\n", RING_A, check[0], check[1], check[2], check[3]);
    memcpy(text + strlen("lethe-key 1 "), project, 36);
    assert_int_equal(crypt_keyring_parse(base_span_of(text), &ring, NULL), 0);
    assert_int_equal(identity_tokens_new(ring, &tokens, NULL), 0);
    crypt_keyring_free(ring);
    return tokens;
}

static void name_of(identity_tokens *tokens, const char *system, const char *id, char ret_name[IDENTITY_NAME_MAX])
{
    identity_token token;
    assert_int_equal(identity_patient(tokens, base_span_of(system), base_span_of(id), &token, NULL), 0);
    identity_format("anon_", &token, ret_name);
}

static void test_stable_and_unlinkable(void **state)
{
    (void)state;
    identity_tokens *a = tokens_of("11111111-1111-4111-8111-111111111111");
    identity_tokens *again = tokens_of("11111111-1111-4111-8111-111111111111");
    identity_tokens *b = tokens_of("22222222-2222-4222-8222-222222222222");
    char first[IDENTITY_NAME_MAX], second[IDENTITY_NAME_MAX];
    name_of(a, "", "12345", first);
    assert_int_equal(strlen(first), 5 + 26);
    name_of(again, "", "12345", second);
    assert_string_equal(first, second);
    name_of(b, "", "12345", second);
    assert_string_not_equal(first, second);
    name_of(a, "1", "2345", second);
    assert_string_not_equal(first, second);
    name_of(a, "", "12346", second);
    assert_string_not_equal(first, second);
    assert_int_equal(identity_patient(a, (base_span){NULL, 0}, (base_span){NULL, 0}, NULL, NULL),
                     LETHE_E_IDENTITY_INPUT);
    identity_tokens_free(a);
    identity_tokens_free(again);
    identity_tokens_free(b);
}

/*
 * The dictionary attack: whoever knows that ids are numbers below 100,000 hashes them all. Against SHA-256 with a
 * public salt, cut to 16 hex digits, it recovers every id; against ours, with everything public but the key, none.
 */
static void test_dictionary_attack(void **state)
{
    (void)state;
    enum { SPACE = 100000, TARGETS = 50 };
    identity_tokens *tokens = tokens_of("11111111-1111-4111-8111-111111111111");
    uint8_t weak[TARGETS][8];
    char ours[TARGETS][IDENTITY_NAME_MAX];
    char id[32], salted[64];
    for (int t = 0; t < TARGETS; t++) {
        uint8_t digest[32];
        (void)snprintf(id, sizeof(id), "%d", t * 1999 + 7);
        (void)snprintf(salted, sizeof(salted), "%s_%s", id, "healthcare_ml_platform_v1");
        assert_int_equal(crypt_sha256(base_span_of(salted), digest, NULL), 0);
        memcpy(weak[t], digest, 8);
        name_of(tokens, "", id, ours[t]);
    }
    int weak_found = 0, ours_found = 0;
    for (int guess = 0; guess < SPACE; guess++) {
        uint8_t digest[32];
        char name[IDENTITY_NAME_MAX];
        (void)snprintf(id, sizeof(id), "%d", guess);
        (void)snprintf(salted, sizeof(salted), "%s_%s", id, "healthcare_ml_platform_v1");
        assert_int_equal(crypt_sha256(base_span_of(salted), digest, NULL), 0);
        identity_token token;
        memset(&token, 0, sizeof(token));
        memcpy(token.bytes, digest, IDENTITY_TOKEN_BYTES); /* the attacker formats the best guess there is */
        identity_format("anon_", &token, name);
        for (int t = 0; t < TARGETS; t++) {
            weak_found += memcmp(weak[t], digest, 8) == 0;
            ours_found += strcmp(ours[t], name) == 0;
        }
    }
    assert_int_equal(weak_found, TARGETS);
    assert_int_equal(ours_found, 0);
    identity_tokens_free(tokens);
}

static void test_order_is_that_of_the_names(void **state)
{
    (void)state;
    identity_tokens *tokens = tokens_of("11111111-1111-4111-8111-111111111111");
    identity_token before = {{0}};
    char name_before[IDENTITY_NAME_MAX];
    identity_format("", &before, name_before);
    for (int i = 0; i < 1000; i++) {
        char id[16], name[IDENTITY_NAME_MAX];
        identity_token token;
        (void)snprintf(id, sizeof(id), "%d", i);
        assert_int_equal(identity_patient(tokens, (base_span){NULL, 0}, base_span_of(id), &token, NULL), 0);
        identity_format("", &token, name);
        const identity_token a = identity_token_order(&before), b = identity_token_order(&token);
        assert_int_equal(strcmp(name_before, name) < 0, memcmp(a.bytes, b.bytes, sizeof(a.bytes)) < 0);
        before = token;
        memcpy(name_before, name, sizeof(name));
    }
    identity_tokens_free(tokens);
}

static void test_splits(void **state)
{
    (void)state;
    identity_tokens *tokens = tokens_of("11111111-1111-4111-8111-111111111111");
    int counts[IDENTITY_SPLIT_COUNT] = {0};
    for (int i = 0; i < 10000; i++) {
        char id[16];
        identity_token token;
        identity_split split;
        (void)snprintf(id, sizeof(id), "%d", i);
        assert_int_equal(identity_patient(tokens, (base_span){NULL, 0}, base_span_of(id), &token, NULL), 0);
        assert_int_equal(identity_split_of(tokens, &token, &split, NULL), 0);
        counts[split]++;
    }
    assert_in_range(counts[IDENTITY_TRAIN], 7800, 8200);
    assert_in_range(counts[IDENTITY_VALIDATION], 850, 1150);
    assert_in_range(counts[IDENTITY_TEST], 850, 1150);
    identity_tokens_free(tokens);
}

static void test_names_are_read_back(void **state)
{
    (void)state;
    identity_tokens *tokens = tokens_of("11111111-1111-4111-8111-111111111111");
    identity_token token, again;
    char id[16], name[IDENTITY_NAME_MAX];
    for (int i = 0; i < 200; i++) {
        (void)snprintf(id, sizeof(id), "%d", i);
        assert_int_equal(identity_patient(tokens, (base_span){NULL, 0}, base_span_of(id), &token, NULL), 0);
        identity_format("anon_", &token, name);
        assert_true(identity_parse("anon_", base_span_of(name), &again));
        assert_memory_equal(&again, &token, sizeof(token));
    }
    assert_false(identity_parse("visit_", base_span_of(name), &again));
    assert_false(identity_parse("anon_", BASE_SPAN("anon_"), &again));
    assert_false(identity_parse("anon_", (base_span){name, strlen(name) - 1}, &again));
    name[10] = 'A';
    assert_false(identity_parse("anon_", base_span_of(name), &again));
    identity_tokens_free(tokens);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stable_and_unlinkable),      cmocka_unit_test(test_dictionary_attack),
        cmocka_unit_test(test_order_is_that_of_the_names), cmocka_unit_test(test_splits),
        cmocka_unit_test(test_names_are_read_back),
    };
    return cmocka_run_group_tests_name("identity/token", tests, NULL, NULL);
}

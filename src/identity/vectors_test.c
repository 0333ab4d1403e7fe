/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/test.h"
#include "crypt/ff1.h"
#include "crypt/siv.h"
#include "json/json.h"

#include <stdio.h>
#include <stdlib.h>

static size_t from_hex(base_span hex, uint8_t *ret_bytes)
{
    for (size_t i = 0; 2 * i + 1 < hex.size; i++) {
        unsigned byte = 0;
        assert_int_equal(sscanf(hex.data + 2 * i, "%2x", &byte), 1);
        ret_bytes[i] = (uint8_t)byte;
    }
    return hex.size / 2;
}

/* RFC 5297, A.1. */
static void test_siv(void **state)
{
    (void)state;
    uint8_t key[32], context[24], plain[14], expected[30], got[30], back[14];
    from_hex(BASE_SPAN("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"), key);
    from_hex(BASE_SPAN("101112131415161718191a1b1c1d1e1f2021222324252627"), context);
    from_hex(BASE_SPAN("112233445566778899aabbccddee"), plain);
    from_hex(BASE_SPAN("85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c"), expected);
    const base_span about = {(char *)context, sizeof(context)}, sealed = {(char *)got, sizeof(got)};
    crypt_siv *siv = NULL;
    assert_int_equal(crypt_siv_new(key, sizeof(key), &siv, NULL), 0);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(crypt_siv_seal(siv, about, (base_span){(char *)plain, sizeof(plain)}, got, NULL), 0);
        assert_memory_equal(got, expected, sizeof(expected));
        assert_int_equal(crypt_siv_open(siv, about, sealed, back, NULL), 0);
        assert_memory_equal(back, plain, sizeof(plain));
    }
    for (size_t bit = 0; bit < 8 * sizeof(got); bit++) {
        got[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(crypt_siv_open(siv, about, sealed, back, NULL), LETHE_E_CRYPT_AUTH);
        got[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_int_equal(crypt_siv_open(siv, BASE_SPAN("x"), sealed, back, NULL), LETHE_E_CRYPT_AUTH);
    crypt_siv_free(siv);
}

/* The specification's sample 1 (AES-128, radix 10, no tweak). */
static void test_ff1(void **state)
{
    (void)state;
    uint8_t key[16], digits[10] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    static const uint8_t expected[10] = {2, 4, 3, 3, 4, 7, 7, 4, 8, 4};
    from_hex(BASE_SPAN("2b7e151628aed2a6abf7158809cf4f3c"), key);
    crypt_ff1 *ff1 = NULL;
    assert_int_equal(crypt_ff1_new(key, sizeof(key), 10, &ff1, NULL), 0);
    assert_int_equal(crypt_ff1_encrypt(ff1, (base_span){0}, digits, 10, NULL), 0);
    assert_memory_equal(digits, expected, 10);
    assert_int_equal(crypt_ff1_decrypt(ff1, (base_span){0}, digits, 10, NULL), 0);
    assert_int_equal(digits[9], 9);
    assert_int_equal(crypt_ff1_encrypt(ff1, (base_span){0}, digits, 6, NULL), 0);
    assert_int_equal(crypt_ff1_encrypt(ff1, (base_span){0}, digits, 5, NULL), LETHE_E_CRYPT_DOMAIN);
    digits[3] = 10;
    assert_int_equal(crypt_ff1_encrypt(ff1, (base_span){0}, digits, 10, NULL), LETHE_E_CRYPT_DOMAIN);
    crypt_ff1_free(ff1);
}

/* Project Wycheproof, where the reference data lies beside the source tree (LETHE_SHARED, or ../shared). */
static base_buf text;
static json_parser *parser;

static json_value load(const char *name)
{
    char path[4096];
    const char *const shared = getenv("LETHE_SHARED"), *const source = getenv("LETHE_SOURCE");
    (void)snprintf(path, sizeof(path), "%s%s/data/crypto/%s",
                   shared != NULL   ? shared
                   : source != NULL ? source
                                    : ".",
                   shared != NULL ? "" : "/../shared", name);
    json_value root = {0};
    base_buf_reset(&text);
    if (base_file_load(path, &text, NULL) != 0) {
        print_message("%s is not there: skipped\n", name);
        skip();
    }
    assert_int_equal(base_buf_reserve(&text, JSON_PADDING), 0);
    assert_int_equal(json_parse(parser, base_buf_view(&text), &root, NULL), 0);
    return root;
}

static base_span member(json_value object, const char *name)
{
    return json_string(json_get(object, name));
}

static unsigned empty_count; /* vectors that we refuse to seal */

typedef void check_vector(json_value vector, unsigned radix);

static unsigned run_vectors(const char *name, check_vector *check)
{
    unsigned count = 0;
    json_iterator groups = json_iterate(json_get(load(name), "testGroups"));
    for (json_value group; json_next(&groups, NULL, &group);) {
        int64_t radix = 0;
        (void)json_int64(json_get(group, "radix"), &radix);
        json_iterator tests = json_iterate(json_get(group, "tests"));
        for (json_value vector; json_next(&tests, NULL, &vector); count++)
            check(vector, (unsigned)radix);
    }
    return count;
}

static void check_siv(json_value vector, unsigned radix)
{
    (void)radix;
    uint8_t key[64], context[512], plain[512], sealed[512], got[512];
    const size_t key_size = from_hex(member(vector, "key"), key);
    const base_span about = {(char *)context, from_hex(member(vector, "aad"), context)};
    const size_t plain_size = from_hex(member(vector, "msg"), plain);
    const size_t sealed_size = from_hex(member(vector, "ct"), sealed);
    const bool empty = plain_size == 0;
    const bool valid = base_span_is(member(vector, "result"), "valid") && !empty;
    empty_count += empty;
    crypt_siv *siv = NULL;
    assert_int_equal(crypt_siv_new(key, key_size, &siv, NULL), 0);
    if (valid) {
        assert_int_equal(crypt_siv_seal(siv, about, (base_span){(char *)plain, plain_size}, got, NULL), 0);
        assert_memory_equal(got, sealed, sealed_size);
    }
    assert_int_equal(crypt_siv_open(siv, about, (base_span){(char *)sealed, sealed_size}, got, NULL),
                     valid ? 0 : LETHE_E_CRYPT_AUTH);
    if (valid)
        assert_memory_equal(got, plain, plain_size);
    crypt_siv_free(siv);
}

/* Digits that do not fit a byte are given as one that is none. */
static size_t digits_from(json_value list, uint8_t *ret_digits)
{
    size_t count = 0;
    json_iterator digits = json_iterate(list);
    for (json_value digit; json_next(&digits, NULL, &digit); count++) {
        int64_t number = -1;
        (void)json_int64(digit, &number);
        ret_digits[count] = number < 0 || number > 254 ? 255 : (uint8_t)number;
    }
    return count;
}

static void check_ff1(json_value vector, unsigned radix)
{
    uint8_t key[64] = {0}, tweak[512], plain[512] = {0}, sealed[512] = {0};
    const size_t key_size = from_hex(member(vector, "key"), key);
    const base_span about = {(char *)tweak, from_hex(member(vector, "tweak"), tweak)};
    const size_t count = digits_from(json_get(vector, "msg"), plain);
    (void)digits_from(json_get(vector, "ct"), sealed);
    const bool valid = base_span_is(member(vector, "result"), "valid");
    crypt_ff1 *ff1 = NULL;
    int status = crypt_ff1_new(key, key_size, radix, &ff1, NULL);
    uint8_t got[512];
    memcpy(got, plain, sizeof(got));
    if (status == 0)
        status = crypt_ff1_encrypt(ff1, about, got, count, NULL);
    uint64_t domain = 1;
    for (size_t i = 0; i < count && domain < CRYPT_FF1_DOMAIN_MIN; i++)
        domain *= radix;
    const bool small = domain < CRYPT_FF1_DOMAIN_MIN; /* we refuse some that the vectors still allow */
    if (valid && !small) {
        assert_int_equal(status, 0);
        assert_memory_equal(got, sealed, count);
        assert_int_equal(crypt_ff1_decrypt(ff1, about, got, count, NULL), 0);
        assert_memory_equal(got, plain, count);
    } else {
        assert_int_equal(status, LETHE_E_CRYPT_DOMAIN);
    }
    crypt_ff1_free(ff1);
}

static void test_wycheproof_siv(void **state)
{
    (void)state;
    assert_int_equal(run_vectors("aes_siv_cmac_test.json", check_siv), 442);
    print_message("%u of 442 are of empty texts\n", empty_count);
    assert_true(empty_count < 100);
}

static void test_wycheproof_ff1(void **state)
{
    (void)state;
    assert_int_equal(run_vectors("aes_ff1_radix10_test.json", check_ff1), 3845);
    assert_int_equal(run_vectors("aes_ff1_radix36_test.json", check_ff1), 2854);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_siv),
        cmocka_unit_test(test_ff1),
        cmocka_unit_test(test_wycheproof_siv),
        cmocka_unit_test(test_wycheproof_ff1),
    };
    base_buf_init(&text, (size_t)64 << 20);
    if (json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &parser, NULL) != 0)
        return 1;
    const int failed = cmocka_run_group_tests_name("identity/vectors", tests, NULL, NULL);
    json_parser_free(parser);
    base_buf_done(&text);
    return failed;
}

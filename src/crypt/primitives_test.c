/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "crypt/aead.h"
#include "crypt/digest.h"
#include "crypt/sign.h"

#include <stdio.h>

static void from_hex(const char *hex, uint8_t *ret_bytes)
{
    for (size_t i = 0; hex[2 * i] != '\0'; i++) {
        unsigned byte = 0;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        ret_bytes[i] = (uint8_t)byte;
    }
}

/* FIPS 180-4 example "abc", and RFC 4231 test case 2 padded to our key size by its own rule (zeroes). */
static void test_digest_and_mac(void **state)
{
    (void)state;
    uint8_t expected[32], got[32];
    from_hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", expected);
    assert_int_equal(crypt_sha256(BASE_SPAN("abc"), got, NULL), 0);
    assert_memory_equal(got, expected, 32);

    crypt_digest *digest = NULL;
    assert_int_equal(crypt_digest_new(&digest, NULL), 0);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(crypt_digest_start(digest, NULL), 0);
        assert_int_equal(crypt_digest_add(digest, BASE_SPAN("a"), NULL), 0);
        assert_int_equal(crypt_digest_add(digest, BASE_SPAN("bc"), NULL), 0);
        assert_int_equal(crypt_digest_finish(digest, got, NULL), 0);
        assert_memory_equal(got, expected, 32);
    }
    crypt_digest_free(digest);

    const uint8_t key[32] = "Jefe";
    crypt_mac *mac = NULL;
    assert_int_equal(crypt_mac_new(key, &mac, NULL), 0);
    const base_span pieces[] = {BASE_SPAN("what do ya want "), BASE_SPAN("for nothing?")};
    from_hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", expected);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(crypt_mac_compute(mac, pieces, 2, got, NULL), 0);
        assert_memory_equal(got, expected, 32);
    }
    crypt_mac_free(mac);
}

/* RFC 5869 test case 3: no salt, no info. */
static void test_hkdf(void **state)
{
    (void)state;
    uint8_t secret[22], expected[42], got[42];
    memset(secret, 0x0b, sizeof(secret));
    from_hex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8", expected);
    assert_int_equal(crypt_hkdf((base_span){(char *)secret, 22}, (base_span){"", 0}, got, 42, NULL), 0);
    assert_memory_equal(got, expected, 42);
}

/* RFC 8032 section 7.1 test 2. */
static void test_signature(void **state)
{
    (void)state;
    uint8_t seed[32], public_key[32], expected[64], got[64];
    from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", seed);
    from_hex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
             "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
             expected);
    assert_int_equal(crypt_sign(seed, BASE_SPAN("\x72"), got, NULL), 0);
    assert_memory_equal(got, expected, 64);
    assert_int_equal(crypt_sign_public(seed, public_key, NULL), 0);
    assert_int_equal(crypt_verify(public_key, BASE_SPAN("\x72"), got, NULL), 0);
    assert_int_equal(crypt_verify(public_key, BASE_SPAN("\x73"), got, NULL), LETHE_E_CRYPT_AUTH);
    got[0] ^= 1;
    assert_int_equal(crypt_verify(public_key, BASE_SPAN("\x72"), got, NULL), LETHE_E_CRYPT_AUTH);
}

/* Every bit of what was sealed, its number and its context are bound. */
static void test_aead(void **state)
{
    (void)state;
    const uint8_t key[32] = {1, 2, 3};
    crypt_aead *aead = NULL;
    uint8_t sealed[5 + CRYPT_AEAD_TAG], plain[5];
    assert_int_equal(crypt_aead_new(key, &aead, NULL), 0);
    assert_int_equal(crypt_aead_seal(aead, 7, BASE_SPAN("c"), BASE_SPAN("hello"), sealed, NULL), 0);
    const base_span view = {(char *)sealed, sizeof(sealed)};
    assert_int_equal(crypt_aead_open(aead, 7, BASE_SPAN("c"), view, plain, NULL), 0);
    assert_memory_equal(plain, "hello", 5);
    assert_int_equal(crypt_aead_open(aead, 8, BASE_SPAN("c"), view, plain, NULL), LETHE_E_CRYPT_AUTH);
    assert_int_equal(crypt_aead_open(aead, 7, BASE_SPAN("d"), view, plain, NULL), LETHE_E_CRYPT_AUTH);
    for (size_t bit = 0; bit < 8 * sizeof(sealed); bit++) {
        sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(crypt_aead_open(aead, 7, BASE_SPAN("c"), view, plain, NULL), LETHE_E_CRYPT_AUTH);
        sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    crypt_aead_free(aead);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digest_and_mac),
        cmocka_unit_test(test_hkdf),
        cmocka_unit_test(test_signature),
        cmocka_unit_test(test_aead),
    };
    return cmocka_run_group_tests_name("crypt/primitives", tests, NULL, NULL);
}

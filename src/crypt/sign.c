/* SPDX-License-Identifier: Apache-2.0 */
#include "crypt/sign.h"

#include <openssl/evp.h>

int crypt_sign_public(const uint8_t seed[32], uint8_t ret_public[32], lethe_error *error)
{
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, 32);
    size_t size = 32;
    const bool done = key != NULL && EVP_PKEY_get_raw_public_key(key, ret_public, &size) == 1 && size == 32;
    EVP_PKEY_free(key);
    return done ? 0 : base_fail(error, LETHE_E_CRYPT_LIBRARY);
}

static const unsigned char *message_bytes(base_span message)
{
    return (const unsigned char *)(message.size != 0 ? message.data : "");
}

int crypt_sign(const uint8_t seed[32], base_span message, uint8_t ret_signature[64], lethe_error *error)
{
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, 32);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t size = 64;
    const bool done = key != NULL && context != NULL && EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1 &&
                      EVP_DigestSign(context, ret_signature, &size, message_bytes(message), message.size) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return done && size == 64 ? 0 : base_fail(error, LETHE_E_CRYPT_LIBRARY);
}

int crypt_verify(const uint8_t public_key[32], base_span message, const uint8_t signature[64], lethe_error *error)
{
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, 32);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const bool fits = key != NULL && context != NULL && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
                      EVP_DigestVerify(context, signature, 64, message_bytes(message), message.size) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return fits ? 0 : base_fail(error, LETHE_E_CRYPT_AUTH);
}

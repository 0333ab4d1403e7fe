/* SPDX-License-Identifier: Apache-2.0 */
#include "crypt/aead.h"

#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/random.h>

struct crypt_aead {
    EVP_CIPHER_CTX *seal, *open; /* both hold the expanded key */
};

int crypt_aead_new(const uint8_t key[32], crypt_aead **ret_aead, lethe_error *error)
{
    crypt_aead *aead = calloc(1, sizeof(*aead));
    if (aead == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    aead->seal = EVP_CIPHER_CTX_new();
    aead->open = EVP_CIPHER_CTX_new();
    if (aead->seal == NULL || aead->open == NULL ||
        EVP_EncryptInit_ex(aead->seal, EVP_aes_256_gcm(), NULL, key, NULL) != 1 ||
        EVP_DecryptInit_ex(aead->open, EVP_aes_256_gcm(), NULL, key, NULL) != 1) {
        crypt_aead_free(aead);
        return base_fail(error, LETHE_E_CRYPT_LIBRARY);
    }
    *ret_aead = aead;
    return 0;
}

void crypt_aead_free(crypt_aead *aead)
{
    if (aead == NULL)
        return;
    EVP_CIPHER_CTX_free(aead->seal); /* libcrypto wipes the key schedule */
    EVP_CIPHER_CTX_free(aead->open);
    free(aead);
}

static void nonce_of(uint64_t number, uint8_t ret_nonce[12])
{
    memset(ret_nonce, 0, 12);
    for (size_t i = 0; i < 8; i++)
        ret_nonce[i] = (uint8_t)(number >> (8 * i));
}

int crypt_aead_seal(crypt_aead *aead, uint64_t number, base_span context, base_span plain, void *ret_sealed,
                    lethe_error *error)
{
    uint8_t nonce[12];
    uint8_t *out = ret_sealed;
    int size = 0;
    nonce_of(number, nonce);
    if (plain.size > INT_MAX || context.size > INT_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    if (EVP_EncryptInit_ex(aead->seal, NULL, NULL, NULL, nonce) != 1 ||
        EVP_EncryptUpdate(aead->seal, NULL, &size, (const uint8_t *)context.data, (int)context.size) != 1 ||
        EVP_EncryptUpdate(aead->seal, out, &size, (const uint8_t *)plain.data, (int)plain.size) != 1 ||
        EVP_EncryptFinal_ex(aead->seal, out + plain.size, &size) != 1 ||
        EVP_CIPHER_CTX_ctrl(aead->seal, EVP_CTRL_GCM_GET_TAG, CRYPT_AEAD_TAG, out + plain.size) != 1)
        return base_fail(error, LETHE_E_CRYPT_LIBRARY);
    return 0;
}

int crypt_aead_open(crypt_aead *aead, uint64_t number, base_span context, base_span sealed, void *ret_plain,
                    lethe_error *error)
{
    uint8_t nonce[12], tag[CRYPT_AEAD_TAG];
    int size = 0;
    nonce_of(number, nonce);
    if (sealed.size < CRYPT_AEAD_TAG || sealed.size > INT_MAX || context.size > INT_MAX)
        return base_fail(error, LETHE_E_CRYPT_AUTH);
    const size_t plain_size = sealed.size - CRYPT_AEAD_TAG;
    memcpy(tag, sealed.data + plain_size, sizeof(tag));
    if (EVP_DecryptInit_ex(aead->open, NULL, NULL, NULL, nonce) != 1 ||
        EVP_CIPHER_CTX_ctrl(aead->open, EVP_CTRL_GCM_SET_TAG, CRYPT_AEAD_TAG, tag) != 1 ||
        EVP_DecryptUpdate(aead->open, NULL, &size, (const uint8_t *)context.data, (int)context.size) != 1 ||
        EVP_DecryptUpdate(aead->open, ret_plain, &size, (const uint8_t *)sealed.data, (int)plain_size) != 1 ||
        EVP_DecryptFinal_ex(aead->open, (uint8_t *)ret_plain + plain_size, &size) != 1)
        return base_fail(error, LETHE_E_CRYPT_AUTH);
    return 0;
}

int crypt_random(void *ret_bytes, size_t size, lethe_error *error)
{
    uint8_t *at = ret_bytes;
    while (size != 0) {
        const ssize_t got = getrandom(at, size, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return base_fail_errno(error, LETHE_E_CRYPT_RANDOM);
        at += got;
        size -= (size_t)got;
    }
    return 0;
}

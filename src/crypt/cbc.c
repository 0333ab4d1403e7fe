/* SPDX-License-Identifier: Apache-2.0 */
#include "crypt/cbc.h"

#include <limits.h>
#include <openssl/evp.h>

static const EVP_CIPHER *cipher_of(base_span key)
{
    switch (key.size) {
    case 16:
        return EVP_aes_128_cbc();
    case 24:
        return EVP_aes_192_cbc();
    case 32:
        return EVP_aes_256_cbc();
    default:
        return NULL;
    }
}

static bool run(base_span key, const uint8_t *iv, bool seal, base_span text, uint8_t *out, size_t *ret_size)
{
    int first = 0, last = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    const EVP_CIPHER *cipher = cipher_of(key);
    const bool done = context != NULL && cipher != NULL && text.size < INT_MAX - 2 * CRYPT_CBC_BLOCK &&
                      EVP_CipherInit_ex(context, cipher, NULL, (const uint8_t *)key.data, iv, seal) == 1 &&
                      EVP_CipherUpdate(context, out, &first, (const uint8_t *)text.data, (int)text.size) == 1 &&
                      EVP_CipherFinal_ex(context, out + first, &last) == 1;
    EVP_CIPHER_CTX_free(context);
    *ret_size = (size_t)first + (size_t)last;
    return done;
}

int crypt_cbc_seal(base_span key, const uint8_t iv[CRYPT_CBC_BLOCK], base_span plain, uint8_t *ret_sealed,
                   size_t *ret_size, lethe_error *error)
{
    size_t size = 0;
    memcpy(ret_sealed, iv, CRYPT_CBC_BLOCK);
    if (!run(key, iv, true, plain, ret_sealed + CRYPT_CBC_BLOCK, &size))
        return base_fail(error, LETHE_E_CRYPT_LIBRARY);
    *ret_size = CRYPT_CBC_BLOCK + size;
    return 0;
}

int crypt_cbc_open(base_span key, base_span sealed, uint8_t *ret_plain, size_t *ret_size, lethe_error *error)
{
    size_t size = 0;
    if (sealed.size < 2 * CRYPT_CBC_BLOCK)
        return base_fail(error, LETHE_E_CRYPT_AUTH);
    const base_span text = {sealed.data + CRYPT_CBC_BLOCK, sealed.size - CRYPT_CBC_BLOCK};
    if (!run(key, (const uint8_t *)sealed.data, false, text, ret_plain, &size))
        return base_fail(error, LETHE_E_CRYPT_AUTH);
    *ret_size = size;
    return 0;
}

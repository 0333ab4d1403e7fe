/* SPDX-License-Identifier: Apache-2.0 */
#include "crypt/siv.h"

#include <limits.h>
#include <openssl/evp.h>
#include <stdlib.h>

/* A context takes one message: libcrypto keeps what it has absorbed. The keyed ones are copied for each. */
struct crypt_siv {
    EVP_CIPHER_CTX *seal, *open, *used;
};

static EVP_CIPHER *cipher_of(size_t key_size)
{
    switch (key_size) {
    case 32:
        return EVP_CIPHER_fetch(NULL, "AES-128-SIV", NULL);
    case 48:
        return EVP_CIPHER_fetch(NULL, "AES-192-SIV", NULL);
    case 64:
        return EVP_CIPHER_fetch(NULL, "AES-256-SIV", NULL);
    default:
        return NULL;
    }
}

int crypt_siv_new(const uint8_t *key, size_t key_size, crypt_siv **ret_siv, lethe_error *error)
{
    crypt_siv *siv = calloc(1, sizeof(*siv));
    if (siv == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    EVP_CIPHER *cipher = cipher_of(key_size);
    siv->seal = EVP_CIPHER_CTX_new();
    siv->open = EVP_CIPHER_CTX_new();
    siv->used = EVP_CIPHER_CTX_new();
    const bool done = cipher != NULL && siv->seal != NULL && siv->open != NULL && siv->used != NULL &&
                      EVP_EncryptInit_ex2(siv->seal, cipher, key, NULL, NULL) == 1 &&
                      EVP_DecryptInit_ex2(siv->open, cipher, key, NULL, NULL) == 1;
    EVP_CIPHER_free(cipher);
    if (!done) {
        crypt_siv_free(siv);
        return base_fail(error, LETHE_E_CRYPT_LIBRARY);
    }
    *ret_siv = siv;
    return 0;
}

void crypt_siv_free(crypt_siv *siv)
{
    if (siv == NULL)
        return;
    EVP_CIPHER_CTX_free(siv->seal); /* libcrypto wipes the key schedule */
    EVP_CIPHER_CTX_free(siv->open);
    EVP_CIPHER_CTX_free(siv->used);
    free(siv);
}

static const uint8_t *bytes_of(base_span span)
{
    return span.size != 0 ? (const uint8_t *)span.data : (const uint8_t *)"";
}

int crypt_siv_seal(crypt_siv *siv, base_span context, base_span plain, uint8_t *ret_sealed, lethe_error *error)
{
    int size = 0;
    if (plain.size == 0 || plain.size > INT_MAX || context.size > INT_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    if (EVP_CIPHER_CTX_copy(siv->used, siv->seal) != 1 ||
        EVP_EncryptUpdate(siv->used, NULL, &size, bytes_of(context), (int)context.size) != 1 ||
        EVP_EncryptUpdate(siv->used, ret_sealed + CRYPT_SIV_TAG, &size, bytes_of(plain), (int)plain.size) != 1 ||
        EVP_EncryptFinal_ex(siv->used, ret_sealed + CRYPT_SIV_TAG + plain.size, &size) != 1 ||
        EVP_CIPHER_CTX_ctrl(siv->used, EVP_CTRL_AEAD_GET_TAG, CRYPT_SIV_TAG, ret_sealed) != 1)
        return base_fail(error, LETHE_E_CRYPT_LIBRARY);
    return 0;
}

int crypt_siv_open(crypt_siv *siv, base_span context, base_span sealed, uint8_t *ret_plain, lethe_error *error)
{
    uint8_t tag[CRYPT_SIV_TAG];
    int size = 0;
    if (sealed.size <= CRYPT_SIV_TAG || sealed.size > INT_MAX || context.size > INT_MAX)
        return base_fail(error, LETHE_E_CRYPT_AUTH);
    memcpy(tag, sealed.data, sizeof(tag));
    const uint8_t *hidden = (const uint8_t *)sealed.data + CRYPT_SIV_TAG;
    const int hidden_size = (int)(sealed.size - CRYPT_SIV_TAG);
    if (EVP_CIPHER_CTX_copy(siv->used, siv->open) != 1 ||
        EVP_CIPHER_CTX_ctrl(siv->used, EVP_CTRL_AEAD_SET_TAG, CRYPT_SIV_TAG, tag) != 1 ||
        EVP_DecryptUpdate(siv->used, NULL, &size, bytes_of(context), (int)context.size) != 1 ||
        EVP_DecryptUpdate(siv->used, ret_plain, &size, hidden, hidden_size) != 1 ||
        EVP_DecryptFinal_ex(siv->used, ret_plain + hidden_size, &size) != 1)
        return base_fail(error, LETHE_E_CRYPT_AUTH);
    return 0;
}

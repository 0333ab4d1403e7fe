/* SPDX-License-Identifier: Apache-2.0 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypt/digest.h"

#include "crypt/secret.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/sha.h>
#include <stdlib.h>

struct crypt_digest {
    EVP_MD_CTX *context;
};

/* The states behind the key block are copied for each message. libcrypto's EVP would allocate each copy, which costs
 * several times what the two compressions do; its SHA256_* are the same code without that. */
struct crypt_mac {
    SHA256_CTX inner, outer, used;
};

int crypt_sha256(base_span message, uint8_t ret_digest[CRYPT_SHA256_BYTES], lethe_error *error)
{
    const void *data = message.size != 0 ? message.data : "";
    unsigned size = 0;
    if (EVP_Digest(data, message.size, ret_digest, &size, EVP_sha256(), NULL) != 1 || size != CRYPT_SHA256_BYTES)
        return base_fail(error, LETHE_E_CRYPT_LIBRARY);
    return 0;
}

int crypt_digest_new(crypt_digest **ret_digest, lethe_error *error)
{
    crypt_digest *digest = calloc(1, sizeof(*digest));
    if (digest == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    digest->context = EVP_MD_CTX_new();
    if (digest->context == NULL) {
        crypt_digest_free(digest);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    *ret_digest = digest;
    return 0;
}

int crypt_digest_start(crypt_digest *digest, lethe_error *error)
{
    return EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL) == 1 ? 0 : base_fail(error, LETHE_E_CRYPT_LIBRARY);
}

int crypt_digest_add(crypt_digest *digest, base_span piece, lethe_error *error)
{
    if (piece.size == 0)
        return 0;
    return EVP_DigestUpdate(digest->context, piece.data, piece.size) == 1 ? 0 : base_fail(error, LETHE_E_CRYPT_LIBRARY);
}

int crypt_digest_finish(crypt_digest *digest, uint8_t ret_digest[CRYPT_SHA256_BYTES], lethe_error *error)
{
    return EVP_DigestFinal_ex(digest->context, ret_digest, NULL) == 1 ? 0 : base_fail(error, LETHE_E_CRYPT_LIBRARY);
}

void crypt_digest_free(crypt_digest *digest)
{
    if (digest == NULL)
        return;
    EVP_MD_CTX_free(digest->context);
    free(digest);
}

int crypt_mac_new(const uint8_t key[32], crypt_mac **ret_mac, lethe_error *error)
{
    uint8_t inner[SHA256_CBLOCK], outer[SHA256_CBLOCK];
    crypt_mac *mac = calloc(1, sizeof(*mac));
    if (mac == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < SHA256_CBLOCK; i++) {
        const uint8_t byte = i < 32 ? key[i] : 0;
        inner[i] = byte ^ 0x36;
        outer[i] = byte ^ 0x5c;
    }
    const bool done = SHA256_Init(&mac->inner) == 1 && SHA256_Update(&mac->inner, inner, sizeof(inner)) == 1 &&
                      SHA256_Init(&mac->outer) == 1 && SHA256_Update(&mac->outer, outer, sizeof(outer)) == 1;
    crypt_wipe(inner, sizeof(inner));
    crypt_wipe(outer, sizeof(outer));
    if (!done) {
        crypt_mac_free(mac);
        return base_fail(error, LETHE_E_CRYPT_LIBRARY);
    }
    *ret_mac = mac;
    return 0;
}

int crypt_mac_compute(crypt_mac *mac, const base_span *pieces, size_t count, uint8_t ret_tag[32], lethe_error *error)
{
    uint8_t tag[SHA256_DIGEST_LENGTH];
    mac->used = mac->inner;
    bool done = true;
    for (size_t i = 0; done && i < count; i++)
        done = pieces[i].size == 0 || SHA256_Update(&mac->used, pieces[i].data, pieces[i].size) == 1;
    done = done && SHA256_Final(tag, &mac->used) == 1;
    mac->used = mac->outer;
    done = done && SHA256_Update(&mac->used, tag, sizeof(tag)) == 1 && SHA256_Final(tag, &mac->used) == 1;
    if (!done)
        return base_fail(error, LETHE_E_CRYPT_LIBRARY);
    memcpy(ret_tag, tag, sizeof(tag));
    return 0;
}

void crypt_mac_free(crypt_mac *mac)
{
    if (mac == NULL)
        return;
    crypt_wipe(mac, sizeof(*mac));
    free(mac);
}

int crypt_hkdf(base_span secret, base_span label, uint8_t *ret_key, size_t key_size, lethe_error *error)
{
    EVP_KDF *algorithm = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context = algorithm != NULL ? EVP_KDF_CTX_new(algorithm) : NULL;
    EVP_KDF_free(algorithm);
    char hash[] = "SHA256";
    union {
        const char *constant;
        void *plain;
    } key = {secret.data}, info = {label.data}; /* OSSL_PARAM has no const */
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key.plain, secret.size),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.plain, label.size),
        OSSL_PARAM_END,
    };
    const bool done = context != NULL && EVP_KDF_derive(context, ret_key, key_size, parameters) == 1;
    EVP_KDF_CTX_free(context);
    return done ? 0 : base_fail(error, LETHE_E_CRYPT_LIBRARY);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "crypt/random.h"

#include "crypt/aead.h"
#include "crypt/secret.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define RNG_LIVE 0x6c65746865726e67u /* any number that is not 0 */

/* The first key is the kernel's; later ones are the generator's own, and now and then the kernel's again on top. */
static int take_key(crypt_rng *rng, lethe_error *error)
{
    crypt_rng_page *page = rng->page;
    if (page->live != RNG_LIVE || (rng->ask_owner && crypt_rng_is_foreign(rng))) {
        BASE_TRY(crypt_random(page->key, sizeof(page->key), error));
        page->blocks = 0;
        rng->owner = getpid();
    } else if (page->blocks % CRYPT_RNG_RESEED_BLOCKS == 0) {
        BASE_TRY(crypt_random(page->kernel, sizeof(page->kernel), error));
        for (size_t i = 0; i < sizeof(page->key); i++)
            page->key[i] ^= page->kernel[i];
        crypt_wipe(page->kernel, sizeof(page->kernel));
    }
    page->blocks++;
    return 0;
}

/* One block under a key that is used for nothing else; the schedule of the key does not stay. What was read is zero;
 * only a rest that was too small is not. */
static int encrypt_block(EVP_CIPHER_CTX *cipher, crypt_rng_page *page, lethe_error *error)
{
    static const uint8_t zero[32];
    int size = 0;
    memset(page->block, 0, page->left);
    const bool done = EVP_EncryptInit_ex(cipher, NULL, NULL, page->key, zero) == 1 &&
                      EVP_EncryptUpdate(cipher, page->block, &size, page->block, (int)sizeof(page->block)) == 1 &&
                      size == (int)sizeof(page->block);
    const bool forgotten = EVP_EncryptInit_ex(cipher, NULL, NULL, zero, zero) == 1;
    return done && forgotten ? 0 : base_fail(error, LETHE_E_CRYPT_RANDOM);
}

static int refill(crypt_rng *rng, lethe_error *error)
{
    crypt_rng_page *page = rng->page;
    uint8_t *next = page->block + sizeof(page->block) - sizeof(page->key);
    int status = take_key(rng, error);
    if (status == 0)
        status = encrypt_block(rng->cipher, page, error);
    if (status != 0) {
        memset(page, 0, sizeof(*page));
        return status;
    }
    memcpy(page->key, next, sizeof(page->key));
    memset(next, 0, sizeof(page->key));
    page->live = RNG_LIVE;
    page->left = sizeof(page->block) - sizeof(page->key);
    return 0;
}

bool crypt_rng_is_foreign(const crypt_rng *rng)
{
    return rng->owner != getpid();
}

static int open_rng(crypt_rng *rng, lethe_error *error)
{
    void *page = NULL;
    BASE_TRY(crypt_secret_new(sizeof(crypt_rng_page), &page, error));
    rng->page = page;
    rng->ask_owner = madvise(page, sizeof(crypt_rng_page), MADV_WIPEONFORK) != 0;
    rng->refill = refill;
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    rng->cipher = cipher;
    if (cipher == NULL || EVP_EncryptInit_ex(cipher, EVP_aes_256_ctr(), NULL, NULL, NULL) != 1)
        return base_fail(error, LETHE_E_CRYPT_LIBRARY);
    return 0;
}

int crypt_rng_new(crypt_rng **ret_rng, lethe_error *error)
{
    crypt_rng *rng = calloc(1, sizeof(*rng));
    if (rng == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    const int status = open_rng(rng, error);
    if (status != 0)
        crypt_rng_free(rng);
    else
        *ret_rng = rng;
    return status;
}

void crypt_rng_free(crypt_rng *rng)
{
    if (rng == NULL)
        return;
    EVP_CIPHER_CTX_free(rng->cipher);
    crypt_secret_free(rng->page, sizeof(crypt_rng_page));
    free(rng);
}

int crypt_rng_fill(crypt_rng *rng, void *ret_bytes, size_t size, lethe_error *error)
{
    crypt_rng_page *page = rng->page;
    uint8_t *at = ret_bytes;
    while (size != 0) {
        if (page->left == 0 || (rng->ask_owner && crypt_rng_is_foreign(rng)))
            BASE_TRY(rng->refill(rng, error));
        const size_t part = size < page->left ? size : (size_t)page->left;
        page->left -= part;
        memcpy(at, page->block + page->left, part);
        memset(page->block + page->left, 0, part);
        at += part;
        size -= part;
    }
    return 0;
}

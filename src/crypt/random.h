/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRYPT_RANDOM_H
#define CRYPT_RANDOM_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

/*
 * Random numbers fast enough to be noise: AES-256 in counter mode (SP 800-38A), keyed by the kernel, in blocks. Each
 * block ends with the key of the next one and is wiped as it is read ("fast key erasure", Bernstein 2017), so what
 * stands in memory says nothing of what was given out; the kernel is asked again every CRYPT_RNG_RESEED_BLOCKS blocks.
 * There is no way to seed it.
 *
 *   handle (heap) ─► page (locked, not dumped, zero in a forked child)
 *                    ┌──────┬──────┬──────────┬───────────────────────────────┐
 *                    │ live │ left │ next key │ block: read from its end      │
 *                    └──────┴──────┴──────────┴───────────────────────────────┘
 *
 * In a forked child `left` and `live` are zero, so the first read there goes to refill, which finds no key and asks the
 * kernel: no two processes give the same numbers. Where the kernel has no MADV_WIPEONFORK the owner's process id is
 * compared at each read instead. A snapshot of a whole machine is not noticed before the next reseeding.
 *
 * One thread at a time: a handle each. Owned by the caller: crypt_rng_new, crypt_rng_free.
 */
#define CRYPT_RNG_BLOCK_BYTES   16384 /* stays in the first cache */
#define CRYPT_RNG_RESEED_BLOCKS 64

typedef struct crypt_rng_page {
    uint64_t live; /* CRYPT_RNG_LIVE, or 0: no key */
    uint64_t left; /* bytes of `block` that were not given out */
    uint64_t blocks;
    uint8_t key[32];
    uint8_t kernel[32];
    _Alignas(64) uint8_t block[CRYPT_RNG_BLOCK_BYTES];
} crypt_rng_page;

typedef struct crypt_rng crypt_rng;
struct crypt_rng {
    crypt_rng_page *page;
    void *cipher;
    int (*refill)(crypt_rng *rng, lethe_error *error); /* LETHE_E_CRYPT_RANDOM: nothing was given out */
    pid_t owner;
    bool ask_owner;
};

int crypt_rng_new(crypt_rng **ret_rng, lethe_error *error);
void crypt_rng_free(crypt_rng *rng); /* NULL-safe */

int crypt_rng_fill(crypt_rng *rng, void *ret_bytes, size_t size, lethe_error *error);
bool crypt_rng_is_foreign(const crypt_rng *rng); /* another process made it, and nothing was wiped */

/* Where `size` bytes that are given out stand, to be wiped when they were read; NULL after a failure. */
static inline uint8_t *crypt_rng_take(crypt_rng *rng, size_t size, lethe_error *error)
{
    crypt_rng_page *page = rng->page;
    if (__builtin_expect(page->left < size || (rng->ask_owner && crypt_rng_is_foreign(rng)), 0) &&
        rng->refill(rng, error) != 0)
        return NULL;
    page->left -= size;
    return page->block + page->left;
}

/* 64 and 32 uniform bits; a failure is that of the kernel or of the library. */
static inline int crypt_rng_u64(crypt_rng *rng, uint64_t *ret_bits, lethe_error *error)
{
    uint8_t *at = crypt_rng_take(rng, sizeof(*ret_bits), error);
    if (__builtin_expect(at == NULL, 0))
        return LETHE_E_CRYPT_RANDOM;
    memcpy(ret_bits, at, sizeof(*ret_bits));
    memset(at, 0, sizeof(*ret_bits));
    return 0;
}

static inline int crypt_rng_u32(crypt_rng *rng, uint32_t *ret_bits, lethe_error *error)
{
    uint8_t *at = crypt_rng_take(rng, sizeof(*ret_bits), error);
    if (__builtin_expect(at == NULL, 0))
        return LETHE_E_CRYPT_RANDOM;
    memcpy(ret_bits, at, sizeof(*ret_bits));
    memset(at, 0, sizeof(*ret_bits));
    return 0;
}

#endif

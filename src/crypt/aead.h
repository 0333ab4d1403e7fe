/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRYPT_AEAD_H
#define CRYPT_AEAD_H

#include "base/error.h"
#include "base/span.h"

#include <stdint.h>

/*
 * AES-256-GCM (SP 800-38D) for data that one process seals and opens again. The nonce is a 96-bit number that the
 * caller never uses twice under one key: blocks are numbered. One thread at a time.
 */
#define CRYPT_AEAD_TAG 16

typedef struct crypt_aead crypt_aead;
int crypt_aead_new(const uint8_t key[32], crypt_aead **ret_aead, lethe_error *error);
void crypt_aead_free(crypt_aead *aead);

/* `ret_sealed` has room for plain.size + CRYPT_AEAD_TAG bytes. */
int crypt_aead_seal(crypt_aead *aead, uint64_t number, base_span context, base_span plain, void *ret_sealed,
                    lethe_error *error);

/* `ret_plain` has room for sealed.size - CRYPT_AEAD_TAG bytes; LETHE_E_CRYPT_AUTH where anything was changed. */
int crypt_aead_open(crypt_aead *aead, uint64_t number, base_span context, base_span sealed, void *ret_plain,
                    lethe_error *error);

/* Random bytes of the kernel. */
int crypt_random(void *ret_bytes, size_t size, lethe_error *error);

#endif

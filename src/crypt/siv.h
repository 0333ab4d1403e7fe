/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRYPT_SIV_H
#define CRYPT_SIV_H

#include "base/error.h"
#include "base/span.h"

#include <stdint.h>

/*
 * AES-SIV (RFC 5297) with one associated data string: deterministic authenticated encryption. Equal plain texts give
 * equal cipher texts under one key and context, and nothing else is seen of them but their length. The first 16 bytes
 * of what is sealed are the synthetic IV, which is also the proof. One thread at a time.
 */
#define CRYPT_SIV_KEY 64 /* bytes of AES-256-SIV */
#define CRYPT_SIV_TAG 16

typedef struct crypt_siv crypt_siv;
int crypt_siv_new(const uint8_t *key, size_t key_size, crypt_siv **ret_siv, lethe_error *error); /* 32, 48 or 64 */
void crypt_siv_free(crypt_siv *siv);

/* `ret_sealed` has room for CRYPT_SIV_TAG + plain.size bytes. An empty plain text is refused: libcrypto 3.0
 * does not make its IV, and no token is empty. */
int crypt_siv_seal(crypt_siv *siv, base_span context, base_span plain, uint8_t *ret_sealed, lethe_error *error);

/* `ret_plain` has room for sealed.size - CRYPT_SIV_TAG bytes; LETHE_E_CRYPT_AUTH where anything was changed. */
int crypt_siv_open(crypt_siv *siv, base_span context, base_span sealed, uint8_t *ret_plain, lethe_error *error);

#endif

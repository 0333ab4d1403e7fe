/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRYPT_CBC_H
#define CRYPT_CBC_H

#include "base/error.h"
#include "base/span.h"

#include <stdint.h>

/*
 * AES-CBC with PKCS #7 padding (SP 800-38A): nothing proves what it decrypts to. Only for output that another program's
 * readers expect; what is our own is sealed by aead.h or siv.h.
 */
#define CRYPT_CBC_BLOCK 16

/* The key has 16, 24 or 32 bytes. `ret_sealed` has room for the IV, the plain text and one block more: it begins with
 * the IV. */
int crypt_cbc_seal(base_span key, const uint8_t iv[CRYPT_CBC_BLOCK], base_span plain, uint8_t *ret_sealed,
                   size_t *ret_size, lethe_error *error);

/* `ret_plain` has room for sealed.size bytes; LETHE_E_CRYPT_AUTH where the padding is none. */
int crypt_cbc_open(base_span key, base_span sealed, uint8_t *ret_plain, size_t *ret_size, lethe_error *error);

#endif

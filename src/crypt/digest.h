/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRYPT_DIGEST_H
#define CRYPT_DIGEST_H

#include "base/error.h"
#include "base/span.h"

#include <stdint.h>

#define CRYPT_SHA256_BYTES 32

int crypt_sha256(base_span message, uint8_t ret_digest[CRYPT_SHA256_BYTES], lethe_error *error); /* FIPS 180-4 */

/* The same over pieces. Owned by the caller; a digest may be started again after it was finished. */
typedef struct crypt_digest crypt_digest;
int crypt_digest_new(crypt_digest **ret_digest, lethe_error *error);
int crypt_digest_start(crypt_digest *digest, lethe_error *error);
int crypt_digest_add(crypt_digest *digest, base_span piece, lethe_error *error);
int crypt_digest_finish(crypt_digest *digest, uint8_t ret_digest[CRYPT_SHA256_BYTES], lethe_error *error);
void crypt_digest_free(crypt_digest *digest);

/* HMAC-SHA-256 (RFC 2104) under a key whose inner and outer states are computed once. One thread at a time. */
typedef struct crypt_mac crypt_mac;
int crypt_mac_new(const uint8_t key[32], crypt_mac **ret_mac, lethe_error *error);
int crypt_mac_new_of(base_span key, crypt_mac **ret_mac, lethe_error *error); /* of any size, as others use it */
int crypt_mac_compute(crypt_mac *mac, const base_span *pieces, size_t count, uint8_t ret_tag[32], lethe_error *error);
void crypt_mac_free(crypt_mac *mac);

/* HKDF-SHA-256 (RFC 5869) with an empty salt. */
int crypt_hkdf(base_span secret, base_span label, uint8_t *ret_key, size_t key_size, lethe_error *error);

#endif

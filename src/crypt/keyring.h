/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRYPT_KEYRING_H
#define CRYPT_KEYRING_H

#include "base/error.h"
#include "base/span.h"

#include <stdint.h>

/* A project's secrets, read from a key file (docs/SPEC-keyfile.md) into locked memory. */
#define CRYPT_KEY_FILE_MAX   65536
#define CRYPT_KEY_EPOCHS_MAX 256
#define CRYPT_PROJECT_CHARS  36

typedef enum crypt_purpose {
    CRYPT_PATIENT,
    CRYPT_ENCOUNTER,
    CRYPT_RESOURCE,
    CRYPT_FHIR_ARTEFACT,
    CRYPT_DATE_SHIFT,
    CRYPT_SPLIT,
    CRYPT_SHARD,
    CRYPT_SIGN,
    CRYPT_VAULT,
    CRYPT_AUDIT,
    CRYPT_JOURNAL,
    CRYPT_REVERSIBLE,
    CRYPT_FORMAT,
} crypt_purpose;

typedef struct crypt_keyring crypt_keyring;

/* Makes a project with one epoch and writes its key file, mode 0600. LETHE_E_CRYPT_KEY_EXISTS where `path` exists. */
int crypt_keyring_create(const char *path, lethe_error *error);

/* Refuses other modes than 0600 and 0400 (LETHE_E_CRYPT_KEY_MODE) and anything the format does not say
 * (LETHE_E_CRYPT_KEY_FILE with the line). */
int crypt_keyring_open(const char *path, crypt_keyring **ret_ring, lethe_error *error);

/* The parser alone, on bytes in memory: for the fuzzer and for `open`. */
int crypt_keyring_parse(base_span text, crypt_keyring **ret_ring, lethe_error *error);
void crypt_keyring_free(crypt_keyring *ring);

const char *crypt_keyring_project(const crypt_keyring *ring); /* 36 characters */
uint32_t crypt_keyring_epoch(const crypt_keyring *ring);      /* the primary epoch */

/* The key of one purpose under the primary epoch. `ret_key` should be secret memory or be wiped by the caller. */
int crypt_keyring_derive(const crypt_keyring *ring, crypt_purpose purpose, uint8_t ret_key[32], lethe_error *error);

/* The key of another epoch, also of a retired one, and of another size: to read old tokens. LETHE_E_CRYPT_EPOCH where
 * the file has no such epoch. */
bool crypt_keyring_has(const crypt_keyring *ring, uint32_t epoch);
int crypt_keyring_derive_at(const crypt_keyring *ring, crypt_purpose purpose, uint32_t epoch, uint8_t *ret_key,
                            size_t key_size, lethe_error *error);

/* The Ed25519 verification key of the project's primary epoch, and a signature under it. */
int crypt_keyring_public(const crypt_keyring *ring, uint8_t ret_public[32], lethe_error *error);
int crypt_keyring_sign(const crypt_keyring *ring, base_span message, uint8_t ret_signature[64], lethe_error *error);

/* Base64 (RFC 4648, padded) and the lower-case base32 of pseudonyms (its alphabet a-z2-7, unpadded). */
void crypt_base64(const uint8_t *bytes, size_t size, char *ret_text);      /* 4·⌈size/3⌉ + 1 characters */
bool crypt_base64_decode(base_span text, uint8_t *ret_bytes, size_t size); /* exactly `size` bytes, canonical form */

#endif

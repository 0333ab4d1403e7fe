/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRYPT_SIGN_H
#define CRYPT_SIGN_H

#include "base/error.h"
#include "base/span.h"

#include <stdint.h>

/* Ed25519 (RFC 8032). The 32-byte seed is the private key. */
int crypt_sign_public(const uint8_t seed[32], uint8_t ret_public[32], lethe_error *error);
int crypt_sign(const uint8_t seed[32], base_span message, uint8_t ret_signature[64], lethe_error *error);

/* 0 when the signature fits; LETHE_E_CRYPT_AUTH otherwise. */
int crypt_verify(const uint8_t public_key[32], base_span message, const uint8_t signature[64], lethe_error *error);

#endif

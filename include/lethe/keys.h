/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LETHE_KEYS_H
#define LETHE_KEYS_H

#include <lethe/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Makes the key file of a new project, mode 0600; never overwrites (LETHE_E_CRYPT_KEY_EXISTS). */
LETHE_API int lethe_keys_new(const char *path, lethe_error *error);

/* The project's Ed25519 verification key as base64 (44 characters and a NUL): public, for `verify --public-key`. */
LETHE_API int lethe_keys_public(const char *path, char ret_base64[45], lethe_error *error);

#ifdef __cplusplus
}
#endif

#endif

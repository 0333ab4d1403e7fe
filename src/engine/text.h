/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_TEXT_H
#define ENGINE_TEXT_H

#include "base/error.h"
#include "crypt/digest.h"

#include <stdio.h>

/* Lower-case hexadecimal digits with a NUL. */
static inline void engine_hex(const uint8_t *bytes, size_t size, char *ret_text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        ret_text[2 * i] = digits[bytes[i] >> 4];
        ret_text[2 * i + 1] = digits[bytes[i] & 15];
    }
    ret_text[2 * size] = '\0';
}

/* The name of a project's public key in a manifest: the first eight bytes of its SHA-256. */
static inline int engine_key_id(const uint8_t public_key[32], char ret_text[17], lethe_error *error)
{
    uint8_t digest[32];
    BASE_TRY(crypt_sha256((base_span){(const char *)public_key, 32}, digest, error));
    engine_hex(digest, 8, ret_text);
    return 0;
}

#endif

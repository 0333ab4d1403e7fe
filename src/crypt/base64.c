/* SPDX-License-Identifier: Apache-2.0 */
#include "crypt/keyring.h"

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void crypt_base64(const uint8_t *bytes, size_t size, char *ret_text)
{
    for (size_t i = 0; i < size; i += 3) {
        const size_t left = size - i;
        const uint32_t group = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                               (left > 2 ? (uint32_t)bytes[i + 2] : 0);
        *ret_text++ = ALPHABET[group >> 18];
        *ret_text++ = ALPHABET[group >> 12 & 63];
        *ret_text++ = left > 1 ? ALPHABET[group >> 6 & 63] : '=';
        *ret_text++ = left > 2 ? ALPHABET[group & 63] : '=';
    }
    *ret_text = '\0';
}

static int digit_of(char c)
{
    const char *found = c != '\0' ? strchr(ALPHABET, c) : NULL;
    return found != NULL ? (int)(found - ALPHABET) : -1;
}

bool crypt_base64_decode(base_span text, uint8_t *ret_bytes, size_t size)
{
    const size_t digits = (size * 8 + 5) / 6;
    if (text.size != (size + 2) / 3 * 4)
        return false;
    uint32_t bits = 0;
    unsigned held = 0;
    size_t at = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (i >= digits) {
            if (text.data[i] != '=')
                return false;
            continue;
        }
        const int digit = digit_of(text.data[i]);
        if (digit < 0)
            return false;
        bits = bits << 6 | (uint32_t)digit;
        held += 6;
        if (held >= 8) {
            held -= 8;
            ret_bytes[at++] = (uint8_t)(bits >> held);
            bits &= (1u << held) - 1;
        }
    }
    return at == size && bits == 0; /* one text for one key: no loose bits */
}

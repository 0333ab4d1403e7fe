/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRYPT_FF1_H
#define CRYPT_FF1_H

#include "base/error.h"
#include "base/span.h"

#include <stdint.h>

/*
 * FF1 (NIST SP 800-38G, with the minimum domain of its revision 1): encrypts a string of digits of some radix to one of
 * the same length, for identifiers whose format must stay. Digits are numbers below the radix, one a byte. Not
 * authenticated, and deterministic. A domain of fewer than 10^6 values is refused: the whole of it could be tried.
 * One thread at a time.
 */
#define CRYPT_FF1_RADIX_MAX  36
#define CRYPT_FF1_DIGITS_MAX 512
#define CRYPT_FF1_DOMAIN_MIN 1000000

typedef struct crypt_ff1 crypt_ff1;
int crypt_ff1_new(const uint8_t *key, size_t key_size, unsigned radix, crypt_ff1 **ret_ff1, lethe_error *error);
void crypt_ff1_free(crypt_ff1 *ff1);

/* In place. LETHE_E_CRYPT_DOMAIN where the domain is too small or too long, or a digit is none of the radix. */
int crypt_ff1_encrypt(crypt_ff1 *ff1, base_span tweak, uint8_t *digits, size_t count, lethe_error *error);
int crypt_ff1_decrypt(crypt_ff1 *ff1, base_span tweak, uint8_t *digits, size_t count, lethe_error *error);

#endif

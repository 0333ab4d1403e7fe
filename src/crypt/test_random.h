/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRYPT_TEST_RANDOM_H
#define CRYPT_TEST_RANDOM_H

#include "base/span.h"
#include "crypt/random.h"

/* In tests only, never in the library: a generator that gives the bytes of `bytes`, from their end, then
 * LETHE_E_CRYPT_RANDOM. At most CRYPT_RNG_BLOCK_BYTES. Owned by the caller: crypt_rng_free. NULL without memory. */
crypt_rng *crypt_test_rng_new(base_span bytes);

#endif

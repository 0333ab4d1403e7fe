/* SPDX-License-Identifier: Apache-2.0 */
#include "crypt/test_random.h"

static int nothing_left(crypt_rng *rng, lethe_error *error)
{
    rng->page->left = 0;
    return base_fail(error, LETHE_E_CRYPT_RANDOM);
}

crypt_rng *crypt_test_rng_new(base_span bytes)
{
    crypt_rng *rng = NULL;
    if (bytes.size > CRYPT_RNG_BLOCK_BYTES || crypt_rng_new(&rng, NULL) != 0)
        return NULL;
    rng->refill = nothing_left;
    rng->page->left = bytes.size;
    memcpy(rng->page->block, bytes.data, bytes.size);
    return rng;
}

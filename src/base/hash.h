/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/span.h"

#include <stdint.h>

/*
 * SipHash-2-4 with 128 bits out (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012): a keyed hash for
 * tables, so that no input can be made to collide. Not for anything that leaves the process.
 */
typedef struct base_hash_key {
    uint64_t k0, k1;
} base_hash_key;

typedef struct base_hash128 {
    uint64_t high, low;
} base_hash128;

base_hash128 base_hash(const base_hash_key *key, base_span bytes);

/* Two spans as one message with their boundary kept. */
base_hash128 base_hash_pair(const base_hash_key *key, base_span first, base_span second);

#endif

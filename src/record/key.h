/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECORD_KEY_H
#define RECORD_KEY_H

#include "base/hash.h"

/*
 * The name of a resource inside one run: a keyed 128-bit hash of "Type/id". Keyed, so that nobody can make ids that
 * collide; 128 bits, so that nothing is compared again. It never leaves the process and orders nothing that does.
 */
typedef struct record_key {
    uint64_t high, low; /* both 0: none */
} record_key;

record_key record_key_of(const base_hash_key *secret, base_span type, base_span id);

static inline bool record_key_none(record_key key)
{
    return key.high == 0 && key.low == 0;
}

static inline bool record_key_equal(record_key a, record_key b)
{
    return a.high == b.high && a.low == b.low;
}

static inline int record_key_compare(record_key a, record_key b)
{
    if (a.high != b.high)
        return a.high < b.high ? -1 : 1;
    return a.low < b.low ? -1 : a.low > b.low;
}

#endif

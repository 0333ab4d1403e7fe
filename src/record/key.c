/* SPDX-License-Identifier: Apache-2.0 */
#include "record/key.h"

record_key record_key_of(const base_hash_key *secret, base_span type, base_span id)
{
    const base_hash128 hash = base_hash_pair(secret, type, id);
    return (record_key){.high = hash.high, .low = hash.low | 1}; /* never the value that means none */
}

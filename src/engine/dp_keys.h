/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_DP_KEYS_H
#define ENGINE_DP_KEYS_H

#include "base/buf.h"
#include "base/hash.h"

/* The values of a histogram's column and their numbers. Owned by the caller: engine_dp_keys_init, _done. */
#define ENGINE_DP_KEYS_MAX      10000000
#define ENGINE_DP_KEY_BYTES_MAX 4096

typedef struct engine_dp_keys {
    base_hash_key hash_key;
    base_buf texts; /* each ends in NUL */
    uint64_t *at;
    size_t count, capacity;
    uint32_t *slots;
    size_t slot_count;
} engine_dp_keys;

void engine_dp_keys_init(engine_dp_keys *keys, base_hash_key hash_key);
void engine_dp_keys_done(engine_dp_keys *keys);

/* The number of a key; a new one is added where `add`, else *ret_number is ENGINE_DP_NO_KEY. */
#define ENGINE_DP_NO_KEY UINT32_MAX
int engine_dp_keys_find(engine_dp_keys *keys, base_span key, bool add, uint32_t *ret_number, lethe_error *error);

const char *engine_dp_key(const engine_dp_keys *keys, uint32_t number);

/* The numbers in byte order of the keys: room for `count`. */
void engine_dp_keys_sort(const engine_dp_keys *keys, uint32_t *ret_numbers);

#endif

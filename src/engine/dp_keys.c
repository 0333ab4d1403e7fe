/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/dp_keys.h"

#include <stdlib.h>

#define BYTES_MAX ((size_t)4 << 30)

void engine_dp_keys_init(engine_dp_keys *keys, base_hash_key hash_key)
{
    *keys = (engine_dp_keys){.hash_key = hash_key};
    base_buf_init(&keys->texts, BYTES_MAX);
}

void engine_dp_keys_done(engine_dp_keys *keys)
{
    base_buf_done(&keys->texts);
    free(keys->at);
    free(keys->slots);
}

const char *engine_dp_key(const engine_dp_keys *keys, uint32_t number)
{
    return keys->texts.data + keys->at[number];
}

static size_t slot_of(const engine_dp_keys *keys, base_span key)
{
    size_t slot = base_hash(&keys->hash_key, key).low & (keys->slot_count - 1);
    while (keys->slots[slot] != ENGINE_DP_NO_KEY && !base_span_is(key, engine_dp_key(keys, keys->slots[slot])))
        slot = (slot + 1) & (keys->slot_count - 1);
    return slot;
}

static int grow(engine_dp_keys *keys, lethe_error *error)
{
    const size_t slot_count = keys->slot_count != 0 ? 2 * keys->slot_count : 1024;
    uint32_t *slots = malloc(slot_count * sizeof(*slots));
    uint64_t *at = realloc(keys->at, slot_count / 2 * sizeof(*at));
    if (at != NULL)
        keys->at = at;
    if (slots == NULL || at == NULL) {
        free(slots);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    free(keys->slots);
    memset(slots, 0xff, slot_count * sizeof(*slots));
    keys->slots = slots;
    keys->slot_count = slot_count;
    keys->capacity = slot_count / 2;
    for (uint32_t i = 0; i < keys->count; i++)
        slots[slot_of(keys, base_span_of(engine_dp_key(keys, i)))] = i;
    return 0;
}

static int add_key(engine_dp_keys *keys, base_span key, size_t slot, lethe_error *error)
{
    if (keys->count == ENGINE_DP_KEYS_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    const uint64_t at = keys->texts.size;
    base_buf_span(&keys->texts, key);
    base_buf_byte(&keys->texts, '\0');
    BASE_TRY(base_buf_check(&keys->texts, error));
    keys->at[keys->count] = at;
    keys->slots[slot] = (uint32_t)keys->count++;
    return 0;
}

int engine_dp_keys_find(engine_dp_keys *keys, base_span key, bool add, uint32_t *ret_number, lethe_error *error)
{
    if (key.size == 0 || key.size > ENGINE_DP_KEY_BYTES_MAX || memchr(key.data, '\0', key.size) != NULL) {
        *ret_number = ENGINE_DP_NO_KEY;
        return 0;
    }
    if (keys->count == keys->capacity)
        BASE_TRY(grow(keys, error));
    const size_t slot = slot_of(keys, key);
    if (keys->slots[slot] == ENGINE_DP_NO_KEY && add)
        BASE_TRY(add_key(keys, key, slot, error));
    *ret_number = keys->slots[slot];
    return 0;
}

static int by_text(const void *a, const void *b, void *opaque)
{
    const engine_dp_keys *keys = opaque;
    return strcmp(engine_dp_key(keys, *(const uint32_t *)a), engine_dp_key(keys, *(const uint32_t *)b));
}

void engine_dp_keys_sort(const engine_dp_keys *keys, uint32_t *ret_numbers)
{
    union {
        const engine_dp_keys *constant;
        void *plain;
    } context = {keys};
    for (uint32_t i = 0; i < keys->count; i++)
        ret_numbers[i] = i;
    qsort_r(ret_numbers, keys->count, sizeof(*ret_numbers), by_text, context.plain);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "table/coder.h"

#include <stdlib.h>

#define SLOTS_FIRST 64
#define WORDS_MAX   ((uint32_t)1 << 30)

void coder_words_init(coder_words *words, base_hash_key key, base_arena *arena)
{
    *words = (coder_words){.key = key, .arena = arena};
}

void coder_words_done(coder_words *words)
{
    free(words->slots);
    free(words->values);
    *words = (coder_words){0};
}

static uint64_t load8(const char *p)
{
    uint64_t value;
    memcpy(&value, p, 8);
    return value;
}

static uint64_t load4(const char *p)
{
    uint32_t value;
    memcpy(&value, p, 4);
    return value;
}

static uint64_t hash_of(const coder_words *words, base_span text)
{
    uint64_t low = 0, high = 0;
    const char *p = text.data;
    const size_t n = text.size;
    if (n > 16)
        return base_hash(&words->key, text).low;
    if (n >= 8) {
        low = load8(p);
        high = load8(p + n - 8);
    } else if (n >= 4) {
        low = load4(p) | load4(p + n - 4) << 32;
    } else if (n > 0) {
        low = (uint64_t)(uint8_t)p[0] | (uint64_t)(uint8_t)p[n / 2] << 8 | (uint64_t)(uint8_t)p[n - 1] << 16;
    }
    const __uint128_t product =
        (__uint128_t)(low ^ words->key.k0) * (high ^ words->key.k1 ^ (uint64_t)n * 0x9e3779b97f4a7c15ULL);
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* The slot of a string, or the free one where it belongs. */
static coder_slot *seek(const coder_words *words, base_span text, uint64_t hash)
{
    const uint32_t tag = (uint32_t)(hash >> 32);
    for (uint32_t i = (uint32_t)hash & words->slot_mask;; i = (i + 1) & words->slot_mask) {
        coder_slot *slot = &words->slots[i];
        if (slot->number == 0 || (slot->tag == tag && base_span_equal(words->values[slot->number - 1], text)))
            return slot;
    }
}

static int grow(coder_words *words, lethe_error *error)
{
    const uint32_t count = words->slots != NULL ? (words->slot_mask + 1) * 2 : SLOTS_FIRST;
    if (count / 2 > WORDS_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    coder_slot *slots = calloc(count, sizeof(*slots));
    base_span *values = realloc(words->values, count / 2 * sizeof(*values));
    words->values = values != NULL ? values : words->values;
    if (slots == NULL || values == NULL) {
        free(slots);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    for (uint32_t number = 0; number < words->count; number++) {
        const uint64_t hash = hash_of(words, values[number]);
        uint32_t i = (uint32_t)hash & (count - 1);
        while (slots[i].number != 0)
            i = (i + 1) & (count - 1);
        slots[i] = (coder_slot){(uint32_t)(hash >> 32), number + 1};
    }
    free(words->slots);
    words->slots = slots;
    words->slot_mask = count - 1;
    words->capacity = count / 2;
    return 0;
}

int coder_words_number(coder_words *words, base_span text, uint32_t *ret_number, lethe_error *error)
{
    if (words->count == words->capacity)
        BASE_TRY(grow(words, error));
    const uint64_t hash = hash_of(words, text);
    coder_slot *slot = seek(words, text, hash);
    if (slot->number == 0) {
        const base_span copy = base_arena_copy(words->arena, text);
        if (copy.data == NULL)
            return base_fail(error, words->arena->total + text.size >= words->arena->max ? LETHE_E_BASE_LIMIT
                                                                                         : LETHE_E_BASE_MEMORY);
        words->values[words->count++] = copy;
        *slot = (coder_slot){(uint32_t)(hash >> 32), words->count};
    }
    *ret_number = slot->number - 1;
    return 0;
}

uint32_t coder_words_find(const coder_words *words, base_span text)
{
    if (words->slots == NULL)
        return UINT32_MAX;
    return seek(words, text, hash_of(words, text))->number - 1;
}

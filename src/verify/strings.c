/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/counts.h"

#include <stdlib.h>
#include <sys/random.h>

#define SLOTS_FIRST 1024

static int make_slots(verify_strings *strings, uint32_t slot_count, lethe_error *error)
{
    uint32_t *slots = malloc(slot_count * sizeof(*slots));
    if (slots == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    memset(slots, 0xff, slot_count * sizeof(*slots));
    for (uint32_t i = 0; i < strings->count; i++) {
        uint32_t at = (uint32_t)base_hash(&strings->key, strings->strings[i]).low & (slot_count - 1);
        while (slots[at] != VERIFY_NONE)
            at = (at + 1) & (slot_count - 1);
        slots[at] = i;
    }
    free(strings->slots);
    strings->slots = slots;
    strings->slot_count = slot_count;
    return 0;
}

int verify_strings_init(verify_strings *strings, lethe_error *error)
{
    *strings = (verify_strings){0};
    base_arena_init(&strings->arena, VERIFY_STRING_BYTES_MAX);
    if (getrandom(&strings->key, sizeof(strings->key), 0) != (ssize_t)sizeof(strings->key))
        return base_fail(error, LETHE_E_CRYPT_RANDOM); /* chosen strings must not all share one slot */
    return make_slots(strings, SLOTS_FIRST, error);
}

void verify_strings_done(verify_strings *strings)
{
    base_arena_done(&strings->arena);
    free(strings->strings);
    free(strings->slots);
    *strings = (verify_strings){0};
}

static uint32_t slot_of(const verify_strings *strings, base_span string)
{
    uint32_t at = (uint32_t)base_hash(&strings->key, string).low & (strings->slot_count - 1);
    while (strings->slots[at] != VERIFY_NONE && !base_span_equal(strings->strings[strings->slots[at]], string))
        at = (at + 1) & (strings->slot_count - 1);
    return at;
}

uint32_t verify_strings_find(const verify_strings *strings, base_span string)
{
    return strings->slot_count != 0 ? strings->slots[slot_of(strings, string)] : VERIFY_NONE;
}

static int grow(verify_strings *strings, lethe_error *error)
{
    if (strings->count >= VERIFY_STRINGS_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    if (strings->count == strings->capacity) {
        const uint32_t capacity = strings->capacity != 0 ? 2 * strings->capacity : SLOTS_FIRST / 2;
        base_span *grown = realloc(strings->strings, capacity * sizeof(*grown));
        if (grown == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        strings->strings = grown;
        strings->capacity = capacity;
    }
    if (2 * strings->count >= strings->slot_count)
        return make_slots(strings, 2 * strings->slot_count, error);
    return 0;
}

int verify_strings_add(verify_strings *strings, base_span string, uint32_t *ret_number, lethe_error *error)
{
    const uint32_t found = verify_strings_find(strings, string);
    if (found != VERIFY_NONE) {
        *ret_number = found;
        return 0;
    }
    BASE_TRY(grow(strings, error));
    const base_span copy = base_arena_copy(&strings->arena, string);
    if (copy.data == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    strings->slots[slot_of(strings, string)] = strings->count;
    strings->strings[strings->count] = copy;
    *ret_number = strings->count++;
    return 0;
}

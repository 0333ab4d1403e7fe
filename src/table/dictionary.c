/* SPDX-License-Identifier: Apache-2.0 */
#include "table/dictionary.h"

#include <stdlib.h>

#define SLOTS_FIRST 512

void table_dictionary_init(table_dictionary *dict)
{
    *dict = (table_dictionary){0};
    base_buf_init(&dict->plain, DICTIONARY_BYTES_MAX);
}

void table_dictionary_done(table_dictionary *dict)
{
    base_buf_done(&dict->plain);
    free(dict->starts);
    free(dict->slots);
    *dict = (table_dictionary){0};
}

void table_dictionary_reset(table_dictionary *dict)
{
    base_buf_reset(&dict->plain);
    dict->count = 0;
    if (dict->slots != NULL)
        memset(dict->slots, 0, dict->slot_count * sizeof(*dict->slots));
}

static uint64_t mix(uint64_t a, uint64_t b)
{
    const unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t load(const char *at, size_t size)
{
    uint64_t word = 0;
    memcpy(&word, at, size);
    return word;
}

/* Sixteen bytes a step, the last ones overlapping: the short strings of a vocabulary take two products, few branches.
 * Spread, not secrecy: DICTIONARY_PROBE_MAX bounds what chosen strings can do. */
static uint64_t hash_text(base_span text)
{
    const uint64_t first = 0xd6e8feb86659fd93ULL, second = 0xa0761d6478bd642fULL;
    const char *at = text.data, *end = text.data + text.size;
    uint64_t hash = 0x9e3779b97f4a7c15ULL ^ text.size, a = 0, b = 0;
    for (; end - at > 16; at += 16)
        hash = mix(hash ^ load(at, 8), first ^ load(at + 8, 8));
    if (text.size >= 16) {
        a = load(end - 16, 8);
        b = load(end - 8, 8);
    } else if (text.size >= 8) {
        a = load(at, 8);
        b = load(end - 8, 8);
    } else if (text.size >= 4) {
        a = load(at, 4);
        b = load(end - 4, 4);
    } else if (text.size != 0) {
        a = (uint64_t)(uint8_t)at[0] << 16 | (uint64_t)(uint8_t)at[text.size / 2] << 8 | (uint8_t)end[-1];
    }
    return mix(mix(hash ^ a, first ^ b), second);
}

base_span table_dictionary_at(const table_dictionary *dict, uint32_t id)
{
    const size_t start = dict->starts[id];
    const size_t end = id + 1 < dict->count ? dict->starts[id + 1] : dict->plain.size;
    return (base_span){dict->plain.data + start + sizeof(uint32_t), end - start - sizeof(uint32_t)};
}

static void place(table_dictionary *dict, uint64_t hash, uint32_t position)
{
    size_t at = (size_t)hash & (dict->slot_count - 1);
    while (dict->slots[at].position != 0)
        at = (at + 1) & (dict->slot_count - 1);
    dict->slots[at] = (table_dictionary_slot){(uint32_t)(hash >> 32), position};
}

/* Keeps the table at most half full. */
static bool make_room(table_dictionary *dict)
{
    if (dict->count == dict->starts_capacity) {
        const size_t capacity = dict->starts_capacity * 2 + SLOTS_FIRST / 2;
        uint32_t *starts = realloc(dict->starts, capacity * sizeof(*starts));
        if (starts == NULL)
            return false;
        dict->starts = starts;
        dict->starts_capacity = capacity;
    }
    if ((dict->count + 1) * 2 <= dict->slot_count)
        return true;
    const size_t slot_count = dict->slot_count == 0 ? SLOTS_FIRST : dict->slot_count * 2;
    table_dictionary_slot *slots = calloc(slot_count, sizeof(*slots));
    if (slots == NULL)
        return false;
    free(dict->slots);
    dict->slots = slots;
    dict->slot_count = slot_count;
    for (uint32_t i = 0; i < dict->count; i++)
        place(dict, hash_text(table_dictionary_at(dict, i)), i + 1);
    return true;
}

static bool add_entry(table_dictionary *dict, base_span text, uint64_t hash, uint32_t *ret_id)
{
    if (dict->count == DICTIONARY_ENTRIES_MAX || text.size > DICTIONARY_BYTES_MAX ||
        text.size + sizeof(uint32_t) > DICTIONARY_BYTES_MAX - dict->plain.size)
        return false;
    if (!make_room(dict)) {
        dict->failed = true;
        return false;
    }
    const uint32_t start = (uint32_t)dict->plain.size;
    base_buf_u32(&dict->plain, (uint32_t)text.size);
    base_buf_span(&dict->plain, text);
    if (dict->plain.failed != 0) {
        dict->failed = true;
        return false;
    }
    dict->starts[dict->count++] = start;
    place(dict, hash, (uint32_t)dict->count);
    *ret_id = (uint32_t)dict->count - 1;
    return true;
}

bool table_dictionary_put(table_dictionary *dict, base_span text, uint32_t *ret_id, bool *ret_new)
{
    const uint64_t hash = hash_text(text);
    size_t at = (size_t)hash & (dict->slot_count - 1);
    for (size_t probe = 0; dict->slot_count != 0 && dict->slots[at].position != 0; probe++) {
        const table_dictionary_slot slot = dict->slots[at];
        if (slot.tag == (uint32_t)(hash >> 32) && base_span_equal(table_dictionary_at(dict, slot.position - 1), text)) {
            *ret_id = slot.position - 1;
            *ret_new = false;
            return true;
        }
        if (probe == DICTIONARY_PROBE_MAX)
            return false;
        at = (at + 1) & (dict->slot_count - 1);
    }
    *ret_new = true;
    return add_entry(dict, text, hash, ret_id);
}

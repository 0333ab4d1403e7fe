/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/tab_compact.h"

#include <stdlib.h>
#include <string.h>

#define BITS_FIRST     10
#define BITS_FIRST_MAX 16
#define AHEAD          16 /* keys whose slots are on their way from memory */

/* The multiplier of splitmix64 (Steele, Lea and Flood 2014); the high bits of the product choose the slot. */
static inline uint64_t spread(uint64_t key)
{
    key ^= key >> 32;
    return key * 0x9e3779b97f4a7c15U;
}

static int resize(tab_compactor *c, uint32_t bits, lethe_error *error)
{
    const size_t size = (size_t)1 << bits;
    if (bits > c->bits_held) {
        free(c->slots);
        c->bits_held = 0;
        c->slots = malloc(size * sizeof(*c->slots));
        if (c->slots == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        c->bits_held = bits;
    }
    memset(c->slots, 0, size * sizeof(*c->slots));
    c->bits = bits;
    return 0;
}

/* The slot of a key, or the empty one where it belongs. A tag rarely misleads; then the key itself decides. */
static inline tab_compact_slot *find(const tab_compactor *c, const uint64_t *keys, const uint32_t *first, uint64_t key,
                                     uint64_t hash)
{
    const uint64_t mask = ((uint64_t)1 << c->bits) - 1;
    uint64_t at = hash >> (64 - c->bits);
    for (;; at = (at + 1) & mask) {
        const tab_compact_slot *slot = &c->slots[at];
        if (slot->id == 0 || (slot->tag == (uint32_t)hash && keys[first[slot->id - 1]] == key))
            return &c->slots[at];
    }
}

/* Four times the room, with the keys that have numbers already. */
static int grow(tab_compactor *c, const uint64_t *keys, const uint32_t *first, uint32_t count, lethe_error *error)
{
    BASE_TRY(resize(c, c->bits + 2, error));
    const uint64_t mask = ((uint64_t)1 << c->bits) - 1;
    for (uint32_t id = 0; id < count; id++) {
        const uint64_t hash = spread(keys[first[id]]);
        uint64_t at = hash >> (64 - c->bits);
        while (c->slots[at].id != 0)
            at = (at + 1) & mask;
        c->slots[at] = (tab_compact_slot){(uint32_t)hash, id + 1};
    }
    return 0;
}

static int number(tab_compactor *c, const uint64_t *keys, uint32_t count, uint32_t *ids, uint32_t *first,
                  uint32_t *ret_count, lethe_error *error)
{
    uint32_t found = 0, bits = BITS_FIRST;
    while (bits < BITS_FIRST_MAX && (uint32_t)1 << bits < count)
        bits++;
    BASE_TRY(resize(c, bits, error));
    for (uint32_t i = 0; i < count; i++) {
        if (i + AHEAD < count)
            __builtin_prefetch(&c->slots[spread(keys[i + AHEAD]) >> (64 - c->bits)]);
        const uint64_t hash = spread(keys[i]);
        tab_compact_slot *slot = find(c, keys, first, keys[i], hash);
        if (slot->id == 0) {
            *slot = (tab_compact_slot){(uint32_t)hash, ++found};
            first[found - 1] = i;
            ids[i] = found - 1;
            if (found >= (uint64_t)1 << (c->bits - 1))
                BASE_TRY(grow(c, keys, first, found, error));
        } else {
            ids[i] = slot->id - 1;
        }
    }
    *ret_count = found;
    return 0;
}

int tab_compact(tab_compactor *compactor, const uint64_t *keys, uint32_t count, uint32_t *ret_ids, uint32_t *ret_first,
                uint32_t *ret_count, lethe_error *error)
{
    uint32_t *first = ret_first != NULL ? ret_first : malloc(((size_t)count + 1) * sizeof(*first));
    if (first == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    const int status = number(compactor, keys, count, ret_ids, first, ret_count, error);
    if (ret_first == NULL)
        free(first);
    return status;
}

void tab_compactor_done(tab_compactor *compactor)
{
    free(compactor->slots);
    *compactor = (tab_compactor){0};
}

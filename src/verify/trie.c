/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/counts.h"

#include <stdlib.h>

#define SLOTS_FIRST 4096

static uint32_t slot_start(uint64_t edge, uint32_t slot_count)
{
    edge = (edge ^ (edge >> 31)) * 0x7fb5d329728ea185ULL; /* a 64-bit finalizer; edges are our own numbers, not input */
    edge = (edge ^ (edge >> 27)) * 0x81dadef4bc2dd44dULL;
    return (uint32_t)(edge ^ (edge >> 33)) & (slot_count - 1);
}

static uint32_t slot_of(const verify_trie *trie, uint64_t edge)
{
    uint32_t at = slot_start(edge, trie->slot_count);
    while (trie->slots[at] != VERIFY_NONE && trie->nodes[trie->slots[at]].edge != edge)
        at = (at + 1) & (trie->slot_count - 1);
    return at;
}

static int make_slots(verify_trie *trie, uint32_t slot_count, lethe_error *error)
{
    uint32_t *slots = malloc(slot_count * sizeof(*slots));
    if (slots == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    memset(slots, 0xff, slot_count * sizeof(*slots));
    free(trie->slots);
    trie->slots = slots;
    trie->slot_count = slot_count;
    for (uint32_t i = 1; i < trie->count; i++)
        slots[slot_of(trie, trie->nodes[i].edge)] = i;
    return 0;
}

int verify_trie_init(verify_trie *trie, lethe_error *error)
{
    *trie = (verify_trie){.capacity = SLOTS_FIRST / 2, .count = 1};
    trie->nodes = calloc(trie->capacity, sizeof(*trie->nodes));
    if (trie->nodes == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    return make_slots(trie, SLOTS_FIRST, error);
}

void verify_trie_done(verify_trie *trie)
{
    free(trie->nodes);
    free(trie->slots);
    *trie = (verify_trie){0};
}

static int grow(verify_trie *trie, lethe_error *error)
{
    if (trie->count >= VERIFY_NODES_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    if (trie->count == trie->capacity) {
        verify_node *grown = realloc(trie->nodes, 2 * (size_t)trie->capacity * sizeof(*grown));
        if (grown == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        trie->nodes = grown;
        trie->capacity *= 2;
    }
    if (2 * trie->count >= trie->slot_count)
        return make_slots(trie, 2 * trie->slot_count, error);
    return 0;
}

static int child_of(verify_trie *trie, uint32_t node, uint32_t value, uint32_t row, uint32_t *ret_child,
                    lethe_error *error)
{
    const uint64_t edge = (uint64_t)node << 32 | value;
    uint32_t found = trie->slots[slot_of(trie, edge)];
    if (found == VERIFY_NONE) {
        BASE_TRY(grow(trie, error));
        found = trie->count++;
        trie->nodes[found] =
            (verify_node){.edge = edge, .last = VERIFY_NONE, .first_row = row, .depth = trie->nodes[node].depth + 1};
        trie->slots[slot_of(trie, edge)] = found;
    }
    *ret_child = found;
    return 0;
}

typedef struct walk {
    verify_trie *trie;
    const uint32_t *values, *rows;
    size_t count;
    uint32_t depth, patient;
} walk;

static int walk_from(const walk *w, uint32_t node, size_t at, uint32_t left, lethe_error *error)
{
    for (size_t i = at; i < w->count; i++) {
        uint32_t child;
        BASE_TRY(child_of(w->trie, node, w->values[i], w->rows[i], &child, error));
        verify_node *reached = &w->trie->nodes[child];
        if (reached->last != w->patient) {
            reached->last = w->patient;
            reached->patients++;
        }
        if (left > 1)
            BASE_TRY(walk_from(w, child, i + 1, left - 1, error));
    }
    return 0;
}

int verify_trie_add(verify_trie *trie, const uint32_t *values, const uint32_t *rows, size_t count, uint32_t depth,
                    uint32_t patient, lethe_error *error)
{
    const walk w = {trie, values, rows, count, depth, patient};
    return walk_from(&w, 0, 0, depth, error);
}

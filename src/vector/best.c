/* SPDX-License-Identifier: Apache-2.0 */
#include "vector/best.h"

#include <stdlib.h>

int vector_best_init(vector_best *best, uint32_t depth, lethe_error *error)
{
    uint64_t size = 8;
    while (size < 2ULL * depth)
        size *= 2;
    *best = (vector_best){.depth = depth, .mask = (uint32_t)(size - 1)};
    best->heap = malloc((depth + 1ULL) * sizeof(*best->heap));
    best->table = calloc(size, sizeof(*best->table));
    return best->heap != NULL && best->table != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
}

void vector_best_done(vector_best *best)
{
    free(best->heap);
    free(best->table);
    *best = (vector_best){.heap = NULL};
}

static uint32_t home_of(const vector_best *best, uint32_t key)
{
    return (uint32_t)((key * 0x9e3779b97f4a7c15ULL) >> 32) & best->mask; /* Fibonacci hashing (Knuth, TAOCP 6.4) */
}

static void put(vector_best *best, uint32_t place, vector_best_entry entry)
{
    best->heap[place] = entry;
    best->table[entry.slot] = place + 1;
}

static void sift_up(vector_best *best, uint32_t place)
{
    const vector_best_entry entry = best->heap[place];
    for (; place > 0 && best->heap[(place - 1) / 2].value > entry.value; place = (place - 1) / 2)
        put(best, place, best->heap[(place - 1) / 2]);
    put(best, place, entry);
}

static void sift_down(vector_best *best, uint32_t place)
{
    const vector_best_entry entry = best->heap[place];
    for (;;) {
        uint32_t child = 2 * place + 1;
        if (child + 1 < best->count && best->heap[child + 1].value < best->heap[child].value)
            child++;
        if (child >= best->count || best->heap[child].value >= entry.value)
            break;
        put(best, place, best->heap[child]);
        place = child;
    }
    put(best, place, entry);
}

/* The slot of a key, or the empty one where it belongs. */
static uint32_t find(const vector_best *best, uint32_t key)
{
    uint32_t slot = home_of(best, key);
    while (best->table[slot] != 0 && best->heap[best->table[slot] - 1].key != key)
        slot = (slot + 1) & best->mask;
    return slot;
}

/* Closes the gap, so that a search may end at an empty slot (Knuth, TAOCP 6.4, algorithm R). */
static void forget(vector_best *best, uint32_t gap)
{
    best->table[gap] = 0;
    for (uint32_t slot = (gap + 1) & best->mask; best->table[slot] != 0; slot = (slot + 1) & best->mask) {
        const uint32_t place = best->table[slot] - 1;
        const uint32_t home = home_of(best, best->heap[place].key);
        if (((slot - home) & best->mask) < ((slot - gap) & best->mask))
            continue; /* it would come to stand before its home */
        best->table[gap] = place + 1;
        best->heap[place].slot = gap;
        best->table[slot] = 0;
        gap = slot;
    }
}

void vector_best_offer(vector_best *best, uint32_t key, double value)
{
    if (best->depth == 0 || !(value > vector_best_threshold(best)))
        return;
    uint32_t slot = find(best, key);
    if (best->table[slot] != 0) {
        const uint32_t place = best->table[slot] - 1;
        if (value > best->heap[place].value) {
            best->heap[place].value = value;
            sift_down(best, place);
        }
        return;
    }
    if (best->count == best->depth) {
        forget(best, best->heap[0].slot);
        put(best, 0, (vector_best_entry){value, key, find(best, key)});
        sift_down(best, 0);
    } else {
        const uint32_t place = best->count++;
        put(best, place, (vector_best_entry){value, key, slot});
        sift_up(best, place);
    }
}

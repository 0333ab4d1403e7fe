/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BLOCK_BYTES ((size_t)64 << 10)
#define ARENA_ALIGN       16

/*
 *   | block header (next, size) | piece | piece | ... free ... |
 *                               ^ data, 16-aligned      ^ used
 */
struct base_arena_block {
    base_arena_block *next;
    size_t size;
};

static char *block_data(base_arena_block *block)
{
    return (char *)block + ARENA_ALIGN;
}

void base_arena_init(base_arena *arena, size_t max_bytes)
{
    *arena = (base_arena){.max = max_bytes};
}

void base_arena_done(base_arena *arena)
{
    if (arena == NULL)
        return;
    while (arena->blocks != NULL) {
        base_arena_block *block = arena->blocks;
        arena->blocks = block->next;
        free(block);
    }
    base_arena_init(arena, arena->max);
}

void base_arena_reset(base_arena *arena)
{
    base_arena_block *kept = NULL;
    while (arena->blocks != NULL) {
        base_arena_block *block = arena->blocks;
        arena->blocks = block->next;
        if (kept == NULL || block->size > kept->size) {
            free(kept);
            kept = block;
        } else {
            free(block);
        }
    }
    const size_t max = arena->max;
    base_arena_init(arena, max);
    if (kept != NULL) {
        kept->next = NULL;
        arena->blocks = kept;
        arena->capacity = arena->total = kept->size;
    }
}

void base_arena_wipe(base_arena *arena)
{
    for (base_arena_block *block = arena->blocks; block != NULL; block = block->next)
        explicit_bzero(block_data(block), block->size);
    base_arena_reset(arena);
}

static bool add_block(base_arena *arena, size_t size)
{
    const size_t capacity = size > ARENA_BLOCK_BYTES ? size : ARENA_BLOCK_BYTES;
    if (capacity > arena->max - arena->total)
        return false;
    base_arena_block *block = malloc(ARENA_ALIGN + capacity);
    if (block == NULL)
        return false;
    *block = (base_arena_block){.next = arena->blocks, .size = capacity};
    arena->blocks = block;
    arena->used = 0;
    arena->capacity = capacity;
    arena->total += capacity;
    return true;
}

void *base_arena_take(base_arena *arena, size_t size)
{
    if (size > SIZE_MAX - ARENA_ALIGN)
        return NULL;
    const size_t rounded = (size + (ARENA_ALIGN - 1)) & ~(size_t)(ARENA_ALIGN - 1);
    if (rounded > arena->capacity - arena->used && !add_block(arena, rounded))
        return NULL;
    void *piece = block_data(arena->blocks) + arena->used;
    arena->used += rounded;
    return memset(piece, 0, rounded);
}

void *base_arena_take_array(base_arena *arena, size_t count, size_t item_size)
{
    size_t size = 0;
    if (__builtin_mul_overflow(count, item_size, &size))
        return NULL;
    return base_arena_take(arena, size);
}

base_span base_arena_copy(base_arena *arena, base_span text)
{
    char *copy = text.size < SIZE_MAX ? base_arena_take(arena, text.size + 1) : NULL;
    if (copy == NULL)
        return (base_span){NULL, 0};
    if (text.size != 0)
        memcpy(copy, text.data, text.size);
    return (base_span){copy, text.size};
}

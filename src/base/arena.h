/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/error.h"
#include "base/span.h"

/*
 * Memory for one patient, batch or request: many small pieces, freed at once by base_arena_reset (which keeps the
 * largest block) or base_arena_done. Not for secrets.
 */
typedef struct base_arena_block base_arena_block;

typedef struct base_arena {
    base_arena_block *blocks; /* newest first */
    size_t used, capacity;    /* of the newest block */
    size_t total, max;        /* bytes held, and the most that may be held */
} base_arena;

void base_arena_init(base_arena *arena, size_t max_bytes);
void base_arena_reset(base_arena *arena);

/* The same, and what was written is overwritten first: for what must not lie in memory until somebody else takes it. */
void base_arena_wipe(base_arena *arena);
void base_arena_done(base_arena *arena);

/* Zeroed bytes aligned to 16, or NULL where memory or the maximum is reached. */
void *base_arena_take(base_arena *arena, size_t size);
void *base_arena_take_array(base_arena *arena, size_t count, size_t item_size); /* NULL on overflow too */

/* A copy that ends in NUL (not counted); data NULL on failure. */
base_span base_arena_copy(base_arena *arena, base_span text);

#endif

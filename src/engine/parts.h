/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_PARTS_H
#define ENGINE_PARTS_H

#include "base/buf.h"

/*
 * Records by partition, more of them than memory holds. Appends go to memory until the budget that all stores of a run
 * share is used up; then every partition is sealed (AES-256-GCM under a key that exists only in this process) into
 * blocks of an unlinked temporary file. Order inside a partition is not kept: whoever loads it sorts.
 *
 *   part 0: [block 3][block 9] + memory          block: number, offset, size; the number is the nonce
 *   part 1: [block 4]          + memory
 */
typedef struct engine_budget {
    uint64_t limit_bytes;
    uint64_t used_bytes;    /* in memory now; changed atomically */
    uint64_t spilled_bytes; /* ever written to temporary files */
} engine_budget;

typedef struct engine_parts engine_parts;

/* `temporary_folder`: where the unlinked file is made when one is needed. */
int engine_parts_new(size_t count, engine_budget *budget, const char *temporary_folder, engine_parts **ret_parts,
                     lethe_error *error);
void engine_parts_free(engine_parts *parts);
size_t engine_parts_count(const engine_parts *parts);

/* Any thread. A record is kept whole. */
int engine_parts_append(engine_parts *parts, size_t part, base_span record, lethe_error *error);

/* Appends everything of a partition to `buf`. After the last append; any thread, each with its own `buf`. */
int engine_parts_load(engine_parts *parts, size_t part, base_buf *buf, lethe_error *error);

/* Forgets a partition's bytes and gives its memory back to the budget. */
void engine_parts_drop(engine_parts *parts, size_t part);

#endif

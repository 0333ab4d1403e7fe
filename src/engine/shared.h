/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_SHARED_H
#define ENGINE_SHARED_H

#include "engine/version.h"

#include <pthread.h>

/*
 * Packed resources that belong to no patient (Medication, Location, Organization), by key: references are resolved here
 * after all input is read. Any thread may add; of several versions of a resource the one that engine_version prefers
 * stays.
 */
#define ENGINE_SHARED_MAX       ((size_t)1 << 24)
#define ENGINE_SHARED_BYTES_MAX ((size_t)1 << 32)

typedef struct engine_shared_entry {
    engine_version version; /* its key is none in a free slot */
    size_t offset, size;
} engine_shared_entry;

typedef struct engine_shared {
    pthread_mutex_t lock;
    engine_shared_entry *slots; /* open addressing; the keys are keyed hashes already */
    size_t slot_count, used;
    base_buf bytes;
} engine_shared;

void engine_shared_init(engine_shared *shared);
void engine_shared_done(engine_shared *shared);
int engine_shared_add(engine_shared *shared, const engine_version *version, base_span packed, lethe_error *error);

/* The packed resource, or an empty span. After the last addition. */
base_span engine_shared_find(const engine_shared *shared, record_key key);

#endif

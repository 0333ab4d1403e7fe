/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/shared.h"

#include <stdlib.h>

void engine_shared_init(engine_shared *shared)
{
    *shared = (engine_shared){0};
    pthread_mutex_init(&shared->lock, NULL);
    base_buf_init(&shared->bytes, ENGINE_SHARED_BYTES_MAX);
}

void engine_shared_done(engine_shared *shared)
{
    free(shared->slots);
    base_buf_done(&shared->bytes);
    pthread_mutex_destroy(&shared->lock);
}

/* The slot of a key, or the free slot where it belongs. */
static engine_shared_entry *slot_of(engine_shared_entry *slots, size_t slot_count, record_key key)
{
    size_t at = (size_t)key.high & (slot_count - 1);
    while (!record_key_none(slots[at].version.key) && !record_key_equal(slots[at].version.key, key))
        at = (at + 1) & (slot_count - 1);
    return &slots[at];
}

static int grow(engine_shared *shared, lethe_error *error)
{
    const size_t slot_count = shared->slot_count != 0 ? 2 * shared->slot_count : 1024;
    if (slot_count > 2 * ENGINE_SHARED_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    engine_shared_entry *slots = calloc(slot_count, sizeof(*slots));
    if (slots == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < shared->slot_count; i++)
        if (!record_key_none(shared->slots[i].version.key))
            *slot_of(slots, slot_count, shared->slots[i].version.key) = shared->slots[i];
    free(shared->slots);
    shared->slots = slots;
    shared->slot_count = slot_count;
    return 0;
}

static int add(engine_shared *shared, const engine_version *version, base_span packed, lethe_error *error)
{
    if (2 * (shared->used + 1) > shared->slot_count)
        BASE_TRY(grow(shared, error));
    engine_shared_entry *entry = slot_of(shared->slots, shared->slot_count, version->key);
    const bool taken = !record_key_none(entry->version.key);
    if (taken && engine_version_prefer(&entry->version, version) <= 0)
        return 0;
    const size_t offset = shared->bytes.size;
    base_buf_span(&shared->bytes, packed);
    BASE_TRY(base_buf_check(&shared->bytes, error));
    *entry = (engine_shared_entry){*version, offset, packed.size};
    shared->used += !taken;
    return 0;
}

int engine_shared_add(engine_shared *shared, const engine_version *version, base_span packed, lethe_error *error)
{
    pthread_mutex_lock(&shared->lock);
    const int status = add(shared, version, packed, error);
    pthread_mutex_unlock(&shared->lock);
    return status;
}

base_span engine_shared_find(const engine_shared *shared, record_key key)
{
    if (shared->slot_count == 0 || record_key_none(key))
        return (base_span){NULL, 0};
    const engine_shared_entry *entry = slot_of(shared->slots, shared->slot_count, key);
    if (record_key_none(entry->version.key))
        return (base_span){NULL, 0};
    return (base_span){shared->bytes.data + entry->offset, entry->size};
}

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_VERSION_H
#define ENGINE_VERSION_H

#include "base/buf.h"
#include "record/key.h"

/* One version of a resource. Of those with one key the newest lastUpdated stays, then the smallest SHA-256 of the
 * bytes. */
typedef struct engine_version {
    record_key key;
    int64_t last_updated_us;
    uint8_t digest[32];
} engine_version;

/* Negative where `a` is to be preferred; 0 only for equal bytes. The keys are equal. */
static inline int engine_version_prefer(const engine_version *a, const engine_version *b)
{
    if (a->last_updated_us != b->last_updated_us)
        return a->last_updated_us > b->last_updated_us ? -1 : 1;
    return memcmp(a->digest, b->digest, sizeof(a->digest));
}

/* Whether `later`, which stands behind `first` in the order of keys and preference, says nothing of its own: another
 * version of the same resource, or, where there is no id, the same bytes again. */
static inline bool engine_version_supersedes(const engine_version *first, const engine_version *later)
{
    if (!record_key_equal(first->key, later->key))
        return false;
    return !record_key_none(first->key) || memcmp(first->digest, later->digest, sizeof(first->digest)) == 0;
}

#endif

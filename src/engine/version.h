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

#endif

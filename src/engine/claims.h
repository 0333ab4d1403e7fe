/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_CLAIMS_H
#define ENGINE_CLAIMS_H

#include "engine/parts.h"
#include "engine/people.h"
#include "engine/version.h"

/*
 * Resources whose versions name different people: the newest version says whose it is, and whoever the others name has
 * lost it. While the input is read, 16 bytes of each resource with an id are noted; afterwards each partition of them
 * shows which ids have several patients, usually none. Only where some have are the records read once more:
 *
 *   seen (by resource)       key.low 8 · patient.low 8            of every resource; gone after settling
 *   claims (by resource)     key 16 · leader 16 · lastUpdated 8 · digest 32      of contested ones, while settling
 *   lost (as the records)    leader 16 · key 16                   what nobody gathers for this leader
 *
 * All three lie in the store, so that memory is bounded however many resources moved.
 */
#define ENGINE_CLAIMS_PARTS 64

typedef struct engine_claims {
    engine_store *store;
    engine_parts *seen;   /* NULL after settling */
    engine_parts *lost;   /* NULL where nothing moved */
    size_t slice_entries; /* of a partition, that are in memory at once; 0: as many as are good for the cache */
} engine_claims;

int engine_claims_init(engine_claims *claims, engine_store *store, lethe_error *error);
void engine_claims_done(engine_claims *claims);

/* That a version of this resource names this patient. Any thread. */
int engine_claims_add(engine_claims *claims, record_key resource, record_key patient, lethe_error *error);

/* After the last record and engine_people_settle: makes `lost` where some people lost something. */
int engine_claims_settle(engine_claims *claims, engine_parts *records, const engine_people *people, size_t threads,
                         lethe_error *error);

/* What people lost, sorted, of one slice of a partition. */
typedef struct engine_loss {
    record_key leader, resource;
} engine_loss;

int engine_claims_lost(engine_parts *lost, size_t part, size_t slice, size_t slices, base_buf *bytes,
                       lethe_error *error);

static inline int engine_loss_compare(const engine_loss *a, const engine_loss *b)
{
    const int order = record_key_compare(a->leader, b->leader);
    return order != 0 ? order : record_key_compare(a->resource, b->resource);
}

#endif

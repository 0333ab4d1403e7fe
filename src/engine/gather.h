/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_GATHER_H
#define ENGINE_GATHER_H

#include "base/arena.h"
#include "engine/gathered.h"
#include "engine/parts.h"
#include "engine/people.h"

/*
 * A partition's records as people: each with the records that stand, sorted, superseded versions left out. Records of
 * linked patients that lie in another partition than their leader's were moved beforehand (engine_gather_move).
 */
typedef struct engine_gathered_person {
    record_key leader;
    engine_gathered *records;
    size_t record_count;
} engine_gathered_person;

typedef struct engine_gather {
    engine_parts *records;
    engine_parts *moved; /* NULL where nobody is linked across partitions */
    engine_parts *lost;  /* of engine_claims: what newer versions gave to others; NULL where nothing */
    const engine_people *people;
    uint64_t slice_bytes; /* a partition larger than this is read in several slices of people; 0: never */
} engine_gather;

typedef int (*engine_gather_visitor)(void *context, const engine_gathered *record, base_span bytes, lethe_error *error);

/* Every record of a partition, a piece of it in memory at a time. */
int engine_gather_visit(engine_parts *parts, size_t part, engine_gather_visitor visit, void *context,
                        lethe_error *error);

/* Copies what belongs to a leader elsewhere into gather->moved, which it makes when needed. Single-threaded. */
int engine_gather_move(engine_gather *gather, engine_store *store, lethe_error *error);

/* How many slices a partition is read in: its people by a hash, so that each slice fits into memory. */
size_t engine_gather_slices(const engine_gather *gather, size_t part);

/* Loads a slice of partition `part` into `bytes` and lists its people in `arena`; views last as long as both.
 * `ret_superseded` counts the versions left out. */
int engine_gather_part(const engine_gather *gather, size_t part, size_t slice, base_buf *bytes, base_arena *arena,
                       engine_gathered_person **ret_people, size_t *ret_count, uint64_t *ret_superseded,
                       lethe_error *error);

#endif

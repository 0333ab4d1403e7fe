/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_CATALOG_H
#define ENGINE_CATALOG_H

#include "base/arena.h"
#include "engine/parts.h"
#include "engine/shared.h"

/*
 * The shared resources of a run (Medication, Location, Organization), however many there are. While the input is read
 * they go to partitions by key, like records; then each partition is sorted, one version of a resource stays, and they
 * become a table in memory, or, where that is too small, sorted partitions of the store with the key of each page's
 * first resource in memory:
 *
 *   page 0: [key size packed][key size packed]…   page 1: … [key size packed] …
 *            ^ first of page 0                                ^ first of page 1
 */
#define ENGINE_CATALOG_PARTS 64
#define ENGINE_CATALOG_SEEN  ((size_t)1 << 14) /* versions lately added: Bundles repeat them */

typedef struct engine_page_head {
    uint64_t high; /* of the key of the first resource that begins in the page */
    uint32_t page, at;
} engine_page_head;

typedef struct engine_catalog {
    engine_store *store;
    engine_parts *added, *sorted; /* `sorted`: NULL where the table holds all */
    engine_shared table;
    engine_page_head *heads[ENGINE_CATALOG_PARTS];
    size_t head_count[ENGINE_CATALOG_PARTS];
    pthread_mutex_t lock;
    uint64_t *seen; /* by place: a hash of the version added last */
} engine_catalog;

int engine_catalog_init(engine_catalog *catalog, engine_store *store, lethe_error *error);
void engine_catalog_done(engine_catalog *catalog);

/* Any thread. */
int engine_catalog_add(engine_catalog *catalog, const engine_version *version, base_span packed, lethe_error *error);

/* After the last addition: a table of at most `memory_bytes`, or sorted partitions. One thread. */
int engine_catalog_settle(engine_catalog *catalog, uint64_t memory_bytes, lethe_error *error);

/* Pages that one thread looked at lately. */
#define ENGINE_CATALOG_CACHE 32

typedef struct engine_catalog_reader {
    const engine_catalog *catalog;
    base_buf pages[ENGINE_CATALOG_CACHE];
    uint64_t which[ENGINE_CATALOG_CACHE]; /* 1 + part and page */
    int status;
    lethe_error error; /* of a look-up that failed: it found nothing */
} engine_catalog_reader;

void engine_catalog_reader_init(engine_catalog_reader *reader, const engine_catalog *catalog);
void engine_catalog_reader_done(engine_catalog_reader *reader);

/* The packed resource, in the table or in `arena`; an empty span where there is none. After settling. */
base_span engine_catalog_find(engine_catalog_reader *reader, record_key key, base_arena *arena);

#endif

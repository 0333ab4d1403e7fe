/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_STORE_H
#define ENGINE_STORE_H

#include "base/buf.h"
#include "crypt/aead.h"

#include <pthread.h>

/*
 * Where the records of a run are: pages of memory up to a budget, and slots of a file beyond it. A slot holds one full
 * page, sealed (AES-256-GCM; the slot's number is the nonce) and never written twice. Numbers go on through the
 * sessions of a run: each process that works on it has a file and a key of its own, so that no number is used twice
 * under one key, whatever an interrupted process had written.
 *
 *   session 1: slots 1 … 812     session 2: slots 640 … (what the journal of session 1 named last, and on)
 *
 * Any thread may call what is not said to be for one.
 */
#define ENGINE_PAGE_BYTES    ((size_t)1 << 14)
#define ENGINE_SLOT_BYTES    (ENGINE_PAGE_BYTES + CRYPT_AEAD_TAG)
#define ENGINE_SESSIONS_MAX  400
#define ENGINE_SALT_BYTES    16
#define ENGINE_STORE_LANES   8
#define ENGINE_STORE_PARTS   8  /* collections of one store */
#define ENGINE_SLOTS_AT_ONCE 16 /* that are written or read by one call of the system */

typedef struct engine_session {
    uint32_t first_slot;
    uint8_t salt[ENGINE_SALT_BYTES];
    int file; /* -1: not open */
} engine_session;

/* Ciphers and a buffer that one thread at a time works with. */
typedef struct engine_lane {
    pthread_mutex_t lock;
    char *sealed;
    crypt_aead *aeads[ENGINE_SESSIONS_MAX]; /* by session, made when first needed */
} engine_lane;

struct engine_parts;

typedef struct engine_store {
    uint64_t limit_bytes;   /* of pages; a soft one */
    uint64_t used_bytes;    /* changed atomically */
    uint64_t written_bytes; /* ever written to files */
    char folder[4096];
    bool kept; /* files have names and outlive the process */
    uint8_t key[32];
    pthread_mutex_t lock; /* pages, sessions */
    char **slabs;
    size_t slab_count, slab_max;
    uint32_t *free_pages;
    size_t free_count;
    engine_session sessions[ENGINE_SESSIONS_MAX];
    size_t session_count;
    uint32_t next_slot; /* changed atomically */
    uint32_t next_lane;
    engine_lane lanes[ENGINE_STORE_LANES];
    struct engine_parts *parts[ENGINE_STORE_PARTS]; /* what may be asked to give up pages */
    size_t parts_count;
    uint32_t hand; /* the partition that is asked next */
} engine_store;

/* `key`: of a store that a journal keeps, 32 bytes; NULL: a random one, and files without names. One thread. */
int engine_store_new(uint64_t limit_bytes, const char *folder, const uint8_t *key, engine_store **ret_store,
                     lethe_error *error);
void engine_store_free(engine_store *store);

/* Goes on with what earlier sessions wrote below `next_slot`. One thread, before anything else. */
int engine_store_recall(engine_store *store, const engine_session *sessions, size_t count, uint32_t next_slot,
                        lethe_error *error);

/* A page, numbered from 1. It is given back with its memory (`release`) or for whoever comes next. */
int engine_store_take(engine_store *store, uint32_t *ret_page, lethe_error *error);
void engine_store_give(engine_store *store, uint32_t page, bool release);
char *engine_store_page(const engine_store *store, uint32_t page);

static inline bool engine_store_over(const engine_store *store)
{
    return __atomic_load_n(&store->used_bytes, __ATOMIC_RELAXED) > store->limit_bytes;
}

/* Counts what others hold of the budget, or gives it back (negative). */
static inline void engine_store_account(engine_store *store, int64_t bytes)
{
    __atomic_add_fetch(&store->used_bytes, (uint64_t)bytes, __ATOMIC_RELAXED);
}

/* Seals full pages into slots that follow each other; at most ENGINE_SLOTS_AT_ONCE. */
int engine_store_write(engine_store *store, const uint32_t *pages, size_t count, uint32_t *ret_first_slot,
                       lethe_error *error);

/* Opens slots that follow each other in one session into `ret_bytes`, a page each; at most ENGINE_SLOTS_AT_ONCE.
 * LETHE_E_ENGINE_SPILL where they are not what was written. */
int engine_store_read(engine_store *store, uint32_t first_slot, size_t count, char *ret_bytes, lethe_error *error);

/* How many of the slots from `first_slot` on one read can take: sessions end. */
size_t engine_store_run(const engine_store *store, uint32_t first_slot, size_t count);

/* What was written is on the disk. */
int engine_store_sync(engine_store *store, lethe_error *error);

#endif

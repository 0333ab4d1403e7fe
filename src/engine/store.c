/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/store.h"

#include "base/file.h"
#include "crypt/digest.h"
#include "crypt/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define SLAB_PAGES ((size_t)64)
#define SLAB_BYTES (SLAB_PAGES * ENGINE_PAGE_BYTES)
#define SLABS_OVER ((size_t)1 << 14) /* beyond the soft limit: what appends in flight may need, 16 GiB */

static int begin_session(engine_store *store, lethe_error *error)
{
    if (store->session_count == ENGINE_SESSIONS_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    engine_session *session = &store->sessions[store->session_count];
    *session = (engine_session){.first_slot = store->next_slot, .file = -1};
    BASE_TRY(crypt_random(session->salt, sizeof(session->salt), error));
    store->session_count++;
    return 0;
}

int engine_store_new(uint64_t limit_bytes, const char *folder, const uint8_t *key, engine_store **ret_store,
                     lethe_error *error)
{
    engine_store *store = calloc(1, sizeof(*store));
    if (store == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    store->limit_bytes = limit_bytes;
    store->kept = key != NULL;
    store->next_slot = 1;
    store->slab_max = (size_t)(limit_bytes / SLAB_BYTES) + SLABS_OVER;
    store->slabs = calloc(store->slab_max, sizeof(*store->slabs));
    pthread_mutex_init(&store->lock, NULL);
    for (size_t i = 0; i < ENGINE_STORE_LANES; i++)
        pthread_mutex_init(&store->lanes[i].lock, NULL);
    int status = store->slabs != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
    if (status == 0 && (size_t)snprintf(store->folder, sizeof(store->folder), "%s", folder) >= sizeof(store->folder))
        status = base_fail(error, LETHE_E_BASE_LIMIT);
    if (status == 0 && key != NULL)
        memcpy(store->key, key, sizeof(store->key));
    else if (status == 0)
        status = crypt_random(store->key, sizeof(store->key), error);
    if (status == 0)
        status = begin_session(store, error);
    if (status != 0) {
        engine_store_free(store);
        return status;
    }
    *ret_store = store;
    return 0;
}

static void close_lane(engine_lane *lane)
{
    for (size_t i = 0; i < ENGINE_SESSIONS_MAX; i++)
        crypt_aead_free(lane->aeads[i]);
    free(lane->sealed);
    pthread_mutex_destroy(&lane->lock);
}

void engine_store_free(engine_store *store)
{
    if (store == NULL)
        return;
    for (size_t i = 0; i < ENGINE_STORE_LANES; i++)
        close_lane(&store->lanes[i]);
    for (size_t i = 0; i < store->session_count; i++)
        if (store->sessions[i].file >= 0)
            (void)close(store->sessions[i].file);
    for (size_t i = 0; i < store->slab_count; i++)
        (void)munmap(store->slabs[i], SLAB_BYTES);
    pthread_mutex_destroy(&store->lock);
    crypt_wipe(store->key, sizeof(store->key));
    free(store->free_pages);
    free(store->slabs);
    free(store);
}

/* The file of a session; `made` for the one that is written by this process. */
static int open_session(engine_store *store, size_t index, bool made, lethe_error *error)
{
    char name[sizeof(store->folder) + 32];
    engine_session *session = &store->sessions[index];
    (void)snprintf(name, sizeof(name), "%s/spill-%zu", store->folder, index + 1);
    if (store->kept && made) {
        (void)unlink(name); /* of a process that was killed before a journal named it */
        session->file = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    } else if (store->kept) {
        session->file = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    } else {
        session->file = open(store->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        if (session->file < 0) { /* file systems without O_TMPFILE */
            (void)snprintf(name, sizeof(name), "%s/.lethe-spill-XXXXXX", store->folder);
            session->file = mkostemp(name, O_CLOEXEC);
            if (session->file >= 0)
                (void)unlink(name);
        }
    }
    if (session->file >= 0)
        return 0;
    base_fail_errno(error, LETHE_E_BASE_IO);
    base_error_file(error, store->folder);
    return LETHE_E_BASE_IO;
}

int engine_store_recall(engine_store *store, const engine_session *sessions, size_t count, uint32_t next_slot,
                        lethe_error *error)
{
    if (count >= ENGINE_SESSIONS_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    memcpy(store->sessions, sessions, count * sizeof(*sessions));
    store->session_count = count;
    store->next_slot = next_slot;
    for (size_t i = 0; i < count; i++)
        store->sessions[i].file = -1;
    return begin_session(store, error);
}

/* Holds the lock. */
static int add_slab(engine_store *store, lethe_error *error)
{
    if (store->slab_count == store->slab_max)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    uint32_t *pages = realloc(store->free_pages, (store->slab_count + 1) * SLAB_PAGES * sizeof(*pages));
    if (pages == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    store->free_pages = pages;
    char *slab = mmap(NULL, SLAB_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (slab == MAP_FAILED)
        return base_fail_errno(error, LETHE_E_BASE_MEMORY);
    (void)madvise(slab, SLAB_BYTES, MADV_NOHUGEPAGE); /* pages are given back one by one */
    store->slabs[store->slab_count] = slab;
    for (size_t i = SLAB_PAGES; i > 0; i--)
        store->free_pages[store->free_count++] = (uint32_t)(store->slab_count * SLAB_PAGES + i);
    store->slab_count++;
    return 0;
}

int engine_store_take(engine_store *store, uint32_t *ret_page, lethe_error *error)
{
    pthread_mutex_lock(&store->lock);
    const int status = store->free_count == 0 ? add_slab(store, error) : 0;
    if (status == 0)
        *ret_page = store->free_pages[--store->free_count];
    pthread_mutex_unlock(&store->lock);
    if (status == 0)
        engine_store_account(store, (int64_t)ENGINE_PAGE_BYTES);
    return status;
}

void engine_store_give(engine_store *store, uint32_t page, bool release)
{
    if (release)
        (void)madvise(engine_store_page(store, page), ENGINE_PAGE_BYTES, MADV_DONTNEED);
    pthread_mutex_lock(&store->lock);
    store->free_pages[store->free_count++] = page;
    pthread_mutex_unlock(&store->lock);
    engine_store_account(store, -(int64_t)ENGINE_PAGE_BYTES);
}

char *engine_store_page(const engine_store *store, uint32_t page)
{
    return store->slabs[(page - 1) / SLAB_PAGES] + (page - 1) % SLAB_PAGES * ENGINE_PAGE_BYTES;
}

static size_t session_of(const engine_store *store, uint32_t slot)
{
    size_t session = store->session_count - 1;
    while (session > 0 && store->sessions[session].first_slot > slot)
        session--;
    return session;
}

size_t engine_store_run(const engine_store *store, uint32_t first_slot, size_t count)
{
    const size_t session = session_of(store, first_slot);
    size_t room = count < ENGINE_SLOTS_AT_ONCE ? count : ENGINE_SLOTS_AT_ONCE;
    if (session + 1 < store->session_count && store->sessions[session + 1].first_slot - first_slot < room)
        room = store->sessions[session + 1].first_slot - first_slot;
    return room;
}

/* A lane that nobody works with, or the next one in turn. */
static engine_lane *lock_lane(engine_store *store)
{
    const uint32_t first = __atomic_fetch_add(&store->next_lane, 1, __ATOMIC_RELAXED);
    for (uint32_t i = 0; i < ENGINE_STORE_LANES; i++) {
        engine_lane *lane = &store->lanes[(first + i) % ENGINE_STORE_LANES];
        if (pthread_mutex_trylock(&lane->lock) == 0)
            return lane;
    }
    engine_lane *lane = &store->lanes[first % ENGINE_STORE_LANES];
    pthread_mutex_lock(&lane->lock);
    return lane;
}

/* What the lane needs for this session: its cipher, the open file, a buffer. Holds the lane. */
static int ready_lane(engine_store *store, engine_lane *lane, size_t session, lethe_error *error)
{
    uint8_t key[32];
    int status = 0;
    if (lane->sealed == NULL)
        lane->sealed = malloc(ENGINE_SLOTS_AT_ONCE * ENGINE_SLOT_BYTES);
    if (lane->sealed == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    if (lane->aeads[session] != NULL)
        return 0;
    pthread_mutex_lock(&store->lock);
    if (store->sessions[session].file < 0)
        status = open_session(store, session, session + 1 == store->session_count, error);
    pthread_mutex_unlock(&store->lock);
    if (status == 0)
        status = crypt_hkdf((base_span){(const char *)store->key, sizeof(store->key)},
                            (base_span){(const char *)store->sessions[session].salt, ENGINE_SALT_BYTES}, key,
                            sizeof(key), error);
    if (status == 0)
        status = crypt_aead_new(key, &lane->aeads[session], error);
    crypt_wipe(key, sizeof(key));
    return status;
}

static int write_all(int file, const char *data, size_t size, uint64_t offset, lethe_error *error)
{
    while (size != 0) {
        const ssize_t written = pwrite(file, data, size, (off_t)offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return base_fail_errno(error, LETHE_E_BASE_IO);
        data += written;
        size -= (size_t)written;
        offset += (uint64_t)written;
    }
    return 0;
}

static int read_all(int file, char *data, size_t size, uint64_t offset, lethe_error *error)
{
    while (size != 0) {
        const ssize_t got = pread(file, data, size, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return base_fail_errno(error, LETHE_E_BASE_IO);
        if (got == 0)
            return base_fail(error, LETHE_E_ENGINE_SPILL);
        data += got;
        size -= (size_t)got;
        offset += (uint64_t)got;
    }
    return 0;
}

static uint64_t offset_of(const engine_session *session, uint32_t slot)
{
    return (uint64_t)(slot - session->first_slot) * ENGINE_SLOT_BYTES;
}

int engine_store_write(engine_store *store, const uint32_t *pages, size_t count, uint32_t *ret_first_slot,
                       lethe_error *error)
{
    const size_t session = store->session_count - 1;
    const uint32_t first = __atomic_fetch_add(&store->next_slot, (uint32_t)count, __ATOMIC_RELAXED);
    if (first > UINT32_MAX - 2 * ENGINE_SLOTS_AT_ONCE)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    engine_lane *lane = lock_lane(store);
    int status = ready_lane(store, lane, session, error);
    for (size_t i = 0; status == 0 && i < count; i++)
        status = crypt_aead_seal(lane->aeads[session], first + i, (base_span){NULL, 0},
                                 (base_span){engine_store_page(store, pages[i]), ENGINE_PAGE_BYTES},
                                 lane->sealed + i * ENGINE_SLOT_BYTES, error);
    if (status == 0)
        status = write_all(store->sessions[session].file, lane->sealed, count * ENGINE_SLOT_BYTES,
                           offset_of(&store->sessions[session], first), error);
    pthread_mutex_unlock(&lane->lock);
    if (status != 0) {
        base_error_file(error, store->folder);
        return status;
    }
    __atomic_add_fetch(&store->written_bytes, count * ENGINE_SLOT_BYTES, __ATOMIC_RELAXED);
    *ret_first_slot = first;
    return 0;
}

int engine_store_read(engine_store *store, uint32_t first_slot, size_t count, char *ret_bytes, lethe_error *error)
{
    const size_t session = session_of(store, first_slot);
    engine_lane *lane = lock_lane(store);
    int status = ready_lane(store, lane, session, error);
    if (status == 0)
        status = read_all(store->sessions[session].file, lane->sealed, count * ENGINE_SLOT_BYTES,
                          offset_of(&store->sessions[session], first_slot), error);
    for (size_t i = 0; status == 0 && i < count; i++)
        if (crypt_aead_open(lane->aeads[session], first_slot + i, (base_span){NULL, 0},
                            (base_span){lane->sealed + i * ENGINE_SLOT_BYTES, ENGINE_SLOT_BYTES},
                            ret_bytes + i * ENGINE_PAGE_BYTES, error) != 0)
            status = base_fail(error, LETHE_E_ENGINE_SPILL);
    pthread_mutex_unlock(&lane->lock);
    if (status != 0)
        base_error_file(error, store->folder);
    return status;
}

int engine_store_sync(engine_store *store, lethe_error *error)
{
    const int file = store->sessions[store->session_count - 1].file;
    if (file < 0 || fdatasync(file) == 0)
        return 0;
    base_fail_errno(error, LETHE_E_BASE_IO);
    base_error_file(error, store->folder);
    return LETHE_E_BASE_IO;
}

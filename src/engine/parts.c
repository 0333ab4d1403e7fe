/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/parts.h"

#include "crypt/aead.h"
#include "crypt/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PART_BYTES_MAX  ((size_t)1 << 31)
#define SPILL_BLOCK_MIN ((size_t)1 << 12) /* smaller leftovers stay in memory */

typedef struct sealed_block {
    uint64_t number, offset;
    size_t sealed_bytes;
} sealed_block;

typedef struct part_store {
    pthread_mutex_t lock;
    base_buf memory;
    sealed_block *blocks;
    size_t block_count;
} part_store;

struct engine_parts {
    size_t count;
    part_store *parts;
    engine_budget *budget;
    char *folder;
    pthread_mutex_t spill_lock; /* file, aead, numbers */
    int file;                   /* -1 until the first spill */
    uint64_t file_bytes, next_number;
    crypt_aead *aead;
};

int engine_parts_new(size_t count, engine_budget *budget, const char *temporary_folder, engine_parts **ret_parts,
                     lethe_error *error)
{
    engine_parts *parts = calloc(1, sizeof(*parts));
    part_store *array = calloc(count, sizeof(*array));
    char *folder = strdup(temporary_folder);
    if (parts == NULL || array == NULL || folder == NULL) {
        free(parts);
        free(array);
        free(folder);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    *parts = (engine_parts){.count = count, .parts = array, .budget = budget, .folder = folder, .file = -1};
    pthread_mutex_init(&parts->spill_lock, NULL);
    for (size_t i = 0; i < count; i++) {
        pthread_mutex_init(&array[i].lock, NULL);
        base_buf_init(&array[i].memory, PART_BYTES_MAX);
    }
    *ret_parts = parts;
    return 0;
}

void engine_parts_free(engine_parts *parts)
{
    if (parts == NULL)
        return;
    for (size_t i = 0; i < parts->count; i++) {
        engine_parts_drop(parts, i);
        pthread_mutex_destroy(&parts->parts[i].lock);
    }
    if (parts->file >= 0)
        (void)close(parts->file);
    crypt_aead_free(parts->aead);
    pthread_mutex_destroy(&parts->spill_lock);
    free(parts->parts);
    free(parts->folder);
    free(parts);
}

size_t engine_parts_count(const engine_parts *parts)
{
    return parts->count;
}

static void account(engine_parts *parts, size_t before, size_t after)
{
    __atomic_add_fetch(&parts->budget->used_bytes, (uint64_t)after - (uint64_t)before, __ATOMIC_RELAXED);
}

/* An unlinked file, and a key that nobody else ever sees. */
static int open_spill(engine_parts *parts, lethe_error *error)
{
    uint8_t key[32];
    parts->file = open(parts->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (parts->file < 0) { /* file systems without O_TMPFILE */
        char name[4096];
        (void)snprintf(name, sizeof(name), "%s/.lethe-spill-XXXXXX", parts->folder);
        parts->file = mkostemp(name, O_CLOEXEC);
        if (parts->file >= 0)
            (void)unlink(name);
    }
    if (parts->file < 0) {
        base_fail_errno(error, LETHE_E_BASE_IO);
        base_error_file(error, parts->folder);
        return LETHE_E_BASE_IO;
    }
    int status = crypt_random(key, sizeof(key), error);
    if (status == 0)
        status = crypt_aead_new(key, &parts->aead, error);
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

static int add_block(part_store *part, sealed_block added, lethe_error *error)
{
    sealed_block *blocks = realloc(part->blocks, (part->block_count + 1) * sizeof(*blocks));
    if (blocks == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    part->blocks = blocks;
    blocks[part->block_count++] = added;
    return 0;
}

/* Seals a partition's memory into one block. Holds the part's lock and the spill lock. */
static int spill_part(engine_parts *parts, part_store *part, lethe_error *error)
{
    const base_span plain = base_buf_view(&part->memory);
    const size_t sealed_bytes = plain.size + CRYPT_AEAD_TAG;
    char *sealed = malloc(sealed_bytes);
    if (sealed == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    const sealed_block made = {parts->next_number, parts->file_bytes, sealed_bytes};
    int status = crypt_aead_seal(parts->aead, made.number, (base_span){NULL, 0}, plain, sealed, error);
    if (status == 0)
        status = write_all(parts->file, sealed, sealed_bytes, made.offset, error);
    if (status == 0)
        status = add_block(part, made, error);
    free(sealed);
    if (status != 0)
        return status;
    parts->next_number++;
    parts->file_bytes += sealed_bytes;
    __atomic_add_fetch(&parts->budget->spilled_bytes, sealed_bytes, __ATOMIC_RELAXED);
    account(parts, part->memory.capacity, 0);
    base_buf_done(&part->memory);
    return 0;
}

/* Spills every partition that has something worth a block. */
static int spill(engine_parts *parts, lethe_error *error)
{
    int status = 0;
    pthread_mutex_lock(&parts->spill_lock);
    if (parts->aead == NULL)
        status = open_spill(parts, error);
    for (size_t i = 0; status == 0 && i < parts->count; i++) {
        part_store *part = &parts->parts[i];
        pthread_mutex_lock(&part->lock);
        if (part->memory.size >= SPILL_BLOCK_MIN)
            status = spill_part(parts, part, error);
        pthread_mutex_unlock(&part->lock);
    }
    pthread_mutex_unlock(&parts->spill_lock);
    return status;
}

int engine_parts_append(engine_parts *parts, size_t index, base_span record, lethe_error *error)
{
    part_store *part = &parts->parts[index];
    pthread_mutex_lock(&part->lock);
    const size_t before = part->memory.capacity;
    base_buf_span(&part->memory, record);
    const int status = base_buf_check(&part->memory, error);
    account(parts, before, part->memory.capacity);
    pthread_mutex_unlock(&part->lock);
    if (status != 0)
        return status;
    if (__atomic_load_n(&parts->budget->used_bytes, __ATOMIC_RELAXED) <= parts->budget->limit_bytes)
        return 0;
    return spill(parts, error);
}

static int load_block(engine_parts *parts, const sealed_block *block, base_buf *buf, lethe_error *error)
{
    const size_t plain_bytes = block->sealed_bytes - CRYPT_AEAD_TAG;
    if (base_buf_reserve(buf, plain_bytes) != 0)
        return base_buf_check(buf, error);
    char *sealed = malloc(block->sealed_bytes);
    if (sealed == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    int status = read_all(parts->file, sealed, block->sealed_bytes, block->offset, error);
    if (status == 0) {
        pthread_mutex_lock(&parts->spill_lock);
        status = crypt_aead_open(parts->aead, block->number, (base_span){NULL, 0},
                                 (base_span){sealed, block->sealed_bytes}, buf->data + buf->size, error);
        pthread_mutex_unlock(&parts->spill_lock);
    }
    free(sealed);
    if (status == 0)
        buf->size += plain_bytes;
    return status;
}

int engine_parts_load(engine_parts *parts, size_t index, base_buf *buf, lethe_error *error)
{
    const part_store *part = &parts->parts[index];
    for (size_t i = 0; i < part->block_count; i++)
        BASE_TRY(load_block(parts, &part->blocks[i], buf, error));
    base_buf_span(buf, base_buf_view(&part->memory));
    return base_buf_check(buf, error);
}

void engine_parts_drop(engine_parts *parts, size_t index)
{
    part_store *part = &parts->parts[index];
    account(parts, part->memory.capacity, 0);
    base_buf_done(&part->memory);
    free(part->blocks);
    part->blocks = NULL;
    part->block_count = 0;
}

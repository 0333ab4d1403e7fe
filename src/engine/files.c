/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/apply.h"

#include <stdlib.h>

static int add(engine_files *files, const engine_listed *listed, lethe_error *error)
{
    if (files->count == files->capacity) {
        const size_t capacity = files->capacity != 0 ? 2 * files->capacity : 16;
        engine_listed *grown = realloc(files->files, capacity * sizeof(*grown));
        if (grown == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        files->files = grown;
        files->capacity = capacity;
    }
    files->files[files->count++] = *listed;
    return 0;
}

int engine_files_add(engine_files *files, const char *path, uint64_t size_bytes, const uint8_t digest[32],
                     lethe_error *error)
{
    engine_listed listed = {.size_bytes = size_bytes};
    (void)snprintf(listed.path, sizeof(listed.path), "%s", path);
    memcpy(listed.digest, digest, sizeof(listed.digest));
    pthread_mutex_lock(&files->lock);
    const int status = add(files, &listed, error);
    pthread_mutex_unlock(&files->lock);
    return status;
}

int engine_files_write(engine_files *files, const base_folder *folder, const char *path, base_span bytes,
                       lethe_error *error)
{
    uint8_t digest[32];
    BASE_TRY(crypt_sha256(bytes, digest, error));
    BASE_TRY(base_folder_write(folder, path, bytes, error));
    return engine_files_add(files, path, bytes.size, digest, error);
}

void engine_files_init(engine_files *files)
{
    *files = (engine_files){0};
    pthread_mutex_init(&files->lock, NULL);
}

void engine_files_done(engine_files *files)
{
    free(files->files);
    pthread_mutex_destroy(&files->lock);
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const engine_listed *)a)->path, ((const engine_listed *)b)->path);
}

void engine_files_sort(engine_files *files)
{
    if (files->count > 1)
        qsort(files->files, files->count, sizeof(*files->files), by_path);
}

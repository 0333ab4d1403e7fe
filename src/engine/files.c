/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/apply.h"

#include <stdlib.h>

int engine_files_add(engine_files *files, const char *path, uint64_t size_bytes, const uint8_t digest[32],
                     lethe_error *error)
{
    if (files->count == files->capacity) {
        const size_t capacity = files->capacity != 0 ? 2 * files->capacity : 16;
        engine_listed *grown = realloc(files->files, capacity * sizeof(*grown));
        if (grown == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        files->files = grown;
        files->capacity = capacity;
    }
    engine_listed *listed = &files->files[files->count++];
    (void)snprintf(listed->path, sizeof(listed->path), "%s", path);
    listed->size_bytes = size_bytes;
    memcpy(listed->digest, digest, sizeof(listed->digest));
    return 0;
}

int engine_files_write(engine_files *files, const base_folder *folder, const char *path, base_span bytes,
                       lethe_error *error)
{
    uint8_t digest[32];
    BASE_TRY(crypt_sha256(bytes, digest, error));
    BASE_TRY(base_folder_write(folder, path, bytes, error));
    return engine_files_add(files, path, bytes.size, digest, error);
}

void engine_files_done(engine_files *files)
{
    free(files->files);
    *files = (engine_files){0};
}

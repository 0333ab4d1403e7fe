/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The files of a release, mapped: what the manifest names, by the digests that were signed, and the manifest itself. */

const char *engine_publish_type(const char *path)
{
    static const struct {
        const char *end, *type;
    } types[] = {{".json", "application/json"},
                 {".parquet", "application/vnd.apache.parquet"},
                 {".html", "text/html; charset=utf-8"},
                 {".md", "text/markdown; charset=utf-8"}};
    const size_t size = strlen(path);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        const size_t end = strlen(types[i].end);
        if (size > end && strcmp(path + size - end, types[i].end) == 0)
            return types[i].type;
    }
    return "application/octet-stream";
}

int engine_publish_add_file(engine_publish *p, const char *key, const char *type, base_span bytes,
                            const uint8_t sha256[32], lethe_error *error)
{
    if (p->file_count == p->file_capacity) {
        const size_t capacity = p->file_capacity != 0 ? 2 * p->file_capacity : 32;
        engine_publish_file *grown =
            capacity <= ENGINE_PUBLISH_FILES_MAX ? realloc(p->files, capacity * sizeof(*grown)) : NULL;
        if (grown == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        p->files = grown;
        p->file_capacity = capacity;
    }
    engine_publish_file *file = &p->files[p->file_count];
    *file = (engine_publish_file){.object = {.type = type, .bytes = bytes}};
    if ((size_t)snprintf(file->key, sizeof(file->key), "%s", key) >= sizeof(file->key))
        return base_fail(error, LETHE_E_BASE_LIMIT);
    memcpy(file->object.sha256, sha256, 32);
    p->file_count++;
    p->total_bytes += bytes.size;
    return 0;
}

static int map_file(const char *path, base_span *ret_bytes, lethe_error *error)
{
    struct stat state;
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0 || fstat(file, &state) != 0) {
        base_fail_errno(error, errno == ENOENT ? LETHE_E_PUBLISH_CHANGED : LETHE_E_BASE_IO);
        if (file >= 0)
            (void)close(file);
        base_error_file(error, path);
        return LETHE_E_BASE_IO;
    }
    const size_t size = (size_t)state.st_size;
    void *bytes = size != 0 ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0) : NULL;
    (void)close(file);
    if (bytes == MAP_FAILED)
        return base_fail_errno(error, LETHE_E_BASE_IO);
    *ret_bytes = (base_span){bytes, size};
    return 0;
}

/* What was proved a moment ago must still be there: the digest is compared here, and by the server. */
static int add_path(engine_publish *p, const char *name, const uint8_t *wanted, bool last, lethe_error *error)
{
    char path[BASE_PATH_MAX], key[PUBLISH_KEY_MAX + 1];
    uint8_t digest[32];
    base_span bytes;
    const bool fits = (size_t)snprintf(path, sizeof(path), "%s/%s", p->options->dataset, name) < sizeof(path) &&
                      (size_t)snprintf(key, sizeof(key), "%s%s", p->folder, name) < sizeof(key);
    if (!fits)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    BASE_TRY(map_file(path, &bytes, error));
    int status = crypt_sha256(bytes, digest, error);
    if (status == 0 && wanted != NULL && memcmp(digest, wanted, sizeof(digest)) != 0) {
        status = base_fail(error, LETHE_E_PUBLISH_CHANGED);
        base_error_file(error, path);
    }
    if (status == 0)
        status = engine_publish_add_file(p, key, engine_publish_type(name), bytes, digest, error);
    if (status != 0 && bytes.size != 0)
        (void)munmap((void *)(uintptr_t)bytes.data, bytes.size);
    if (status == 0)
        p->files[p->file_count - 1].last = last;
    return status;
}

static int from_hex(base_span text, uint8_t ret_digest[32])
{
    for (size_t i = 0; i < 32; i++) {
        unsigned byte = 0;
        if (text.size != 64 || sscanf(text.data + 2 * i, "%2x", &byte) != 1)
            return LETHE_E_ENGINE_DATASET;
        ret_digest[i] = (uint8_t)byte;
    }
    return 0;
}

static int add_listed(engine_publish *p, json_value listed, lethe_error *error)
{
    char name[BASE_PATH_MAX];
    uint8_t digest[32];
    const base_span path = json_string(json_get(listed, "path"));
    if (path.size == 0 || path.size >= sizeof(name) || from_hex(json_string(json_get(listed, "sha256")), digest) != 0)
        return base_fail(error, LETHE_E_ENGINE_DATASET);
    memcpy(name, path.data, path.size);
    name[path.size] = '\0';
    if (p->note && strncmp(name, "profiles/", 9) == 0)
        return 0; /* in the one file */
    return add_path(p, name, digest, false, error);
}

int engine_publish_list_files(engine_publish *p, lethe_error *error)
{
    json_iterator files = json_iterate(json_get(p->dataset->root, "files"));
    json_value listed;
    if (p->note)
        BASE_TRY(engine_publish_note_file(p, error));
    while (json_next(&files, NULL, &listed))
        BASE_TRY(add_listed(p, listed, error));
    BASE_TRY(add_path(p, "manifest.sig", NULL, true, error));
    BASE_TRY(add_path(p, "manifest.json", NULL, true, error));
    for (size_t i = 0; i < p->file_count; i++)
        p->files[i].object.key = p->files[i].key; /* they moved while they were added */
    uint8_t digest[32];
    char hex[65];
    BASE_TRY(crypt_sha256(p->files[p->file_count - 1].object.bytes, digest, error));
    for (int i = 0; i < 32; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    if (strncmp(hex, p->release, 16) != 0)
        return base_fail(error, LETHE_E_PUBLISH_CHANGED);
    p->result->files = p->file_count;
    p->result->bytes = p->total_bytes;
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/test_archive.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

#define BLOCK   512
#define PADDING 64

const char *test_shared(void)
{
    static char path[1024];
    const char *shared = getenv("LETHE_SHARED"), *source = getenv("LETHE_SOURCE");
    if (shared != NULL)
        return shared;
    (void)snprintf(path, sizeof(path), "%s/../shared", source != NULL ? source : ".");
    char probe[1100];
    (void)snprintf(probe, sizeof(probe), "%s/data/fhir/ms/MANIFEST.md", path);
    FILE *file = fopen(probe, "rb");
    if (file == NULL)
        return NULL;
    (void)fclose(file);
    return path;
}

char *test_shared_file(const char *name, size_t *ret_size)
{
    char path[2048];
    const char *shared = test_shared();
    (void)snprintf(path, sizeof(path), "%s/data/%s", shared != NULL ? shared : "", name);
    FILE *file = shared != NULL ? fopen(path, "rb") : NULL;
    if (file == NULL)
        return NULL;
    (void)fseek(file, 0, SEEK_END);
    const long size = ftell(file);
    (void)fseek(file, 0, SEEK_SET);
    char *text = calloc(1, (size_t)size + PADDING);
    if (text == NULL || fread(text, 1, (size_t)size, file) != (size_t)size)
        abort();
    (void)fclose(file);
    *ret_size = (size_t)size;
    return text;
}

static char *unpack(const char *packed, size_t packed_size, size_t *ret_size)
{
    ZSTD_DCtx *context = ZSTD_createDCtx();
    (void)ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, 27);
    size_t capacity = (size_t)1 << 24, size = 0;
    char *text = malloc(capacity);
    ZSTD_inBuffer in = {packed, packed_size, 0};
    while (text != NULL && in.pos < in.size) {
        if (capacity - size < (size_t)1 << 20) {
            capacity *= 2;
            text = realloc(text, capacity);
        }
        ZSTD_outBuffer out = {text + size, capacity - size, 0};
        const size_t status = ZSTD_decompressStream(context, &out, &in);
        if (ZSTD_isError(status))
            abort();
        size += out.pos;
    }
    (void)ZSTD_freeDCtx(context);
    *ret_size = size;
    return text;
}

long test_archive(const char *name, test_archive_visit visit, void *context)
{
    size_t packed_size = 0, size = 0;
    long count = 0;
    char *packed = test_shared_file(name, &packed_size);
    if (packed == NULL)
        return -1;
    char *tar = unpack(packed, packed_size, &size);
    free(packed);
    for (size_t at = 0; at + BLOCK <= size && tar[at] != '\0';) {
        const char *head = tar + at;
        const size_t length = strtoul(head + 124, NULL, 8);
        if (head[156] == '0' || head[156] == '\0') {
            char *text = calloc(1, length + PADDING);
            memcpy(text, head + BLOCK, length);
            const char *slash = strrchr(head, '/');
            visit(context, slash != NULL ? slash + 1 : head, (base_span){text, length});
            free(text);
            count++;
        }
        at += BLOCK + (length + BLOCK - 1) / BLOCK * BLOCK;
    }
    free(tar);
    return count;
}

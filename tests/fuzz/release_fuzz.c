/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.json, plan.json and vocabulary.json as verify reads them, with zero bytes between: a forged release is
 * refused with a note, whatever it says. */
#include "base/file.h"
#include "verify/run.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const NAMES[] = {"manifest.json", "plan.json", "vocabulary.json"};
static char folder[64];

static void clean(void)
{
    char path[128];
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, NAMES[i]);
        (void)unlink(path);
    }
    (void)rmdir(folder);
}

static void make_folder(void)
{
    if (folder[0] != '\0')
        return;
    (void)snprintf(folder, sizeof(folder), "%s/lethe-release-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (mkdtemp(folder) == NULL || atexit(clean) != 0)
        abort();
}

static void write_file(const char *name, const uint8_t *data, size_t size)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL || (size != 0 && fwrite(data, 1, size, file) != size) || fclose(file) != 0)
        abort();
}

static void read_release(void)
{
    verify_result result = {0};
    verify_run run = {.folder = folder, .result = &result};
    bool usable = false;
    base_arena_init(&run.arena, (size_t)1 << 28);
    base_buf_init(&run.manifest_bytes, 0);
    if (json_parser_new(VERIFY_DOCUMENT_MAX, 32, &run.parser, NULL) != 0)
        abort();
    const int status = verify_read_manifest(&run, &usable, NULL);
    assert(status == 0);
    for (size_t i = 0; usable && i < run.manifest.file_count; i++) { /* no way out of the folder; "a../b" is none */
        const char *path = run.manifest.files[i].path;
        assert(path[0] != '/' && path[0] != '.' && strstr(path, "/.") == NULL);
    }
    assert(verify_read_documents(&run, &usable, NULL) == 0);
    verify_strings_done(&run.vocabulary.names);
    base_buf_done(&run.manifest_bytes);
    json_parser_free(run.parser);
    base_arena_done(&run.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    make_folder();
    for (size_t i = 0; i < 3; i++) {
        const uint8_t *zero = size != 0 ? memchr(data, 0, size) : NULL;
        const size_t part = i < 2 && zero != NULL ? (size_t)(zero - data) : size;
        write_file(NAMES[i], data, part);
        data += zero != NULL && i < 2 ? part + 1 : part;
        size -= zero != NULL && i < 2 ? part + 1 : part;
    }
    read_release();
    return 0;
}

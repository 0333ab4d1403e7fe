/* SPDX-License-Identifier: Apache-2.0 */
/* Whole runs on a folder of any files: a dataset that verifies, or an error and nothing at all. The input is the files,
 * a record separator (0x1e) between them, the first byte of each choosing its name. */
#include <lethe/run.h>
#include <lethe/verify.h>

#include "crypt/keyring.h"

#include <assert.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SEPARATOR 0x1e
#define FILES_MAX 8

static const char *const NAMES[] = {"Patient.ndjson",   "Condition.ndjson",   "bundle.json",    "flat.ndjson",
                                    "Encounter.ndjson", "Observation.ndjson", "more/flat.json", "packed.ndjson.gz"};
#define NAME_COUNT (sizeof(NAMES) / sizeof(NAMES[0]))

static char root[64];

static const char *at(const char *name)
{
    static char path[2][256];
    static unsigned turn;
    char *const mine = path[turn++ % 2];
    (void)snprintf(mine, sizeof(path[0]), "%s/%s", root, name);
    return mine;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status, (void)type, (void)place;
    return remove(path);
}

static void remove_all(const char *path)
{
    if (access(path, F_OK) == 0 && nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
        abort();
}

static void clean(void)
{
    remove_all(root);
}

static void make_root(void)
{
    if (root[0] != '\0')
        return;
    (void)snprintf(root, sizeof(root), "%s/lethe-run-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (mkdtemp(root) == NULL || atexit(clean) != 0 || crypt_keyring_create(at("key"), NULL) != 0)
        abort();
}

static void write_file(const char *name, const uint8_t *data, size_t size)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/in/%s", root, name);
    FILE *file = fopen(path, "ab"); /* the same name again: more of the file */
    if (file == NULL || fwrite(data, 1, size, file) != size || fclose(file) != 0)
        abort();
}

static void make_input(const uint8_t *data, size_t size)
{
    if (mkdir(at("in"), 0700) != 0 || mkdir(at("in/more"), 0700) != 0)
        abort();
    for (size_t files = 0; size != 0 && files < FILES_MAX; files++) {
        const uint8_t *end = memchr(data, SEPARATOR, size);
        const size_t length = end != NULL ? (size_t)(end - data) : size;
        if (length != 0)
            write_file(NAMES[data[0] % NAME_COUNT], data + 1, length - 1);
        data += length + (end != NULL);
        size -= length + (end != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    make_root();
    remove_all(at("in"));
    remove_all(at("out"));
    make_input(data, size);

    char input[256], output[256];
    (void)snprintf(input, sizeof(input), "%s/in", root);
    (void)snprintf(output, sizeof(output), "%s/out", root);
    lethe_run_options options = {
        .size_bytes = sizeof(options), .input = input, .output = output, .key_file = at("key")};
    options.level = "internal";
    options.k = 2;
    options.suppression_limit = 1;
    options.as_of = "2025-01-01";
    options.threads = 1;
    options.memory_bytes = (uint64_t)64 << 20;
    lethe_run_result result = {0};
    lethe_error error = {0};
    const int status = lethe_run(&options, NULL, &result, &error);
    if (status != 0) {
        assert(error.code == status);
        assert(access(output, F_OK) != 0);
        return 0;
    }
    lethe_verify_result proof;
    assert(result.patients_released >= 2);
    assert(lethe_verify(output, NULL, &proof, NULL) == 0);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "crypt/digest.h"
#include "engine/columns.h"
#include "engine/dataset.h"
#include "engine/text.h"
#include "table/parquet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The profile files of a dataset, in the order of their names, one row group in memory at a time. */
#define PROFILE_PREFIX   "profiles/split="
#define FILE_NAME_PREFIX "/part-"
#define FILE_NAME_SUFFIX ".parquet"

typedef struct reading {
    const engine_dataset *dataset;
    const engine_batch_visitor *visitor;
    identity_split split;
    uint64_t rows, file_rows; /* read of all files, and of this one */
} reading;

static int read_group(reading *r, table_reader *reader, size_t group, table_batch *batch, lethe_error *error)
{
    table_batch_reset(batch);
    BASE_TRY(table_reader_read_group(reader, group, batch, error));
    BASE_TRY(r->visitor->batch(r->visitor->context, r->split, batch, r->file_rows + 1, error));
    r->file_rows += table_batch_rows(batch);
    r->rows += table_batch_rows(batch);
    return 0;
}

static int read_groups(reading *r, base_span bytes, lethe_error *error)
{
    table_reader *reader = NULL;
    table_batch *batch = NULL;
    int status = table_reader_open(bytes, NULL, &reader, error);
    if (status == 0)
        status = table_batch_new(r->visitor->schema, 0, 0, &batch, error);
    for (size_t group = 0; status == 0 && group < table_reader_groups(reader); group++)
        status = read_group(r, reader, group, batch, error);
    table_batch_free(batch);
    table_reader_free(reader);
    return status;
}

static int read_bytes(reading *r, base_span bytes, base_span wanted, lethe_error *error)
{
    uint8_t digest[32];
    char hex[65];
    BASE_TRY(crypt_sha256(bytes, digest, error));
    engine_hex(digest, sizeof(digest), hex);
    if (!base_span_is(wanted, hex))
        return base_fail(error, LETHE_E_VERIFY_CHECKSUM);
    return read_groups(r, bytes, error);
}

static int read_mapped(reading *r, int file, base_span wanted, lethe_error *error)
{
    struct stat state;
    if (fstat(file, &state) != 0)
        return base_fail_errno(error, LETHE_E_BASE_IO);
    if (state.st_size <= 0)
        return base_fail(error, LETHE_E_VERIFY_CHECKSUM);
    const size_t size = (size_t)state.st_size;
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
    if (bytes == MAP_FAILED)
        return base_fail_errno(error, LETHE_E_BASE_IO);
    const int status = read_bytes(r, (base_span){bytes, size}, wanted, error);
    (void)munmap(bytes, size);
    return status;
}

/* profiles/split=NAME/part-NNNNN.parquet and nothing else: no name of a manifest leads elsewhere. */
static bool is_profile(base_span path, identity_split *ret_split)
{
    for (int split = 0; split < IDENTITY_SPLIT_COUNT; split++) {
        char prefix[64];
        const int size = snprintf(prefix, sizeof(prefix), PROFILE_PREFIX "%s" FILE_NAME_PREFIX,
                                  identity_split_name((identity_split)split));
        if (!base_span_starts(path, (base_span){prefix, (size_t)size}))
            continue;
        size_t at = (size_t)size;
        while (at < path.size && path.data[at] >= '0' && path.data[at] <= '9')
            at++;
        *ret_split = (identity_split)split;
        return at > (size_t)size && base_span_is((base_span){path.data + at, path.size - at}, FILE_NAME_SUFFIX);
    }
    return false;
}

static int read_file(reading *r, base_span name, base_span wanted, lethe_error *error)
{
    char path[BASE_PATH_MAX];
    if ((size_t)snprintf(path, sizeof(path), "%s/%.*s", r->dataset->folder, (int)name.size, name.data) >= sizeof(path))
        return base_fail(error, LETHE_E_BASE_LIMIT);
    r->file_rows = 0;
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    int status = file < 0 ? base_fail_errno(error, errno == ENOENT ? LETHE_E_BASE_NOT_FOUND : LETHE_E_BASE_IO)
                          : read_mapped(r, file, wanted, error);
    if (file >= 0)
        (void)close(file);
    if (status != 0)
        base_error_file(error, path);
    return status;
}

int engine_dataset_batches(const engine_dataset *dataset, const engine_batch_visitor *visitor, lethe_error *error)
{
    reading r = {.dataset = dataset, .visitor = visitor};
    json_iterator files = json_iterate(json_get(dataset->root, "files")); /* sorted by path */
    json_value file;
    while (json_next(&files, NULL, &file)) {
        const base_span path = json_string(json_get(file, "path"));
        if (is_profile(path, &r.split))
            BASE_TRY(read_file(&r, path, json_string(json_get(file, "sha256")), error));
    }
    if (r.rows == dataset->rows)
        return 0;
    base_fail(error, LETHE_E_ENGINE_DATASET);
    base_error_file(error, "manifest.json");
    base_error_path(error, "total_profiles");
    return LETHE_E_ENGINE_DATASET;
}

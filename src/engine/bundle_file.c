/* SPDX-License-Identifier: Apache-2.0 */
#include "crypt/digest.h"
#include "engine/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Files that are derived from a dataset and lie in its folder: written whole, and compared with what they belong to. */

int engine_dataset_identity(const engine_dataset *dataset, uint8_t ret_digest[32], lethe_error *error)
{
    /* The parser's padding stands behind the text. */
    return crypt_sha256(base_buf_view(&dataset->manifest), ret_digest, error);
}

int engine_dataset_terms(const engine_dataset *dataset, uint32_t *ret_horizon_months, uint32_t *ret_k,
                         lethe_error *error)
{
    int64_t horizon = 0, k = 0;
    if (!json_int64(json_get(dataset->root, "outcome_horizon_months"), &horizon) || horizon < 1 || horizon > 1200 ||
        !json_int64(json_get(dataset->root, "k"), &k) || k < 1 || k > 1000000) {
        base_fail(error, LETHE_E_ENGINE_DATASET);
        base_error_file(error, "manifest.json");
        return LETHE_E_ENGINE_DATASET;
    }
    *ret_horizon_months = (uint32_t)horizon;
    *ret_k = (uint32_t)k;
    return 0;
}

static int fail_path(lethe_error *error, const char *path)
{
    base_fail_errno(error, LETHE_E_BASE_IO);
    base_error_file(error, path);
    return LETHE_E_BASE_IO;
}

static int write_all(int file, base_span bytes)
{
    while (bytes.size != 0) {
        const ssize_t written = write(file, bytes.data, bytes.size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return -1;
        bytes.data += written;
        bytes.size -= (size_t)written;
    }
    return fsync(file);
}

static int put_at(const char *folder, const char *name, base_span bytes, lethe_error *error)
{
    char path[BASE_PATH_MAX], written[BASE_PATH_MAX];
    if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path) ||
        (size_t)snprintf(written, sizeof(written), "%s/.%s.writing", folder, name) >= sizeof(written))
        return base_fail(error, LETHE_E_BASE_LIMIT);
    const int file = open(written, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (file < 0)
        return fail_path(error, path);
    const bool whole = write_all(file, bytes) == 0;
    const int failed = whole ? 0 : errno;
    if (close(file) != 0 || !whole || rename(written, path) != 0) {
        errno = whole ? errno : failed;
        fail_path(error, path);
        (void)unlink(written);
        return LETHE_E_BASE_IO;
    }
    return base_folder_sync(folder, error);
}

int engine_put_file(const char *folder, const char *name, base_span bytes, lethe_error *error)
{
    char inner[BASE_PATH_MAX];
    const char *slash = strchr(name, '/');
    if (slash == NULL)
        return put_at(folder, name, bytes, error);
    if ((size_t)snprintf(inner, sizeof(inner), "%s/%.*s", folder, (int)(slash - name), name) >= sizeof(inner))
        return base_fail(error, LETHE_E_BASE_LIMIT);
    if (mkdir(inner, 0777) != 0 && errno != EEXIST)
        return fail_path(error, inner);
    BASE_TRY(base_folder_sync(folder, error));
    return put_at(inner, slash + 1, bytes, error);
}

static int check_belongs(const engine_dataset *dataset, const engine_bundle *bundle, lethe_error *error)
{
    static const char *const names[] = {"model", "schema", "vocabulary", "plan", "key"};
    const vector_stamp stamp = engine_dataset_stamp(dataset);
    const char *const texts[] = {stamp.model, stamp.schema, stamp.vocabulary, stamp.plan, stamp.key};
    uint8_t manifest[32];
    const char *differs = NULL;
    BASE_TRY(engine_dataset_identity(dataset, manifest, error));
    if (memcmp(manifest, bundle->manifest, sizeof(manifest)) != 0)
        differs = "manifest";
    for (size_t i = sizeof(names) / sizeof(names[0]); i-- > 0;)
        if (strcmp(texts[i], bundle->stamp[i]) != 0)
            differs = names[i];
    if (differs == NULL)
        return 0;
    base_fail(error, LETHE_E_ENGINE_MODEL_STAMP);
    base_error_path(error, differs);
    return LETHE_E_ENGINE_MODEL_STAMP;
}

int engine_bundle_open(const engine_dataset *dataset, engine_bundle *ret_bundle, lethe_error *error)
{
    char path[BASE_PATH_MAX];
    base_buf bytes;
    if ((size_t)snprintf(path, sizeof(path), "%s/" ENGINE_BUNDLE_FOLDER "/" ENGINE_BUNDLE_FILE, dataset->folder) >=
        sizeof(path))
        return base_fail(error, LETHE_E_BASE_LIMIT);
    base_buf_init(&bytes, ENGINE_BUNDLE_BYTES_MAX);
    int status = base_file_load(path, &bytes, error);
    if (status == LETHE_E_BASE_NOT_FOUND)
        status = base_fail(error, LETHE_E_ENGINE_NO_MODEL);
    if (status == 0)
        status = engine_bundle_read(base_buf_view(&bytes), ret_bundle, error);
    base_buf_done(&bytes);
    if (status == 0) {
        status = check_belongs(dataset, ret_bundle, error);
        if (status != 0)
            engine_bundle_done(ret_bundle);
    }
    if (status != 0)
        base_error_file(error, path);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file that is there whole or not at all. */

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

int base_file_put(const char *folder, const char *name, base_span bytes, lethe_error *error)
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

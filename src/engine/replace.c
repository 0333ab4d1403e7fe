/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORK_SUFFIX  ".erasing"
#define ASIDE_SUFFIX ".erased"
#define DEPTH_MAX    16

static int fail_file(lethe_error *error, int code, const char *path)
{
    base_fail_errno(error, code);
    base_error_file(error, path);
    return code;
}

static bool is_there(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

/* "/a/b" → "/a/.b.erasing" */
static int hidden_name(const char *path, const char *suffix, char ret_path[BASE_PATH_MAX], lethe_error *error)
{
    const char *slash = strrchr(path, '/');
    const int parent = slash != NULL ? (int)(slash - path + 1) : 0;
    const int size = snprintf(ret_path, BASE_PATH_MAX, "%.*s.%s%s", parent, path, path + parent, suffix);
    return size > 0 && size < BASE_PATH_MAX ? 0 : base_fail(error, LETHE_E_BASE_LIMIT);
}

static int parent_of(const char *path, char ret_parent[BASE_PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return snprintf(ret_parent, BASE_PATH_MAX, ".");
    return snprintf(ret_parent, BASE_PATH_MAX, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

static int sync_parent(const char *path, lethe_error *error)
{
    char parent[BASE_PATH_MAX];
    (void)parent_of(path, parent);
    return base_folder_sync(parent, error);
}

/* The folder may be missing, where two renames were interrupted: then its parent says where it would be. */
static int resolve(const char *path, char ret_path[BASE_PATH_MAX], lethe_error *error)
{
    char trimmed[BASE_PATH_MAX], parent[BASE_PATH_MAX];
    if ((size_t)snprintf(trimmed, sizeof(trimmed), "%s", path) >= sizeof(trimmed))
        return base_fail(error, LETHE_E_BASE_LIMIT);
    if (realpath(path, ret_path) != NULL)
        return 0;
    for (size_t size = strlen(trimmed); size > 1 && trimmed[size - 1] == '/'; size--)
        trimmed[size - 1] = '\0';
    const char *slash = strrchr(trimmed, '/'), *name = slash != NULL ? slash + 1 : trimmed;
    (void)parent_of(trimmed, parent);
    if (errno != ENOENT || realpath(parent, ret_path) == NULL)
        return fail_file(error, errno == ENOENT ? LETHE_E_BASE_NOT_FOUND : LETHE_E_BASE_IO, path);
    const size_t size = strlen(ret_path);
    const char *between = ret_path[size - 1] == '/' ? "" : "/";
    if ((size_t)snprintf(ret_path + size, BASE_PATH_MAX - size, "%s%s", between, name) >= BASE_PATH_MAX - size)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    return 0;
}

/* Of two renames only the first was done: the new folder was whole before it. */
static int repair(const engine_replace *replace, const char *work, lethe_error *error)
{
    const char *path = replace->folder.final_path;
    if (is_there(path) || !is_there(replace->aside_path))
        return 0;
    if (rename(is_there(work) ? work : replace->aside_path, path) != 0)
        return fail_file(error, LETHE_E_BASE_IO, path);
    return sync_parent(path, error);
}

static int lock_folder(const char *path, int *ret_lock, lethe_error *error)
{
    struct stat held, named;
    const int lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (lock < 0)
        return fail_file(error, errno == ENOENT ? LETHE_E_BASE_NOT_FOUND : LETHE_E_BASE_IO, path);
    bool busy = flock(lock, LOCK_EX | LOCK_NB) != 0;
    if (busy && errno != EWOULDBLOCK) {
        (void)close(lock);
        return fail_file(error, LETHE_E_BASE_IO, path);
    }
    /* whoever had it may have put another folder there meanwhile */
    busy = busy || fstat(lock, &held) != 0 || lstat(path, &named) != 0 || held.st_ino != named.st_ino ||
           held.st_dev != named.st_dev;
    if (busy) {
        (void)close(lock);
        base_fail(error, LETHE_E_ENGINE_LOCKED);
        base_error_file(error, path);
        return LETHE_E_ENGINE_LOCKED;
    }
    *ret_lock = lock;
    return 0;
}

static int begin(const char *path, engine_replace *replace, char ret_leftover[BASE_PATH_MAX], lethe_error *error)
{
    char work[BASE_PATH_MAX];
    BASE_TRY(resolve(path, replace->folder.final_path, error));
    BASE_TRY(hidden_name(replace->folder.final_path, WORK_SUFFIX, work, error));
    BASE_TRY(hidden_name(replace->folder.final_path, ASIDE_SUFFIX, replace->aside_path, error));
    BASE_TRY(repair(replace, work, error));
    BASE_TRY(lock_folder(replace->folder.final_path, &replace->lock, error));
    (void)snprintf(ret_leftover, BASE_PATH_MAX, "%s",
                   is_there(work)                  ? work
                   : is_there(replace->aside_path) ? replace->aside_path
                                                   : "");
    return 0;
}

int engine_replace_begin(const char *path, engine_replace *ret_replace, char ret_leftover[BASE_PATH_MAX],
                         lethe_error *error)
{
    ret_replace->lock = ret_replace->work_lock = -1;
    ret_replace->folder.work_path[0] = '\0';
    return begin(path, ret_replace, ret_leftover, error);
}

static int remove_folder(const char *path, lethe_error *error)
{
    if (!is_there(path))
        return 0;
    base_folder_remove(path);
    if (!is_there(path))
        return sync_parent(path, error);
    errno = EACCES;
    return fail_file(error, LETHE_E_BASE_IO, path);
}

int engine_replace_clean(const engine_replace *replace, lethe_error *error)
{
    char work[BASE_PATH_MAX];
    BASE_TRY(hidden_name(replace->folder.final_path, WORK_SUFFIX, work, error));
    BASE_TRY(remove_folder(work, error));
    return remove_folder(replace->aside_path, error);
}

int engine_replace_make(engine_replace *replace, lethe_error *error)
{
    struct stat status;
    base_folder *folder = &replace->folder;
    char work[BASE_PATH_MAX];
    BASE_TRY(hidden_name(folder->final_path, WORK_SUFFIX, work, error));
    if (lstat(folder->final_path, &status) != 0)
        return fail_file(error, LETHE_E_BASE_IO, folder->final_path);
    folder->mode = status.st_mode & 07777;
    if (mkdir(work, 0700) != 0)
        return fail_file(error, LETHE_E_BASE_IO, work);
    memcpy(folder->work_path, work, sizeof(work));
    return lock_folder(work, &replace->work_lock, error);
}

static int sync_entry(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)where;
    return kind != FTW_DP || base_folder_sync(path, NULL) == 0 ? 0 : -1;
}

static int exchange(const engine_replace *replace)
{
    const base_folder *folder = &replace->folder;
    if (!replace->plain) {
        if (renameat2(AT_FDCWD, folder->work_path, AT_FDCWD, folder->final_path, RENAME_EXCHANGE) == 0)
            return 0;
        if (errno != EINVAL && errno != ENOSYS)
            return -1;
    }
    if (rename(folder->final_path, replace->aside_path) != 0)
        return -1;
    if (rename(folder->work_path, folder->final_path) == 0)
        return 0;
    const int reason = errno;
    (void)rename(replace->aside_path, folder->final_path);
    errno = reason;
    return -1;
}

int engine_replace_commit(engine_replace *replace, lethe_error *error)
{
    base_folder *folder = &replace->folder;
    if (chmod(folder->work_path, folder->mode) != 0 ||
        nftw(folder->work_path, sync_entry, DEPTH_MAX, FTW_PHYS | FTW_DEPTH) != 0)
        return fail_file(error, LETHE_E_BASE_IO, folder->work_path);
    if (exchange(replace) != 0)
        return fail_file(error, LETHE_E_BASE_IO, folder->final_path);
    folder->work_path[0] = '\0'; /* from here on what lies there is the old one */
    BASE_TRY(sync_parent(folder->final_path, error));
    return engine_replace_clean(replace, error);
}

void engine_replace_done(engine_replace *replace)
{
    base_folder_abandon(&replace->folder);
    if (replace->work_lock >= 0)
        (void)close(replace->work_lock);
    if (replace->lock >= 0)
        (void)close(replace->lock);
    replace->lock = replace->work_lock = -1;
}

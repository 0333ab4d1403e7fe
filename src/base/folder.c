/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define REMOVE_ATTEMPTS 3

/* Fills `to` with "a/b"; false where it does not fit. */
static bool join(char *to, const char *a, const char *b)
{
    const int size = snprintf(to, BASE_PATH_MAX, "%s/%s", a, b);
    return size > 0 && size < BASE_PATH_MAX;
}

static int fail_file(lethe_error *error, int code, const char *path)
{
    base_fail_errno(error, code);
    base_error_file(error, path);
    return code;
}

static int64_t modified_ns(const struct stat *status)
{
    return (int64_t)status->st_mtim.tv_sec * 1000000000 + status->st_mtim.tv_nsec;
}

static int add_file(base_file_list *list, const char *name, const struct stat *status, lethe_error *error)
{
    if (list->count >= BASE_FILES_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity + list->capacity / 2 + 16;
        base_listed_file *files = realloc(list->files, capacity * sizeof(*files));
        if (files == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        list->files = files;
        list->capacity = capacity;
    }
    list->files[list->count++] = (base_listed_file){list->names.size, (uint64_t)status->st_size, modified_ns(status)};
    base_buf_append(&list->names, name, strlen(name) + 1);
    return base_buf_check(&list->names, error);
}

static int walk(const char *path, int depth, base_file_list *list, lethe_error *error);

static int walk_entry(const char *folder, const char *name, int depth, base_file_list *list, lethe_error *error)
{
    char path[BASE_PATH_MAX];
    struct stat link, target;
    if (name[0] == '.')
        return 0;
    if (!join(path, folder, name) || lstat(path, &link) != 0)
        return fail_file(error, LETHE_E_BASE_IO, folder);
    if (S_ISDIR(link.st_mode))
        return walk(path, depth + 1, list, error);
    if (stat(path, &target) != 0)
        return fail_file(error, LETHE_E_BASE_IO, path);
    return S_ISREG(target.st_mode) ? add_file(list, path + strlen(list->root) + 1, &target, error) : 0;
}

static int walk(const char *path, int depth, base_file_list *list, lethe_error *error)
{
    if (depth > BASE_FOLDER_DEPTH_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    DIR *folder = opendir(path);
    if (folder == NULL)
        return fail_file(error, LETHE_E_BASE_IO, path);
    int status = 0;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (entry == NULL) {
            if (errno != 0)
                status = fail_file(error, LETHE_E_BASE_IO, path);
            break;
        }
        status = walk_entry(path, entry->d_name, depth, list, error);
        if (status != 0)
            break;
    }
    (void)closedir(folder);
    return status;
}

static int by_name(const void *a, const void *b, void *names)
{
    return strcmp((const char *)names + ((const base_listed_file *)a)->name,
                  (const char *)names + ((const base_listed_file *)b)->name);
}

static int list_files(const char *path, base_file_list *list, lethe_error *error)
{
    struct stat status = {0};
    list->root = strdup(path);
    if (list->root == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    if (strcmp(path, "-") == 0)
        return add_file(list, "", &status, error);
    if (stat(path, &status) != 0)
        return fail_file(error, errno == ENOENT ? LETHE_E_BASE_NOT_FOUND : LETHE_E_BASE_IO, path);
    list->regular = S_ISDIR(status.st_mode) || S_ISREG(status.st_mode);
    if (!S_ISDIR(status.st_mode))
        return add_file(list, "", &status, error);
    BASE_TRY(walk(path, 0, list, error));
    if (list->count > 1)
        qsort_r(list->files, list->count, sizeof(*list->files), by_name, list->names.data);
    return 0;
}

int base_file_list_make(const char *path, base_file_list *ret_list, lethe_error *error)
{
    base_file_list list = {0};
    base_buf_init(&list.names, (size_t)BASE_FILES_MAX * BASE_PATH_MAX);
    const int status = list_files(path, &list, error);
    if (status != 0) {
        base_file_list_done(&list);
        return status;
    }
    *ret_list = list;
    return 0;
}

void base_file_list_done(base_file_list *list)
{
    if (list == NULL)
        return;
    free(list->root);
    free(list->files);
    base_buf_done(&list->names);
    *list = (base_file_list){0};
}

void base_file_list_path(const base_file_list *list, size_t index, char ret_path[BASE_PATH_MAX])
{
    const char *name = base_file_list_name(list, index);
    if (name[0] == '\0')
        (void)snprintf(ret_path, BASE_PATH_MAX, "%s", list->root);
    else
        (void)snprintf(ret_path, BASE_PATH_MAX, "%s/%s", list->root, name); /* it fitted when it was found */
}

static void trim_slashes(char *path)
{
    size_t size = strlen(path);
    while (size > 1 && path[size - 1] == '/')
        path[--size] = '\0';
}

/* What a folder made here would be allowed to everybody: asked of one that is made, since the umask cannot be read
 * without changing it for all threads, and a parent may pass on a group or an access list. */
static int mode_of_new(const char *work_path, mode_t *ret_mode)
{
    char path[BASE_PATH_MAX];
    struct stat status;
    if (!join(path, work_path, "mode")) {
        errno = ENAMETOOLONG;
        return -1;
    }
    const bool seen = mkdir(path, 0777) == 0 && lstat(path, &status) == 0;
    if (!seen || rmdir(path) != 0)
        return -1;
    *ret_mode = status.st_mode & 07777;
    return 0;
}

static int take_final_path(const char *path, base_folder *folder, lethe_error *error)
{
    struct stat status;
    const int size = snprintf(folder->final_path, sizeof(folder->final_path), "%s", path);
    if (size <= 0 || (size_t)size >= sizeof(folder->final_path))
        return base_fail(error, LETHE_E_BASE_LIMIT);
    trim_slashes(folder->final_path);
    errno = 0; /* what stands in the way is no failed call */
    return lstat(folder->final_path, &status) == 0 ? fail_file(error, LETHE_E_BASE_EXISTS, path) : 0;
}

static int learn_mode(base_folder *folder, const char *path, lethe_error *error)
{
    if (mode_of_new(folder->work_path, &folder->mode) == 0)
        return 0;
    fail_file(error, LETHE_E_BASE_IO, path);
    base_folder_abandon(folder);
    return LETHE_E_BASE_IO;
}

int base_folder_begin(const char *path, base_folder *ret_folder, lethe_error *error)
{
    base_folder folder = {0};
    BASE_TRY(take_final_path(path, &folder, error));
    const char *slash = strrchr(folder.final_path, '/');
    const int parent = slash != NULL ? (int)(slash - folder.final_path + 1) : 0;
    const int work = snprintf(folder.work_path, sizeof(folder.work_path), "%.*s.%s.writing-XXXXXX", parent,
                              folder.final_path, folder.final_path + parent);
    if (work <= 0 || (size_t)work >= sizeof(folder.work_path))
        return base_fail(error, LETHE_E_BASE_LIMIT);
    if (mkdtemp(folder.work_path) == NULL)
        return fail_file(error, errno == ENOENT ? LETHE_E_BASE_NOT_FOUND : LETHE_E_BASE_IO, path);
    BASE_TRY(learn_mode(&folder, path, error));
    *ret_folder = folder;
    return 0;
}

int base_folder_begin_in(const char *path, const char *holder, const char *name, base_folder *ret_folder,
                         lethe_error *error)
{
    base_folder folder = {0};
    BASE_TRY(take_final_path(path, &folder, error));
    if (!join(folder.work_path, holder, name))
        return base_fail(error, LETHE_E_BASE_LIMIT);
    if (mkdir(folder.work_path, 0700) != 0)
        return fail_file(error, LETHE_E_BASE_IO, path);
    BASE_TRY(learn_mode(&folder, path, error));
    *ret_folder = folder;
    return 0;
}

int base_folder_make(const base_folder *folder, const char *name, lethe_error *error)
{
    char path[BASE_PATH_MAX];
    if (!join(path, folder->work_path, name))
        return base_fail(error, LETHE_E_BASE_LIMIT);
    for (char *slash = path + strlen(folder->work_path) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            return fail_file(error, LETHE_E_BASE_IO, folder->final_path);
        *slash = '/';
    }
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return fail_file(error, LETHE_E_BASE_IO, folder->final_path);
    return 0;
}

static FILE *open_with_mode(const base_folder *folder, const char *name, mode_t mode, lethe_error *error)
{
    char path[BASE_PATH_MAX];
    if (!join(path, folder->work_path, name)) {
        base_fail(error, LETHE_E_BASE_LIMIT);
        return NULL;
    }
    const int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
    if (file == NULL) {
        fail_file(error, LETHE_E_BASE_IO, folder->final_path);
        if (descriptor >= 0)
            (void)close(descriptor);
    }
    return file;
}

FILE *base_folder_open(const base_folder *folder, const char *name, lethe_error *error)
{
    return open_with_mode(folder, name, 0666, error);
}

int base_folder_close(FILE *file, lethe_error *error)
{
    const bool synced = ferror(file) == 0 && fflush(file) == 0 && fsync(fileno(file)) == 0;
    if (!synced)
        base_fail_errno(error, LETHE_E_BASE_IO);
    if (fclose(file) != 0 && synced)
        return base_fail_errno(error, LETHE_E_BASE_IO);
    return synced ? 0 : LETHE_E_BASE_IO;
}

static int write_with_mode(const base_folder *folder, const char *name, base_span bytes, mode_t mode,
                           lethe_error *error)
{
    FILE *file = open_with_mode(folder, name, mode, error);
    if (file == NULL)
        return LETHE_E_BASE_IO;
    const bool whole = bytes.size == 0 || fwrite(bytes.data, 1, bytes.size, file) == bytes.size;
    const int status = base_folder_close(file, error);
    return whole ? status : fail_file(error, LETHE_E_BASE_IO, folder->final_path);
}

int base_folder_write(const base_folder *folder, const char *name, base_span bytes, lethe_error *error)
{
    return write_with_mode(folder, name, bytes, 0666, error);
}

int base_folder_write_private(const base_folder *folder, const char *name, base_span bytes, lethe_error *error)
{
    return write_with_mode(folder, name, bytes, 0600, error);
}

static int sync_path(const char *path)
{
    const int file = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0)
        return -1;
    const int result = fsync(file);
    (void)close(file);
    return result;
}

/* Never onto what another process has put there since; file systems that cannot promise that get a plain rename, which
 * replaces at most an empty folder. */
static int rename_new(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    return errno == EINVAL || errno == ENOSYS ? rename(from, to) : -1;
}

int base_folder_commit(base_folder *folder, lethe_error *error)
{
    struct stat status;
    char parent[BASE_PATH_MAX];
    if (lstat(folder->final_path, &status) == 0)
        return fail_file(error, LETHE_E_BASE_EXISTS, folder->final_path);
    if (chmod(folder->work_path, folder->mode) != 0 || sync_path(folder->work_path) != 0)
        return fail_file(error, LETHE_E_BASE_IO, folder->final_path);
    if (rename_new(folder->work_path, folder->final_path) != 0) {
        const bool taken = errno == EEXIST || errno == ENOTEMPTY;
        return fail_file(error, taken ? LETHE_E_BASE_EXISTS : LETHE_E_BASE_IO, folder->final_path);
    }
    (void)snprintf(parent, sizeof(parent), "%s", folder->final_path);
    char *slash = strrchr(parent, '/');
    if (slash == NULL)
        (void)snprintf(parent, sizeof(parent), ".");
    else
        slash[slash == parent ? 1 : 0] = '\0';
    (void)sync_path(parent);
    folder->work_path[0] = '\0';
    return 0;
}

static void remove_tree(int parent, const char *name, int depth);

/* Removes some of what the open folder holds; false at its end. */
static bool remove_entries(int folder, int depth)
{
    _Alignas(struct dirent64) char entries[4096];
    const ssize_t size = getdents64(folder, entries, sizeof(entries));
    for (ssize_t at = 0; at < size;) {
        const struct dirent64 *entry = (const struct dirent64 *)(const void *)(entries + at);
        at += entry->d_reclen;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlinkat(folder, entry->d_name, 0) != 0)
            remove_tree(folder, entry->d_name, depth + 1);
    }
    return size > 0;
}

/* Without allocations: it must also work where the run ended because there was no memory. */
static void remove_tree(int parent, const char *name, int depth)
{
    const int folder =
        depth <= BASE_FOLDER_DEPTH_MAX ? openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
    if (folder < 0)
        return;
    while (remove_entries(folder, depth))
        continue;
    (void)close(folder);
    (void)unlinkat(parent, name, AT_REMOVEDIR);
}

/* Again where something went wrong once: what stays behind stays for good. */
void base_folder_remove(const char *path)
{
    struct stat status;
    for (int attempt = 0; attempt < REMOVE_ATTEMPTS && lstat(path, &status) == 0; attempt++)
        remove_tree(AT_FDCWD, path, 0);
}

int base_folder_sync(const char *path, lethe_error *error)
{
    return sync_path(path) == 0 ? 0 : fail_file(error, LETHE_E_BASE_IO, path);
}

void base_folder_abandon(base_folder *folder)
{
    if (folder == NULL || folder->work_path[0] == '\0')
        return;
    base_folder_remove(folder->work_path);
    folder->work_path[0] = '\0';
}

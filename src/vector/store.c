/* SPDX-License-Identifier: Apache-2.0 */
#include "vector/store.h"

#include "vector/out.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_NAME_MAX 64
#define LOG_TAIL_MAX ((size_t)8 << 30) /* a log has 4 GiB of rows, then deletes only */

static int fail_file(lethe_error *error, const char *name)
{
    const int code = errno == ENOENT ? LETHE_E_BASE_NOT_FOUND : LETHE_E_BASE_IO;
    base_fail_errno(error, code);
    base_error_file(error, name);
    return code;
}

int vector_store_open(const char *path, bool make, int *ret_folder, lethe_error *error)
{
    const bool made = make && mkdir(path, 0777) == 0;
    if (make && !made && errno != EEXIST)
        return fail_file(error, path);
    /* A dataset that was handed over must not lead a writer to somebody else's index. */
    const int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (folder < 0)
        return fail_file(error, path);
    if (made) { /* its name must outlive a crash too */
        const int parent = openat(folder, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (parent >= 0) {
            (void)fsync(parent);
            (void)close(parent);
        }
    }
    *ret_folder = folder;
    return 0;
}

int vector_store_lock(int folder, int *ret_lock, lethe_error *error)
{
    const int lock = openat(folder, VECTOR_LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (lock < 0)
        return fail_file(error, VECTOR_LOCK_NAME);
    if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
        const int code = errno == EWOULDBLOCK ? LETHE_E_VECTOR_LOCKED : LETHE_E_BASE_IO;
        base_fail_errno(error, code);
        (void)close(lock);
        return code;
    }
    *ret_lock = lock;
    return 0;
}

int vector_store_base(int folder, vector_segment **ret_segment, lethe_error *error)
{
    const int file = openat(folder, VECTOR_BASE_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0)
        return fail_file(error, VECTOR_BASE_NAME);
    const int status = vector_segment_open(file, false, ret_segment, error);
    (void)close(file);
    base_error_file(status != 0 ? error : NULL, VECTOR_BASE_NAME);
    return status;
}

vector_log_name vector_segment_log(const vector_segment *segment)
{
    return (vector_log_name){segment->generation, segment->header_crc, segment->store.schema.dimensions};
}

static int read_identity(int file, vector_log_name *ret_name, lethe_error *error)
{
    uint8_t header[VECTOR_HEADER_BYTES];
    const ssize_t size = pread(file, header, sizeof(header), 0);
    if (size < 0)
        return fail_file(error, VECTOR_BASE_NAME);
    if (size != VECTOR_HEADER_BYTES || memcmp(header, VECTOR_IMAGE_MAGIC, 8) != 0)
        return base_fail(error, LETHE_E_VECTOR_FORMAT);
    base_cursor first = base_cursor_of((base_span){(const char *)header + 12, 12});
    base_cursor last = base_cursor_of((base_span){(const char *)header + VECTOR_HEADER_CRC, 4});
    ret_name->dimensions = base_cursor_u32(&first);
    ret_name->generation = base_cursor_u64(&first);
    ret_name->header_crc = base_cursor_u32(&last);
    return 0;
}

int vector_store_identity(int folder, vector_log_name *ret_name, lethe_error *error)
{
    const int file = openat(folder, VECTOR_BASE_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0)
        return fail_file(error, VECTOR_BASE_NAME);
    const int status = read_identity(file, ret_name, error);
    (void)close(file);
    return status;
}

static void log_name(uint64_t generation, char name[LOG_NAME_MAX])
{
    (void)snprintf(name, LOG_NAME_MAX, VECTOR_LOG_NAME, (unsigned long long)generation);
}

int vector_store_log(int folder, uint64_t generation, int flags, int *ret_file, lethe_error *error)
{
    char name[LOG_NAME_MAX];
    log_name(generation, name);
    const int file = openat(folder, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
    if (file < 0)
        return fail_file(error, name);
    *ret_file = file;
    return 0;
}

int vector_store_read(int file, uint64_t offset, base_buf *bytes, lethe_error *error)
{
    struct stat status;
    base_buf_init(bytes, LOG_TAIL_MAX);
    if (fstat(file, &status) != 0)
        return base_fail_errno(error, LETHE_E_BASE_IO);
    const uint64_t end = (uint64_t)status.st_size;
    if (base_buf_reserve(bytes, end > offset ? (size_t)(end - offset) : 1) != 0)
        return base_buf_check(bytes, error);
    while (bytes->size < end - offset && end > offset) {
        const ssize_t size =
            pread(file, bytes->data + bytes->size, (size_t)(end - offset) - bytes->size, (off_t)(offset + bytes->size));
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return base_fail_errno(error, LETHE_E_BASE_IO);
        if (size == 0)
            break; /* a writer has emptied it meanwhile */
        bytes->size += (size_t)size;
    }
    return 0;
}

int vector_store_begin(int folder, int *ret_file, lethe_error *error)
{
    vector_store_abandon(folder);
    const int file = openat(folder, VECTOR_NEXT_NAME, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (file < 0)
        return fail_file(error, VECTOR_BASE_NAME);
    *ret_file = file;
    return 0;
}

void vector_store_abandon(int folder)
{
    (void)unlinkat(folder, VECTOR_NEXT_NAME, 0);
}

static int make_log(int folder, vector_log_name name, lethe_error *error)
{
    int file = -1;
    base_buf bytes;
    BASE_TRY(vector_store_log(folder, name.generation, O_RDWR | O_CREAT | O_TRUNC, &file, error));
    base_buf_init(&bytes, VECTOR_LOG_HEADER);
    vector_log_begin(name, &bytes);
    int status = base_buf_check(&bytes, error);
    if (status == 0)
        status = vector_write_at(file, bytes.data, bytes.size, 0, error);
    if (status == 0 && fsync(file) != 0)
        status = base_fail_errno(error, LETHE_E_BASE_IO);
    base_buf_done(&bytes);
    (void)close(file);
    return status;
}

static int sync_file(int file, lethe_error *error)
{
    return fsync(file) == 0 ? 0 : base_fail_errno(error, LETHE_E_BASE_IO);
}

int vector_store_publish(int folder, int file, lethe_error *error)
{
    vector_log_name name;
    BASE_TRY(sync_file(file, error));
    BASE_TRY(read_identity(file, &name, error));
    BASE_TRY(make_log(folder, name, error));
    BASE_TRY(sync_file(folder, error));
    if (renameat(folder, VECTOR_NEXT_NAME, folder, VECTOR_BASE_NAME) != 0)
        return fail_file(error, VECTOR_BASE_NAME);
    BASE_TRY(sync_file(folder, error));
    return vector_store_clean(folder, name.generation, error);
}

/* The generation in the name of a log, or 0. */
static uint64_t generation_of(const char *name)
{
    char again[LOG_NAME_MAX];
    if (strncmp(name, "log-", 4) != 0 || name[4] < '0' || name[4] > '9')
        return 0;
    const uint64_t generation = strtoull(name + 4, NULL, 10);
    log_name(generation, again);
    return strcmp(name, again) == 0 ? generation : 0;
}

static DIR *open_listing(int folder)
{
    const int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listing = again >= 0 ? fdopendir(again) : NULL;
    if (listing == NULL && again >= 0)
        (void)close(again);
    return listing;
}

/* Emptied first: whoever still has it open holds no bytes of it then. */
static int remove_log(int folder, const char *name, lethe_error *error)
{
    const int file = openat(folder, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file >= 0) {
        (void)!ftruncate(file, 0);
        (void)close(file);
    }
    return unlinkat(folder, name, 0) == 0 || errno == ENOENT ? 0 : fail_file(error, name);
}

int vector_store_clean(int folder, uint64_t generation, lethe_error *error)
{
    DIR *listing = open_listing(folder);
    if (listing == NULL)
        return base_fail_errno(error, LETHE_E_BASE_IO);
    int status = 0;
    for (struct dirent *entry; status == 0 && (entry = readdir(listing)) != NULL;) {
        const uint64_t other = generation_of(entry->d_name);
        if (other != 0 && other != generation)
            status = remove_log(folder, entry->d_name, error);
    }
    (void)closedir(listing);
    vector_store_abandon(folder);
    return status == 0 ? sync_file(folder, error) : status;
}

uint64_t vector_store_next_generation(int folder)
{
    vector_log_name name = {0};
    uint64_t most = vector_store_identity(folder, &name, NULL) == 0 ? name.generation : 0;
    DIR *listing = open_listing(folder);
    for (struct dirent *entry; listing != NULL && (entry = readdir(listing)) != NULL;) {
        const uint64_t other = generation_of(entry->d_name);
        most = other > most ? other : most;
    }
    if (listing != NULL)
        (void)closedir(listing);
    return most < UINT64_MAX ? most + 1 : 1;
}

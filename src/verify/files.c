/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "crypt/digest.h"
#include "verify/run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * The folder against the manifest's list, both ways. Its own walk and not the input's: hidden files, links and devices
 * are additions too, and are reported, never followed.
 */
#define READ_BYTES ((size_t)1 << 20)

/* The manifest and its signature name themselves. */
static bool names_itself(const char *name)
{
    return strcmp(name, "manifest.json") == 0 || strcmp(name, "manifest.sig") == 0;
}

/* What lies beside the release and is no part of it: the publisher's log, and what is derived from the rows. */
static bool is_operators(const char *name, const struct stat *status)
{
    static const char *const files[] = {"run.json", "evaluation.json", "evaluation.html"};
    static const char *const folders[] = {"vectors", "models"};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (strcmp(name, files[i]) == 0)
            return S_ISREG(status->st_mode);
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        if (strcmp(name, folders[i]) == 0)
            return S_ISDIR(status->st_mode);
    return false;
}

static int compare_to_file(const void *name, const void *file)
{
    return strcmp(name, ((const verify_file *)file)->path);
}

/* A name that nobody promised may hold anything: only the folder that it stands in is told, where that has a name. */
static void note_added(verify_run *run, const char *inside)
{
    verify_note(run, VERIFY_CHECK_FILES, LETHE_E_VERIFY_FILES, inside[0] != '\0' ? inside : ".", 0, "added");
}

static bool folder_is_named(const verify_run *run, const char *inside)
{
    const size_t size = strlen(inside);
    for (size_t i = 0; i < run->manifest.file_count; i++)
        if (strncmp(run->manifest.files[i].path, inside, size) == 0 && run->manifest.files[i].path[size] == '/')
            return true;
    return false;
}

static int walk(verify_run *run, const char *inside, lethe_error *error);

static int walk_entry(verify_run *run, const char *inside, const char *name, lethe_error *error)
{
    char relative[BASE_PATH_MAX], path[BASE_PATH_MAX];
    struct stat status;
    const int size = snprintf(relative, sizeof(relative), "%s%s%s", inside, inside[0] != '\0' ? "/" : "", name);
    if (size < 0 || (size_t)size >= sizeof(relative))
        return base_fail(error, LETHE_E_BASE_LIMIT);
    BASE_TRY(verify_path(run, relative, path, sizeof(path), error));
    if (lstat(path, &status) != 0)
        return verify_fail_file(run->folder, error);
    if (is_operators(relative, &status)) {
        run->result->operators_files = true;
        return 0;
    }
    if (S_ISDIR(status.st_mode)) {
        if (folder_is_named(run, relative))
            return walk(run, relative, error);
        note_added(run, inside);
        return 0;
    }
    if (S_ISREG(status.st_mode) && names_itself(relative))
        return 0;
    verify_file *file =
        bsearch(relative, run->manifest.files, run->manifest.file_count, sizeof(*file), compare_to_file);
    if (file == NULL || !S_ISREG(status.st_mode)) {
        note_added(run, inside);
        return 0;
    }
    file->seen = true;
    verify_counted(run, VERIFY_CHECK_FILES, 1);
    if ((uint64_t)status.st_size != file->size_bytes)
        verify_note(run, VERIFY_CHECK_CHECKSUMS, LETHE_E_VERIFY_CHECKSUM, file->path, 0, "bytes");
    return 0;
}

static int walk(verify_run *run, const char *inside, lethe_error *error)
{
    char path[BASE_PATH_MAX];
    BASE_TRY(verify_path(run, inside, path, sizeof(path), error));
    DIR *folder = opendir(path);
    if (folder == NULL)
        return verify_fail_file(path, error);
    int status = 0;
    while (status == 0) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (entry == NULL) {
            if (errno != 0)
                status = verify_fail_file(path, error);
            break;
        }
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = walk_entry(run, inside, entry->d_name, error);
    }
    (void)closedir(folder);
    return status;
}

static int digest_file(FILE *stream, char *bytes, crypt_digest *digest, uint8_t *ret_digest, lethe_error *error)
{
    BASE_TRY(crypt_digest_start(digest, error));
    for (;;) {
        const size_t size = fread(bytes, 1, READ_BYTES, stream);
        if (size == 0)
            break;
        BASE_TRY(crypt_digest_add(digest, (base_span){bytes, size}, error));
    }
    if (ferror(stream))
        return base_fail_errno(error, LETHE_E_BASE_IO);
    return crypt_digest_finish(digest, ret_digest, error);
}

static int check_digest(verify_run *run, const verify_file *file, char *bytes, crypt_digest *digest, lethe_error *error)
{
    char path[BASE_PATH_MAX];
    uint8_t found[32];
    BASE_TRY(verify_path(run, file->path, path, sizeof(path), error));
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe in its place is not waited for */
    FILE *stream = descriptor >= 0 ? fdopen(descriptor, "rb") : NULL;
    if (stream == NULL) {
        const int status = verify_fail_file(path, error);
        if (descriptor >= 0)
            (void)close(descriptor);
        return status;
    }
    const int status = digest_file(stream, bytes, digest, found, error);
    (void)fclose(stream);
    if (status == LETHE_E_BASE_IO)
        base_error_file(error, path);
    BASE_TRY(status);
    verify_counted(run, VERIFY_CHECK_CHECKSUMS, 1);
    if (memcmp(found, file->digest, sizeof(found)) != 0)
        verify_note(run, VERIFY_CHECK_CHECKSUMS, LETHE_E_VERIFY_CHECKSUM, file->path, 0, "sha256");
    return 0;
}

static int check_digests(verify_run *run, lethe_error *error)
{
    crypt_digest *digest = NULL;
    char *bytes = malloc(READ_BYTES);
    int status = bytes == NULL ? base_fail(error, LETHE_E_BASE_MEMORY) : crypt_digest_new(&digest, error);
    for (size_t i = 0; status == 0 && i < run->manifest.file_count; i++)
        if (run->manifest.files[i].seen)
            status = check_digest(run, &run->manifest.files[i], bytes, digest, error);
    crypt_digest_free(digest);
    free(bytes);
    return status;
}

int verify_check_files(verify_run *run, lethe_error *error)
{
    static const char *const needed[] = {"plan.json", "support.bin", "vocabulary.json"};
    BASE_TRY(walk(run, "", error));
    for (size_t i = 0; i < run->manifest.file_count; i++)
        if (!run->manifest.files[i].seen)
            verify_note(run, VERIFY_CHECK_FILES, LETHE_E_VERIFY_FILES, run->manifest.files[i].path, 0, "missing");
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
        if (bsearch(needed[i], run->manifest.files, run->manifest.file_count, sizeof(verify_file), compare_to_file) ==
            NULL)
            verify_note(run, VERIFY_CHECK_FILES, LETHE_E_VERIFY_FILES, needed[i], 0, "not in the manifest");
    BASE_TRY(check_digests(run, error));
    verify_settle(run, VERIFY_CHECK_FILES);
    verify_settle(run, VERIFY_CHECK_CHECKSUMS);
    return 0;
}

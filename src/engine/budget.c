/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/budget.h"

#include "base/file.h"
#include "crypt/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* -- the key --------------------------------------------------------------------------------------------------------
 */

void engine_purse_close(engine_purse *purse)
{
    crypt_mac_free(purse->mac);
    crypt_keyring_free(purse->ring);
    *purse = (engine_purse){.ring = NULL};
}

int engine_purse_open(const char *key_file, engine_purse *ret_purse, lethe_error *error)
{
    engine_purse purse = {.ring = NULL};
    uint8_t key[32];
    if (key_file != NULL) {
        BASE_TRY(crypt_keyring_open(key_file, &purse.ring, error));
        int status = crypt_keyring_derive(purse.ring, CRYPT_AUDIT, key, error);
        if (status == 0)
            status = crypt_mac_new(key, &purse.mac, error);
        crypt_wipe(key, sizeof(key));
        if (status != 0) {
            engine_purse_close(&purse);
            return status;
        }
        purse.key = (dp_ledger_key){purse.mac, crypt_keyring_project(purse.ring)};
    }
    *ret_purse = purse;
    return 0;
}

/* -- the file -------------------------------------------------------------------------------------------------------
 */

static int fail_at(const char *path, lethe_error *error)
{
    base_fail_errno(error, errno == ENOENT ? LETHE_E_BASE_NOT_FOUND : LETHE_E_BASE_IO);
    base_error_file(error, path);
    return errno == ENOENT ? LETHE_E_BASE_NOT_FOUND : LETHE_E_BASE_IO;
}

/* The folder that a file lies in; its entry is on the disk when this is. */
static int sync_folder_of(const char *path, lethe_error *error)
{
    char folder[BASE_PATH_MAX];
    const char *slash = strrchr(path, '/');
    const size_t size = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);
    if (size >= sizeof(folder))
        return base_fail(error, LETHE_E_BASE_LIMIT);
    memcpy(folder, slash == NULL ? "." : path, size);
    folder[size] = '\0';
    return base_folder_sync(folder, error);
}

static bool write_at(int file, base_span bytes, off_t at)
{
    while (bytes.size != 0) {
        const ssize_t written = pwrite(file, bytes.data, bytes.size, at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes.data += written;
        bytes.size -= (size_t)written;
        at += written;
    }
    return true;
}

static int create(const char *path, base_span text, lethe_error *error)
{
    const int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0 && errno == EEXIST) {
        base_fail(error, LETHE_E_BASE_EXISTS);
        base_error_file(error, path);
        return LETHE_E_BASE_EXISTS;
    }
    if (file < 0)
        return fail_at(path, error);
    int status = write_at(file, text, 0) && fsync(file) == 0 ? 0 : fail_at(path, error);
    if (close(file) != 0 && status == 0)
        status = fail_at(path, error);
    if (status == 0)
        status = sync_folder_of(path, error);
    if (status != 0)
        (void)unlink(path);
    return status;
}

int engine_budget_create(const char *path, const engine_purse *purse, const dp_budget *budget, lethe_error *error)
{
    base_buf text;
    base_buf_init(&text, DP_LEDGER_LINE_MAX);
    int status = dp_ledger_begin(budget, &purse->key, &text, error);
    if (status == 0)
        status = create(path, base_buf_view(&text), error);
    base_buf_done(&text);
    return status;
}

/* Locked and, once locked, still the file of that name. */
static int open_locked(const char *path, int flags, int lock, int *ret_file, lethe_error *error)
{
    for (;;) {
        struct stat here, there;
        const int file = open(path, flags | O_CLOEXEC | O_NOCTTY);
        if (file < 0)
            return fail_at(path, error);
        int locked = 0;
        do
            locked = flock(file, lock);
        while (locked != 0 && errno == EINTR);
        if (locked != 0 || fstat(file, &here) != 0 || !S_ISREG(here.st_mode)) {
            const int status = locked != 0 ? fail_at(path, error) : base_fail_at(error, LETHE_E_PRIVACY_LEDGER, 0);
            base_error_file(error, path);
            (void)close(file);
            return status;
        }
        if (stat(path, &there) == 0 && here.st_dev == there.st_dev && here.st_ino == there.st_ino) {
            *ret_file = file;
            return 0;
        }
        (void)close(file); /* replaced while we waited */
    }
}

static int read_all(int file, const char *path, base_buf *text, lethe_error *error)
{
    char chunk[65536];
    for (;;) {
        const ssize_t got = pread(file, chunk, sizeof(chunk), (off_t)text->size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_at(path, error);
        if (got == 0)
            return base_buf_check(text, error);
        base_buf_append(text, chunk, (size_t)got);
        BASE_TRY(base_buf_check(text, error));
    }
}

static int read_ledger(int file, const char *path, const engine_purse *purse, dp_ledger *ret_ledger, lethe_error *error)
{
    base_buf text;
    base_buf_init(&text, DP_LEDGER_BYTES_MAX);
    int status = read_all(file, path, &text, error);
    if (status == 0)
        status = dp_ledger_read(base_buf_view(&text), &purse->key, ret_ledger, error);
    base_buf_done(&text);
    return status;
}

int engine_budget_read(const char *path, const engine_purse *purse, dp_ledger *ret_ledger, lethe_error *error)
{
    int file = -1;
    BASE_TRY(open_locked(path, O_RDONLY, LOCK_SH, &file, error));
    const int status = read_ledger(file, path, purse, ret_ledger, error);
    (void)close(file);
    base_error_file(status != 0 ? error : NULL, path);
    return status;
}

/* -- spending -------------------------------------------------------------------------------------------------------
 */

static void format_time(char ret_text[24])
{
    const time_t now = time(NULL);
    struct tm civil;
    memset(ret_text, 0, 24);
    if (gmtime_r(&now, &civil) == NULL || strftime(ret_text, 24, "%Y-%m-%dT%H:%M:%SZ", &civil) != 20)
        memcpy(ret_text, "0000-00-00T00:00:00Z", 21);
}

/* Behind what stands there. Where the line cannot be written whole, it is taken back; where it cannot be synced, it
 * stays and counts. */
static int append(int file, const char *path, const dp_ledger *before, base_span line, lethe_error *error)
{
    const off_t end = (off_t)before->size_bytes;
    if (before->unfinished_bytes != 0 && (ftruncate(file, end) != 0 || fsync(file) != 0))
        return fail_at(path, error);
    if (!write_at(file, line, end)) {
        const int status = fail_at(path, error);
        if (ftruncate(file, end) != 0)
            return status; /* what stays of it has no end, and does not count */
        return status;
    }
    return fsync(file) == 0 ? 0 : fail_at(path, error);
}

static int spend(int file, const char *path, const engine_purse *purse, const engine_spending *spending,
                 dp_ledger *ret_ledger, lethe_error *error)
{
    dp_ledger before, after;
    base_buf line;
    char time_text[24];
    dp_ledger_entry entry = {time_text, spending->what, spending->noise, spending->cost};
    BASE_TRY(read_ledger(file, path, purse, &before, error));
    if (before.budget.zcdp && spending->zcdp_is_rho)
        entry.cost.delta = 0;
    after = before;
    format_time(time_text);
    base_buf_init(&line, DP_LEDGER_LINE_MAX);
    int status = dp_ledger_spend(&after, &entry, &purse->key, &line, error);
    if (status == 0)
        status = append(file, path, &before, base_buf_view(&line), error);
    base_buf_done(&line);
    if (status == 0)
        *ret_ledger = after;
    return status;
}

int engine_budget_spend(const char *path, const engine_purse *purse, const engine_spending *spending,
                        dp_ledger *ret_ledger, lethe_error *error)
{
    int file = -1;
    BASE_TRY(open_locked(path, O_RDWR, LOCK_EX, &file, error));
    const int status = spend(file, path, purse, spending, ret_ledger, error);
    (void)close(file);
    base_error_file(status != 0 ? error : NULL, path);
    return status;
}

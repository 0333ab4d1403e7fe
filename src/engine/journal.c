/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/journal.h"

#include "crypt/digest.h"
#include "crypt/secret.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The beginning of the file, in clear: magic 16 · run id 16 · salt 16 · check of the key 8 · zeroes 8. */
#define MAGIC       "lethe-journal-1\n"
#define RUN_ID_AT   16
#define SALT_AT     32
#define CHECK_AT    48
#define SALT_BYTES  16
#define CHECK_BYTES 8

/* A process that was killed a moment ago may still be giving up its memory, and its lock after that. */
#define LOCK_ATTEMPTS 20
#define LOCK_WAIT_NS  100000000

static int fail_path(lethe_error *error, const char *path)
{
    base_fail_errno(error, LETHE_E_BASE_IO);
    base_error_file(error, path);
    return LETHE_E_BASE_IO;
}

/* A key of this run for one use. */
static int derive(const uint8_t *key, const char *use, const uint8_t *salt, uint8_t *ret_key, size_t size,
                  lethe_error *error)
{
    char label[64];
    const int length = snprintf(label, sizeof(label) - SALT_BYTES, "lethe/1/%s/", use);
    memcpy(label + length, salt, SALT_BYTES);
    const base_span info = {label, (size_t)length + SALT_BYTES};
    return crypt_hkdf((base_span){(const char *)key, 32}, info, ret_key, size, error);
}

static int take_run_key(engine_journal *journal, const crypt_keyring *ring, lethe_error *error)
{
    uint8_t key[32];
    BASE_TRY(crypt_keyring_derive(ring, CRYPT_JOURNAL, key, error));
    const int status = derive(key, "run", journal->run_id, journal->run_key, sizeof(journal->run_key), error);
    crypt_wipe(key, sizeof(key));
    return status;
}

static int key_check(const engine_journal *journal, uint8_t ret_check[CHECK_BYTES], lethe_error *error)
{
    return derive(journal->run_key, "check", journal->run_id, ret_check, CHECK_BYTES, error);
}

/* Opens and locks a folder of ours. False where another process has it (then *ret_busy), where it is gone, no folder,
 * or somebody else's, who may have put it there. */
static bool lock_folder(const char *path, int *ret_lock, bool *ret_busy)
{
    struct stat status;
    const int lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (lock < 0)
        return false;
    const bool ours = fstat(lock, &status) == 0 && status.st_uid == geteuid();
    if (!ours || flock(lock, LOCK_EX | LOCK_NB) != 0) {
        *ret_busy = *ret_busy || (ours && errno == EWOULDBLOCK);
        (void)close(lock);
        return false;
    }
    *ret_lock = lock;
    return true;
}

static int make_spill_folder(engine_journal *journal, const char *temporary_folder, lethe_error *error)
{
    const char *name = strrchr(journal->holder.work_path, '/');
    name = name != NULL ? name + 1 : journal->holder.work_path;
    if (temporary_folder == NULL || !journal->kept) {
        (void)snprintf(journal->spill_path, sizeof(journal->spill_path), "%s",
                       temporary_folder != NULL ? temporary_folder : journal->holder.work_path);
        return 0;
    }
    char *folder = realpath(temporary_folder, NULL); /* who goes on may stand elsewhere */
    if (folder == NULL)
        return fail_path(error, temporary_folder);
    const int size = snprintf(journal->spill_path, sizeof(journal->spill_path), "%s/%s-spill", folder, name);
    free(folder);
    if (size <= 0 || (size_t)size >= sizeof(journal->spill_path))
        return base_fail(error, LETHE_E_BASE_LIMIT);
    return mkdir(journal->spill_path, 0700) == 0 ? 0 : fail_path(error, temporary_folder);
}

int engine_journal_begin(const char *output, const char *temporary_folder, bool kept, const crypt_keyring *ring,
                         engine_journal *ret_journal, lethe_error *error)
{
    engine_journal journal = {.lock = -1, .kept = kept};
    BASE_TRY(base_folder_begin(output, &journal.holder, error));
    bool busy = false;
    int status = lock_folder(journal.holder.work_path, &journal.lock, &busy) ? 0 : fail_path(error, output);
    if (status == 0)
        status = make_spill_folder(&journal, temporary_folder, error);
    if (status == 0)
        status = crypt_random(journal.run_id, sizeof(journal.run_id), error);
    if (status == 0)
        status = take_run_key(&journal, ring, error);
    if (status != 0) {
        engine_journal_remove(&journal);
        engine_journal_close(&journal);
        return status;
    }
    *ret_journal = journal;
    return 0;
}

static int open_journal(const char *folder, int flags, const char *name, int *ret_file)
{
    char path[BASE_PATH_MAX + 16];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    *ret_file = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    return *ret_file >= 0 ? 0 : -1;
}

static int write_body(const engine_journal *journal, int file, void (*note)(void *, engine_sealed_writer *),
                      void *context, lethe_error *error)
{
    uint8_t label[ENGINE_LABEL_BYTES] = {0}, key[32];
    engine_sealed_writer *writer = NULL;
    memcpy(label, MAGIC, RUN_ID_AT);
    memcpy(label + RUN_ID_AT, journal->run_id, ENGINE_RUN_ID_BYTES);
    BASE_TRY(crypt_random(label + SALT_AT, SALT_BYTES, error));
    BASE_TRY(key_check(journal, label + CHECK_AT, error));
    BASE_TRY(derive(journal->run_key, "journal", label + SALT_AT, key, sizeof(key), error));
    if (write(file, label, sizeof(label)) != (ssize_t)sizeof(label))
        return base_fail_errno(error, LETHE_E_BASE_IO);
    int status = engine_sealed_writer_new(file, key, label, &writer, error);
    crypt_wipe(key, sizeof(key));
    if (status != 0)
        return status;
    note(context, writer);
    status = engine_sealed_finish(writer, error);
    engine_sealed_writer_free(writer);
    if (status == 0 && fsync(file) != 0)
        status = base_fail_errno(error, LETHE_E_BASE_IO);
    return status;
}

int engine_journal_write(const engine_journal *journal, void (*note)(void *context, engine_sealed_writer *writer),
                         void *context, lethe_error *error)
{
    char from[BASE_PATH_MAX + 16], to[BASE_PATH_MAX + 16];
    const char *folder = journal->holder.work_path;
    int file = -1;
    (void)snprintf(from, sizeof(from), "%s/journal.new", folder);
    (void)snprintf(to, sizeof(to), "%s/journal", folder);
    if (open_journal(folder, O_WRONLY | O_CREAT | O_TRUNC, "journal.new", &file) != 0)
        return fail_path(error, journal->holder.final_path);
    int status = write_body(journal, file, note, context, error);
    if (close(file) != 0 && status == 0)
        status = base_fail_errno(error, LETHE_E_BASE_IO);
    if (status == 0 && rename(from, to) != 0)
        status = base_fail_errno(error, LETHE_E_BASE_IO);
    base_error_file(status != 0 ? error : NULL, journal->holder.final_path);
    if (status == 0 && base_folder_sync(folder, NULL) != 0)
        status = fail_path(error, journal->holder.final_path);
    return status;
}

static int read_label(int file, uint8_t ret_label[ENGINE_LABEL_BYTES])
{
    return pread(file, ret_label, ENGINE_LABEL_BYTES, 0) == ENGINE_LABEL_BYTES &&
                   memcmp(ret_label, MAGIC, RUN_ID_AT) == 0
               ? 0
               : -1;
}

int engine_journal_read(const engine_journal *journal,
                        int (*recall)(void *context, engine_sealed_reader *reader, lethe_error *error), void *context,
                        lethe_error *error)
{
    uint8_t label[ENGINE_LABEL_BYTES], key[32];
    engine_sealed_reader *reader = NULL;
    int file = -1;
    if (open_journal(journal->holder.work_path, O_RDONLY, "journal", &file) != 0)
        return fail_path(error, journal->holder.work_path);
    int status = read_label(file, label) == 0 && lseek(file, ENGINE_LABEL_BYTES, SEEK_SET) == ENGINE_LABEL_BYTES
                     ? 0
                     : base_fail(error, LETHE_E_ENGINE_SPILL);
    if (status == 0)
        status = derive(journal->run_key, "journal", label + SALT_AT, key, sizeof(key), error);
    if (status == 0)
        status = engine_sealed_reader_new(file, key, label, &reader, error);
    crypt_wipe(key, sizeof(key));
    if (status == 0)
        status = recall(context, reader, error);
    if (reader != NULL && engine_sealed_failed(reader)) /* whatever was made of zeroes */
        status = engine_sealed_check(reader, error);
    engine_sealed_reader_free(reader);
    (void)close(file);
    base_error_file(status != 0 ? error : NULL, journal->holder.work_path);
    return status;
}

/* Whether `name` is "." ‖ base ‖ ".writing-XXXXXX". */
static bool is_work_name(const char *name, const char *base)
{
    static const char mark[] = ".writing-";
    const size_t size = strlen(base);
    return name[0] == '.' && strncmp(name + 1, base, size) == 0 &&
           strncmp(name + 1 + size, mark, sizeof(mark) - 1) == 0 && strlen(name) == 1 + size + sizeof(mark) - 1 + 6;
}

/* A folder that an interrupted process left. */
typedef struct left_folder {
    char path[BASE_PATH_MAX];
    int lock, journal;
    bool legible; /* what calls itself a journal is one */
    struct timespec written;
} left_folder;

static void give_up(left_folder *left)
{
    if (left->journal >= 0)
        (void)close(left->journal);
    if (left->lock >= 0)
        (void)close(left->lock);
    left->lock = left->journal = -1;
}

/* Whether `a` is rather to be gone on with. */
static bool better(const left_folder *a, const left_folder *b)
{
    if (a->legible != b->legible)
        return a->legible;
    return a->written.tv_sec != b->written.tv_sec ? a->written.tv_sec > b->written.tv_sec
                                                  : a->written.tv_nsec > b->written.tv_nsec;
}

static void look_at(const char *path, left_folder *best, bool *busy)
{
    left_folder left = {.lock = -1, .journal = -1};
    uint8_t label[ENGINE_LABEL_BYTES];
    struct stat status;
    (void)snprintf(left.path, sizeof(left.path), "%s", path);
    if (!lock_folder(path, &left.lock, busy))
        return;
    if (open_journal(path, O_RDONLY, "journal", &left.journal) != 0) {
        (void)rmdir(path); /* of a process that was killed before it began */
    } else if (fstat(left.journal, &status) == 0) {
        left.written = status.st_mtim;
        left.legible = read_label(left.journal, label) == 0;
        if (best->lock < 0 || better(&left, best)) {
            give_up(best);
            *best = left;
            return;
        }
    }
    give_up(&left);
}

static int look_around(const char *output, left_folder *best, bool *busy, lethe_error *error)
{
    char parent[BASE_PATH_MAX], path[BASE_PATH_MAX + 260];
    if ((size_t)snprintf(parent, sizeof(parent), "%s", output) >= sizeof(parent))
        return base_fail(error, LETHE_E_BASE_LIMIT);
    for (size_t size = strlen(parent); size > 1 && parent[size - 1] == '/'; size--)
        parent[size - 1] = '\0';
    char *slash = strrchr(parent, '/');
    const char *base = slash != NULL ? slash + 1 : parent;
    if (slash != NULL)
        *slash = '\0';
    const char *where = slash == NULL ? "." : slash == parent ? "/" : parent;
    DIR *folder = opendir(where);
    if (folder == NULL)
        return 0; /* it is said when it is to be written to */
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        (void)snprintf(path, sizeof(path), "%s%s%s", slash != NULL ? parent : "", slash != NULL ? "/" : "",
                       entry->d_name);
        if (is_work_name(entry->d_name, base) && strlen(path) < BASE_PATH_MAX)
            look_at(path, best, busy);
    }
    (void)closedir(folder);
    return 0;
}

static int adopt(const left_folder *left, const char *output, const crypt_keyring *ring, engine_journal *journal,
                 lethe_error *error)
{
    uint8_t label[ENGINE_LABEL_BYTES], check[CHECK_BYTES];
    (void)snprintf(journal->holder.work_path, sizeof(journal->holder.work_path), "%s", left->path);
    (void)snprintf(journal->holder.final_path, sizeof(journal->holder.final_path), "%s", output);
    journal->kept = true;
    if (read_label(left->journal, label) != 0) {
        base_fail(error, LETHE_E_ENGINE_SPILL);
        base_error_file(error, left->path);
        return LETHE_E_ENGINE_SPILL;
    }
    memcpy(journal->run_id, label + RUN_ID_AT, sizeof(journal->run_id));
    BASE_TRY(take_run_key(journal, ring, error));
    BASE_TRY(key_check(journal, check, error));
    if (memcmp(check, label + CHECK_AT, sizeof(check)) == 0)
        return 0;
    base_fail(error, LETHE_E_ENGINE_RESUME);
    base_error_file(error, left->path);
    base_error_path(error, "key");
    return LETHE_E_ENGINE_RESUME;
}

int engine_journal_find(const char *output, const crypt_keyring *ring, engine_journal *ret_journal, bool *ret_found,
                        lethe_error *error)
{
    left_folder best = {.lock = -1, .journal = -1};
    bool busy = true;
    engine_journal journal = {.lock = -1};
    *ret_found = false;
    for (int attempt = 0; busy && attempt < LOCK_ATTEMPTS; attempt++) {
        if (attempt != 0)
            (void)nanosleep(&(struct timespec){.tv_nsec = LOCK_WAIT_NS}, NULL);
        give_up(&best);
        busy = false;
        BASE_TRY(look_around(output, &best, &busy, error));
    }
    if (best.lock < 0 && busy) {
        base_fail(error, LETHE_E_ENGINE_BUSY);
        base_error_file(error, output);
        return LETHE_E_ENGINE_BUSY;
    }
    if (best.lock < 0)
        return 0;
    const int status = adopt(&best, output, ring, &journal, error);
    if (status != 0) {
        give_up(&best);
        engine_journal_close(&journal);
        return status;
    }
    journal.lock = best.lock;
    (void)close(best.journal);
    *ret_journal = journal;
    *ret_found = true;
    return 0;
}

const char *engine_journal_spill(const engine_journal *journal)
{
    return strcmp(journal->spill_path, journal->holder.work_path) == 0 ? "" : journal->spill_path;
}

void engine_journal_set_spill(engine_journal *journal, base_span noted)
{
    const base_span path = noted.size != 0 ? noted : base_span_of(journal->holder.work_path);
    (void)snprintf(journal->spill_path, sizeof(journal->spill_path), "%.*s", (int)path.size, path.data);
}

void engine_journal_remove(engine_journal *journal)
{
    if (journal->holder.work_path[0] == '\0')
        return;
    if (journal->kept && journal->spill_path[0] != '\0' && strcmp(journal->spill_path, journal->holder.work_path) != 0)
        base_folder_remove(journal->spill_path);
    base_folder_abandon(&journal->holder);
}

void engine_journal_close(engine_journal *journal)
{
    if (journal->lock >= 0)
        (void)close(journal->lock);
    journal->lock = -1;
    crypt_wipe(journal->run_key, sizeof(journal->run_key));
}

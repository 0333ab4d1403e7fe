/* SPDX-License-Identifier: Apache-2.0 */
#include "crypt/keyring.h"

#include "crypt/aead.h"
#include "crypt/digest.h"
#include "crypt/secret.h"
#include "crypt/sign.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct key_epoch {
    uint32_t epoch;
    bool enabled;
    uint8_t key[32];
} key_epoch;

/* The whole ring is secret memory. */
struct crypt_keyring {
    char project[CRYPT_PROJECT_CHARS + 1];
    uint32_t primary;
    uint32_t count;
    key_epoch epochs[CRYPT_KEY_EPOCHS_MAX];
};

static const char *const PURPOSES[] = {
    [CRYPT_PATIENT] = "patient",       [CRYPT_ENCOUNTER] = "encounter",
    [CRYPT_RESOURCE] = "resource",     [CRYPT_FHIR_ARTEFACT] = "fhir-artefact",
    [CRYPT_DATE_SHIFT] = "date-shift", [CRYPT_SPLIT] = "split",
    [CRYPT_SHARD] = "shard",           [CRYPT_SIGN] = "sign",
    [CRYPT_VAULT] = "vault",           [CRYPT_AUDIT] = "audit",
    [CRYPT_JOURNAL] = "journal",       [CRYPT_REVERSIBLE] = "reversible",
    [CRYPT_FORMAT] = "format",
};

void crypt_keyring_free(crypt_keyring *ring)
{
    crypt_secret_free(ring, sizeof(*ring));
}

const char *crypt_keyring_project(const crypt_keyring *ring)
{
    return ring->project;
}

uint32_t crypt_keyring_epoch(const crypt_keyring *ring)
{
    return ring->primary;
}

/* The check value catches a damaged line; four bytes of a MAC of a constant say nothing of the key. */
static int check_value(const uint8_t key[32], char ret_hex[9], lethe_error *error)
{
    uint8_t check[4];
    BASE_TRY(crypt_hkdf((base_span){(const char *)key, 32}, BASE_SPAN("lethe/1/check"), check, sizeof(check), error));
    for (size_t i = 0; i < sizeof(check); i++)
        (void)snprintf(ret_hex + 2 * i, 3, "%02x", check[i]);
    return 0;
}

/* Takes the word before `end` (a space or a newline), which must follow. */
static bool take_word(base_span *text, char end, base_span *ret_word)
{
    const char *stop = memchr(text->data, end, text->size);
    if (stop == NULL)
        return false;
    *ret_word = (base_span){text->data, (size_t)(stop - text->data)};
    text->size -= ret_word->size + 1;
    text->data = stop + 1;
    return ret_word->size != 0;
}

static bool word_number(base_span word, uint32_t *ret_number)
{
    if (word.size == 0 || word.size > 9 || (word.size > 1 && word.data[0] == '0'))
        return false;
    uint32_t number = 0;
    for (size_t i = 0; i < word.size; i++) {
        if (word.data[i] < '0' || word.data[i] > '9')
            return false;
        number = number * 10 + (uint32_t)(word.data[i] - '0');
    }
    *ret_number = number;
    return number != 0;
}

static bool word_uuid(base_span word)
{
    if (word.size != CRYPT_PROJECT_CHARS)
        return false;
    for (size_t i = 0; i < word.size; i++) {
        const char c = word.data[i];
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
    }
    return true;
}

static bool parse_head(base_span *text, crypt_keyring *ring)
{
    base_span magic, version, project, primary;
    if (!take_word(text, ' ', &magic) || !base_span_is(magic, "lethe-key") || !take_word(text, ' ', &version) ||
        !base_span_is(version, "1") || !take_word(text, ' ', &project) || !word_uuid(project) ||
        !take_word(text, '\n', &primary))
        return false;
    memcpy(ring->project, project.data, project.size);
    return word_number(primary, &ring->primary);
}

static bool parse_epoch(base_span *text, key_epoch *ret_epoch, char ret_check[9])
{
    base_span epoch, state, key, check;
    if (!take_word(text, ' ', &epoch) || !word_number(epoch, &ret_epoch->epoch) || !take_word(text, ' ', &state) ||
        !take_word(text, ' ', &key) || !take_word(text, '\n', &check) || check.size != 8)
        return false;
    ret_epoch->enabled = base_span_is(state, "enabled");
    if (!ret_epoch->enabled && !base_span_is(state, "retired"))
        return false;
    memcpy(ret_check, check.data, 8);
    ret_check[8] = '\0';
    return crypt_base64_decode(key, ret_epoch->key, sizeof(ret_epoch->key));
}

static const key_epoch *find_epoch(const crypt_keyring *ring, uint32_t epoch)
{
    for (uint32_t i = 0; i < ring->count; i++)
        if (ring->epochs[i].epoch == epoch)
            return &ring->epochs[i];
    return NULL;
}

static int damaged(lethe_error *error, uint32_t line)
{
    base_fail(error, LETHE_E_CRYPT_KEY_FILE);
    base_error_line(error, (int64_t)line);
    return LETHE_E_CRYPT_KEY_FILE;
}

static int parse_ring(base_span text, crypt_keyring *ring, lethe_error *error)
{
    if (!parse_head(&text, ring))
        return damaged(error, 1);
    while (text.size != 0) {
        const uint32_t line = ring->count + 2;
        char stated[9], computed[9];
        if (ring->count == CRYPT_KEY_EPOCHS_MAX)
            return damaged(error, line);
        key_epoch *epoch = &ring->epochs[ring->count];
        if (!parse_epoch(&text, epoch, stated) || find_epoch(ring, epoch->epoch) != NULL)
            return damaged(error, line);
        BASE_TRY(check_value(epoch->key, computed, error));
        if (memcmp(stated, computed, 8) != 0)
            return damaged(error, line);
        ring->count++;
    }
    const key_epoch *primary = find_epoch(ring, ring->primary);
    return primary != NULL && primary->enabled ? 0 : damaged(error, 1);
}

int crypt_keyring_parse(base_span text, crypt_keyring **ret_ring, lethe_error *error)
{
    void *memory = NULL;
    if (text.size == 0 || text.size > CRYPT_KEY_FILE_MAX)
        return damaged(error, 1);
    BASE_TRY(crypt_secret_new(sizeof(crypt_keyring), &memory, error));
    crypt_keyring *ring = memory;
    const int status = parse_ring(text, ring, error);
    if (status != 0) {
        crypt_keyring_free(ring);
        return status;
    }
    *ret_ring = ring;
    return 0;
}

/* Reads the open file into secret memory. */
static int read_key_file(int file, char *secret, size_t *ret_size, lethe_error *error)
{
    size_t size = 0;
    for (;;) {
        const ssize_t got = read(file, secret + size, CRYPT_KEY_FILE_MAX + 1 - size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return base_fail_errno(error, LETHE_E_BASE_IO);
        if (got == 0)
            break;
        size += (size_t)got;
        if (size > CRYPT_KEY_FILE_MAX)
            return base_fail(error, LETHE_E_CRYPT_KEY_FILE);
    }
    *ret_size = size;
    return 0;
}

static int open_ring(int file, crypt_keyring **ret_ring, lethe_error *error)
{
    struct stat status;
    if (fstat(file, &status) != 0)
        return base_fail_errno(error, LETHE_E_BASE_IO);
    if (!S_ISREG(status.st_mode))
        return base_fail(error, LETHE_E_CRYPT_KEY_FILE);
    if ((status.st_mode & 07177) != 0 || (status.st_uid != geteuid() && geteuid() != 0))
        return base_fail(error, LETHE_E_CRYPT_KEY_MODE);
    void *secret = NULL;
    size_t size = 0;
    BASE_TRY(crypt_secret_new(CRYPT_KEY_FILE_MAX + 1, &secret, error));
    int result = read_key_file(file, secret, &size, error);
    if (result == 0)
        result = crypt_keyring_parse((base_span){secret, size}, ret_ring, error);
    crypt_secret_free(secret, CRYPT_KEY_FILE_MAX + 1);
    return result;
}

int crypt_keyring_open(const char *path, crypt_keyring **ret_ring, lethe_error *error)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    int result = 0;
    if (file < 0)
        result = base_fail_errno(error, errno == ENOENT ? LETHE_E_BASE_NOT_FOUND : LETHE_E_BASE_IO);
    else
        result = open_ring(file, ret_ring, error);
    if (file >= 0)
        (void)close(file);
    base_error_file(result != 0 ? error : NULL, path);
    return result;
}

/* A random UUID (RFC 4122 version 4) from 16 random bytes. */
static void format_uuid(uint8_t bytes[16], char ret_text[CRYPT_PROJECT_CHARS + 1])
{
    bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
    size_t at = 0;
    for (size_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            ret_text[at++] = '-';
        (void)snprintf(ret_text + at, 3, "%02x", bytes[i]);
        at += 2;
    }
}

typedef struct new_key {
    uint8_t id[16], key[32];
    char encoded[45];
    char text[256];
} new_key;

static int make_key_text(new_key *made, size_t *ret_size, lethe_error *error)
{
    char project[CRYPT_PROJECT_CHARS + 1], check[9];
    BASE_TRY(crypt_random(made->id, sizeof(made->id), error));
    BASE_TRY(crypt_random(made->key, sizeof(made->key), error));
    BASE_TRY(check_value(made->key, check, error));
    format_uuid(made->id, project);
    crypt_base64(made->key, sizeof(made->key), made->encoded);
    const int size =
        snprintf(made->text, sizeof(made->text), "lethe-key 1 %s 1\n1 enabled %s %s\n", project, made->encoded, check);
    *ret_size = (size_t)size;
    return 0;
}

static int write_new_file(const char *path, base_span text, lethe_error *error)
{
    const int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return base_fail_errno(error, errno == EEXIST ? LETHE_E_CRYPT_KEY_EXISTS : LETHE_E_BASE_IO);
    const ssize_t written = write(file, text.data, text.size);
    const bool done = written == (ssize_t)text.size && fchmod(file, 0600) == 0 && fsync(file) == 0;
    if (!done)
        base_fail_errno(error, LETHE_E_BASE_IO);
    if (close(file) == 0 && done)
        return 0;
    (void)unlink(path);
    return done ? base_fail_errno(error, LETHE_E_BASE_IO) : LETHE_E_BASE_IO;
}

int crypt_keyring_create(const char *path, lethe_error *error)
{
    void *memory = NULL;
    size_t size = 0;
    BASE_TRY(crypt_secret_new(sizeof(new_key), &memory, error));
    new_key *made = memory;
    int status = make_key_text(made, &size, error);
    if (status == 0)
        status = write_new_file(path, (base_span){made->text, size}, error);
    crypt_secret_free(memory, sizeof(new_key));
    base_error_file(status != 0 ? error : NULL, path);
    return status;
}

bool crypt_keyring_has(const crypt_keyring *ring, uint32_t epoch)
{
    return find_epoch(ring, epoch) != NULL;
}

int crypt_keyring_derive_at(const crypt_keyring *ring, crypt_purpose purpose, uint32_t number, uint8_t *ret_key,
                            size_t key_size, lethe_error *error)
{
    char label[96];
    const key_epoch *epoch = find_epoch(ring, number);
    if (epoch == NULL)
        return base_fail(error, LETHE_E_CRYPT_EPOCH);
    const int size = snprintf(label, sizeof(label), "lethe/1/%s/%s/%u", ring->project, PURPOSES[purpose], number);
    return crypt_hkdf((base_span){(const char *)epoch->key, 32}, (base_span){label, (size_t)size}, ret_key, key_size,
                      error);
}

int crypt_keyring_derive(const crypt_keyring *ring, crypt_purpose purpose, uint8_t ret_key[32], lethe_error *error)
{
    return crypt_keyring_derive_at(ring, purpose, ring->primary, ret_key, 32, error);
}

int crypt_keyring_public(const crypt_keyring *ring, uint8_t ret_public[32], lethe_error *error)
{
    uint8_t seed[32];
    int status = crypt_keyring_derive(ring, CRYPT_SIGN, seed, error);
    if (status == 0)
        status = crypt_sign_public(seed, ret_public, error);
    crypt_wipe(seed, sizeof(seed));
    return status;
}

int crypt_keyring_sign(const crypt_keyring *ring, base_span message, uint8_t ret_signature[64], lethe_error *error)
{
    uint8_t seed[32];
    int status = crypt_keyring_derive(ring, CRYPT_SIGN, seed, error);
    if (status == 0)
        status = crypt_sign(seed, message, ret_signature, error);
    crypt_wipe(seed, sizeof(seed));
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "crypt/digest.h"
#include "crypt/keyring.h"
#include "crypt/secret.h"
#include "engine/settings.h"
#include "engine/text.h"
#include "identity/reversible.h"
#include "json/json_writer.h"

#include <lethe/deid.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* Controlled re-identification: nothing is said before the use of it is on the disk. */
#define REASON_MIN 10
#define REASON_MAX 500
#define EVENT_MAX  65536

struct lethe_reidentifier {
    crypt_keyring *ring;
    identity_reversible *tokens;
    char *reason;
    int log;
    base_buf event;
    char *system, *value;
    size_t system_size, value_size;
};

static bool is_reason(const char *text)
{
    const size_t size = text != NULL ? strlen(text) : 0;
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return false;
    return size >= REASON_MIN && size <= REASON_MAX;
}

static int begin(const lethe_reidentify_options *options, lethe_reidentifier *one, lethe_error *error)
{
    one->reason = strdup(options->reason);
    if (one->reason == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    one->log = open(options->log_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (one->log < 0) {
        base_fail_errno(error, LETHE_E_BASE_IO);
        base_error_file(error, options->log_file);
        return LETHE_E_BASE_IO;
    }
    BASE_TRY(crypt_keyring_open(options->key_file, &one->ring, error));
    return identity_reversible_new(one->ring, &one->tokens, error);
}

int lethe_reidentify_open(const lethe_reidentify_options *options, lethe_reidentifier **ret_reidentifier,
                          lethe_error *error)
{
    if (options->key_file == NULL || options->log_file == NULL)
        return engine_bad_option(error, options->key_file == NULL ? "key" : "log");
    if (!is_reason(options->reason))
        return engine_bad_option(error, "reason");
    lethe_reidentifier *one = calloc(1, sizeof(*one));
    if (one == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    one->log = -1;
    base_buf_init(&one->event, EVENT_MAX);
    const int status = begin(options, one, error);
    if (status != 0) {
        lethe_reidentify_close(one);
        return status;
    }
    *ret_reidentifier = one;
    return 0;
}

static void forget(char **text, size_t *size)
{
    if (*text != NULL)
        crypt_wipe(*text, *size);
    free(*text);
    *text = NULL;
    *size = 0;
}

void lethe_reidentify_close(lethe_reidentifier *one)
{
    if (one == NULL)
        return;
    identity_reversible_free(one->tokens);
    crypt_keyring_free(one->ring);
    if (one->log >= 0)
        (void)close(one->log);
    forget(&one->system, &one->system_size);
    forget(&one->value, &one->value_size);
    base_buf_done(&one->event);
    free(one->reason);
    free(one);
}

/* One line: when, who, why, which token by its digest, under which key. Appended in one write and synced. */
static int note_event(lethe_reidentifier *one, const char *token, lethe_error *error)
{
    uint8_t digest[32], public_key[32];
    char hex[65], id[17], when[32];
    const time_t now = time(NULL);
    struct tm utc;
    BASE_TRY(crypt_sha256(base_span_of(token), digest, error));
    BASE_TRY(crypt_keyring_public(one->ring, public_key, error));
    BASE_TRY(engine_key_id(public_key, id, error));
    engine_hex(digest, 32, hex);
    if (gmtime_r(&now, &utc) == NULL || strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        return base_fail(error, LETHE_E_BASE_INTERNAL);
    base_buf_reset(&one->event);
    json_writer w = json_writer_of(&one->event, false);
    json_write_object(&w);
    json_member_text(&w, "event", "reidentify");
    json_member_text(&w, "time", when);
    json_member_int(&w, "user", (int64_t)getuid());
    json_member_text(&w, "reason", one->reason);
    json_member_text(&w, "key_id", id);
    json_member_text(&w, "token_sha256", hex);
    json_write_end(&w);
    base_buf_byte(&one->event, '\n');
    BASE_TRY(base_buf_check(&one->event, error));
    const ssize_t written = write(one->log, one->event.data, one->event.size);
    if (written != (ssize_t)one->event.size || fsync(one->log) != 0)
        return base_fail_errno(error, LETHE_E_BASE_IO);
    return 0;
}

static int keep(base_span text, char **ret_text, size_t *ret_size, lethe_error *error)
{
    char *copy = malloc(text.size + 1);
    if (copy == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    if (text.size != 0)
        memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    *ret_text = copy;
    *ret_size = text.size;
    return 0;
}

int lethe_reidentify(lethe_reidentifier *one, const char *token, const char **ret_system, const char **ret_value,
                     lethe_error *error)
{
    base_span system, value;
    forget(&one->system, &one->system_size);
    forget(&one->value, &one->value_size);
    BASE_TRY(note_event(one, token, error));
    BASE_TRY(identity_reversible_open(one->tokens, base_span_of(token), &system, &value, error));
    BASE_TRY(keep(system, &one->system, &one->system_size, error));
    BASE_TRY(keep(value, &one->value, &one->value_size, error));
    *ret_system = one->system;
    *ret_value = one->value;
    return 0;
}

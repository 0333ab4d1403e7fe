/* SPDX-License-Identifier: Apache-2.0 */
#include <lethe/lethe.h>

#include "base/file.h"
#include "crypt/keyring.h"
#include "crypt/secret.h"
#include "json/config.h"

#include <stdlib.h>

/* The small public calls: version, keys, configuration. */

const char *lethe_version(void)
{
    return LETHE_VERSION;
}

void lethe_harden_process(void)
{
    crypt_harden_process();
}

void lethe_free(void *memory)
{
    free(memory);
}

int lethe_keys_new(const char *path, lethe_error *error)
{
    return crypt_keyring_create(path, error);
}

int lethe_keys_public(const char *path, char ret_base64[45], lethe_error *error)
{
    crypt_keyring *ring = NULL;
    uint8_t key[32];
    BASE_TRY(crypt_keyring_open(path, &ring, error));
    const int status = crypt_keyring_public(ring, key, error);
    crypt_keyring_free(ring);
    if (status == 0)
        crypt_base64(key, sizeof(key), ret_base64);
    return status;
}

int lethe_config_read(const char *path, lethe_config_visit visit, void *context, lethe_error *error)
{
    base_buf text;
    base_buf_init(&text, JSON_CONFIG_BYTES_MAX);
    int status = base_file_load(path, &text, error);
    if (status == 0)
        status = json_config_parse(base_buf_view(&text), visit, context, error);
    base_error_file(status != 0 ? error : NULL, path);
    base_buf_done(&text);
    return status;
}

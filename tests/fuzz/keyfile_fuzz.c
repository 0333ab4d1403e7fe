/* SPDX-License-Identifier: Apache-2.0 */
/* The key file's parser on any bytes: what it accepts is a ring that derives and signs; what it refuses has a line. */
#include "crypt/keyring.h"
#include "crypt/sign.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const crypt_keyring *ring)
{
    const base_span message = BASE_SPAN("message");
    uint8_t public[32], signature[64], one[32], other[32];
    assert(strlen(crypt_keyring_project(ring)) == CRYPT_PROJECT_CHARS && crypt_keyring_epoch(ring) != 0);
    assert(crypt_keyring_derive(ring, CRYPT_PATIENT, one, NULL) == 0);
    assert(crypt_keyring_derive(ring, CRYPT_SHARD, other, NULL) == 0);
    assert(memcmp(one, other, sizeof(one)) != 0);
    assert(crypt_keyring_public(ring, public, NULL) == 0 && crypt_keyring_sign(ring, message, signature, NULL) == 0);
    assert(crypt_verify(public, message, signature, NULL) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    crypt_keyring *ring = NULL;
    lethe_error error = {0};
    const int status = crypt_keyring_parse((base_span){(const char *)data, size}, &ring, &error);
    if (status == 0) {
        use(ring);
        crypt_keyring_free(ring);
    } else {
        assert(ring == NULL && status == LETHE_E_CRYPT_KEY_FILE && error.line >= 1);
    }
    return 0;
}

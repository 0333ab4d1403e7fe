/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/reversible.h"

#include "crypt/secret.h"
#include "crypt/siv.h"
#include "identity/token.h"

#include <stdlib.h>

static const char ALPHABET[] = "abcdefghijklmnopqrstuvwxyz234567";

struct identity_reversible {
    const crypt_keyring *ring;
    crypt_siv *siv; /* of `epoch` */
    uint32_t epoch;
    base_buf plain, sealed;
};

static int take_epoch(identity_reversible *reversible, uint32_t epoch, lethe_error *error)
{
    uint8_t key[CRYPT_SIV_KEY];
    crypt_siv *siv = NULL;
    if (reversible->siv != NULL && reversible->epoch == epoch)
        return 0;
    int status = crypt_keyring_derive_at(reversible->ring, CRYPT_REVERSIBLE, epoch, key, sizeof(key), error);
    if (status == 0)
        status = crypt_siv_new(key, sizeof(key), &siv, error);
    crypt_wipe(key, sizeof(key));
    if (status != 0)
        return status;
    crypt_siv_free(reversible->siv);
    reversible->siv = siv;
    reversible->epoch = epoch;
    return 0;
}

int identity_reversible_new(const crypt_keyring *ring, identity_reversible **ret_reversible, lethe_error *error)
{
    identity_reversible *reversible = calloc(1, sizeof(*reversible));
    if (reversible == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    reversible->ring = ring;
    base_buf_init(&reversible->plain, IDENTITY_REVERSIBLE_MAX);
    base_buf_init(&reversible->sealed, IDENTITY_REVERSIBLE_MAX);
    const int status = take_epoch(reversible, crypt_keyring_epoch(ring), error);
    if (status != 0) {
        identity_reversible_free(reversible);
        return status;
    }
    *ret_reversible = reversible;
    return 0;
}

static void wipe(base_buf *buf)
{
    if (buf->data != NULL)
        crypt_wipe(buf->data, buf->capacity);
    base_buf_done(buf);
}

void identity_reversible_free(identity_reversible *reversible)
{
    if (reversible == NULL)
        return;
    crypt_siv_free(reversible->siv);
    wipe(&reversible->plain);
    wipe(&reversible->sealed);
    free(reversible);
}

static void append_base32(base_buf *out, const uint8_t *bytes, size_t size)
{
    uint32_t bits = 0;
    unsigned held = 0;
    for (size_t i = 0; i < size; i++) {
        bits = bits << 8 | bytes[i];
        for (held += 8; held >= 5; held -= 5)
            base_buf_byte(out, ALPHABET[bits >> (held - 5) & 31]);
    }
    if (held != 0)
        base_buf_byte(out, ALPHABET[bits << (5 - held) & 31]);
}

int identity_reversible_seal(identity_reversible *reversible, base_span system, base_span value, base_buf *out,
                             lethe_error *error)
{
    if (value.size == 0 || value.size > IDENTITY_ID_MAX || system.size > IDENTITY_ID_MAX)
        return base_fail(error, LETHE_E_IDENTITY_INPUT);
    BASE_TRY(take_epoch(reversible, crypt_keyring_epoch(reversible->ring), error));
    base_buf *plain = &reversible->plain, *sealed = &reversible->sealed;
    base_buf_reset(plain);
    base_buf_u32(plain, (uint32_t)system.size);
    base_buf_span(plain, system);
    base_buf_span(plain, value);
    BASE_TRY(base_buf_check(plain, error));
    base_buf_reset(sealed);
    if (base_buf_reserve(sealed, plain->size + CRYPT_SIV_TAG) != 0)
        return base_buf_check(sealed, error);
    BASE_TRY(crypt_siv_seal(reversible->siv, BASE_SPAN("lethe/identifier"), base_buf_view(plain),
                            (uint8_t *)sealed->data, error));
    base_buf_text(out, "rt");
    base_buf_int(out, reversible->epoch);
    base_buf_byte(out, '.');
    append_base32(out, (const uint8_t *)sealed->data, plain->size + CRYPT_SIV_TAG);
    return base_buf_check(out, error);
}

/* "rt12." and the number in it; the rest remains. */
static bool take_head(base_span *token, uint32_t *ret_epoch)
{
    uint32_t epoch = 0;
    size_t at = 2;
    if (token->size < 4 || memcmp(token->data, "rt", 2) != 0 || token->data[2] < '1' || token->data[2] > '9')
        return false;
    for (; at < token->size && at < 11 && token->data[at] >= '0' && token->data[at] <= '9'; at++)
        epoch = epoch * 10 + (uint32_t)(token->data[at] - '0');
    if (at == token->size || token->data[at] != '.')
        return false;
    *token = (base_span){token->data + at + 1, token->size - at - 1};
    *ret_epoch = epoch;
    return true;
}

static bool read_base32(base_span text, base_buf *out)
{
    uint32_t bits = 0;
    unsigned held = 0;
    for (size_t i = 0; i < text.size; i++) {
        const char *digit = text.data[i] != '\0' ? strchr(ALPHABET, text.data[i]) : NULL;
        if (digit == NULL)
            return false;
        bits = bits << 5 | (uint32_t)(digit - ALPHABET);
        held += 5;
        if (held >= 8) {
            held -= 8;
            base_buf_byte(out, (char)(bits >> held));
            bits &= (1u << held) - 1;
        }
    }
    return held < 5 && bits == 0; /* one text for one token */
}

int identity_reversible_open(identity_reversible *reversible, base_span token, base_span *ret_system,
                             base_span *ret_value, lethe_error *error)
{
    uint32_t epoch = 0, system_size = 0;
    base_buf *plain = &reversible->plain, *sealed = &reversible->sealed;
    base_buf_reset(plain);
    base_buf_reset(sealed);
    if (token.size > IDENTITY_REVERSIBLE_MAX || !take_head(&token, &epoch) || !read_base32(token, sealed) ||
        sealed->size < CRYPT_SIV_TAG + 4 || sealed->failed != 0)
        return base_fail(error, LETHE_E_IDENTITY_INPUT);
    BASE_TRY(take_epoch(reversible, epoch, error));
    const size_t size = sealed->size - CRYPT_SIV_TAG;
    if (base_buf_reserve(plain, size) != 0)
        return base_buf_check(plain, error);
    BASE_TRY(crypt_siv_open(reversible->siv, BASE_SPAN("lethe/identifier"), base_buf_view(sealed),
                            (uint8_t *)plain->data, error));
    for (size_t i = 0; i < 4; i++)
        system_size |= (uint32_t)(uint8_t)plain->data[i] << (8 * i);
    if (system_size > size - 4)
        return base_fail(error, LETHE_E_CRYPT_AUTH);
    *ret_system = (base_span){plain->data + 4, system_size};
    *ret_value = (base_span){plain->data + 4 + system_size, size - 4 - system_size};
    return 0;
}

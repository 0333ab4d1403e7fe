/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/artefact.h"

#include "crypt/digest.h"
#include "crypt/secret.h"

#include <stdlib.h>

struct identity_artefact {
    crypt_mac *token, *shift;
    identity_shift_unit unit;
};

static int new_mac(const crypt_keyring *ring, crypt_purpose purpose, crypt_mac **ret_mac, lethe_error *error)
{
    uint8_t key[32];
    int status = crypt_keyring_derive(ring, purpose, key, error);
    if (status == 0)
        status = crypt_mac_new(key, ret_mac, error);
    crypt_wipe(key, sizeof(key));
    return status;
}

int identity_artefact_new(const crypt_keyring *ring, identity_shift_unit unit, identity_artefact **ret_artefact,
                          lethe_error *error)
{
    identity_artefact *artefact = calloc(1, sizeof(*artefact));
    if (artefact == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    artefact->unit = unit;
    int status = new_mac(ring, CRYPT_FHIR_ARTEFACT, &artefact->token, error);
    if (status == 0)
        status = new_mac(ring, CRYPT_DATE_SHIFT, &artefact->shift, error);
    if (status != 0) {
        identity_artefact_free(artefact);
        return status;
    }
    *ret_artefact = artefact;
    return 0;
}

void identity_artefact_free(identity_artefact *artefact)
{
    if (artefact == NULL)
        return;
    crypt_mac_free(artefact->token);
    crypt_mac_free(artefact->shift);
    free(artefact);
}

int identity_artefact_token(identity_artefact *artefact, char kind, base_span first, base_span second,
                            identity_token *ret_token, lethe_error *error)
{
    char head[5] = {kind};
    for (size_t i = 0; i < 4; i++)
        head[i + 1] = (char)(first.size >> (8 * i));
    const base_span pieces[] = {{head, sizeof(head)}, first, second};
    uint8_t tag[32];
    BASE_TRY(crypt_mac_compute(artefact->token, pieces, 3, tag, error));
    memcpy(ret_token->bytes, tag, IDENTITY_TOKEN_BYTES);
    ret_token->bytes[IDENTITY_TOKEN_BYTES - 1] &= 0xc0; /* 16 × 8 + 2 = 130 bits */
    return 0;
}

int identity_artefact_shift(identity_artefact *artefact, base_span patient_id, int32_t *ret_days, lethe_error *error)
{
    const base_span pieces[] = {BASE_SPAN("patient"), patient_id};
    uint8_t tag[32];
    BASE_TRY(crypt_mac_compute(artefact->shift, pieces, 2, tag, error));
    uint64_t number = 0;
    for (size_t i = 0; i < 8; i++)
        number = number << 8 | tag[i];
    const bool weeks = artefact->unit == IDENTITY_SHIFT_WEEKS;
    const int32_t most = weeks ? IDENTITY_SHIFT_WEEKS_MAX : IDENTITY_SHIFT_DAYS_MAX;
    /* 0 … 2·most - 1: below 0 and above 0 alike. 2^64 is so much larger that no offset is likelier by 2^-54. */
    const int32_t drawn = (int32_t)(number % (uint64_t)(2 * most)) - most;
    const int32_t offset = drawn >= 0 ? drawn + 1 : drawn;
    *ret_days = weeks ? 7 * offset : offset;
    return 0;
}

void identity_format_uuid(const identity_token *token, char ret_uuid[IDENTITY_UUID_CHARS])
{
    static const char hex[] = "0123456789abcdef";
    uint8_t bytes[16];
    memcpy(bytes, token->bytes, sizeof(bytes));
    bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x80); /* version 8: made by a rule of our own */
    bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
    for (size_t i = 0, at = 0; i < sizeof(bytes); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            ret_uuid[at++] = '-';
        ret_uuid[at++] = hex[bytes[i] >> 4];
        ret_uuid[at++] = hex[bytes[i] & 15];
    }
}

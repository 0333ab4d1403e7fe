/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/token.h"

#include "crypt/digest.h"
#include "crypt/secret.h"

#include <stdio.h>
#include <stdlib.h>

struct identity_tokens {
    crypt_mac *patient, *visit, *split;
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

int identity_tokens_new(const crypt_keyring *ring, identity_tokens **ret_tokens, lethe_error *error)
{
    identity_tokens *tokens = calloc(1, sizeof(*tokens));
    if (tokens == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    int status = new_mac(ring, CRYPT_PATIENT, &tokens->patient, error);
    if (status == 0)
        status = new_mac(ring, CRYPT_ENCOUNTER, &tokens->visit, error);
    if (status == 0)
        status = new_mac(ring, CRYPT_SPLIT, &tokens->split, error);
    if (status != 0) {
        identity_tokens_free(tokens);
        return status;
    }
    *ret_tokens = tokens;
    return 0;
}

void identity_tokens_free(identity_tokens *tokens)
{
    if (tokens == NULL)
        return;
    crypt_mac_free(tokens->patient);
    crypt_mac_free(tokens->visit);
    crypt_mac_free(tokens->split);
    free(tokens);
}

/* MAC over both parts with the length of the first in front (invariant 2). */
static int mac_pair(crypt_mac *mac, base_span first, base_span second, uint8_t ret_tag[32], lethe_error *error)
{
    uint8_t length[4];
    for (size_t i = 0; i < sizeof(length); i++)
        length[i] = (uint8_t)(first.size >> (8 * i));
    const base_span pieces[] = {{(const char *)length, sizeof(length)}, first, second};
    return crypt_mac_compute(mac, pieces, 3, ret_tag, error);
}

static identity_token token_of(const uint8_t tag[32])
{
    identity_token token;
    memcpy(token.bytes, tag, IDENTITY_TOKEN_BYTES);
    token.bytes[IDENTITY_TOKEN_BYTES - 1] &= 0xc0; /* 16 × 8 + 2 = 130 bits */
    return token;
}

int identity_patient(identity_tokens *tokens, base_span system, base_span id, identity_token *ret_token,
                     lethe_error *error)
{
    uint8_t tag[32];
    if (id.size == 0 || id.size > IDENTITY_ID_MAX || system.size > IDENTITY_ID_MAX)
        return base_fail(error, LETHE_E_IDENTITY_INPUT);
    BASE_TRY(mac_pair(tokens->patient, system, id, tag, error));
    *ret_token = token_of(tag);
    return 0;
}

int identity_visit(identity_tokens *tokens, const identity_token *patient, base_span encounter_id,
                   uint8_t ret_digest[32], lethe_error *error)
{
    const base_span who = {(const char *)patient->bytes, sizeof(patient->bytes)};
    if (encounter_id.size > IDENTITY_ID_MAX)
        return base_fail(error, LETHE_E_IDENTITY_INPUT);
    return mac_pair(tokens->visit, who, encounter_id, ret_digest, error);
}

identity_token identity_visit_token(const uint8_t digest[32])
{
    return token_of(digest);
}

int identity_split_of(identity_tokens *tokens, const identity_token *patient, identity_split *ret_split,
                      lethe_error *error)
{
    uint8_t tag[32];
    const base_span who = {(const char *)patient->bytes, sizeof(patient->bytes)};
    BASE_TRY(mac_pair(tokens->split, who, (base_span){NULL, 0}, tag, error));
    const unsigned tenth = ((unsigned)tag[0] << 8 | tag[1]) * 10 >> 16;
    *ret_split = tenth < 8 ? IDENTITY_TRAIN : tenth == 8 ? IDENTITY_VALIDATION : IDENTITY_TEST;
    return 0;
}

const char *identity_split_name(identity_split split)
{
    static const char *const names[] = {"train", "validation", "test"};
    return names[split];
}

/* The i-th group of five bits. */
static unsigned digit_at(const identity_token *token, size_t i)
{
    const size_t bit = 5 * i, byte = bit / 8;
    const unsigned pair =
        (unsigned)token->bytes[byte] << 8 | (byte + 1 < IDENTITY_TOKEN_BYTES ? token->bytes[byte + 1] : 0u);
    return pair >> (11 - bit % 8) & 31;
}

identity_token identity_token_order(const identity_token *token)
{
    identity_token order = {{0}};
    for (size_t i = 0; i < IDENTITY_TOKEN_CHARS; i++) {
        const unsigned rank = (digit_at(token, i) + 6) & 31; /* 2-7 are the values 26 to 31 */
        for (size_t bit = 0; bit < 5; bit++)
            if ((rank >> (4 - bit) & 1) != 0)
                order.bytes[(5 * i + bit) / 8] |= (uint8_t)(0x80 >> (5 * i + bit) % 8);
    }
    return order;
}

void identity_format(const char *prefix, const identity_token *token, char ret_name[IDENTITY_NAME_MAX])
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
    size_t at = (size_t)snprintf(ret_name, IDENTITY_NAME_MAX, "%s", prefix);
    for (size_t i = 0; i < IDENTITY_TOKEN_CHARS; i++)
        ret_name[at++] = alphabet[digit_at(token, i)];
    ret_name[at] = '\0';
}

static int digit_of(char c)
{
    if (c >= 'a' && c <= 'z')
        return c - 'a';
    return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

bool identity_parse(const char *prefix, base_span name, identity_token *ret_token)
{
    const size_t skip = strlen(prefix);
    identity_token token = {{0}};
    if (name.size != skip + IDENTITY_TOKEN_CHARS || memcmp(name.data, prefix, skip) != 0)
        return false;
    for (size_t i = 0; i < IDENTITY_TOKEN_CHARS; i++) {
        const int digit = digit_of(name.data[skip + i]);
        if (digit < 0)
            return false;
        for (size_t bit = 0; bit < 5; bit++)
            if (((unsigned)digit >> (4 - bit) & 1) != 0)
                token.bytes[(5 * i + bit) / 8] |= (uint8_t)(0x80 >> (5 * i + bit) % 8);
    }
    *ret_token = token;
    return true;
}

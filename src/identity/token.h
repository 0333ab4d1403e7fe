/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IDENTITY_TOKEN_H
#define IDENTITY_TOKEN_H

#include "crypt/keyring.h"

#define IDENTITY_ID_MAX      4096                           /* bytes of an identifier or a system */
#define IDENTITY_TOKEN_BYTES 17                             /* 130 bits, the last six of the last byte are zero */
#define IDENTITY_TOKEN_CHARS 26                             /* their base32 (alphabet of RFC 4648, lower case) */
#define IDENTITY_NAME_MAX    (6 + IDENTITY_TOKEN_CHARS + 1) /* "visit_" or "anon_", token, NUL */

typedef enum identity_split { IDENTITY_TRAIN, IDENTITY_VALIDATION, IDENTITY_TEST, IDENTITY_SPLIT_COUNT } identity_split;

typedef struct identity_token {
    uint8_t bytes[IDENTITY_TOKEN_BYTES];
} identity_token;

/* Keyed states of one project's primary epoch. One thread at a time. */
typedef struct identity_tokens identity_tokens;
int identity_tokens_new(const crypt_keyring *ring, identity_tokens **ret_tokens, lethe_error *error);
void identity_tokens_free(identity_tokens *tokens);

/* The patient with this value under this identifier system; an empty system is Patient.id. */
int identity_patient(identity_tokens *tokens, base_span system, base_span id, identity_token *ret_token,
                     lethe_error *error);

/* A visit: 32 bytes keyed by patient and encounter id. They choose the visits that are kept and name the row. */
int identity_visit(identity_tokens *tokens, const identity_token *patient, base_span encounter_id,
                   uint8_t ret_digest[32], lethe_error *error);
identity_token identity_visit_token(const uint8_t digest[32]);

/* 80 % train, 10 % validation, 10 % test, by a keyed hash of the patient. */
int identity_split_of(identity_tokens *tokens, const identity_token *patient, identity_split *ret_split,
                      lethe_error *error);
const char *identity_split_name(identity_split split);

/* Bytes whose order is that of the formatted names: in ASCII the digits of base32 stand before its letters. */
identity_token identity_token_order(const identity_token *token);

/* "anon_" or "visit_" and the 26 characters. */
void identity_format(const char *prefix, const identity_token *token, char ret_name[IDENTITY_NAME_MAX]);

/* The token of such a name; false where it is none, or one that no token has. */
bool identity_parse(const char *prefix, base_span name, identity_token *ret_token);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IDENTITY_ARTEFACT_H
#define IDENTITY_ARTEFACT_H

#include "crypt/keyring.h"
#include "identity/token.h"

/*
 * Tokens and date offsets of the de-identified FHIR artefact: its own pseudonym domain (purpose `fhir-artefact`), so
 * that no token of it stands in a released dataset of the same project. Deterministic under one key file and epoch:
 * across files, runs and machines. One thread at a time.
 */
typedef struct identity_artefact identity_artefact;

typedef enum identity_shift_unit { IDENTITY_SHIFT_DAYS, IDENTITY_SHIFT_WEEKS } identity_shift_unit;

#define IDENTITY_SHIFT_DAYS_MAX  365 /* ±1 … 365 days, each with the same chance; never none */
#define IDENTITY_SHIFT_WEEKS_MAX 52  /* ±1 … 52 weeks: the day of the week stays */

/* Of the primary epoch. */
int identity_artefact_new(const crypt_keyring *ring, identity_shift_unit unit, identity_artefact **ret_artefact,
                          lethe_error *error);
void identity_artefact_free(identity_artefact *artefact);

/* The token of (kind, first, second): 130 bits of HMAC-SHA-256 over kind, the length of `first`, `first`, `second`. */
int identity_artefact_token(identity_artefact *artefact, char kind, base_span first, base_span second,
                            identity_token *ret_token, lethe_error *error);

/* The offset of all dates of the patient with this id, in days: HMAC-SHA-256 under the key of `date-shift`, so that the
 * offsets of other patients say nothing of it. */
int identity_artefact_shift(identity_artefact *artefact, base_span patient_id, int32_t *ret_days, lethe_error *error);

/* A token as a UUID of version 8 (RFC 9562): 122 of its bits. Writes 36 characters and no NUL. */
#define IDENTITY_UUID_CHARS 36
void identity_format_uuid(const identity_token *token, char ret_uuid[IDENTITY_UUID_CHARS]);

#endif

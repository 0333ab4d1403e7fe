/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IDENTITY_REVERSIBLE_H
#define IDENTITY_REVERSIBLE_H

#include "base/buf.h"
#include "crypt/keyring.h"

/*
 * Tokens from which the holder of the key file can read the identifier again: AES-256-SIV under the key of the purpose
 * `reversible`. The token names its epoch, so that old tokens are read with old keys, also retired ones.
 *
 *   rt<epoch>.<base32 of SIV(u32 |system| ‖ system ‖ value)>        rt1.mfrggzdfmztwq2lk…
 *
 * Deterministic: equal identifiers have equal tokens. The length of a token says that of its identifier. One thread at
 * a time.
 */
typedef struct identity_reversible identity_reversible;

#define IDENTITY_REVERSIBLE_MAX 16384 /* characters of a token */

int identity_reversible_new(const crypt_keyring *ring, identity_reversible **ret_reversible, lethe_error *error);
void identity_reversible_free(identity_reversible *reversible);

/* Appends the token of (system, value) under the primary epoch. */
int identity_reversible_seal(identity_reversible *reversible, base_span system, base_span value, base_buf *out,
                             lethe_error *error);

/* The identifier of a token; both spans live until the next call. LETHE_E_CRYPT_EPOCH where the key file lacks its
 * epoch, LETHE_E_CRYPT_AUTH where it was changed or is of another project, LETHE_E_IDENTITY_INPUT where it is none. */
int identity_reversible_open(identity_reversible *reversible, base_span token, base_span *ret_system,
                             base_span *ret_value, lethe_error *error);

#endif

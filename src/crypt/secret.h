/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRYPT_SECRET_H
#define CRYPT_SECRET_H

#include "base/error.h"

#include <stddef.h>

/*
 * Pages for key material: own mapping, locked into memory (best effort under RLIMIT_MEMLOCK), left out of core dumps,
 * zero in a forked child, wiped before they are unmapped. Owned by the caller: crypt_secret_new, crypt_secret_free.
 */
int crypt_secret_new(size_t size, void **ret_secret, lethe_error *error);
void crypt_secret_free(void *secret, size_t size); /* NULL-safe; the size of crypt_secret_new */

/* Overwrites in a way the compiler keeps. */
void crypt_wipe(void *data, size_t size);

/* No core dumps, no attaching by other processes of the user: the first thing a program with keys does. */
void crypt_harden_process(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_SIGV4_H
#define NET_SIGV4_H

#include "base/arena.h"
#include "net/credentials.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * AWS Signature Version 4 (AWS General Reference, "Create a signed AWS API request"). libcurl's own signs path and
 * query as they stand and hashes no body of a PUT, so requests are signed here and libcurl only carries them.
 */
#define NET_SIGN_PAIRS_MAX 64
#define NET_EMPTY_SHA256   "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

typedef struct net_pair {
    const char *name, *value;
} net_pair;

typedef struct net_signing {
    const char *method;
    const char *path;      /* decoded */
    bool normalize;        /* . and .. and // are resolved, for services other than S3 */
    const net_pair *query; /* decoded */
    size_t query_count;
    const net_pair *headers; /* Host too; all are signed */
    size_t header_count;
    const char *payload_sha256; /* lower-case hexadecimal */
    const char *region, *service;
    bool token_unsigned; /* the session token is added after signing */
} net_signing;

typedef struct net_signed {
    char date[17]; /* 20150830T123600Z */
    const char *canonical_request, *string_to_sign, *authorization;
    char signature[65];
} net_signed;

/* As headers: X-Amz-Date and, where there is one, X-Amz-Security-Token are signed with the others and are to be sent
 * with Authorization. Texts lie in the arena. LETHE_E_BASE_MEMORY, _LIMIT, LETHE_E_CRYPT_LIBRARY. */
int net_sign_headers(const net_signing *signing, const net_credentials *credentials, int64_t seconds, base_arena *arena,
                     net_signed *ret_signed, lethe_error *error);

/* As query parameters, for an address that works by itself until `expires_seconds` are over. */
int net_sign_query(const net_signing *signing, const net_credentials *credentials, int64_t seconds,
                   uint32_t expires_seconds, base_arena *arena, net_signed *ret_signed, lethe_error *error);

#endif

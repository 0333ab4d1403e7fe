/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_CREDENTIALS_H
#define NET_CREDENTIALS_H

#include "base/error.h"
#include "base/span.h"

#include <stdint.h>

/*
 * AWS credentials as the ecosystem's own tools find them, in this order: environment, profile files, web identity,
 * container metadata, instance metadata (version 2 only). They lie in locked pages, and nothing prints them.
 */
#define NET_KEY_ID_MAX 128
#define NET_SECRET_MAX 256
#define NET_TOKEN_MAX  8192
#define NET_REGION_MAX 63

typedef struct net_credentials {
    char key_id[NET_KEY_ID_MAX + 1];
    char secret[NET_SECRET_MAX + 1];
    char token[NET_TOKEN_MAX + 1]; /* "": none */
    int64_t expires;               /* seconds since 1970; 0: never */
} net_credentials;

struct net_client;

/* LETHE_E_NET_CREDENTIALS where nobody has any, _CREDENTIALS_FILE with file and line where a file is not understood.
 * Freed by net_credentials_free, which wipes them. */
int net_credentials_find(struct net_client *client, const char *region, net_credentials **ret_credentials,
                         lethe_error *error);
int net_credentials_new(net_credentials **ret_credentials, lethe_error *error);
void net_credentials_free(net_credentials *credentials); /* NULL-safe */

/* Whether they end within five minutes from `now`. */
bool net_credentials_end(const net_credentials *credentials, int64_t now);

/* The region of the environment or of the profile, or "us-east-1". */
int net_region_find(char ret_region[NET_REGION_MAX + 1], lethe_error *error);

/* One section of an INI file as AWS tools write them: `visit` gets its names and values. For the fuzzer, too.
 * LETHE_E_NET_CREDENTIALS_FILE with the line where a line is none of section, name = value, comment. */
typedef int (*net_ini_visit)(void *context, base_span name, base_span value);
int net_ini_section(base_span text, const char *section, net_ini_visit visit, void *context, lethe_error *error);

/* What metadata services and STS answer: JSON, XML. LETHE_E_NET_ANSWER. */
int net_credentials_from_json(base_span text, net_credentials *ret_credentials, lethe_error *error);
int net_credentials_from_xml(base_span text, net_credentials *ret_credentials, lethe_error *error);

#endif

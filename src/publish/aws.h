/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PUBLISH_AWS_H
#define PUBLISH_AWS_H

#include "net/client.h"
#include "net/sigv4.h"

/* A service of AWS, or one that speaks like it: where it is, who asks, and requests that say so. */
typedef struct publish_aws {
    net_client *client; /* borrowed */
    char service[16], region[NET_REGION_MAX + 1];
    char root[NET_HOST_MAX + 48]; /* https://host[:port] */
    char host[NET_HOST_MAX + 16]; /* as the Host header has it */
    bool tls;
    net_credentials *credentials;
} publish_aws;

/* `endpoint` NULL: that of AWS in this region, with `bucket` (may be NULL) as the first part of its name. Credentials
 * are looked for at once: LETHE_E_NET_CREDENTIALS and what net_credentials_find says; LETHE_E_NET_ADDRESS. */
int publish_aws_open(publish_aws *aws, net_client *client, const char *service, const char *endpoint,
                     const char *bucket, lethe_error *error);
void publish_aws_done(publish_aws *aws);

/* Fills url and the headers of the signature; the headers that are there already are signed too. `path` is decoded. */
int publish_aws_sign(publish_aws *aws, base_arena *arena, const char *path, const net_pair *query, size_t query_count,
                     const char *payload_sha256, net_request *request, lethe_error *error);

/* What AWS services have in common: a clock that differs is put right, credentials that ended are looked for again, and
 * some codes are another word for "slower". `code` is the service's word for the trouble, "" for none. */
net_verdict publish_aws_verdict(publish_aws *aws, const net_answer *answer, const char *code);

/* Lower-case hexadecimal SHA-256 of a body. */
int publish_sha256_hex(base_span bytes, char ret_hex[65], lethe_error *error);

/* The environment's variable, NULL where it is empty. */
const char *publish_environment(const char *name);

/* A text of the arena; NULL where it has no room. */
const char *publish_format(base_arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif

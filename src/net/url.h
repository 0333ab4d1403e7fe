/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_URL_H
#define NET_URL_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

#define NET_HOST_MAX 255
#define NET_PATH_MAX 1024

/* scheme://host[:port][/path][?query], parts as they are written. No user, no password, no fragment: a secret never
 * stands in an address. */
typedef struct net_url {
    char scheme[16];
    char host[NET_HOST_MAX + 1]; /* lower case; an IPv6 address keeps its brackets */
    uint16_t port;               /* 0: not said */
    char path[NET_PATH_MAX + 1]; /* "" or begins with "/" */
    char query[NET_PATH_MAX + 1];
} net_url;

/* LETHE_E_NET_ADDRESS. */
int net_url_parse(const char *text, net_url *ret_url, lethe_error *error);

/* localhost, 127.0.0.0/8 or [::1]: what never leaves this machine. */
bool net_host_is_loopback(const char *host);

/* 169.254.0.0/16 and [fd00:ec2::254]: where a cloud machine asks about itself. */
bool net_host_is_metadata(const char *host);

/* Appends `text` with every byte but A-Z a-z 0-9 - _ . ~ as %XX (RFC 3986, 2.3); `slashes` too stay where asked. */
void net_encode(base_buf *out, base_span text, bool keep_slashes);

/* The value of a query's parameter, undecoded, or an empty span with data NULL. */
base_span net_query_value(const char *query, const char *name);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_METADATA_H
#define NET_METADATA_H

#include "net/client.h"
#include "net/credentials.h"

/* Credentials that a service hands out: STS for a web identity token, the metadata of a container or of an instance.
 * *ret_found false where the environment does not speak of it, or nobody answers at an instance's address. */
int net_metadata_web_identity(net_client *client, const char *region, net_credentials *ret_credentials, bool *ret_found,
                              lethe_error *error);
int net_metadata_container(net_client *client, net_credentials *ret_credentials, bool *ret_found, lethe_error *error);
int net_metadata_instance(net_client *client, net_credentials *ret_credentials, bool *ret_found, lethe_error *error);

#endif

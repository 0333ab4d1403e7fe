/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_PROFILE_H
#define NET_PROFILE_H

#include "net/credentials.h"

/* The profile files of AWS tools: ~/.aws/credentials and ~/.aws/config, or those that AWS_SHARED_CREDENTIALS_FILE and
 * AWS_CONFIG_FILE name; the profile is that of AWS_PROFILE, or "default". LETHE_E_NET_CREDENTIALS_FILE. */
int net_profile_credentials(net_credentials *ret_credentials, bool *ret_found, lethe_error *error);
int net_profile_region(char ret_region[NET_REGION_MAX + 1], bool *ret_found, lethe_error *error);

#endif

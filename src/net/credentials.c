/* SPDX-License-Identifier: Apache-2.0 */
#include "net/credentials.h"

#include "crypt/secret.h"
#include "net/metadata.h"
#include "net/profile.h"

#include <stdlib.h>

#define ENDS_SOON_S 300

int net_credentials_new(net_credentials **ret_credentials, lethe_error *error)
{
    void *pages = NULL;
    BASE_TRY(crypt_secret_new(sizeof(net_credentials), &pages, error));
    *ret_credentials = pages;
    return 0;
}

void net_credentials_free(net_credentials *credentials)
{
    if (credentials != NULL)
        crypt_secret_free(credentials, sizeof(*credentials));
}

bool net_credentials_end(const net_credentials *credentials, int64_t now)
{
    return credentials->expires != 0 && credentials->expires - now < ENDS_SOON_S;
}

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

static bool copy(char *to, size_t capacity, const char *from)
{
    const size_t size = strlen(from);
    if (size >= capacity)
        return false;
    memcpy(to, from, size + 1);
    return true;
}

static int from_environment(net_credentials *c, bool *ret_found, lethe_error *error)
{
    const char *id = environment("AWS_ACCESS_KEY_ID"), *secret = environment("AWS_SECRET_ACCESS_KEY");
    const char *token = environment("AWS_SESSION_TOKEN");
    *ret_found = id != NULL && secret != NULL;
    if (!*ret_found)
        return 0;
    if (copy(c->key_id, sizeof(c->key_id), id) && copy(c->secret, sizeof(c->secret), secret) &&
        copy(c->token, sizeof(c->token), token != NULL ? token : ""))
        return 0;
    return base_fail(error, LETHE_E_NET_CREDENTIALS);
}

static int find(net_client *client, const char *region, net_credentials *c, lethe_error *error)
{
    bool found = false;
    BASE_TRY(from_environment(c, &found, error));
    if (!found)
        BASE_TRY(net_profile_credentials(c, &found, error));
    if (!found)
        BASE_TRY(net_metadata_web_identity(client, region, c, &found, error));
    if (!found)
        BASE_TRY(net_metadata_container(client, c, &found, error));
    if (!found)
        BASE_TRY(net_metadata_instance(client, c, &found, error));
    return found ? 0 : base_fail(error, LETHE_E_NET_CREDENTIALS);
}

int net_credentials_find(net_client *client, const char *region, net_credentials **ret_credentials, lethe_error *error)
{
    net_credentials *c = NULL;
    BASE_TRY(net_credentials_new(&c, error));
    const int status = find(client, region, c, error);
    if (status != 0)
        net_credentials_free(c);
    else
        *ret_credentials = c;
    return status;
}

int net_region_find(char ret_region[NET_REGION_MAX + 1], lethe_error *error)
{
    static const char *const names[] = {"AWS_REGION", "AWS_DEFAULT_REGION"};
    bool found = false;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (environment(names[i]) != NULL)
            return copy(ret_region, NET_REGION_MAX + 1, environment(names[i])) ? 0
                                                                               : base_fail(error, LETHE_E_NET_ADDRESS);
    BASE_TRY(net_profile_region(ret_region, &found, error));
    if (!found)
        (void)copy(ret_region, NET_REGION_MAX + 1, "us-east-1");
    return 0;
}

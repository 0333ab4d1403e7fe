/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/target.h"

#include <ctype.h>
#include <stdio.h>

#define NAME_DEFAULT "anonymized_patients"

static int refuse(const char *part, lethe_error *error)
{
    base_fail(error, LETHE_E_PUBLISH_TARGET);
    base_error_path(error, part);
    return LETHE_E_PUBLISH_TARGET;
}

/* Names go into paths, SQL and filters: letters, digits, - and _, and a letter first. */
static bool name_is_written(const char *name, bool dashes)
{
    if (!isalpha((unsigned char)name[0]) && name[0] != '_')
        return false;
    for (const char *at = name; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at) && *at != '_' && (!dashes || *at != '-'))
            return false;
    return true;
}

static bool copy_name(publish_target *target, base_span text)
{
    if (text.size >= sizeof(target->name) || text.size == 0)
        return false;
    memcpy(target->name, text.data, text.size);
    target->name[text.size] = '\0';
    return true;
}

static int parse_s3(publish_target *target, lethe_error *error)
{
    const char *path = target->url.path + (target->url.path[0] == '/');
    size_t size = strlen(path);
    while (size != 0 && path[size - 1] == '/')
        size--;
    if (target->url.port != 0 || target->url.query[0] != '\0' || strchr(target->url.host, '[') != NULL)
        return refuse("bucket", error);
    if (size > 700 || strstr(path, "//") != NULL || strstr(path, "..") != NULL || strchr(path, '%') != NULL)
        return refuse("prefix", error);
    (void)snprintf(target->prefix, sizeof(target->prefix), "%.*s%s", (int)size, path, size != 0 ? "/" : "");
    return 0;
}

static int parse_vectors(publish_target *target, const char *parameter, bool insecure, lethe_error *error)
{
    const net_url *url = &target->url;
    const base_span given = net_query_value(url->query, parameter);
    const char *path = url->path + (url->path[0] == '/');
    const bool in_path = target->kind == PUBLISH_QDRANT || target->kind == PUBLISH_MILVUS;
    bool named = copy_name(target, BASE_SPAN(NAME_DEFAULT));
    if (given.data != NULL)
        named = copy_name(target, given);
    else if (in_path && path[0] != '\0')
        named = copy_name(target, base_span_of(path));
    if (!named || !name_is_written(target->name, target->kind != PUBLISH_PGVECTOR && target->kind != PUBLISH_MILVUS))
        return refuse(parameter, error);
    if (target->kind == PUBLISH_PGVECTOR)
        return 0;
    const bool plain = net_host_is_loopback(url->host) || insecure;
    if (url->port != 0)
        (void)snprintf(target->root, sizeof(target->root), "%s://%s:%u", plain ? "http" : "https", url->host,
                       (unsigned)url->port);
    else
        (void)snprintf(target->root, sizeof(target->root), "%s://%s", plain ? "http" : "https", url->host);
    return 0;
}

int publish_target_parse(const char *text, bool insecure, publish_target *ret_target, lethe_error *error)
{
    static const struct {
        const char *scheme, *parameter;
    } kinds[] = {[PUBLISH_S3] = {"s3", "prefix"},
                 [PUBLISH_QDRANT] = {"qdrant", "collection"},
                 [PUBLISH_PINECONE] = {"pinecone", "namespace"},
                 [PUBLISH_MILVUS] = {"milvus", "collection"},
                 [PUBLISH_PGVECTOR] = {"pgvector", "table"}};
    publish_target target = {0};
    if (net_url_parse(text, &target.url, NULL) != 0)
        return refuse("address", error);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i].scheme, target.url.scheme) == 0) {
            target.kind = (publish_kind)i;
            BASE_TRY(target.kind == PUBLISH_S3 ? parse_s3(&target, error)
                                               : parse_vectors(&target, kinds[i].parameter, insecure, error));
            *ret_target = target;
            return 0;
        }
    return refuse("scheme", error);
}

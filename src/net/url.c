/* SPDX-License-Identifier: Apache-2.0 */
#include "net/url.h"

#include <ctype.h>
#include <stdlib.h>

static int bad_address(lethe_error *error)
{
    return base_fail(error, LETHE_E_NET_ADDRESS);
}

static bool copy_part(char *to, size_t capacity, base_span part)
{
    if (part.size >= capacity)
        return false;
    for (size_t i = 0; i < part.size; i++)
        if ((unsigned char)part.data[i] <= 0x20 || (unsigned char)part.data[i] == 0x7f)
            return false; /* also what would begin another header or request */
    if (part.size != 0)
        memcpy(to, part.data, part.size);
    to[part.size] = '\0';
    return true;
}

/* Letters, digits, dot, dash; an IPv6 address in brackets. */
static bool host_is_written(const char *host)
{
    const bool bracket = host[0] == '[';
    if (host[0] == '\0')
        return false;
    for (const char *at = host + bracket; *at != '\0'; at++) {
        if (bracket && *at == ']')
            return at[1] == '\0' && at > host + 1;
        if (!isalnum((unsigned char)*at) &&
            (bracket ? *at != ':' && *at != '.' : *at != '.' && *at != '-' && *at != '_'))
            return false;
    }
    return !bracket;
}

static bool read_port(base_span text, uint16_t *ret_port)
{
    uint32_t port = 0;
    if (text.size == 0 || text.size > 5)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        port = port * 10 + (uint32_t)(text.data[i] - '0');
    }
    *ret_port = (uint16_t)port;
    return port != 0 && port <= UINT16_MAX;
}

static int read_authority(base_span authority, net_url *url, lethe_error *error)
{
    size_t host = authority.size;
    for (size_t i = authority.size; i > 0 && authority.data[i - 1] != ']'; i--)
        if (authority.data[i - 1] == ':')
            host = i - 1;
    if (memchr(authority.data, '@', authority.size) != NULL ||
        !copy_part(url->host, sizeof(url->host), (base_span){authority.data, host}))
        return bad_address(error);
    for (char *at = url->host; *at != '\0'; at++)
        *at = (char)tolower((unsigned char)*at);
    if (!host_is_written(url->host))
        return bad_address(error);
    if (host != authority.size &&
        !read_port((base_span){authority.data + host + 1, authority.size - host - 1}, &url->port))
        return bad_address(error);
    return 0;
}

int net_url_parse(const char *text, net_url *ret_url, lethe_error *error)
{
    net_url url = {0};
    const char *mark = strstr(text, "://");
    if (mark == NULL || !copy_part(url.scheme, sizeof(url.scheme), (base_span){text, (size_t)(mark - text)}))
        return bad_address(error);
    for (const char *at = url.scheme; *at != '\0'; at++)
        if ((*at < 'a' || *at > 'z') && (at == url.scheme || !isdigit((unsigned char)*at)))
            return bad_address(error);
    const char *authority = mark + 3;
    const size_t size = strcspn(authority, "/?#");
    const char *path = authority + size;
    const size_t path_size = strcspn(path, "?#");
    const char *query = path + path_size;
    if (size == 0 || query[strcspn(query, "#")] != '\0' || url.scheme[0] == '\0')
        return bad_address(error);
    BASE_TRY(read_authority((base_span){authority, size}, &url, error));
    if (!copy_part(url.path, sizeof(url.path), (base_span){path, path_size}) ||
        !copy_part(url.query, sizeof(url.query), base_span_of(*query == '?' ? query + 1 : query)))
        return bad_address(error);
    *ret_url = url;
    return 0;
}

/* "a.b.c.d" with the first part given: a literal address, no name that begins so. */
static bool is_ipv4(const char *host, const char *start)
{
    unsigned parts = 0;
    if (strncmp(host, start, strlen(start)) != 0)
        return false;
    for (const char *at = host;; at++) {
        char *end = NULL;
        if (!isdigit((unsigned char)*at) || strtoul(at, &end, 10) > 255 || end > at + 3)
            return false;
        at = end;
        parts++;
        if (*at != '.')
            return *at == '\0' && parts == 4;
    }
}

bool net_host_is_loopback(const char *host)
{
    return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 || is_ipv4(host, "127.");
}

bool net_host_is_metadata(const char *host)
{
    return strcmp(host, "[fd00:ec2::254]") == 0 || is_ipv4(host, "169.254.");
}

void net_encode(base_buf *out, base_span text, bool keep_slashes)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.size; i++) {
        const unsigned char c = (unsigned char)text.data[i];
        const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '_' || c == '.' || c == '~' || (keep_slashes && c == '/');
        if (plain) {
            base_buf_byte(out, (char)c);
        } else {
            base_buf_byte(out, '%');
            base_buf_byte(out, digits[c >> 4]);
            base_buf_byte(out, digits[c & 15]);
        }
    }
}

base_span net_query_value(const char *query, const char *name)
{
    const size_t size = strlen(name);
    while (*query != '\0') {
        const size_t pair = strcspn(query, "&");
        if (pair > size && strncmp(query, name, size) == 0 && query[size] == '=')
            return (base_span){query + size + 1, pair - size - 1};
        query += pair + (query[pair] == '&');
    }
    return (base_span){NULL, 0};
}

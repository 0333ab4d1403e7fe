/* SPDX-License-Identifier: Apache-2.0 */
#include "net/client.h"

#include <stdio.h>
#include <strings.h>

/* What an answer says. */

static base_span trim(base_span text)
{
    while (text.size != 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text.data++;
        text.size--;
    }
    while (text.size != 0 && strchr(" \t\r\n", text.data[text.size - 1]) != NULL)
        text.size--;
    return text;
}

base_span net_answer_header(const net_answer *answer, const char *name)
{
    base_span found = {NULL, 0};
    const size_t wanted = strlen(name);
    for (size_t at = 0; at < answer->head.size;) {
        const char *line = answer->head.data + at;
        const char *end = memchr(line, '\n', answer->head.size - at);
        const size_t size = end != NULL ? (size_t)(end - line) + 1 : answer->head.size - at;
        if (size > wanted && line[wanted] == ':' && strncasecmp(line, name, wanted) == 0)
            found = trim((base_span){line + wanted + 1, size - wanted - 1});
        at += size;
    }
    return found;
}

net_verdict net_verdict_of(const net_answer *answer)
{
    switch (answer->status) {
    case 408:
    case 500:
    case 502:
    case 504:
        return NET_AGAIN;
    case 429:
    case 503:
        return NET_AGAIN_LATER;
    default:
        return answer->status >= 200 && answer->status < 300 ? NET_DONE : NET_FAILED;
    }
}

int net_refuse(const net_answer *answer, base_span reason, lethe_error *error)
{
    const bool denied = answer->status == 401 || answer->status == 403;
    const int code = denied ? LETHE_E_NET_DENIED : LETHE_E_NET_REFUSED;
    char word[65];
    size_t size = 0;
    for (size_t i = 0; i < reason.size && size < sizeof(word) - 1; i++) {
        const char c = reason.data[i];
        if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')
            word[size++] = c;
    }
    word[size] = '\0';
    base_fail(error, code);
    if (error != NULL)
        (void)snprintf(error->path, sizeof(error->path), "HTTP %d%s%s", answer->status, size != 0 ? " " : "", word);
    return code;
}

void net_request_add(net_request *request, const char *name, const char *value)
{
    if (request->header_count < NET_HEADERS_MAX)
        request->headers[request->header_count++] = (net_header){name, value};
}

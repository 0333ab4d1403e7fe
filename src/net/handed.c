/* SPDX-License-Identifier: Apache-2.0 */
#include "json/json.h"
#include "base/date.h"
#include "net/credentials.h"
#include "net/xml.h"

#include "crypt/secret.h"

#include <stdlib.h>

/* Credentials in the answers of metadata services (JSON) and of STS (XML). */

#define ANSWER_MAX ((size_t)64 << 10)

static bool copy(char *to, size_t capacity, base_span from)
{
    if (from.data == NULL || from.size == 0 || from.size >= capacity || memchr(from.data, '\0', from.size) != NULL)
        return false;
    memcpy(to, from.data, from.size);
    to[from.size] = '\0';
    return true;
}

/* "2026-11-25T18:00:00Z"; what cannot be read ends at once, so that it is asked for again. */
static int64_t seconds_of(base_span text)
{
    base_time time;
    return text.data != NULL && base_time_parse(text, &time, NULL) == 0 && time.precision == BASE_PRECISION_TIME
               ? (int64_t)time.day * 86400 + time.second
               : 1;
}

static int read_json(json_parser *parser, base_span text, net_credentials *c)
{
    json_value root;
    if (json_parse(parser, text, &root, NULL) != 0)
        return LETHE_E_NET_ANSWER;
    const json_value token = json_get(root, "Token");
    if (!copy(c->key_id, sizeof(c->key_id), json_string(json_get(root, "AccessKeyId"))) ||
        !copy(c->secret, sizeof(c->secret), json_string(json_get(root, "SecretAccessKey"))) ||
        (json_present(token) && !copy(c->token, sizeof(c->token), json_string(token))))
        return LETHE_E_NET_ANSWER;
    const json_value ends = json_get(root, "Expiration");
    c->expires = json_present(ends) ? seconds_of(json_string(ends)) : 0;
    return 0;
}

int net_credentials_from_json(base_span text, net_credentials *ret_credentials, lethe_error *error)
{
    json_parser *parser = NULL;
    if (text.size > ANSWER_MAX)
        return base_fail(error, LETHE_E_NET_ANSWER_SIZE);
    char *padded = calloc(1, text.size + JSON_PADDING);
    if (padded == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    if (text.size != 0)
        memcpy(padded, text.data, text.size);
    int status = json_parser_new(ANSWER_MAX, 16, &parser, error);
    if (status == 0 && read_json(parser, (base_span){padded, text.size}, ret_credentials) != 0)
        status = base_fail(error, LETHE_E_NET_ANSWER);
    json_parser_free(parser);
    crypt_wipe(padded, text.size);
    free(padded);
    return status;
}

static int take(void *context, const char *path, base_span text, lethe_error *error)
{
    net_credentials *c = context;
    const char *name = strrchr(path, '/');
    bool fits = true;
    if (name == NULL || strstr(path, "/Credentials/") == NULL)
        return 0;
    if (strcmp(name, "/AccessKeyId") == 0)
        fits = copy(c->key_id, sizeof(c->key_id), text);
    else if (strcmp(name, "/SecretAccessKey") == 0)
        fits = copy(c->secret, sizeof(c->secret), text);
    else if (strcmp(name, "/SessionToken") == 0)
        fits = copy(c->token, sizeof(c->token), text);
    else if (strcmp(name, "/Expiration") == 0)
        c->expires = seconds_of(text);
    return fits ? 0 : base_fail(error, LETHE_E_NET_ANSWER);
}

int net_credentials_from_xml(base_span text, net_credentials *ret_credentials, lethe_error *error)
{
    const net_xml_visitor visitor = {ret_credentials, take};
    BASE_TRY(net_xml_read(text, &visitor, error));
    return ret_credentials->key_id[0] != '\0' && ret_credentials->secret[0] != '\0' && ret_credentials->token[0] != '\0'
               ? 0
               : base_fail(error, LETHE_E_NET_ANSWER);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What servers and files of credentials may hold. The first byte chooses the parser; whatever it is given, it ends, it
 * keeps to its limits, and what it accepts has a form. */
#include "crypt/secret.h"
#include "net/credentials.h"
#include "net/retry.h"
#include "net/xml.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int element(void *context, const char *path, base_span text, lethe_error *error)
{
    (void)error;
    assert(path[0] != '\0' && strlen(path) < NET_XML_PATH_MAX && text.size <= NET_XML_TEXT_MAX);
    return ++*(int *)context > 100000 ? LETHE_E_BASE_LIMIT : 0;
}

static void fuzz_xml(base_span text)
{
    int count = 0;
    const net_xml_visitor visitor = {&count, element};
    lethe_error error = {0};
    const int status = net_xml_read(text, &visitor, &error);
    assert(status == 0 || status == LETHE_E_NET_ANSWER || status == LETHE_E_BASE_LIMIT);
    assert(status != 0 || count > 0);
}

static int pair(void *context, base_span name, base_span value)
{
    (void)context;
    assert(name.size != 0 && memchr(name.data, '\n', name.size) == NULL);
    return value.size > 1000;
}

static void fuzz_ini(base_span text)
{
    lethe_error error = {0};
    const int status = net_ini_section(text, "default", pair, NULL, &error);
    assert(status == 0 || (status == LETHE_E_NET_CREDENTIALS_FILE && error.line >= 1));
}

static void fuzz_handed(base_span text)
{
    net_credentials *credentials = NULL;
    assert(net_credentials_new(&credentials, NULL) == 0);
    if (net_credentials_from_json(text, credentials, NULL) == 0)
        assert(credentials->key_id[0] != '\0' && credentials->secret[0] != '\0');
    net_credentials_free(credentials);
    assert(net_credentials_new(&credentials, NULL) == 0);
    if (net_credentials_from_xml(text, credentials, NULL) == 0)
        assert(credentials->key_id[0] != '\0' && credentials->token[0] != '\0');
    net_credentials_free(credentials);
}

static void fuzz_head(base_span text)
{
    const net_answer answer = {.status = 503, .head = text};
    const base_span etag = net_answer_header(&answer, "etag");
    assert(etag.size == 0 || (etag.data >= text.data && etag.data + etag.size <= text.data + text.size));
    assert(net_retry_hint(&answer, 0) >= 0);
}

static void fuzz_url(base_span text)
{
    net_url url;
    char *copy = malloc(text.size + 1);
    assert(copy != NULL);
    if (text.size != 0)
        memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    if (net_url_parse(copy, &url, NULL) == 0)
        assert(url.host[0] != '\0' && strchr(url.host, '@') == NULL && url.path[strcspn(url.path, "\r\n ")] == '\0');
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const parsers[])(base_span) = {fuzz_xml, fuzz_ini, fuzz_handed, fuzz_head, fuzz_url};
    if (size == 0)
        return 0;
    parsers[data[0] % 5]((base_span){(const char *)data + 1, size - 1});
    return 0;
}

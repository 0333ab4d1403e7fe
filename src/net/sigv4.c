/* SPDX-License-Identifier: Apache-2.0 */
#include "net/sigv4.h"

#include "base/buf.h"
#include "base/date.h"
#include "crypt/digest.h"
#include "crypt/secret.h"
#include "net/url.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>

#define TEXT_MAX ((size_t)1 << 16)

static void hex(const uint8_t *bytes, size_t size, char *ret_text)
{
    for (size_t i = 0; i < size; i++)
        (void)snprintf(ret_text + 2 * i, 3, "%02x", bytes[i]);
}

/* A NUL-terminated copy of what was written; NULL where that failed. */
static const char *keep(base_arena *arena, const base_buf *buf)
{
    return buf->failed != 0 ? NULL : base_arena_copy(arena, base_buf_view(buf)).data;
}

static void format_date(int64_t seconds, char ret_date[17])
{
    const base_civil day = base_civil_of((int32_t)(seconds / 86400));
    const int second = (int)(seconds % 86400);
    (void)snprintf(ret_date, 17, "%04u%02u%02uT%02u%02u%02uZ", (unsigned)day.year % 10000u, (unsigned)day.month % 100u,
                   (unsigned)day.day % 100u, (unsigned)(second / 3600) % 100u, (unsigned)(second / 60 % 60),
                   (unsigned)(second % 60));
}

/* RFC 3986 5.2.4, and several slashes as one. */
static void write_normal_path(base_buf *out, const char *path)
{
    base_buf plain;
    base_buf_init(&plain, TEXT_MAX);
    bool folder = true;
    for (const char *at = path; *at != '\0';) {
        at += strspn(at, "/");
        const size_t size = strcspn(at, "/");
        folder = at[size] == '/' || size == 0;
        if (size == 2 && at[0] == '.' && at[1] == '.') {
            while (plain.size != 0 && plain.data[--plain.size] != '/')
                continue;
            folder = true;
        } else if (size == 1 && at[0] == '.') {
            folder = true;
        } else if (size != 0) {
            base_buf_byte(&plain, '/');
            base_buf_append(&plain, at, size);
        }
        at += size;
    }
    if (folder)
        base_buf_byte(&plain, '/');
    net_encode(out, base_buf_view(&plain), true);
    if (plain.failed != 0)
        out->failed = plain.failed;
    base_buf_done(&plain);
}

static int by_name_then_value(const void *a, const void *b)
{
    const net_pair *x = a, *y = b;
    const int order = strcmp(x->name, y->name);
    return order != 0 ? order : strcmp(x->value, y->value);
}

static const char *encoded(base_arena *arena, const char *text)
{
    base_buf buf;
    base_buf_init(&buf, TEXT_MAX);
    net_encode(&buf, base_span_of(text), false);
    const char *copy = keep(arena, &buf);
    base_buf_done(&buf);
    return copy;
}

/* name=value&… encoded, then sorted by code point. */
static int write_query(base_buf *out, const net_pair *query, size_t count, base_arena *arena, lethe_error *error)
{
    net_pair sorted[NET_SIGN_PAIRS_MAX];
    if (count > NET_SIGN_PAIRS_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    for (size_t i = 0; i < count; i++) {
        sorted[i] = (net_pair){encoded(arena, query[i].name), encoded(arena, query[i].value)};
        if (sorted[i].name == NULL || sorted[i].value == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    qsort(sorted, count, sizeof(sorted[0]), by_name_then_value);
    for (size_t i = 0; i < count; i++)
        base_buf_format(out, "%s%s=%s", i != 0 ? "&" : "", sorted[i].name, sorted[i].value);
    return base_buf_check(out, error);
}

static const char *lower(base_arena *arena, const char *text)
{
    const base_span copy = base_arena_copy(arena, base_span_of(text));
    char *at = (char *)(uintptr_t)copy.data;
    for (size_t i = 0; at != NULL && i < copy.size; i++)
        at[i] = (char)tolower((unsigned char)at[i]);
    return copy.data;
}

/* Outer white space gone, inner white space one space. */
static void write_trimmed(base_buf *out, const char *value)
{
    bool space = false, begun = false;
    for (; *value != '\0'; value++) {
        const bool white = *value == ' ' || *value == '\t' || *value == '\r' || *value == '\n';
        if (!white) {
            if (space && begun)
                base_buf_byte(out, ' ');
            base_buf_byte(out, *value);
            begun = true;
        }
        space = white;
    }
}

typedef struct signer {
    const net_signing *signing;
    net_pair headers[NET_SIGN_PAIRS_MAX]; /* lower-case names, sorted, in their order where one is repeated */
    size_t header_count;
    base_arena *arena;
    char date[17], scope[128];
    base_buf names; /* a;b;c */
} signer;

/* Insertion keeps the order of repeated names, which is that of their values. */
static int add_header(signer *s, const char *name, const char *value, lethe_error *error)
{
    const char *small = lower(s->arena, name);
    if (small == NULL || s->header_count == NET_SIGN_PAIRS_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    size_t at = s->header_count++;
    for (; at > 0 && strcmp(s->headers[at - 1].name, small) > 0; at--)
        s->headers[at] = s->headers[at - 1];
    s->headers[at] = (net_pair){small, value};
    return 0;
}

static void write_headers(const signer *s, base_buf *out)
{
    for (size_t i = 0; i < s->header_count; i++) {
        const bool again = i != 0 && strcmp(s->headers[i].name, s->headers[i - 1].name) == 0;
        if (again)
            base_buf_byte(out, ',');
        else
            base_buf_format(out, "%s%s:", i != 0 ? "\n" : "", s->headers[i].name);
        write_trimmed(out, s->headers[i].value);
    }
    base_buf_byte(out, '\n');
}

static void write_names(signer *s)
{
    for (size_t i = 0; i < s->header_count; i++)
        if (i == 0 || strcmp(s->headers[i].name, s->headers[i - 1].name) != 0)
            base_buf_format(&s->names, "%s%s", i != 0 ? ";" : "", s->headers[i].name);
}

static int canonical_request(signer *s, const net_pair *query, size_t query_count, const char **ret_text,
                             lethe_error *error)
{
    base_buf out;
    base_buf_init(&out, TEXT_MAX);
    base_buf_format(&out, "%s\n", s->signing->method);
    if (s->signing->normalize)
        write_normal_path(&out, s->signing->path);
    else
        net_encode(&out, base_span_of(s->signing->path), true);
    base_buf_byte(&out, '\n');
    int status = write_query(&out, query, query_count, s->arena, error);
    base_buf_byte(&out, '\n');
    write_headers(s, &out);
    base_buf_byte(&out, '\n');
    base_buf_span(&out, base_buf_view(&s->names));
    base_buf_format(&out, "\n%s", s->signing->payload_sha256);
    *ret_text = keep(s->arena, &out);
    if (status == 0 && *ret_text == NULL)
        status = base_fail(error, LETHE_E_BASE_MEMORY);
    base_buf_done(&out);
    return status;
}

static int mac(const void *key, size_t key_size, const char *text, uint8_t ret_mac[32], lethe_error *error)
{
    unsigned size = 0;
    return HMAC(EVP_sha256(), key, (int)key_size, (const unsigned char *)text, strlen(text), ret_mac, &size) != NULL
               ? 0
               : base_fail(error, LETHE_E_CRYPT_LIBRARY);
}

/* The key of a day, a region and a service; then the signature under it. */
static int sign(const signer *s, const net_credentials *credentials, const char *text, char ret_signature[65],
                lethe_error *error)
{
    char first[4 + NET_SECRET_MAX + 1], day[9];
    uint8_t key[32];
    (void)snprintf(first, sizeof(first), "AWS4%s", credentials->secret);
    (void)snprintf(day, sizeof(day), "%.8s", s->date);
    int status = mac(first, strlen(first), day, key, error);
    const char *const steps[] = {s->signing->region, s->signing->service, "aws4_request", text};
    for (size_t i = 0; status == 0 && i < sizeof(steps) / sizeof(steps[0]); i++)
        status = mac(key, sizeof(key), steps[i], key, error);
    if (status == 0)
        hex(key, sizeof(key), ret_signature);
    crypt_wipe(first, sizeof(first));
    crypt_wipe(key, sizeof(key));
    return status;
}

static int begin(signer *s, const net_signing *signing, int64_t seconds, base_arena *arena, lethe_error *error)
{
    *s = (signer){.signing = signing, .arena = arena};
    base_buf_init(&s->names, TEXT_MAX);
    format_date(seconds, s->date);
    (void)snprintf(s->scope, sizeof(s->scope), "%.8s/%s/%s/aws4_request", s->date, signing->region, signing->service);
    for (size_t i = 0; i < signing->header_count; i++)
        BASE_TRY(add_header(s, signing->headers[i].name, signing->headers[i].value, error));
    return 0;
}

static int finish(signer *s, const net_credentials *credentials, const net_pair *query, size_t query_count,
                  net_signed *ret_signed, lethe_error *error)
{
    uint8_t digest[32];
    char text[65];
    BASE_TRY(canonical_request(s, query, query_count, &ret_signed->canonical_request, error));
    BASE_TRY(crypt_sha256(base_span_of(ret_signed->canonical_request), digest, error));
    hex(digest, sizeof(digest), text);
    char *to_sign = base_arena_take(s->arena, 256);
    if (to_sign == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    (void)snprintf(to_sign, 256, "AWS4-HMAC-SHA256\n%s\n%s\n%s", s->date, s->scope, text);
    ret_signed->string_to_sign = to_sign;
    memcpy(ret_signed->date, s->date, sizeof(s->date));
    return sign(s, credentials, to_sign, ret_signed->signature, error);
}

static int sign_headers(signer *s, const net_credentials *credentials, net_signed *ret_signed, lethe_error *error)
{
    base_buf out;
    BASE_TRY(add_header(s, "x-amz-date", s->date, error));
    if (credentials->token[0] != '\0' && !s->signing->token_unsigned)
        BASE_TRY(add_header(s, "x-amz-security-token", credentials->token, error));
    write_names(s);
    BASE_TRY(finish(s, credentials, s->signing->query, s->signing->query_count, ret_signed, error));
    base_buf_init(&out, TEXT_MAX);
    base_buf_format(&out, "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=", credentials->key_id, s->scope);
    base_buf_span(&out, base_buf_view(&s->names));
    base_buf_format(&out, ", Signature=%s", ret_signed->signature);
    ret_signed->authorization = keep(s->arena, &out);
    base_buf_done(&out);
    return ret_signed->authorization != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
}

int net_sign_headers(const net_signing *signing, const net_credentials *credentials, int64_t seconds, base_arena *arena,
                     net_signed *ret_signed, lethe_error *error)
{
    signer s;
    int status = begin(&s, signing, seconds, arena, error);
    if (status == 0)
        status = sign_headers(&s, credentials, ret_signed, error);
    base_buf_done(&s.names);
    return status;
}

static int sign_query(signer *s, const net_credentials *credentials, uint32_t expires_seconds, net_signed *ret_signed,
                      lethe_error *error)
{
    net_pair query[NET_SIGN_PAIRS_MAX];
    char credential[NET_KEY_ID_MAX + 136], expires[16];
    size_t count = s->signing->query_count;
    if (count > NET_SIGN_PAIRS_MAX - 6)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    if (count != 0)
        memcpy(query, s->signing->query, count * sizeof(query[0]));
    write_names(s);
    const char *names = keep(s->arena, &s->names);
    if (names == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    (void)snprintf(credential, sizeof(credential), "%s/%s", credentials->key_id, s->scope);
    (void)snprintf(expires, sizeof(expires), "%u", expires_seconds);
    query[count++] = (net_pair){"X-Amz-Algorithm", "AWS4-HMAC-SHA256"};
    query[count++] = (net_pair){"X-Amz-Credential", credential};
    query[count++] = (net_pair){"X-Amz-Date", s->date};
    query[count++] = (net_pair){"X-Amz-SignedHeaders", names};
    query[count++] = (net_pair){"X-Amz-Expires", expires};
    if (credentials->token[0] != '\0' && !s->signing->token_unsigned)
        query[count++] = (net_pair){"X-Amz-Security-Token", credentials->token};
    ret_signed->authorization = NULL;
    return finish(s, credentials, query, count, ret_signed, error);
}

int net_sign_query(const net_signing *signing, const net_credentials *credentials, int64_t seconds,
                   uint32_t expires_seconds, base_arena *arena, net_signed *ret_signed, lethe_error *error)
{
    signer s;
    int status = begin(&s, signing, seconds, arena, error);
    if (status == 0)
        status = sign_query(&s, credentials, expires_seconds, ret_signed, error);
    base_buf_done(&s.names);
    return status;
}

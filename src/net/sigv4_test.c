/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "json/json.h"
#include "crypt/digest.h"
#include "net/sigv4.h"

#include "base/date.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * The published signing suite (awslabs, aws-c-auth), where the reference data lies beside the source tree: a folder a
 * case, each signed as headers and as a query. One case of our own choosing stands here, so that the test says
 * something without it: the worked example of the AWS General Reference for IAM's ListUsers.
 */
#define FILE_MAX ((size_t)1 << 16)

static char suite[4096];

static void find_suite(void)
{
    const char *shared = getenv("LETHE_SHARED"), *source = getenv("LETHE_SOURCE");
    if (shared != NULL)
        (void)snprintf(suite, sizeof(suite), "%s/data/lake/sigv4", shared);
    else
        (void)snprintf(suite, sizeof(suite), "%s/../shared/data/lake/sigv4", source != NULL ? source : ".");
}

static char *load(base_arena *arena, const char *folder, const char *name)
{
    char path[8192];
    char *text = base_arena_take(arena, FILE_MAX + JSON_PADDING);
    (void)snprintf(path, sizeof(path), "%s/%s/%s", suite, folder, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_non_null(text);
    const size_t size = fread(text, 1, FILE_MAX, file);
    text[size] = '\0';
    (void)fclose(file);
    return text;
}

static char *decode(char *text)
{
    char *to = text;
    for (char *at = text; *at != '\0'; at++) {
        unsigned byte = 0;
        if (*at == '%' && sscanf(at + 1, "%2x", &byte) == 1) {
            *to++ = (char)byte;
            at += 2;
        } else {
            *to++ = *at;
        }
    }
    *to = '\0';
    return text;
}

typedef struct request {
    net_pair query[32], headers[32];
    net_signing signing;
    const char *body;
} request;

static void parse_query(request *r, char *text)
{
    for (char *pair = text, *next = NULL; pair != NULL && *pair != '\0'; pair = next) {
        next = strchr(pair, '&');
        if (next != NULL)
            *next++ = '\0';
        char *equals = strchr(pair, '=');
        if (equals != NULL)
            *equals++ = '\0';
        r->query[r->signing.query_count++] = (net_pair){decode(pair), equals != NULL ? decode(equals) : ""};
    }
}

/* A line that begins with white space belongs to the header before it: as the value, with its line breaks. */
static void parse_headers(request *r, char *line)
{
    while (*line != '\0' && *line != '\n') {
        char *end = line;
        do {
            end = strchr(end + 1, '\n');
        } while (end != NULL && (end[1] == ' ' || end[1] == '\t'));
        char *colon = strchr(line, ':');
        assert_non_null(colon);
        *colon = '\0';
        r->headers[r->signing.header_count++] = (net_pair){line, colon + 1};
        if (end == NULL)
            return;
        *end = '\0';
        line = end + 1;
    }
    r->body = *line == '\n' ? line + 1 : line;
}

static void parse(request *r, char *text)
{
    char *line = strchr(text, '\n');
    char *space = strchr(text, ' ');
    assert_non_null(space);
    if (line != NULL)
        *line = '\0';
    char *version = strstr(space + 1, " HTTP/1.1");
    assert_non_null(version);
    *version = *space = '\0';
    r->signing.method = text;
    char *query = strchr(space + 1, '?');
    if (query != NULL) {
        *query = '\0';
        parse_query(r, query + 1);
    }
    r->signing.path = decode(space + 1);
    r->body = "";
    if (line != NULL)
        parse_headers(r, line + 1);
}

static void text_of(json_value object, const char *key, char *to, size_t capacity)
{
    const base_span text = json_string(json_get(object, key));
    assert_true(text.size < capacity);
    if (text.size != 0)
        memcpy(to, text.data, text.size);
    to[text.size] = '\0';
}

static void digest_of(const char *body, char ret_hex[65])
{
    uint8_t digest[32];
    assert_int_equal(crypt_sha256(base_span_of(body), digest, NULL), 0);
    for (int i = 0; i < 32; i++)
        (void)snprintf(ret_hex + 2 * i, 3, "%02x", digest[i]);
}

static bool truth(json_value object, const char *key)
{
    bool value = false;
    (void)json_bool(json_get(object, key), &value);
    return value;
}

static void compare(base_arena *arena, const char *name, const char *form, const net_signed *got)
{
    char file[64];
    (void)snprintf(file, sizeof(file), "%s-canonical-request.txt", form);
    assert_string_equal(got->canonical_request, load(arena, name, file));
    (void)snprintf(file, sizeof(file), "%s-string-to-sign.txt", form);
    assert_string_equal(got->string_to_sign, load(arena, name, file));
    (void)snprintf(file, sizeof(file), "%s-signature.txt", form);
    assert_string_equal(got->signature, load(arena, name, file));
}

static void run_case(json_parser *parser, const char *name)
{
    base_arena arena;
    json_value context;
    net_credentials *credentials = NULL;
    request r = {0};
    char region[64], service[64], body[65], when[64];
    base_time time;
    net_signed got;
    int64_t expires = 0;
    base_arena_init(&arena, (size_t)16 << 20);
    const char *text = load(&arena, name, "context.json");
    assert_int_equal(json_parse(parser, base_span_of(text), &context, NULL), 0);
    assert_int_equal(net_credentials_new(&credentials, NULL), 0);
    const json_value given = json_get(context, "credentials");
    text_of(given, "access_key_id", credentials->key_id, sizeof(credentials->key_id));
    text_of(given, "secret_access_key", credentials->secret, sizeof(credentials->secret));
    text_of(given, "token", credentials->token, sizeof(credentials->token));
    text_of(context, "region", region, sizeof(region));
    text_of(context, "service", service, sizeof(service));
    text_of(context, "timestamp", when, sizeof(when));
    assert_int_equal(base_time_parse(base_span_of(when), &time, NULL), 0);
    const int64_t seconds = (int64_t)time.day * 86400 + time.second;
    parse(&r, load(&arena, name, "request.txt"));
    digest_of(r.body, body);
    r.signing.normalize = truth(context, "normalize");
    r.signing.region = region;
    r.signing.service = service;
    r.signing.payload_sha256 = body;
    r.signing.query = r.query;
    r.signing.headers = r.headers;
    r.signing.token_unsigned = truth(context, "omit_session_token");
    assert_true(json_int64(json_get(context, "expiration_in_seconds"), &expires));
    assert_int_equal(net_sign_query(&r.signing, credentials, seconds, (uint32_t)expires, &arena, &got, NULL), 0);
    compare(&arena, name, "query", &got);
    if (truth(context, "sign_body"))
        r.headers[r.signing.header_count++] = (net_pair){"x-amz-content-sha256", body};
    assert_int_equal(net_sign_headers(&r.signing, credentials, seconds, &arena, &got, NULL), 0);
    compare(&arena, name, "header", &got);
    net_credentials_free(credentials);
    base_arena_done(&arena);
}

static void test_published_suite(void **state)
{
    (void)state;
    json_parser *parser = NULL;
    int cases = 0;
    find_suite();
    DIR *folder = opendir(suite);
    if (folder == NULL) {
        print_message("the signing suite is not there: skipped\n");
        skip();
    }
    assert_int_equal(json_parser_new(FILE_MAX, 16, &parser, NULL), 0);
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (entry->d_name[0] != '.') {
            run_case(parser, entry->d_name);
            cases++;
        }
    (void)closedir(folder);
    json_parser_free(parser);
    print_message("%d cases, as headers and as a query\n", cases);
    assert_int_equal(cases, 38);
}

/* AWS General Reference, "Examples of the complete Signature Version 4 signing process". */
static void test_worked_example(void **state)
{
    (void)state;
    base_arena arena;
    net_credentials *credentials = NULL;
    net_signed got;
    const net_pair query[] = {{"Version", "2010-05-08"}, {"Action", "ListUsers"}};
    const net_pair headers[] = {{"Host", "iam.amazonaws.com"},
                                {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
    const net_signing signing = {.method = "GET",
                                 .path = "/",
                                 .normalize = true,
                                 .query = query,
                                 .query_count = 2,
                                 .headers = headers,
                                 .header_count = 2,
                                 .payload_sha256 = NET_EMPTY_SHA256,
                                 .region = "us-east-1",
                                 .service = "iam"};
    base_arena_init(&arena, (size_t)1 << 20);
    assert_int_equal(net_credentials_new(&credentials, NULL), 0);
    memcpy(credentials->key_id, "AKIDEXAMPLE", sizeof("AKIDEXAMPLE"));
    memcpy(credentials->secret, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
           sizeof("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"));
    assert_int_equal(net_sign_headers(&signing, credentials, 1440938160, &arena, &got, NULL), 0);
    assert_string_equal(got.date, "20150830T123600Z");
    assert_string_equal(got.signature, "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
    credentials->secret[0]++;
    assert_int_equal(net_sign_headers(&signing, credentials, 1440938160, &arena, &got, NULL), 0);
    assert_string_not_equal(got.signature, "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
    net_credentials_free(credentials);
    base_arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_worked_example), cmocka_unit_test(test_published_suite)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

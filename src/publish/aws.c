/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/aws.h"

#include "crypt/digest.h"

#include <stdio.h>
#include <stdlib.h>

#define URL_MAX ((size_t)1 << 16)

const char *publish_environment(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

const char *publish_format(base_arena *arena, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    const int size = vsnprintf(NULL, 0, format, arguments);
    char *text = size >= 0 ? base_arena_take(arena, (size_t)size + 1) : NULL;
    if (text != NULL)
        (void)vsnprintf(text, (size_t)size + 1, format, again);
    va_end(again);
    va_end(arguments);
    return text;
}

int publish_sha256_hex(base_span bytes, char ret_hex[65], lethe_error *error)
{
    uint8_t digest[32];
    BASE_TRY(crypt_sha256(bytes, digest, error));
    for (int i = 0; i < 32; i++)
        (void)snprintf(ret_hex + 2 * i, 3, "%02x", digest[i]);
    return 0;
}

static int set_endpoint(publish_aws *aws, const char *endpoint, lethe_error *error)
{
    net_url url;
    BASE_TRY(net_url_parse(endpoint, &url, error));
    aws->tls = strcmp(url.scheme, "https") == 0;
    if ((!aws->tls && strcmp(url.scheme, "http") != 0) || (url.path[0] != '\0' && strcmp(url.path, "/") != 0) ||
        url.query[0] != '\0')
        return base_fail(error, LETHE_E_NET_ADDRESS);
    const uint16_t usual = aws->tls ? 443 : 80;
    if (url.port == 0 || url.port == usual)
        (void)snprintf(aws->host, sizeof(aws->host), "%s", url.host);
    else
        (void)snprintf(aws->host, sizeof(aws->host), "%s:%u", url.host, (unsigned)url.port);
    (void)snprintf(aws->root, sizeof(aws->root), "%s://%s", url.scheme, aws->host);
    return 0;
}

int publish_aws_open(publish_aws *aws, net_client *client, const char *service, const char *endpoint,
                     const char *bucket, lethe_error *error)
{
    char own[NET_HOST_MAX + 1];
    *aws = (publish_aws){.client = client};
    (void)snprintf(aws->service, sizeof(aws->service), "%s", service);
    BASE_TRY(net_region_find(aws->region, error));
    (void)snprintf(own, sizeof(own), "https://%s%s%s.%s.amazonaws.com%s", bucket != NULL ? bucket : "",
                   bucket != NULL ? "." : "", service, aws->region, strncmp(aws->region, "cn-", 3) == 0 ? ".cn" : "");
    BASE_TRY(set_endpoint(aws, endpoint != NULL ? endpoint : own, error));
    return net_credentials_find(client, aws->region, &aws->credentials, error);
}

void publish_aws_done(publish_aws *aws)
{
    net_credentials_free(aws->credentials);
    aws->credentials = NULL;
}

static int write_url(const publish_aws *aws, base_arena *arena, const char *path, const net_pair *query, size_t count,
                     const char **ret_url, lethe_error *error)
{
    base_buf url;
    base_buf_init(&url, URL_MAX);
    base_buf_text(&url, aws->root);
    net_encode(&url, base_span_of(path), true);
    for (size_t i = 0; i < count; i++) {
        base_buf_byte(&url, i == 0 ? '?' : '&');
        net_encode(&url, base_span_of(query[i].name), false);
        base_buf_byte(&url, '=');
        net_encode(&url, base_span_of(query[i].value), false);
    }
    *ret_url = url.failed == 0 ? base_arena_copy(arena, base_buf_view(&url)).data : NULL;
    base_buf_done(&url);
    return *ret_url != NULL ? 0 : base_fail(error, LETHE_E_BASE_LIMIT);
}

/* Where the new ones cannot be had, the old ones may still do. */
static void renew(publish_aws *aws)
{
    net_credentials *fresh = NULL;
    if (net_credentials_find(aws->client, aws->region, &fresh, NULL) != 0)
        return;
    net_credentials_free(aws->credentials);
    aws->credentials = fresh;
}

int publish_aws_sign(publish_aws *aws, base_arena *arena, const char *path, const net_pair *query, size_t query_count,
                     const char *payload_sha256, net_request *request, lethe_error *error)
{
    net_pair headers[NET_HEADERS_MAX + 1] = {{"host", aws->host}};
    net_signed got;
    size_t count = 1;
    const int64_t now = net_client_now(aws->client);
    if (net_credentials_end(aws->credentials, now))
        renew(aws);
    if (strcmp(aws->service, "s3") == 0)
        net_request_add(request, "x-amz-content-sha256", payload_sha256);
    for (size_t i = 0; i < request->header_count; i++)
        headers[count++] = (net_pair){request->headers[i].name, request->headers[i].value};
    BASE_TRY(write_url(aws, arena, path, query, query_count, &request->url, error));
    const net_signing signing = {
        .method = request->method,
        .path = path,
        .normalize = strcmp(aws->service, "s3") != 0,
        .query = query,
        .query_count = query_count,
        .headers = headers,
        .header_count = count,
        .payload_sha256 = payload_sha256,
        .region = aws->region,
        .service = aws->service,
    };
    BASE_TRY(net_sign_headers(&signing, aws->credentials, now, arena, &got, error));
    net_request_add(request, "X-Amz-Date", base_arena_copy(arena, base_span_of(got.date)).data);
    if (aws->credentials->token[0] != '\0')
        net_request_add(request, "X-Amz-Security-Token",
                        base_arena_copy(arena, base_span_of(aws->credentials->token)).data);
    net_request_add(request, "Authorization", got.authorization);
    return 0;
}

static bool is_one_of(const char *code, const char *const *codes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(code, codes[i]) == 0)
            return true;
    return false;
}

net_verdict publish_aws_verdict(publish_aws *aws, const net_answer *answer, const char *code)
{
    static const char *const slower[] = {"SlowDown",
                                         "ThrottlingException",
                                         "Throttling",
                                         "ThrottledException",
                                         "RequestLimitExceeded",
                                         "TooManyRequestsException",
                                         "RequestThrottled",
                                         "ResourceNumberLimitExceededException",
                                         "ProvisionedThroughputExceeded"};
    static const char *const again[] = {
        "InternalError",    "InternalServiceException",   "OperationTimeoutException",         "RequestTimeout",
        "OperationAborted", "ConditionalRequestConflict", "FederationSourceRetryableException"};
    static const char *const clock[] = {"RequestTimeTooSkewed", "RequestExpired", "InvalidSignatureException"};
    static const char *const ended[] = {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"};
    const net_verdict verdict = net_verdict_of(answer);
    if (verdict == NET_DONE || code[0] == '\0')
        return verdict;
    if (is_one_of(code, slower, sizeof(slower) / sizeof(slower[0])))
        return NET_AGAIN_LATER;
    if (is_one_of(code, again, sizeof(again) / sizeof(again[0])))
        return NET_AGAIN;
    if (is_one_of(code, clock, sizeof(clock) / sizeof(clock[0])) && net_client_set_clock(aws->client, answer))
        return NET_AGAIN;
    if (is_one_of(code, ended, sizeof(ended) / sizeof(ended[0]))) {
        renew(aws);
        return NET_AGAIN;
    }
    return verdict;
}

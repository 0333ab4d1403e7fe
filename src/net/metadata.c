/* SPDX-License-Identifier: Apache-2.0 */
#include "net/metadata.h"

#include "base/file.h"
#include "crypt/secret.h"

#include <stdlib.h>
#include <strings.h>

/*
 * Each question goes through a client of its own: what is not there must be found out within a second or two, while
 * what is there may need another attempt. Answers are wiped.
 */
#define CONTAINER_HOST      "http://169.254.170.2"
#define INSTANCE_HOST       "http://169.254.169.254"
#define TOKEN_FILE_MAX      ((size_t)20000)
#define ANSWER_MAX          ((size_t)64 << 10)
#define METADATA_CONNECT_MS 1000
#define METADATA_ATTEMPT_MS 5000

typedef struct question {
    const char *method, *url, *body;
    net_header header; /* name NULL: none */
    base_buf *answer;
    int status;
} question;

static int build(void *opaque, base_arena *arena, net_request *request, lethe_error *error)
{
    const question *q = opaque;
    net_url url;
    (void)arena;
    BASE_TRY(net_url_parse(q->url, &url, error));
    request->method = q->method;
    request->url = q->url;
    request->to_metadata = net_host_is_metadata(url.host);
    if (q->header.name != NULL)
        net_request_add(request, q->header.name, q->header.value);
    if (q->body != NULL) {
        net_request_add(request, "Content-Type", "application/x-www-form-urlencoded");
        request->body = base_span_of(q->body);
        request->has_body = true;
    } else if (strcmp(q->method, "PUT") == 0) {
        request->has_body = true;
    }
    return 0;
}

static int judge(void *opaque, const net_answer *answer, net_verdict *ret_verdict, lethe_error *error)
{
    question *q = opaque;
    *ret_verdict = net_verdict_of(answer);
    q->status = answer->status;
    if (*ret_verdict == NET_FAILED)
        return net_refuse(answer, (base_span){NULL, 0}, error);
    base_buf_reset(q->answer);
    base_buf_span(q->answer, answer->body);
    return base_buf_check(q->answer, error);
}

static int ask(const net_client_options *options, question *q, lethe_error *error)
{
    net_client *client = NULL;
    const net_job job = {.context = q, .build = build, .judge = judge, .answer_max = ANSWER_MAX};
    BASE_TRY(net_client_new(options, &client, error));
    const int status = net_client_call(client, &job, error);
    net_client_free(client);
    return status;
}

static const net_client_options metadata_options = {
    .flight_max = 1, .attempts_max = 3, .connect_ms = METADATA_CONNECT_MS, .attempt_ms = METADATA_ATTEMPT_MS};

static void done(base_buf *buf)
{
    if (buf->data != NULL)
        crypt_wipe(buf->data, buf->capacity);
    base_buf_done(buf);
}

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

/* A file's text without white space at its end, NUL behind it. */
static int load_token(const char *path, base_buf *buf, lethe_error *error)
{
    int status = base_file_load(path, buf, error);
    while (status == 0 && buf->size != 0 && strchr(" \r\n\t", buf->data[buf->size - 1]) != NULL)
        buf->size--;
    base_buf_byte(buf, '\0');
    return status != 0 ? status : base_buf_check(buf, error);
}

/* -- web identity: STS, AssumeRoleWithWebIdentity --------------------------------------------------------------------
 */

static void write_body(base_buf *body, const char *role, const base_buf *token)
{
    const char *session = environment("AWS_ROLE_SESSION_NAME");
    base_buf_text(body, "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=");
    net_encode(body, base_span_of(role), false);
    base_buf_text(body, "&RoleSessionName=");
    net_encode(body, base_span_of(session != NULL ? session : "lethe"), false);
    base_buf_text(body, "&WebIdentityToken=");
    net_encode(body, base_span_of(token->data), false);
    base_buf_byte(body, '\0');
}

static int ask_sts(const char *role, const base_buf *token, const char *region, net_credentials *c, lethe_error *error)
{
    char url[NET_PATH_MAX];
    base_buf body, answer;
    const char *endpoint = environment("AWS_ENDPOINT_URL_STS");
    const net_client_options options = {.flight_max = 1, .attempts_max = 4, .ca_file = environment("AWS_CA_BUNDLE")};
    base_buf_init(&body, (size_t)1 << 17);
    base_buf_init(&answer, ANSWER_MAX);
    if (endpoint != NULL)
        (void)snprintf(url, sizeof(url), "%s/", endpoint);
    else
        (void)snprintf(url, sizeof(url), "https://sts.%s.amazonaws.com/", region);
    write_body(&body, role, token);
    int status = base_buf_check(&body, error);
    question q = {.method = "POST", .url = url, .body = body.data, .answer = &answer};
    if (status == 0)
        status = ask(&options, &q, error);
    if (status == 0)
        status = net_credentials_from_xml(base_buf_view(&answer), c, error);
    done(&body);
    done(&answer);
    return status;
}

int net_metadata_web_identity(net_client *client, const char *region, net_credentials *c, bool *ret_found,
                              lethe_error *error)
{
    const char *path = environment("AWS_WEB_IDENTITY_TOKEN_FILE"), *role = environment("AWS_ROLE_ARN");
    base_buf token;
    (void)client;
    *ret_found = path != NULL && role != NULL;
    if (!*ret_found)
        return 0;
    base_buf_init(&token, TOKEN_FILE_MAX);
    int status = load_token(path, &token, error);
    if (status == 0)
        status = ask_sts(role, &token, region, c, error);
    done(&token);
    return status;
}

/* -- a container -----------------------------------------------------------------------------------------------------
 */

int net_metadata_container(net_client *client, net_credentials *c, bool *ret_found, lethe_error *error)
{
    const char *relative = environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const char *full = environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    const char *path = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *token = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    char url[NET_PATH_MAX];
    base_buf file, answer;
    (void)client;
    *ret_found = relative != NULL || full != NULL;
    if (!*ret_found)
        return 0;
    (void)snprintf(url, sizeof(url), "%s%s", relative != NULL ? CONTAINER_HOST : "",
                   relative != NULL ? relative : full);
    base_buf_init(&file, TOKEN_FILE_MAX);
    base_buf_init(&answer, ANSWER_MAX);
    int status = path != NULL ? load_token(path, &file, error) : 0;
    if (path != NULL)
        token = file.data;
    question q = {.method = "GET", .url = url, .answer = &answer};
    if (token != NULL)
        q.header = (net_header){"Authorization", token};
    if (status == 0)
        status = ask(&metadata_options, &q, error);
    if (status == 0)
        status = net_credentials_from_json(base_buf_view(&answer), c, error);
    done(&file);
    done(&answer);
    return status;
}

/* -- an instance: version 2, which asks for a token first, so that no page that can be tricked into a GET gets in -----
 */

static int ask_instance(const char *host, const char *path, const char *token, base_buf *answer, lethe_error *error)
{
    char url[NET_PATH_MAX];
    (void)snprintf(url, sizeof(url), "%s%s", host, path);
    question q = {.method = token == NULL ? "PUT" : "GET", .url = url, .answer = answer};
    q.header = token == NULL ? (net_header){"X-aws-ec2-metadata-token-ttl-seconds", "21600"}
                             : (net_header){"X-aws-ec2-metadata-token", token};
    BASE_TRY(ask(&metadata_options, &q, error));
    base_buf_byte(answer, '\0');
    return base_buf_check(answer, error);
}

static int ask_role(const char *host, const char *token, net_credentials *c, lethe_error *error)
{
    static const char roles[] = "/latest/meta-data/iam/security-credentials/";
    char path[NET_PATH_MAX / 2];
    base_buf answer;
    base_buf_init(&answer, ANSWER_MAX);
    int status = ask_instance(host, roles, token, &answer, error);
    if (status == 0) {
        const size_t size = strcspn(answer.data, "\r\n");
        const bool fits =
            size != 0 && (size_t)snprintf(path, sizeof(path), "%s%.*s", roles, (int)size, answer.data) < sizeof(path);
        base_buf_reset(&answer);
        status = fits ? ask_instance(host, path, token, &answer, error) : base_fail(error, LETHE_E_NET_ANSWER);
    }
    if (status == 0)
        status = net_credentials_from_json((base_span){answer.data, answer.size - 1}, c, error);
    done(&answer);
    return status;
}

int net_metadata_instance(net_client *client, net_credentials *c, bool *ret_found, lethe_error *error)
{
    const char *disabled = environment("AWS_EC2_METADATA_DISABLED");
    const char *endpoint = environment("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    const char *host = endpoint != NULL ? endpoint : INSTANCE_HOST;
    base_buf token;
    (void)client;
    *ret_found = false;
    if (disabled != NULL && strcasecmp(disabled, "true") == 0)
        return 0;
    base_buf_init(&token, ANSWER_MAX);
    const int reached = ask_instance(host, "/latest/api/token", NULL, &token, NULL);
    const int status = reached == 0 ? ask_role(host, token.data, c, error) : 0; /* nobody there: not a cloud machine */
    *ret_found = reached == 0 && status == 0;
    done(&token);
    return status;
}

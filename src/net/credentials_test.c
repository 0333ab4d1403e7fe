/* SPDX-License-Identifier: Apache-2.0 */
#include "net/credentials.h"

#include "base/test.h"
#include "net/test_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The chain in its order, each link alone and before the next; services played by a server of this machine. */
static char home[64];
static test_server *server;

static const char *const variables[] = {"AWS_ACCESS_KEY_ID",
                                        "AWS_SECRET_ACCESS_KEY",
                                        "AWS_SESSION_TOKEN",
                                        "AWS_PROFILE",
                                        "AWS_SHARED_CREDENTIALS_FILE",
                                        "AWS_CONFIG_FILE",
                                        "AWS_WEB_IDENTITY_TOKEN_FILE",
                                        "AWS_ROLE_ARN",
                                        "AWS_ENDPOINT_URL_STS",
                                        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                                        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                                        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
                                        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                                        "AWS_EC2_METADATA_DISABLED",
                                        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                                        "AWS_REGION",
                                        "AWS_DEFAULT_REGION"};

static void put(const char *name, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/%s", home, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
}

static void handle(void *context, const test_request *request, test_reply *reply)
{
    (void)context;
    static const char json[] = "{\"Code\":\"Success\",\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"s%s\","
                               "\"Token\":\"t%s\",\"Expiration\":\"2030-01-01T00:00:00Z\"}";
    char value[256] = "", body[2048] = "";
    int status = 200;
    if (strcmp(request->path, "/latest/api/token") == 0) {
        if (strcmp(request->method, "PUT") != 0 ||
            !test_header(request, "X-aws-ec2-metadata-token-ttl-seconds", value, sizeof(value)))
            status = 400;
        (void)snprintf(body, sizeof(body), "session");
    } else if (strncmp(request->path, "/latest/", 8) == 0) {
        (void)test_header(request, "X-aws-ec2-metadata-token", value, sizeof(value));
        if (strcmp(value, "session") != 0)
            status = 401;
        else if (strcmp(request->path, "/latest/meta-data/iam/security-credentials/") == 0)
            (void)snprintf(body, sizeof(body), "role-1\n");
        else
            (void)snprintf(body, sizeof(body), json, "IMDS", "IMDS", "IMDS");
    } else if (strcmp(request->path, "/container") == 0) {
        (void)test_header(request, "Authorization", value, sizeof(value));
        if (strcmp(value, "container word") != 0)
            status = 403;
        (void)snprintf(body, sizeof(body), json, "ECS", "ECS", "ECS");
    } else if (strcmp(request->path, "/") == 0) { /* STS */
        const char *wanted =
            "RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&RoleSessionName=lethe&WebIdentityToken=web.token";
        if (memmem(request->body.data, request->body.size, wanted, strlen(wanted)) == NULL)
            status = 400;
        (void)snprintf(body, sizeof(body),
                       "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>"
                       "<AccessKeyId>WEB</AccessKeyId><SecretAccessKey>sWEB</SecretAccessKey><SessionToken>tWEB"
                       "</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials>"
                       "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>");
    } else {
        status = 404;
    }
    base_buf_format(&reply->bytes, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n\r\n%s", status, strlen(body), body);
}

static int clear(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
        (void)unsetenv(variables[i]);
    (void)setenv("HOME", home, 1);
    (void)setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    put(".aws/credentials", "");
    put(".aws/config", "");
    return 0;
}

static void found(const char *id, const char *token)
{
    net_credentials *c = NULL;
    char secret[64];
    assert_int_equal(net_credentials_find(NULL, "us-east-1", &c, NULL), 0);
    assert_string_equal(c->key_id, id);
    (void)snprintf(secret, sizeof(secret), "s%s", id);
    assert_string_equal(c->secret, secret);
    assert_string_equal(c->token, token);
    net_credentials_free(c);
}

static void test_nobody_has_any(void **state)
{
    (void)state;
    net_credentials *c = NULL;
    lethe_error error = {0};
    assert_int_equal(net_credentials_find(NULL, "us-east-1", &c, &error), LETHE_E_NET_CREDENTIALS);
    assert_null(c);
}

static void test_files(void **state)
{
    (void)state;
    char region[NET_REGION_MAX + 1];
    lethe_error error = {0};
    net_credentials *c = NULL;
    put(".aws/credentials", "# ours\n[default]\naws_access_key_id = FILE\naws_secret_access_key=sFILE\n\n[ other ]\n"
                            "aws_access_key_id=OTHER\naws_secret_access_key = sOTHER\r\naws_session_token = tOTHER\n");
    put(".aws/config",
        "[default]\nregion = eu-west-1\ns3 =\n  addressing_style = path\n[profile other]\nregion=eu-north-1\n");
    found("FILE", "");
    assert_int_equal(net_region_find(region, NULL), 0);
    assert_string_equal(region, "eu-west-1");
    (void)setenv("AWS_PROFILE", "other", 1);
    found("OTHER", "tOTHER");
    assert_int_equal(net_region_find(region, NULL), 0);
    assert_string_equal(region, "eu-north-1");
    (void)setenv("AWS_DEFAULT_REGION", "af-south-1", 1);
    assert_int_equal(net_region_find(region, NULL), 0);
    assert_string_equal(region, "af-south-1");
    (void)setenv("AWS_ACCESS_KEY_ID", "ENV", 1);
    (void)setenv("AWS_SECRET_ACCESS_KEY", "sENV", 1);
    found("ENV", "");
    (void)setenv("AWS_SESSION_TOKEN", "tENV", 1);
    found("ENV", "tENV");
    (void)unsetenv("AWS_ACCESS_KEY_ID");
    put(".aws/credentials", "[other]\naws_access_key_id\n");
    assert_int_equal(net_credentials_find(NULL, "us-east-1", &c, &error), LETHE_E_NET_CREDENTIALS_FILE);
    assert_int_equal(error.line, 2);
}

static void test_services(void **state)
{
    (void)state;
    char text[128];
    (void)snprintf(text, sizeof(text), "http://127.0.0.1:%u", test_server_port(server));
    (void)unsetenv("AWS_EC2_METADATA_DISABLED");
    (void)setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", text, 1);
    found("IMDS", "tIMDS");
    (void)snprintf(text, sizeof(text), "http://127.0.0.1:%u/container", test_server_port(server));
    (void)setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", text, 1);
    (void)setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "container word", 1);
    found("ECS", "tECS");
    put("token", "web.token\n");
    (void)snprintf(text, sizeof(text), "%s/token", home);
    (void)setenv("AWS_WEB_IDENTITY_TOKEN_FILE", text, 1);
    (void)setenv("AWS_ROLE_ARN", "arn:aws:iam::1:role/r", 1);
    (void)snprintf(text, sizeof(text), "http://127.0.0.1:%u", test_server_port(server));
    (void)setenv("AWS_ENDPOINT_URL_STS", text, 1);
    found("WEB", "tWEB");
    (void)setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "another", 1);
    (void)unsetenv("AWS_ROLE_ARN");
    net_credentials *c = NULL;
    assert_int_equal(net_credentials_find(NULL, "us-east-1", &c, NULL), LETHE_E_NET_DENIED);
}

static void test_answers(void **state)
{
    (void)state;
    net_credentials *c = NULL;
    assert_int_equal(net_credentials_new(&c, NULL), 0);
    assert_int_equal(net_credentials_from_json(BASE_SPAN("{\"AccessKeyId\": 3}"), c, NULL), LETHE_E_NET_ANSWER);
    assert_int_equal(net_credentials_from_json(BASE_SPAN("{"), c, NULL), LETHE_E_NET_ANSWER);
    assert_int_equal(net_credentials_from_json((base_span){NULL, 0}, c, NULL), LETHE_E_NET_ANSWER);
    assert_int_equal(net_credentials_from_xml(BASE_SPAN("<a/>"), c, NULL), LETHE_E_NET_ANSWER);
    c->expires = 0;
    assert_false(net_credentials_end(c, 1));
    c->expires = 1000;
    assert_true(net_credentials_end(c, 900) && !net_credentials_end(c, 100));
    net_credentials_free(c);
}

static int set_up(void **state)
{
    (void)state;
    char folder[128];
    (void)snprintf(home, sizeof(home), "/tmp/lethe-credentials-XXXXXX");
    if (mkdtemp(home) == NULL)
        return -1;
    (void)snprintf(folder, sizeof(folder), "%s/.aws", home);
    server = test_server_new(handle, NULL);
    return mkdir(folder, 0700);
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const names[] = {".aws/credentials", ".aws/config", "token", ".aws", ""};
    test_server_free(server);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[256];
        (void)snprintf(path, sizeof(path), "%s/%s", home, names[i]);
        (void)remove(path);
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_nobody_has_any, clear), cmocka_unit_test_setup(test_files, clear),
        cmocka_unit_test_setup(test_services, clear), cmocka_unit_test_setup(test_answers, clear)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

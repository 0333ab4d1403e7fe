/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "net/client.h"
#include "net/test_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* The client against a server that does everything a server can do wrong. */
static test_server *server;

static void say(test_reply *reply, int status, const char *head, const char *body)
{
    base_buf_format(&reply->bytes, "HTTP/1.1 %d Word\r\nContent-Length: %zu\r\n%s\r\n%s", status, strlen(body), head,
                    body);
}

/* The path says what happens: /N/what answers so to the first N requests and well to those behind them. */
static void handle(void *context, const test_request *request, test_reply *reply)
{
    (void)context;
    unsigned bad = 0;
    char what[256] = "";
    (void)sscanf(request->path, "/%u/%255[^?]", &bad, what);
    if (request->number > bad) {
        base_buf_format(&reply->bytes, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nETag: \"%u\"\r\n\r\n",
                        request->body.size, request->number);
        base_buf_span(&reply->bytes, request->body);
    } else if (strncmp(what, "status", 6) == 0) {
        say(reply, atoi(what + 6), "Retry-After: 0\r\n", "no");
    } else if (strcmp(what, "hint") == 0) {
        say(reply, 429, "Retry-After: 1\r\n", "");
    } else if (strcmp(what, "cut") == 0) {
        base_buf_text(&reply->bytes, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        reply->cut = true;
    } else if (strcmp(what, "head") == 0) {
        base_buf_text(&reply->bytes, "HTTP/1.1 200 OK\r\nContent-Ty");
        reply->cut = true;
    } else if (strcmp(what, "nothing") == 0) {
        reply->cut = true;
    } else if (strcmp(what, "drip") == 0) {
        say(reply, 200, "", "slowly, slowly, slowly, slowly, slowly, slowly, slowly, slowly");
        reply->drip_ms = 100;
    } else if (strcmp(what, "redirect") == 0) {
        say(reply, 302, "Location: http://127.0.0.1:1/stolen\r\n", "");
    } else if (strcmp(what, "twice") == 0) {
        say(reply, 200, "", "first");
        say(reply, 200, "", "second");
    } else if (strcmp(what, "noise") == 0) {
        base_buf_text(&reply->bytes, "\x01\x02 this is no answer\r\n\r\n");
        reply->cut = true;
    } else if (strcmp(what, "large") == 0) {
        base_buf_text(&reply->bytes, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n");
        for (int i = 0; i < 5000; i++)
            base_buf_byte(&reply->bytes, 'x');
    } else {
        say(reply, 404, "", "");
    }
}

typedef struct errand {
    char url[300];
    const char *method, *body;
    unsigned judged, built, released;
    int status;
    char answer[256], etag[32];
} errand;

static int build(void *opaque, base_arena *arena, net_request *request, lethe_error *error)
{
    errand *e = opaque;
    (void)arena;
    (void)error;
    e->built++;
    request->method = e->method != NULL ? e->method : "GET";
    request->url = e->url;
    net_request_add(request, "X-Test", "word");
    if (e->body != NULL) {
        request->body = base_span_of(e->body);
        request->has_body = true;
    }
    return 0;
}

static int judge(void *opaque, const net_answer *answer, net_verdict *ret_verdict, lethe_error *error)
{
    errand *e = opaque;
    e->judged++;
    e->status = answer->status;
    *ret_verdict = net_verdict_of(answer);
    (void)snprintf(e->answer, sizeof(e->answer), "%.*s", (int)(answer->body.size < 200 ? answer->body.size : 200),
                   answer->body.data != NULL ? answer->body.data : "");
    const base_span etag = net_answer_header(answer, "etag");
    (void)snprintf(e->etag, sizeof(e->etag), "%.*s", (int)etag.size, etag.data != NULL ? etag.data : "");
    return *ret_verdict == NET_FAILED ? net_refuse(answer, BASE_SPAN("No<Such>Key"), error) : 0;
}

static void release(void *opaque)
{
    ((errand *)opaque)->released++;
}

static net_job job_of(errand *e, const char *path)
{
    (void)snprintf(e->url, sizeof(e->url), "http://127.0.0.1:%u%s", test_server_port(server), path);
    return (net_job){.context = e, .build = build, .judge = judge, .release = release, .answer_max = 1000};
}

static const net_client_options quick = {
    .backoff_ms = 1, .throttle_ms = 1, .idle_ms = 1000, .attempt_ms = 2000, .attempts_max = 4};

static int run(errand *e, const char *path, const net_client_options *options, lethe_error *error)
{
    net_client *client = NULL;
    const net_job job = job_of(e, path);
    assert_int_equal(net_client_new(options, &client, NULL), 0);
    const int status = net_client_call(client, &job, error);
    net_client_free(client);
    assert_int_equal(e->released, 1);
    return status;
}

static void test_bodies(void **state)
{
    (void)state;
    errand put = {.method = "PUT", .body = "hello"}, head = {.method = "HEAD"}, empty = {.method = "PUT", .body = ""};
    assert_int_equal(run(&put, "/0/a", &quick, NULL), 0);
    assert_string_equal(put.answer, "hello");
    assert_string_equal(put.etag, "\"1\"");
    assert_int_equal(run(&head, "/0/b", &quick, NULL), 0);
    assert_string_equal(head.etag, "\"1\"");
    assert_int_equal(run(&empty, "/0/c", &quick, NULL), 0);
}

/* Each of these is over after two bad answers, and never over when there is no end of them. */
static void test_repeated(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        int code;
    } cases[] = {{"status500", LETHE_E_NET_BUSY}, {"status502", LETHE_E_NET_BUSY}, {"status503", LETHE_E_NET_BUSY},
                 {"status504", LETHE_E_NET_BUSY}, {"status429", LETHE_E_NET_BUSY}, {"status408", LETHE_E_NET_BUSY},
                 {"cut", LETHE_E_NET_CUT},        {"nothing", LETHE_E_NET_CUT},    {"head", LETHE_E_NET_CUT},
                 {"noise", LETHE_E_NET_ANSWER}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        errand some = {.method = "PUT", .body = "x"}, all = {.method = "PUT", .body = "x"};
        lethe_error error = {0};
        char path[64];
        (void)snprintf(path, sizeof(path), "/2/%s", cases[i].what);
        assert_int_equal(run(&some, path, &quick, &error), 0);
        assert_int_equal(some.built, 3);
        assert_string_equal(some.answer, "x");
        (void)snprintf(path, sizeof(path), "/99/%s", cases[i].what);
        assert_int_equal(run(&all, path, &quick, &error), cases[i].code);
        assert_int_equal(all.built, 4);
        assert_string_equal(error.file, "127.0.0.1");
    }
}

static void test_refusals(void **state)
{
    (void)state;
    static const int statuses[] = {400, 401, 403, 404, 405, 409, 411, 412, 413, 415, 416, 422, 501, 505};
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        errand e = {0};
        lethe_error error = {0};
        char path[64], wanted[64];
        (void)snprintf(path, sizeof(path), "/99/status%d", statuses[i]);
        (void)snprintf(wanted, sizeof(wanted), "HTTP %d NoSuchKey", statuses[i]);
        const bool denied = statuses[i] == 401 || statuses[i] == 403;
        assert_int_equal(run(&e, path, &quick, &error), denied ? LETHE_E_NET_DENIED : LETHE_E_NET_REFUSED);
        assert_string_equal(error.path, wanted);
        assert_int_equal(e.built, 1);
    }
}

static void test_drip(void **state)
{
    (void)state;
    errand drip = {0};
    const net_client_options options = {.backoff_ms = 1, .attempt_ms = 500, .attempts_max = 2};
    assert_int_equal(run(&drip, "/1/drip", &options, NULL), 0);
    assert_int_equal(drip.built, 2);
}

static void test_limits(void **state)
{
    (void)state;
    errand redirect = {0}, large = {0}, plain = {.url = ""};
    lethe_error error = {0};
    assert_int_equal(run(&redirect, "/99/redirect", &quick, &error), LETHE_E_NET_REDIRECT);
    assert_int_equal(redirect.built, 1);
    assert_int_equal(run(&large, "/99/large", &quick, &error), LETHE_E_NET_ANSWER_SIZE);
    assert_int_equal(large.judged, 0);
    net_client *client = NULL;
    net_job job = job_of(&plain, "/0/x");
    (void)snprintf(plain.url, sizeof(plain.url), "http://127.0.0.1.example.invalid/");
    assert_int_equal(net_client_new(&quick, &client, NULL), 0);
    assert_int_equal(net_client_call(client, &job, &error), LETHE_E_NET_PLAIN);
    net_client_cancel(client);
    (void)snprintf(plain.url, sizeof(plain.url), "file:///etc/hostname");
    assert_int_equal(net_client_call(client, &job, &error), LETHE_E_NET_ADDRESS);
    net_client_cancel(client);
    (void)snprintf(plain.url, sizeof(plain.url), "http://127.0.0.1:1/");
    assert_int_equal(net_client_call(client, &job, &error), LETHE_E_NET_CONNECT);
    net_client_free(client);
}

/* A second answer that nobody asked for is not taken for that of the next request. */
static void test_answered_twice(void **state)
{
    (void)state;
    net_client *client = NULL;
    const net_client_options one = {.flight_max = 1, .backoff_ms = 1};
    assert_int_equal(net_client_new(&one, &client, NULL), 0);
    for (int i = 0; i < 20; i++) {
        errand twice = {0}, next = {.method = "PUT", .body = "mine"};
        char path[64];
        (void)snprintf(path, sizeof(path), "/1/twice?%d", i);
        const net_job first = job_of(&twice, "/99/twice"), second = job_of(&next, path + 0);
        (void)snprintf(next.url, sizeof(next.url), "http://127.0.0.1:%u/0/n%d", test_server_port(server), i);
        assert_int_equal(net_client_call(client, &first, NULL), 0);
        assert_string_equal(twice.answer, "first");
        assert_int_equal(net_client_call(client, &second, NULL), 0);
        assert_string_equal(next.answer, "mine");
    }
    net_client_free(client);
}

#define MANY 200

static void test_many(void **state)
{
    (void)state;
    static errand errands[MANY];
    net_client *client = NULL;
    const net_client_options options = {.flight_max = 16, .backoff_ms = 1, .throttle_ms = 1, .attempts_max = 8};
    memset(errands, 0, sizeof(errands));
    assert_int_equal(net_client_new(&options, &client, NULL), 0);
    for (size_t i = 0; i < MANY; i++) {
        char path[64];
        errands[i].method = "PUT";
        errands[i].body = "body";
        (void)snprintf(path, sizeof(path), "/%d/%s?%zu", i % 10 == 0, i % 20 == 0 ? "status503" : "cut", i);
        const net_job job = job_of(&errands[i], path);
        assert_int_equal(net_client_submit(client, &job, NULL), 0);
    }
    assert_int_equal(net_client_drain(client, NULL), 0);
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(errands[i].released, 1);
        assert_int_equal(errands[i].built, 1 + (i % 10 == 0));
        assert_string_equal(errands[i].answer, "body");
    }
    assert_int_equal(net_client_counts(client)->requests, MANY + MANY / 10);
    assert_int_equal(net_client_counts(client)->repeated, MANY / 10);
    net_client_free(client);
}

/* After a failure nothing more is taken, everything is released once, and a cancelled client works again. */
static void test_failure_is_told_once(void **state)
{
    (void)state;
    errand bad = {0}, after = {0}, good = {0};
    net_client *client = NULL;
    lethe_error error = {0};
    assert_int_equal(net_client_new(&quick, &client, NULL), 0);
    const net_job first = job_of(&bad, "/99/status404"), second = job_of(&after, "/0/z"), third = job_of(&good, "/0/y");
    assert_int_equal(net_client_call(client, &first, &error), LETHE_E_NET_REFUSED);
    assert_int_equal(net_client_submit(client, &second, &error), LETHE_E_NET_REFUSED);
    assert_int_equal(after.built, 0);
    assert_int_equal(after.released, 1);
    net_client_cancel(client);
    assert_int_equal(net_client_call(client, &third, &error), 0);
    net_client_free(client);
}

static int stop(void *context)
{
    return ++*(int *)context > 2;
}

static void test_cancelled(void **state)
{
    (void)state;
    errand e = {0};
    int asked = 0;
    net_client_options options = quick;
    options.attempt_ms = 60000;
    options.idle_ms = 60000;
    options.idle = stop;
    options.idle_context = &asked;
    lethe_error error = {0};
    assert_int_equal(run(&e, "/99/drip", &options, &error), LETHE_E_BASE_CANCELLED);
}

static void test_hint_is_kept(void **state)
{
    (void)state;
    errand e = {0};
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    assert_int_equal(run(&e, "/1/hint", &quick, NULL), 0);
    clock_gettime(CLOCK_MONOTONIC, &after);
    const int64_t took_ms = (int64_t)(after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
    assert_true(took_ms >= 1000);
}

static int set_up(void **state)
{
    (void)state;
    server = test_server_new(handle, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_server_free(server);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies),    cmocka_unit_test(test_repeated),
        cmocka_unit_test(test_refusals),  cmocka_unit_test(test_drip),
        cmocka_unit_test(test_limits),    cmocka_unit_test(test_answered_twice),
        cmocka_unit_test(test_many),      cmocka_unit_test(test_failure_is_told_once),
        cmocka_unit_test(test_cancelled), cmocka_unit_test(test_hint_is_kept),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

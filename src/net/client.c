/* SPDX-License-Identifier: Apache-2.0 */
#include "net/client.h"

#include "crypt/aead.h"
#include "net/curl.h"
#include "net/retry.h"

#include <stdlib.h>
#include <time.h>

#define ARENA_MAX   ((size_t)1 << 20)
#define POLL_MS     100
#define IDLE_RATE   64L
#define MS_A_SECOND 1000u

typedef enum slot_state { SLOT_FREE, SLOT_WAITING, SLOT_FLYING } slot_state;

/* A job with what one attempt needs; the easy handle stays, so that its connection is used again. */
typedef struct slot {
    slot_state state;
    net_job job;
    CURL *easy;
    struct curl_slist *list;
    base_arena arena;
    net_request request;
    base_buf body, head;
    uint32_t attempt; /* from 1 */
    int64_t not_before_ms;
    bool alone; /* the next attempt has a connection of its own */
    char host[NET_HOST_MAX + 1];
} slot;

struct net_client {
    const net_curl *curl;
    CURLM *multi;
    net_client_options options;
    net_retry retry;
    slot slots[NET_FLIGHT_MAX];
    size_t slot_count, flying, used;
    net_counts counts;
    int64_t skew_seconds;
    bool alone; /* a connection for each request */
    int64_t asked_at_ms;
    int status; /* of the first job that failed */
    lethe_error error;
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static uint32_t or_default(uint32_t value, uint32_t fallback)
{
    return value != 0 ? value : fallback;
}

int net_client_new(const net_client_options *options, net_client **ret_client, lethe_error *error)
{
    uint64_t seed = 0;
    net_client *client = calloc(1, sizeof(*client));
    if (client == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    client->options = options != NULL ? *options : (net_client_options){0};
    client->options.attempts_max = or_default(client->options.attempts_max, NET_ATTEMPTS_MAX);
    client->slot_count = client->options.flight_max != 0 ? client->options.flight_max : 8;
    if (client->slot_count > NET_FLIGHT_MAX)
        client->slot_count = NET_FLIGHT_MAX;
    for (size_t i = 0; i < client->slot_count; i++) {
        base_arena_init(&client->slots[i].arena, ARENA_MAX);
        base_buf_init(&client->slots[i].body, NET_ANSWER_MAX);
        base_buf_init(&client->slots[i].head, NET_HEAD_MAX);
    }
    int status = crypt_random(&seed, sizeof(seed), error);
    net_retry_init(&client->retry, &client->options, seed);
    if (status == 0)
        status = net_curl_load(&client->curl, error);
    if (status == 0 && (client->multi = client->curl->multi_init()) == NULL)
        status = base_fail(error, LETHE_E_BASE_MEMORY);
    if (status != 0)
        net_client_free(client);
    else
        *ret_client = client;
    return status;
}

static void end_attempt(net_client *client, slot *s)
{
    if (s->state == SLOT_FLYING) {
        (void)client->curl->multi_remove_handle(client->multi, s->easy);
        client->flying--;
        s->state = SLOT_WAITING;
    }
    if (s->list != NULL)
        client->curl->slist_free_all(s->list);
    s->list = NULL;
}

static void free_slot(net_client *client, slot *s)
{
    end_attempt(client, s);
    if (s->state == SLOT_FREE)
        return;
    s->state = SLOT_FREE;
    client->used--;
    base_arena_wipe(&s->arena); /* headers with credentials */
    if (s->job.release != NULL)
        s->job.release(s->job.context);
    s->job = (net_job){0};
}

void net_client_cancel(net_client *client)
{
    for (size_t i = 0; i < client->slot_count; i++)
        free_slot(client, &client->slots[i]);
    client->status = 0;
}

void net_client_free(net_client *client)
{
    if (client == NULL)
        return;
    net_client_cancel(client);
    for (size_t i = 0; i < client->slot_count; i++) {
        slot *s = &client->slots[i];
        if (s->easy != NULL)
            client->curl->easy_cleanup(s->easy);
        base_arena_done(&s->arena);
        base_buf_done(&s->body);
        base_buf_done(&s->head);
    }
    if (client->multi != NULL)
        (void)client->curl->multi_cleanup(client->multi);
    free(client);
}

void net_client_distrust(net_client *client)
{
    client->alone = true;
}

const net_counts *net_client_counts(const net_client *client)
{
    return &client->counts;
}

int64_t net_client_now(const net_client *client)
{
    return (int64_t)time(NULL) + client->skew_seconds;
}

bool net_client_set_clock(net_client *client, const net_answer *answer)
{
    int64_t there = 0;
    if (!net_http_date(net_answer_header(answer, "date"), &there))
        return false;
    client->skew_seconds = there - (int64_t)time(NULL);
    return true;
}

/* -- one attempt -----------------------------------------------------------------------------------------------------
 */

static size_t take_bytes(base_buf *buf, const char *data, size_t size)
{
    base_buf_append(buf, data, size);
    return buf->failed == 0 ? size : 0; /* less than was offered ends the transfer */
}

static size_t take_body(char *data, size_t size, size_t count, void *opaque)
{
    return take_bytes(&((slot *)opaque)->body, data, size * count);
}

/* The head of a 100 Continue is followed by another: the last one counts. */
static size_t take_head(char *data, size_t size, size_t count, void *opaque)
{
    slot *s = opaque;
    if (size * count >= 5 && memcmp(data, "HTTP/", 5) == 0)
        base_buf_reset(&s->head);
    return take_bytes(&s->head, data, size * count);
}

/* Where the request may go, and by which name its failures are told. */
static int check_address(net_client *client, slot *s, lethe_error *error)
{
    net_url url;
    BASE_TRY(net_url_parse(s->request.url, &url, error));
    (void)snprintf(s->host, sizeof(s->host), "%s", url.host);
    if (strcmp(url.scheme, "https") == 0)
        return 0;
    if (strcmp(url.scheme, "http") != 0)
        return base_fail(error, LETHE_E_NET_ADDRESS);
    if (net_host_is_loopback(url.host) || client->options.insecure ||
        (s->request.to_metadata && net_host_is_metadata(url.host)))
        return 0;
    base_fail(error, LETHE_E_NET_PLAIN);
    base_error_file(error, url.host);
    return LETHE_E_NET_PLAIN;
}

static bool has_break(const char *text)
{
    return text[strcspn(text, "\r\n")] != '\0';
}

static int add_line(net_client *client, slot *s, const char *name, const char *value, lethe_error *error)
{
    const size_t size = strlen(name) + strlen(value) + 3;
    char *line = base_arena_take(&s->arena, size);
    if (line == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    if (has_break(name) || has_break(value))
        return base_fail(error, LETHE_E_NET_ADDRESS);
    /* libcurl: "Name;" is a header without a value, "Name:" takes away one of its own. */
    (void)snprintf(line, size, value[0] != '\0' ? "%s: %s" : "%s;%s", name, value);
    struct curl_slist *list = client->curl->slist_append(s->list, line);
    if (list == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    s->list = list;
    return 0;
}

static int add_headers(net_client *client, slot *s, lethe_error *error)
{
    /* No waiting for 100 Continue, no chunks, no type that nobody gave. */
    static const char *const unwanted[] = {"Expect:", "Transfer-Encoding:", "Content-Type:", "Accept:"};
    for (size_t i = 0; i < s->request.header_count; i++)
        BASE_TRY(add_line(client, s, s->request.headers[i].name, s->request.headers[i].value, error));
    for (size_t i = 0; i < sizeof(unwanted) / sizeof(unwanted[0]); i++) {
        bool given = false;
        for (size_t j = 0; j < s->request.header_count; j++)
            given |= strncasecmp(unwanted[i], s->request.headers[j].name, strlen(unwanted[i]) - 1) == 0;
        struct curl_slist *list = given ? s->list : client->curl->slist_append(s->list, unwanted[i]);
        if (list == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        s->list = list;
    }
    return 0;
}

static void set_limits(net_client *client, slot *s)
{
    const net_client_options *o = &client->options;
    const net_curl *curl = client->curl;
    CURL *easy = s->easy;
    curl->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)or_default(o->connect_ms, 10 * MS_A_SECOND));
    curl->easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)or_default(o->attempt_ms, 600 * MS_A_SECOND));
    curl->easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, IDLE_RATE);
    curl->easy_setopt(easy, CURLOPT_LOW_SPEED_TIME,
                      (long)((or_default(o->idle_ms, 30 * MS_A_SECOND) + MS_A_SECOND - 1) / MS_A_SECOND));
    curl->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl->easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl->easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl->easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl->easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl->easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl->easy_setopt(easy, CURLOPT_BUFFERSIZE, 65536L);
    curl->easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 524288L);
    if (o->ca_file != NULL)
        curl->easy_setopt(easy, CURLOPT_CAINFO, o->ca_file);
    if (client->alone || s->alone) {
        curl->easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
        curl->easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    }
    if (s->request.to_metadata || net_host_is_loopback(s->host))
        curl->easy_setopt(easy, CURLOPT_NOPROXY, "*");
}

static void set_request(net_client *client, slot *s)
{
    const net_curl *curl = client->curl;
    CURL *easy = s->easy;
    curl->easy_setopt(easy, CURLOPT_URL, s->request.url);
    curl->easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L); /* what was signed */
    curl->easy_setopt(easy, CURLOPT_HTTPHEADER, s->list);
    curl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl->easy_setopt(easy, CURLOPT_WRITEDATA, s);
    curl->easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_head);
    curl->easy_setopt(easy, CURLOPT_HEADERDATA, s);
    curl->easy_setopt(easy, CURLOPT_PRIVATE, s);
    if (s->request.has_body) {
        curl->easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)s->request.body.size);
        curl->easy_setopt(easy, CURLOPT_POSTFIELDS, s->request.body.size != 0 ? s->request.body.data : "");
    } else if (strcmp(s->request.method, "HEAD") == 0) {
        curl->easy_setopt(easy, CURLOPT_NOBODY, 1L);
    }
    if (strcmp(s->request.method, "HEAD") != 0)
        curl->easy_setopt(easy, CURLOPT_CUSTOMREQUEST, s->request.method);
}

static int start(net_client *client, slot *s, lethe_error *error)
{
    base_arena_wipe(&s->arena);
    base_buf_reset(&s->body);
    s->body.max = s->job.answer_max != 0 ? s->job.answer_max : NET_ANSWER_MAX;
    base_buf_reset(&s->head);
    s->request = (net_request){.method = "GET"};
    BASE_TRY(s->job.build(s->job.context, &s->arena, &s->request, error));
    BASE_TRY(check_address(client, s, error));
    if (s->easy == NULL && (s->easy = client->curl->easy_init()) == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    client->curl->easy_reset(s->easy);
    BASE_TRY(add_headers(client, s, error));
    set_limits(client, s);
    set_request(client, s);
    if (client->curl->multi_add_handle(client->multi, s->easy) != CURLM_OK)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    s->state = SLOT_FLYING;
    client->flying++;
    client->counts.requests++;
    client->counts.repeated += s->attempt > 1;
    client->counts.sent_bytes += s->request.body.size;
    return 0;
}

/* -- its end ---------------------------------------------------------------------------------------------------------
 */

static int fail_at(slot *s, int code, lethe_error *error)
{
    base_fail(error, code);
    base_error_file(error, s->host);
    return code;
}

/* No answer: what is worth another attempt, and what it is called when there is none left. */
static net_verdict verdict_of_transport(CURLcode code, int *ret_error)
{
    switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CIPHER:
        *ret_error = LETHE_E_NET_TLS;
        return NET_FAILED;
    case CURLE_URL_MALFORMAT:
        *ret_error = LETHE_E_NET_ADDRESS;
        return NET_FAILED;
    case CURLE_WRITE_ERROR:
    case CURLE_OUT_OF_MEMORY:
        *ret_error = LETHE_E_NET_ANSWER_SIZE;
        return NET_FAILED;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL: /* what it calls an answer that is none: addresses were checked before */
        *ret_error = LETHE_E_NET_ANSWER;
        return NET_AGAIN;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
        *ret_error = LETHE_E_NET_CONNECT;
        return NET_AGAIN;
    default:
        *ret_error = LETHE_E_NET_CUT;
        return NET_AGAIN;
    }
}

/* An empty line ends the head; libcurl takes the end of the connection for one as well. */
static bool head_is_whole(const base_buf *head)
{
    return head->size >= 2 && head->data[head->size - 1] == '\n' &&
           (head->data[head->size - 2] == '\n' ||
            (head->size >= 4 && memcmp(head->data + head->size - 4, "\r\n\r\n", 4) == 0) ||
            (head->size >= 3 && memcmp(head->data + head->size - 3, "\n\r\n", 3) == 0));
}

/* A refusal may be the answer to the request before, sent twice: one that came over a connection that had carried
 * another request is believed when it is heard again over a fresh one. */
static bool came_over_used(const net_client *client, const slot *s)
{
    long connects = 1;
    (void)client->curl->easy_getinfo(s->easy, CURLINFO_NUM_CONNECTS, &connects);
    return connects == 0 && !s->alone;
}

static int judge(net_client *client, slot *s, CURLcode code, net_answer *ret_answer, net_verdict *ret_verdict,
                 lethe_error *error)
{
    long status = 0;
    int transport = 0;
    if (code == CURLE_OK && !head_is_whole(&s->head))
        code = CURLE_PARTIAL_FILE;
    if (code != CURLE_OK) {
        *ret_answer = (net_answer){.cut = true};
        *ret_verdict = verdict_of_transport(code, &transport);
        return fail_at(s, transport, error);
    }
    (void)client->curl->easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
    client->counts.received_bytes += s->body.size;
    *ret_answer = (net_answer){(int)status, base_buf_view(&s->body), base_buf_view(&s->head), false};
    if (status >= 300 && status < 400 && status != 304) {
        *ret_verdict = NET_FAILED;
        return fail_at(s, LETHE_E_NET_REDIRECT, error);
    }
    *ret_verdict = NET_FAILED;
    const int judged = s->job.judge(s->job.context, ret_answer, ret_verdict, error);
    if (*ret_verdict == NET_FAILED && came_over_used(client, s)) {
        s->alone = true;
        *ret_verdict = NET_AGAIN;
        return judged;
    }
    if (*ret_verdict == NET_AGAIN || *ret_verdict == NET_AGAIN_LATER) {
        fail_at(s, LETHE_E_NET_BUSY, error);
        if (error != NULL)
            (void)snprintf(error->path, sizeof(error->path), "HTTP %d", (int)status);
        return LETHE_E_NET_BUSY;
    }
    if (*ret_verdict == NET_STRANGE) {
        client->alone = true;
        return fail_at(s, LETHE_E_NET_ANSWER, error);
    }
    if (judged != 0)
        base_error_file(error, s->host);
    return judged;
}

static void note_failure(net_client *client, int status, const lethe_error *error)
{
    if (client->status != 0)
        return;
    client->status = status;
    client->error = *error;
}

/* `status` and `error` say what is told where there is no further attempt. */
static void end(net_client *client, slot *s, net_verdict verdict, const net_answer *answer, int status,
                const lethe_error *error)
{
    const uint32_t attempts = or_default(s->job.attempts_max, client->options.attempts_max);
    int64_t delay = -1;
    if (verdict == NET_DONE && status == 0) {
        net_retry_succeeded(&client->retry, s->attempt);
        free_slot(client, s);
        return;
    }
    if (verdict != NET_FAILED && verdict != NET_DONE && s->attempt < attempts)
        delay = net_retry_delay(&client->retry, verdict == NET_AGAIN_LATER, s->attempt + 1,
                                answer->cut ? 0 : net_retry_hint(answer, net_client_now(client)), now_ms());
    if (delay < 0) {
        note_failure(client, status, error);
        free_slot(client, s);
        return;
    }
    end_attempt(client, s);
    s->attempt++;
    s->not_before_ms = now_ms() + delay;
}

static void finish(net_client *client, slot *s, CURLcode code)
{
    net_answer answer = {0};
    net_verdict verdict = NET_FAILED;
    lethe_error error = {0};
    const int status = judge(client, s, code, &answer, &verdict, &error);
    end(client, s, verdict, &answer, status, &error);
}

/* -- all of them -----------------------------------------------------------------------------------------------------
 */

/* Starts what may start; the time until the next one that waits. */
static int start_waiting(net_client *client)
{
    const int64_t now = now_ms();
    int64_t next = POLL_MS;
    for (size_t i = 0; i < client->slot_count && client->status == 0; i++) {
        slot *s = &client->slots[i];
        lethe_error error = {0};
        if (s->state != SLOT_WAITING || (double)client->flying >= client->retry.limit)
            continue;
        if (s->not_before_ms > now) {
            next = s->not_before_ms - now < next ? s->not_before_ms - now : next;
            continue;
        }
        const int status = start(client, s, &error);
        if (status != 0) {
            note_failure(client, status, &error);
            free_slot(client, s);
        }
    }
    return (int)next;
}

static void take_finished(net_client *client)
{
    int left = 0;
    for (CURLMsg *message; (message = client->curl->multi_info_read(client->multi, &left)) != NULL;) {
        char *opaque = NULL;
        if (message->msg != CURLMSG_DONE)
            continue;
        const CURLcode code = message->data.result;
        (void)client->curl->easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &opaque);
        finish(client, (slot *)(void *)opaque, code);
    }
}

static void ask(net_client *client)
{
    const int64_t now = now_ms();
    lethe_error error = {0};
    if (client->options.idle == NULL || now - client->asked_at_ms < POLL_MS)
        return;
    client->asked_at_ms = now;
    if (client->options.idle(client->options.idle_context) != 0)
        note_failure(client, base_fail(&error, LETHE_E_BASE_CANCELLED), &error);
}

static void pump(net_client *client, bool wait)
{
    int running = 0;
    const int next = start_waiting(client);
    (void)client->curl->multi_perform(client->multi, &running);
    take_finished(client);
    ask(client);
    if (wait && client->status == 0 && client->used != 0 && (running != 0 || client->flying == 0))
        (void)client->curl->multi_poll(client->multi, NULL, 0, next, NULL);
}

static int told(net_client *client, lethe_error *error)
{
    if (client->status != 0 && error != NULL)
        *error = client->error;
    return client->status;
}

static slot *free_one(net_client *client)
{
    for (size_t i = 0; i < client->slot_count; i++)
        if (client->slots[i].state == SLOT_FREE)
            return &client->slots[i];
    return NULL;
}

int net_client_submit(net_client *client, const net_job *job, lethe_error *error)
{
    slot *s = free_one(client);
    while (client->status == 0 && (s == NULL || (double)client->used >= client->retry.limit)) {
        pump(client, true);
        s = free_one(client);
    }
    if (client->status != 0) {
        if (job->release != NULL)
            job->release(job->context);
        return told(client, error);
    }
    s->state = SLOT_WAITING;
    s->alone = false;
    s->job = *job;
    s->attempt = 1;
    s->not_before_ms = 0;
    client->used++;
    pump(client, false);
    return told(client, error);
}

int net_client_drain(net_client *client, lethe_error *error)
{
    while (client->used != 0 && client->status == 0)
        pump(client, true);
    return told(client, error);
}

int net_client_call(net_client *client, const net_job *job, lethe_error *error)
{
    BASE_TRY(net_client_submit(client, job, error));
    return net_client_drain(client, error);
}

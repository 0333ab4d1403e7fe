/* SPDX-License-Identifier: Apache-2.0 */
#include "net/test_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD_MAX  65536
#define BODY_MAX  ((size_t)64 << 20)
#define PATHS_MAX 4096

struct test_server {
    int listener;
    unsigned port;
    test_handler handler;
    void *context;
    pthread_t thread;
    pthread_mutex_t lock;
    char paths[PATHS_MAX][512];
    unsigned counts[PATHS_MAX];
    size_t path_count;
    atomic_uint requests, connections;
    atomic_bool stopping;
};

typedef struct connection {
    test_server *server;
    int socket;
} connection;

bool test_header(const test_request *request, const char *name, char *ret_value, size_t capacity)
{
    const size_t size = strlen(name);
    for (const char *line = request->head; (line = strstr(line, "\r\n")) != NULL;) {
        line += 2;
        if (strncasecmp(line, name, size) == 0 && line[size] == ':') {
            const char *value = line + size + 1 + strspn(line + size + 1, " ");
            (void)snprintf(ret_value, capacity, "%.*s", (int)strcspn(value, "\r"), value);
            return true;
        }
    }
    return false;
}

static unsigned count_path(test_server *server, const char *path)
{
    pthread_mutex_lock(&server->lock);
    size_t i = 0;
    while (i < server->path_count && strcmp(server->paths[i], path) != 0)
        i++;
    if (i == server->path_count && i < PATHS_MAX)
        (void)snprintf(server->paths[server->path_count++], sizeof(server->paths[0]), "%s", path);
    const unsigned number = i < PATHS_MAX ? ++server->counts[i] : 0;
    pthread_mutex_unlock(&server->lock);
    return number;
}

static bool read_some(int socket, base_buf *in)
{
    char chunk[65536];
    const ssize_t got = recv(socket, chunk, sizeof(chunk), 0);
    if (got > 0)
        base_buf_append(in, chunk, (size_t)got);
    return got > 0 && in->failed == 0;
}

/* One request into `in`: where its body begins and how long it is; false at the end of the connection. */
static bool read_request(int socket, base_buf *in, char head[HEAD_MAX], test_request *request)
{
    const char *end = NULL;
    while ((end = in->size >= 4 ? memmem(in->data, in->size, "\r\n\r\n", 4) : NULL) == NULL)
        if (!read_some(socket, in))
            return false;
    const size_t size = (size_t)(end - in->data) + 4;
    char length[32] = "0";
    if (size >= HEAD_MAX)
        return false;
    memcpy(head, in->data, size);
    head[size] = '\0';
    request->head = head;
    (void)sscanf(head, "%15s %511s", request->method, request->path);
    (void)test_header(request, "Content-Length", length, sizeof(length));
    const size_t body = strtoul(length, NULL, 10);
    while (in->size < size + body)
        if (!read_some(socket, in))
            return false;
    request->body = (base_span){in->data + size, body};
    return true;
}

static bool send_all(int socket, const char *data, size_t size)
{
    while (size != 0) {
        const ssize_t sent = send(socket, data, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        data += sent;
        size -= (size_t)sent;
    }
    return true;
}

static bool reply(const connection *c, const test_reply *r)
{
    if (r->drip_ms == 0)
        return send_all(c->socket, r->bytes.data, r->bytes.size);
    for (size_t i = 0; i < r->bytes.size && !atomic_load(&c->server->stopping); i++) {
        if (!send_all(c->socket, r->bytes.data + i, 1))
            return false;
        (void)usleep(r->drip_ms * 1000);
    }
    return true;
}

static void *serve(void *opaque)
{
    connection c = *(connection *)opaque;
    char *head = malloc(HEAD_MAX);
    base_buf in;
    bool going = head != NULL;
    free(opaque);
    base_buf_init(&in, BODY_MAX);
    while (going) {
        test_request request = {0};
        test_reply answer = {0};
        base_buf_init(&answer.bytes, BODY_MAX);
        going = read_request(c.socket, &in, head, &request);
        if (going) {
            atomic_fetch_add(&c.server->requests, 1);
            request.number = count_path(c.server, request.path);
            c.server->handler(c.server->context, &request, &answer);
            going = reply(&c, &answer) && !answer.cut;
            base_buf_reset(&in); /* nobody pipelines */
        }
        base_buf_done(&answer.bytes);
    }
    base_buf_done(&in);
    free(head);
    (void)close(c.socket);
    atomic_fetch_sub(&c.server->connections, 1);
    return NULL;
}

static void *listen_to_all(void *opaque)
{
    test_server *server = opaque;
    for (int socket; (socket = accept(server->listener, NULL, NULL)) >= 0;) {
        pthread_t thread;
        connection *c = malloc(sizeof(*c));
        if (c == NULL)
            break;
        *c = (connection){server, socket};
        atomic_fetch_add(&server->connections, 1);
        if (pthread_create(&thread, NULL, serve, c) == 0)
            (void)pthread_detach(thread);
    }
    return NULL;
}

test_server *test_server_new(test_handler handler, void *context)
{
    test_server *server = calloc(1, sizeof(*server));
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    if (server == NULL)
        abort();
    server->handler = handler;
    server->context = context;
    (void)pthread_mutex_init(&server->lock, NULL);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server->listener < 0 || bind(server->listener, (struct sockaddr *)&address, size) != 0 ||
        listen(server->listener, 64) != 0 || getsockname(server->listener, (struct sockaddr *)&address, &size) != 0 ||
        pthread_create(&server->thread, NULL, listen_to_all, server) != 0)
        abort();
    server->port = ntohs(address.sin_port);
    return server;
}

void test_server_free(test_server *server)
{
    atomic_store(&server->stopping, true);
    (void)shutdown(server->listener, SHUT_RDWR);
    (void)pthread_join(server->thread, NULL);
    (void)close(server->listener);
    for (int i = 0; i < 500 && atomic_load(&server->connections) != 0; i++)
        (void)usleep(10000);
    (void)pthread_mutex_destroy(&server->lock);
    free(server);
}

unsigned test_server_port(const test_server *server)
{
    return server->port;
}

unsigned test_server_requests(const test_server *server)
{
    return atomic_load(&server->requests);
}

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_TEST_SERVER_H
#define NET_TEST_SERVER_H

#include "base/buf.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* A small HTTP/1.1 server on a port of this machine, for tests: a thread a connection, and a function that says what is
 * answered, byte for byte. */
typedef struct test_request {
    const char *head; /* request line and headers, NUL at the end */
    base_span body;
    unsigned number; /* of this path, from 1 */
    char method[16], path[512];
} test_request;

typedef struct test_reply {
    base_buf bytes;
    unsigned drip_ms; /* between two bytes; 0: at once */
    bool cut;         /* the connection ends behind them */
} test_reply;

typedef void (*test_handler)(void *context, const test_request *request, test_reply *ret_reply);

typedef struct test_server test_server;
test_server *test_server_new(test_handler handler, void *context);
void test_server_free(test_server *server);
unsigned test_server_port(const test_server *server);
unsigned test_server_requests(const test_server *server);
bool test_header(const test_request *request, const char *name, char *ret_value, size_t capacity);

#endif

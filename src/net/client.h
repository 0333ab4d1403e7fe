/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_CLIENT_H
#define NET_CLIENT_H

#include "base/arena.h"
#include "base/buf.h"
#include "net/url.h"

/*
 * HTTP requests, several in flight on one thread, each repeated until it has an answer or there is no point:
 *
 *   submit ─► waiting ─► build ─► in flight ─► judge ─► done
 *                ▲                              │
 *                └───── backoff, server's hint ◄┘  again
 *
 * Invariants
 * 1. Certificates are checked. Plain HTTP goes to this machine, to a cloud's metadata address when the request says so,
 *    or anywhere when the client was made `insecure`.
 * 2. A redirection is never followed: it would carry a request elsewhere than the operator said.
 * 3. An answer has a maximum; so have its header, the time to connect, the time without a byte and the whole time.
 * 4. Only what may be done twice is submitted: a request whose answer was lost is sent again.
 * 5. Where a server answered out of turn once, every further request has a connection of its own.
 * 6. Addresses, headers and answers stand in no error; a host does, and a status.
 */
#define NET_HEADERS_MAX  32
#define NET_FLIGHT_MAX   64
#define NET_ANSWER_MAX   ((size_t)16 << 20)
#define NET_HEAD_MAX     ((size_t)64 << 10)
#define NET_ATTEMPTS_MAX 8
#define NET_HINT_MAX_MS  60000 /* no server makes us wait longer between two attempts */

typedef struct net_client net_client;

/* 0 anywhere means the default. Strings are borrowed. */
typedef struct net_client_options {
    size_t flight_max;          /* 8 */
    uint32_t attempts_max;      /* 8 */
    uint32_t connect_ms;        /* 10,000 */
    uint32_t idle_ms;           /* 30,000 with less than 64 bytes a second */
    uint32_t attempt_ms;        /* 600,000 */
    uint32_t backoff_ms;        /* 50: base of the delay after a failure */
    uint32_t throttle_ms;       /* 1,000: after a server that is too busy */
    bool insecure;              /* plain HTTP to any host */
    const char *ca_file;        /* the system's */
    int (*idle)(void *context); /* asked some times a second; non-zero cancels */
    void *idle_context;
} net_client_options;

typedef struct net_header {
    const char *name, *value;
} net_header;

/* Texts live in the arena of the attempt, the body as long as the job. */
typedef struct net_request {
    const char *method;
    const char *url;
    net_header headers[NET_HEADERS_MAX];
    size_t header_count;
    base_span body;
    bool has_body;
    bool to_metadata; /* plain HTTP to the metadata address of a cloud, past any proxy */
} net_request;

typedef struct net_answer {
    int status;
    base_span body;
    base_span head; /* lines with CRLF */
    bool cut;       /* no answer came: status is 0 */
} net_answer;

typedef enum net_verdict {
    NET_DONE,
    NET_FAILED,
    NET_AGAIN,       /* something went wrong on the way or over there */
    NET_AGAIN_LATER, /* too much was asked: everybody slows down */
    NET_STRANGE,     /* no answer to this request: perhaps one that was sent twice. Again, alone on a connection */
} net_verdict;

/* One piece of work. `build` is called for each attempt: signatures age. `judge` says what an answer means; for
 * NET_FAILED it fills the error and returns its code, otherwise 0. */
typedef struct net_job {
    void *context;
    int (*build)(void *context, base_arena *arena, net_request *ret_request, lethe_error *error);
    int (*judge)(void *context, const net_answer *answer, net_verdict *ret_verdict, lethe_error *error);
    void (*release)(void *context); /* once, whatever became of it; may be NULL */
    size_t answer_max;              /* 0: NET_ANSWER_MAX */
    uint32_t attempts_max;          /* 0: the client's */
} net_job;

typedef struct net_counts {
    uint64_t requests, repeated, sent_bytes, received_bytes;
} net_counts;

int net_client_new(const net_client_options *options, net_client **ret_client, lethe_error *error);
void net_client_free(net_client *client); /* NULL-safe; gives up what is in flight */

/* Takes a copy of the job, waiting for room; the others go on meanwhile. Returns the first failure of any job, after
 * which nothing more is taken until net_client_cancel. The job is released also where it was not taken. */
int net_client_submit(net_client *client, const net_job *job, lethe_error *error);
int net_client_drain(net_client *client, lethe_error *error); /* all are done, or the first failure */
int net_client_call(net_client *client, const net_job *job, lethe_error *error); /* submit and drain */
void net_client_cancel(net_client *client); /* gives up what is in flight and forgets the failure */

/* What came back cannot be right: from now on every request has a connection of its own (invariant 5). */
void net_client_distrust(net_client *client);

const net_counts *net_client_counts(const net_client *client);

/* Seconds since 1970 as the servers see it: the machine's clock, put right by net_client_set_clock. */
int64_t net_client_now(const net_client *client);
bool net_client_set_clock(net_client *client, const net_answer *answer); /* by its Date; false where it has none */

/* The value of the last such header, trimmed; data NULL where there is none. */
base_span net_answer_header(const net_answer *answer, const char *name);
/* 2xx done; 408, 500, 502, 504 again; 429, 503 again later; everything else failed. */
net_verdict net_verdict_of(const net_answer *answer);
/* Fills the error of a refusal: LETHE_E_NET_DENIED for 401 and 403, else _REFUSED; `reason` is a word of the server's
 * own list of codes, of which letters and digits are kept; may be empty. */
int net_refuse(const net_answer *answer, base_span reason, lethe_error *error);
void net_request_add(net_request *request, const char *name, const char *value);

#endif

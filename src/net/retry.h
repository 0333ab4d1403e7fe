/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_RETRY_H
#define NET_RETRY_H

#include "net/client.h"

/*
 * When a request may be sent again, and how many may be in flight. Delays are drawn evenly from zero to an
 * exponentially growing bound ("full jitter"); a server's hint is the least delay. A bucket of tokens ends repeated
 * attempts where nearly everything fails: then more requests only make it worse. What is in flight grows by one each
 * round that succeeds and is halved where a server says that it is too much (additive increase, multiplicative
 * decrease).
 */
#define NET_BUCKET_MAX       500.0
#define NET_BUCKET_FAILURE   14.0
#define NET_BUCKET_THROTTLED 5.0
#define NET_BACKOFF_MAX_MS   20000u

typedef struct net_retry {
    uint32_t backoff_ms, throttle_ms;
    double tokens;
    double limit, limit_max; /* in flight */
    int64_t halved_at_ms;
    uint64_t random;
} net_retry;

void net_retry_init(net_retry *retry, const net_client_options *options, uint64_t seed);

/* Milliseconds to wait before attempt number `attempt` (from 2), or -1 where the bucket is empty. */
int64_t net_retry_delay(net_retry *retry, bool throttled, uint32_t attempt, int64_t hint_ms, int64_t now_ms);
void net_retry_succeeded(net_retry *retry, uint32_t attempt);

/* What the server asks for, in milliseconds: x-amz-retry-after, retry-after in seconds or as a date; 0: nothing. */
int64_t net_retry_hint(const net_answer *answer, int64_t now_seconds);

/* A date as HTTP writes it (RFC 9110, 5.6.7, the preferred form); false for anything else. */
bool net_http_date(base_span text, int64_t *ret_seconds);

#endif

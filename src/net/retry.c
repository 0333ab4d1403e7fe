/* SPDX-License-Identifier: Apache-2.0 */
#include "net/retry.h"

#include "base/date.h"

#include <string.h>

void net_retry_init(net_retry *retry, const net_client_options *options, uint64_t seed)
{
    *retry = (net_retry){
        .backoff_ms = options->backoff_ms != 0 ? options->backoff_ms : 50,
        .throttle_ms = options->throttle_ms != 0 ? options->throttle_ms : 1000,
        .tokens = NET_BUCKET_MAX,
        .random = seed,
    };
    retry->limit_max = (double)(options->flight_max != 0 ? options->flight_max : 8);
    retry->limit = retry->limit_max;
}

/* SplitMix64 (Steele, Lea and Flood, 2014): only so that clients do not come back all at once. */
static uint64_t draw(net_retry *retry, uint64_t bound)
{
    uint64_t z = retry->random += 0x9E3779B97F4A7C15ull;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    return (z ^ z >> 31) % (bound + 1);
}

int64_t net_retry_delay(net_retry *retry, bool throttled, uint32_t attempt, int64_t hint_ms, int64_t now_ms)
{
    const double cost = throttled ? NET_BUCKET_THROTTLED : NET_BUCKET_FAILURE;
    if (retry->tokens < cost)
        return -1;
    retry->tokens -= cost;
    if (throttled && now_ms - retry->halved_at_ms > (int64_t)retry->throttle_ms) {
        retry->limit = retry->limit / 2 > 1 ? retry->limit / 2 : 1;
        retry->halved_at_ms = now_ms;
    }
    uint64_t bound = throttled ? retry->throttle_ms : retry->backoff_ms;
    for (uint32_t i = 2; i < attempt && bound < NET_BACKOFF_MAX_MS; i++)
        bound *= 2;
    if (bound > NET_BACKOFF_MAX_MS)
        bound = NET_BACKOFF_MAX_MS;
    const int64_t delay = (int64_t)draw(retry, bound);
    if (hint_ms > NET_HINT_MAX_MS)
        hint_ms = NET_HINT_MAX_MS;
    return delay > hint_ms ? delay : hint_ms;
}

void net_retry_succeeded(net_retry *retry, uint32_t attempt)
{
    retry->tokens += attempt > 1 ? NET_BUCKET_THROTTLED : 1;
    if (retry->tokens > NET_BUCKET_MAX)
        retry->tokens = NET_BUCKET_MAX;
    retry->limit += 1 / retry->limit;
    if (retry->limit > retry->limit_max)
        retry->limit = retry->limit_max;
}

static bool digits(base_span text, size_t at, size_t count, int64_t *ret_number)
{
    *ret_number = 0;
    if (at + count > text.size)
        return false;
    for (size_t i = at; i < at + count; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        *ret_number = *ret_number * 10 + (text.data[i] - '0');
    }
    return true;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
bool net_http_date(base_span text, int64_t *ret_seconds)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int64_t day = 0, year = 0, hour = 0, minute = 0, second = 0;
    if (text.size != 29 || !digits(text, 5, 2, &day) || !digits(text, 12, 4, &year) || !digits(text, 17, 2, &hour) ||
        !digits(text, 20, 2, &minute) || !digits(text, 23, 2, &second) || memcmp(text.data + 25, " GMT", 4) != 0)
        return false;
    for (int32_t month = 1; month <= 12; month++)
        if (memcmp(months + 3 * (month - 1), text.data + 8, 3) == 0) {
            if (year < 1970 || day < 1 || day > base_days_in_month((int32_t)year, month) || hour > 23 || minute > 59 ||
                second > 60)
                return false;
            *ret_seconds =
                (int64_t)base_day_of((int32_t)year, month, (int32_t)day) * 86400 + hour * 3600 + minute * 60 + second;
            return true;
        }
    return false;
}

static bool whole_number(base_span text, int64_t *ret_number)
{
    return text.size >= 1 && text.size <= 9 && digits(text, 0, text.size, ret_number);
}

int64_t net_retry_hint(const net_answer *answer, int64_t now_seconds)
{
    int64_t number = 0;
    if (whole_number(net_answer_header(answer, "x-amz-retry-after"), &number))
        return number;
    const base_span after = net_answer_header(answer, "retry-after");
    if (whole_number(after, &number))
        return number * 1000;
    if (net_http_date(after, &number) && number > now_seconds)
        return (number - now_seconds) * 1000;
    return 0;
}

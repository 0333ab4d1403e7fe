/* SPDX-License-Identifier: Apache-2.0 */
#include "net/retry.h"

#include "base/test.h"

static net_answer answer_of(const char *head)
{
    return (net_answer){.status = 503, .head = base_span_of(head)};
}

static void test_hints(void **state)
{
    (void)state;
    int64_t when = 0;
    assert_true(net_http_date(BASE_SPAN("Sun, 06 Nov 1994 08:49:37 GMT"), &when) && when == 784111777);
    assert_false(net_http_date(BASE_SPAN("Sunday, 06-Nov-94 08:49:37 GMT"), &when));
    assert_false(net_http_date(BASE_SPAN("Sun, 31 Feb 1994 08:49:37 GMT"), &when));
    net_answer a = answer_of("HTTP/1.1 503 No\r\nRetry-After: 7\r\n\r\n");
    assert_int_equal(net_retry_hint(&a, 0), 7000);
    a = answer_of("HTTP/1.1 503 No\r\nretry-after:Sun, 06 Nov 1994 08:49:37 GMT\r\nX-Amz-Id: 3\r\n\r\n");
    assert_int_equal(net_retry_hint(&a, 784111770), 7000);
    assert_int_equal(net_retry_hint(&a, 784111780), 0);
    a = answer_of("HTTP/1.1 503 No\r\nx-amz-retry-after: 1500\r\nRetry-After: 7\r\n\r\n");
    assert_int_equal(net_retry_hint(&a, 0), 1500);
    a = answer_of("HTTP/1.1 503 No\r\nRetry-After: soon\r\n\r\n");
    assert_int_equal(net_retry_hint(&a, 0), 0);
}

/* Never longer than the bound, which doubles; a hint is the least; no server's hint holds for ever. */
static void test_delays(void **state)
{
    (void)state;
    const net_client_options options = {0};
    net_retry retry;
    net_retry_init(&retry, &options, 1);
    int64_t longest = 0;
    for (int i = 0; i < 30; i++) {
        const int64_t delay = net_retry_delay(&retry, false, 4, 0, 0);
        assert_true(delay >= 0 && delay <= 200);
        longest = delay > longest ? delay : longest;
    }
    assert_true(longest > 100);
    net_retry_init(&retry, &options, 1);
    assert_true(net_retry_delay(&retry, false, 2, 3000, 0) == 3000);
    assert_true(net_retry_delay(&retry, true, 2, INT64_C(1) << 40, 0) == NET_HINT_MAX_MS);
    for (int i = 0; i < 20; i++)
        assert_true(net_retry_delay(&retry, true, 40, 0, 0) <= NET_BACKOFF_MAX_MS);
}

/* Where everything fails the bucket is empty after 35 failures; successes fill it again. */
static void test_bucket(void **state)
{
    (void)state;
    const net_client_options options = {0};
    net_retry retry;
    int allowed = 0;
    net_retry_init(&retry, &options, 2);
    while (net_retry_delay(&retry, false, 2, 0, 0) >= 0)
        allowed++;
    assert_int_equal(allowed, 35);
    for (int i = 0; i < 14; i++)
        net_retry_succeeded(&retry, 1);
    assert_true(net_retry_delay(&retry, false, 2, 0, 0) >= 0);
}

static void test_in_flight(void **state)
{
    (void)state;
    const net_client_options options = {.flight_max = 16};
    net_retry retry;
    net_retry_init(&retry, &options, 3);
    (void)net_retry_delay(&retry, true, 2, 0, 10000);
    (void)net_retry_delay(&retry, true, 2, 0, 10001); /* of the same burst */
    assert_true(retry.limit == 8);
    (void)net_retry_delay(&retry, true, 2, 0, 12000);
    assert_true(retry.limit == 4);
    for (int i = 0; i < 1000; i++)
        net_retry_succeeded(&retry, 1);
    assert_true(retry.limit == 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_hints), cmocka_unit_test(test_delays),
                                       cmocka_unit_test(test_bucket), cmocka_unit_test(test_in_flight)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

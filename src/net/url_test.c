/* SPDX-License-Identifier: Apache-2.0 */
#include "net/url.h"

#include "base/test.h"

static void test_parts(void **state)
{
    (void)state;
    net_url url;
    assert_int_equal(net_url_parse("s3://bucket/some/prefix", &url, NULL), 0);
    assert_string_equal(url.scheme, "s3");
    assert_string_equal(url.host, "bucket");
    assert_string_equal(url.path, "/some/prefix");
    assert_int_equal(url.port, 0);
    assert_int_equal(net_url_parse("https://Index-1.example.IO:8443?namespace=a_b&x=1", &url, NULL), 0);
    assert_string_equal(url.host, "index-1.example.io");
    assert_int_equal(url.port, 8443);
    assert_string_equal(url.path, "");
    assert_true(base_span_is(net_query_value(url.query, "x"), "1"));
    assert_true(base_span_is(net_query_value(url.query, "namespace"), "a_b"));
    assert_null(net_query_value(url.query, "name").data);
    assert_int_equal(net_url_parse("http://[::1]:9000/a", &url, NULL), 0);
    assert_string_equal(url.host, "[::1]");
    assert_int_equal(url.port, 9000);
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "bucket",
                                      "s3://",
                                      "s3:///prefix",
                                      "http://user:word@host/",
                                      "http://host:0/",
                                      "http://host:65536/",
                                      "http://host:8x/",
                                      "http://ho st/",
                                      "http://host/a b",
                                      "http://host/a\r\nX: y",
                                      "http://host/#part",
                                      "HTTP://host/",
                                      "http://[::1/",
                                      "http://[]/",
                                      "http://host]/"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        net_url url;
        assert_int_equal(net_url_parse(bad[i], &url, NULL), LETHE_E_NET_ADDRESS);
    }
}

/* Names that only look like this machine are others'. */
static void test_loopback(void **state)
{
    (void)state;
    assert_true(net_host_is_loopback("localhost") && net_host_is_loopback("127.0.0.1") &&
                net_host_is_loopback("127.255.0.9") && net_host_is_loopback("[::1]"));
    assert_false(net_host_is_loopback("127.0.0.1.example.org") || net_host_is_loopback("localhost.example.org") ||
                 net_host_is_loopback("128.0.0.1") || net_host_is_loopback("127.1") ||
                 net_host_is_loopback("127.0.0.256") || net_host_is_loopback("[::2]"));
    assert_true(net_host_is_metadata("169.254.169.254") && !net_host_is_metadata("169.254.evil.example"));
}

static void test_encoding(void **state)
{
    (void)state;
    base_buf out;
    base_buf_init(&out, 1000);
    net_encode(&out, BASE_SPAN("a/b c+\xc3\xa9~"), false);
    assert_true(base_span_is(base_buf_view(&out), "a%2Fb%20c%2B%C3%A9~"));
    base_buf_reset(&out);
    net_encode(&out, BASE_SPAN("a/b=c"), true);
    assert_true(base_span_is(base_buf_view(&out), "a/b%3Dc"));
    base_buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parts), cmocka_unit_test(test_refused),
                                       cmocka_unit_test(test_loopback), cmocka_unit_test(test_encoding)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

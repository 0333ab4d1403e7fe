/* SPDX-License-Identifier: Apache-2.0 */
#include "net/xml.h"

#include "base/test.h"

static int append(void *context, const char *path, base_span text, lethe_error *error)
{
    (void)error;
    base_buf_format(context, "%s=%.*s;", path, (int)text.size, text.data != NULL ? text.data : "");
    return 0;
}

static void reads(const char *text, const char *wanted)
{
    base_buf out;
    base_buf_init(&out, 100000);
    const net_xml_visitor visitor = {&out, append};
    assert_int_equal(net_xml_read(base_span_of(text), &visitor, NULL), 0);
    assert_true(base_span_is(base_buf_view(&out), wanted));
    base_buf_done(&out);
}

static void test_answers(void **state)
{
    (void)state;
    reads("<?xml version=\"1.0\"?>\n<Error xmlns='a>b'><Code>NoSuchKey</Code>\n <Message/></Error>\n",
          "Error/Code=NoSuchKey;Error/Message=;Error=;");
    reads("<a:R xmlns:a=\"u\"><a:ETag>&quot;x&quot;&#65;&#x20AC;&amp;</a:ETag><!-- <b> --></a:R>",
          "R/ETag=\"x\"A\xe2\x82\xac&;R=;");
    reads("\xef\xbb\xbf<a>  x y  </a >", "a=x y;");
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "plain",
                                      "<a>",
                                      "<a></b>",
                                      "<a></a><b></b>",
                                      "</a>",
                                      "<a>&unknown;</a>",
                                      "<a>&#0;</a>",
                                      "<a>&#xD800;</a>",
                                      "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
                                      "<a><![CDATA[x]]></a>",
                                      "<a b='c></a>",
                                      "<>x</>",
                                      "<a><b></a></b>"};
    char deep[400] = "";
    base_buf out;
    base_buf_init(&out, 100000);
    const net_xml_visitor visitor = {&out, append};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(net_xml_read(base_span_of(bad[i]), &visitor, NULL), LETHE_E_NET_ANSWER);
    for (int i = 0; i < 20; i++)
        memcpy(deep + 3 * i, "<a>", 4);
    assert_int_equal(net_xml_read(base_span_of(deep), &visitor, NULL), LETHE_E_NET_ANSWER);
    base_buf_done(&out);
}

/* What is written reads back. */
static void test_writing(void **state)
{
    (void)state;
    base_buf out;
    base_buf_init(&out, 1000);
    base_buf_text(&out, "<a>");
    net_xml_write(&out, BASE_SPAN("x<&>\"\x01y"));
    base_buf_text(&out, "</a>");
    base_buf_byte(&out, '\0');
    reads(out.data, "a=x<&>\"\x01y;");
    base_buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_answers), cmocka_unit_test(test_refused),
                                       cmocka_unit_test(test_writing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

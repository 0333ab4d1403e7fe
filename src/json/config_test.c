/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/test.h"
#include "json/config.h"

static int note(void *context, const char *key, const char *value, int64_t line)
{
    base_buf_format(context, "%s=%s@%d;", key, value, (int)line);
    return strcmp(key, "unknown") == 0;
}

static int parse(const char *text, base_buf *seen, lethe_error *error)
{
    base_buf_reset(seen);
    const int status = json_config_parse(base_span_of(text), note, seen, error);
    base_buf_byte(seen, '\0');
    return status;
}

static void test_yaml_and_json(void **state)
{
    (void)state;
    base_buf seen;
    base_buf_init(&seen, 1000);
    assert_int_equal(parse("# c\nk: 5\nlevel: standard\nprivacy:\n  m: 2\nin: [a, b]\n", &seen, NULL), 0);
    assert_string_equal(seen.data, "k=5@2;level=standard@3;privacy.m=2@5;in.0=a@6;in.1=b@6;");
    assert_int_equal(parse("{\"k\": 5,\n \"strict\": true}", &seen, NULL), 0);
    assert_string_equal(seen.data, "k=5@1;strict=true@2;");
    assert_int_equal(parse("", &seen, NULL), 0);
    assert_string_equal(seen.data, "");
    base_buf_done(&seen);
}

static void test_refusals_name_the_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int line;
    } bad[] = {
        {"a: 1\nb: &x 2\n", 2},   {"a: 1\nb: *x\n", 2},      {"a: !!int 1\n", 1},
        {"a: 1\na: 2\n", 2},      {"- 1\n- 2\n", 1},         {"just text\n", 1},
        {"a: 1\n---\nb: 2\n", 2}, {"a: 1\nunknown: 2\n", 2}, {"a: {b: {c: {d: {e: {f: {g: {h: {i: 1}}}}}}}}\n", 1},
        {"a: [1\n", 2},           {"? [a]\n: 1\n", 1},
    };
    base_buf seen;
    base_buf_init(&seen, 1000);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        lethe_error error = {0};
        assert_int_equal(parse(bad[i].text, &seen, &error), LETHE_E_JSON_CONFIG);
        assert_int_equal(error.line, bad[i].line);
    }
    base_buf_done(&seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_yaml_and_json),
        cmocka_unit_test(test_refusals_name_the_line),
    };
    return cmocka_run_group_tests_name("json/config", tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "json/json.h"

#include "base/test.h"

#include <stdio.h>
#include <stdlib.h>

/* A document with its padding, parsed by one parser that lives as long as the group of tests. */
static json_parser *parser;
static char padded[1 << 20];

static int parse_status(const char *text, lethe_error *error, json_value *ret_root)
{
    const size_t size = strlen(text);
    assert_true(size + JSON_PADDING <= sizeof(padded));
    memcpy(padded, text, size);
    memset(padded + size, '7', JSON_PADDING); /* what stands behind must not matter */
    return json_parse(parser, (base_span){padded, size}, ret_root, error);
}

static json_value parse(const char *text)
{
    json_value root = {0};
    assert_int_equal(parse_status(text, NULL, &root), 0);
    return root;
}

static void assert_refused(const char *text, int code, int64_t byte)
{
    lethe_error error = {0};
    json_value root;
    assert_int_equal(parse_status(text, &error, &root), code);
    assert_int_equal(error.code, code);
    assert_int_equal(error.byte, byte);
}

static void test_paths_chain(void **state)
{
    (void)state;
    const json_value root = parse(" {\"a\": [1.00, \"x\", {\"b\": true}], \"a\": 2, \"\": null, \"z\": {}} ");
    assert_int_equal(json_type_of(root), JSON_OBJECT);
    assert_int_equal(json_count(root), 4);
    const json_value list = json_get(root, "a");
    assert_int_equal(json_count(list), 3);
    assert_true(base_span_is(json_string(json_element(list, 1)), "x"));
    bool truth = false;
    assert_true(json_bool(json_get(json_element(list, 2), "b"), &truth));
    assert_true(truth);
    assert_true(json_is(json_get(root, ""), JSON_NULL));
    assert_false(json_present(json_get(json_get(json_get(root, "no"), "such"), "path")));
    assert_false(json_present(json_element(list, 3)));
    assert_false(json_present(json_get(list, "a")));
    assert_int_equal(json_count(json_get(root, "z")), 0);
    assert_null(json_string(root).data);
}

static void test_iteration(void **state)
{
    (void)state;
    const json_value root = parse("{\"one\": [10, [], {}, [[5]]], \"two\": {\"x\": \"y\"}}");
    json_iterator members = json_iterate(root);
    base_span key;
    json_value value;
    assert_true(json_next(&members, &key, &value));
    assert_true(base_span_is(key, "one"));
    json_iterator elements = json_iterate(value);
    uint32_t count = 0;
    for (json_value element; json_next(&elements, NULL, &element); count++)
        assert_true(json_present(element));
    assert_int_equal(count, 4);
    assert_true(json_next(&members, &key, &value));
    assert_true(base_span_is(key, "two"));
    assert_false(json_next(&members, &key, &value));
    json_iterator none = json_iterate((json_value){0});
    assert_false(json_next(&none, NULL, &value));
}

static void test_pick(void **state)
{
    (void)state;
    static const char *const wanted[] = {"id", "code", "subject", "coding"};
    json_names names;
    json_names_init(&names, wanted, 4);
    json_value values[4];
    json_pick(parse("{\"x\": {\"id\": 1}, \"subject\": 3, \"id\": 4, \"id\": 5, \"cede\": 1, \"coding\": []}"), &names,
              values);
    int64_t number = 0;
    assert_true(json_int64(values[0], &number));
    assert_int_equal(number, 4);
    assert_false(json_present(values[1]));
    assert_true(json_present(values[2]));
    assert_true(json_is(values[3], JSON_ARRAY));
    json_pick(parse("[1]"), &names, values);
    assert_false(json_present(values[0]));
}

static void test_strings_are_decoded(void **state)
{
    (void)state;
    const json_value root = parse("[\"\\u00e9\\n\\\"\\ud83d\\ude00\", \"a\\u0000b\"]");
    assert_true(base_span_is(json_string(json_element(root, 0)), "\xc3\xa9\n\"\xf0\x9f\x98\x80"));
    assert_int_equal(json_string(json_element(root, 1)).size, 3);
}

static void test_numbers_keep_their_text(void **state)
{
    (void)state;
    const json_value root = parse("[1.00, -0, 9223372036854775807, -9223372036854775808, 18446744073709551615, 1e3]");
    static const char *const texts[] = {
        "1.00", "-0", "9223372036854775807", "-9223372036854775808", "18446744073709551615", "1e3"};
    static const double doubles[] = {1, 0, 9223372036854775807.0, -9223372036854775808.0, 18446744073709551615.0, 1000};
    static const bool integers[] = {false, true, true, true, false, false};
    for (uint32_t i = 0; i < 6; i++) {
        const json_value value = json_element(root, i);
        double number = -1;
        int64_t integer = 0;
        assert_true(base_span_is(json_number_text(value), texts[i]));
        assert_true(json_number(value, &number));
        assert_true(number == doubles[i]);
        assert_int_equal(json_int64(value, &integer), integers[i]);
    }
}

static void test_numbers_of_any_size(void **state)
{
    (void)state;
    const char *text = "{\"a\": [123456789012345678901234567890, -18446744073709551616, 1e400, 1e-400, 0e999],"
                       " \"b\": 9223372036854775807, \"c\": -9223372036854775808, \"1e999\": \"1e999\", \"d\": 0.5}";
    const json_value root = parse(text);
    const json_value list = json_get(root, "a");
    double number = 0;
    int64_t integer = 0;
    assert_true(base_span_is(json_number_text(json_element(list, 0)), "123456789012345678901234567890"));
    assert_true(json_number(json_element(list, 0), &number));
    assert_true(number == 123456789012345678901234567890.0);
    assert_false(json_int64(json_element(list, 0), &integer));
    assert_true(json_number(json_element(list, 1), &number));
    assert_true(number == -18446744073709551616.0);
    assert_true(base_span_is(json_number_text(json_element(list, 2)), "1e400"));
    assert_false(json_number(json_element(list, 2), &number));
    assert_true(json_number(json_element(list, 3), &number));
    assert_true(number == 0);
    assert_true(json_number(json_element(list, 4), &number));
    assert_true(json_int64(json_get(root, "b"), &integer));
    assert_true(integer == INT64_MAX);
    assert_true(json_int64(json_get(root, "c"), &integer));
    assert_true(integer == INT64_MIN);
    assert_true(base_span_is(json_string(json_get(root, "1e999")), "1e999"));
    assert_true(json_number(json_get(root, "d"), &number));
    assert_true(number == 0.5);
    assert_true(base_span_is(json_text(root), text));
}

static void test_big_number_as_document(void **state)
{
    (void)state;
    double number;
    const json_value root = parse(" 1234567890123456789012 ");
    assert_true(json_number(root, &number));
    assert_true(base_span_is(json_text(root), "1234567890123456789012"));
}

static void test_text_of_every_value(void **state)
{
    (void)state;
    const json_value root = parse("{ \"a\" : [ 1 , \"q\\\"\" ,{ } ], \"b\":{\"c\":null, \"d\":false,\"e\":true} }");
    const json_value list = json_get(root, "a");
    assert_true(base_span_is(json_text(list), "[ 1 , \"q\\\"\" ,{ } ]"));
    assert_true(base_span_is(json_text(json_element(list, 1)), "\"q\\\"\""));
    assert_true(base_span_is(json_text(json_element(list, 2)), "{ }"));
    const json_value object = json_get(root, "b");
    assert_true(base_span_is(json_text(json_get(object, "c")), "null"));
    assert_true(base_span_is(json_text(json_get(object, "d")), "false"));
    assert_true(base_span_is(json_text(json_get(object, "e")), "true"));
    assert_int_equal(json_offset(root), 0);
    assert_int_equal(json_offset(list), 8);
}

/* Offsets far into a document, asked for in both directions, against a search for the text. */
static void test_offsets_of_a_long_document(void **state)
{
    (void)state;
    static char text[200000];
    size_t size = 0;
    text[size++] = '[';
    for (int i = 0; i < 5000; i++)
        size += (size_t)snprintf(text + size, sizeof(text) - size, "%s{\"n\": %d, \"v\": [1.5, \"%d\"]}",
                                 i == 0 ? "" : ",", i, i);
    text[size++] = ']';
    text[size] = '\0';
    const json_value root = parse(text);
    assert_int_equal(json_count(root), 5000);
    for (uint32_t step = 0; step < 5000; step += 7) {
        const uint32_t i = step % 2 == 0 ? step : 4999 - step;
        const json_value element = json_element(root, i);
        char expected[64];
        (void)snprintf(expected, sizeof(expected), "{\"n\": %u, \"v\": [1.5, \"%u\"]}", i, i);
        assert_true(base_span_is(json_text(element), expected));
        assert_memory_equal(text + json_offset(json_get(element, "v")), "[1.5", 4);
    }
}

static void test_byte_order_mark(void **state)
{
    (void)state;
    const json_value root = parse("\xef\xbb\xbf{\"a\": 1}");
    assert_int_equal(json_offset(root), 3);
    assert_true(base_span_is(json_text(root), "{\"a\": 1}"));
    assert_refused("\xef\xbb\xbf", LETHE_E_JSON_SYNTAX, 3);
}

static void test_errors_say_where(void **state)
{
    (void)state;
    assert_refused("", LETHE_E_JSON_SYNTAX, 0);
    assert_refused("   ", LETHE_E_JSON_SYNTAX, -1);
    assert_refused("{\"a\": 1,}", LETHE_E_JSON_SYNTAX, 8);
    assert_refused("{\"a\" 1}", LETHE_E_JSON_SYNTAX, 5);
    assert_refused("[1, 2", LETHE_E_JSON_SYNTAX, 5);
    assert_refused("[1, 02]", LETHE_E_JSON_SYNTAX, 4);
    assert_refused("[1, 2.]", LETHE_E_JSON_SYNTAX, 4);
    assert_refused("[nul]", LETHE_E_JSON_SYNTAX, 1);
    assert_refused("{} {}", LETHE_E_JSON_SYNTAX, 3);
    assert_refused("[\"a\\q\"]", LETHE_E_JSON_SYNTAX, 1);
    assert_refused("[\"a\nb\"]", LETHE_E_JSON_SYNTAX, 3);
    assert_refused("[\"abc", LETHE_E_JSON_SYNTAX, 1);
    assert_refused("[12345678901234567890123, 1, ]", LETHE_E_JSON_SYNTAX, 29);
    assert_refused("[12345678901234567890123, 01]", LETHE_E_JSON_SYNTAX, 26);
    assert_refused("[\"\xc3\x28\"]", LETHE_E_JSON_UTF8, 2);
    assert_refused("[\"ab\xed\xa0\x80\"]", LETHE_E_JSON_UTF8, 4);
}

static void test_depth_limit(void **state)
{
    (void)state;
    static char text[4 * JSON_DEPTH_MAX];
    json_value root;
    for (size_t depth = JSON_DEPTH_MAX - 1; depth <= JSON_DEPTH_MAX + 1; depth++) {
        memset(text, '[', depth);
        text[depth] = '1';
        memset(text + depth + 1, ']', depth);
        text[2 * depth + 1] = '\0';
        assert_int_equal(parse_status(text, NULL, &root), depth <= JSON_DEPTH_MAX ? 0 : LETHE_E_JSON_DEPTH);
    }
    assert_refused(text, LETHE_E_JSON_DEPTH, JSON_DEPTH_MAX);
}

static void test_size_limit(void **state)
{
    (void)state;
    json_parser *small = NULL;
    json_value root;
    lethe_error error;
    static const char text[2 * JSON_PADDING] = "[1,2,3,4]";
    assert_int_equal(json_parser_new(8, 4, &small, NULL), 0);
    assert_int_equal(json_parse(small, (base_span){text, 9}, &root, &error), LETHE_E_JSON_SIZE);
    static const char fits[2 * JSON_PADDING] = "[1,2,34]";
    assert_int_equal(json_parse(small, (base_span){fits, 8}, &root, &error), 0);
    json_parser_free(small);
    json_parser_free(NULL);
}

static int set_up(void **state)
{
    (void)state;
    return json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &parser, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    json_parser_free(parser);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths_chain),
        cmocka_unit_test(test_iteration),
        cmocka_unit_test(test_pick),
        cmocka_unit_test(test_strings_are_decoded),
        cmocka_unit_test(test_numbers_keep_their_text),
        cmocka_unit_test(test_numbers_of_any_size),
        cmocka_unit_test(test_big_number_as_document),
        cmocka_unit_test(test_text_of_every_value),
        cmocka_unit_test(test_offsets_of_a_long_document),
        cmocka_unit_test(test_byte_order_mark),
        cmocka_unit_test(test_errors_say_where),
        cmocka_unit_test(test_depth_limit),
        cmocka_unit_test(test_size_limit),
    };
    return cmocka_run_group_tests_name("json/json", tests, set_up, tear_down);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "crypt/secret.h"
#include "publish/copy.h"
#include "publish/qdrant.h"
#include "publish/rest.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A row as each kind of server takes it, byte for byte. */
static const table_field fields[] = {{"row_id", TABLE_STRING, false},
                                     {"snapshot", TABLE_INT32, false},
                                     {"trimester", TABLE_STRING, true},
                                     {"observed", TABLE_BOOL, false},
                                     {"weight", TABLE_FLOAT, false},
                                     {"items", TABLE_LIST_STRING, false},
                                     {"clinical_text_embedding", TABLE_LIST_FLOAT, false}};
static const table_schema schema = {fields, sizeof(fields) / sizeof(fields[0])};
static const publish_target target = {.kind = PUBLISH_QDRANT, .name = "c"};
static table_batch *batch;
static float values[PUBLISH_DIMENSIONS];
static publish_vectors vectors = {.target = &target, .schema = &schema, .dataset = "d", .release = "r"};

static int set_up(void **state)
{
    (void)state;
    const base_span items[] = {BASE_SPAN("a\"b"), BASE_SPAN("c")};
    for (size_t i = 0; i < PUBLISH_DIMENSIONS; i++)
        values[i] = i % 3 == 0 ? 0 : 1.0F / (float)(i + 1);
    if (table_batch_new(&schema, 0, 0, &batch, NULL) != 0)
        return -1;
    table_append_string(batch, 0, BASE_SPAN("visit_a"));
    table_append_int32(batch, 1, -2);
    table_append_null(batch, 2);
    table_append_bool(batch, 3, true);
    table_append_float(batch, 4, 0.3F);
    table_append_strings(batch, 5, items, 2);
    table_append_floats(batch, 6, values, PUBLISH_DIMENSIONS);
    return table_batch_check(batch, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    table_batch_free(batch);
    return 0;
}

static void test_copy(void **state)
{
    (void)state;
    static const uint8_t wanted[] = {0,    10,                                                      /* fields */
                                     0,    0,    0,    7,    'v',  'i',  's',  'i',  't', '_', 'a', /* text */
                                     0,    0,    0,    4,    0xff, 0xff, 0xff, 0xfe,                /* int4 */
                                     0xff, 0xff, 0xff, 0xff,                                        /* null */
                                     0,    0,    0,    1,    1,                                     /* bool */
                                     0,    0,    0,    4,    0x3e, 0x99, 0x99, 0x9a,                /* float4 .3 */
                                     0,    0,    0,    32,   0,    0,    0,    1,    0,   0,   0,   0,
                                     0,    0,    0,    25,   0,    0,    0,    2, /* text[2] */
                                     0,    0,    0,    1,    0,    0,    0,    3,    'a', '"', 'b', 0,
                                     0,    0,    1,    'c',  0,    0,    12,   4,    3,   0,   0,   0, /* vector(768) */
                                     0,    0,    0,    0,    0x3f, 0,    0,    0};
    const publish_row row = {batch, 0, "train"};
    base_buf out;
    base_buf_init(&out, 100000);
    publish_copy_row(&out, &vectors, &row);
    assert_memory_equal(out.data, wanted, sizeof(wanted));
    base_span field;
    bool null = false;
    size_t place = 2, count = 0;
    while (publish_copy_field(base_buf_view(&out), &place, &field, &null)) {
        assert_true(null == (count == 2));
        count++;
    }
    assert_int_equal(count, 10);
    assert_int_equal(place, out.size);
    assert_true(base_span_is(field, "r"));
    base_buf_done(&out);
}

/* Python: uuid.uuid5(uuid.NAMESPACE_URL, "urn:lethe:visit_a") */
static void test_uuid(void **state)
{
    (void)state;
    char uuid[37];
    assert_int_equal(publish_qdrant_id(BASE_SPAN("visit_a"), uuid), 0);
    assert_string_equal(uuid, "3437784f-a956-5f5e-bb11-71e92db97d5c");
}

/* What was written is what is found equal; whatever differs, in a vector or in metadata, is not. */
static void test_metadata(void **state)
{
    (void)state;
    const publish_row row = {batch, 0, "train"};
    static const char *const others[] = {
        "{\"row_id\":\"visit_a\",\"snapshot\":-2,\"observed\":true,\"weight\":0.3,\"items\":[\"a\\\"b\",\"c\"],"
        "\"split\":\"train\",\"dataset\":\"d\",\"release\":\"r\"}",
        "{\"row_id\":\"visit_a\",\"snapshot\":-2,\"observed\":true,\"weight\":0.3,\"items\":[\"c\",\"a\\\"b\"],"
        "\"split\":\"train\",\"dataset\":\"d\",\"release\":\"r\"}",
        "{\"row_id\":\"visit_a\",\"snapshot\":-2,\"observed\":false,\"weight\":0.3,\"items\":[\"a\\\"b\",\"c\"],"
        "\"split\":\"train\",\"dataset\":\"d\",\"release\":\"r\"}",
        "{\"row_id\":\"visit_a\",\"snapshot\":-2,\"observed\":true,\"weight\":0.3,\"items\":[\"a\\\"b\",\"c\"],"
        "\"split\":\"train\",\"dataset\":\"d\",\"release\":\"r\",\"more\":1}",
        "{\"row_id\":\"visit_a\",\"snapshot\":-2,\"observed\":true,\"weight\":0.31,\"items\":[\"a\\\"b\",\"c\"],"
        "\"split\":\"train\",\"dataset\":\"d\",\"release\":\"r\"}"};
    json_parser *parser = NULL;
    assert_int_equal(json_parser_new(100000, 16, &parser, NULL), 0);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        char text[1024] = "";
        json_value root;
        (void)snprintf(text, sizeof(text), "%s", others[i]);
        assert_int_equal(json_parse(parser, base_span_of(text), &root, NULL), 0);
        assert_true(publish_rest_same_metadata(&vectors, &row, root, 0) == (i == 0));
    }
    json_parser_free(parser);
}

static void test_values(void **state)
{
    (void)state;
    const publish_row row = {batch, 0, "train"};
    json_parser *parser = NULL;
    json_value root;
    base_buf out;
    base_buf_init(&out, 100000);
    assert_int_equal(json_parser_new(100000, 16, &parser, NULL), 0);
    publish_rest_values(&vectors, &row, &out);
    const size_t size = out.size;
    assert_int_equal(base_buf_reserve(&out, JSON_PADDING), 0);
    assert_int_equal(json_parse(parser, (base_span){out.data, size}, &root, NULL), 0);
    assert_true(publish_rest_same_values(&vectors, &row, root));
    char *digit = memmem(out.data, size, "0.5", 3);
    assert_non_null(digit);
    digit[2] = '6';
    assert_int_equal(json_parse(parser, (base_span){out.data, size}, &root, NULL), 0);
    assert_false(publish_rest_same_values(&vectors, &row, root));
    json_parser_free(parser);
    base_buf_done(&out);
}

static void test_secrets(void **state)
{
    (void)state;
    char path[] = "/tmp/lethe-secret-XXXXXX";
    char *secret = NULL;
    const int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, "word\nmore\n", 10), 10);
    (void)close(file);
    (void)unsetenv("LETHE_TEST_KEY");
    (void)setenv("LETHE_TEST_KEY_FILE", path, 1);
    assert_int_equal(publish_secret("LETHE_TEST_KEY", &secret, NULL), 0);
    assert_string_equal(secret, "word");
    crypt_secret_free(secret, PUBLISH_SECRET_MAX + 1);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(publish_secret("LETHE_TEST_KEY", &secret, NULL), LETHE_E_NET_CREDENTIALS_FILE);
    (void)setenv("LETHE_TEST_KEY", "other", 1); /* wins, and the file is not looked at */
    assert_int_equal(publish_secret("LETHE_TEST_KEY", &secret, NULL), 0);
    assert_string_equal(secret, "other");
    crypt_secret_free(secret, PUBLISH_SECRET_MAX + 1);
    (void)unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_copy), cmocka_unit_test(test_uuid),
                                       cmocka_unit_test(test_metadata), cmocka_unit_test(test_values),
                                       cmocka_unit_test(test_secrets)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/target.h"

#include "base/test.h"

static void test_places(void **state)
{
    (void)state;
    publish_target t;
    assert_int_equal(publish_target_parse("s3://bucket/a/b/", false, &t, NULL), 0);
    assert_int_equal(t.kind, PUBLISH_S3);
    assert_string_equal(t.prefix, "a/b/");
    assert_int_equal(publish_target_parse("s3://bucket", false, &t, NULL), 0);
    assert_string_equal(t.prefix, "");
    assert_int_equal(publish_target_parse("qdrant://127.0.0.1:6333/patients", false, &t, NULL), 0);
    assert_string_equal(t.root, "http://127.0.0.1:6333");
    assert_string_equal(t.name, "patients");
    assert_int_equal(publish_target_parse("pinecone://index-1.svc.pinecone.io", false, &t, NULL), 0);
    assert_string_equal(t.root, "https://index-1.svc.pinecone.io");
    assert_string_equal(t.name, "anonymized_patients");
    assert_int_equal(publish_target_parse("milvus://milvus.example:19530/c?x=1", false, &t, NULL), 0);
    assert_string_equal(t.root, "https://milvus.example:19530"); /* TLS, unless it is this machine */
    assert_int_equal(publish_target_parse("milvus://milvus.example:19530/c", true, &t, NULL), 0);
    assert_string_equal(t.root, "http://milvus.example:19530");
    assert_int_equal(publish_target_parse("pgvector://localhost/db?table=rows_1", false, &t, NULL), 0);
    assert_string_equal(t.name, "rows_1");
}

/* Names go into SQL, filters and paths: nothing that means something there gets through. */
static void test_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"bucket/prefix",
                                      "gs://bucket/x",
                                      "s3://bucket:80/x",
                                      "s3://bucket/x?y=1",
                                      "s3://bucket/../x",
                                      "s3://bucket/a//b",
                                      "s3://key:secret@bucket/x",
                                      "qdrant://host/a/b",
                                      "qdrant://host/a\"b",
                                      "qdrant://host/1a",
                                      "pgvector://host/db?table=a;drop",
                                      "pgvector://host/db?table=a-b",
                                      "milvus://host/a-b",
                                      "pinecone://host?namespace="};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        publish_target t;
        lethe_error error = {0};
        assert_int_equal(publish_target_parse(bad[i], false, &t, &error), LETHE_E_PUBLISH_TARGET);
        assert_true(error.path[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_places), cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

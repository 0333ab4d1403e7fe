/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "net/test_server.h"
#include "publish/glue.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * The catalog against a server that does what Glue may do: items of a batch that fail, tables that others change
 * meanwhile, answers that were lost. The server keeps one table and its partitions, and after every call it is looked
 * at whether the partitions are all of one release or none.
 */
typedef struct catalog {
    bool database, table;
    char location[256], dataset[64];
    unsigned version;
    struct {
        char value[16], location[256];
    } partitions[8];
    size_t count;
    /* what goes wrong */
    unsigned fail_items, conflicts, broken, mixed;
    unsigned updates, creates;
} catalog;

static catalog there;

static const table_field fields[] = {{"id", TABLE_STRING, false}, {"items", TABLE_LIST_STRING, false}};
static const table_schema schema = {fields, 2};
static const char *const values[] = {"test", "train", "validation"};

static bool body_has(const test_request *request, const char *text)
{
    return memmem(request->body.data, request->body.size, text, strlen(text)) != NULL;
}

/* The text behind `"key":"` at or after `from`. */
static const char *text_after(const char *from, const char *key, char *to, size_t capacity)
{
    char mark[64];
    (void)snprintf(mark, sizeof(mark), "\"%s\":\"", key);
    const char *at = from != NULL ? strstr(from, mark) : NULL;
    to[0] = '\0';
    if (at == NULL)
        return NULL;
    at += strlen(mark);
    (void)snprintf(to, capacity, "%.*s", (int)strcspn(at, "\""), at);
    return at;
}

static void say(test_reply *reply, int status, const char *body)
{
    base_buf_format(&reply->bytes, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n\r\n%s", status, strlen(body), body);
}

static void refuse(test_reply *reply, const char *code)
{
    char body[128];
    (void)snprintf(body, sizeof(body), "{\"__type\":\"com.amazonaws.glue#%s\",\"Message\":\"no\"}", code);
    say(reply, 400, body);
}

static void write_table(const char *body)
{
    (void)text_after(body, "Location", there.location, sizeof(there.location));
    (void)text_after(body, "lethe.dataset", there.dataset, sizeof(there.dataset));
    there.table = true;
    there.version++;
}

static void tell_table(test_reply *reply)
{
    char body[2048];
    (void)snprintf(
        body, sizeof(body),
        "{\"Table\":{\"Name\":\"t\",\"VersionId\":\"%u\",\"StorageDescriptor\":{\"Location\":\"%s\","
        "\"Columns\":[{\"Name\":\"id\",\"Type\":\"string\"},{\"Name\":\"items\",\"Type\":\"array<string>\"}]},"
        "\"PartitionKeys\":[{\"Name\":\"split\",\"Type\":\"string\"}],"
        "\"Parameters\":{\"lethe.dataset\":\"%s\"}}}",
        there.version, there.location, there.dataset);
    say(reply, 200, body);
}

static void update(const test_request *request, const char *body, test_reply *reply)
{
    char version[16];
    there.updates++;
    (void)text_after(body, "VersionId", version, sizeof(version));
    if (there.conflicts > 0 || strtoul(version, NULL, 10) != there.version) {
        there.conflicts -= there.conflicts > 0;
        there.version++; /* somebody was faster */
        refuse(reply, "ConcurrentModificationException");
        return;
    }
    assert_true(body_has(request, "\"SkipArchive\":true"));
    write_table(body);
    say(reply, 200, "{}");
}

/* Each item fails or not; one that is there already is an error of its own. */
static void create_partitions(const char *body, test_reply *reply)
{
    base_buf errors;
    char value[16], location[256];
    there.creates++;
    base_buf_init(&errors, 10000);
    for (const char *at = strstr(body, "\"Values\":[\""); at != NULL; at = strstr(at, "\"Values\":[\"")) {
        bool known = false;
        at += strlen("\"Values\":[\"");
        (void)snprintf(value, sizeof(value), "%.*s", (int)strcspn(at, "\""), at);
        (void)text_after(at, "Location", location, sizeof(location));
        for (size_t i = 0; i < there.count; i++)
            known |= strcmp(there.partitions[i].value, value) == 0;
        if (known || there.fail_items > 0) {
            there.fail_items -= !known && there.fail_items > 0;
            base_buf_format(&errors, "%s{\"PartitionValues\":[\"%s\"],\"ErrorDetail\":{\"ErrorCode\":\"%s\"}}",
                            errors.size != 0 ? "," : "", value,
                            known ? "AlreadyExistsException" : "InternalServiceException");
            continue;
        }
        (void)snprintf(there.partitions[there.count].value, sizeof(there.partitions[0].value), "%s", value);
        (void)snprintf(there.partitions[there.count++].location, sizeof(location), "%s", location);
    }
    base_buf_format(&reply->bytes, "HTTP/1.1 200 X\r\nContent-Length: %zu\r\n\r\n{\"Errors\":[%.*s]}", errors.size + 13,
                    (int)errors.size, errors.data != NULL ? errors.data : "");
    base_buf_done(&errors);
}

static void delete_partitions(const char *body, test_reply *reply)
{
    size_t left = 0;
    for (size_t i = 0; i < there.count; i++) {
        char mark[40];
        (void)snprintf(mark, sizeof(mark), "[\"%s\"]", there.partitions[i].value);
        if (strstr(body, mark) == NULL)
            there.partitions[left++] = there.partitions[i];
    }
    there.count = left;
    say(reply, 200, "{\"Errors\":[]}");
}

/* Two a page. */
static void tell_partitions(const char *body, test_reply *reply)
{
    char token[16];
    base_buf out;
    base_buf_init(&out, 10000);
    (void)text_after(body, "NextToken", token, sizeof(token));
    const size_t from = strtoul(token, NULL, 10);
    base_buf_text(&out, "{\"Partitions\":[");
    for (size_t i = from; i < there.count && i < from + 2; i++)
        base_buf_format(&out, "%s{\"Values\":[\"%s\"],\"StorageDescriptor\":{\"Location\":\"%s\"}}",
                        i != from ? "," : "", there.partitions[i].value, there.partitions[i].location);
    base_buf_text(&out, "]");
    if (from + 2 < there.count)
        base_buf_format(&out, ",\"NextToken\":\"%zu\"", from + 2);
    base_buf_text(&out, "}");
    base_buf_byte(&out, '\0');
    say(reply, 200, out.data);
    base_buf_done(&out);
}

static void handle(void *context, const test_request *request, test_reply *reply)
{
    char operation[64] = "", body[8192];
    (void)context;
    (void)test_header(request, "X-Amz-Target", operation, sizeof(operation));
    (void)snprintf(body, sizeof(body), "%.*s", (int)request->body.size, request->body.data);
    const char *name = operation + strlen("AWSGlue.");
    const bool broken = there.broken > 0 && request->number % 2 == 0; /* done, and nobody hears of it */
    if (strcmp(name, "GetDatabase") == 0)
        there.database ? say(reply, 200, "{\"Database\":{}}") : refuse(reply, "EntityNotFoundException");
    else if (strcmp(name, "CreateDatabase") == 0)
        there.database ? refuse(reply, "AlreadyExistsException") : (there.database = true, say(reply, 200, "{}"));
    else if (strcmp(name, "GetTable") == 0)
        there.table ? tell_table(reply) : refuse(reply, "EntityNotFoundException");
    else if (strcmp(name, "CreateTable") == 0)
        there.table ? refuse(reply, "AlreadyExistsException") : (write_table(body), say(reply, 200, "{}"));
    else if (strcmp(name, "UpdateTable") == 0)
        update(request, body, reply);
    else if (strcmp(name, "DeleteTable") == 0)
        there.table = false, there.count = 0, say(reply, 200, "{}");
    else if (strcmp(name, "GetPartitions") == 0)
        tell_partitions(body, reply);
    else if (strcmp(name, "BatchCreatePartition") == 0)
        create_partitions(body, reply);
    else if (strcmp(name, "BatchDeletePartition") == 0)
        delete_partitions(body, reply);
    else
        refuse(reply, "InvalidInputException");
    for (size_t i = 1; i < there.count; i++)
        there.mixed += strncmp(there.partitions[0].location, there.partitions[i].location, 12) != 0;
    if (broken) {
        there.broken--;
        base_buf_reset(&reply->bytes);
        reply->cut = true;
    }
}

static test_server *server;
static net_client *client;
static publish_glue glue;
static net_pair parameters[] = {{"lethe.dataset", "d"}};

static publish_table table_of(const char *location)
{
    return (publish_table){.database = "db",
                           .name = "t",
                           .location = location,
                           .description = "x",
                           .schema = &schema,
                           .partition_key = "split",
                           .values = values,
                           .value_count = 3,
                           .parameters = parameters,
                           .parameter_count = 1};
}

static void whole(const char *location)
{
    char wanted[256];
    assert_string_equal(there.location, location);
    assert_int_equal(there.count, 3);
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(wanted, sizeof(wanted), "%ssplit=%s/", location, there.partitions[i].value);
        assert_string_equal(there.partitions[i].location, wanted);
    }
    assert_int_equal(there.mixed, 0);
}

static void test_create_and_again(void **state)
{
    (void)state;
    const publish_table table = table_of("s3://b/one/");
    publish_change change = PUBLISH_UNCHANGED;
    bool same = false;
    size_t count = 0;
    assert_int_equal(publish_glue_put(&glue, &table, &change, NULL), 0);
    assert_int_equal(change, PUBLISH_CREATED);
    whole("s3://b/one/");
    assert_int_equal(publish_glue_put(&glue, &table, &change, NULL), 0);
    assert_int_equal(change, PUBLISH_UNCHANGED);
    assert_int_equal(there.version, 1);
    assert_int_equal(publish_glue_compare(&glue, &table, &same, &count, NULL), 0);
    assert_true(same && count == 3);
    there.count = 2;
    assert_int_equal(publish_glue_compare(&glue, &table, &same, &count, NULL), 0);
    assert_false(same);
    assert_int_equal(publish_glue_put(&glue, &table, &change, NULL), 0);
    whole("s3://b/one/");
}

/* From one release to the next while others change the table, items fail and answers are lost. */
static void test_trouble(void **state)
{
    (void)state;
    const publish_table one = table_of("s3://b/one/"), two = table_of("s3://b/two/");
    publish_change change = PUBLISH_UNCHANGED;
    assert_int_equal(publish_glue_put(&glue, &one, &change, NULL), 0);
    there.conflicts = 3;
    there.fail_items = 4;
    assert_int_equal(publish_glue_put(&glue, &two, &change, NULL), 0);
    assert_int_equal(change, PUBLISH_UPDATED);
    whole("s3://b/two/");
    assert_true(there.updates >= 4 && there.creates >= 3);
    there.broken = 5;
    assert_int_equal(publish_glue_put(&glue, &one, &change, NULL), 0);
    whole("s3://b/one/");
    assert_int_equal(there.broken, 0);
}

/* Items that never succeed: an error, and no half of a release. */
static void test_items_that_never_succeed(void **state)
{
    (void)state;
    const publish_table table = table_of("s3://b/one/");
    publish_change change = PUBLISH_UNCHANGED;
    lethe_error error = {0};
    there.fail_items = 1000;
    assert_int_equal(publish_glue_put(&glue, &table, &change, &error), LETHE_E_PUBLISH_CATALOG);
    assert_string_equal(error.path, "partitions");
    assert_int_equal(there.count, 0);
    there.fail_items = 0;
    assert_int_equal(publish_glue_put(&glue, &table, &change, NULL), 0);
    whole("s3://b/one/");
}

static void test_of_others(void **state)
{
    (void)state;
    const publish_table table = table_of("s3://b/one/");
    publish_change change = PUBLISH_UNCHANGED;
    bool deleted = true;
    assert_int_equal(publish_glue_delete(&glue, &table, NULL, &deleted, NULL), 0);
    assert_false(deleted);
    assert_int_equal(publish_glue_put(&glue, &table, &change, NULL), 0);
    (void)snprintf(there.dataset, sizeof(there.dataset), "somebody's");
    assert_int_equal(publish_glue_put(&glue, &table, &change, NULL), LETHE_E_PUBLISH_CATALOG);
    assert_int_equal(publish_glue_delete(&glue, &table, NULL, &deleted, NULL), LETHE_E_PUBLISH_CATALOG);
    whole("s3://b/one/");
    (void)snprintf(there.dataset, sizeof(there.dataset), "d");
    assert_int_equal(publish_glue_delete(&glue, &table, NULL, &deleted, NULL), 0);
    assert_true(deleted && !there.table);
    there.conflicts = 1000; /* for ever */
    there.table = true;
    (void)snprintf(there.location, sizeof(there.location), "s3://b/zero/");
    assert_int_equal(publish_glue_put(&glue, &table, &change, NULL), LETHE_E_PUBLISH_CATALOG);
}

static int set_up(void **state)
{
    char endpoint[64];
    const net_client_options options = {.backoff_ms = 1, .throttle_ms = 1};
    (void)state;
    there = (catalog){0};
    (void)setenv("AWS_ACCESS_KEY_ID", "A", 1);
    (void)setenv("AWS_SECRET_ACCESS_KEY", "B", 1);
    (void)setenv("AWS_REGION", "us-east-1", 1);
    server = test_server_new(handle, NULL);
    (void)snprintf(endpoint, sizeof(endpoint), "http://127.0.0.1:%u", test_server_port(server));
    return net_client_new(&options, &client, NULL) != 0 || publish_glue_open(&glue, client, endpoint, NULL) != 0;
}

static int tear_down(void **state)
{
    (void)state;
    publish_glue_done(&glue);
    net_client_free(client);
    test_server_free(server);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_create_and_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_trouble, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_items_that_never_succeed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_of_others, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

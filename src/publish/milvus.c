/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/rest.h"

#include <stdio.h>

/* Milvus, REST API v2. Errors come as HTTP 200 with another code in the body (rest.c). */
#define ROWS_MAX      1000
#define BYTES_MAX     ((size_t)4 << 20)
#define CODE_NO_TABLE 100

static uint64_t acknowledged(json_value root, uint32_t rows)
{
    int64_t count = 0;
    (void)rows;
    return json_int64(json_get(json_get(root, "data"), "upsertCount"), &count) && count >= 0 ? (uint64_t)count : 0;
}

static void begin(publish_vectors *v)
{
    base_buf_reset(&v->body);
    base_buf_format(&v->body, "{\"collectionName\":\"%s\"", v->target->name);
}

static int create(publish_vectors *v, lethe_error *error)
{
    begin(v);
    base_buf_format(&v->body,
                    ",\"schema\":{\"autoId\":false,\"enabledDynamicField\":true,\"fields\":["
                    "{\"fieldName\":\"row_id\",\"dataType\":\"VarChar\",\"isPrimary\":true,"
                    "\"elementTypeParams\":{\"max_length\":\"64\"}},"
                    "{\"fieldName\":\"vector\",\"dataType\":\"FloatVector\","
                    "\"elementTypeParams\":{\"dim\":\"%d\"}}]},"
                    "\"indexParams\":[{\"fieldName\":\"vector\",\"indexName\":\"vector\",\"metricType\":\"IP\","
                    "\"params\":{\"index_type\":\"AUTOINDEX\"}}]}",
                    PUBLISH_DIMENSIONS);
    return publish_rest_call(v, "POST", "/v2/vectordb/collections/create", 0, error);
}

/* {"fields": [{"name", "type", "params": [{"key": "dim", "value": "768"}]}]} */
static int check(publish_vectors *v, lethe_error *error)
{
    json_iterator fields = json_iterate(json_get(json_get(v->root, "data"), "fields"));
    json_value field, parameter;
    bool key = false, dimensions = false;
    while (json_next(&fields, NULL, &field)) {
        json_iterator parameters = json_iterate(json_get(field, "params"));
        key |= base_span_is(json_string(json_get(field, "name")), "row_id");
        while (json_next(&parameters, NULL, &parameter))
            dimensions |= base_span_is(json_string(json_get(field, "name")), "vector") &&
                          base_span_is(json_string(json_get(parameter, "key")), "dim") &&
                          base_span_is(json_string(json_get(parameter, "value")), "768");
    }
    if (!key)
        return publish_collection_differs(v, "row_id", error);
    return dimensions ? 0 : publish_collection_differs(v, "vector", error);
}

static int open(publish_vectors *v, lethe_error *error)
{
    v->rest = (publish_rest_batch){"POST", "/v2/vectordb/entities/upsert", v->path, ROWS_MAX, BYTES_MAX, acknowledged};
    (void)snprintf(v->path, sizeof(v->path), "],\"collectionName\":\"%s\"}", v->target->name);
    begin(v);
    base_buf_text(&v->body, "}");
    BASE_TRY(publish_rest_call(v, "POST", "/v2/vectordb/collections/describe", CODE_NO_TABLE, error));
    if (v->status == CODE_NO_TABLE) {
        BASE_TRY(create(v, error));
        begin(v);
        base_buf_text(&v->body, "}");
        BASE_TRY(publish_rest_call(v, "POST", "/v2/vectordb/collections/describe", 0, error));
    }
    return check(v, error);
}

static int write_row(publish_vectors *v, const publish_row *row, lethe_error *error)
{
    BASE_TRY(publish_rest_room(v, &v->rest, "{\"data\":[", error));
    json_writer w = json_writer_of(&v->batch, false);
    json_write_object(&w);
    json_member_string(&w, "row_id", publish_row_id(v, row));
    publish_rest_metadata(v, row, &w);
    base_buf_text(&v->batch, ",\"vector\":");
    publish_rest_values(v, row, &v->batch);
    json_write_end(&w);
    return publish_rest_added(v, &v->rest, error);
}

static void write_filter(publish_vectors *v, const char *comparison)
{
    base_buf_format(&v->body, ",\"filter\":\"dataset == \\\"%s\\\"", v->dataset);
    if (comparison != NULL)
        base_buf_format(&v->body, " and release %s \\\"%s\\\"", comparison, v->release);
    base_buf_text(&v->body, "\"");
}

static int count_rows(publish_vectors *v, const char *comparison, uint64_t *ret_rows, lethe_error *error)
{
    int64_t rows = 0;
    begin(v);
    write_filter(v, comparison);
    base_buf_text(&v->body, ",\"outputFields\":[\"count(*)\"],\"consistencyLevel\":\"Strong\"}");
    BASE_TRY(publish_rest_call(v, "POST", "/v2/vectordb/entities/query", 0, error));
    if (!json_int64(json_get(json_element(json_get(v->root, "data"), 0), "count(*)"), &rows) || rows < 0)
        return base_fail(error, LETHE_E_NET_ANSWER);
    *ret_rows = (uint64_t)rows;
    return 0;
}

static int delete_rows(publish_vectors *v, const char *comparison, uint64_t *ret_removed, lethe_error *error)
{
    uint64_t left = 0;
    BASE_TRY(count_rows(v, comparison, ret_removed, error));
    if (*ret_removed == 0)
        return 0;
    begin(v);
    write_filter(v, comparison);
    base_buf_text(&v->body, "}");
    BASE_TRY(publish_rest_call(v, "POST", "/v2/vectordb/entities/delete", 0, error));
    BASE_TRY(count_rows(v, comparison, &left, error));
    return left == 0 ? 0 : base_fail(error, LETHE_E_PUBLISH_LOST);
}

static int settle(publish_vectors *v, uint64_t *ret_removed, lethe_error *error)
{
    BASE_TRY(publish_rest_flush(v, &v->rest, error));
    return delete_rows(v, "!=", ret_removed, error);
}

static int count(publish_vectors *v, uint64_t *ret_rows, lethe_error *error)
{
    return count_rows(v, "==", ret_rows, error);
}

static int compare(publish_vectors *v, const publish_row *row, bool *ret_equal, lethe_error *error)
{
    const base_span id = publish_row_id(v, row);
    begin(v);
    base_buf_format(&v->body, ",\"id\":[\"%.*s\"],\"outputFields\":[\"*\"]}", (int)id.size, id.data);
    BASE_TRY(publish_rest_call(v, "POST", "/v2/vectordb/entities/get", 0, error));
    const json_value entity = json_element(json_get(v->root, "data"), 0);
    *ret_equal = base_span_equal(json_string(json_get(entity, "row_id")), id) &&
                 publish_rest_same_values(v, row, json_get(entity, "vector")) &&
                 publish_rest_same_metadata(v, row, entity, 2);
    return 0;
}

static int remove_all(publish_vectors *v, uint64_t *ret_removed, lethe_error *error)
{
    return delete_rows(v, NULL, ret_removed, error);
}

static void close_nothing(publish_vectors *v)
{
    (void)v;
}

const publish_vectors_kind publish_milvus = {
    .secret = "MILVUS_TOKEN",
    .open = open,
    .write = write_row,
    .settle = settle,
    .count = count,
    .compare = compare,
    .remove = remove_all,
    .close = close_nothing,
};

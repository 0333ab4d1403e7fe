/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/aws.h"
#include "publish/rest.h"

#include <stdio.h>
#include <time.h>

/*
 * Pinecone's data plane (API version 2025-10): an index is its host, ours is a namespace of it. Limits of an upsert:
 * 1,000 records and 2 MB. It is eventually consistent, so counts are asked for until they fit, for a minute.
 */
#define ROWS_MAX   1000
#define BYTES_MAX  ((size_t)1900 << 10)
#define PATIENCE_S 60

static uint64_t acknowledged(json_value root, uint32_t rows)
{
    int64_t count = 0;
    (void)rows;
    return json_int64(json_get(root, "upsertedCount"), &count) && count >= 0 ? (uint64_t)count : 0;
}

static int describe(publish_vectors *v, lethe_error *error)
{
    base_buf_reset(&v->body);
    base_buf_text(&v->body, "{}");
    return publish_rest_call(v, "POST", "/describe_index_stats", 0, error);
}

static int open(publish_vectors *v, lethe_error *error)
{
    int64_t dimension = 0;
    if (v->secret == NULL || v->secret[0] == '\0')
        return base_fail(error, LETHE_E_NET_CREDENTIALS);
    v->rest = (publish_rest_batch){"POST", "/vectors/upsert", NULL, ROWS_MAX, BYTES_MAX, acknowledged};
    (void)snprintf(v->path, sizeof(v->path), "],\"namespace\":\"%s\"}", v->target->name);
    v->rest.tail = v->path;
    BASE_TRY(describe(v, error));
    const base_span metric = json_string(json_get(v->root, "metric"));
    if (!json_int64(json_get(v->root, "dimension"), &dimension) || dimension != PUBLISH_DIMENSIONS)
        return publish_collection_differs(v, "dimension", error);
    if (metric.data != NULL && !base_span_is(metric, "dotproduct") && !base_span_is(metric, "cosine"))
        return publish_collection_differs(v, "metric", error);
    return 0;
}

static int write_row(publish_vectors *v, const publish_row *row, lethe_error *error)
{
    BASE_TRY(publish_rest_room(v, &v->rest, "{\"vectors\":[", error));
    json_writer w = json_writer_of(&v->batch, false);
    base_buf_text(&v->batch, "{\"id\":");
    json_write_string(&w, publish_row_id(v, row));
    base_buf_text(&v->batch, ",\"values\":");
    publish_rest_values(v, row, &v->batch);
    base_buf_text(&v->batch, ",\"metadata\":");
    w = json_writer_of(&v->batch, false);
    json_write_object(&w);
    publish_rest_metadata(v, row, &w);
    json_write_end(&w);
    base_buf_byte(&v->batch, '}');
    return publish_rest_added(v, &v->rest, error);
}

/* A namespace that nobody wrote to is not there: 404. */
static int delete_rows(publish_vectors *v, bool others, lethe_error *error)
{
    base_buf_reset(&v->body);
    base_buf_format(&v->body, "{\"namespace\":\"%s\",\"filter\":{\"dataset\":{\"$eq\":\"%s\"}", v->target->name,
                    v->dataset);
    if (others)
        base_buf_format(&v->body, ",\"release\":{\"$ne\":\"%s\"}", v->release);
    base_buf_text(&v->body, "}}");
    return publish_rest_call(v, "POST", "/vectors/delete", 404, error);
}

static int count_namespace(publish_vectors *v, uint64_t *ret_rows, lethe_error *error)
{
    int64_t rows = 0;
    BASE_TRY(describe(v, error));
    const json_value there = json_get(json_get(json_get(v->root, "namespaces"), v->target->name), "vectorCount");
    if (json_present(there) && (!json_int64(there, &rows) || rows < 0))
        return base_fail(error, LETHE_E_NET_ANSWER);
    *ret_rows = (uint64_t)rows;
    return 0;
}

/* Until as many are there as should be, or somebody else's besides. */
static int count(publish_vectors *v, uint64_t *ret_rows, lethe_error *error)
{
    const struct timespec pause = {.tv_sec = 1};
    for (int second = 0;; second++) {
        BASE_TRY(count_namespace(v, ret_rows, error));
        if (*ret_rows >= v->rows || second == PATIENCE_S || v->sent == 0)
            return 0;
        (void)nanosleep(&pause, NULL);
    }
}

static int settle(publish_vectors *v, uint64_t *ret_removed, lethe_error *error)
{
    uint64_t before = 0, after = 0;
    BASE_TRY(publish_rest_flush(v, &v->rest, error));
    BASE_TRY(count(v, &before, error));
    BASE_TRY(delete_rows(v, true, error));
    BASE_TRY(count_namespace(v, &after, error));
    *ret_removed = before > after ? before - after : 0;
    return 0;
}

static int compare(publish_vectors *v, const publish_row *row, bool *ret_equal, lethe_error *error)
{
    char path[1024];
    const base_span id = publish_row_id(v, row);
    base_buf_reset(&v->body);
    (void)snprintf(path, sizeof(path), "/vectors/fetch?ids=%.*s&namespace=%s", (int)id.size, id.data, v->target->name);
    BASE_TRY(publish_rest_call(v, "GET", path, 0, error));
    char name[300];
    (void)snprintf(name, sizeof(name), "%.*s", (int)(id.size < 256 ? id.size : 256), id.data);
    const json_value record = json_get(json_get(v->root, "vectors"), name);
    *ret_equal = publish_rest_same_values(v, row, json_get(record, "values")) &&
                 publish_rest_same_metadata(v, row, json_get(record, "metadata"), 0);
    return 0;
}

static int remove_all(publish_vectors *v, uint64_t *ret_removed, lethe_error *error)
{
    uint64_t before = 0, after = 0;
    BASE_TRY(count_namespace(v, &before, error));
    BASE_TRY(delete_rows(v, false, error));
    BASE_TRY(count_namespace(v, &after, error));
    *ret_removed = before > after ? before - after : 0;
    return 0;
}

static void close_nothing(publish_vectors *v)
{
    (void)v;
}

const publish_vectors_kind publish_pinecone = {
    .secret = "PINECONE_API_KEY",
    .open = open,
    .write = write_row,
    .settle = settle,
    .count = count,
    .compare = compare,
    .remove = remove_all,
    .close = close_nothing,
};

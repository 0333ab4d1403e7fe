/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/qdrant.h"

#include "crypt/digest.h"
#include "publish/rest.h"

#include <openssl/evp.h>
#include <stdio.h>

/* Qdrant's REST API. Points are named by a UUID of the row_id, which stands in the payload too. */
#define ROWS_MAX  1000
#define BYTES_MAX ((size_t)4 << 20)

/* RFC 9562, 5.5: SHA-1 of the namespace (URL) and a name, here "urn:lethe:" and the row_id. */
int publish_qdrant_id(base_span row_id, char ret_uuid[37])
{
    static const uint8_t url[16] = {0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1,
                                    0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};
    static const char prefix[] = "urn:lethe:";
    uint8_t name[16 + sizeof(prefix) - 1 + 256], digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (row_id.size > 256)
        return -1;
    memcpy(name, url, 16);
    memcpy(name + 16, prefix, sizeof(prefix) - 1);
    memcpy(name + 16 + sizeof(prefix) - 1, row_id.data, row_id.size);
    if (EVP_Digest(name, 16 + sizeof(prefix) - 1 + row_id.size, digest, &size, EVP_sha1(), NULL) != 1)
        return -1;
    digest[6] = (uint8_t)((digest[6] & 0x0f) | 0x50);
    digest[8] = (uint8_t)((digest[8] & 0x3f) | 0x80);
    char *at = ret_uuid;
    for (int i = 0; i < 16; i++)
        at += snprintf(at, 4, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", digest[i]);
    return 0;
}

static uint64_t acknowledged(json_value root, uint32_t rows)
{
    const base_span status = json_string(json_get(json_get(root, "result"), "status"));
    return base_span_is(status, "completed") || base_span_is(status, "acknowledged") ? rows : 0;
}

static int path_of(const publish_vectors *v, const char *tail, char ret_path[512], lethe_error *error)
{
    return (size_t)snprintf(ret_path, 512, "/collections/%s%s", v->target->name, tail) < 512
               ? 0
               : base_fail(error, LETHE_E_BASE_LIMIT);
}

static int call(publish_vectors *v, const char *method, const char *tail, int also, lethe_error *error)
{
    char path[512];
    BASE_TRY(path_of(v, tail, path, error));
    return publish_rest_call(v, method, path, also, error);
}

static int create(publish_vectors *v, lethe_error *error)
{
    static const char *const keys[] = {"dataset", "release", "anonymous_id"};
    base_buf_reset(&v->body);
    base_buf_format(&v->body, "{\"vectors\":{\"size\":%d,\"distance\":\"Dot\"}}", PUBLISH_DIMENSIONS);
    BASE_TRY(call(v, "PUT", "", 409, error)); /* 409: somebody was faster */
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        base_buf_reset(&v->body);
        base_buf_format(&v->body, "{\"field_name\":\"%s\",\"field_schema\":\"keyword\"}", keys[i]);
        BASE_TRY(call(v, "PUT", "/index?wait=true", 0, error));
    }
    return 0;
}

static int check(publish_vectors *v, lethe_error *error)
{
    int64_t size = 0;
    const json_value vectors = json_get(json_get(json_get(json_get(v->root, "result"), "config"), "params"), "vectors");
    const base_span distance = json_string(json_get(vectors, "distance"));
    if (!json_int64(json_get(vectors, "size"), &size) || size != PUBLISH_DIMENSIONS)
        return publish_collection_differs(v, "size", error);
    return base_span_is(distance, "Dot") || base_span_is(distance, "Cosine")
               ? 0
               : publish_collection_differs(v, "distance", error);
}

static int open(publish_vectors *v, lethe_error *error)
{
    base_buf_reset(&v->body);
    BASE_TRY(call(v, "GET", "", 404, error));
    if (v->status == 404) {
        BASE_TRY(create(v, error));
        base_buf_reset(&v->body);
        BASE_TRY(call(v, "GET", "", 0, error));
    }
    return check(v, error);
}

static int write_row(publish_vectors *v, const publish_row *row, lethe_error *error)
{
    char uuid[37];
    BASE_TRY(publish_rest_room(v, &v->rest, "{\"points\":[", error));
    if (publish_qdrant_id(publish_row_id(v, row), uuid) != 0)
        return base_fail(error, LETHE_E_CRYPT_LIBRARY);
    base_buf_format(&v->batch, "{\"id\":\"%s\",\"vector\":", uuid);
    publish_rest_values(v, row, &v->batch);
    base_buf_text(&v->batch, ",\"payload\":");
    json_writer w = json_writer_of(&v->batch, false);
    json_write_object(&w);
    publish_rest_metadata(v, row, &w);
    json_write_end(&w);
    base_buf_byte(&v->batch, '}');
    return publish_rest_added(v, &v->rest, error);
}

/* dataset = ours, and the release ours, another, or any. */
static void write_filter(publish_vectors *v, int release)
{
    base_buf_format(&v->body, "\"filter\":{\"must\":[{\"key\":\"dataset\",\"match\":{\"value\":\"%s\"}}", v->dataset);
    if (release > 0)
        base_buf_format(&v->body, ",{\"key\":\"release\",\"match\":{\"value\":\"%s\"}}", v->release);
    base_buf_text(&v->body, "]");
    if (release < 0)
        base_buf_format(&v->body, ",\"must_not\":[{\"key\":\"release\",\"match\":{\"value\":\"%s\"}}]", v->release);
    base_buf_text(&v->body, "}");
}

static int count_rows(publish_vectors *v, int release, uint64_t *ret_rows, lethe_error *error)
{
    int64_t count = 0;
    base_buf_reset(&v->body);
    base_buf_text(&v->body, "{");
    write_filter(v, release);
    base_buf_text(&v->body, ",\"exact\":true}");
    BASE_TRY(call(v, "POST", "/points/count", 0, error));
    if (!json_int64(json_get(json_get(v->root, "result"), "count"), &count) || count < 0)
        return base_fail(error, LETHE_E_NET_ANSWER);
    *ret_rows = (uint64_t)count;
    return 0;
}

static int delete_rows(publish_vectors *v, int release, uint64_t *ret_removed, lethe_error *error)
{
    uint64_t left = 0;
    BASE_TRY(count_rows(v, release, ret_removed, error));
    if (*ret_removed == 0)
        return 0;
    base_buf_reset(&v->body);
    base_buf_text(&v->body, "{");
    write_filter(v, release);
    base_buf_text(&v->body, "}");
    BASE_TRY(call(v, "POST", "/points/delete?wait=true", 0, error));
    BASE_TRY(count_rows(v, release, &left, error));
    return left == 0 ? 0 : base_fail(error, LETHE_E_PUBLISH_LOST);
}

static int settle(publish_vectors *v, uint64_t *ret_removed, lethe_error *error)
{
    BASE_TRY(publish_rest_flush(v, &v->rest, error));
    return delete_rows(v, -1, ret_removed, error);
}

static int count(publish_vectors *v, uint64_t *ret_rows, lethe_error *error)
{
    return count_rows(v, 1, ret_rows, error);
}

static int compare(publish_vectors *v, const publish_row *row, bool *ret_equal, lethe_error *error)
{
    char uuid[37];
    if (publish_qdrant_id(publish_row_id(v, row), uuid) != 0)
        return base_fail(error, LETHE_E_CRYPT_LIBRARY);
    base_buf_reset(&v->body);
    base_buf_format(&v->body, "{\"ids\":[\"%s\"],\"with_payload\":true,\"with_vector\":true}", uuid);
    BASE_TRY(call(v, "POST", "/points", 0, error));
    const json_value point = json_element(json_get(v->root, "result"), 0);
    *ret_equal = publish_rest_same_values(v, row, json_get(point, "vector")) &&
                 publish_rest_same_metadata(v, row, json_get(point, "payload"), 0);
    return 0;
}

static int remove_all(publish_vectors *v, uint64_t *ret_removed, lethe_error *error)
{
    return delete_rows(v, 0, ret_removed, error);
}

static int open_batches(publish_vectors *v, lethe_error *error)
{
    BASE_TRY(path_of(v, "/points?wait=true", v->path, error));
    v->rest = (publish_rest_batch){"PUT", v->path, "]}", ROWS_MAX, BYTES_MAX, acknowledged};
    return open(v, error);
}

static void close_batches(publish_vectors *v)
{
    (void)v;
}

const publish_vectors_kind publish_qdrant = {
    .secret = "QDRANT_API_KEY",
    .open = open_batches,
    .write = write_row,
    .settle = settle,
    .count = count,
    .compare = compare,
    .remove = remove_all,
    .close = close_batches,
};

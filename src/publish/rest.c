/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/rest.h"

#include "publish/aws.h"

#include <stdio.h>
#include <stdlib.h>

#define VECTOR_COLUMN "clinical_text_embedding"

/* -- one request -----------------------------------------------------------------------------------------------------
 */

/* Each server wants the secret in a header of its own. */
static int authorize(const publish_vectors *v, base_arena *arena, net_request *request, lethe_error *error)
{
    const char *value = v->secret;
    if (value == NULL || value[0] == '\0')
        return 0;
    if (v->target->kind == PUBLISH_MILVUS)
        value = publish_format(arena, "Bearer %s", value);
    if (value == NULL)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    net_request_add(request,
                    v->target->kind == PUBLISH_QDRANT     ? "api-key"
                    : v->target->kind == PUBLISH_PINECONE ? "Api-Key"
                                                          : "Authorization",
                    value);
    return 0;
}

static int prepare(const publish_vectors *v, base_arena *arena, const char *method, const char *path, base_span body,
                   net_request *request, lethe_error *error)
{
    request->method = method;
    request->url = publish_format(arena, "%s%s", v->target->root, path);
    request->body = body;
    request->has_body = body.size != 0;
    if (request->url == NULL)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    if (body.size != 0)
        net_request_add(request, "Content-Type", "application/json");
    net_request_add(request, "Accept", "application/json");
    if (v->target->kind == PUBLISH_PINECONE)
        net_request_add(request, "X-Pinecone-Api-Version", "2025-10");
    return authorize(v, arena, request, error);
}

static bool parse(publish_vectors *v, base_span body)
{
    base_buf_reset(&v->answer);
    base_buf_span(&v->answer, body);
    return base_buf_reserve(&v->answer, JSON_PADDING) == 0 &&
           json_parse(v->parser, base_buf_view(&v->answer), &v->root, NULL) == 0;
}

/* Milvus says 200 and means the number in the body (docs of its REST API, "code"): 8 is "rate limited", 1 and 5 are
 * "come again", 100 is a collection that is not there. */
static net_verdict milvus_verdict(publish_vectors *v, int also)
{
    int64_t code = -1;
    const json_value member = json_get(v->root, "code");
    if (!json_int64(member, &code))
        return NET_STRANGE;
    v->status = code == 0 || code == 200 ? 200 : (int)code;
    if (v->status == 200 || v->status == also)
        return NET_DONE;
    return code == 8 || code == 429 ? NET_AGAIN_LATER : code == 1 || code == 5 || code == 503 ? NET_AGAIN : NET_FAILED;
}

static int judge_answer(publish_vectors *v, const net_answer *answer, int also, net_verdict *ret_verdict,
                        lethe_error *error)
{
    *ret_verdict = answer->status == also ? NET_DONE : net_verdict_of(answer);
    v->status = answer->status;
    v->root = (json_value){0};
    if (*ret_verdict == NET_DONE && !parse(v, answer->body) && answer->status != also)
        *ret_verdict = NET_STRANGE;
    if (*ret_verdict == NET_DONE && v->target->kind == PUBLISH_MILVUS)
        *ret_verdict = milvus_verdict(v, also);
    if (*ret_verdict != NET_FAILED)
        return 0;
    net_answer told = *answer;
    char word[24];
    if (answer->status == 200) {
        (void)snprintf(word, sizeof(word), "code%d", v->status);
        told.status = v->status == 1800 ? 401 : 200; /* Milvus: "user hasn't authenticated" */
        return net_refuse(&told, base_span_of(word), error);
    }
    return net_refuse(answer, (base_span){NULL, 0}, error);
}

typedef struct call {
    publish_vectors *v;
    const char *method, *path;
    int also;
} call;

static int build_call(void *opaque, base_arena *arena, net_request *request, lethe_error *error)
{
    const call *c = opaque;
    return prepare(c->v, arena, c->method, c->path, base_buf_view(&c->v->body), request, error);
}

static int judge_call(void *opaque, const net_answer *answer, net_verdict *ret_verdict, lethe_error *error)
{
    const call *c = opaque;
    return judge_answer(c->v, answer, c->also, ret_verdict, error);
}

int publish_rest_call(publish_vectors *v, const char *method, const char *path, int also, lethe_error *error)
{
    call c = {v, method, path, also};
    const net_job job = {.context = &c, .build = build_call, .judge = judge_call, .answer_max = (size_t)64 << 20};
    BASE_TRY(base_buf_check(&v->body, error));
    return net_client_call(v->client, &job, error);
}

/* -- batches ---------------------------------------------------------------------------------------------------------
 */

typedef struct sending {
    publish_vectors *v;
    const publish_rest_batch *batch;
    base_buf body;
    uint32_t rows;
} sending;

static int build_batch(void *opaque, base_arena *arena, net_request *request, lethe_error *error)
{
    const sending *s = opaque;
    return prepare(s->v, arena, s->batch->method, s->batch->path, base_buf_view(&s->body), request, error);
}

/* Rows that an answer does not speak of are sent again: the same rows under the same ids. */
static int judge_batch(void *opaque, const net_answer *answer, net_verdict *ret_verdict, lethe_error *error)
{
    const sending *s = opaque;
    BASE_TRY(judge_answer(s->v, answer, 0, ret_verdict, error));
    if (*ret_verdict != NET_DONE)
        return 0;
    if (s->batch->acknowledged(s->v->root, s->rows) != s->rows)
        *ret_verdict = NET_STRANGE;
    else
        s->v->acknowledged += s->rows;
    return 0;
}

static void release_batch(void *opaque)
{
    sending *s = opaque;
    base_buf_done(&s->body);
    free(s);
}

static int send_batch(publish_vectors *v, const publish_rest_batch *batch, lethe_error *error)
{
    if (v->batch_rows == 0)
        return 0;
    base_buf_text(&v->batch, batch->tail);
    BASE_TRY(base_buf_check(&v->batch, error));
    sending *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    *s = (sending){v, batch, v->batch, v->batch_rows};
    base_buf_init(&v->batch, s->body.max); /* the bytes are the job's now */
    v->sent += v->batch_rows;
    v->batch_rows = 0;
    const net_job job = {.context = s, .build = build_batch, .judge = judge_batch, .release = release_batch};
    return net_client_submit(v->client, &job, error);
}

int publish_rest_room(publish_vectors *v, const publish_rest_batch *batch, const char *head, lethe_error *error)
{
    if (v->batch_rows != 0 && v->batch.size + v->batch.size / v->batch_rows * 2 > batch->bytes_max)
        BASE_TRY(send_batch(v, batch, error));
    if (v->batch_rows == 0) {
        base_buf_reset(&v->batch);
        base_buf_text(&v->batch, head);
    } else {
        base_buf_byte(&v->batch, ',');
    }
    return base_buf_check(&v->batch, error);
}

int publish_rest_added(publish_vectors *v, const publish_rest_batch *batch, lethe_error *error)
{
    v->batch_rows++;
    BASE_TRY(base_buf_check(&v->batch, error));
    return v->batch_rows == batch->rows_max ? send_batch(v, batch, error) : 0;
}

int publish_rest_flush(publish_vectors *v, const publish_rest_batch *batch, lethe_error *error)
{
    BASE_TRY(send_batch(v, batch, error));
    return net_client_drain(v->client, error);
}

/* -- rows ------------------------------------------------------------------------------------------------------------
 */

static bool is_metadata(const table_field *field)
{
    return strcmp(field->name, VECTOR_COLUMN) != 0;
}

static void write_float(base_buf *out, float value)
{
    if (value == 0)
        base_buf_byte(out, '0');
    else
        base_buf_format(out, "%.9g", (double)value); /* FLT_DECIMAL_DIG */
}

static void write_cell(const publish_row *row, size_t column, json_writer *w)
{
    const table_batch *batch = row->batch;
    char number[32];
    switch (batch->schema.fields[column].type) {
    case TABLE_INT32:
        json_write_int(w, table_int32_at(batch, column, row->at));
        break;
    case TABLE_BOOL:
        json_write_bool(w, table_bool_at(batch, column, row->at));
        break;
    case TABLE_FLOAT:
        (void)snprintf(number, sizeof(number), "%.9g", (double)table_float_at(batch, column, row->at));
        json_write_raw(w, base_span_of(number));
        break;
    case TABLE_LIST_STRING:
        json_write_array(w);
        for (size_t i = 0; i < table_list_size(batch, column, row->at); i++)
            json_write_string(w, table_list_string_at(batch, column, row->at, i));
        json_write_end(w);
        break;
    case TABLE_STRING:
        json_write_string(w, table_string_at(batch, column, row->at));
        break;
    default:
        json_write_null(w);
        break;
    }
}

void publish_rest_metadata(const publish_vectors *v, const publish_row *row, json_writer *w)
{
    const table_schema *schema = &row->batch->schema;
    for (size_t i = 0; i < schema->count; i++) {
        if (!is_metadata(&schema->fields[i]) || table_is_null(row->batch, i, row->at) ||
            (v->target->kind == PUBLISH_MILVUS && strcmp(schema->fields[i].name, "row_id") == 0)) /* its key */
            continue;
        json_write_key(w, schema->fields[i].name);
        write_cell(row, i, w);
    }
    json_member_text(w, "split", row->split);
    json_member_text(w, "dataset", v->dataset);
    json_member_text(w, "release", v->release);
}

void publish_rest_values(const publish_vectors *v, const publish_row *row, base_buf *out)
{
    const float *values = table_list_floats_at(row->batch, publish_column(v, VECTOR_COLUMN), row->at);
    base_buf_byte(out, '[');
    for (size_t i = 0; i < PUBLISH_DIMENSIONS; i++) {
        if (i != 0)
            base_buf_byte(out, ',');
        write_float(out, values[i]);
    }
    base_buf_byte(out, ']');
}

/* -- comparing -------------------------------------------------------------------------------------------------------
 */

/* What a server gives back: numbers may have lost a trailing zero, or gained one; lists keep their order. */
static bool same_value(json_value a, json_value b)
{
    double x = 0, y = 0;
    if (json_type_of(a) != json_type_of(b))
        return false;
    switch (json_type_of(a)) {
    case JSON_STRING:
        return base_span_equal(json_string(a), json_string(b));
    case JSON_NUMBER:
        return json_number(a, &x) && json_number(b, &y) && (float)x == (float)y;
    case JSON_BOOL: {
        bool p = false, q = false;
        return json_bool(a, &p) && json_bool(b, &q) && p == q;
    }
    case JSON_ARRAY: {
        json_iterator i = json_iterate(a), j = json_iterate(b);
        json_value m, n;
        if (json_count(a) != json_count(b))
            return false;
        while (json_next(&i, NULL, &m) && json_next(&j, NULL, &n))
            if (!same_value(m, n))
                return false;
        return true;
    }
    default:
        return false;
    }
}

static bool same_members(json_value wanted, json_value object, size_t others)
{
    json_iterator it = json_iterate(wanted);
    base_span key;
    json_value value;
    if (json_count(object) != json_count(wanted) + others)
        return false;
    while (json_next(&it, &key, &value)) {
        char name[TABLE_NAME_MAX + 1];
        (void)snprintf(name, sizeof(name), "%.*s", (int)key.size, key.data);
        if (!same_value(value, json_get(object, name)))
            return false;
    }
    return true;
}

bool publish_rest_same_metadata(publish_vectors *v, const publish_row *row, json_value object, size_t others)
{
    base_buf text;
    json_parser *parser = NULL;
    json_value wanted;
    base_buf_init(&text, (size_t)4 << 20);
    json_writer w = json_writer_of(&text, false);
    json_write_object(&w);
    publish_rest_metadata(v, row, &w);
    json_write_end(&w);
    const size_t size = text.size;
    bool same = base_buf_reserve(&text, JSON_PADDING) == 0 && json_parser_new(text.max, 64, &parser, NULL) == 0 &&
                json_parse(parser, (base_span){text.data, size}, &wanted, NULL) == 0;
    same = same && same_members(wanted, object, others);
    json_parser_free(parser);
    base_buf_done(&text);
    return same;
}

bool publish_rest_same_values(const publish_vectors *v, const publish_row *row, json_value array)
{
    const float *values = table_list_floats_at(row->batch, publish_column(v, VECTOR_COLUMN), row->at);
    json_iterator it = json_iterate(array);
    json_value value;
    size_t i = 0;
    for (double number = 0; json_next(&it, NULL, &value); i++)
        if (i == PUBLISH_DIMENSIONS || !json_number(value, &number) || (float)number != values[i])
            return false;
    return i == PUBLISH_DIMENSIONS;
}

int publish_collection_differs(const publish_vectors *v, const char *what, lethe_error *error)
{
    base_fail(error, LETHE_E_PUBLISH_COLLECTION);
    base_error_file(error, v->target->name);
    base_error_path(error, what);
    return LETHE_E_PUBLISH_COLLECTION;
}

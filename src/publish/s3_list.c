/* SPDX-License-Identifier: Apache-2.0 */
#include "net/xml.h"
#include "publish/s3.h"

#include <stdio.h>
#include <stdlib.h>

/* Listing, reading and deleting. */

typedef struct listing {
    publish_s3 *s3;
    const char *prefix;
    publish_s3_visit visit;
    void *context;
    char token[2048], next[2048]; /* where to go on */
    char key[PUBLISH_KEY_MAX + 1];
    uint64_t size_bytes;
    bool more;
    bool rooted; /* the answer is a list */
    uint64_t count;
} listing;

static int build_list(void *opaque, base_arena *arena, net_request *request, lethe_error *error)
{
    listing *l = opaque;
    const net_pair query[] = {{"list-type", "2"}, {"prefix", l->prefix}, {"continuation-token", l->token}};
    const char *path = publish_s3_path(l->s3, arena, "");
    return path == NULL ? base_fail(error, LETHE_E_BASE_LIMIT)
                        : publish_aws_sign(&l->s3->aws, arena, path, query, l->token[0] != '\0' ? 3 : 2,
                                           NET_EMPTY_SHA256, request, error);
}

static int take(void *opaque, const char *path, base_span text, lethe_error *error)
{
    listing *l = opaque;
    char number[24] = "";
    if (strcmp(path, "ListBucketResult/Contents/Key") == 0 && text.size <= PUBLISH_KEY_MAX) {
        memcpy(l->key, text.data, text.size);
        l->key[text.size] = '\0';
    } else if (strcmp(path, "ListBucketResult/Contents/Size") == 0 && text.size < sizeof(number)) {
        memcpy(number, text.data, text.size);
        l->size_bytes = strtoull(number, NULL, 10);
    } else if (strcmp(path, "ListBucketResult/IsTruncated") == 0) {
        l->more = base_span_is(text, "true");
    } else if (strcmp(path, "ListBucketResult/NextContinuationToken") == 0 && text.size < sizeof(l->next)) {
        memcpy(l->next, text.data, text.size);
        l->next[text.size] = '\0';
    } else if (strcmp(path, "ListBucketResult") == 0) {
        l->rooted = true;
    } else if (strcmp(path, "ListBucketResult/Contents") == 0) {
        if (l->count++ >= PUBLISH_KEYS_MAX)
            return base_fail(error, LETHE_E_BASE_LIMIT);
        return l->visit(l->context, base_span_of(l->key), l->size_bytes, error);
    }
    return 0;
}

static int judge_list(void *opaque, const net_answer *answer, net_verdict *ret_verdict, lethe_error *error)
{
    listing *l = opaque;
    const net_xml_visitor visitor = {l, take};
    char code[64];
    publish_s3_code(answer, code);
    *ret_verdict = publish_aws_verdict(&l->s3->aws, answer, code);
    if (*ret_verdict == NET_FAILED)
        return publish_s3_refuse(answer, code, l->prefix, error);
    if (*ret_verdict != NET_DONE)
        return 0;
    l->rooted = false;
    const int status = net_xml_read(answer->body, &visitor, error);
    if (status == LETHE_E_NET_ANSWER || (status == 0 && !l->rooted)) {
        *ret_verdict = NET_STRANGE;
        return 0;
    }
    if (status != 0)
        *ret_verdict = NET_FAILED;
    return status;
}

int publish_s3_list(publish_s3 *s3, const char *prefix, publish_s3_visit visit, void *context, lethe_error *error)
{
    listing *l = calloc(1, sizeof(*l));
    if (l == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    *l = (listing){.s3 = s3, .prefix = prefix, .visit = visit, .context = context};
    const net_job job = {.context = l, .build = build_list, .judge = judge_list};
    int status = 0;
    do {
        l->more = false;
        l->next[0] = '\0';
        status = net_client_call(s3->aws.client, &job, error);
        if (status == 0 && l->more && (l->next[0] == '\0' || strcmp(l->next, l->token) == 0))
            status = base_fail(error, LETHE_E_NET_ANSWER); /* more of the same for ever */
        memcpy(l->token, l->next, sizeof(l->token));
    } while (status == 0 && l->more);
    free(l);
    return status;
}

typedef struct errand {
    publish_s3 *s3;
    const char *method, *key;
    base_buf *bytes;
    bool found;
} errand;

static int build_errand(void *opaque, base_arena *arena, net_request *request, lethe_error *error)
{
    errand *e = opaque;
    const char *path = publish_s3_path(e->s3, arena, e->key);
    request->method = e->method;
    return path == NULL ? base_fail(error, LETHE_E_BASE_LIMIT)
                        : publish_aws_sign(&e->s3->aws, arena, path, NULL, 0, NET_EMPTY_SHA256, request, error);
}

static int judge_errand(void *opaque, const net_answer *answer, net_verdict *ret_verdict, lethe_error *error)
{
    errand *e = opaque;
    char code[64];
    publish_s3_code(answer, code);
    *ret_verdict = publish_aws_verdict(&e->s3->aws, answer, code);
    if (answer->status == 404 && (strcmp(code, "NoSuchKey") == 0 || code[0] == '\0'))
        *ret_verdict = NET_DONE;
    if (*ret_verdict == NET_FAILED)
        return publish_s3_refuse(answer, code, e->key, error);
    if (*ret_verdict != NET_DONE)
        return 0;
    e->found = answer->status != 404;
    if (e->bytes != NULL) {
        base_buf_reset(e->bytes);
        if (e->found)
            base_buf_span(e->bytes, answer->body);
        return base_buf_check(e->bytes, error);
    }
    return 0;
}

int publish_s3_get(publish_s3 *s3, const char *key, base_buf *ret_bytes, bool *ret_found, lethe_error *error)
{
    errand e = {s3, "GET", key, ret_bytes, false};
    const net_job job = {.context = &e, .build = build_errand, .judge = judge_errand, .answer_max = ret_bytes->max};
    BASE_TRY(net_client_call(s3->aws.client, &job, error));
    *ret_found = e.found;
    return 0;
}

int publish_s3_delete(publish_s3 *s3, const char *key, lethe_error *error)
{
    errand e = {s3, "DELETE", key, NULL, false};
    const net_job job = {.context = &e, .build = build_errand, .judge = judge_errand};
    return net_client_call(s3->aws.client, &job, error);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/glue.h"

#include <ctype.h>
#include <stdio.h>

#define BODY_MAX   ((size_t)4 << 20)
#define ANSWER_MAX ((size_t)8 << 20)

/* One call of the catalog: JSON 1.1, the operation in a header, the trouble in "__type". */

int publish_glue_open(publish_glue *glue, net_client *client, const char *endpoint, lethe_error *error)
{
    *glue = (publish_glue){0};
    base_buf_init(&glue->body, BODY_MAX);
    base_buf_init(&glue->answer, ANSWER_MAX + JSON_PADDING);
    BASE_TRY(publish_aws_open(&glue->aws, client, "glue", endpoint, NULL, error));
    return json_parser_new(ANSWER_MAX, JSON_DEPTH_MAX, &glue->parser, error);
}

void publish_glue_done(publish_glue *glue)
{
    publish_aws_done(&glue->aws);
    json_parser_free(glue->parser);
    base_buf_done(&glue->body);
    base_buf_done(&glue->answer);
}

typedef struct call {
    publish_glue *glue;
    const char *operation, *member;
    const char *const *expected;
} call;

static int build(void *opaque, base_arena *arena, net_request *request, lethe_error *error)
{
    const call *c = opaque;
    char hash[65];
    request->method = "POST";
    request->body = base_buf_view(&c->glue->body);
    request->has_body = true;
    BASE_TRY(publish_sha256_hex(request->body, hash, error));
    net_request_add(request, "Content-Type", "application/x-amz-json-1.1");
    net_request_add(request, "X-Amz-Target", publish_format(arena, "AWSGlue.%s", c->operation));
    return publish_aws_sign(&c->glue->aws, arena, "/", NULL, 0, publish_format(arena, "%s", hash), request, error);
}

static int parse(publish_glue *glue, base_span body, lethe_error *error)
{
    base_buf_reset(&glue->answer);
    base_buf_span(&glue->answer, body);
    if (base_buf_reserve(&glue->answer, JSON_PADDING) != 0)
        return base_buf_check(&glue->answer, error);
    return json_parse(glue->parser, base_buf_view(&glue->answer), &glue->root, NULL) == 0
               ? 0
               : base_fail(error, LETHE_E_NET_ANSWER);
}

/* "com.amazonaws.glue#EntityNotFoundException" or without what stands before. */
static void read_code(publish_glue *glue, const net_answer *answer)
{
    glue->code[0] = '\0';
    if (answer->status < 400 || parse(glue, answer->body, NULL) != 0)
        return;
    base_span type = json_string(json_get(glue->root, "__type"));
    const char *mark = type.size != 0 ? memchr(type.data, '#', type.size) : NULL;
    if (mark != NULL)
        type = (base_span){mark + 1, type.size - (size_t)(mark + 1 - type.data)};
    if (type.size >= sizeof(glue->code))
        return;
    for (size_t i = 0; i < type.size; i++)
        if (!isalnum((unsigned char)type.data[i]))
            return;
    if (type.size != 0)
        memcpy(glue->code, type.data, type.size);
    glue->code[type.size] = '\0';
}

/* Nothing in an answer names its request, but for what it speaks of. */
static bool belongs(const call *c)
{
    static const char *const members[] = {"Database", "Table", "Partitions"};
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        const bool wanted = c->member != NULL && strcmp(c->member, members[i]) == 0;
        if (json_present(json_get(c->glue->root, members[i])) != wanted)
            return false;
    }
    return true;
}

static int judge(void *opaque, const net_answer *answer, net_verdict *ret_verdict, lethe_error *error)
{
    const call *c = opaque;
    publish_glue *glue = c->glue;
    read_code(glue, answer);
    for (size_t i = 0; c->expected != NULL && c->expected[i] != NULL; i++)
        if (strcmp(c->expected[i], glue->code) == 0) {
            *ret_verdict = NET_DONE;
            return 0;
        }
    *ret_verdict = publish_aws_verdict(&glue->aws, answer, glue->code);
    if (*ret_verdict == NET_FAILED) {
        const int status = net_refuse(answer, base_span_of(glue->code), error);
        base_error_file(error, c->operation);
        return status;
    }
    if (*ret_verdict == NET_DONE && (parse(glue, answer->body, NULL) != 0 || !belongs(c)))
        *ret_verdict = NET_STRANGE;
    return 0;
}

int publish_glue_call(publish_glue *glue, const char *operation, const char *member, const char *const *expected,
                      lethe_error *error)
{
    call c = {glue, operation, member, expected};
    const net_job job = {.context = &c, .build = build, .judge = judge, .answer_max = ANSWER_MAX};
    BASE_TRY(base_buf_check(&glue->body, error));
    return net_client_call(glue->aws.client, &job, error);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/s3.h"

#include "crypt/keyring.h"
#include "net/checksum.h"
#include "net/xml.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#define META_SHA256 "x-amz-meta-lethe-sha256"

/* Amazon S3, "General purpose buckets naming rules": 3 to 63 of a-z 0-9 . - */
static bool bucket_is_written(const char *bucket)
{
    const size_t size = strlen(bucket);
    if (size < 3 || size > 63)
        return false;
    for (size_t i = 0; i < size; i++)
        if (!islower((unsigned char)bucket[i]) && !isdigit((unsigned char)bucket[i]) && bucket[i] != '-' &&
            bucket[i] != '.')
            return false;
    return isalnum((unsigned char)bucket[0]) && isalnum((unsigned char)bucket[size - 1]) &&
           strstr(bucket, "..") == NULL;
}

int publish_s3_open(publish_s3 *s3, net_client *client, const char *bucket, const char *endpoint, lethe_error *error)
{
    *s3 = (publish_s3){.part_bytes = PUBLISH_PART_BYTES_DEFAULT};
    if (!bucket_is_written(bucket))
        return base_fail(error, LETHE_E_PUBLISH_TARGET);
    (void)snprintf(s3->bucket, sizeof(s3->bucket), "%s", bucket);
    s3->in_path = endpoint != NULL || strchr(bucket, '.') != NULL; /* a certificate's * stands for no dot */
    return publish_aws_open(&s3->aws, client, "s3", endpoint, s3->in_path ? NULL : bucket, error);
}

void publish_s3_done(publish_s3 *s3)
{
    publish_aws_done(&s3->aws);
}

const char *publish_s3_path(const publish_s3 *s3, base_arena *arena, const char *key)
{
    return s3->in_path ? publish_format(arena, "/%s%s%s", s3->bucket, key[0] != '\0' ? "/" : "", key)
                       : publish_format(arena, "/%s", key);
}

static int take_code(void *context, const char *path, base_span text, lethe_error *error)
{
    (void)error;
    if (strcmp(path, "Error/Code") == 0 && text.size < 64) {
        memcpy(context, text.data, text.size);
        ((char *)context)[text.size] = '\0';
    }
    return 0;
}

void publish_s3_code(const net_answer *answer, char ret_code[64])
{
    const net_xml_visitor visitor = {ret_code, take_code};
    ret_code[0] = '\0';
    if (answer->body.size == 0 || net_xml_read(answer->body, &visitor, NULL) != 0)
        return;
    for (const char *at = ret_code; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at))
            ret_code[0] = '\0';
}

int publish_s3_refuse(const net_answer *answer, const char *code, const char *key, lethe_error *error)
{
    static const char *const checksums[] = {"BadDigest", "XAmzContentSHA256Mismatch", "InvalidDigest",
                                            "XAmzContentChecksumMismatch", "ContentSHA256Mismatch"};
    int status = net_refuse(answer, base_span_of(code), error);
    for (size_t i = 0; i < sizeof(checksums) / sizeof(checksums[0]); i++)
        if (strcmp(code, checksums[i]) == 0)
            status = base_fail(error, LETHE_E_NET_CHECKSUM);
    base_error_file(error, key);
    return status;
}

bool publish_s3_echoes(const net_answer *answer, const char *header, const char *sent)
{
    const base_span echo = net_answer_header(answer, header);
    return net_answer_header(answer, "etag").size != 0 && (echo.data == NULL || base_span_is(echo, sent));
}

void publish_s3_add_sse(const publish_s3 *s3, net_request *request)
{
    if (s3->sse_key == NULL)
        return;
    if (s3->sse_key[0] == '\0') {
        net_request_add(request, "x-amz-server-side-encryption", "AES256");
        return;
    }
    net_request_add(request, "x-amz-server-side-encryption", "aws:kms");
    net_request_add(request, "x-amz-server-side-encryption-aws-kms-key-id", s3->sse_key);
    net_request_add(request, "x-amz-server-side-encryption-bucket-key-enabled", "true");
}

/* -- what is there ---------------------------------------------------------------------------------------------------
 */

typedef struct question {
    publish_s3 *s3;
    const publish_object *object;
    publish_there there;
} question;

static int build_head(void *opaque, base_arena *arena, net_request *request, lethe_error *error)
{
    const question *q = opaque;
    request->method = "HEAD";
    net_request_add(request, "x-amz-checksum-mode", "ENABLED");
    const char *path = publish_s3_path(q->s3, arena, q->object->key);
    return path == NULL ? base_fail(error, LETHE_E_BASE_LIMIT)
                        : publish_aws_sign(&q->s3->aws, arena, path, NULL, 0, NET_EMPTY_SHA256, request, error);
}

/* The best that the server says: its own SHA-256, its own CRC over the whole, or what was sent with the object. */
static bool is_same(const publish_object *object, const net_answer *answer)
{
    char text[65];
    const base_span size = net_answer_header(answer, "content-length");
    const base_span sha256 = net_answer_header(answer, "x-amz-checksum-sha256");
    const base_span crc64 = net_answer_header(answer, "x-amz-checksum-crc64nvme");
    (void)snprintf(text, sizeof(text), "%zu", object->bytes.size);
    if (!base_span_is(size, text))
        return false;
    if (sha256.data != NULL && memchr(sha256.data, '-', sha256.size) == NULL) {
        crypt_base64(object->sha256, 32, text);
        return base_span_is(sha256, text);
    }
    if (crc64.size == 12 && memchr(crc64.data, '-', crc64.size) == NULL) { /* others are none of eight bytes */
        net_crc64_text(net_crc64nvme(0, object->bytes), text);
        return base_span_is(crc64, text);
    }
    for (int i = 0; i < 32; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", object->sha256[i]);
    return base_span_is(net_answer_header(answer, META_SHA256), text);
}

static int judge_head(void *opaque, const net_answer *answer, net_verdict *ret_verdict, lethe_error *error)
{
    question *q = opaque;
    if (answer->status == 404) {
        q->there = PUBLISH_ABSENT;
        *ret_verdict = NET_DONE;
        return 0;
    }
    *ret_verdict = publish_aws_verdict(&q->s3->aws, answer, "");
    if (*ret_verdict == NET_FAILED)
        return publish_s3_refuse(answer, "", q->object->key, error);
    if (*ret_verdict == NET_DONE)
        q->there = is_same(q->object, answer) ? PUBLISH_SAME : PUBLISH_OTHER;
    return 0;
}

int publish_s3_compare(publish_s3 *s3, const publish_object *object, publish_there *ret_there, lethe_error *error)
{
    question q = {s3, object, PUBLISH_ABSENT};
    const net_job job = {.context = &q, .build = build_head, .judge = judge_head};
    BASE_TRY(net_client_call(s3->aws.client, &job, error));
    *ret_there = q.there;
    return 0;
}

/* -- sending ---------------------------------------------------------------------------------------------------------
 */

/* A PUT, and where that meets something that is there, a HEAD that says whether it is the same. */
typedef struct put {
    publish_s3 *s3;
    const publish_object *object;
    char sha256_hex[65], sha256_base64[45];
    bool asking;  /* something is there: what is it? */
    bool doubted; /* something else was seen there once */
} put;

static int build_put(void *opaque, base_arena *arena, net_request *request, lethe_error *error)
{
    put *p = opaque;
    if (p->asking) {
        question q = {p->s3, p->object, PUBLISH_ABSENT};
        return build_head(&q, arena, request, error);
    }
    const char *path = publish_s3_path(p->s3, arena, p->object->key);
    request->method = "PUT";
    request->body = p->object->bytes;
    request->has_body = true;
    net_request_add(request, "Content-Type", p->object->type);
    net_request_add(request, "x-amz-sdk-checksum-algorithm", "SHA256");
    net_request_add(request, "x-amz-checksum-sha256", p->sha256_base64);
    net_request_add(request, META_SHA256, p->sha256_hex);
    if (!p->object->replace)
        net_request_add(request, "If-None-Match", "*");
    publish_s3_add_sse(p->s3, request);
    if (path == NULL)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    /* The digest is that of the manifest: the server compares what it received with what was signed there. */
    return publish_aws_sign(&p->s3->aws, arena, path, NULL, 0, p->sha256_hex, request, error);
}

static int judge_found(put *p, const net_answer *answer, net_verdict *ret_verdict, lethe_error *error)
{
    question q = {p->s3, p->object, PUBLISH_ABSENT};
    BASE_TRY(judge_head(&q, answer, ret_verdict, error));
    if (*ret_verdict == NET_DONE && q.there == PUBLISH_SAME)
        p->s3->there++;
    if (*ret_verdict != NET_DONE || q.there == PUBLISH_SAME)
        return 0;
    if (q.there == PUBLISH_OTHER && !p->doubted) {
        p->doubted = true;
        *ret_verdict = NET_STRANGE;
        return 0;
    }
    if (p->object->replace) {
        p->asking = false;
        *ret_verdict = NET_AGAIN;
        return 0;
    }
    *ret_verdict = q.there == PUBLISH_ABSENT ? NET_AGAIN : NET_FAILED; /* gone meanwhile: send it again */
    p->asking = q.there != PUBLISH_ABSENT;
    if (*ret_verdict == NET_AGAIN)
        return 0;
    base_fail(error, LETHE_E_PUBLISH_TAKEN);
    base_error_file(error, p->object->key);
    return LETHE_E_PUBLISH_TAKEN;
}

static int judge_put(void *opaque, const net_answer *answer, net_verdict *ret_verdict, lethe_error *error)
{
    put *p = opaque;
    char code[64];
    if (p->asking)
        return judge_found(p, answer, ret_verdict, error);
    publish_s3_code(answer, code);
    if (answer->status == 412 && !p->object->replace) {
        p->asking = true;
        *ret_verdict = NET_AGAIN;
        return 0;
    }
    *ret_verdict = publish_aws_verdict(&p->s3->aws, answer, code);
    if (*ret_verdict == NET_FAILED)
        return publish_s3_refuse(answer, code, p->object->key, error);
    if (*ret_verdict == NET_DONE && !publish_s3_echoes(answer, "x-amz-checksum-sha256", p->sha256_base64))
        *ret_verdict = NET_STRANGE;
    if (*ret_verdict == NET_DONE) {
        p->s3->sent++;
        p->s3->sent_bytes += p->object->bytes.size;
    }
    return 0;
}

int publish_s3_put(publish_s3 *s3, const publish_object *object, lethe_error *error)
{
    if (strlen(object->key) > PUBLISH_KEY_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    if (object->bytes.size > s3->part_bytes)
        return publish_s3_put_parts(s3, object, error);
    put *p = calloc(1, sizeof(*p));
    if (p == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    p->s3 = s3;
    p->object = object;
    p->asking = object->listed;
    crypt_base64(object->sha256, 32, p->sha256_base64);
    for (int i = 0; i < 32; i++)
        (void)snprintf(p->sha256_hex + 2 * i, 3, "%02x", object->sha256[i]);
    const net_job job = {.context = p, .build = build_put, .judge = judge_put, .release = free};
    return net_client_submit(s3->aws.client, &job, error);
}

int publish_s3_drain(publish_s3 *s3, lethe_error *error)
{
    return net_client_drain(s3->aws.client, error);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "crypt/keyring.h"
#include "net/checksum.h"
#include "net/xml.h"
#include "publish/s3.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * One large object:
 *
 *   is an upload of this key under way? ─ yes ─► its parts ─┐
 *   └─ no ─► begin one ─────────────────────────────────────┴─► send what lacks ─► complete, unless something is there
 *
 * The checksum of the whole (CRC-64/NVME) is joined from those of the parts, and the server compares both. What a
 * killed publish had sent is not sent again.
 */
#define UPLOAD_ID_MAX 1024
#define ETAG_MAX      127

typedef struct part {
    uint64_t crc64;
    char etag[ETAG_MAX + 1]; /* "": not there yet */
} part;

typedef struct upload {
    publish_s3 *s3;
    const publish_object *object;
    char id[UPLOAD_ID_MAX + 1];
    uint64_t part_bytes;
    size_t count;
    part *parts;
    uint64_t crc64;
    bool gone, exists; /* answers to complete */
    int number;        /* of ListParts: where to go on; -1: at the end */
    /* of the part that is being read */
    size_t at;
    char etag[ETAG_MAX + 1], checksum[32];
    uint64_t size_bytes;
    char initiated[40], newest[40], found_id[UPLOAD_ID_MAX + 1], found_key[PUBLISH_KEY_MAX + 1];
    bool more;
    bool rooted; /* the answer is what was asked for */
    base_buf body;
} upload;

static base_span piece(const upload *u, size_t index)
{
    const uint64_t at = (uint64_t)index * u->part_bytes;
    const uint64_t left = u->object->bytes.size - at;
    return (base_span){u->object->bytes.data + at, (size_t)(left < u->part_bytes ? left : u->part_bytes)};
}

static void copy(char *to, size_t capacity, base_span text)
{
    const size_t size = text.size < capacity ? text.size : 0;
    if (size != 0)
        memcpy(to, text.data, size);
    to[size] = '\0';
}

static int refuse(const upload *u, const net_answer *answer, const char *code, lethe_error *error)
{
    return publish_s3_refuse(answer, code, u->object->key, error);
}

/* A request without its body, about this upload's key or (listing) the bucket. */
static int sign(upload *u, base_arena *arena, bool of_key, const net_pair *query, size_t count, net_request *request,
                lethe_error *error)
{
    char hash[65];
    const char *path = publish_s3_path(u->s3, arena, of_key ? u->object->key : "");
    if (path == NULL)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    BASE_TRY(publish_sha256_hex(request->body, hash, error));
    const char *kept = publish_format(arena, "%s", hash);
    return kept != NULL ? publish_aws_sign(&u->s3->aws, arena, path, query, count, kept, request, error)
                        : base_fail(error, LETHE_E_BASE_LIMIT);
}

static int judge_xml(upload *u, const net_answer *answer, const net_xml_visitor *visitor, net_verdict *ret_verdict,
                     lethe_error *error)
{
    char code[64];
    publish_s3_code(answer, code);
    *ret_verdict = publish_aws_verdict(&u->s3->aws, answer, code);
    if (*ret_verdict == NET_FAILED)
        return refuse(u, answer, code, error);
    if (*ret_verdict != NET_DONE)
        return 0;
    u->rooted = false;
    if (net_xml_read(answer->body, visitor, NULL) != 0 || !u->rooted)
        *ret_verdict = NET_STRANGE;
    return 0;
}

static int call(upload *u, int (*build)(void *, base_arena *, net_request *, lethe_error *),
                int (*judge)(void *, const net_answer *, net_verdict *, lethe_error *), lethe_error *error)
{
    const net_job job = {.context = u, .build = build, .judge = judge};
    return net_client_call(u->s3->aws.client, &job, error);
}

/* -- an upload that is under way -------------------------------------------------------------------------------------
 */

static int build_uploads(void *opaque, base_arena *arena, net_request *request, lethe_error *error)
{
    upload *u = opaque;
    const net_pair query[] = {{"uploads", ""}, {"prefix", u->object->key}};
    return sign(u, arena, false, query, 2, request, error);
}

/* Of several the one that was begun last; their order is the server's. */
static int take_upload(void *opaque, const char *path, base_span text, lethe_error *error)
{
    upload *u = opaque;
    (void)error;
    if (strcmp(path, "ListMultipartUploadsResult/Upload/Key") == 0)
        copy(u->found_key, sizeof(u->found_key), text);
    else if (strcmp(path, "ListMultipartUploadsResult/Upload/UploadId") == 0)
        copy(u->found_id, sizeof(u->found_id), text);
    else if (strcmp(path, "ListMultipartUploadsResult/Upload/Initiated") == 0)
        copy(u->initiated, sizeof(u->initiated), text);
    else if (strcmp(path, "ListMultipartUploadsResult") == 0)
        u->rooted = true;
    else if (strcmp(path, "ListMultipartUploadsResult/Upload") == 0) {
        if (strcmp(u->found_key, u->object->key) == 0 && strcmp(u->initiated, u->newest) >= 0) {
            (void)snprintf(u->id, sizeof(u->id), "%s", u->found_id);
            (void)snprintf(u->newest, sizeof(u->newest), "%s", u->initiated);
        }
        u->initiated[0] = u->found_id[0] = u->found_key[0] = '\0';
    }
    return 0;
}

static int judge_uploads(void *opaque, const net_answer *answer, net_verdict *ret_verdict, lethe_error *error)
{
    const net_xml_visitor visitor = {opaque, take_upload};
    return judge_xml(opaque, answer, &visitor, ret_verdict, error);
}

static int build_parts(void *opaque, base_arena *arena, net_request *request, lethe_error *error)
{
    upload *u = opaque;
    const net_pair query[] = {{"uploadId", u->id}, {"part-number-marker", publish_format(arena, "%d", u->number)}};
    return query[1].value != NULL ? sign(u, arena, true, query, u->number > 0 ? 2 : 1, request, error)
                                  : base_fail(error, LETHE_E_BASE_LIMIT);
}

/* A part counts where the server has its size and its checksum: those of our bytes. */
static void take_up(upload *u)
{
    char wanted[13];
    if (u->at == 0 || u->at > u->count || u->etag[0] == '\0')
        return;
    part *p = &u->parts[u->at - 1];
    const base_span bytes = piece(u, u->at - 1);
    net_crc64_text(p->crc64, wanted);
    if (bytes.size != u->size_bytes || strcmp(wanted, u->checksum) != 0)
        return;
    memcpy(p->etag, u->etag, sizeof(p->etag));
    u->s3->taken_up++;
}

static int take_part(void *opaque, const char *path, base_span text, lethe_error *error)
{
    upload *u = opaque;
    char number[24];
    (void)error;
    copy(number, sizeof(number), text);
    if (strcmp(path, "ListPartsResult/Part/PartNumber") == 0)
        u->at = strtoul(number, NULL, 10);
    else if (strcmp(path, "ListPartsResult/Part/Size") == 0)
        u->size_bytes = strtoull(number, NULL, 10);
    else if (strcmp(path, "ListPartsResult/Part/ETag") == 0)
        copy(u->etag, sizeof(u->etag), text);
    else if (strcmp(path, "ListPartsResult/Part/ChecksumCRC64NVME") == 0)
        copy(u->checksum, sizeof(u->checksum), text);
    else if (strcmp(path, "ListPartsResult/IsTruncated") == 0)
        u->more = base_span_is(text, "true");
    else if (strcmp(path, "ListPartsResult/NextPartNumberMarker") == 0)
        u->number = (int)strtol(number, NULL, 10);
    else if (strcmp(path, "ListPartsResult") == 0 || strcmp(path, "ListPartsResponse") == 0) /* moto's word */
        u->rooted = true;
    else if (strcmp(path, "ListPartsResult/Part") == 0) {
        take_up(u);
        u->at = 0;
        u->etag[0] = u->checksum[0] = '\0';
    }
    return 0;
}

static int judge_parts(void *opaque, const net_answer *answer, net_verdict *ret_verdict, lethe_error *error)
{
    upload *u = opaque;
    const net_xml_visitor visitor = {u, take_part};
    if (answer->status == 404) { /* over meanwhile: begin another */
        u->id[0] = '\0';
        *ret_verdict = NET_DONE;
        return 0;
    }
    return judge_xml(u, answer, &visitor, ret_verdict, error);
}

static int find_parts(upload *u, lethe_error *error)
{
    int before = -1;
    do {
        if (u->number <= before)
            return base_fail(error, LETHE_E_NET_ANSWER);
        before = u->number;
        u->more = false;
        BASE_TRY(call(u, build_parts, judge_parts, error));
    } while (u->more && u->id[0] != '\0');
    return 0;
}

/* -- a new one -------------------------------------------------------------------------------------------------------
 */

static int build_create(void *opaque, base_arena *arena, net_request *request, lethe_error *error)
{
    upload *u = opaque;
    const net_pair query[] = {{"uploads", ""}};
    char hex[65];
    for (int i = 0; i < 32; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", u->object->sha256[i]);
    request->method = "POST";
    request->has_body = true;
    net_request_add(request, "Content-Type", u->object->type);
    net_request_add(request, "x-amz-checksum-algorithm", "CRC64NVME");
    net_request_add(request, "x-amz-checksum-type", "FULL_OBJECT");
    net_request_add(request, "x-amz-meta-lethe-sha256", publish_format(arena, "%s", hex));
    publish_s3_add_sse(u->s3, request);
    return sign(u, arena, true, query, 1, request, error);
}

static int take_id(void *opaque, const char *path, base_span text, lethe_error *error)
{
    upload *u = opaque;
    (void)error;
    if (strcmp(path, "InitiateMultipartUploadResult/UploadId") == 0)
        copy(u->id, sizeof(u->id), text);
    u->rooted = u->id[0] != '\0';
    return 0;
}

static int judge_create(void *opaque, const net_answer *answer, net_verdict *ret_verdict, lethe_error *error)
{
    upload *u = opaque;
    const net_xml_visitor visitor = {u, take_id};
    return judge_xml(u, answer, &visitor, ret_verdict, error);
}

/* -- parts -----------------------------------------------------------------------------------------------------------
 */

typedef struct sending {
    upload *u;
    size_t index;
} sending;

static int build_part(void *opaque, base_arena *arena, net_request *request, lethe_error *error)
{
    const sending *s = opaque;
    upload *u = s->u;
    char crc[13], hash[65] = "UNSIGNED-PAYLOAD";
    const net_pair query[] = {{"partNumber", publish_format(arena, "%zu", s->index + 1)}, {"uploadId", u->id}};
    const char *path = publish_s3_path(u->s3, arena, u->object->key);
    net_crc64_text(u->parts[s->index].crc64, crc);
    request->method = "PUT";
    request->body = piece(u, s->index);
    request->has_body = true;
    if (!u->s3->aws.tls) /* else TLS guards the bytes, and the checksum finds what breaks behind it */
        BASE_TRY(publish_sha256_hex(request->body, hash, error));
    net_request_add(request, "x-amz-sdk-checksum-algorithm", "CRC64NVME");
    net_request_add(request, "x-amz-checksum-crc64nvme", publish_format(arena, "%s", crc));
    const char *kept = publish_format(arena, "%s", hash);
    if (path == NULL || kept == NULL || query[0].value == NULL)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    return publish_aws_sign(&u->s3->aws, arena, path, query, 2, kept, request, error);
}

static int judge_part(void *opaque, const net_answer *answer, net_verdict *ret_verdict, lethe_error *error)
{
    const sending *s = opaque;
    char code[64], crc[13];
    const base_span etag = net_answer_header(answer, "etag");
    net_crc64_text(s->u->parts[s->index].crc64, crc);
    publish_s3_code(answer, code);
    *ret_verdict = publish_aws_verdict(&s->u->s3->aws, answer, code);
    if (*ret_verdict == NET_FAILED)
        return refuse(s->u, answer, code, error);
    if (*ret_verdict != NET_DONE)
        return 0;
    if (!publish_s3_echoes(answer, "x-amz-checksum-crc64nvme", crc) || etag.size > ETAG_MAX) {
        *ret_verdict = NET_STRANGE;
        return 0;
    }
    copy(s->u->parts[s->index].etag, ETAG_MAX + 1, etag);
    s->u->s3->sent_bytes += piece(s->u, s->index).size;
    return 0;
}

static int send_parts(upload *u, lethe_error *error)
{
    for (size_t i = 0; i < u->count; i++) {
        if (u->parts[i].etag[0] != '\0')
            continue;
        sending *s = malloc(sizeof(*s));
        if (s == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        *s = (sending){u, i};
        const net_job job = {.context = s, .build = build_part, .judge = judge_part, .release = free};
        BASE_TRY(net_client_submit(u->s3->aws.client, &job, error));
    }
    return net_client_drain(u->s3->aws.client, error);
}

/* -- the whole -------------------------------------------------------------------------------------------------------
 */

static int write_complete(upload *u, lethe_error *error)
{
    char crc[13];
    base_buf_reset(&u->body);
    base_buf_text(&u->body, "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    for (size_t i = 0; i < u->count; i++) {
        net_crc64_text(u->parts[i].crc64, crc);
        base_buf_text(&u->body, "<Part><ETag>");
        net_xml_write(&u->body, base_span_of(u->parts[i].etag));
        base_buf_format(&u->body, "</ETag><ChecksumCRC64NVME>%s</ChecksumCRC64NVME><PartNumber>%zu</PartNumber></Part>",
                        crc, i + 1);
    }
    base_buf_text(&u->body, "</CompleteMultipartUpload>");
    return base_buf_check(&u->body, error);
}

static int build_complete(void *opaque, base_arena *arena, net_request *request, lethe_error *error)
{
    upload *u = opaque;
    const net_pair query[] = {{"uploadId", u->id}};
    char crc[13];
    net_crc64_text(u->crc64, crc);
    request->method = "POST";
    request->body = base_buf_view(&u->body);
    request->has_body = true;
    net_request_add(request, "Content-Type", "application/xml");
    net_request_add(request, "x-amz-checksum-crc64nvme", publish_format(arena, "%s", crc));
    net_request_add(request, "x-amz-checksum-type", "FULL_OBJECT");
    net_request_add(request, "x-amz-mp-object-size", publish_format(arena, "%zu", u->object->bytes.size));
    if (!u->object->replace)
        net_request_add(request, "If-None-Match", "*");
    return sign(u, arena, true, query, 1, request, error);
}

/* S3 may say 200 first and think of an error while it puts the parts together: then the body is one. */
static int judge_complete(void *opaque, const net_answer *answer, net_verdict *ret_verdict, lethe_error *error)
{
    upload *u = opaque;
    char code[64];
    publish_s3_code(answer, code);
    u->gone = answer->status == 404;
    u->exists = answer->status == 412;
    if (u->gone || u->exists) {
        *ret_verdict = NET_DONE;
        return 0;
    }
    *ret_verdict = publish_aws_verdict(&u->s3->aws, answer, code);
    if (*ret_verdict == NET_DONE && code[0] != '\0')
        *ret_verdict = strcmp(code, "InternalError") == 0 || strcmp(code, "SlowDown") == 0 ? NET_AGAIN : NET_FAILED;
    if (*ret_verdict == NET_DONE &&
        memmem(answer->body.data, answer->body.size, "CompleteMultipartUploadResult", 29) == NULL)
        *ret_verdict = NET_STRANGE;
    return *ret_verdict == NET_FAILED ? refuse(u, answer, code, error) : 0;
}

static int build_abort(void *opaque, base_arena *arena, net_request *request, lethe_error *error)
{
    upload *u = opaque;
    const net_pair query[] = {{"uploadId", u->id}};
    request->method = "DELETE";
    return sign(u, arena, true, query, 1, request, error);
}

static int judge_abort(void *opaque, const net_answer *answer, net_verdict *ret_verdict, lethe_error *error)
{
    (void)opaque;
    (void)answer;
    (void)error;
    *ret_verdict = NET_DONE;
    return 0;
}

/* The answer to an earlier attempt may have been lost: then the object is there, and it is ours. */
static int complete(upload *u, lethe_error *error)
{
    publish_there there = PUBLISH_ABSENT;
    BASE_TRY(write_complete(u, error));
    BASE_TRY(call(u, build_complete, judge_complete, error));
    if (!u->gone && !u->exists) {
        u->s3->sent++;
        return 0;
    }
    if (u->exists)
        BASE_TRY(call(u, build_abort, judge_abort, error));
    BASE_TRY(publish_s3_compare(u->s3, u->object, &there, error));
    if (there == PUBLISH_SAME) {
        u->s3->there++;
        return 0;
    }
    const int code = there == PUBLISH_OTHER ? LETHE_E_PUBLISH_TAKEN : LETHE_E_PUBLISH_LOST;
    base_fail(error, code);
    base_error_file(error, u->object->key);
    return code;
}

static int run(upload *u, lethe_error *error)
{
    publish_there there = PUBLISH_ABSENT;
    if (u->object->listed) {
        BASE_TRY(publish_s3_compare(u->s3, u->object, &there, error));
        if (there == PUBLISH_SAME) {
            u->s3->there++;
            return 0;
        }
    }
    u->parts = calloc(u->count, sizeof(*u->parts));
    if (u->parts == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < u->count; i++) {
        u->parts[i].crc64 = net_crc64nvme(0, piece(u, i));
        u->crc64 = i == 0 ? u->parts[0].crc64 : net_crc64nvme_join(u->crc64, u->parts[i].crc64, piece(u, i).size);
    }
    BASE_TRY(call(u, build_uploads, judge_uploads, error));
    if (u->id[0] != '\0')
        BASE_TRY(find_parts(u, error));
    if (u->id[0] == '\0')
        BASE_TRY(call(u, build_create, judge_create, error));
    BASE_TRY(send_parts(u, error));
    return complete(u, error);
}

int publish_s3_put_parts(publish_s3 *s3, const publish_object *object, lethe_error *error)
{
    upload *u = calloc(1, sizeof(*u));
    if (u == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    u->s3 = s3;
    u->object = object;
    u->part_bytes = s3->part_bytes;
    while (object->bytes.size / u->part_bytes >= PUBLISH_PARTS_MAX)
        u->part_bytes *= 2;
    u->count = (object->bytes.size + u->part_bytes - 1) / u->part_bytes;
    base_buf_init(&u->body, (size_t)4 << 20);
    const int status = run(u, error);
    if (status != 0)
        net_client_cancel(s3->aws.client); /* no job may speak of an upload that is freed */
    base_buf_done(&u->body);
    free(u->parts);
    free(u);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PUBLISH_S3_H
#define PUBLISH_S3_H

#include "publish/aws.h"

/*
 * Objects of one bucket, or of a store that speaks like S3. Every object is sent with a checksum that the server
 * compares (SHA-256; CRC-64/NVME over all parts of a large one), and is only written where nothing is, unless it may
 * take another's place. An answer that was lost costs a question: what stands there is compared.
 */
#define PUBLISH_KEY_MAX            1024
#define PUBLISH_PART_BYTES_MIN     ((uint64_t)5 << 20)
#define PUBLISH_PART_BYTES_DEFAULT ((uint64_t)16 << 20)
#define PUBLISH_PARTS_MAX          10000
#define PUBLISH_KEYS_MAX           1000000

typedef struct publish_s3 {
    publish_aws aws;
    char bucket[64];
    bool in_path;        /* the bucket is the first part of the path, not of the host's name */
    const char *sse_key; /* NULL: the bucket's default; "": SSE-S3; else the id of a KMS key */
    uint64_t part_bytes;
    uint64_t sent, there;          /* objects: sent, and the same already */
    uint64_t sent_bytes, taken_up; /* bytes; parts that an interrupted upload had sent already */
} publish_s3;

typedef struct publish_object {
    const char *key;
    const char *type; /* Content-Type */
    base_span bytes;  /* borrowed until publish_s3_drain */
    uint8_t sha256[32];
    bool replace; /* may take the place of another */
    bool listed;  /* something of this key is there: it is asked about first */
} publish_object;

/* `endpoint` NULL: AWS. LETHE_E_PUBLISH_TARGET where the bucket's name is none. */
int publish_s3_open(publish_s3 *s3, net_client *client, const char *bucket, const char *endpoint, lethe_error *error);
void publish_s3_done(publish_s3 *s3);

/* Whether an object of these bytes is there: by size and by the server's checksum, or what it was sent with. */
typedef enum publish_there { PUBLISH_ABSENT, PUBLISH_SAME, PUBLISH_OTHER } publish_there;
int publish_s3_compare(publish_s3 *s3, const publish_object *object, publish_there *ret_there, lethe_error *error);

/* Sends; several are in flight. The object and its texts stay where they are until publish_s3_drain returned.
 * LETHE_E_PUBLISH_TAKEN, LETHE_E_NET_CHECKSUM, LETHE_E_NET_*; the key stands in the error's file. */
int publish_s3_put(publish_s3 *s3, const publish_object *object, lethe_error *error);
int publish_s3_drain(publish_s3 *s3, lethe_error *error);

/* An object of many parts (s3_multipart.c); publish_s3_put calls it. */
int publish_s3_put_parts(publish_s3 *s3, const publish_object *object, lethe_error *error);

/* Every key that begins so, in the server's order. */
typedef int (*publish_s3_visit)(void *context, base_span key, uint64_t size_bytes, lethe_error *error);
int publish_s3_list(publish_s3 *s3, const char *prefix, publish_s3_visit visit, void *context, lethe_error *error);

/* All of it into `ret_bytes`; *ret_found false where nothing is. */
int publish_s3_get(publish_s3 *s3, const char *key, base_buf *ret_bytes, bool *ret_found, lethe_error *error);
int publish_s3_delete(publish_s3 *s3, const char *key, lethe_error *error);

/* Shared by s3*.c: the path of a key, and the code of an answer's error. */
const char *publish_s3_path(const publish_s3 *s3, base_arena *arena, const char *key);
void publish_s3_code(const net_answer *answer, char ret_code[64]);
void publish_s3_add_sse(const publish_s3 *s3, net_request *request);
/* Whether an answer echoes what was sent: a store that names another checksum answers another request. */
bool publish_s3_echoes(const net_answer *answer, const char *header, const char *sent);
int publish_s3_refuse(const net_answer *answer, const char *code, const char *key, lethe_error *error);

#endif

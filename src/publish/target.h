/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PUBLISH_TARGET_H
#define PUBLISH_TARGET_H

#include "net/url.h"

/* Where to: s3://bucket/prefix, qdrant://host:port/collection, pinecone://host?namespace=…,
 * milvus://host:port/collection, pgvector://host:port/database?table=… */
typedef enum publish_kind {
    PUBLISH_S3,
    PUBLISH_QDRANT,
    PUBLISH_PINECONE,
    PUBLISH_MILVUS,
    PUBLISH_PGVECTOR,
} publish_kind;

typedef struct publish_target {
    publish_kind kind;
    net_url url;
    char root[NET_HOST_MAX + 32];  /* of a vector database that speaks HTTP: https://host[:port] */
    char name[256];                /* of the collection, namespace or table */
    char prefix[NET_PATH_MAX + 1]; /* of keys: "" or with a slash at its end */
} publish_target;

/* LETHE_E_PUBLISH_TARGET, with the part that is not understood in the path. Plain HTTP is chosen for this machine, and
 * for others only where `insecure`. */
int publish_target_parse(const char *text, bool insecure, publish_target *ret_target, lethe_error *error);

#endif

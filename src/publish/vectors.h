/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PUBLISH_VECTORS_H
#define PUBLISH_VECTORS_H

#include "json/json.h"
#include "net/client.h"
#include "publish/target.h"
#include "table/column.h"

/*
 * Rows of a dataset in a vector database: one struct of functions a kind of server, and one file.
 *
 *   open ─► write … write ─► settle (all acknowledged; rows of this dataset's other releases go) ─► count, compare
 *
 * A row's id is its row_id, so sending twice is sending once. Every row carries `dataset` and `release`, so that a
 * dataset's own rows are found again, and what an erasure took disappears with the next release.
 */
#define PUBLISH_SECRET_MAX 4096
#define PUBLISH_SAMPLES    32
#define PUBLISH_DIMENSIONS 768

/* A row: all columns of the batch but the vector are metadata; null is left out. */
typedef struct publish_row {
    const table_batch *batch;
    size_t at;
    const char *split;
} publish_row;

typedef struct publish_vectors publish_vectors;

/* How those that speak JSON over HTTP take rows (rest.c). */
typedef struct publish_rest_batch {
    const char *method;
    const char *path; /* behind the target's root */
    const char *tail; /* what ends the body behind the rows */
    size_t rows_max, bytes_max;
    uint64_t (*acknowledged)(json_value root, uint32_t rows); /* rows that the answer speaks of */
} publish_rest_batch;

typedef struct publish_vectors_kind {
    const char *secret; /* the environment's variable, or this with _FILE; NULL: none */
    /* The collection is there and fits, or is made. LETHE_E_PUBLISH_COLLECTION. */
    int (*open)(publish_vectors *v, lethe_error *error);
    int (*write)(publish_vectors *v, const publish_row *row, lethe_error *error);
    int (*settle)(publish_vectors *v, uint64_t *ret_removed, lethe_error *error);
    int (*count)(publish_vectors *v, uint64_t *ret_rows, lethe_error *error); /* of this release */
    /* Reads a row back; *ret_equal: every value of it is what was sent. */
    int (*compare)(publish_vectors *v, const publish_row *row, bool *ret_equal, lethe_error *error);
    int (*remove)(publish_vectors *v, uint64_t *ret_removed, lethe_error *error); /* all of this dataset */
    void (*close)(publish_vectors *v);
} publish_vectors_kind;

extern const publish_vectors_kind publish_qdrant, publish_pinecone, publish_milvus, publish_pgvector;

struct publish_vectors {
    const publish_vectors_kind *kind;
    const publish_target *target;
    net_client *client;
    const table_schema *schema; /* of the rows */
    const char *dataset, *release;
    bool insecure;
    uint64_t rows; /* of the release */
    uint64_t sent, acknowledged;
    char *secret; /* locked pages; "" where there is none */
    /* of those that speak JSON over HTTP (rest.c) */
    json_parser *parser;
    base_buf body, answer, batch;
    json_value root; /* of the last answer */
    int status;      /* likewise */
    uint32_t batch_rows;
    publish_rest_batch rest;
    char path[512];
    /* of PostgreSQL (pgvector.c) */
    struct publish_postgres *postgres;
};

/* Copies the pointers; opens the kind. */
int publish_vectors_open(publish_vectors *v, lethe_error *error);
void publish_vectors_close(publish_vectors *v);

/* The columns by name; `count` of the schema where there is none. */
size_t publish_column(const publish_vectors *v, const char *name);
base_span publish_row_id(const publish_vectors *v, const publish_row *row);

/* The kind of a target. */
const publish_vectors_kind *publish_vectors_kind_of(publish_kind kind);

/* The secret of a variable NAME, or the first line of the file that NAME_FILE names, which only its owner may read.
 * "" where neither is said. Locked pages of PUBLISH_SECRET_MAX + 1 bytes, freed by crypt_secret_free.
 * LETHE_E_NET_CREDENTIALS_FILE. */
int publish_secret(const char *name, char **ret_secret, lethe_error *error);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/vectors.h"

#include "crypt/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ANSWER_MAX ((size_t)64 << 20)
#define BATCH_MAX  ((size_t)32 << 20)

const publish_vectors_kind *publish_vectors_kind_of(publish_kind kind)
{
    switch (kind) {
    case PUBLISH_QDRANT:
        return &publish_qdrant;
    case PUBLISH_PINECONE:
        return &publish_pinecone;
    case PUBLISH_MILVUS:
        return &publish_milvus;
    case PUBLISH_PGVECTOR:
        return &publish_pgvector;
    case PUBLISH_S3:
    default:
        return NULL;
    }
}

static int bad_file(const char *path, lethe_error *error)
{
    base_fail(error, LETHE_E_NET_CREDENTIALS_FILE);
    base_error_file(error, path);
    return LETHE_E_NET_CREDENTIALS_FILE;
}

static int read_secret(const char *path, char *secret, lethe_error *error)
{
    struct stat state;
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        base_fail_errno(error, errno == ENOENT ? LETHE_E_BASE_NOT_FOUND : LETHE_E_BASE_IO);
        base_error_file(error, path);
        return errno == ENOENT ? LETHE_E_BASE_NOT_FOUND : LETHE_E_BASE_IO;
    }
    const bool private = fstat(file, &state) == 0 && (state.st_mode & 077) == 0 && S_ISREG(state.st_mode);
    const ssize_t size = private ? read(file, secret, PUBLISH_SECRET_MAX) : -1;
    (void)close(file);
    if (size < 0)
        return bad_file(path, error);
    secret[size] = '\0';
    secret[strcspn(secret, "\r\n")] = '\0';
    return secret[0] != '\0' ? 0 : bad_file(path, error);
}

int publish_secret(const char *name, char **ret_secret, lethe_error *error)
{
    char file[128];
    void *pages = NULL;
    const char *value = getenv(name);
    (void)snprintf(file, sizeof(file), "%s_FILE", name);
    const char *path = getenv(file);
    BASE_TRY(crypt_secret_new(PUBLISH_SECRET_MAX + 1, &pages, error));
    char *secret = pages;
    int status = 0;
    if (value != NULL && strlen(value) > PUBLISH_SECRET_MAX)
        status = base_fail(error, LETHE_E_BASE_LIMIT);
    else if (value != NULL && value[0] != '\0')
        memcpy(secret, value, strlen(value) + 1);
    else if (path != NULL && path[0] != '\0')
        status = read_secret(path, secret, error);
    if (status != 0)
        crypt_secret_free(pages, PUBLISH_SECRET_MAX + 1);
    else
        *ret_secret = secret;
    return status;
}

int publish_vectors_open(publish_vectors *v, lethe_error *error)
{
    base_buf_init(&v->body, BATCH_MAX);
    base_buf_init(&v->batch, BATCH_MAX);
    base_buf_init(&v->answer, ANSWER_MAX + JSON_PADDING);
    v->kind = publish_vectors_kind_of(v->target->kind);
    if (v->kind == NULL)
        return base_fail(error, LETHE_E_PUBLISH_TARGET);
    if (v->kind->secret != NULL)
        BASE_TRY(publish_secret(v->kind->secret, &v->secret, error));
    BASE_TRY(json_parser_new(ANSWER_MAX, JSON_DEPTH_MAX, &v->parser, error));
    return v->kind->open(v, error);
}

void publish_vectors_close(publish_vectors *v)
{
    if (v->kind != NULL)
        v->kind->close(v);
    json_parser_free(v->parser);
    base_buf_done(&v->body);
    base_buf_done(&v->batch);
    base_buf_done(&v->answer);
    if (v->secret != NULL)
        crypt_secret_free(v->secret, PUBLISH_SECRET_MAX + 1);
    v->secret = NULL;
}

size_t publish_column(const publish_vectors *v, const char *name)
{
    return table_schema_find(v->schema, name);
}

base_span publish_row_id(const publish_vectors *v, const publish_row *row)
{
    return table_string_at(row->batch, publish_column(v, "row_id"), row->at);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/aws.h"
#include "publish/copy.h"
#include "publish/postgres.h"
#include "publish/vectors.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * PostgreSQL with the extension pgvector: all or nothing, in one transaction.
 *
 *   begin ─► COPY into a table of this session ─► upsert by row_id ─► rows of other releases go ─► commit ─► HNSW index
 *
 * Names in the SQL are the target's (letters, digits, _) and those of the schema; values travel in binary, beside it.
 */
#define SQL_MAX   ((size_t)64 << 10)
#define CHUNK_MAX ((size_t)1 << 20)

typedef struct publish_postgres {
    const publish_pq *pq;
    PGconn *connection;
    base_buf sql, chunk;
    bool copying;
} publish_postgres;

/* The server's words may quote values: only the five characters of SQLSTATE are told. */
static int fail(const publish_vectors *v, const PGresult *result, lethe_error *error)
{
    const char *state = result != NULL ? v->postgres->pq->resultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const bool lost = state == NULL || strncmp(state, "08", 2) == 0 || strncmp(state, "57P", 3) == 0;
    const bool denied = state != NULL && (strncmp(state, "28", 2) == 0 || strcmp(state, "42501") == 0);
    const int code = lost ? LETHE_E_NET_CUT : denied ? LETHE_E_NET_DENIED : LETHE_E_NET_REFUSED;
    base_fail(error, code);
    base_error_file(error, v->target->url.host);
    if (error != NULL && state != NULL)
        (void)snprintf(error->path, sizeof(error->path), "SQLSTATE %.5s", state);
    return code;
}

static int run(publish_vectors *v, const char *sql, PGresult **ret_result, lethe_error *error)
{
    const publish_pq *pq = v->postgres->pq;
    PGresult *result = pq->exec(v->postgres->connection, sql);
    const ExecStatusType status = pq->resultStatus(result);
    int failed = 0;
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_COPY_IN)
        failed = fail(v, result, error);
    if (failed == 0 && ret_result != NULL)
        *ret_result = result;
    else
        pq->clear(result);
    return failed;
}

/* The SQL that was written into the buffer. */
static int run_written(publish_vectors *v, PGresult **ret_result, lethe_error *error)
{
    base_buf_byte(&v->postgres->sql, '\0');
    BASE_TRY(base_buf_check(&v->postgres->sql, error));
    return run(v, v->postgres->sql.data, ret_result, error);
}

static base_buf *begin(publish_vectors *v)
{
    base_buf_reset(&v->postgres->sql);
    return &v->postgres->sql;
}

/* -- the connection --------------------------------------------------------------------------------------------------
 */

static void ignore_notice(void *context, const PGresult *result)
{
    (void)context;
    (void)result;
}

/* User, password and the rest as libpq finds them: PG… variables, ~/.pgpass. To others only under a checked
 * certificate, where nobody said --insecure. */
static int connect_to(publish_vectors *v, lethe_error *error)
{
    publish_postgres *p = v->postgres;
    char port[8] = "";
    const net_url *url = &v->target->url;
    const bool near = net_host_is_loopback(url->host);
    const char *root = publish_environment("PGSSLROOTCERT");
    if (url->port != 0)
        (void)snprintf(port, sizeof(port), "%u", (unsigned)url->port);
    const char *const names[] = {"host",    "port",        "dbname", "application_name", "connect_timeout",
                                 "sslmode", "sslrootcert", NULL};
    const char *const values[] = {url->host,
                                  port,
                                  url->path[0] == '/' ? url->path + 1 : "",
                                  "lethe",
                                  "10",
                                  near || v->insecure ? "prefer" : "verify-full",
                                  near || v->insecure ? ""
                                  : root != NULL      ? root
                                                      : "/etc/ssl/certs/ca-certificates.crt",
                                  NULL};
    p->connection = p->pq->connectdbParams(names, values, 0);
    if (p->connection == NULL || p->pq->status(p->connection) != CONNECTION_OK) {
        base_fail(error, LETHE_E_NET_CONNECT);
        base_error_file(error, url->host);
        return LETHE_E_NET_CONNECT;
    }
    (void)p->pq->setNoticeReceiver(p->connection, ignore_notice, NULL);
    return 0;
}

/* -- the table -------------------------------------------------------------------------------------------------------
 */

static int make_table(publish_vectors *v, lethe_error *error)
{
    base_buf *sql = begin(v);
    base_buf_format(sql, "CREATE TABLE IF NOT EXISTS %s (", v->target->name);
    for (size_t i = 0; i < v->schema->count; i++)
        base_buf_format(sql, "%s %s%s%s, ", v->schema->fields[i].name, publish_copy_type(&v->schema->fields[i]),
                        v->schema->fields[i].nullable ? "" : " NOT NULL",
                        strcmp(v->schema->fields[i].name, "row_id") == 0 ? " PRIMARY KEY" : "");
    base_buf_text(sql, "split text NOT NULL, dataset text NOT NULL, release text NOT NULL)");
    return run_written(v, NULL, error);
}

/* Every column by name and type; more may be there as long as they may be null. */
static int check_table(publish_vectors *v, lethe_error *error)
{
    const publish_pq *pq = v->postgres->pq;
    PGresult *result = NULL;
    base_buf *sql = begin(v);
    base_buf_format(sql,
                    "SELECT attname || ' ' || format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = "
                    "'%s'::regclass AND attnum > 0 AND NOT attisdropped",
                    v->target->name);
    BASE_TRY(run_written(v, &result, error));
    int status = 0;
    for (size_t i = 0; status == 0 && i < v->schema->count; i++) {
        char wanted[TABLE_NAME_MAX + 64];
        bool found = false;
        (void)snprintf(wanted, sizeof(wanted), "%s %s", v->schema->fields[i].name,
                       publish_copy_type(&v->schema->fields[i]));
        for (int row = 0; row < pq->ntuples(result) && !found; row++)
            found = strcmp(pq->getvalue(result, row, 0), wanted) == 0;
        if (!found) {
            status = base_fail(error, LETHE_E_PUBLISH_COLLECTION);
            base_error_file(error, v->target->name);
            base_error_path(error, v->schema->fields[i].name);
        }
    }
    pq->clear(result);
    return status;
}

static int open(publish_vectors *v, lethe_error *error)
{
    v->postgres = calloc(1, sizeof(*v->postgres));
    if (v->postgres == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    base_buf_init(&v->postgres->sql, SQL_MAX);
    base_buf_init(&v->postgres->chunk, (size_t)64 << 20);
    BASE_TRY(publish_pq_load(&v->postgres->pq, error));
    BASE_TRY(connect_to(v, error));
    BASE_TRY(run(v, "CREATE EXTENSION IF NOT EXISTS vector", NULL, error));
    BASE_TRY(make_table(v, error));
    return check_table(v, error);
}

static void close_connection(publish_vectors *v)
{
    if (v->postgres == NULL)
        return;
    if (v->postgres->connection != NULL)
        v->postgres->pq->finish(v->postgres->connection); /* what was not committed is gone */
    base_buf_done(&v->postgres->sql);
    base_buf_done(&v->postgres->chunk);
    free(v->postgres);
    v->postgres = NULL;
}

/* -- rows ------------------------------------------------------------------------------------------------------------
 */

static void write_names(const publish_vectors *v, base_buf *sql, const char *prefix)
{
    for (size_t i = 0; i < v->schema->count; i++)
        base_buf_format(sql, "%s%s, ", prefix, v->schema->fields[i].name);
    base_buf_format(sql, "%ssplit, %sdataset, %srelease", prefix, prefix, prefix);
}

static int begin_copy(publish_vectors *v, lethe_error *error)
{
    BASE_TRY(run(v, "BEGIN", NULL, error));
    base_buf *sql = begin(v);
    base_buf_format(sql, "LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE", v->target->name); /* readers go on */
    BASE_TRY(run_written(v, NULL, error));
    sql = begin(v);
    base_buf_format(sql, "CREATE TEMP TABLE lethe_rows ON COMMIT DROP AS SELECT * FROM %s WITH NO DATA",
                    v->target->name);
    BASE_TRY(run_written(v, NULL, error));
    sql = begin(v);
    base_buf_text(sql, "COPY lethe_rows (");
    write_names(v, sql, "");
    base_buf_text(sql, ") FROM STDIN (FORMAT binary)");
    BASE_TRY(run_written(v, NULL, error));
    base_buf_reset(&v->postgres->chunk);
    publish_copy_begin(&v->postgres->chunk);
    v->postgres->copying = true;
    return 0;
}

static int send_chunk(publish_vectors *v, lethe_error *error)
{
    publish_postgres *p = v->postgres;
    BASE_TRY(base_buf_check(&p->chunk, error));
    if (p->pq->putCopyData(p->connection, p->chunk.data, (int)p->chunk.size) != 1)
        return fail(v, NULL, error);
    base_buf_reset(&p->chunk);
    return 0;
}

static int write_row(publish_vectors *v, const publish_row *row, lethe_error *error)
{
    publish_postgres *p = v->postgres;
    if (!p->copying)
        BASE_TRY(begin_copy(v, error));
    publish_copy_row(&p->chunk, v, row);
    v->sent++;
    return p->chunk.size >= CHUNK_MAX ? send_chunk(v, error) : base_buf_check(&p->chunk, error);
}

static int end_copy(publish_vectors *v, lethe_error *error)
{
    publish_postgres *p = v->postgres;
    publish_copy_end(&p->chunk);
    BASE_TRY(send_chunk(v, error));
    p->copying = false;
    if (p->pq->putCopyEnd(p->connection, NULL) != 1)
        return fail(v, NULL, error);
    int status = 0;
    for (PGresult *result; (result = p->pq->getResult(p->connection)) != NULL;) {
        if (p->pq->resultStatus(result) != PGRES_COMMAND_OK && status == 0)
            status = fail(v, result, error);
        else if (status == 0)
            v->acknowledged = strtoull(p->pq->cmdTuples(result), NULL, 10);
        p->pq->clear(result);
    }
    return status;
}

static int upsert(publish_vectors *v, lethe_error *error)
{
    base_buf *sql = begin(v);
    base_buf_format(sql, "INSERT INTO %s (", v->target->name);
    write_names(v, sql, "");
    base_buf_text(sql, ") SELECT ");
    write_names(v, sql, "");
    base_buf_text(sql, " FROM lethe_rows ON CONFLICT (row_id) DO UPDATE SET (");
    write_names(v, sql, "");
    base_buf_text(sql, ") = ROW(");
    write_names(v, sql, "EXCLUDED.");
    base_buf_text(sql, ")");
    return run_written(v, NULL, error);
}

/* `release`: "<>" the others', "=" ours, NULL any. The number of rows that it touched or found. */
static int about_rows(publish_vectors *v, const char *verb, const char *release, uint64_t *ret_rows, lethe_error *error)
{
    const publish_pq *pq = v->postgres->pq;
    char sql[512];
    const char *const values[] = {v->dataset, v->release};
    (void)snprintf(sql, sizeof(sql), "%s FROM %s WHERE dataset = $1%s%s%s", verb, v->target->name,
                   release != NULL ? " AND release " : "", release != NULL ? release : "",
                   release != NULL ? " $2" : "");
    PGresult *result =
        pq->execParams(v->postgres->connection, sql, release != NULL ? 2 : 1, NULL, values, NULL, NULL, 0);
    const ExecStatusType status = pq->resultStatus(result);
    int failed = 0;
    if (status == PGRES_TUPLES_OK && pq->ntuples(result) == 1)
        *ret_rows = strtoull(pq->getvalue(result, 0, 0), NULL, 10);
    else if (status == PGRES_COMMAND_OK)
        *ret_rows = strtoull(pq->cmdTuples(result), NULL, 10);
    else
        failed = fail(v, result, error);
    pq->clear(result);
    return failed;
}

/* Inner product, as `lethe search` compares. Built once, kept up to date by the server. */
static int make_index(publish_vectors *v, lethe_error *error)
{
    base_buf *sql = begin(v);
    base_buf_format(sql,
                    "CREATE INDEX IF NOT EXISTS %.40s_embedding ON %s USING hnsw (clinical_text_embedding "
                    "vector_ip_ops)",
                    v->target->name, v->target->name);
    return run_written(v, NULL, error);
}

static int settle(publish_vectors *v, uint64_t *ret_removed, lethe_error *error)
{
    if (v->postgres->copying) {
        BASE_TRY(end_copy(v, error));
        BASE_TRY(upsert(v, error));
        BASE_TRY(about_rows(v, "DELETE", "<>", ret_removed, error));
        BASE_TRY(run(v, "COMMIT", NULL, error));
    } else {
        BASE_TRY(about_rows(v, "DELETE", "<>", ret_removed, error));
    }
    return make_index(v, error);
}

static int count(publish_vectors *v, uint64_t *ret_rows, lethe_error *error)
{
    return about_rows(v, "SELECT count(*)", "=", ret_rows, error);
}

/* The server's binary values are those of COPY: compared field by field, byte by byte. */
static bool same_fields(const publish_vectors *v, const PGresult *result, base_span tuple)
{
    const publish_pq *pq = v->postgres->pq;
    base_span field;
    bool null = false;
    int at = 0;
    for (size_t place = 2; publish_copy_field(tuple, &place, &field, &null); at++)
        if (at >= pq->nfields(result) || (pq->getisnull(result, 0, at) != 0) != null ||
            (!null &&
             !base_span_equal((base_span){pq->getvalue(result, 0, at), (size_t)pq->getlength(result, 0, at)}, field)))
            return false;
    return at == pq->nfields(result);
}

static int compare(publish_vectors *v, const publish_row *row, bool *ret_equal, lethe_error *error)
{
    publish_postgres *p = v->postgres;
    char id[256];
    const char *const values[] = {id};
    const base_span name = publish_row_id(v, row);
    (void)snprintf(id, sizeof(id), "%.*s", (int)(name.size < 200 ? name.size : 200), name.data);
    base_buf *sql = begin(v);
    base_buf_text(sql, "SELECT ");
    write_names(v, sql, "");
    base_buf_format(sql, " FROM %s WHERE row_id = $1", v->target->name);
    base_buf_byte(sql, '\0');
    BASE_TRY(base_buf_check(sql, error));
    PGresult *result = p->pq->execParams(p->connection, sql->data, 1, NULL, values, NULL, NULL, 1);
    int status = p->pq->resultStatus(result) == PGRES_TUPLES_OK ? 0 : fail(v, result, error);
    if (status == 0) {
        base_buf_reset(&p->chunk);
        publish_copy_row(&p->chunk, v, row);
        *ret_equal = p->pq->ntuples(result) == 1 && same_fields(v, result, base_buf_view(&p->chunk));
    }
    p->pq->clear(result);
    return status;
}

static int remove_all(publish_vectors *v, uint64_t *ret_removed, lethe_error *error)
{
    uint64_t left = 0;
    BASE_TRY(about_rows(v, "DELETE", NULL, ret_removed, error));
    BASE_TRY(about_rows(v, "SELECT count(*)", NULL, &left, error));
    return left == 0 ? 0 : base_fail(error, LETHE_E_PUBLISH_LOST);
}

const publish_vectors_kind publish_pgvector = {
    .secret = NULL, /* libpq's own */
    .open = open,
    .write = write_row,
    .settle = settle,
    .count = count,
    .compare = compare,
    .remove = remove_all,
    .close = close_connection,
};

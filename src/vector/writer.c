/* SPDX-License-Identifier: Apache-2.0 */
#include "vector/writer_internal.h"

#include "vector/image.h"
#include "vector/out.h"
#include "vector/store.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMMIT_ROWS_MAX (1U << 20)

int vector_writer_follow(vector_writer *writer, lethe_error *error)
{
    BASE_TRY(vector_index_refresh_here(writer->index, error));
    vector_view_release(writer->view);
    writer->view = vector_index_view(writer->index);
    return 0;
}

/* Behind the last whole commit stands what a crash left: never acknowledged. */
static int cut_log(vector_writer *writer, lethe_error *error)
{
    struct stat status;
    if (fstat(writer->log, &status) != 0)
        return base_fail_errno(error, LETHE_E_BASE_IO);
    if ((uint64_t)status.st_size <= writer->view->log_end)
        return 0;
    if (ftruncate(writer->log, (off_t)writer->view->log_end) != 0 || fsync(writer->log) != 0)
        return base_fail_errno(error, LETHE_E_BASE_IO);
    return 0;
}

static int open_all(vector_writer *writer, const char *folder, const vector_stamp *stamp, lethe_error *error)
{
    BASE_TRY(vector_store_open(folder, false, &writer->folder, error));
    BASE_TRY(vector_store_lock(writer->folder, &writer->lock, error));
    BASE_TRY(vector_index_open(folder, &writer->index, error));
    writer->view = vector_index_view(writer->index);
    BASE_TRY(vector_stamp_compare(stamp, &vector_view_schema(writer->view)->stamp, error));
    const uint64_t generation = vector_view_info(writer->view).generation;
    BASE_TRY(vector_store_clean(writer->folder, generation, error));
    BASE_TRY(vector_store_log(writer->folder, generation, O_RDWR, &writer->log, error));
    BASE_TRY(cut_log(writer, error));
    return writer->view->erasing ? vector_writer_rebase(writer, error) : 0;
}

int vector_writer_open(const char *folder, const vector_stamp *stamp, vector_writer **ret_writer, lethe_error *error)
{
    static const vector_stamp none = {0};
    vector_writer *writer = calloc(1, sizeof(*writer));
    if (writer == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    writer->folder = writer->lock = writer->log = -1;
    base_buf_init(&writer->payload, VECTOR_COMMIT_MAX);
    vector_names_init(&writer->put, COMMIT_ROWS_MAX, true);
    const int status = open_all(writer, folder, stamp != NULL ? stamp : &none, error);
    if (status != 0)
        vector_writer_close(writer);
    else
        *ret_writer = writer;
    return status;
}

void vector_writer_close(vector_writer *writer)
{
    if (writer == NULL)
        return;
    vector_view_release(writer->view);
    vector_index_close(writer->index);
    base_buf_done(&writer->payload);
    vector_names_done(&writer->put);
    const int files[] = {writer->log, writer->lock, writer->folder};
    for (size_t i = 0; i < 3; i++)
        if (files[i] >= 0)
            (void)close(files[i]);
    free(writer);
}

static void forget_payload(vector_writer *writer)
{
    base_buf_reset(&writer->payload);
    vector_names_done(&writer->put);
    vector_names_init(&writer->put, COMMIT_ROWS_MAX, true);
}

/* A part of a commit must not stay in front of the next one. A whole one that could not be synced may have been seen by
 * readers, and whether it survives a crash is not known: no other may take its place. */
static int append(vector_writer *writer, base_span bytes, lethe_error *error)
{
    const int status = vector_write_at(writer->log, bytes.data, bytes.size, writer->view->log_end, error);
    if (status != 0) {
        writer->failed = ftruncate(writer->log, (off_t)writer->view->log_end) != 0;
        return status;
    }
    if (fdatasync(writer->log) != 0) {
        writer->failed = true;
        return base_fail_errno(error, LETHE_E_BASE_IO);
    }
    return 0;
}

/* Makes the payload a commit. It is acknowledged once synced: that the own view then cannot follow is another matter.
 */
static int commit(vector_writer *writer, lethe_error *error)
{
    base_buf bytes;
    if (writer->failed)
        return base_fail(error, LETHE_E_BASE_IO);
    if (writer->payload.size == 0)
        return 0;
    base_buf_init(&bytes, VECTOR_COMMIT_MAX + 64);
    vector_log_commit(writer->view->log_end, writer->view->sequence + 1, base_buf_view(&writer->payload), &bytes);
    int status = base_buf_check(&bytes, error);
    if (status == 0)
        status = append(writer, base_buf_view(&bytes), error);
    base_buf_done(&bytes);
    if (status != 0)
        return status;
    forget_payload(writer);
    status = vector_writer_follow(writer, error);
    writer->failed = status != 0;
    return status;
}

int vector_writer_sync(vector_writer *writer, lethe_error *error)
{
    return commit(writer, error);
}

static size_t put_size(const vector_row *row, uint32_t dimensions)
{
    size_t size = 1 + 2 * (1 + VECTOR_ID_MAX) + 4 + 2 + dimensions * sizeof(float);
    for (uint32_t i = 0; i < row->term_count; i++)
        size += 1 + strlen(row->terms[i]);
    return size;
}

/* Nothing is changed on failure. */
static int put(vector_writer *writer, const vector_row *row, bool replace, lethe_error *error)
{
    uint32_t there = 0, number = 0;
    const vector_schema *schema = vector_view_schema(writer->view);
    if (writer->failed)
        return base_fail(error, LETHE_E_BASE_IO);
    BASE_TRY(vector_row_check(schema, row, error));
    const base_span id = base_span_of(row->row_id);
    const bool exists = vector_names_find(&writer->put, id) != VECTOR_NO_NAME ||
                        vector_view_find(writer->view, row->row_id, &there, NULL) == 0;
    if (exists && !replace)
        return base_fail(error, LETHE_E_VECTOR_EXISTS);
    const size_t size = put_size(row, schema->dimensions);
    if (writer->payload.size + size > VECTOR_COMMIT_MAX ||
        writer->view->log_end + writer->payload.size + size > VECTOR_LOG_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    if (base_buf_reserve(&writer->payload, size) != 0) {
        writer->payload.failed = 0;
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    BASE_TRY(vector_names_add(&writer->put, id, &number, error));
    vector_log_put(&writer->payload, schema->dimensions, row);
    return 0;
}

int vector_writer_insert(vector_writer *writer, const vector_row *row, lethe_error *error)
{
    return put(writer, row, false, error);
}

int vector_writer_upsert(vector_writer *writer, const vector_row *row, lethe_error *error)
{
    return put(writer, row, true, error);
}

static bool ids_fit(const char *const *ids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const size_t size = ids[i] != NULL ? strnlen(ids[i], VECTOR_ID_MAX + 1) : 0;
        if (size == 0 || size > VECTOR_ID_MAX)
            return false;
    }
    return true;
}

/* Only ids that are there go to the log. Duplicates are counted by the difference that the commit makes. */
static int delete_known(vector_writer *writer, int kind, const char *const *ids, size_t count, lethe_error *error)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t row = 0;
        size_t rows = 0;
        if (kind == VECTOR_OP_DELETE_ROW)
            rows = vector_view_find(writer->view, ids[i], &row, NULL) == 0;
        else if (vector_view_group(writer->view, ids[i], NULL, 0, &rows, error) != 0)
            rows = 1;                                   /* replaying says what is damaged */
        if (rows != 0 || kind == VECTOR_OP_ERASE_GROUP) /* of rows deleted before, bytes may be there */
            vector_log_delete(&writer->payload, kind, ids[i]);
    }
    int status = base_buf_check(&writer->payload, error);
    if (status == 0)
        status = commit(writer, error);
    if (status != 0)
        base_buf_reset(&writer->payload); /* nobody expects a later sync to delete */
    return status;
}

static int delete_ids(vector_writer *writer, int kind, const char *const *ids, size_t count, uint32_t *ret_rows,
                      lethe_error *error)
{
    if (!ids_fit(ids, count))
        return base_fail(error, LETHE_E_VECTOR_INPUT);
    BASE_TRY(commit(writer, error)); /* what was put before is deleted too, if it is meant */
    const uint32_t before = writer->view->live_rows;
    BASE_TRY(delete_known(writer, kind, ids, count, error));
    *ret_rows = before - writer->view->live_rows;
    return 0;
}

int vector_writer_delete_rows(vector_writer *writer, const char *const *row_ids, size_t count, uint32_t *ret_rows,
                              lethe_error *error)
{
    return delete_ids(writer, VECTOR_OP_DELETE_ROW, row_ids, count, ret_rows, error);
}

int vector_writer_delete_groups(vector_writer *writer, const char *const *group_ids, size_t count, uint32_t *ret_rows,
                                lethe_error *error)
{
    return delete_ids(writer, VECTOR_OP_DELETE_GROUP, group_ids, count, ret_rows, error);
}

int vector_writer_compact(vector_writer *writer, lethe_error *error)
{
    BASE_TRY(commit(writer, error));
    return vector_writer_rebase(writer, error);
}

/* Compacts whether anything was found or not: rows that were deleted before may still have their bytes there. */
int vector_writer_erase(vector_writer *writer, const char *const *group_ids, size_t count, uint32_t *ret_rows,
                        lethe_error *error)
{
    uint32_t rows = 0;
    BASE_TRY(delete_ids(writer, VECTOR_OP_ERASE_GROUP, group_ids, count, &rows, error));
    BASE_TRY(vector_writer_rebase(writer, error));
    *ret_rows = rows;
    return 0;
}

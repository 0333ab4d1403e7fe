/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/index.h"
#include "vector/writer.h"

#include <stdlib.h>

/*
 * An index brought to what the rows say: one pass over them, each compared with what the index had at the beginning.
 * What differs is written in lots; then what no row of the dataset was found for is deleted.
 */
#define LOT_ROWS    8192
#define DELETES_MAX 65536 /* ids of one commit */

typedef struct adding {
    vector_writer *writer;
    engine_comparison comparison; /* with the view of the beginning */
    uint64_t *found;              /* a bit a row of that view */
    uint32_t view_rows, waiting;
    lethe_index_changes changes;
} adding;

static int sync_lot(adding *all, lethe_error *error)
{
    all->waiting = 0;
    return vector_writer_sync(all->writer, error);
}

/* Where the log is full, the base takes what it holds. */
static int write_row(adding *all, const vector_row *row, lethe_error *error)
{
    int status = vector_writer_upsert(all->writer, row, error);
    if (status == LETHE_E_BASE_LIMIT) {
        BASE_TRY(vector_writer_compact(all->writer, error));
        status = vector_writer_upsert(all->writer, row, error);
    }
    BASE_TRY(status);
    all->changes.written++;
    return ++all->waiting == LOT_ROWS ? sync_lot(all, error) : 0;
}

static int add_row(void *context, const vector_row *row, lethe_error *error)
{
    adding *all = context;
    uint32_t number = VECTOR_NO_ROW;
    lethe_error trouble = {0};
    const int status = engine_index_compare(&all->comparison, row, &number, &trouble);
    if (status != 0 && status != LETHE_E_ENGINE_INDEX) {
        if (error != NULL)
            *error = trouble;
        return status;
    }
    if (number != VECTOR_NO_ROW)
        all->found[number / 64] |= UINT64_C(1) << number % 64;
    all->changes.same += status == 0;
    return status == 0 ? 0 : write_row(all, row, error);
}

static int delete_lot(adding *all, const char **ids, size_t count, lethe_error *error)
{
    uint32_t deleted = 0;
    BASE_TRY(vector_writer_delete_rows(all->writer, ids, count, &deleted, error));
    all->changes.deleted += deleted;
    return 0;
}

static int delete_rest(adding *all, const char **ids, lethe_error *error)
{
    size_t count = 0;
    for (uint32_t number = 0; number < all->view_rows; number++) {
        vector_seen seen;
        if ((all->found[number / 64] >> number % 64 & 1) != 0)
            continue;
        const int status = vector_view_row(all->comparison.view, number, &seen, error);
        if (status == LETHE_E_VECTOR_NOT_FOUND)
            continue; /* it was deleted before: numbers stay until compaction */
        BASE_TRY(status);
        ids[count++] = seen.row_id;
        if (count == DELETES_MAX) {
            BASE_TRY(delete_lot(all, ids, count, error));
            count = 0;
        }
    }
    return count != 0 ? delete_lot(all, ids, count, error) : 0;
}

static int add_all(adding *all, const engine_dataset *dataset, const lethe_index_options *options, lethe_error *error)
{
    engine_row_visitor visitor = {.context = all, .row = add_row};
    if (options != NULL) {
        visitor.progress = options->progress;
        visitor.progress_context = options->progress_context;
    }
    BASE_TRY(engine_index_compare_schema(dataset, vector_view_schema(all->comparison.view), error));
    const vector_info info = vector_view_info(all->comparison.view);
    all->view_rows = info.rows + info.dead_rows;
    all->found = calloc((size_t)all->view_rows / 64 + 1, sizeof(*all->found));
    const char **ids = calloc(DELETES_MAX, sizeof(*ids));
    int status = all->found != NULL && ids != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
    if (status == 0)
        status = engine_dataset_rows(dataset, &visitor, error);
    if (status == 0)
        status = sync_lot(all, error);
    if (status == 0)
        status = delete_rest(all, ids, error);
    free(ids);
    return status;
}

static int with_index(const engine_dataset *dataset, const lethe_index_options *options, lethe_index_info *ret_info,
                      lethe_index_changes *ret_changes, adding *all, lethe_error *error)
{
    char folder[BASE_PATH_MAX];
    vector_index *index = NULL;
    vector_view *view = NULL;
    const vector_stamp stamp = engine_dataset_stamp(dataset);
    BASE_TRY(engine_dataset_vectors(dataset, folder, error));
    BASE_TRY(vector_writer_open(folder, &stamp, &all->writer, error));
    int status = vector_index_open(folder, &index, error);
    if (status == 0)
        status = engine_index_view(index, dataset, &view, error);
    all->comparison.view = view;
    if (status == 0)
        status =
            ret_changes != NULL ? add_all(all, dataset, options, error) : vector_writer_compact(all->writer, error);
    vector_view_release(view);
    vector_writer_close(all->writer);
    if (status == 0)
        status = vector_index_refresh(index, error);
    if (status == 0)
        status = engine_index_info(index, ret_info, error);
    vector_index_close(index);
    if (status == 0 && ret_changes != NULL)
        *ret_changes = all->changes;
    return status;
}

/* `ret_changes` NULL: only compacts. */
static int change_index(const char *folder, const lethe_index_options *options, lethe_index_info *ret_info,
                        lethe_index_changes *ret_changes, lethe_error *error)
{
    engine_dataset *dataset = NULL;
    adding *all = calloc(1, sizeof(*all));
    int status = all != NULL ? engine_index_check_options(options, error) : base_fail(error, LETHE_E_BASE_MEMORY);
    if (status == 0)
        status = engine_dataset_open(folder, &dataset, error);
    if (status == 0)
        status = with_index(dataset, options, ret_info, ret_changes, all, error);
    engine_dataset_free(dataset);
    if (all != NULL)
        free(all->found);
    free(all);
    return status;
}

int lethe_index_add(const char *folder, const lethe_index_options *options, lethe_index_info *ret_info,
                    lethe_index_changes *ret_changes, lethe_error *error)
{
    lethe_index_changes changes;
    return change_index(folder, options, ret_info, ret_changes != NULL ? ret_changes : &changes, error);
}

int lethe_index_compact(const char *folder, lethe_index_info *ret_info, lethe_error *error)
{
    return change_index(folder, NULL, ret_info, NULL, error);
}

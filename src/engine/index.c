/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/index.h"

#include "vector/build.h"
#include "vector/check.h"

#include <stdlib.h>

/* The index of a dataset: made of its profile files, and compared with them. */

static engine_row_visitor visitor_of(const lethe_index_options *options, void *context,
                                     int (*row)(void *, const vector_row *, lethe_error *))
{
    engine_row_visitor visitor = {.context = context, .row = row};
    if (options != NULL) {
        visitor.progress = options->progress;
        visitor.progress_context = options->progress_context;
    }
    return visitor;
}

int engine_index_check_options(const lethe_index_options *options, lethe_error *error)
{
    if (options == NULL || options->size_bytes == sizeof(*options))
        return 0;
    base_fail(error, LETHE_E_ENGINE_OPTION);
    base_error_path(error, "size_bytes");
    return LETHE_E_ENGINE_OPTION;
}

static int build_row(void *context, const vector_row *row, lethe_error *error)
{
    return vector_build_add(context, row, error);
}

static int build(const engine_dataset *dataset, const lethe_index_options *options, lethe_error *error)
{
    vector_column columns[VECTOR_COLUMNS_MAX];
    const vector_schema schema = engine_dataset_schema(dataset, columns);
    char folder[BASE_PATH_MAX];
    vector_build *made = NULL;
    BASE_TRY(engine_dataset_vectors(dataset, folder, error));
    BASE_TRY(vector_build_begin(folder, &schema, &made, error));
    const engine_row_visitor visitor = visitor_of(options, made, build_row);
    const int status = engine_dataset_rows(dataset, &visitor, error);
    if (status == 0)
        return vector_build_commit(&made, error);
    vector_build_abandon(made);
    return status;
}

int engine_index_build(const char *folder, const lethe_index_options *options, lethe_error *error)
{
    engine_dataset *dataset = NULL;
    BASE_TRY(engine_dataset_open(folder, &dataset, error));
    const int status = build(dataset, options, error);
    engine_dataset_free(dataset);
    return status;
}

int engine_index_view(vector_index *index, const engine_dataset *dataset, vector_view **ret_view, lethe_error *error)
{
    const vector_stamp stamp = engine_dataset_stamp(dataset);
    vector_view *view = vector_index_view(index);
    const vector_schema *schema = vector_view_schema(view);
    int status = vector_stamp_compare(&stamp, &schema->stamp, error);
    if (status == 0 && (schema->dimensions != EMBED_DIMENSIONS || schema->block_count != ENGINE_BLOCKS))
        status = base_fail(error, LETHE_E_VECTOR_FORMAT);
    if (status != 0)
        vector_view_release(view);
    else
        *ret_view = view;
    return status;
}

static int read_info(const vector_view *view, lethe_index_info *ret_info, lethe_error *error)
{
    const vector_info info = vector_view_info(view);
    uint32_t groups = 0;
    BASE_TRY(vector_view_count_groups(view, &groups, error));
    *ret_info = (lethe_index_info){.rows = info.rows,
                                   .patients = groups,
                                   .late_rows = info.late_rows,
                                   .dead_rows = info.dead_rows,
                                   .generation = info.generation,
                                   .dimensions = info.dimensions};
    return 0;
}

int engine_index_info(vector_index *index, lethe_index_info *ret_info, lethe_error *error)
{
    vector_view *view = vector_index_view(index);
    const int status = read_info(view, ret_info, error);
    vector_view_release(view);
    return status;
}

/* -- the index against the rows ----------------------------------------------------------------------------------- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int differs(lethe_error *error, const char *what)
{
    base_fail(error, LETHE_E_ENGINE_INDEX);
    base_error_path(error, what);
    return LETHE_E_ENGINE_INDEX;
}

static int compare_terms(engine_comparison *all, const vector_row *row, uint32_t number, lethe_error *error)
{
    for (uint32_t i = 0; i < row->term_count; i++) {
        all->here[i] = row->terms[i];
        BASE_TRY(vector_view_term(all->view, number, i, &all->there[i], error));
    }
    qsort(all->here, row->term_count, sizeof(*all->here), by_text);
    qsort(all->there, row->term_count, sizeof(*all->there), by_text);
    for (uint32_t i = 0; i < row->term_count; i++)
        if (strcmp(all->here[i], all->there[i]) != 0)
            return differs(error, "terms");
    return 0;
}

int engine_index_compare(engine_comparison *all, const vector_row *row, uint32_t *ret_number, lethe_error *error)
{
    vector_seen seen;
    uint32_t number = 0;
    *ret_number = VECTOR_NO_ROW;
    const int status = vector_view_find(all->view, row->row_id, &number, error);
    if (status == LETHE_E_VECTOR_NOT_FOUND)
        return differs(error, "row_id");
    BASE_TRY(status);
    *ret_number = number;
    BASE_TRY(vector_view_row(all->view, number, &seen, error));
    all->rows++;
    if (strcmp(seen.group_id, row->group_id) != 0)
        return differs(error, "anonymous_id");
    if (seen.snapshot != row->snapshot)
        return differs(error, "snapshot");
    if (memcmp(seen.vector, row->vector, EMBED_DIMENSIONS * sizeof(float)) != 0)
        return differs(error, "clinical_text_embedding");
    if (seen.term_count != row->term_count)
        return differs(error, "terms");
    return compare_terms(all, row, number, error);
}

static int compare_row(void *context, const vector_row *row, lethe_error *error)
{
    uint32_t number = 0;
    return engine_index_compare(context, row, &number, error);
}

/* Columns by name, as the index sorts them. */
int engine_index_compare_schema(const engine_dataset *dataset, const vector_schema *found, lethe_error *error)
{
    vector_column columns[VECTOR_COLUMNS_MAX];
    const vector_schema wanted = engine_dataset_schema(dataset, columns);
    for (uint32_t i = 0; i < wanted.block_count; i++)
        if (found->blocks[i].at != wanted.blocks[i].at || found->blocks[i].size != wanted.blocks[i].size ||
            found->blocks[i].weight != wanted.blocks[i].weight)
            return differs(error, "blocks");
    if (found->column_count != wanted.column_count)
        return differs(error, "columns");
    for (uint32_t i = 0; i < wanted.column_count; i++) {
        bool same = false;
        for (uint32_t j = 0; j < found->column_count && !same; j++)
            same = strcmp(found->columns[j].name, columns[i].name) == 0 && found->columns[j].list == columns[i].list;
        if (!same)
            return differs(error, "columns");
    }
    return 0;
}

static int compare(const engine_dataset *dataset, const vector_view *view, const lethe_index_options *options,
                   lethe_error *error)
{
    BASE_TRY(engine_index_compare_schema(dataset, vector_view_schema(view), error));
    engine_comparison *all = calloc(1, sizeof(*all));
    if (all == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    all->view = view;
    const engine_row_visitor visitor = visitor_of(options, all, compare_row);
    int status = engine_dataset_rows(dataset, &visitor, error);
    if (status == 0 && all->rows != vector_view_info(view).rows)
        status = differs(error, "rows"); /* ids are unique: what is beyond these is in no file */
    free(all);
    return status;
}

static int check(const engine_dataset *dataset, const lethe_index_options *options, lethe_index_info *ret_info,
                 lethe_error *error)
{
    char folder[BASE_PATH_MAX];
    vector_info info;
    vector_index *index = NULL;
    vector_view *view = NULL;
    BASE_TRY(engine_dataset_vectors(dataset, folder, error));
    BASE_TRY(vector_check(folder, &info, error));
    BASE_TRY(vector_index_open(folder, &index, error));
    int status = engine_index_view(index, dataset, &view, error);
    if (status == 0)
        status = compare(dataset, view, options, error);
    if (status == 0)
        status = read_info(view, ret_info, error);
    vector_view_release(view);
    vector_index_close(index);
    return status;
}

int lethe_index_build(const char *folder, const lethe_index_options *options, lethe_index_info *ret_info,
                      lethe_error *error)
{
    char vectors[BASE_PATH_MAX];
    vector_index *index = NULL;
    BASE_TRY(engine_index_check_options(options, error));
    BASE_TRY(engine_index_build(folder, options, error));
    if ((size_t)snprintf(vectors, sizeof(vectors), "%s/vectors", folder) >= sizeof(vectors))
        return base_fail(error, LETHE_E_BASE_LIMIT);
    BASE_TRY(vector_index_open(vectors, &index, error));
    const int status = engine_index_info(index, ret_info, error);
    vector_index_close(index);
    return status;
}

int lethe_index_check(const char *folder, const lethe_index_options *options, lethe_index_info *ret_info,
                      lethe_error *error)
{
    engine_dataset *dataset = NULL;
    BASE_TRY(engine_index_check_options(options, error));
    BASE_TRY(engine_dataset_open(folder, &dataset, error));
    const int status = check(dataset, options, ret_info, error);
    engine_dataset_free(dataset);
    return status;
}

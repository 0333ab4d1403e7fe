/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/export.h"

#include "engine/columns.h"
#include "engine/settings.h"

#include <stdlib.h>

FILE *engine_export_file(engine_export *e, engine_export_files *files, identity_split split, const char *suffix,
                         lethe_error *error)
{
    char name[64];
    if (files->files[split] == NULL) {
        (void)snprintf(name, sizeof(name), "%s%s", identity_split_name(split), suffix);
        files->files[split] = base_folder_open(&e->folder, name, error);
    }
    return files->files[split];
}

int engine_export_write(FILE *file, const void *bytes, size_t size, lethe_error *error)
{
    return size == 0 || fwrite(bytes, 1, size, file) == size ? 0 : base_fail_errno(error, LETHE_E_BASE_IO);
}

int engine_export_close(engine_export_files *files, lethe_error *error)
{
    int status = 0;
    for (int i = 0; i < IDENTITY_SPLIT_COUNT; i++) {
        if (files->files[i] != NULL && status == 0)
            status = base_folder_close(files->files[i], error);
        else if (files->files[i] != NULL)
            (void)fclose(files->files[i]);
        files->files[i] = NULL;
    }
    return status;
}

void engine_export_abandon(engine_export_files *files)
{
    for (int i = 0; i < IDENTITY_SPLIT_COUNT; i++)
        if (files->files[i] != NULL)
            (void)fclose(files->files[i]);
}

typedef struct visiting {
    engine_export *e;
    const engine_export_format *format;
} visiting;

static int take_batch(void *context, identity_split split, const table_batch *batch, uint64_t first_row,
                      lethe_error *error)
{
    const visiting *v = context;
    engine_export *e = v->e;
    (void)first_row;
    BASE_TRY(v->format->batch(e, split, batch, error));
    e->result->rows += table_batch_rows(batch);
    return e->options->progress != NULL &&
                   e->options->progress(e->options->progress_context, e->result->rows, e->dataset->rows) != 0
               ? base_fail(error, LETHE_E_BASE_CANCELLED)
               : 0;
}

static int write_all(engine_export *e, const engine_export_format *format, lethe_error *error)
{
    visiting context = {e, format};
    e->schema = engine_columns_schema();
    const engine_batch_visitor visitor = {&context, &e->schema, take_batch};
    int status = format->begin(e, error);
    if (status == 0)
        status = engine_dataset_batches(e->dataset, &visitor, error);
    if (status == 0)
        status = format->end(e, error);
    format->free(e);
    return status;
}

static int run(engine_export *e, const engine_export_format *format, lethe_error *error)
{
    BASE_TRY(engine_dataset_open(e->options->dataset, &e->dataset, error));
    e->result->patients = e->dataset->patients;
    BASE_TRY(base_folder_begin(e->options->output, &e->folder, error));
    int status = write_all(e, format, error);
    if (status == 0)
        status = base_folder_commit(&e->folder, error);
    if (status != 0)
        base_folder_abandon(&e->folder);
    return status;
}

int lethe_export(const lethe_export_options *options, lethe_export_result *ret_result, lethe_error *error)
{
    static const engine_export_format *const formats[] = {&engine_export_meds, &engine_export_jsonl,
                                                          &engine_export_arrow, &engine_export_npy};
    const engine_export_format *format = NULL;
    for (size_t i = 0; options->format != NULL && i < sizeof(formats) / sizeof(formats[0]); i++)
        if (strcmp(formats[i]->name, options->format) == 0)
            format = formats[i];
    if (format == NULL)
        return engine_bad_option(error, "format");
    if (options->dataset == NULL)
        return engine_bad_option(error, "dataset");
    if (options->output == NULL || options->output[0] == '\0')
        return engine_bad_option(error, "output");
    engine_export *e = calloc(1, sizeof(*e));
    if (e == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    *ret_result = (lethe_export_result){0};
    e->options = options;
    e->result = ret_result;
    const int status = run(e, format, error);
    engine_dataset_free(e->dataset);
    free(e);
    return status;
}

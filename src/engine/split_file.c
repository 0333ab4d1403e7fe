/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/split_file.h"

#include "engine/columns.h"

#include <stdlib.h>

struct engine_split_file {
    const base_folder *folder;
    engine_files *files;
    identity_split split;
    unsigned part;
    uint64_t rows, bytes;
    char path[96];
    FILE *file;
    table_writer *writer;
    crypt_digest *digest;
};

static int write_bytes(void *context, base_span bytes, lethe_error *error)
{
    engine_split_file *file = context;
    if (bytes.size != 0 && fwrite(bytes.data, 1, bytes.size, file->file) != bytes.size)
        return base_fail_errno(error, LETHE_E_BASE_IO);
    file->bytes += bytes.size;
    return crypt_digest_add(file->digest, bytes, error);
}

static int open_part(engine_split_file *file, lethe_error *error)
{
    const table_schema schema = engine_columns_schema();
    const table_pair metadata[] = {{BASE_SPAN("schema_version"), BASE_SPAN(ENGINE_SCHEMA_VERSION)}};
    (void)snprintf(file->path, sizeof(file->path), "profiles/split=%s", identity_split_name(file->split));
    BASE_TRY(base_folder_make(file->folder, file->path, error));
    (void)snprintf(file->path, sizeof(file->path), "profiles/split=%s/part-%05u.parquet",
                   identity_split_name(file->split), file->part++);
    file->rows = file->bytes = 0;
    BASE_TRY(crypt_digest_start(file->digest, error));
    file->file = base_folder_open(file->folder, file->path, error);
    if (file->file == NULL)
        return LETHE_E_BASE_IO;
    return table_writer_open(&schema, metadata, 1, (table_sink){file, write_bytes}, NULL, &file->writer, error);
}

static int close_part(engine_split_file *file, lethe_error *error)
{
    uint8_t digest[32];
    BASE_TRY(table_writer_close(&file->writer, error));
    FILE *stream = file->file;
    file->file = NULL;
    BASE_TRY(base_folder_close(stream, error));
    BASE_TRY(crypt_digest_finish(file->digest, digest, error));
    return engine_files_add(file->files, file->path, file->bytes, digest, error);
}

int engine_split_file_new(const base_folder *folder, engine_files *files, identity_split split,
                          engine_split_file **ret_file, lethe_error *error)
{
    engine_split_file *file = calloc(1, sizeof(*file));
    if (file == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    *file = (engine_split_file){.folder = folder, .files = files, .split = split};
    const int status = crypt_digest_new(&file->digest, error);
    if (status != 0) {
        engine_split_file_free(file);
        return status;
    }
    *ret_file = file;
    return 0;
}

int engine_split_file_append(engine_split_file *file, const table_batch *batch, lethe_error *error)
{
    if (table_batch_rows(batch) == 0)
        return 0;
    if (file->writer != NULL && file->rows >= ENGINE_ROWS_PER_FILE)
        BASE_TRY(close_part(file, error));
    if (file->writer == NULL)
        BASE_TRY(open_part(file, error));
    file->rows += table_batch_rows(batch);
    return table_writer_append(file->writer, batch, error);
}

int engine_split_file_finish(engine_split_file *file, lethe_error *error)
{
    return file->writer != NULL ? close_part(file, error) : 0;
}

void engine_split_file_free(engine_split_file *file)
{
    if (file == NULL)
        return;
    table_writer_free(file->writer);
    if (file->file != NULL)
        (void)fclose(file->file);
    crypt_digest_free(file->digest);
    free(file);
}

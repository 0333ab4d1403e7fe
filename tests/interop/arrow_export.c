/* SPDX-License-Identifier: Apache-2.0 */
/* For arrow_interop.py: one random batch, as a Parquet file and through the Arrow C data interface. */
#include "table/arrow.h"
#include "table/sample.h"

#include <stdio.h>

__attribute__((visibility("default"))) int arrow_export(uint64_t seed, uint64_t rows, const char *path,
                                                        struct ArrowArray *array, struct ArrowSchema *schema);

static int write_file(const table_batch *batch, const char *path, lethe_error *error)
{
    base_buf file;
    base_buf_init(&file, (size_t)256 << 20);
    int status = sample_write(batch, 0, NULL, &file, error);
    FILE *to = status == 0 ? fopen(path, "wb") : NULL;
    if (status == 0 && (to == NULL || fwrite(file.data, 1, file.size, to) != file.size))
        status = base_fail_errno(error, LETHE_E_BASE_IO);
    if (to != NULL && fclose(to) != 0)
        status = base_fail_errno(error, LETHE_E_BASE_IO);
    base_buf_done(&file);
    return status;
}

int arrow_export(uint64_t seed, uint64_t rows, const char *path, struct ArrowArray *array, struct ArrowSchema *schema)
{
    sample_random random = {seed};
    sample_schema columns;
    table_batch *batch = NULL;
    lethe_error error = {0};
    sample_schema_full(&columns);
    BASE_TRY(table_batch_new(&columns.schema, 0, 0, &batch, &error));
    sample_fill(&random, batch, rows);
    int status = write_file(batch, path, &error);
    if (status == 0)
        status = table_arrow_export_schema(&batch->schema, schema, &error);
    if (status == 0) {
        status = table_arrow_export_batch(batch, array, &error);
        if (status != 0)
            schema->release(schema);
    }
    table_batch_free(batch); /* what was exported lives on */
    return status;
}

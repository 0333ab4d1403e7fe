/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/export.h"

#include "table/ipc.h"

#include <stdlib.h>

/* Arrow IPC streams: a file a split, a record batch a row group. */

typedef struct streams {
    engine_export_files files;
    base_buf out;
} streams;

static int begin(engine_export *e, lethe_error *error)
{
    streams *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    base_buf_init(&s->out, 2 * TABLE_BATCH_BYTES_MAX);
    e->state = s;
    return 0;
}

static int write_out(streams *s, FILE *file, lethe_error *error)
{
    BASE_TRY(base_buf_check(&s->out, error));
    return engine_export_write(file, s->out.data, s->out.size, error);
}

static int write_batch(engine_export *e, identity_split split, const table_batch *batch, lethe_error *error)
{
    streams *s = e->state;
    const bool fresh = s->files.files[split] == NULL;
    FILE *file = engine_export_file(e, &s->files, split, ".arrows", error);
    if (file == NULL)
        return LETHE_E_BASE_IO;
    base_buf_reset(&s->out);
    if (fresh)
        table_ipc_put_schema(&s->out, &batch->schema);
    table_ipc_put_batch(&s->out, batch);
    return write_out(s, file, error);
}

static int end(engine_export *e, lethe_error *error)
{
    streams *s = e->state;
    base_buf_reset(&s->out);
    table_ipc_put_end(&s->out);
    for (int split = 0; split < IDENTITY_SPLIT_COUNT; split++)
        if (s->files.files[split] != NULL)
            BASE_TRY(write_out(s, s->files.files[split], error));
    return engine_export_close(&s->files, error);
}

static void release(engine_export *e)
{
    streams *s = e->state;
    if (s == NULL)
        return;
    engine_export_abandon(&s->files);
    base_buf_done(&s->out);
    free(s);
    e->state = NULL;
}

const engine_export_format engine_export_arrow = {"arrow", begin, write_batch, end, release};

/* SPDX-License-Identifier: Apache-2.0 */
#include "vector/writer_internal.h"

#include "vector/replay.h"
#include "vector/store.h"

#include <fcntl.h>
#include <unistd.h>

static int write_image(const vector_writer *writer, int file, lethe_error *error)
{
    vector_image *image = NULL;
    const vector_view *view = writer->view;
    const uint64_t generation = vector_view_info(view).generation + 1;
    BASE_TRY(vector_image_begin(file, vector_view_schema(view), generation, false, &image, error));
    const int status = vector_image_add_view(image, view, 0, view->count, error);
    if (status != 0) {
        vector_image_free(image);
        return status;
    }
    return vector_image_finish(&image, error);
}

/* The new base has no log but an empty one; the old log goes with all that it says. */
int vector_writer_rebase(vector_writer *writer, lethe_error *error)
{
    int file = -1;
    if (writer->failed)
        return base_fail(error, LETHE_E_BASE_IO);
    BASE_TRY(vector_store_begin(writer->folder, &file, error));
    int status = write_image(writer, file, error);
    if (status == 0) {
        writer->failed = true; /* from here on the folder may hold another base than the view's */
        status = vector_store_publish(writer->folder, file, error);
    }
    (void)close(file);
    if (status != 0) {
        vector_store_abandon(writer->folder);
        return status;
    }
    BASE_TRY(vector_writer_follow(writer, error));
    (void)close(writer->log);
    writer->log = -1;
    BASE_TRY(vector_store_log(writer->folder, vector_view_info(writer->view).generation, O_RDWR, &writer->log, error));
    writer->failed = false;
    return 0;
}

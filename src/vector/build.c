/* SPDX-License-Identifier: Apache-2.0 */
#include "vector/build.h"

#include "vector/image.h"
#include "vector/store.h"

#include <stdlib.h>
#include <unistd.h>

struct vector_build {
    int folder, lock, file;
    vector_image *image;
};

static int begin(vector_build *build, const char *folder, const vector_schema *schema, lethe_error *error)
{
    BASE_TRY(vector_store_open(folder, true, &build->folder, error));
    BASE_TRY(vector_store_lock(build->folder, &build->lock, error));
    BASE_TRY(vector_store_begin(build->folder, &build->file, error));
    return vector_image_begin(build->file, schema, vector_store_next_generation(build->folder), false, &build->image,
                              error);
}

int vector_build_begin(const char *folder, const vector_schema *schema, vector_build **ret_build, lethe_error *error)
{
    BASE_TRY(vector_schema_check(schema, error));
    vector_build *build = calloc(1, sizeof(*build));
    if (build == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    build->folder = build->lock = build->file = -1;
    const int status = begin(build, folder, schema, error);
    if (status != 0)
        vector_build_abandon(build);
    else
        *ret_build = build;
    return status;
}

int vector_build_add(vector_build *build, const vector_row *row, lethe_error *error)
{
    return vector_image_add(build->image, row, error);
}

static void build_free(vector_build *build)
{
    vector_image_free(build->image);
    if (build->file >= 0)
        (void)close(build->file);
    if (build->lock >= 0)
        (void)close(build->lock);
    if (build->folder >= 0)
        (void)close(build->folder);
    free(build);
}

int vector_build_commit(vector_build **build, lethe_error *error)
{
    vector_build *ended = *build;
    *build = NULL;
    int status = vector_image_finish(&ended->image, error);
    if (status == 0)
        status = vector_store_publish(ended->folder, ended->file, error);
    if (status != 0)
        vector_store_abandon(ended->folder);
    build_free(ended);
    return status;
}

void vector_build_abandon(vector_build *build)
{
    if (build == NULL)
        return;
    if (build->file >= 0)
        vector_store_abandon(build->folder);
    build_free(build);
}

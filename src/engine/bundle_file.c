/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/bundle.h"

/* models/ of a dataset: found, and compared with what it belongs to. */

static int check_belongs(const engine_dataset *dataset, const engine_bundle *bundle, lethe_error *error)
{
    static const char *const names[] = {"model", "schema", "vocabulary", "plan", "key"};
    const vector_stamp stamp = engine_dataset_stamp(dataset);
    const char *const texts[] = {stamp.model, stamp.schema, stamp.vocabulary, stamp.plan, stamp.key};
    uint8_t manifest[32];
    const char *differs = NULL;
    BASE_TRY(engine_dataset_identity(dataset, manifest, error));
    if (memcmp(manifest, bundle->manifest, sizeof(manifest)) != 0)
        differs = "manifest";
    for (size_t i = sizeof(names) / sizeof(names[0]); i-- > 0;)
        if (strcmp(texts[i], bundle->stamp[i]) != 0)
            differs = names[i];
    if (differs == NULL)
        return 0;
    base_fail(error, LETHE_E_ENGINE_MODEL_STAMP);
    base_error_path(error, differs);
    return LETHE_E_ENGINE_MODEL_STAMP;
}

int engine_bundle_open(const engine_dataset *dataset, engine_bundle *ret_bundle, lethe_error *error)
{
    char path[BASE_PATH_MAX];
    base_buf bytes;
    if ((size_t)snprintf(path, sizeof(path), "%s/" ENGINE_BUNDLE_FOLDER "/" ENGINE_BUNDLE_FILE, dataset->folder) >=
        sizeof(path))
        return base_fail(error, LETHE_E_BASE_LIMIT);
    base_buf_init(&bytes, ENGINE_BUNDLE_BYTES_MAX);
    int status = base_file_load(path, &bytes, error);
    if (status == LETHE_E_BASE_NOT_FOUND)
        status = base_fail(error, LETHE_E_ENGINE_NO_MODEL);
    if (status == 0)
        status = engine_bundle_read(base_buf_view(&bytes), ret_bundle, error);
    base_buf_done(&bytes);
    if (status == 0) {
        status = check_belongs(dataset, ret_bundle, error);
        if (status != 0)
            engine_bundle_done(ret_bundle);
    }
    if (status != 0)
        base_error_file(error, path);
    return status;
}

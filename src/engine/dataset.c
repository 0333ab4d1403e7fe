/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/dataset.h"

#include "crypt/digest.h"
#include "crypt/keyring.h"
#include "crypt/sign.h"
#include "engine/columns.h"
#include "engine/plan_check.h"
#include "engine/text.h"

#include <stdlib.h>

#define DOCUMENT_MAX ((size_t)64 << 20)

static int load(const engine_dataset *dataset, const char *name, base_buf *buf, lethe_error *error)
{
    char path[BASE_PATH_MAX];
    if ((size_t)snprintf(path, sizeof(path), "%s/%s", dataset->folder, name) >= sizeof(path))
        return base_fail(error, LETHE_E_BASE_LIMIT);
    return base_file_load(path, buf, error);
}

static int fail_file(lethe_error *error, int code, const char *name, const char *member)
{
    base_fail(error, code);
    base_error_file(error, name);
    base_error_path(error, member);
    return code;
}

static int parse(engine_dataset *dataset, base_buf *buf, const char *name, json_value *ret_root, lethe_error *error)
{
    const size_t size = buf->size;
    if (base_buf_reserve(buf, JSON_PADDING) != 0)
        return base_buf_check(buf, error);
    return json_parse(dataset->parser, (base_span){buf->data, size}, ret_root, NULL) == 0
               ? 0
               : fail_file(error, LETHE_E_ENGINE_DATASET, name, "");
}

static int read_plan(engine_dataset *dataset, base_buf *plan, lethe_error *error)
{
    privacy_hierarchies *hierarchies = NULL;
    json_value root;
    uint8_t digest[32];
    BASE_TRY(load(dataset, "plan.json", plan, error));
    BASE_TRY(crypt_sha256(base_buf_view(plan), digest, error));
    engine_hex(digest, sizeof(digest), dataset->plan);
    BASE_TRY(parse(dataset, plan, "plan.json", &root, error));
    BASE_TRY(engine_hierarchies_new(&hierarchies, error));
    const int status = engine_plan_levels(root, hierarchies, &dataset->node, error);
    free(hierarchies);
    return status;
}

static int copy_text(const engine_dataset *dataset, const char *member, char ret_text[VECTOR_STAMP_MAX + 1],
                     lethe_error *error)
{
    const base_span text = json_string(json_get(dataset->root, member));
    if (text.size == 0 || text.size > VECTOR_STAMP_MAX || memchr(text.data, '\0', text.size) != NULL)
        return fail_file(error, LETHE_E_ENGINE_DATASET, "manifest.json", member);
    memcpy(ret_text, text.data, text.size);
    ret_text[text.size] = '\0';
    return 0;
}

/* What was signed was not changed since; who signed it is not asked here. */
static int check_signature(engine_dataset *dataset, lethe_error *error)
{
    uint8_t key[32];
    base_buf signature;
    if (!crypt_base64_decode(json_string(json_get(dataset->root, "public_key")), key, sizeof(key)))
        return fail_file(error, LETHE_E_ENGINE_DATASET, "manifest.json", "public_key");
    base_buf_init(&signature, 4096);
    int status = load(dataset, "manifest.sig", &signature, error);
    if (status == 0 && (signature.size != 64 || crypt_verify(key, base_buf_view(&dataset->manifest),
                                                             (const uint8_t *)signature.data, NULL) != 0))
        status = fail_file(error, LETHE_E_VERIFY_SIGNATURE, "manifest.sig", "");
    base_buf_done(&signature);
    BASE_TRY(status);
    return engine_key_id(key, dataset->key_id, error);
}

static int check_plan(const engine_dataset *dataset, lethe_error *error)
{
    json_iterator files = json_iterate(json_get(dataset->root, "files"));
    json_value file;
    while (json_next(&files, NULL, &file))
        if (base_span_is(json_string(json_get(file, "path")), "plan.json") &&
            base_span_is(json_string(json_get(file, "sha256")), dataset->plan))
            return 0;
    return fail_file(error, LETHE_E_VERIFY_CHECKSUM, "plan.json", "sha256");
}

static int read_manifest(engine_dataset *dataset, lethe_error *error)
{
    int64_t rows = 0, patients = 0;
    BASE_TRY(load(dataset, "manifest.json", &dataset->manifest, error));
    BASE_TRY(parse(dataset, &dataset->manifest, "manifest.json", &dataset->root, error));
    BASE_TRY(check_signature(dataset, error));
    BASE_TRY(copy_text(dataset, "schema_version", dataset->schema, error));
    if (strcmp(dataset->schema, ENGINE_SCHEMA_VERSION) != 0)
        return fail_file(error, LETHE_E_VERIFY_VERSION, "manifest.json", "schema_version");
    BASE_TRY(copy_text(dataset, "vocabulary_version", dataset->vocabulary, error));
    BASE_TRY(copy_text(dataset, "embedding_model", dataset->model, error));
    if (!json_int64(json_get(dataset->root, "total_profiles"), &rows) || rows < 0 ||
        !json_int64(json_get(dataset->root, "total_patients"), &patients) || patients < 0)
        return fail_file(error, LETHE_E_ENGINE_DATASET, "manifest.json", "total_profiles");
    dataset->rows = (uint64_t)rows;
    dataset->patients = (uint64_t)patients;
    return check_plan(dataset, error);
}

static int open_dataset(engine_dataset *dataset, const char *folder, lethe_error *error)
{
    base_buf plan;
    if ((size_t)snprintf(dataset->folder, sizeof(dataset->folder), "%s", folder) >= sizeof(dataset->folder))
        return base_fail(error, LETHE_E_BASE_LIMIT);
    BASE_TRY(json_parser_new(DOCUMENT_MAX, JSON_DEPTH_MAX, &dataset->parser, error));
    base_buf_init(&plan, DOCUMENT_MAX);
    const int status = read_plan(dataset, &plan, error);
    base_buf_done(&plan);
    BASE_TRY(status);
    return read_manifest(dataset, error);
}

int engine_dataset_open(const char *folder, engine_dataset **ret_dataset, lethe_error *error)
{
    engine_dataset *dataset = calloc(1, sizeof(*dataset));
    if (dataset == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    base_buf_init(&dataset->manifest, DOCUMENT_MAX);
    const int status = open_dataset(dataset, folder, error);
    if (status != 0)
        engine_dataset_free(dataset);
    else
        *ret_dataset = dataset;
    return status;
}

void engine_dataset_free(engine_dataset *dataset)
{
    if (dataset == NULL)
        return;
    base_buf_done(&dataset->manifest);
    json_parser_free(dataset->parser);
    free(dataset);
}

vector_stamp engine_dataset_stamp(const engine_dataset *dataset)
{
    return (vector_stamp){dataset->model, dataset->schema, dataset->vocabulary, dataset->plan, dataset->key_id};
}

int engine_dataset_vectors(const engine_dataset *dataset, char ret_path[BASE_PATH_MAX], lethe_error *error)
{
    return (size_t)snprintf(ret_path, BASE_PATH_MAX, "%s/vectors", dataset->folder) < BASE_PATH_MAX
               ? 0
               : base_fail(error, LETHE_E_BASE_LIMIT);
}

int engine_dataset_identity(const engine_dataset *dataset, uint8_t ret_digest[32], lethe_error *error)
{
    /* The parser's padding stands behind the text. */
    return crypt_sha256(base_buf_view(&dataset->manifest), ret_digest, error);
}

int engine_dataset_terms(const engine_dataset *dataset, uint32_t *ret_horizon_months, uint32_t *ret_k,
                         lethe_error *error)
{
    int64_t horizon = 0, k = 0;
    if (!json_int64(json_get(dataset->root, "outcome_horizon_months"), &horizon) || horizon < 1 || horizon > 1200 ||
        !json_int64(json_get(dataset->root, "k"), &k) || k < 1 || k > 1000000) {
        base_fail(error, LETHE_E_ENGINE_DATASET);
        base_error_file(error, "manifest.json");
        return LETHE_E_ENGINE_DATASET;
    }
    *ret_horizon_months = (uint32_t)horizon;
    *ret_k = (uint32_t)k;
    return 0;
}

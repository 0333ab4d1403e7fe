/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "crypt/keyring.h"
#include "crypt/sign.h"
#include "verify/run.h"

#include <errno.h>
#include <stdlib.h>

/*
 * manifest.json, field by field (docs/SPEC-dataset.md). Whatever is missing or of another kind makes the manifest
 * unusable: nothing is guessed. Its bytes are signed as they stand, so there is no second form of them to disagree
 * about.
 */
#define EXTERNAL_K          11
#define ATTACKER_VISITS_MAX 8
#define ATTACKER_ITEMS_MAX  4

int verify_load_json(verify_run *run, const char *name, base_buf *buf, json_value *ret_root, lethe_error *error)
{
    char path[BASE_PATH_MAX];
    BASE_TRY(verify_path(run, name, path, sizeof(path), error));
    base_buf_init(buf, VERIFY_DOCUMENT_MAX + JSON_PADDING);
    BASE_TRY(base_file_load(path, buf, error));
    const size_t size = buf->size;
    BASE_TRY(base_buf_reserve(buf, JSON_PADDING));
    memset(buf->data + size, 0, JSON_PADDING);
    return json_parse(run->parser, (base_span){buf->data, size}, ret_root, error);
}

const char *verify_keep(verify_run *run, json_value value)
{
    const base_span text = json_string(value);
    if (!json_is(value, JSON_STRING) || (text.size != 0 && memchr(text.data, '\0', text.size) != NULL))
        return NULL;
    return base_arena_copy(&run->arena, text).data;
}

static bool read_count(json_value object, const char *key, uint64_t *ret_count)
{
    int64_t number;
    if (!json_int64(json_get(object, key), &number) || number < 0)
        return false;
    *ret_count = (uint64_t)number;
    return true;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_digest(base_span text, uint8_t *digest)
{
    if (text.size != 64)
        return false;
    for (size_t i = 0; i < 32; i++) {
        const int high = hex_digit(text.data[2 * i]), low = hex_digit(text.data[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        digest[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* A name that stays inside the folder and is written one way only. */
static bool path_possible(const char *path)
{
    if (path == NULL || path[0] == '\0' || strlen(path) > LETHE_PLACE_FILE_MAX - 1)
        return false;
    for (const char *part = path; part != NULL; part = strchr(part, '/') != NULL ? strchr(part, '/') + 1 : NULL)
        if (part[0] == '\0' || part[0] == '/' || part[0] == '.')
            return false;
    return strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789=_-./") == strlen(path);
}

/* "profiles/split=train/part-00000.parquet" → 0; -1 for anything else. */
static int split_of(const char *path)
{
    static const char *const heads[VERIFY_SPLITS] = {"profiles/split=train/", "profiles/split=validation/",
                                                     "profiles/split=test/"};
    const size_t size = strlen(path);
    if (size < 8 || strcmp(path + size - 8, ".parquet") != 0)
        return -1;
    for (int i = 0; i < VERIFY_SPLITS; i++)
        if (strncmp(path, heads[i], strlen(heads[i])) == 0)
            return strchr(path + strlen(heads[i]), '/') == NULL ? i : -1;
    return -1;
}

static int compare_files(const void *left, const void *right)
{
    return strcmp(((const verify_file *)left)->path, ((const verify_file *)right)->path);
}

static bool read_files(verify_run *run, json_value list)
{
    verify_manifest *manifest = &run->manifest;
    const uint32_t count = json_count(list);
    if (!json_is(list, JSON_ARRAY) || count == 0 || count > VERIFY_MANIFEST_FILES_MAX)
        return false;
    manifest->files = base_arena_take_array(&run->arena, count, sizeof(*manifest->files));
    if (manifest->files == NULL)
        return false;
    json_iterator iterator = json_iterate(list);
    json_value entry;
    while (manifest->file_count < count && json_next(&iterator, NULL, &entry)) {
        verify_file *file = &manifest->files[manifest->file_count++];
        file->path = verify_keep(run, json_get(entry, "path"));
        if (!path_possible(file->path) || !read_count(entry, "bytes", &file->size_bytes) ||
            !read_digest(json_string(json_get(entry, "sha256")), file->digest))
            return false;
        file->split = split_of(file->path);
        if (file->split < 0 && strncmp(file->path, "profiles/", 9) == 0)
            return false;
    }
    qsort(manifest->files, manifest->file_count, sizeof(*manifest->files), compare_files);
    for (size_t i = 1; i < manifest->file_count; i++)
        if (strcmp(manifest->files[i - 1].path, manifest->files[i].path) == 0)
            return false;
    return true;
}

static bool read_splits(verify_manifest *manifest, json_value splits)
{
    static const char *const names[VERIFY_SPLITS] = {"train", "validation", "test"};
    for (int i = 0; i < VERIFY_SPLITS; i++) {
        const json_value split = json_get(splits, names[i]);
        if (!read_count(split, "profiles", &manifest->split_profiles[i]) ||
            !read_count(split, "patients", &manifest->split_patients[i]))
            return false;
    }
    return json_count(splits) == VERIFY_SPLITS;
}

static bool read_attacker(verify_run *run, json_value root)
{
    uint64_t k, visits, items;
    const json_value attacker = json_get(root, "attacker");
    if (!read_count(root, "k", &k) || !read_count(attacker, "visits", &visits) ||
        !read_count(attacker, "items", &items))
        return false;
    if (k < 2 || k > 1000000 || visits < 1 || visits > ATTACKER_VISITS_MAX || items < 1 || items > ATTACKER_ITEMS_MAX)
        return false;
    run->result->k = (uint32_t)k;
    run->result->attacker_visits = (uint32_t)visits;
    run->result->attacker_items = (uint32_t)items;
    return true;
}

/* What the stated level promises at least (DESIGN, "What private means here"). */
static bool level_keeps_its_word(const verify_result *result, const verify_manifest *manifest)
{
    if (strcmp(result->level, "internal") == 0)
        return true;
    if (strcmp(result->level, "standard") == 0)
        return result->attacker_visits >= 2;
    return manifest->external && result->k >= EXTERNAL_K && result->attacker_visits == 1 &&
           result->attacker_items >= 2 && manifest->beta > 0 && manifest->beta <= 100;
}

static bool copy_name(json_value value, char *to, size_t size)
{
    const base_span text = json_string(value);
    if (!json_is(value, JSON_STRING) || text.size >= size)
        return false;
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f)
            return false;
    memcpy(to, text.data, text.size);
    to[text.size] = '\0';
    return true;
}

static bool read_weights(json_value root, float *weights)
{
    static const char *const names[3] = {"medical", "demographic", "temporal"};
    for (int i = 0; i < 3; i++) {
        double number;
        if (!json_number(json_get(json_get(root, "similarity_weights"), names[i]), &number))
            return false;
        weights[i] = (float)number;
    }
    return true;
}

static const char *read_fields(verify_run *run, json_value root)
{
    verify_manifest *manifest = &run->manifest;
    uint64_t horizon = 0;
    if (!crypt_base64_decode(json_string(json_get(root, "public_key")), manifest->public_key, 32))
        return "public_key";
    if (!copy_name(json_get(root, "level"), run->result->level, sizeof(run->result->level)))
        return "level";
    if (!copy_name(json_get(root, "audience"), run->result->audience, sizeof(run->result->audience)))
        return "audience";
    if (!read_attacker(run, root))
        return "attacker";
    manifest->external = strcmp(run->result->level, "external") == 0;
    if (json_present(json_get(root, "beta")) && !json_number(json_get(root, "beta"), &manifest->beta))
        return "beta";
    if (!level_keeps_its_word(run->result, manifest))
        return "level";
    if (!read_count(root, "total_profiles", &manifest->profiles))
        return "total_profiles";
    if (!read_count(root, "total_patients", &manifest->patients))
        return "total_patients";
    if (!read_splits(manifest, json_get(root, "splits")))
        return "splits";
    if (!read_count(root, "outcome_horizon_months", &horizon) || horizon < 1 || horizon > 1200)
        return "outcome_horizon_months";
    manifest->horizon_months = (int32_t)horizon;
    manifest->embedding_model = verify_keep(run, json_get(root, "embedding_model"));
    if (manifest->embedding_model == NULL)
        return "embedding_model";
    if (!read_weights(root, manifest->weights))
        return "similarity_weights";
    const json_value erased = json_get(root, "after_erasure");
    if (json_present(erased) && !json_bool(erased, &manifest->after_erasure))
        return "after_erasure";
    return read_files(run, json_get(root, "files")) ? NULL : "files";
}

int verify_read_manifest(verify_run *run, bool *ret_usable, lethe_error *error)
{
    json_value root;
    lethe_error cause = {0};
    const int status = verify_load_json(run, "manifest.json", &run->manifest_bytes, &root, &cause);
    *ret_usable = false;
    if (status == LETHE_E_BASE_MEMORY || (status == LETHE_E_BASE_IO && cause.system_errno == EACCES)) {
        base_error_file(&cause, "manifest.json");
        if (error != NULL)
            *error = cause;
        return status; /* who may not read it learns nothing of it */
    }
    verify_counted(run, VERIFY_CHECK_MANIFEST, 1);
    if (status != 0) {
        verify_note_error(run, VERIFY_CHECK_MANIFEST, LETHE_E_VERIFY_MANIFEST, "manifest.json", &cause);
        return 0;
    }
    if (!base_span_is(json_string(json_get(root, "schema_version")), VERIFY_SCHEMA_VERSION)) {
        verify_note(run, VERIFY_CHECK_MANIFEST, LETHE_E_VERIFY_VERSION, "manifest.json", 0, "schema_version");
        return 0;
    }
    const char *field = read_fields(run, root);
    if (field != NULL) {
        verify_note(run, VERIFY_CHECK_MANIFEST, LETHE_E_VERIFY_MANIFEST, "manifest.json", 0, field);
        return 0;
    }
    verify_settle(run, VERIFY_CHECK_MANIFEST);
    *ret_usable = true;
    return 0;
}

static void check_signer(verify_run *run)
{
    verify_outcome *signer = &run->result->checks[VERIFY_CHECK_SIGNER];
    if (run->options.public_key == NULL) {
        signer->state = VERIFY_OPEN;
        return;
    }
    signer->counted = 1;
    if (memcmp(run->options.public_key, run->manifest.public_key, 32) != 0) {
        verify_note(run, VERIFY_CHECK_SIGNER, LETHE_E_VERIFY_SIGNATURE, "manifest.json", 0, "public_key");
        return;
    }
    verify_settle(run, VERIFY_CHECK_SIGNER);
}

int verify_check_signature(verify_run *run, lethe_error *error)
{
    char path[BASE_PATH_MAX];
    base_buf signature;
    BASE_TRY(verify_path(run, "manifest.sig", path, sizeof(path), error));
    base_buf_init(&signature, (size_t)1 << 20);
    verify_counted(run, VERIFY_CHECK_SIGNATURE, 1);
    const int loaded = base_file_load(path, &signature, NULL);
    if (loaded != 0 || signature.size != 64 ||
        crypt_verify(run->manifest.public_key, base_buf_view(&run->manifest_bytes), (const uint8_t *)signature.data,
                     NULL) != 0)
        verify_note(run, VERIFY_CHECK_SIGNATURE, LETHE_E_VERIFY_SIGNATURE, "manifest.sig", 0, NULL);
    base_buf_done(&signature);
    check_signer(run);
    verify_settle(run, VERIFY_CHECK_SIGNATURE);
    run->result->signer_established = run->result->checks[VERIFY_CHECK_SIGNER].state == VERIFY_PASSED &&
                                      run->result->checks[VERIFY_CHECK_SIGNATURE].state == VERIFY_PASSED;
    return 0;
}

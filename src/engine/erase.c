/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/erase.h"

#include "base/threads.h"
#include "clinical/vocabulary.h"
#include "engine/index.h"
#include "vector/store.h"

#include <lethe/verify.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The order of an erasure: the dataset is proved, counted, written anew beside, proved again, and takes the old one's
 * place. */
#define STORE_BYTES ((uint64_t)1 << 30) /* of rows in memory; beyond it they spill, encrypted */
#define ARENA_MAX   ((size_t)64 << 20)

int engine_erase_tell(const engine_erasure *erasure, lethe_erase_phase phase, uint64_t done, uint64_t total,
                      lethe_error *error)
{
    const lethe_erase_options *options = erasure->options;
    if (options->progress != NULL && options->progress(options->progress_context, phase, done, total) != 0)
        return base_fail(error, LETHE_E_BASE_CANCELLED);
    return 0;
}

static int bad_option(lethe_error *error, const char *name, size_t position)
{
    base_fail(error, LETHE_E_ENGINE_OPTION);
    base_error_path(error, name);
    base_error_line(error, (int64_t)position);
    return LETHE_E_ENGINE_OPTION;
}

/* -- who -------------------------------------------------------------------------------------------------------- */

typedef struct asked_id {
    identity_token order;
    uint32_t position;
} asked_id;

static int by_order(const void *a, const void *b)
{
    return memcmp(&((const asked_id *)a)->order, &((const asked_id *)b)->order, sizeof(identity_token));
}

static int parse_ids(const lethe_erase_options *options, asked_id *asked, lethe_error *error)
{
    for (size_t i = 0; i < options->id_count; i++) {
        identity_token token;
        if (options->ids[i] == NULL || !identity_parse("anon_", base_span_of(options->ids[i]), &token))
            return bad_option(error, "id", i + 1);
        asked[i] = (asked_id){identity_token_order(&token), (uint32_t)i};
    }
    return 0;
}

static int take_ids(engine_erasure *erasure, lethe_error *error)
{
    const lethe_erase_options *options = erasure->options;
    const size_t count = options->id_count;
    asked_id *asked = calloc(count + 1, sizeof(*asked));
    erasure->ids = calloc(count + 1, sizeof(*erasure->ids));
    erasure->positions = calloc(count + 1, sizeof(*erasure->positions));
    erasure->found = calloc(count + 1, sizeof(*erasure->found));
    int status = asked != NULL && erasure->ids != NULL && erasure->positions != NULL && erasure->found != NULL
                     ? parse_ids(options, asked, error)
                     : base_fail(error, LETHE_E_BASE_MEMORY);
    if (status == 0) {
        qsort(asked, count, sizeof(*asked), by_order);
        for (size_t i = 0; i < count; i++) {
            if (i != 0 && by_order(&asked[i - 1], &asked[i]) == 0)
                continue;
            erasure->ids[erasure->id_count] = asked[i].order;
            erasure->positions[erasure->id_count++] = asked[i].position;
        }
    }
    free(asked);
    return status;
}

static int by_token(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(identity_token));
}

bool engine_erase_asked(engine_erasure *erasure, const identity_token *order)
{
    const identity_token *found = bsearch(order, erasure->ids, erasure->id_count, sizeof(*order), by_token);
    if (found == NULL)
        return false;
    erasure->found[found - erasure->ids] = true;
    return true;
}

static int check_options(const lethe_erase_options *options, lethe_error *error)
{
    if (options->size_bytes != sizeof(*options))
        return bad_option(error, "size_bytes", 0);
    if (options->dataset == NULL || options->dataset[0] == '\0')
        return bad_option(error, "dataset", 0);
    if (options->key_file == NULL || options->key_file[0] == '\0')
        return bad_option(error, "key", 0);
    if (options->ids == NULL || options->id_count == 0 || options->id_count > LETHE_ERASE_IDS_MAX)
        return bad_option(error, "id", 0);
    return options->threads > PRIVACY_THREADS_MAX ? bad_option(error, "threads", 0) : 0;
}

/* -- the dataset -------------------------------------------------------------------------------------------------- */

static int other_version(lethe_error *error, const char *member)
{
    base_fail(error, LETHE_E_ENGINE_DATASET);
    base_error_file(error, "manifest.json");
    base_error_path(error, member);
    return LETHE_E_ENGINE_DATASET;
}

static int check_key(const engine_erasure *erasure, char ret_text[64], lethe_error *error)
{
    uint8_t key[32];
    BASE_TRY(crypt_keyring_public(erasure->ring, key, error));
    crypt_base64(key, sizeof(key), ret_text);
    return base_span_is(json_string(json_get(erasure->dataset->root, "public_key")), ret_text)
               ? 0
               : base_fail(error, LETHE_E_ENGINE_KEY);
}

static int check_number(const engine_erasure *erasure, json_value object, const char *member, uint32_t low,
                        uint32_t high, uint32_t *ret_number, lethe_error *error)
{
    int64_t number = 0;
    (void)erasure;
    if (!json_int64(json_get(object, member), &number) || number < low || number > high)
        return other_version(error, member);
    *ret_number = (uint32_t)number;
    return 0;
}

/* Derived values can be made again only by the program that knows the same vocabulary and model. */
static int check_version(engine_erasure *erasure, lethe_error *error)
{
    const engine_dataset *dataset = erasure->dataset;
    const json_value attacker = json_get(dataset->root, "attacker");
    if (base_span_is(json_string(json_get(dataset->root, "level")), "external"))
        return base_fail(error, LETHE_E_ENGINE_LEVEL); /* its lists hold in each class: nobody recounts that here */
    if (strcmp(dataset->vocabulary, clinical_vocabulary_version()) != 0)
        return other_version(error, "vocabulary_version");
    if (strcmp(dataset->model, embed_model_id(erasure->model)) != 0)
        return other_version(error, "embedding_model");
    BASE_TRY(check_number(erasure, dataset->root, "k", 2, 1000000, &erasure->k, error));
    BASE_TRY(check_number(erasure, attacker, "visits", 1, PRIVACY_VISITS_MAX, &erasure->visits, error));
    return check_number(erasure, attacker, "items", 1, PRIVACY_LIST_ITEMS_MAX, &erasure->items, error);
}

typedef struct proving {
    const engine_erasure *erasure;
    lethe_erase_phase phase;
} proving;

static int tell_proving(void *context, uint64_t done, uint64_t total)
{
    const proving *p = context;
    return engine_erase_tell(p->erasure, p->phase, done, total, NULL);
}

/* By the code that counts for itself: the old one before anything is touched, the new one before it gets its name. */
static int prove(const engine_erasure *erasure, const char *folder, const char *key, lethe_erase_phase phase,
                 lethe_error *error)
{
    proving context = {erasure, phase};
    lethe_verify_result *result = calloc(1, sizeof(*result));
    if (result == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    const lethe_verify_options options = {.size_bytes = sizeof(options),
                                          .public_key = key,
                                          .progress = tell_proving,
                                          .progress_context = &context,
                                          .threads = (uint32_t)erasure->threads};
    const int status = lethe_verify(folder, &options, result, error);
    free(result);
    return status;
}

static int open_dataset(engine_erasure *erasure, char ret_key[64], lethe_error *error)
{
    BASE_TRY(engine_dataset_open(erasure->replace.folder.final_path, &erasure->dataset, error));
    BASE_TRY(check_key(erasure, ret_key, error));
    BASE_TRY(engine_hierarchies_new(&erasure->hierarchies, error));
    erasure->composer = (engine_composer){erasure->hierarchies, erasure->dataset->node};
    BASE_TRY(engine_model_new(&erasure->model, error));
    BASE_TRY(embed_model_prepare(erasure->model, error));
    BASE_TRY(check_version(erasure, error));
    BASE_TRY(prove(erasure, erasure->dataset->folder, ret_key, LETHE_ERASE_PROVING, error));
    erasure->row_count = erasure->dataset->rows;
    erasure->rows = calloc((size_t)erasure->row_count + 1, 1);
    return erasure->rows != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
}

/* -- the new one -------------------------------------------------------------------------------------------------- */

/* Where rows spill: beside the new files, never in the dataset. */
static int open_cohort(engine_erasure *erasure, lethe_error *error)
{
    BASE_TRY(engine_replace_make(&erasure->replace, error));
    BASE_TRY(engine_store_new(STORE_BYTES, erasure->replace.folder.work_path, NULL, &erasure->store, error));
    BASE_TRY(engine_parts_new(ENGINE_ROW_PARTS, erasure->store, &erasure->parts, error));
    engine_cohort_init(&erasure->cohort, erasure->parts, erasure->hierarchies, erasure->threads);
    erasure->apply.folder = &erasure->replace.folder;
    return 0;
}

static int tell_index(void *context, uint64_t done, uint64_t total)
{
    return engine_erase_tell(context, LETHE_ERASE_INDEXING, done, total, NULL);
}

/* An index that was there is there again, made of the new rows. */
static int build_index(engine_erasure *erasure, lethe_error *error)
{
    const lethe_index_options options = {sizeof(options), tell_index, erasure};
    if (!erasure->result.index_built)
        return 0;
    return engine_index_build(erasure->replace.folder.work_path, &options, error);
}

static int write_all(engine_erasure *erasure, const char *key, lethe_error *error)
{
    const char *work = erasure->replace.folder.work_path;
    BASE_TRY(open_cohort(erasure, error));
    BASE_TRY(engine_erase_lists(erasure, error));
    BASE_TRY(engine_erase_write(erasure, error));
    BASE_TRY(engine_erase_documents(erasure, error));
    BASE_TRY(prove(erasure, work, key, LETHE_ERASE_WRITING, error));
    BASE_TRY(build_index(erasure, error));
    BASE_TRY(engine_erase_account(erasure, error));
    return engine_replace_commit(&erasure->replace, error);
}

/* Nobody else may write to the index meanwhile: what they were told is kept would be lost. */
static int lock_index(engine_erasure *erasure, int *ret_folder, int *ret_lock, lethe_error *error)
{
    char vectors[BASE_PATH_MAX];
    struct stat status;
    const char *folder = erasure->replace.folder.final_path;
    if ((size_t)snprintf(vectors, sizeof(vectors), "%s/vectors", folder) >= sizeof(vectors))
        return base_fail(error, LETHE_E_BASE_LIMIT);
    if (lstat(vectors, &status) != 0)
        return errno == ENOENT ? 0 : base_fail_errno(error, LETHE_E_BASE_IO);
    BASE_TRY(vector_store_open(vectors, false, ret_folder, error));
    BASE_TRY(vector_store_lock(*ret_folder, ret_lock, error));
    erasure->result.index_built = 1;
    return 0;
}

static int erase(engine_erasure *erasure, lethe_error *error)
{
    char key[64];
    BASE_TRY(open_dataset(erasure, key, error));
    BASE_TRY(engine_erase_visits(erasure, error));
    if (erasure->result.leftover[0] != '\0')
        BASE_TRY(engine_replace_clean(&erasure->replace, error));
    if (erasure->result.finished_only)
        return 0;
    return write_all(erasure, key, error);
}

static int begin(engine_erasure *erasure, lethe_error *error)
{
    char leftover[BASE_PATH_MAX];
    int folder = -1, lock = -1;
    BASE_TRY(check_options(erasure->options, error));
    BASE_TRY(take_ids(erasure, error));
    BASE_TRY(crypt_keyring_open(erasure->options->key_file, &erasure->ring, error));
    BASE_TRY(engine_replace_begin(erasure->options->dataset, &erasure->replace, leftover, error));
    (void)snprintf(erasure->result.leftover, sizeof(erasure->result.leftover), "%.*s",
                   (int)sizeof(erasure->result.leftover) - 1, leftover);
    int status = lock_index(erasure, &folder, &lock, error);
    if (status == 0)
        status = erase(erasure, error);
    if (lock >= 0)
        (void)close(lock);
    if (folder >= 0)
        (void)close(folder);
    return status;
}

static void end(engine_erasure *erasure)
{
    engine_replace_done(&erasure->replace);
    engine_files_done(&erasure->files);
    engine_classes_done(&erasure->classes);
    engine_cohort_done(&erasure->cohort);
    engine_parts_free(erasure->parts);
    engine_store_free(erasure->store);
    embed_model_free(erasure->model);
    free(erasure->hierarchies);
    engine_dataset_free(erasure->dataset);
    crypt_keyring_free(erasure->ring);
    base_arena_done(&erasure->arena);
    free(erasure->ids);
    free(erasure->positions);
    free(erasure->found);
    free(erasure->rows);
    free(erasure->people);
    free(erasure);
}

int lethe_erase(const lethe_erase_options *options, lethe_erase_result *ret_result, lethe_error *error)
{
    struct timespec began, ended;
    engine_erasure *erasure = calloc(1, sizeof(*erasure));
    if (erasure == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    (void)clock_gettime(CLOCK_MONOTONIC, &began);
    erasure->options = options;
    erasure->threads = options->threads != 0 ? options->threads : base_threads_default();
    erasure->replace.lock = erasure->replace.work_lock = -1;
    base_arena_init(&erasure->arena, ARENA_MAX);
    engine_files_init(&erasure->files);
    privacy_signatures_init(&erasure->cohort.signatures);
    const int status = begin(erasure, error);
    (void)clock_gettime(CLOCK_MONOTONIC, &ended);
    erasure->result.seconds = (double)(ended.tv_sec - began.tv_sec) + (double)(ended.tv_nsec - began.tv_nsec) / 1e9;
    if (status == 0)
        *ret_result = erasure->result;
    end(erasure);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/publish.h"

#include "engine/settings.h"
#include "engine/text.h"

#include <lethe/verify.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define LEVEL_DEFAULT "standard"
#define FLIGHT_MAX    64

int engine_publish_tell(engine_publish *p, lethe_publish_phase phase, uint64_t done, uint64_t total, lethe_error *error)
{
    const lethe_publish_options *o = p->options;
    p->phase = phase;
    p->done = done;
    p->total = total;
    return o->progress != NULL && o->progress(o->progress_context, phase, done, total) != 0
               ? base_fail(error, LETHE_E_BASE_CANCELLED)
               : 0;
}

static int idle(void *context)
{
    engine_publish *p = context;
    if (p->total_bytes == 0 || p->phase == LETHE_PUBLISH_CHECKING)
        return engine_publish_tell(p, p->phase, p->done, p->total, NULL);
    const uint64_t done = p->s3.sent_bytes < p->total_bytes ? p->s3.sent_bytes : p->total_bytes;
    return engine_publish_tell(p, LETHE_PUBLISH_SENDING, done, p->total_bytes, NULL);
}

/* -- options ---------------------------------------------------------------------------------------------------------
 */

static bool is_or_null(const char *text, const char *a, const char *b)
{
    return text == NULL || strcmp(text, a) == 0 || strcmp(text, b) == 0;
}

static int check_options(const lethe_publish_options *o, lethe_error *error)
{
    if (o->dataset == NULL || o->dataset[0] == '\0')
        return engine_bad_option(error, "dataset");
    if (o->target == NULL)
        return engine_bad_option(error, "to");
    if (!is_or_null(o->layout, "hive", "note"))
        return engine_bad_option(error, "layout");
    if (o->sse != NULL && strcmp(o->sse, "s3") != 0 && (strncmp(o->sse, "kms:", 4) != 0 || o->sse[4] == '\0'))
        return engine_bad_option(error, "sse");
    if (!is_or_null(o->require_level, "internal", "standard") && strcmp(o->require_level, "external") != 0)
        return engine_bad_option(error, "require-level");
    if (o->flight > FLIGHT_MAX)
        return engine_bad_option(error, "flight");
    if (o->part_bytes != 0 && (o->part_bytes < PUBLISH_PART_BYTES_MIN || o->part_bytes > (uint64_t)5 << 30))
        return engine_bad_option(error, "part-size");
    return 0;
}

/* -- the release -----------------------------------------------------------------------------------------------------
 */

static int rank_of(const char *level)
{
    static const char *const levels[] = {"internal", "standard", "external"};
    for (int i = 0; i < 3; i++)
        if (strcmp(level, levels[i]) == 0)
            return i;
    return -1;
}

typedef struct proving {
    engine_publish *p;
} proving;

static int show_proving(void *context, uint64_t done, uint64_t total)
{
    return engine_publish_tell(((proving *)context)->p, LETHE_PUBLISH_PROVING, done, total, NULL);
}

static int prove(engine_publish *p, lethe_error *error)
{
    const lethe_publish_options *o = p->options;
    const char *least = o->require_level != NULL ? o->require_level : LEVEL_DEFAULT;
    proving context = {p};
    lethe_verify_result *found = calloc(1, sizeof(*found));
    const lethe_verify_options options = {.size_bytes = sizeof(options),
                                          .public_key = o->public_key,
                                          .progress = show_proving,
                                          .progress_context = &context,
                                          .threads = o->threads};
    if (found == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    int status = lethe_verify(o->dataset, &options, found, error);
    if (status == 0 && rank_of(found->level) < rank_of(least)) {
        status = base_fail(error, LETHE_E_PUBLISH_LEVEL);
        base_error_file(error, o->dataset);
    }
    (void)snprintf(p->level, sizeof(p->level), "%s", found->level);
    free(found);
    return status;
}

/* What S3 keys, tables and filters take without quoting. */
static void write_name(base_span from, char ret_name[128])
{
    size_t size = 0;
    for (size_t i = 0; i < from.size && size < 100; i++) {
        const char c = from.data[i];
        const bool plain = isalnum((unsigned char)c) || c == '-' || c == '_' || (c == '.' && size != 0);
        ret_name[size++] = plain ? c : '_';
    }
    if (size == 0)
        ret_name[size++] = '_';
    ret_name[size] = '\0';
}

/* "2024-05-31" as "2024/05/31". */
static int write_day(const engine_dataset *dataset, char ret_day[11], lethe_error *error)
{
    const base_span text = json_string(json_get(dataset->root, "created_at"));
    base_time time;
    if (text.size < 10 || base_time_parse((base_span){text.data, 10}, &time, NULL) != 0) {
        base_fail(error, LETHE_E_ENGINE_DATASET);
        base_error_file(error, "manifest.json");
        base_error_path(error, "created_at");
        return LETHE_E_ENGINE_DATASET;
    }
    memcpy(ret_day, text.data, 10);
    ret_day[10] = '\0';
    ret_day[4] = ret_day[7] = '/';
    return 0;
}

static int name_places(engine_publish *p, lethe_error *error)
{
    char day[11] = "";
    p->note = p->options->layout != NULL && strcmp(p->options->layout, "note") == 0;
    if (p->note)
        BASE_TRY(write_day(p->dataset, day, error));
    (void)snprintf(p->root, sizeof(p->root), "%.700s%s%.120s/", p->target.prefix, p->note ? "ml-training-data/" : "",
                   p->name);
    (void)snprintf(p->folder, sizeof(p->folder), "%.880s%s%.16s/", p->root,
                   p->note ? "releases/" : "release=", p->release);
    if (p->note)
        (void)snprintf(p->data, sizeof(p->data), "%.880s%.10s/", p->root, day);
    else
        (void)snprintf(p->data, sizeof(p->data), "%.920sprofiles/", p->folder);
    return 0;
}

static int open_release(engine_publish *p, lethe_error *error)
{
    uint8_t digest[32];
    char hex[65];
    BASE_TRY(engine_dataset_open(p->options->dataset, &p->dataset, error));
    BASE_TRY(engine_dataset_identity(p->dataset, digest, error));
    engine_hex(digest, sizeof(digest), hex);
    (void)snprintf(p->release, sizeof(p->release), "%.16s", hex);
    (void)snprintf(p->result->release, sizeof(p->result->release), "%s", p->release);
    write_name(json_string(json_get(p->dataset->root, "dataset_name")), p->name);
    const base_span level = json_string(json_get(p->dataset->root, "level"));
    if (p->level[0] == '\0' && level.size != 0) /* else as it was proved */
        (void)snprintf(p->level, sizeof(p->level), "%.*s", (int)level.size, level.data);
    return name_places(p, error);
}

/* As lethe_erase holds it: one process at a time changes the folder or sends it. */
static int lock(engine_publish *p, lethe_error *error)
{
    p->lock = open(p->options->dataset, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (p->lock < 0) {
        base_fail_errno(error, errno == ENOENT ? LETHE_E_BASE_NOT_FOUND : LETHE_E_BASE_IO);
        base_error_file(error, p->options->dataset);
        return errno == ENOENT ? LETHE_E_BASE_NOT_FOUND : LETHE_E_BASE_IO;
    }
    if (flock(p->lock, LOCK_EX | LOCK_NB) == 0)
        return 0;
    base_fail(error, LETHE_E_ENGINE_LOCKED);
    base_error_file(error, p->options->dataset);
    return LETHE_E_ENGINE_LOCKED;
}

int engine_publish_open(engine_publish *p, const lethe_publish_options *options, bool proved,
                        lethe_publish_result *result, lethe_error *error)
{
    *p = (engine_publish){.options = options, .result = result, .lock = -1, .note_file = -1};
    *result = (lethe_publish_result){0};
    const net_client_options net = {.flight_max = options->flight,
                                    .insecure = options->insecure != 0,
                                    .ca_file = publish_environment("AWS_CA_BUNDLE"),
                                    .idle = idle,
                                    .idle_context = p};
    BASE_TRY(check_options(options, error));
    BASE_TRY(publish_target_parse(options->target, options->insecure != 0, &p->target, error));
    BASE_TRY(lock(p, error));
    if (proved)
        BASE_TRY(prove(p, error));
    BASE_TRY(open_release(p, error));
    return net_client_new(&net, &p->client, error);
}

void engine_publish_done(engine_publish *p)
{
    net_client_free(p->client);
    publish_s3_done(&p->s3);
    for (size_t i = 0; i < p->file_count; i++)
        if (p->files[i].object.bytes.size != 0)
            (void)munmap((void *)(uintptr_t)p->files[i].object.bytes.data, p->files[i].object.bytes.size);
    free(p->files);
    engine_dataset_free(p->dataset);
    if (p->note_file >= 0)
        (void)close(p->note_file);
    if (p->lock >= 0)
        (void)close(p->lock);
}

/* -- the calls -------------------------------------------------------------------------------------------------------
 */

static double seconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static int run(const lethe_publish_options *options, bool publish, lethe_publish_result *result, lethe_error *error)
{
    struct timespec start;
    engine_publish *p = calloc(1, sizeof(*p));
    if (p == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    clock_gettime(CLOCK_MONOTONIC, &start);
    int status = engine_publish_open(p, options, publish, result, error);
    const bool objects = p->target.kind == PUBLISH_S3;
    if (status == 0 && publish && options->dry_run == 0)
        status = engine_publish_note_down(p, true, error);
    if (status == 0 && publish)
        status = objects ? engine_publish_s3(p, error) : engine_publish_vectors(p, error);
    else if (status == 0)
        status = objects ? engine_unpublish_s3(p, error) : engine_unpublish_vectors(p, error);
    if (status == 0 && !publish && options->dry_run == 0)
        status = engine_publish_note_down(p, false, error);
    if (p->client != NULL) {
        result->requests = net_client_counts(p->client)->requests;
        result->repeated = net_client_counts(p->client)->repeated;
    }
    result->seconds = seconds_since(&start);
    engine_publish_done(p);
    free(p);
    return status;
}

int lethe_publish(const lethe_publish_options *options, lethe_publish_result *ret_result, lethe_error *error)
{
    return run(options, true, ret_result, error);
}

int lethe_unpublish(const lethe_publish_options *options, lethe_publish_result *ret_result, lethe_error *error)
{
    return run(options, false, ret_result, error);
}

int lethe_export_anonymized_profiles_for_training(const lethe_publish_options *options,
                                                  lethe_publish_result *ret_result, lethe_error *error)
{
    lethe_publish_options note = *options;
    note.layout = "note";
    if (note.glue == NULL)
        note.glue = "healthcare_ml";
    return run(&note, true, ret_result, error);
}

int lethe_load_to_vector_database(const lethe_publish_options *options, lethe_vector_load *ret_load, lethe_error *error)
{
    *ret_load = (lethe_vector_load){0};
    BASE_TRY(run(options, true, &ret_load->results, error));
    const lethe_publish_result *r = &ret_load->results;
    ret_load->vectors_indexed = r->vectors_counted;
    ret_load->index_ready_for_similarity_search =
        r->vectors != 0 && r->vectors_counted == r->vectors && r->vectors_sampled != 0;
    return 0;
}

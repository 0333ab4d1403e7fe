/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/deid.h"

#include "base/threads.h"
#include "crypt/digest.h"
#include "engine/settings.h"
#include "engine/source.h"
#include "fhir/terms.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

/*
 * A folder of FHIR, de-identified: threads take chunks of the input in order, each with a ticket, and write what comes
 * of them in the order of the tickets. So the files are the same at any number of threads, and no more than a chunk a
 * thread is in memory.
 */
typedef struct deid_run {
    const lethe_deid_options *options;
    const engine_deid_plan *plan;
    lethe_deid_result *result;
    crypt_keyring *ring;
    identity_artefact *names;
    engine_source *source;
    base_folder folder;
    engine_deid *ones;
    pthread_mutex_t take, lock;
    pthread_cond_t turn;
    uint64_t taken, written;
    bool ended, stopped;
    /* the file that is written */
    engine_deid_file *files;
    size_t file_count, next_file;
    FILE *file;
    crypt_digest *digest;
} deid_run;

typedef struct deid_worker {
    deid_run *run;
    engine_deid *one;
    engine_chunk chunk;
    uint64_t documents, withheld;
    lethe_error *troubles; /* of the chunk at hand */
    size_t trouble_count;
} deid_worker;

static size_t without_suffixes(const char *name, const char **ret_suffix)
{
    static const char *const suffixes[] = {".ndjson", ".jsonl", ".json"};
    size_t size = strlen(name);
    if (size > 3 && strcmp(name + size - 3, ".gz") == 0)
        size -= 3;
    else if (size > 4 && strcmp(name + size - 4, ".zst") == 0)
        size -= 4;
    *ret_suffix = ".ndjson";
    for (size_t i = 0; i < 3; i++) {
        const size_t length = strlen(suffixes[i]);
        if (size > length && memcmp(name + size - length, suffixes[i], length) == 0) {
            *ret_suffix = suffixes[i];
            return size - length;
        }
    }
    return size;
}

/* "Patient.000", "bulk/Observation_12": parts that are types, words of terms, or small numbers. */
static bool is_plain_name(base_span name)
{
    size_t at = 0;
    while (at < name.size) {
        size_t end = at;
        while (end < name.size && memchr("._-/", name.data[end], 4) == NULL)
            end++;
        const base_span part = {name.data + at, end - at};
        if (part.size != 0 && !fhir_is_core_code(part) && !fhir_is_term(part))
            return false;
        at = end + 1;
    }
    return name.size != 0 && name.size < 80 && name.data[0] != '.';
}

static bool is_taken(const deid_run *run, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(run->files[i].name, name) == 0)
            return true;
    return false;
}

static int name_file(deid_run *run, size_t index, lethe_error *error)
{
    char path[BASE_PATH_MAX], token[IDENTITY_NAME_MAX];
    const char *suffix;
    identity_token bits;
    engine_source_name(run->source, index, path);
    const char *root = run->options->input;
    size_t skip = strncmp(path, root, strlen(root)) == 0 ? strlen(root) : 0;
    while (path[skip] == '/')
        skip++;
    const char *name = path[skip] != '\0' ? path + skip : path;
    if (path[skip] == '\0' && strrchr(path, '/') != NULL)
        name = strrchr(path, '/') + 1;
    const base_span stem = {name, without_suffixes(name, &suffix)};
    char *out = run->files[index].name;
    if (is_plain_name(stem)) {
        (void)snprintf(out, sizeof(run->files[index].name), "%.*s%s", (int)stem.size, stem.data, suffix);
        for (char *at = out; (at = strchr(at, '/')) != NULL;)
            *at = '.';
        /* Looked for among few: a folder of many files has names of patients, which get tokens. */
        if (index < 4096 && !is_taken(run, index, out) && strcmp(out, "manifest.json") != 0 &&
            strcmp(out, "changes.json") != 0)
            return 0;
    }
    BASE_TRY(identity_artefact_token(run->names, 'f', base_span_of(name), (base_span){NULL, 0}, &bits, error));
    identity_format("", &bits, token);
    (void)snprintf(out, sizeof(run->files[index].name), "%s%s", token, suffix);
    return 0;
}

static int close_file(deid_run *run, lethe_error *error)
{
    if (run->file == NULL)
        return 0;
    FILE *file = run->file;
    run->file = NULL;
    engine_deid_file *about = &run->files[run->next_file - 1];
    const int status = crypt_digest_finish(run->digest, about->digest, error);
    const int closed = base_folder_close(file, status == 0 ? error : NULL);
    return status != 0 ? status : closed;
}

/* Files before it that gave nothing are made too, empty: one for each that was read. */
static int open_file(deid_run *run, size_t index, lethe_error *error)
{
    while (run->next_file <= index) {
        BASE_TRY(close_file(run, error));
        run->file = base_folder_open(&run->folder, run->files[run->next_file].name, error);
        if (run->file == NULL)
            return LETHE_E_BASE_IO;
        run->next_file++;
        BASE_TRY(crypt_digest_start(run->digest, error));
    }
    return 0;
}

static void note_troubles(deid_run *run, const deid_worker *worker)
{
    lethe_deid_result *result = run->result;
    for (size_t i = 0; i < worker->trouble_count && result->trouble_count < LETHE_DEID_WITHHELD_MAX; i++)
        result->troubles[result->trouble_count++] = worker->troubles[i];
}

static int write_chunk(deid_worker *worker, lethe_error *error)
{
    deid_run *run = worker->run;
    const base_span bytes = base_buf_view(&worker->one->out);
    BASE_TRY(open_file(run, worker->chunk.file, error));
    engine_deid_file *file = &run->files[worker->chunk.file];
    BASE_TRY(crypt_digest_add(run->digest, bytes, error));
    if (bytes.size != 0 && fwrite(bytes.data, 1, bytes.size, run->file) != bytes.size)
        return base_fail_errno(error, LETHE_E_BASE_IO);
    file->bytes += bytes.size;
    file->documents += worker->documents;
    run->result->documents += worker->documents;
    run->result->withheld += worker->withheld;
    run->result->bytes_out += bytes.size;
    note_troubles(run, worker);
    return 0;
}

/* In the order of the tickets, whoever was done first. Where another worker has failed there is nothing more to do. */
static int take_turn(deid_worker *worker, uint64_t ticket, bool *ret_more, lethe_error *error)
{
    deid_run *run = worker->run;
    int status = 0;
    pthread_mutex_lock(&run->lock);
    while (run->written != ticket && !run->stopped)
        pthread_cond_wait(&run->turn, &run->lock);
    *ret_more = !run->stopped;
    if (!run->stopped) {
        status = write_chunk(worker, error);
        run->written++;
        run->stopped = status != 0;
        pthread_cond_broadcast(&run->turn);
    }
    pthread_mutex_unlock(&run->lock);
    return status;
}

static void withhold(deid_worker *worker, const lethe_error *trouble, int64_t line, uint64_t byte)
{
    worker->withheld++;
    if (worker->trouble_count == LETHE_DEID_WITHHELD_MAX)
        return;
    lethe_error *placed = &worker->troubles[worker->trouble_count++];
    char name[BASE_PATH_MAX];
    *placed = *trouble;
    engine_source_name(worker->run->source, worker->chunk.file, name);
    base_error_file(placed, name);
    base_error_line(placed, worker->chunk.lines ? line : 0);
    placed->byte = (int64_t)byte + (trouble->byte > 0 ? trouble->byte : 0);
}

static bool blank(base_span text)
{
    for (size_t i = 0; i < text.size; i++)
        if (memchr(" \t\r\n", text.data[i], 4) == NULL)
            return false;
    return true;
}

static int run_document(deid_worker *worker, base_span text, int64_t line, uint64_t byte, lethe_error *error)
{
    lethe_error trouble = {0};
    if (blank(text))
        return 0;
    const int status = engine_deid_document(worker->one, text, &trouble);
    if (status == LETHE_E_BASE_MEMORY || status / 100 == LETHE_E_CRYPT_LIBRARY / 100)
        return base_fail(error, status);
    if (status != 0) {
        withhold(worker, &trouble, line, byte);
        return 0;
    }
    worker->documents++;
    base_buf_byte(&worker->one->out, '\n');
    return 0;
}

static int run_chunk(deid_worker *worker, lethe_error *error)
{
    const engine_chunk *chunk = &worker->chunk;
    base_buf_reset(&worker->one->out);
    worker->documents = worker->withheld = worker->trouble_count = 0;
    if (chunk->oversized) {
        lethe_error trouble = {0};
        base_fail(&trouble, LETHE_E_JSON_SIZE);
        withhold(worker, &trouble, chunk->line, chunk->byte);
        return 0;
    }
    const base_span all = base_buf_view(&chunk->bytes);
    if (!chunk->lines)
        BASE_TRY(run_document(worker, all, 0, chunk->byte, error));
    int64_t line = chunk->line;
    for (size_t at = 0; chunk->lines && at < all.size; line++) {
        const char *newline = memchr(all.data + at, '\n', all.size - at);
        const size_t end = newline != NULL ? (size_t)(newline - all.data) : all.size;
        BASE_TRY(run_document(worker, (base_span){all.data + at, end - at}, line, chunk->byte + at, error));
        at = end + 1;
    }
    return base_buf_check(&worker->one->out, error);
}

static int take_chunk(deid_worker *worker, uint64_t *ret_ticket, bool *ret_more, lethe_error *error)
{
    deid_run *run = worker->run;
    pthread_mutex_lock(&run->take);
    int status = 0;
    *ret_more = false;
    if (!run->ended) {
        status = engine_source_next(run->source, &worker->chunk, (base_idle){0}, ret_more, error);
        run->ended = status != 0 || !*ret_more;
        *ret_ticket = run->taken;
        run->taken += *ret_more && status == 0;
    }
    pthread_mutex_unlock(&run->take);
    return status;
}

static void stop(deid_run *run)
{
    pthread_mutex_lock(&run->lock);
    run->stopped = true;
    pthread_cond_broadcast(&run->turn);
    pthread_mutex_unlock(&run->lock);
}

static int report(deid_worker *worker, size_t number, lethe_error *error)
{
    const lethe_deid_options *options = worker->run->options;
    if (number != 0 || options->progress == NULL)
        return 0;
    const engine_source_totals totals = engine_source_count(worker->run->source);
    return options->progress(options->progress_context, totals.bytes_done, totals.bytes_total) != 0
               ? base_fail(error, LETHE_E_BASE_CANCELLED)
               : 0;
}

static int work(void *context, size_t index, size_t number, lethe_error *error)
{
    deid_run *run = context;
    (void)number;
    deid_worker worker = {.run = run, .one = &run->ones[index]};
    engine_chunk_init(&worker.chunk);
    worker.troubles = calloc(LETHE_DEID_WITHHELD_MAX, sizeof(*worker.troubles));
    int status = worker.troubles != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
    for (bool more = true; status == 0 && more;) {
        uint64_t ticket = 0;
        status = take_chunk(&worker, &ticket, &more, error);
        if (status == 0 && more)
            status = run_chunk(&worker, error);
        if (status == 0 && more)
            status = take_turn(&worker, ticket, &more, error);
        if (status == 0)
            status = report(&worker, index, error);
    }
    if (status != 0)
        stop(run);
    free(worker.troubles);
    engine_chunk_done(&worker.chunk);
    return status;
}

static void add_changes(fhir_changes *sum, const fhir_changes *more, uint64_t *changes)
{
    for (size_t i = 0; i < fhir_schema_elements(); i++)
        for (size_t j = 0; j < FHIR_METHOD_COUNT; j++) {
            sum->elements[i][j] += more->elements[i][j];
            *changes += more->elements[i][j];
        }
    sum->resources += more->resources;
    sum->unknown_members += more->unknown_members;
    sum->unowned += more->unowned;
}

static int finish(deid_run *run, lethe_error *error)
{
    if (run->file_count != 0)
        BASE_TRY(open_file(run, run->file_count - 1, error));
    BASE_TRY(close_file(run, error));
    fhir_changes changes = {.elements = calloc(fhir_schema_elements(), sizeof(*changes.elements))};
    if (changes.elements == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < run->plan->threads; i++)
        add_changes(&changes, fhir_deid_changes(run->ones[i].deid), &run->result->changes);
    run->result->resources = changes.resources;
    run->result->unowned = changes.unowned;
    run->result->files = run->file_count;
    run->result->bytes_in = engine_source_count(run->source).text_bytes;
    const engine_deid_made made = {
        .folder = &run->folder,
        .ring = run->ring,
        .plan = run->plan,
        .files = run->files,
        .file_count = run->file_count,
        .changes = &changes,
        .documents = run->result->documents,
        .withheld = run->result->withheld,
    };
    int status = engine_deid_manifest(&made, error);
    free(changes.elements);
    return status == 0 ? base_folder_commit(&run->folder, error) : status;
}

static int begin(deid_run *run, lethe_error *error)
{
    BASE_TRY(crypt_keyring_open(run->options->key_file, &run->ring, error));
    BASE_TRY(identity_artefact_new(run->ring, IDENTITY_SHIFT_DAYS, &run->names, error));
    BASE_TRY(crypt_digest_new(&run->digest, error));
    BASE_TRY(engine_source_open(run->options->input, JSON_DOCUMENT_MAX, &run->source, error));
    run->file_count = engine_source_count(run->source).file_count;
    run->files = calloc(run->file_count + 1, sizeof(*run->files));
    run->ones = calloc(run->plan->threads, sizeof(*run->ones));
    if (run->files == NULL || run->ones == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < run->file_count; i++)
        BASE_TRY(name_file(run, i, error));
    for (size_t i = 0; i < run->plan->threads; i++)
        BASE_TRY(engine_deid_init(&run->ones[i], run->ring, run->plan, error));
    return base_folder_begin(run->options->output, &run->folder, error);
}

static void end(deid_run *run)
{
    if (run->file != NULL)
        (void)fclose(run->file);
    if (run->folder.work_path[0] != '\0')
        base_folder_abandon(&run->folder);
    for (size_t i = 0; run->ones != NULL && i < run->plan->threads; i++)
        engine_deid_done(&run->ones[i]);
    free(run->ones);
    free(run->files);
    engine_source_close(run->source);
    crypt_digest_free(run->digest);
    identity_artefact_free(run->names);
    crypt_keyring_free(run->ring);
    pthread_cond_destroy(&run->turn);
    pthread_mutex_destroy(&run->lock);
    pthread_mutex_destroy(&run->take);
}

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

int lethe_deid(const lethe_deid_options *options, lethe_deid_result *ret_result, lethe_error *error)
{
    engine_deid_plan plan;
    const double started = now_s();
    *ret_result = (lethe_deid_result){0};
    BASE_TRY(engine_deid_plan_of(options, &plan, error));
    if (options->input == NULL || options->output == NULL)
        return engine_bad_option(error, options->input == NULL ? "input" : "output");
    BASE_TRY(engine_check_apart(options->input, options->output, error));
    deid_run run = {.options = options, .plan = &plan, .result = ret_result};
    pthread_mutex_init(&run.take, NULL);
    pthread_mutex_init(&run.lock, NULL);
    pthread_cond_init(&run.turn, NULL);
    int status = begin(&run, error);
    if (status == 0)
        status = base_parallel(plan.threads, plan.threads, work, &run, error);
    if (status == 0)
        status = finish(&run, error);
    end(&run);
    ret_result->seconds = now_s() - started;
    return status;
}

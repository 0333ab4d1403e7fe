/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "base/threads.h"
#include "engine/issues.h"
#include "engine/source.h"

#include <lethe/validate.h>

#include <stdlib.h>

/* Documents of a source through the validator, on all threads; what is found is told by place. */

#define ISSUES_DEFAULT   1000
#define RESULT_BYTES_MAX ((size_t)2 << 30)

typedef struct job {
    engine_source *source; /* NULL for a document in memory */
    const lethe_validate_options *options;
    bool stopped;
} job;

typedef struct worker {
    job *run;
    bool reports; /* one worker tells the progress */
    json_parser *parser;
    fhir_validator *validator;
    engine_chunk chunk;
    engine_issues issues;
    int64_t line; /* of the document at hand; 0 where the file is one */
    uint64_t byte;
    uint64_t documents, resources, invalid, bytes_done, bytes_total;
} worker;

static int take_issue(void *context, const fhir_issue *issue)
{
    worker *w = context;
    return engine_issues_add(&w->issues, (uint32_t)w->chunk.file, w->line, (int64_t)(w->byte + issue->byte), issue);
}

static int validate_document(worker *w, base_span text, lethe_error *error)
{
    json_value root;
    lethe_error trouble = {0};
    uint64_t errors = 0, resources = 0;
    int status = json_parse(w->parser, text, &root, &trouble);
    w->documents++;
    if (status == LETHE_E_BASE_MEMORY)
        return base_fail(error, status);
    if (status != 0) {
        w->invalid++;
        status = fhir_validate_broken(text, &trouble, take_issue, w);
        return status == 0 ? 0 : base_fail(error, status);
    }
    BASE_TRY(fhir_validate(w->validator, root, take_issue, w, &errors, &resources, error));
    w->resources += resources;
    w->invalid += errors != 0;
    return 0;
}

static bool blank(base_span text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] != ' ' && text.data[i] != '\t' && text.data[i] != '\r' && text.data[i] != '\n')
            return false;
    return true;
}

static int validate_lines(worker *w, base_span all, lethe_error *error)
{
    for (size_t at = 0; at < all.size; w->line++) {
        const char *newline = memchr(all.data + at, '\n', all.size - at);
        const size_t end = newline != NULL ? (size_t)(newline - all.data) : all.size;
        const base_span line = {all.data + at, end - at};
        w->byte = w->chunk.byte + at;
        if (!blank(line))
            BASE_TRY(validate_document(w, line, error));
        at = end + 1;
    }
    return 0;
}

static int validate_chunk(worker *w, lethe_error *error)
{
    const base_span text = base_buf_view(&w->chunk.bytes);
    w->line = w->chunk.lines ? w->chunk.line : 0;
    w->byte = w->chunk.byte;
    if (w->chunk.oversized) {
        const lethe_error trouble = {.byte = 0};
        w->documents++;
        w->invalid++;
        const int status = fhir_validate_broken((base_span){0}, &trouble, take_issue, w);
        return status == 0 ? 0 : base_fail(error, status);
    }
    if (w->chunk.lines)
        return validate_lines(w, text, error);
    return blank(text) ? 0 : validate_document(w, text, error);
}

static int report_progress(worker *w, lethe_error *error)
{
    const lethe_validate_options *options = w->run->options;
    if (!w->reports || options == NULL || options->progress == NULL)
        return 0;
    const engine_source_totals totals = engine_source_count(w->run->source);
    w->bytes_done = totals.bytes_done;
    w->bytes_total = totals.bytes_total;
    return options->progress(options->progress_context, totals.bytes_done, totals.bytes_total) != 0
               ? base_fail(error, LETHE_E_BASE_CANCELLED)
               : 0;
}

/* While a worker waits for input: somebody else has failed, or nobody wants the answer any more. */
static int idle(void *context)
{
    const worker *w = context;
    const lethe_validate_options *options = w->run->options;
    if (__atomic_load_n(&w->run->stopped, __ATOMIC_RELAXED))
        return 1;
    return w->reports && options != NULL && options->progress != NULL
               ? options->progress(options->progress_context, w->bytes_done, w->bytes_total)
               : 0;
}

static int read_all(worker *w, lethe_error *error)
{
    for (bool more = true; !__atomic_load_n(&w->run->stopped, __ATOMIC_RELAXED);) {
        BASE_TRY(engine_source_next(w->run->source, &w->chunk, (base_idle){idle, w}, &more, error));
        if (!more)
            break;
        BASE_TRY(validate_chunk(w, error));
        BASE_TRY(report_progress(w, error));
    }
    return 0;
}

static int work(void *context, size_t index, size_t number, lethe_error *error)
{
    worker *w = &((worker *)context)[index];
    (void)number;
    const int status = read_all(w, error);
    if (status != 0)
        __atomic_store_n(&w->run->stopped, true, __ATOMIC_RELAXED);
    return status;
}

static int open_worker(worker *w, job *run, bool reports, lethe_error *error)
{
    const lethe_validate_options *options = run->options;
    const size_t max = options != NULL && options->max_issues != 0 ? options->max_issues : ISSUES_DEFAULT;
    *w = (worker){.run = run, .reports = reports};
    engine_chunk_init(&w->chunk);
    BASE_TRY(engine_issues_init(&w->issues, max, error));
    BASE_TRY(json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &w->parser, error));
    return fhir_validator_new(&w->validator, error);
}

static void close_worker(worker *w)
{
    json_parser_free(w->parser);
    fhir_validator_free(w->validator);
    engine_chunk_done(&w->chunk);
    engine_issues_done(&w->issues);
}

/* -- the result -----------------------------------------------------------------------------------------------------
 */

typedef struct outcome {
    lethe_validate_result result; /* the first member: what callers have */
    base_arena arena;
} outcome;

static const char *severity_of(fhir_severity severity)
{
    return severity == FHIR_SEVERITY_ERROR ? "error" : "warning";
}

static int by_count(const void *left, const void *right)
{
    const lethe_rule_count *a = left, *b = right;
    return a->issues != b->issues ? (a->issues < b->issues ? 1 : -1) : strcmp(a->rule, b->rule);
}

static int tell_rules(outcome *o, const engine_issues *issues, lethe_error *error)
{
    lethe_rule_count *rules = base_arena_take_array(&o->arena, fhir_rule_count(), sizeof(*rules));
    if (rules == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < fhir_rule_count(); i++) {
        const fhir_rule rule = fhir_rule_of(i);
        uint64_t *sum = rule.severity == FHIR_SEVERITY_ERROR ? &o->result.errors : &o->result.warnings;
        *sum += issues->counts[i];
        if (issues->counts[i] != 0)
            rules[o->result.rule_count++] =
                (lethe_rule_count){rule.name, rule.code, severity_of(rule.severity), rule.message, issues->counts[i]};
    }
    qsort(rules, o->result.rule_count, sizeof(*rules), by_count);
    o->result.rules = rules;
    return 0;
}

static int tell_issue(outcome *o, const job *run, const engine_issue *from, lethe_issue *ret_issue, lethe_error *error)
{
    const fhir_rule rule = fhir_rule_of(from->rule);
    char name[BASE_PATH_MAX] = "";
    if (run->source != NULL)
        engine_source_name(run->source, from->file, name);
    const char *file = base_arena_copy(&o->arena, base_span_of(name)).data;
    const char *path = base_arena_copy(&o->arena, base_span_of(from->path)).data;
    *ret_issue = (lethe_issue){
        severity_of(rule.severity), rule.code, rule.name, rule.message, path, file, from->line, from->byte};
    return file != NULL && path != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
}

static int tell_issues(outcome *o, const job *run, const engine_issues *issues, lethe_error *error)
{
    lethe_issue *list = base_arena_take_array(&o->arena, issues->count + 1, sizeof(*list));
    if (list == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < issues->count; i++)
        BASE_TRY(tell_issue(o, run, &issues->issues[i], &list[i], error));
    o->result.issues = list;
    o->result.count = issues->count;
    return 0;
}

/* Sums up what the workers have; their lists are merged into the first one's. */
static int tell(outcome *o, job *run, worker *workers, size_t count, lethe_error *error)
{
    int status = 0;
    for (size_t i = 0; i < count && status == 0; i++) {
        o->result.documents += workers[i].documents;
        o->result.resources += workers[i].resources;
        o->result.invalid += workers[i].invalid;
        if (i != 0)
            status = engine_issues_merge(&workers[0].issues, &workers[i].issues);
    }
    if (status != 0)
        return base_fail(error, status);
    engine_issues_sort(&workers[0].issues);
    BASE_TRY(tell_rules(o, &workers[0].issues, error));
    return tell_issues(o, run, &workers[0].issues, error);
}

static int finish(job *run, worker *workers, size_t count, int status, lethe_validate_result **ret_result,
                  lethe_error *error)
{
    outcome *o = status == 0 ? calloc(1, sizeof(*o)) : NULL;
    if (status == 0 && o == NULL)
        status = base_fail(error, LETHE_E_BASE_MEMORY);
    if (status == 0) {
        base_arena_init(&o->arena, RESULT_BYTES_MAX);
        status = tell(o, run, workers, count, error);
    }
    if (status == 0 && run->source != NULL) {
        const engine_source_totals totals = engine_source_count(run->source);
        o->result.files = totals.file_count;
        o->result.bytes = totals.text_bytes;
    }
    for (size_t i = 0; i < count; i++)
        close_worker(&workers[i]);
    if (status == 0)
        *ret_result = &o->result;
    else
        lethe_validate_free(o != NULL ? &o->result : NULL);
    return status;
}

static int check_options(const lethe_validate_options *options, lethe_error *error)
{
    const char *wrong = NULL;
    if (options != NULL && options->max_issues > LETHE_VALIDATE_ISSUES_MAX)
        wrong = "max_issues";
    else if (options != NULL && options->threads > BASE_THREADS_MAX)
        wrong = "threads";
    if (wrong == NULL)
        return 0;
    base_fail(error, LETHE_E_ENGINE_OPTION);
    base_error_path(error, wrong);
    return LETHE_E_ENGINE_OPTION;
}

int lethe_validate(const char *input, const lethe_validate_options *options, lethe_validate_result **ret_result,
                   lethe_error *error)
{
    job run = {.options = options};
    BASE_TRY(check_options(options, error));
    const size_t threads = options != NULL && options->threads != 0 ? options->threads : base_threads_default();
    BASE_TRY(engine_source_open(input, JSON_DOCUMENT_MAX, &run.source, error));
    worker *workers = calloc(threads, sizeof(*workers));
    int status = workers != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
    size_t opened = 0;
    while (status == 0 && opened < threads) {
        status = open_worker(&workers[opened], &run, opened == 0, error);
        opened++;
    }
    if (status == 0)
        status = base_parallel(threads, threads, work, workers, error);
    status = finish(&run, workers, opened, status, ret_result, error);
    free(workers);
    engine_source_close(run.source);
    return status;
}

int lethe_validate_resource(const char *json, size_t size_bytes, const lethe_validate_options *options,
                            lethe_validate_result **ret_result, lethe_error *error)
{
    job run = {.options = options};
    worker one;
    BASE_TRY(check_options(options, error));
    char *padded = size_bytes < JSON_DOCUMENT_MAX ? malloc(size_bytes + JSON_PADDING) : NULL;
    if (padded == NULL)
        return base_fail(error, size_bytes < JSON_DOCUMENT_MAX ? LETHE_E_BASE_MEMORY : LETHE_E_JSON_SIZE);
    if (size_bytes != 0)
        memcpy(padded, json, size_bytes);
    memset(padded + size_bytes, ' ', JSON_PADDING);
    int status = open_worker(&one, &run, false, error);
    if (status == 0)
        status = validate_document(&one, (base_span){padded, size_bytes}, error);
    status = finish(&run, &one, 1, status, ret_result, error);
    explicit_bzero(padded, size_bytes);
    free(padded);
    return status;
}

void lethe_validate_free(lethe_validate_result *result)
{
    if (result == NULL)
        return;
    outcome *o = (outcome *)result; /* its first member */
    base_arena_done(&o->arena);
    free(o);
}

size_t lethe_validate_rule_count(void)
{
    return fhir_rule_count();
}

int lethe_validate_rule_get(size_t index, lethe_validate_rule *ret_rule)
{
    if (index >= fhir_rule_count())
        return -1;
    const fhir_rule rule = fhir_rule_of(index);
    *ret_rule =
        (lethe_validate_rule){rule.name, rule.code, severity_of(rule.severity), rule.message, rule.about, rule.checked};
    return 0;
}

const char *const *lethe_validate_limits(void)
{
    static const char *const limits[] = {
        "profiles and extension definitions are not read: extensions have any value, slices and must-support are "
        "nothing",
        "bindings of strength extensible, preferred and example are not checked",
        "codes of BCP 13 (media types), BCP 47 (languages), ISO 4217 (currencies), UCUM and LOINC are not in the "
        "package",
        "displays of codings are not compared with their code systems",
        "references to other documents are not followed: their type is checked, not that the target is there",
        "canonical URLs are checked for their syntax only",
        "signatures, and hashes and sizes of attachments, are not computed",
        NULL,
    };
    return limits;
}

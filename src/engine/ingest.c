/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/ingest.h"

#include "base/threads.h"
#include "clinical/flat.h"
#include "crypt/digest.h"
#include "engine/gathered.h"
#include "json/json.h"

#include <stdlib.h>

#define PACKED_BYTES_MAX ((size_t)64 << 20) /* of one resource */

typedef struct ingest_worker {
    engine_ingest *ingest;
    bool reports; /* one worker tells the progress */
    json_parser *parser;
    fhir_reader *fhir;
    clinical_flat *flat;
    clinical_pack *pack;
    base_buf packed, codes, record;
    engine_chunk chunk;
    /* the document at hand */
    int64_t line;
    uint64_t byte;
    bool may_be_cut;                  /* the last one of a pipe that ended without a line feed */
    uint64_t bytes_done, bytes_total; /* as last told */
    uint64_t unparsed;                /* documents that are no JSON */
    lethe_error stopped;              /* why the sink stopped the reader */
} ingest_worker;

static void place_in_file(const ingest_worker *worker, lethe_error *error)
{
    char name[BASE_PATH_MAX];
    engine_source_name(worker->ingest->source, worker->chunk.file, name);
    base_error_file(error, name);
    base_error_line(error, worker->chunk.lines ? worker->line : 0);
}

/* A record that cannot be used: noted with its place in the file, or the end of a strict run. */
static int on_withheld(void *context, const lethe_error *trouble)
{
    ingest_worker *worker = context;
    lethe_error placed = *trouble;
    placed.line = worker->chunk.lines ? worker->line : 0;
    placed.byte = (int64_t)worker->byte + (trouble->byte > 0 ? trouble->byte : 0);
    if (worker->ingest->strict) {
        worker->stopped = placed;
        place_in_file(worker, &worker->stopped);
        worker->stopped.code = LETHE_E_ENGINE_STRICT;
        worker->stopped.message = base_error_message(LETHE_E_ENGINE_STRICT); /* the name still says what it was */
        return LETHE_E_ENGINE_STRICT;
    }
    engine_withheld_add(worker->ingest->withheld, (uint32_t)worker->chunk.file, &placed);
    return 0;
}

static int note_links(ingest_worker *worker, const record_head *head, const record_event *events, size_t count,
                      lethe_error *error)
{
    engine_ingest *ingest = worker->ingest;
    const char *system = ingest->patient_identifier;
    for (size_t i = 0; i < count; i++) {
        const record_event *event = &events[i];
        if (event->kind == RECORD_LINK && !record_key_none(event->reference))
            BASE_TRY(engine_people_link(ingest->people, head->patient, event->reference, error));
        if (event->kind == RECORD_IDENTIFIER && system != NULL && base_span_is(event->place.state, system) &&
            event->place.city.size != 0) {
            const record_key value = record_key_of(&ingest->secret, BASE_SPAN("identifier"), event->place.city);
            BASE_TRY(engine_people_link(ingest->people, head->patient, value, error));
        }
    }
    return 0;
}

static bool describes_patient(const record_event *events, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (events[i].kind == RECORD_PATIENT)
            return true;
    return false;
}

static bool is_coded(record_kind kind)
{
    return kind == RECORD_CONDITION || kind == RECORD_MEDICATION || kind == RECORD_ALLERGY ||
           kind == RECORD_PROCEDURE || kind == RECORD_IMMUNIZATION;
}

/* The first coding of each coded event, else its text, as it stands in the input. */
static void gather_codes(ingest_worker *worker, const record_event *events, size_t count)
{
    base_buf_reset(&worker->codes);
    for (size_t i = 0; i < count && worker->codes.size < ENGINE_GATHERED_CODES_MAX * sizeof(engine_code); i++) {
        const record_event *event = &events[i];
        const base_time when = base_time_known(event->known) ? event->known : event->start;
        if (!is_coded(event->kind) || !base_time_known(when) || (event->code.count == 0 && event->code.text.size == 0))
            continue;
        const base_span code = event->code.count != 0 ? event->code.codings[0].code : event->code.text;
        const base_span system = event->code.count != 0 ? event->code.codings[0].system : (base_span){NULL, 0};
        const engine_code gathered = {(uint32_t)base_hash_pair(&worker->ingest->secret, system, code).low, when.day};
        base_buf_append(&worker->codes, &gathered, sizeof(gathered));
    }
}

static int store_record(ingest_worker *worker, const record_head *head, const engine_version *version, bool is_patient,
                        lethe_error *error)
{
    const engine_gathered gathered = {
        .patient = head->patient,
        .version = *version,
        .file = (uint32_t)worker->chunk.file,
        .line = worker->chunk.lines ? worker->line : 0,
        .byte = (int64_t)worker->byte,
        .patient_id = is_patient ? head->patient_id : (base_span){NULL, 0},
        .codes = base_buf_view(&worker->codes),
        .packed = base_buf_view(&worker->packed),
    };
    engine_parts *parts = worker->ingest->records;
    base_buf_reset(&worker->record);
    engine_gathered_write(&worker->record, &gathered);
    BASE_TRY(base_buf_check(&worker->record, error));
    return engine_parts_append(parts, engine_part_of(head->patient, engine_parts_count(parts)),
                               base_buf_view(&worker->record), error);
}

static int take_resource(void *context, const record_head *head, const record_event *events, size_t count,
                         lethe_error *error)
{
    ingest_worker *worker = context;
    engine_version version = {.key = head->resource, .last_updated_us = head->last_updated_us};
    BASE_TRY(crypt_sha256(head->text, version.digest, error));
    base_buf_reset(&worker->packed);
    BASE_TRY(clinical_pack_resource(worker->pack, events, count, &worker->packed, error));
    BASE_TRY(base_buf_check(&worker->packed, error));
    if (head->shared)
        return record_key_none(version.key)
                   ? 0
                   : engine_catalog_add(worker->ingest->catalog, &version, base_buf_view(&worker->packed), error);
    BASE_TRY(note_links(worker, head, events, count, error));
    gather_codes(worker, events, count);
    BASE_TRY(base_buf_check(&worker->codes, error));
    return store_record(worker, head, &version, describes_patient(events, count), error);
}

/* A resource of FHIR may name another patient in another version. Flat records do not move: a visit's id has its
 * patient's in it. */
static int on_resource(void *context, const record_head *head, const record_event *events, size_t count,
                       lethe_error *error)
{
    ingest_worker *worker = context;
    BASE_TRY(take_resource(worker, head, events, count, error));
    if (head->shared || record_key_none(head->resource) || record_key_equal(head->resource, head->patient))
        return 0;
    return engine_claims_add(worker->ingest->claims, head->resource, head->patient, error);
}

static int read_root(ingest_worker *worker, json_value root, lethe_error *error)
{
    const record_sink fhir = {worker, on_resource, on_withheld}, flat = {worker, take_resource, on_withheld};
    if (json_is(root, JSON_ARRAY)) {
        json_iterator elements = json_iterate(root);
        json_value element;
        while (json_next(&elements, NULL, &element))
            BASE_TRY(json_is(element, JSON_ARRAY) ? fhir_read(worker->fhir, element, &fhir, error)
                                                  : read_root(worker, element, error));
        return 0;
    }
    if (clinical_flat_is(root))
        return clinical_flat_read(worker->flat, root, &flat, error);
    return fhir_read(worker->fhir, root, &fhir, error);
}

static int read_document(ingest_worker *worker, base_span text, lethe_error *error)
{
    json_value root;
    lethe_error trouble = {0};
    int status = json_parse(worker->parser, text, &root, &trouble);
    if (status == LETHE_E_BASE_MEMORY)
        return base_fail(error, status);
    if ((status == LETHE_E_JSON_SYNTAX || status == LETHE_E_JSON_UTF8) && worker->may_be_cut) {
        base_fail(error, LETHE_E_ENGINE_CUT);
        place_in_file(worker, error);
        return LETHE_E_ENGINE_CUT;
    }
    worker->unparsed += status != 0;
    status = status != 0 ? on_withheld(worker, &trouble) : read_root(worker, root, error);
    if (status == LETHE_E_ENGINE_STRICT && error != NULL)
        *error = worker->stopped;
    return status;
}

static bool blank(base_span text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] != ' ' && text.data[i] != '\t' && text.data[i] != '\r' && text.data[i] != '\n')
            return false;
    return true;
}

/* The byte order mark that some exports put first is no JSON. */
static size_t mark_size(base_span text)
{
    return base_span_starts(text, BASE_SPAN("\xef\xbb\xbf")) ? 3 : 0;
}

static int read_lines(ingest_worker *worker, lethe_error *error)
{
    const base_span all = base_buf_view(&worker->chunk.bytes);
    size_t at = worker->chunk.byte == 0 ? mark_size(all) : 0;
    for (; at < all.size; worker->line++) {
        const char *newline = memchr(all.data + at, '\n', all.size - at);
        const size_t end = newline != NULL ? (size_t)(newline - all.data) : all.size;
        const base_span line = {all.data + at, end - at};
        worker->byte = worker->chunk.byte + at;
        worker->may_be_cut = worker->chunk.unended && newline == NULL;
        if (!blank(line))
            BASE_TRY(read_document(worker, line, error));
        at = end + 1;
    }
    return 0;
}

static int read_chunk(ingest_worker *worker, lethe_error *error)
{
    worker->line = worker->chunk.line;
    worker->byte = worker->chunk.byte;
    if (worker->chunk.oversized) {
        lethe_error trouble = {0};
        base_fail(&trouble, LETHE_E_JSON_SIZE);
        const int status = on_withheld(worker, &trouble);
        if (status != 0 && error != NULL)
            *error = worker->stopped;
        return status;
    }
    if (worker->chunk.lines)
        return read_lines(worker, error);
    base_span text = base_buf_view(&worker->chunk.bytes);
    const size_t mark = mark_size(text);
    text = (base_span){text.data + mark, text.size - mark};
    worker->byte += mark;
    worker->may_be_cut = worker->chunk.unended;
    return blank(text) ? 0 : read_document(worker, text, error);
}

static int report_progress(ingest_worker *worker, lethe_error *error)
{
    const engine_ingest *ingest = worker->ingest;
    if (!worker->reports || ingest->progress == NULL)
        return 0;
    const engine_source_totals totals = engine_source_count(ingest->source);
    worker->bytes_done = totals.bytes_done;
    worker->bytes_total = totals.bytes_total;
    return ingest->progress(ingest->progress_context, totals.bytes_done, totals.bytes_total) != 0
               ? base_fail(error, LETHE_E_BASE_CANCELLED)
               : 0;
}

/* While a worker waits for input: somebody else has failed, or nobody wants the answer any more. */
static int idle(void *context)
{
    const ingest_worker *worker = context;
    const engine_ingest *ingest = worker->ingest;
    if (__atomic_load_n(&ingest->stopped, __ATOMIC_RELAXED))
        return 1;
    return worker->reports && ingest->progress != NULL
               ? ingest->progress(ingest->progress_context, worker->bytes_done, worker->bytes_total)
               : 0;
}

/* The next chunk, worked on to its end: between two of them the gate may note how far the source was read. */
static int read_next(ingest_worker *worker, bool *ret_more, lethe_error *error)
{
    engine_gate *gate = worker->ingest->gate;
    engine_gate_enter(gate);
    int status = engine_source_next(worker->ingest->source, &worker->chunk, (base_idle){idle, worker}, ret_more, error);
    if (status == 0 && *ret_more)
        status = read_chunk(worker, error);
    const int noted = engine_gate_leave(gate, status != 0, status == 0 ? error : NULL);
    return status != 0 ? status : noted;
}

static int read_all(ingest_worker *worker, lethe_error *error)
{
    bool more = true;
    while (!__atomic_load_n(&worker->ingest->stopped, __ATOMIC_RELAXED)) {
        BASE_TRY(read_next(worker, &more, error));
        if (!more)
            break;
        BASE_TRY(report_progress(worker, error));
    }
    return 0;
}

static int open_worker(ingest_worker *worker, engine_ingest *ingest, bool reports, lethe_error *error)
{
    *worker = (ingest_worker){.ingest = ingest, .reports = reports};
    engine_chunk_init(&worker->chunk);
    base_buf_init(&worker->packed, PACKED_BYTES_MAX);
    base_buf_init(&worker->codes, ENGINE_GATHERED_CODES_MAX * sizeof(engine_code));
    base_buf_init(&worker->record, PACKED_BYTES_MAX + 65536);
    const fhir_options fhir = {.secret = ingest->secret};
    BASE_TRY(json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &worker->parser, error));
    BASE_TRY(fhir_reader_new(&fhir, &worker->fhir, error));
    BASE_TRY(clinical_flat_new(&ingest->secret, &worker->flat, error));
    const clinical_pack_options pack = {ingest->secret, base_span_of(ingest->patient_identifier)};
    return clinical_pack_new(&pack, &worker->pack, error);
}

static void close_worker(ingest_worker *worker)
{
    json_parser_free(worker->parser);
    fhir_reader_free(worker->fhir);
    clinical_flat_free(worker->flat);
    clinical_pack_free(worker->pack);
    engine_chunk_done(&worker->chunk);
    base_buf_done(&worker->packed);
    base_buf_done(&worker->codes);
    base_buf_done(&worker->record);
}

static int work(void *context, size_t index, size_t number, lethe_error *error)
{
    ingest_worker *workers = context;
    (void)number;
    const int status = read_all(&workers[index], error);
    if (status != 0)
        __atomic_store_n(&workers[index].ingest->stopped, true, __ATOMIC_RELAXED);
    return status;
}

static void add_counts(engine_ingest *ingest, const ingest_worker *worker)
{
    if (worker->fhir == NULL || worker->flat == NULL)
        return; /* the worker could not be opened */
    const fhir_stats *stats = fhir_reader_stats(worker->fhir);
    for (size_t i = 0; i < FHIR_RESOURCE_TYPE_COUNT; i++) {
        ingest->fhir.types[i].read += stats->types[i].read;
        ingest->fhir.types[i].used += stats->types[i].used;
        ingest->fhir.types[i].negated += stats->types[i].negated;
        ingest->fhir.types[i].unused += stats->types[i].unused;
        ingest->fhir.types[i].withheld += stats->types[i].withheld;
    }
    ingest->fhir.bundles += stats->bundles;
    ingest->fhir.broken += stats->broken + worker->unparsed;
    ingest->flat_records += clinical_flat_count(worker->flat);
}

void engine_ingest_count(const engine_ingest *ingest, engine_ingest *ret_ingest)
{
    *ret_ingest = *ingest;
    ret_ingest->coverage = (clinical_coverage){0};
    clinical_coverage_merge(&ret_ingest->coverage, &ingest->coverage);
    for (size_t i = 0; ingest->workers != NULL && i < ingest->threads; i++) {
        add_counts(ret_ingest, &ingest->workers[i]);
        clinical_coverage_merge(&ret_ingest->coverage, clinical_pack_coverage(ingest->workers[i].pack));
    }
}

int engine_ingest_run(engine_ingest *ingest, lethe_error *error)
{
    ingest_worker *workers = calloc(ingest->threads, sizeof(*workers));
    size_t opened = 0;
    int status = workers != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
    for (; status == 0 && opened < ingest->threads; opened++)
        status = open_worker(&workers[opened], ingest, opened == 0, error);
    ingest->workers = workers;
    if (status == 0)
        status = base_parallel(ingest->threads, ingest->threads, work, workers, error);
    ingest->workers = NULL;
    for (size_t i = 0; i < opened; i++) {
        add_counts(ingest, &workers[i]); /* of what failed too: the operator is told */
        if (status == 0)
            clinical_coverage_merge(&ingest->coverage, clinical_pack_coverage(workers[i].pack));
        close_worker(&workers[i]);
    }
    free(workers);
    return status;
}

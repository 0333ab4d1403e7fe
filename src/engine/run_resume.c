/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/fingerprint.h"
#include "engine/run.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

/*
 * What of a run outlives its process, and how it comes back. The journal is read by the build that wrote it and by no
 * other (engine/fingerprint.h), so plain structs stand in it as they are in memory.
 */
#define LINKS_AT_ONCE 4096

static void put_span(engine_sealed_writer *writer, base_span bytes)
{
    engine_sealed_u64(writer, bytes.size);
    engine_sealed_put(writer, bytes.data, bytes.size);
}

/* Bytes into memory of the caller's, who frees it. */
static int get_array(engine_sealed_reader *reader, size_t item_size, size_t most, void **ret_items, size_t *ret_count,
                     lethe_error *error)
{
    const uint64_t count = engine_sealed_get_u64(reader);
    if (count > most)
        return base_fail(error, LETHE_E_ENGINE_SPILL);
    void *items = calloc((size_t)count + 1, item_size);
    if (items == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    engine_sealed_get(reader, items, (size_t)count * item_size);
    *ret_items = items;
    *ret_count = (size_t)count;
    return 0;
}

static int get_span(engine_sealed_reader *reader, base_buf *ret_bytes, lethe_error *error)
{
    const uint64_t size = engine_sealed_get_u64(reader);
    base_buf_reset(ret_bytes);
    if (base_buf_reserve(ret_bytes, (size_t)size) != 0)
        return base_buf_check(ret_bytes, error);
    engine_sealed_get(reader, ret_bytes->data, (size_t)size);
    ret_bytes->size = (size_t)size;
    return 0;
}

/* --- what the run was begun with: settings, files, spill folder, sessions --- */

static void note_beginning(const engine_run *run, engine_sealed_writer *writer)
{
    base_buf lines;
    base_buf_init(&lines, ENGINE_FINGERPRINT_MAX);
    engine_fingerprint(&run->settings, &lines);
    put_span(writer, base_buf_view(&lines));
    base_buf_done(&lines);
    put_span(writer, base_span_of(engine_journal_spill(&run->journal)));
    const engine_source_totals totals = engine_source_count(run->source);
    engine_sealed_u64(writer, totals.file_count);
    for (uint64_t i = 0; i < totals.file_count; i++)
        engine_sealed_u64(writer, engine_source_mark(run->source, (size_t)i, &run->record_secret));
    engine_sealed_u64(writer, run->resumed);
    engine_sealed_u64(writer, run->store->session_count);
    engine_sealed_put(writer, run->store->sessions, run->store->session_count * sizeof(engine_session));
    engine_sealed_u32(writer, run->store->next_slot);
}

static int compare_settings(const engine_run *run, engine_sealed_reader *reader, lethe_error *error)
{
    base_buf then, now;
    base_buf_init(&then, ENGINE_FINGERPRINT_MAX);
    base_buf_init(&now, ENGINE_FINGERPRINT_MAX);
    engine_fingerprint(&run->settings, &now);
    int status = base_buf_check(&now, error);
    if (status == 0)
        status = get_span(reader, &then, error);
    if (status == 0 && !engine_sealed_failed(reader))
        status = engine_fingerprint_compare(base_buf_view(&then), base_buf_view(&now), error);
    base_buf_done(&then);
    base_buf_done(&now);
    return status;
}

static int other_input(const engine_run *run, uint64_t file, lethe_error *error)
{
    char name[BASE_PATH_MAX];
    engine_source_name(run->source, (size_t)file, name);
    base_fail(error, LETHE_E_ENGINE_RESUME);
    base_error_file(error, name);
    base_error_path(error, "input");
    return LETHE_E_ENGINE_RESUME;
}

/* The same files, each with its size and time. The first that is not is named. */
static int compare_files(const engine_run *run, engine_sealed_reader *reader, lethe_error *error)
{
    const uint64_t then = engine_sealed_get_u64(reader), now = engine_source_count(run->source).file_count;
    for (uint64_t i = 0; i < then && !engine_sealed_failed(reader); i++) {
        const uint64_t mark = engine_sealed_get_u64(reader);
        if (i >= now ||
            (mark != engine_source_mark(run->source, (size_t)i, &run->record_secret) && !engine_sealed_failed(reader)))
            return other_input(run, i < now ? i : now - 1, error);
    }
    return then < now && !engine_sealed_failed(reader) ? other_input(run, then, error) : 0;
}

static int recall_store(engine_run *run, engine_sealed_reader *reader, lethe_error *error)
{
    engine_session *sessions = NULL;
    size_t count = 0;
    run->resumed = engine_sealed_get_u64(reader) + 1;
    BASE_TRY(get_array(reader, sizeof(*sessions), ENGINE_SESSIONS_MAX, (void **)&sessions, &count, error));
    const uint32_t next_slot = engine_sealed_get_u32(reader);
    int status = engine_sealed_check(reader, error);
    if (status == 0)
        status = engine_store_new(run->settings.memory_bytes / 2, run->journal.spill_path, run->journal.run_key,
                                  &run->store, error);
    if (status == 0)
        status = engine_store_recall(run->store, sessions, count, next_slot, error);
    free(sessions);
    return status;
}

/* --- what was counted and noted on the way --- */

static void note_coverage(const clinical_coverage *coverage, engine_sealed_writer *writer)
{
    engine_sealed_put(writer, coverage->domains, sizeof(coverage->domains));
    for (int domain = 0; domain < CLINICAL_DOMAIN_COUNT; domain++) {
        engine_sealed_u64(writer, coverage->sets[domain].size);
        engine_sealed_put(writer, coverage->sets[domain].slots, coverage->sets[domain].size * sizeof(base_hash128));
    }
}

static int recall_coverage(clinical_coverage *coverage, engine_sealed_reader *reader, lethe_error *error)
{
    clinical_coverage noted = {0};
    int status = 0;
    engine_sealed_get(reader, noted.domains, sizeof(noted.domains));
    for (int domain = 0; status == 0 && domain < CLINICAL_DOMAIN_COUNT; domain++) {
        size_t size = 0;
        status = get_array(reader, sizeof(base_hash128), 2 * (size_t)CLINICAL_COVERAGE_CODES_MAX,
                           (void **)&noted.sets[domain].slots, &size, error);
        noted.sets[domain].size = (uint32_t)size;
    }
    if (status == 0)
        clinical_coverage_merge(coverage, &noted);
    clinical_coverage_done(&noted);
    return status;
}

static void note_ingest(const engine_run *run, engine_sealed_writer *writer)
{
    engine_ingest counted;
    engine_ingest_count(&run->ingest, &counted);
    engine_sealed_put(writer, &counted.fhir, sizeof(counted.fhir));
    engine_sealed_u64(writer, counted.flat_records);
    note_coverage(&counted.coverage, writer);
    clinical_coverage_done(&counted.coverage);
}

static int recall_ingest(engine_run *run, engine_sealed_reader *reader, lethe_error *error)
{
    engine_sealed_get(reader, &run->ingest.fhir, sizeof(run->ingest.fhir));
    run->ingest.flat_records = engine_sealed_get_u64(reader);
    return recall_coverage(&run->ingest.coverage, reader, error);
}

static void note_people(const engine_people *people, engine_sealed_writer *writer)
{
    engine_sealed_u64(writer, people->link_count);
    engine_sealed_put(writer, people->links, people->link_count * sizeof(*people->links));
}

static int recall_people(engine_people *people, engine_sealed_reader *reader, lethe_error *error)
{
    uint64_t left = engine_sealed_get_u64(reader);
    while (left != 0 && !engine_sealed_failed(reader)) {
        engine_link link;
        engine_sealed_get(reader, &link, sizeof(link));
        BASE_TRY(engine_people_link(people, link.a, link.b, error));
        left--;
    }
    return 0;
}

static void note_withheld(const engine_withheld *withheld, engine_sealed_writer *writer)
{
    engine_sealed_u64(writer, withheld->total);
    engine_sealed_put(writer, withheld->codes, sizeof(withheld->codes));
    engine_sealed_u64(writer, withheld->count);
    engine_sealed_put(writer, withheld->entries, withheld->count * sizeof(*withheld->entries));
}

static int recall_withheld(engine_withheld *withheld, engine_sealed_reader *reader, lethe_error *error)
{
    withheld->total = engine_sealed_get_u64(reader);
    engine_sealed_get(reader, withheld->codes, sizeof(withheld->codes));
    BASE_TRY(get_array(reader, sizeof(*withheld->entries), ENGINE_WITHHELD_ENTRIES_MAX, (void **)&withheld->entries,
                       &withheld->count, error));
    withheld->capacity = withheld->count;
    return 0;
}

/* Partitions that are only there where somebody needs them. */
static void note_some(const engine_parts *parts, engine_sealed_writer *writer)
{
    engine_sealed_u32(writer, parts != NULL);
    if (parts != NULL)
        engine_parts_note(parts, writer);
}

static int recall_some(engine_store *store, engine_parts **ret_parts, engine_sealed_reader *reader, lethe_error *error)
{
    if (engine_sealed_get_u32(reader) == 0)
        return 0;
    BASE_TRY(engine_parts_new(ENGINE_RECORD_PARTS, store, ret_parts, error));
    return engine_parts_recall(*ret_parts, reader, error);
}

static void note_map(const engine_run *run, engine_sealed_writer *writer)
{
    engine_map counted;
    engine_map_count(&run->map, &counted);
    engine_sealed_u32(writer, (uint32_t)run->has_day);
    engine_sealed_u32(writer, (uint32_t)run->map.derive.as_of_day);
    engine_sealed_put(writer, run->mapped, ENGINE_RECORD_PARTS * sizeof(*run->mapped));
    const uint64_t counts[] = {counted.people, counted.people_without_visits, counted.rows_made, counted.superseded,
                               counted.orphans};
    engine_sealed_put(writer, counts, sizeof(counts));
    note_coverage(&counted.coverage, writer);
    clinical_coverage_done(&counted.coverage);
    engine_parts_note(run->rows, writer);
    note_some(run->map.gather.moved, writer);
    note_some(run->claims.lost, writer);
}

static int recall_map(engine_run *run, engine_sealed_reader *reader, lethe_error *error)
{
    uint64_t counts[5];
    run->has_day = engine_sealed_get_u32(reader) != 0;
    run->map.derive.as_of_day = (int32_t)engine_sealed_get_u32(reader);
    engine_sealed_get(reader, run->mapped, ENGINE_RECORD_PARTS * sizeof(*run->mapped));
    engine_sealed_get(reader, counts, sizeof(counts));
    run->map.people = counts[0];
    run->map.people_without_visits = counts[1];
    run->map.rows_made = counts[2];
    run->map.superseded = counts[3];
    run->map.orphans = counts[4];
    BASE_TRY(recall_coverage(&run->map.coverage, reader, error));
    BASE_TRY(engine_parts_recall(run->rows, reader, error));
    BASE_TRY(recall_some(run->store, &run->map.gather.moved, reader, error));
    return recall_some(run->store, &run->claims.lost, reader, error);
}

/* Whoever adds a member here notes and recalls it too. */
_Static_assert(sizeof(privacy_list_result) == 7 * sizeof(void *) + 2 * sizeof(uint64_t[RECORD_COLUMN_COUNT]),
               "a member of privacy_list_result is not noted");

static void note_lists(const privacy_list_result *lists, engine_sealed_writer *writer)
{
    const size_t items = lists->item_count;
    engine_sealed_u64(writer, lists->patient_count + 1);
    engine_sealed_put(writer, lists->offset, (lists->patient_count + 1) * sizeof(*lists->offset));
    put_span(writer,
             (base_span){(const char *)lists->removed, lists->offset[lists->patient_count] * sizeof(*lists->removed)});
    put_span(writer, (base_span){(const char *)lists->removed_for_all, items * sizeof(*lists->removed_for_all)});
    put_span(writer, (base_span){(const char *)lists->held, items * sizeof(*lists->held)});
    put_span(writer, (base_span){(const char *)lists->people, items * items * sizeof(*lists->people)});
    engine_sealed_u32(writer, lists->item_count);
    engine_sealed_put(writer, lists->before, sizeof(lists->before));
    engine_sealed_put(writer, lists->after, sizeof(lists->after));
}

static int recall_lists(privacy_list_result *lists, engine_sealed_reader *reader, lethe_error *error)
{
    size_t count = 0;
    BASE_TRY(get_array(reader, sizeof(*lists->offset), SIZE_MAX / 16, (void **)&lists->offset, &count, error));
    lists->patient_count = count != 0 ? count - 1 : 0;
    BASE_TRY(get_array(reader, 1, SIZE_MAX / 16, (void **)&lists->removed, &count, error));
    BASE_TRY(get_array(reader, 1, SIZE_MAX / 16, (void **)&lists->removed_for_all, &count, error));
    BASE_TRY(get_array(reader, 1, SIZE_MAX / 16, (void **)&lists->held, &count, error));
    BASE_TRY(get_array(reader, 1, SIZE_MAX / 16, (void **)&lists->people, &count, error));
    lists->item_count = engine_sealed_get_u32(reader);
    engine_sealed_get(reader, lists->before, sizeof(lists->before));
    engine_sealed_get(reader, lists->after, sizeof(lists->after));
    return 0;
}

static void note_decided(const engine_run *run, engine_sealed_writer *writer)
{
    put_span(writer, base_buf_view(&run->plan));
    engine_sealed_put(writer, &run->account.effort, sizeof(run->account.effort));
    note_lists(&run->cohort.lists, writer);
    note_lists(&run->cohort.risks, writer);
}

static int recall_decided(engine_run *run, engine_sealed_reader *reader, lethe_error *error)
{
    BASE_TRY(get_span(reader, &run->plan, error));
    engine_sealed_get(reader, &run->account.effort, sizeof(run->account.effort));
    BASE_TRY(recall_lists(&run->cohort.lists, reader, error));
    return recall_lists(&run->cohort.risks, reader, error);
}

/* --- the journal as a whole --- */

static void note_all(void *context, engine_sealed_writer *writer)
{
    const engine_run *run = context;
    const engine_position position = engine_source_position(run->source);
    note_beginning(run, writer);
    engine_sealed_u32(writer, run->stage);
    engine_sealed_put(writer, &position, sizeof(position));
    note_ingest(run, writer);
    note_withheld(&run->withheld, writer);
    note_people(&run->people, writer);
    if (run->stage < ENGINE_STAGE_DECIDED) {
        engine_parts_note(run->records, writer);
        engine_parts_note(run->catalog.added, writer);
    }
    if (run->stage < ENGINE_STAGE_MAP)
        engine_parts_note(run->claims.seen, writer);
    if (run->stage >= ENGINE_STAGE_MAP)
        note_map(run, writer);
    if (run->stage >= ENGINE_STAGE_DECIDED)
        note_decided(run, writer);
}

static int make_parts(engine_run *run, lethe_error *error)
{
    BASE_TRY(engine_parts_new(ENGINE_RECORD_PARTS, run->store, &run->records, error));
    BASE_TRY(engine_parts_new(ENGINE_ROW_PARTS, run->store, &run->rows, error));
    BASE_TRY(engine_catalog_init(&run->catalog, run->store, error));
    BASE_TRY(engine_claims_init(&run->claims, run->store, error));
    run->mapped = calloc(ENGINE_RECORD_PARTS, sizeof(*run->mapped));
    return run->mapped != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
}

static int recall_all(void *context, engine_sealed_reader *reader, lethe_error *error)
{
    engine_run *run = context;
    base_buf spill;
    BASE_TRY(compare_settings(run, reader, error));
    base_buf_init(&spill, BASE_PATH_MAX - 1);
    const int status = get_span(reader, &spill, error);
    if (status == 0)
        engine_journal_set_spill(&run->journal, base_buf_view(&spill));
    base_buf_done(&spill);
    if (status != 0)
        return status;
    BASE_TRY(compare_files(run, reader, error));
    BASE_TRY(recall_store(run, reader, error));
    BASE_TRY(make_parts(run, error));
    run->stage = (engine_stage)engine_sealed_get_u32(reader);
    engine_sealed_get(reader, &run->position, sizeof(run->position));
    BASE_TRY(recall_ingest(run, reader, error));
    BASE_TRY(recall_withheld(&run->withheld, reader, error));
    BASE_TRY(recall_people(&run->people, reader, error));
    if (run->stage < ENGINE_STAGE_DECIDED) {
        BASE_TRY(engine_parts_recall(run->records, reader, error));
        BASE_TRY(engine_parts_recall(run->catalog.added, reader, error));
    }
    if (run->stage < ENGINE_STAGE_MAP)
        BASE_TRY(engine_parts_recall(run->claims.seen, reader, error));
    if (run->stage >= ENGINE_STAGE_MAP)
        BASE_TRY(recall_map(run, reader, error));
    if (run->stage >= ENGINE_STAGE_DECIDED)
        BASE_TRY(recall_decided(run, reader, error));
    return engine_sealed_check(reader, error);
}

/* While others work: most of what is not written yet. */
static int save_parts(void *context, lethe_error *error)
{
    engine_run *run = context;
    if (run->stage < ENGINE_STAGE_DECIDED) {
        BASE_TRY(engine_parts_save(run->records, error));
        BASE_TRY(engine_parts_save(run->catalog.added, error));
    }
    BASE_TRY(engine_parts_save(run->claims.seen, error));
    BASE_TRY(engine_parts_save(run->claims.lost, error));
    BASE_TRY(engine_parts_save(run->rows, error));
    BASE_TRY(engine_parts_save(run->map.gather.moved, error));
    return engine_store_sync(run->store, error);
}

int engine_run_note(void *context, lethe_error *error)
{
    engine_run *run = context;
    BASE_TRY(save_parts(run, error));
    return engine_journal_write(&run->journal, note_all, run, error);
}

static bool exists(const char *folder, const char *name)
{
    char path[BASE_PATH_MAX + 16];
    struct stat status;
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return lstat(path, &status) == 0;
}

/* The folder of an interrupted run, or none. Nothing in it is changed: it may be refused yet. */
static int find_journal(engine_run *run, bool *ret_found, lethe_error *error)
{
    struct stat status;
    BASE_TRY(engine_journal_find(run->settings.output, run->ring, &run->journal, ret_found, error));
    if (!*ret_found)
        return 0;
    run->adopted = true;
    if (lstat(run->settings.output, &status) != 0)
        return 0;
    /* Killed when its dataset had its name already, there is nothing to keep; else somebody else's folder is in the
     * way. */
    if (!exists(run->journal.holder.work_path, "dataset") && exists(run->settings.output, "manifest.json"))
        run->adopted = false;
    base_fail(error, LETHE_E_BASE_EXISTS);
    base_error_file(error, run->settings.output);
    return LETHE_E_BASE_EXISTS;
}

static int take_up(engine_run *run, lethe_error *error)
{
    char dataset[BASE_PATH_MAX + 16];
    BASE_TRY(engine_journal_read(&run->journal, recall_all, run, error));
    (void)snprintf(dataset, sizeof(dataset), "%s/dataset", run->journal.holder.work_path);
    base_folder_remove(dataset); /* rows that were being written: they are written again */
    return 0;
}

static int begin_journal(engine_run *run, lethe_error *error)
{
    const bool kept = engine_source_regular(run->source);
    BASE_TRY(engine_journal_begin(run->settings.output, run->settings.temporary_folder, kept, run->ring, &run->journal,
                                  error));
    BASE_TRY(engine_store_new(run->settings.memory_bytes / 2, run->journal.spill_path,
                              kept ? run->journal.run_key : NULL, &run->store, error));
    return make_parts(run, error);
}

int engine_run_open(engine_run *run, lethe_error *error)
{
    bool found = false;
    if (run->settings.resume)
        BASE_TRY(find_journal(run, &found, error));
    BASE_TRY(found ? take_up(run, error) : begin_journal(run, error));
    BASE_TRY(base_folder_begin_in(run->settings.output, run->journal.holder.work_path, "dataset", &run->folder, error));
    engine_store_account(run->store, (int64_t)engine_source_list_bytes(run->source));
    if (!run->journal.kept)
        return 0;
    run->gate.interval_ns = (uint64_t)run->settings.checkpoint_ms * 1000000u;
    run->gate.before = save_parts;
    run->gate.write = engine_run_note;
    run->gate.context = run;
    return found ? 0 : engine_run_note(run, error);
}

/* What may pass: somebody stopped the run, a disk was full or not there, memory was short. */
static bool may_go_on(int status)
{
    return status == LETHE_E_BASE_CANCELLED || status == LETHE_E_BASE_IO || status == LETHE_E_BASE_MEMORY ||
           status == LETHE_E_BASE_NOT_FOUND;
}

void engine_run_close(engine_run *run, int status)
{
    /* A run that could not be taken up again is left as it is, whatever the reason. */
    const bool refused = run->adopted && run->folder.final_path[0] == '\0';
    if (refused || (status != 0 && run->settings.resume && run->journal.kept && may_go_on(status)))
        base_folder_abandon(&run->folder);
    else
        engine_journal_remove(&run->journal);
    engine_journal_close(&run->journal);
}

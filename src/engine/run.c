/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run.h"

#include "crypt/secret.h"
#include "engine/columns.h"
#include "engine/external.h"
#include "engine/index.h"
#include "engine/losses.h"
#include "engine/measure.h"
#include "engine/pool.h"
#include "engine/release.h"

#include <lethe/verify.h>

#include <math.h>
#include <stdlib.h>

#define DOCUMENT_MAX   JSON_DOCUMENT_MAX
#define PLAN_BYTES_MAX ((size_t)1 << 36)
#define CATALOG_SHARE  8  /* of the memory may be a table of shared resources */
#define SLICE_SHARE    12 /* a worker's slice of a partition takes some three times its bytes: a quarter for all */

static double seconds_since(const struct timespec *begin)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - begin->tv_sec) + (double)(now.tv_nsec - begin->tv_nsec) / 1e9;
}

static void begin_phase(engine_run *run, lethe_phase phase)
{
    run->phase = phase;
    (void)clock_gettime(CLOCK_MONOTONIC, &run->phase_began);
}

static void end_phase(engine_run *run)
{
    run->account.seconds[run->phase] += seconds_since(&run->phase_began);
}

static int tell(void *context, uint64_t done, uint64_t total)
{
    const engine_run *run = context;
    const lethe_progress progress = {run->phase, done, total};
    return run->options->progress != NULL ? run->options->progress(run->options->progress_context, &progress) : 0;
}

/* The key of record keys comes from the project's key: a run that is repeated hashes the same way. */
static int derive_record_secret(engine_run *run, base_hash_key *ret_secret, lethe_error *error)
{
    uint8_t key[32];
    BASE_TRY(crypt_keyring_derive(run->ring, CRYPT_SHARD, key, error));
    memcpy(ret_secret, key, sizeof(*ret_secret));
    crypt_wipe(key, sizeof(key));
    return 0;
}

static int read_input(engine_run *run, lethe_error *error)
{
    const engine_settings *settings = &run->settings;
    begin_phase(run, LETHE_PHASE_READ);
    run->ingest.source = run->source;
    run->ingest.secret = run->record_secret;
    run->ingest.patient_identifier = settings->patient_identifier;
    run->ingest.threads = settings->threads;
    run->ingest.strict = settings->strict;
    run->ingest.progress = tell;
    run->ingest.progress_context = run;
    run->ingest.gate = &run->gate;
    run->ingest.records = run->records;
    run->ingest.catalog = &run->catalog;
    run->ingest.people = &run->people;
    run->ingest.claims = &run->claims;
    run->ingest.withheld = &run->withheld;
    BASE_TRY(engine_source_seek(run->source, &run->position, error));
    if (run->stage == ENGINE_STAGE_READ)
        BASE_TRY(engine_ingest_run(&run->ingest, error));
    BASE_TRY(engine_people_settle(&run->people, error));
    end_phase(run);
    return 0;
}

/* What the settings say, else the end of the latest month in which k people have events. */
static int choose_as_of(engine_run *run, int32_t *ret_day, lethe_error *error)
{
    if (run->settings.has_as_of) {
        run->created_at_from = run->settings.as_of_from;
        *ret_day = run->settings.as_of_day;
        return 0;
    }
    run->created_at_from = "the end of the latest month in which at least k people have events";
    if (run->has_day)
        return 0;
    return engine_map_latest_month(&run->map.gather, run->settings.k, run->settings.threads, ret_day, error);
}

/* References into the catalog, moved records and the as-of day: what the map needs and the journal need not hold. */
static int prepare_map(engine_run *run, lethe_error *error)
{
    const engine_settings *settings = &run->settings;
    BASE_TRY(engine_catalog_settle(&run->catalog, settings->memory_bytes / CATALOG_SHARE, error));
    if (run->stage < ENGINE_STAGE_MAP) {
        BASE_TRY(engine_claims_settle(&run->claims, run->records, &run->people, settings->threads, error));
        BASE_TRY(engine_gather_move(&run->map.gather, run->store, error));
    }
    run->map.gather.lost = run->claims.lost;
    BASE_TRY(choose_as_of(run, &run->map.derive.as_of_day, error));
    run->has_day = true;
    run->stage = ENGINE_STAGE_MAP;
    return engine_gate_mark(&run->gate, error);
}

static int map_people(engine_run *run, lethe_error *error)
{
    const engine_settings *settings = &run->settings;
    engine_map *map = &run->map;
    begin_phase(run, LETHE_PHASE_MAP);
    map->gather.records = run->records;
    map->gather.people = &run->people;
    map->gather.slice_bytes = settings->memory_bytes / (SLICE_SHARE * settings->threads);
    map->catalog = &run->catalog;
    map->ring = run->ring;
    map->patient_identifier = settings->patient_identifier;
    map->derive.snapshots = settings->snapshots;
    map->derive.horizon_months = settings->horizon_months;
    map->threads = settings->threads;
    map->progress = tell;
    map->progress_context = run;
    map->gate = &run->gate;
    map->strict = settings->strict;
    map->source = run->source;
    map->withheld = &run->withheld;
    map->rows = run->rows;
    map->mapped = run->mapped;
    if (run->stage < ENGINE_STAGE_DECIDED) {
        BASE_TRY(prepare_map(run, error));
        BASE_TRY(engine_map_run(map, error));
        BASE_TRY(engine_gate_mark(&run->gate, error));
    } else {
        BASE_TRY(choose_as_of(run, &map->derive.as_of_day, error));
    }
    engine_format_day(map->derive.as_of_day, run->created_at);
    if (map->rows_made == 0)
        return base_fail(error, LETHE_E_ENGINE_NO_PEOPLE);
    end_phase(run);
    return 0;
}

static engine_composer composer_of(const engine_run *run)
{
    return (engine_composer){run->hierarchies, run->cohort.plan.node, run->settings.external};
}

/* The plan and what the list rule takes, found or as the journal has them. */
static int find_plan(engine_run *run, lethe_error *error)
{
    privacy_decide_options options;
    if (run->stage == ENGINE_STAGE_DECIDED)
        return privacy_plan_decode(base_buf_view(&run->plan), &run->cohort.signatures, &run->cohort.plan, error);
    engine_decide_options(&run->settings, run->settings.visits, &options);
    options.progress = tell;
    options.progress_context = run;
    const engine_list_rule lists = {run->settings.k, run->settings.items, false, run->settings.beta};
    const engine_list_rule risks = {run->settings.k, run->settings.items, true, run->settings.beta};
    if (run->settings.external) {
        BASE_TRY(engine_external_decide(&run->cohort, &options, &lists, &run->account.effort, error));
    } else {
        BASE_TRY(engine_cohort_decide(&run->cohort, &options, &run->account.effort, error));
        BASE_TRY(engine_pool_decide(&run->cohort, &lists, engine_pool_rows, NULL, &run->cohort.lists, error));
    }
    engine_composer composer = composer_of(run);
    BASE_TRY(engine_pool_decide(&run->cohort, &risks, engine_pool_with_risks, &composer, &run->cohort.risks, error));
    privacy_plan_encode(&run->cohort.plan, &run->plan);
    BASE_TRY(base_buf_check(&run->plan, error));
    run->stage = ENGINE_STAGE_DECIDED;
    return engine_gate_mark(&run->gate, error);
}

static int decide(engine_run *run, lethe_error *error)
{
    begin_phase(run, LETHE_PHASE_DECIDE);
    if (tell(run, 0, 1) != 0)
        return base_fail(error, LETHE_E_BASE_CANCELLED);
    BASE_TRY(engine_hierarchies_new(&run->hierarchies, error));
    run->cohort.rows = run->rows;
    run->cohort.hierarchies = run->hierarchies;
    run->cohort.threads = run->settings.threads;
    BASE_TRY(engine_cohort_count(&run->cohort, error));
    BASE_TRY(find_plan(run, error));
    end_phase(run);
    return 0;
}

static int apply(engine_run *run, lethe_error *error)
{
    begin_phase(run, LETHE_PHASE_APPLY);
    BASE_TRY(engine_model_new(&run->model, error));
    BASE_TRY(embed_model_prepare(run->model, error));
    run->apply = (engine_apply){
        .cohort = &run->cohort,
        .composer = composer_of(run),
        .model = run->model,
        .folder = &run->folder,
        .progress = tell,
        .progress_context = run,
        .files = &run->files,
    };
    BASE_TRY(engine_apply_run(&run->apply, error));
    end_phase(run);
    return 0;
}

static void state_guarantee(engine_run *run)
{
    const engine_settings *settings = &run->settings;
    char *text = run->result.statement;
    const size_t size = sizeof(run->result.statement);
    if (settings->external)
        (void)snprintf(text, size,
                       "whoever knows the quasi-identifiers of a person's one row and at most %u list items finds at "
                       "least %u people who fit, or none; and a sensitive item is in no class more than %g times "
                       "likelier than over all",
                       settings->items, settings->k, 1 + settings->beta);
    else if (settings->visits == 1 && settings->items == 1)
        (void)snprintf(text, size,
                       "whoever knows one visit's quasi-identifiers, or one list item, of a person finds at least %u "
                       "people who fit, or none",
                       settings->k);
    else
        (void)snprintf(text, size,
                       "whoever knows the quasi-identifiers of at most %u visits in their order, or at most %u list "
                       "items, of a person finds at least %u people who fit, or none",
                       settings->visits, settings->items, settings->k);
}

static double covered(const clinical_coverage *coverage, clinical_domain domain)
{
    const clinical_coverage_count *count = &coverage->domains[domain];
    return count->occurrences != 0 ? (double)count->covered / (double)count->occurrences : NAN;
}

static double items_kept(const privacy_list_result *lists)
{
    uint64_t before = 0, after = 0;
    for (int column = 0; column < RECORD_COLUMN_COUNT; column++) {
        before += lists->before[column];
        after += lists->after[column];
    }
    return before != 0 ? (double)after / (double)before : 1;
}

static lethe_values *values_of(lethe_run_result *result, record_column column)
{
    switch (column) {
    case RECORD_HISTORY_CONCEPTS:
    case RECORD_MEDICATION_CONCEPTS:
    case RECORD_ALLERGY_CONCEPTS:
        return &result->concepts;
    case RECORD_OUTCOMES:
        return &result->outcomes;
    case RECORD_VITAL_FLAGS:
        return &result->flags;
    default:
        return &result->categories;
    }
}

/* Which values of the lists are left to somebody, and the largest that are not. */
static void fill_values(engine_run *run)
{
    lethe_run_result *result = &run->result;
    engine_list_losses columns[RECORD_COLUMN_COUNT];
    record_item gone[LETHE_GONE_MAX];
    engine_count_lists(&run->cohort, columns);
    for (int i = 0; i < RECORD_COLUMN_COUNT; i++) {
        if (i == RECORD_RISK_FACTORS)
            continue;
        lethe_values *values = values_of(result, (record_column)i);
        values->read += columns[i].values;
        values->released += columns[i].values_released;
    }
    result->gone_count = engine_list_gone(&run->cohort, engine_people_floor(run->settings.k), LETHE_GONE_MAX, gone);
    for (size_t i = 0; i < result->gone_count; i++)
        result->gone[i] = (lethe_gone){engine_column_name(clinical_item_column(gone[i])), clinical_item_name(gone[i]),
                                       engine_item_held(&run->cohort, gone[i])};
}

/* What came in, and what of it could not be used: said of a run that failed too. */
static void fill_account(engine_run *run)
{
    lethe_run_result *result = &run->result;
    engine_withheld_sort(&run->withheld);
    result->records_read = run->ingest.fhir.broken + run->ingest.flat_records;
    for (int type = 0; type < FHIR_RESOURCE_TYPE_COUNT; type++)
        result->records_read += run->ingest.fhir.types[type].read;
    result->bytes_read = run->source != NULL ? engine_source_count(run->source).text_bytes : 0;
    result->patients_read = run->map.people;
    result->patients_without_visits = run->map.people_without_visits;
    memcpy(result->as_of, run->created_at, sizeof(result->as_of));
    result->records_withheld = run->withheld.total;
    result->withheld_count = engine_withheld_tell(&run->withheld, run->source, result->withheld);
}

static void fill_result(engine_run *run)
{
    lethe_run_result *result = &run->result;
    result->visits_read = run->map.rows_made;
    for (int split = 0; split < IDENTITY_SPLIT_COUNT; split++) {
        result->patients_released += run->apply.split_people[split];
        result->visits_released += run->apply.split_rows[split];
    }
    result->bytes_spilled = run->store->written_bytes;
    result->resumed = run->resumed;
    result->information_kept = 1 - run->cohort.plan.loss;
    result->items_kept = items_kept(&run->cohort.lists);
    result->condition_coverage = covered(&run->ingest.coverage, CLINICAL_HISTORY);
    result->medication_coverage = covered(&run->ingest.coverage, CLINICAL_MEDICATION);
    result->similarity_spearman = result->raw_hit = result->released_hit = NAN;
    fill_values(run);
}

static int write_documents(engine_run *run, lethe_error *error)
{
    const engine_settings *settings = &run->settings;
    engine_release release = {
        .settings = settings,
        .progress = tell,
        .progress_context = run,
        .cohort = &run->cohort,
        .composer = &run->apply.composer,
        .apply = &run->apply,
        .classes = &run->classes,
        .model = run->model,
        .ring = run->ring,
        .folder = &run->folder,
        .files = &run->files,
        .dataset_name = settings->dataset_name,
        .audience = settings->audience,
        .level = settings->level,
        .created_at = run->created_at,
        .created_at_from = run->created_at_from,
        .snapshots = settings->snapshots_name,
        .statement = run->result.statement,
        .k = settings->k,
        .attacker_visits = settings->visits,
        .attacker_items = settings->items,
        .horizon_months = settings->horizon_months,
        .suppression_limit = settings->suppression_limit,
        .beta = settings->beta,
    };
    BASE_TRY(engine_classes_count(&run->cohort, &run->classes, error));
    BASE_TRY(engine_release_plan(&release, error));
    BASE_TRY(engine_release_support(&release, error));
    BASE_TRY(engine_release_vocabulary(&release, error));
    BASE_TRY(engine_release_schema(&release, error));
    BASE_TRY(engine_release_card(&release, error));
    BASE_TRY(engine_measure(&release, &run->ingest.coverage, &run->result, error));
    release.similarity = run->result.similarity_spearman;
    return engine_release_manifest(&release, error);
}

/* The gate's last word: the folder must prove itself, by the code that counts for itself, before it gets its name. */
static int prove(const engine_run *run, lethe_error *error)
{
    lethe_verify_result *result = calloc(1, sizeof(*result));
    if (result == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    const lethe_verify_options options = {.size_bytes = sizeof(options), .threads = (uint32_t)run->settings.threads};
    const int status = lethe_verify(run->folder.work_path, &options, result, error);
    free(result);
    return status;
}

static int tell_index(void *context, uint64_t done, uint64_t total)
{
    return tell(context, done, total);
}

/* From the files that were just proved, by the code of `lethe index build`: who makes it again gets these bytes. */
static int build_index(engine_run *run, lethe_error *error)
{
    const lethe_index_options options = {sizeof(options), tell_index, run};
    return run->settings.vectors ? engine_index_build(run->folder.work_path, &options, error) : 0;
}

static int report(engine_run *run, const struct timespec *began, lethe_error *error)
{
    begin_phase(run, LETHE_PHASE_REPORT);
    if (tell(run, 0, 1) != 0)
        return base_fail(error, LETHE_E_BASE_CANCELLED);
    clinical_coverage_merge(&run->ingest.coverage, &run->map.coverage);
    state_guarantee(run);
    fill_account(run);
    fill_result(run);
    BASE_TRY(write_documents(run, error));
    BASE_TRY(prove(run, error));
    BASE_TRY(build_index(run, error));
    end_phase(run);
    run->result.seconds = seconds_since(began);
    run->account.result = &run->result;
    run->account.ingest = &run->ingest;
    run->account.map = &run->map;
    run->account.cohort = &run->cohort;
    run->account.withheld = &run->withheld;
    run->account.spilled_bytes = run->store->written_bytes;
    run->account.resumed = run->resumed;
    run->account.source = engine_source_count(run->source);
    run->account.threads = run->settings.threads;
    run->account.started_at = run->started_at;
    BASE_TRY(engine_account_write(&run->account, &run->folder, error));
    return base_folder_commit(&run->folder, error);
}

static int run_all(engine_run *run, lethe_error *error)
{
    struct timespec began;
    time_t now = time(NULL);
    struct tm civil;
    (void)clock_gettime(CLOCK_MONOTONIC, &began);
    if (gmtime_r(&now, &civil) != NULL)
        (void)strftime(run->started_at, sizeof(run->started_at), "%Y-%m-%dT%H:%M:%SZ", &civil);
    BASE_TRY(engine_settings_make(run->options, &run->settings, error));
    BASE_TRY(crypt_keyring_open(run->settings.key_file, &run->ring, error));
    BASE_TRY(derive_record_secret(run, &run->record_secret, error));
    BASE_TRY(engine_source_open(run->settings.input, DOCUMENT_MAX, &run->source, error));
    BASE_TRY(engine_run_open(run, error)); /* before hours are spent */
    BASE_TRY(read_input(run, error));
    BASE_TRY(map_people(run, error));
    BASE_TRY(decide(run, error));
    BASE_TRY(apply(run, error));
    return report(run, &began, error);
}

static void close_run(engine_run *run, int status)
{
    engine_run_close(run, status);
    engine_files_done(&run->files);
    engine_classes_done(&run->classes);
    engine_apply_done(&run->apply);
    engine_cohort_done(&run->cohort);
    embed_model_free(run->model);
    free(run->hierarchies);
    clinical_coverage_done(&run->ingest.coverage);
    clinical_coverage_done(&run->map.coverage);
    engine_parts_free(run->map.gather.moved);
    engine_claims_done(&run->claims);
    engine_parts_free(run->records);
    engine_parts_free(run->rows);
    engine_catalog_done(&run->catalog);
    engine_store_free(run->store);
    engine_gate_done(&run->gate);
    base_buf_done(&run->plan);
    free(run->mapped);
    engine_people_done(&run->people);
    engine_withheld_done(&run->withheld);
    engine_source_close(run->source);
    crypt_keyring_free(run->ring);
}

int lethe_run(const lethe_run_options *options, const lethe_io *io, lethe_run_result *ret_result, lethe_error *error)
{
    engine_run *run = calloc(1, sizeof(*run));
    if (run == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    if (io != NULL) {
        free(run);
        return engine_bad_option(error, "io");
    }
    run->options = options;
    run->journal.lock = -1;
    engine_gate_init(&run->gate, 0);
    base_buf_init(&run->plan, PLAN_BYTES_MAX);
    privacy_signatures_init(&run->cohort.signatures);
    engine_people_init(&run->people);
    engine_withheld_init(&run->withheld);
    engine_files_init(&run->files);
    const int status = run_all(run, error);
    if (status == LETHE_E_BASE_IO) /* what names no file was written: spill before rows, the output after */
        base_error_file(error, run->phase < LETHE_PHASE_APPLY && run->settings.temporary_folder != NULL
                                   ? run->settings.temporary_folder
                                   : run->settings.output);
    if (status != 0) {
        run->result = (lethe_run_result){0};
        fill_account(run);
    }
    *ret_result = run->result;
    close_run(run, status);
    free(run);
    return status;
}

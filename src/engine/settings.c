/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/settings.h"

#include "base/file.h"
#include "base/threads.h"
#include "engine/rows.h"
#include "privacy/decide.h"
#include "privacy/lists.h"
#include "table/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int engine_bad_option(lethe_error *error, const char *name)
{
    base_fail(error, LETHE_E_ENGINE_OPTION);
    base_error_path(error, name);
    return LETHE_E_ENGINE_OPTION;
}

void engine_format_day(int32_t day, char ret_text[16])
{
    const base_civil civil = base_civil_of(day);
    (void)snprintf(ret_text, 16, "%04d-%02d-%02d", (int)civil.year % 10000, (int)civil.month % 100,
                   (int)civil.day % 100);
}

/* What a QI is worth in the Loss: what predicts disease before what only dates or places it. docs/SPEC-plan.md. */
static const double QI_WEIGHTS[RECORD_QI_COUNT] = {
    [RECORD_QI_PERIOD] = 0.25, [RECORD_QI_GAP] = 0.25,    [RECORD_QI_AGE] = 6,    [RECORD_QI_SEX] = 2,
    [RECORD_QI_PREGNANCY] = 1, [RECORD_QI_DENSITY] = 0.5, [RECORD_QI_REGION] = 1, [RECORD_QI_SEASON] = 2,
    [RECORD_QI_EXPOSURE] = 1,  [RECORD_QI_OBSERVED] = 0,
};

void engine_decide_options(const engine_settings *settings, uint32_t visits, privacy_decide_options *ret_options)
{
    privacy_decide_options_init(ret_options);
    ret_options->k = settings->k;
    ret_options->visits = visits;
    ret_options->suppression_limit = settings->suppression_limit;
    ret_options->threads = (uint32_t)settings->threads;
    ret_options->plan_seconds = settings->plan_seconds;
    memcpy(ret_options->weight, QI_WEIGHTS, sizeof(ret_options->weight));
}

static int choose_level(const lethe_run_options *options, engine_settings *settings, lethe_error *error)
{
    settings->level = options->level != NULL ? options->level : "standard";
    settings->internal = strcmp(settings->level, "internal") == 0;
    settings->external = strcmp(settings->level, "external") == 0;
    if (!settings->internal && !settings->external && strcmp(settings->level, "standard") != 0)
        return engine_bad_option(error, "level");
    const bool standard = !settings->internal && !settings->external;
    settings->k = options->k != 0 ? options->k : settings->external ? ENGINE_EXTERNAL_K : 5;
    settings->visits = options->attacker_visits != 0 ? options->attacker_visits : standard ? 2 : 1;
    settings->items = options->attacker_items != 0 ? options->attacker_items : settings->internal ? 1 : 2;
    if (settings->k < (settings->external ? ENGINE_EXTERNAL_K : 2) || settings->k > 1000000)
        return engine_bad_option(error, "k");
    if (settings->visits > PRIVACY_VISITS_MAX || (standard && settings->visits < 2) ||
        (settings->external && settings->visits != 1))
        return engine_bad_option(error, "attacker-visits");
    if (settings->items > PRIVACY_LIST_ITEMS_MAX || (settings->external && settings->items < 2))
        return engine_bad_option(error, "attacker-items");
    if (!(options->beta >= 0 && options->beta <= 100) || (options->beta != 0 && !settings->external))
        return engine_bad_option(error, "beta");
    settings->beta = !settings->external ? 0 : options->beta != 0 ? options->beta : ENGINE_EXTERNAL_BETA;
    return 0;
}

static int choose_snapshots(const lethe_run_options *options, engine_settings *settings, lethe_error *error)
{
    static const struct {
        const char *name;
        clinical_snapshots mode;
    } modes[] = {{"visits", CLINICAL_SNAPSHOTS_VISITS},
                 {"yearly", CLINICAL_SNAPSHOTS_YEARLY},
                 {"latest", CLINICAL_SNAPSHOTS_LATEST},
                 {"followed", CLINICAL_SNAPSHOTS_FOLLOWED}};
    settings->snapshots_name = options->snapshots != NULL ? options->snapshots
                               : settings->external       ? "followed"
                                                          : "visits";
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
        if (strcmp(settings->snapshots_name, modes[i].name) == 0) {
            const bool one = modes[i].mode == CLINICAL_SNAPSHOTS_LATEST || modes[i].mode == CLINICAL_SNAPSHOTS_FOLLOWED;
            settings->snapshots = modes[i].mode;
            return settings->external && !one ? engine_bad_option(error, "snapshots") : 0;
        }
    return engine_bad_option(error, "snapshots");
}

/* A name that stands in a manifest: UTF-8, no control characters, not longer than a line. */
static bool printable(const char *name)
{
    if (!table_utf8_valid(base_span_of(name)))
        return false;
    size_t size = 0;
    for (; name[size] != '\0'; size++)
        if ((unsigned char)name[size] < 0x20 || name[size] == 0x7f || size > 120)
            return false;
    return size != 0;
}

static int choose_names(const lethe_run_options *options, engine_settings *settings, lethe_error *error)
{
    char path[BASE_PATH_MAX];
    settings->audience = options->audience != NULL ? options->audience : "unnamed";
    if (!printable(settings->audience))
        return engine_bad_option(error, "audience");
    if ((size_t)snprintf(path, sizeof(path), "%s", options->output) >= sizeof(path))
        return engine_bad_option(error, "output");
    for (size_t size = strlen(path); size > 1 && path[size - 1] == '/'; size--)
        path[size - 1] = '\0';
    char *slash = strrchr(path, '/');
    const char *name = options->dataset_name != NULL ? options->dataset_name : slash != NULL ? slash + 1 : path;
    if (!printable(name) || (size_t)snprintf(settings->dataset_name, sizeof(settings->dataset_name), "%s", name) >=
                                sizeof(settings->dataset_name))
        return engine_bad_option(error, "dataset-name");
    settings->temporary_folder = options->temporary_folder;
    return settings->temporary_folder != NULL && strlen(settings->temporary_folder) >= BASE_PATH_MAX
               ? engine_bad_option(error, "temporary-folder")
               : 0;
}

int engine_check_apart(const char *input, const char *output, lethe_error *error)
{
    char parent[BASE_PATH_MAX];
    if ((size_t)snprintf(parent, sizeof(parent), "%s", output) >= sizeof(parent))
        return engine_bad_option(error, "output");
    for (size_t size = strlen(parent); size > 1 && parent[size - 1] == '/'; size--)
        parent[size - 1] = '\0';
    char *slash = strrchr(parent, '/');
    if (slash == NULL)
        (void)snprintf(parent, sizeof(parent), ".");
    else
        slash[slash == parent ? 1 : 0] = '\0';
    char *folder = strcmp(input, "-") != 0 ? realpath(input, NULL) : NULL;
    char *place = realpath(parent, NULL);
    const size_t size = folder != NULL ? strlen(folder) : 0;
    const bool inside = size != 0 && place != NULL && strncmp(folder, place, size) == 0 &&
                        (place[size] == '/' || place[size] == '\0' || folder[size - 1] == '/');
    free(folder);
    free(place);
    if (!inside)
        return 0;
    base_fail(error, LETHE_E_ENGINE_OVERLAP);
    base_error_file(error, output);
    return LETHE_E_ENGINE_OVERLAP;
}

/* Spill may be hours away: whether there is a place for it is asked now. */
static int check_temporary(const engine_settings *settings, lethe_error *error)
{
    if (access(settings->temporary_folder, W_OK | X_OK) == 0)
        return 0;
    const int code = errno == ENOENT ? LETHE_E_BASE_NOT_FOUND : LETHE_E_BASE_IO;
    base_fail_errno(error, code);
    base_error_file(error, settings->temporary_folder);
    return code;
}

/* The day of builds that are to be repeated (reproducible-builds.org), where the environment has one. */
static int choose_epoch_day(engine_settings *settings, lethe_error *error)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    char *end = NULL;
    if (epoch == NULL || epoch[0] == '\0')
        return 0;
    const long long seconds = epoch[0] >= '0' && epoch[0] <= '9' ? strtoll(epoch, &end, 10) : -1;
    if (seconds < 0 || *end != '\0' || seconds / 86400 > BASE_DAY_MAX)
        return engine_bad_option(error, "SOURCE_DATE_EPOCH");
    settings->has_as_of = true;
    settings->as_of_day = (int32_t)(seconds / 86400);
    settings->as_of_from = "SOURCE_DATE_EPOCH";
    return 0;
}

static int choose_day(const lethe_run_options *options, engine_settings *settings, lethe_error *error)
{
    base_time time;
    if (options->as_of == NULL)
        return choose_epoch_day(settings, error);
    if (base_time_parse(base_span_of(options->as_of), &time, NULL) != 0 || time.precision != BASE_PRECISION_DAY)
        return engine_bad_option(error, "as-of");
    settings->has_as_of = true;
    settings->as_of_day = time.day;
    settings->as_of_from = "the caller's --as-of";
    return 0;
}

static int choose_limits(const lethe_run_options *options, engine_settings *settings, lethe_error *error)
{
    settings->horizon_months = options->horizon_months != 0 ? options->horizon_months : CLINICAL_HORIZON_MONTHS_DEFAULT;
    settings->plan_seconds = options->plan_seconds != 0 ? options->plan_seconds : 600;
    settings->threads = options->threads != 0 ? options->threads : base_threads_default();
    settings->suppression_limit = options->suppression_limit > 0 ? options->suppression_limit : 0.2;
    settings->memory_bytes = options->memory_bytes != 0 ? options->memory_bytes : (uint64_t)1 << 30;
    settings->strict = options->strict != 0;
    settings->vectors = options->no_vectors == 0;
    settings->raw_ceiling = options->raw_ceiling != 0;
    settings->frontier = options->frontier != 0;
    if (settings->horizon_months > 1200)
        return engine_bad_option(error, "horizon-months");
    if (settings->threads > BASE_THREADS_MAX)
        return engine_bad_option(error, "threads");
    if (!(options->suppression_limit >= 0 && options->suppression_limit <= 1))
        return engine_bad_option(error, "suppression-limit");
    return settings->memory_bytes < ENGINE_MEMORY_MIN ? engine_bad_option(error, "memory") : 0;
}

/* Standard input cannot be read twice, so a run of it is never to be resumed. */
static int choose_journal(const lethe_run_options *options, engine_settings *settings, lethe_error *error)
{
    settings->resume = options->resume != 0;
    settings->checkpoint_ms = options->checkpoint_ms != 0 ? options->checkpoint_ms : ENGINE_CHECKPOINT_MS;
    if (settings->checkpoint_ms > ENGINE_CHECKPOINT_MS_MAX)
        return engine_bad_option(error, "checkpoint-seconds");
    return settings->resume && strcmp(settings->input, "-") == 0 ? engine_bad_option(error, "resume") : 0;
}

int engine_settings_make(const lethe_run_options *options, engine_settings *ret_settings, lethe_error *error)
{
    engine_settings settings = {0};
    if (options->size_bytes != sizeof(*options))
        return engine_bad_option(error, "size_bytes");
    if (options->input == NULL)
        return engine_bad_option(error, "input");
    if (options->output == NULL || options->output[0] == '\0')
        return engine_bad_option(error, "output");
    if (options->key_file == NULL)
        return engine_bad_option(error, "key");
    settings.input = options->input;
    settings.output = options->output;
    settings.key_file = options->key_file;
    settings.patient_identifier = options->patient_identifier;
    BASE_TRY(choose_level(options, &settings, error));
    BASE_TRY(choose_snapshots(options, &settings, error));
    BASE_TRY(choose_names(options, &settings, error));
    BASE_TRY(engine_check_apart(settings.input, settings.output, error));
    BASE_TRY(choose_day(options, &settings, error));
    BASE_TRY(choose_limits(options, &settings, error));
    if (options->temporary_folder != NULL)
        BASE_TRY(check_temporary(&settings, error));
    BASE_TRY(choose_journal(options, &settings, error));
    *ret_settings = settings;
    return 0;
}

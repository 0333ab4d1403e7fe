/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"
#include "cli/verbs.h"

#include <lethe/run.h>

#include <math.h>

static int show_progress(void *context, const lethe_progress *progress)
{
    static const char *const labels[] = {"reading", "features", "deciding", "writing", "measuring"};
    return cli_bar_update(context, labels[progress->phase], progress->done, progress->total);
}

static void json_share(FILE *out, const char *name, double value)
{
    if (isnan(value))
        (void)fprintf(out, ", \"%s\": null", name);
    else
        (void)fprintf(out, ", \"%s\": %.6f", name, floor(value * 1e6) / 1e6);
}

/* Down to a tenth of a percent: 99.96 % is not all. */
static double percent(double share)
{
    return floor(share * 1000) / 10;
}

/* What came in and what of it could not be used, for a run that succeeds and for one that fails. */
static void print_json_account(const lethe_run_result *result)
{
    (void)printf("\"records_read\": %llu, \"records_withheld\": %llu, \"withheld\": {",
                 (unsigned long long)result->records_read, (unsigned long long)result->records_withheld);
    for (size_t i = 0; i < result->withheld_count; i++)
        (void)printf("%s\"%s\": %llu", i != 0 ? ", " : "", result->withheld[i].first.name,
                     (unsigned long long)result->withheld[i].records);
    (void)printf("}");
    if (result->as_of[0] == '\0')
        return; /* the run did not come to its patients */
    (void)printf(", \"as_of\": \"%s\"", result->as_of);
    (void)printf(", \"patients_read\": %llu, \"patients_without_visits\": %llu",
                 (unsigned long long)result->patients_read, (unsigned long long)result->patients_without_visits);
}

static void print_json_failure(const lethe_run_result *result, const lethe_error *error)
{
    (void)printf("{\"error\": ");
    cli_print_json_error(stdout, CLI_RUN, error);
    (void)printf(", ");
    print_json_account(result);
    (void)printf("}\n");
}

static void print_json_values(const lethe_run_result *result)
{
    const struct {
        const char *name;
        const lethe_values *values;
    } kinds[] = {{"categories", &result->categories},
                 {"concepts", &result->concepts},
                 {"flags", &result->flags},
                 {"outcomes", &result->outcomes}};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        (void)printf(", \"%s\": {\"read\": %llu, \"released\": %llu}", kinds[i].name,
                     (unsigned long long)kinds[i].values->read, (unsigned long long)kinds[i].values->released);
    (void)printf(", \"dropped_for_all\": [");
    for (size_t i = 0; i < result->gone_count; i++)
        (void)printf("%s{\"column\": \"%s\", \"name\": \"%s\", \"people\": %llu}", i != 0 ? ", " : "",
                     result->gone[i].column, result->gone[i].name, (unsigned long long)result->gone[i].people);
    (void)printf("]");
}

static void print_json(const lethe_run_options *options, const lethe_run_result *result)
{
    (void)printf("{\"output\": ");
    cli_print_json_text(stdout, options->output);
    (void)printf(", ");
    print_json_account(result);
    (void)printf(", \"patients_released\": %llu, \"visits_read\": %llu, \"visits_released\": %llu, \"bytes_read\": "
                 "%llu, \"bytes_spilled\": %llu",
                 (unsigned long long)result->patients_released, (unsigned long long)result->visits_read,
                 (unsigned long long)result->visits_released, (unsigned long long)result->bytes_read,
                 (unsigned long long)result->bytes_spilled);
    json_share(stdout, "information_kept", result->information_kept);
    json_share(stdout, "items_kept", result->items_kept);
    print_json_values(result);
    json_share(stdout, "similarity_spearman", result->similarity_spearman);
    json_share(stdout, "raw_hit", result->raw_hit);
    json_share(stdout, "released_hit", result->released_hit);
    json_share(stdout, "condition_coverage", result->condition_coverage);
    json_share(stdout, "medication_coverage", result->medication_coverage);
    (void)printf(", \"resumed\": %llu", (unsigned long long)result->resumed);
    (void)printf(", \"seconds\": %.3f, \"privacy\": ", result->seconds);
    cli_print_json_text(stdout, result->statement);
    (void)printf("}\n");
}

/* Nothing is left of a run that failed, so what it found out about its input is said here. */
static void explain_failure(const lethe_run_result *result)
{
    if (result->records_withheld != 0)
        (void)fprintf(stderr, "  %llu of %llu records read could not be used:\n",
                      (unsigned long long)result->records_withheld, (unsigned long long)result->records_read);
    for (size_t i = 0; i < result->withheld_count; i++) {
        const lethe_error *first = &result->withheld[i].first;
        (void)fprintf(stderr, "  %10llu  %s: %s; the first", (unsigned long long)result->withheld[i].records,
                      first->name, first->message);
        cli_print_place(stderr, first);
        (void)fputc('\n', stderr);
    }
    if (result->patients_without_visits != 0)
        (void)fprintf(stderr, "  %llu of %llu patients have no visit that is dated by %s\n",
                      (unsigned long long)result->patients_without_visits, (unsigned long long)result->patients_read,
                      result->as_of);
}

static void line(const char *label, const char *text)
{
    const bool colour = cli_colour();
    (void)printf("  %s%-12s%s %s\n", colour ? "\033[2m" : "", label, colour ? "\033[0m" : "", text);
}

static void print_values(const lethe_run_result *result)
{
    char text[640];
    (void)snprintf(text, sizeof(text),
                   "%llu of %llu categories, %llu of %llu concepts, %llu of %llu flags, %llu of %llu outcomes",
                   (unsigned long long)result->categories.released, (unsigned long long)result->categories.read,
                   (unsigned long long)result->concepts.released, (unsigned long long)result->concepts.read,
                   (unsigned long long)result->flags.released, (unsigned long long)result->flags.read,
                   (unsigned long long)result->outcomes.released, (unsigned long long)result->outcomes.read);
    line("values left", text);
    size_t at = 0;
    for (size_t i = 0; i < result->gone_count && at < sizeof(text); i++) {
        const lethe_gone *gone = &result->gone[i];
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s (%llu people, %s)", i != 0 ? ", " : "", gone->name,
                               (unsigned long long)gone->people, gone->column);
    }
    if (result->gone_count != 0)
        line("not released", text);
}

static void print_summary(const lethe_run_options *options, const lethe_run_result *result)
{
    char text[640];
    const bool colour = cli_colour();
    (void)printf("\n%sDataset ready%s\n", colour ? "\033[1;32m" : "", colour ? "\033[0m" : "");
    (void)snprintf(text, sizeof(text), "%llu people, %llu visits from %llu records in %.1f s (%.0f MB/s)",
                   (unsigned long long)result->patients_released, (unsigned long long)result->visits_released,
                   (unsigned long long)result->records_read, result->seconds,
                   result->seconds > 0 ? (double)result->bytes_read / 1e6 / result->seconds : 0);
    line("released", text);
    (void)snprintf(text, sizeof(text), "%llu records that could not be used (run.json names their places)",
                   (unsigned long long)result->records_withheld);
    if (result->records_withheld != 0)
        line("left out", text);
    (void)snprintf(text, sizeof(text), "after %llu interruptions", (unsigned long long)result->resumed);
    if (result->resumed != 0)
        line("resumed", text);
    line("guaranteed", result->statement);
    (void)snprintf(
        text, sizeof(text), "%.1f %% of the quasi-identifiers' information, %.1f %% of visits, %.1f %% of list items",
        percent(result->information_kept),
        result->visits_read != 0 ? percent((double)result->visits_released / (double)result->visits_read) : 0,
        percent(result->items_kept));
    line("kept", text);
    print_values(result);
    if (!isnan(result->similarity_spearman)) {
        (void)snprintf(text, sizeof(text), "rank correlation %.3f with the same encoder before the gate",
                       result->similarity_spearman);
        line("similarity", text);
    }
    if (!isnan(result->raw_hit)) {
        (void)snprintf(text, sizeof(text),
                       "hit@3 %.0f %% before the gate, %.0f %% released: a sample, outcomes that stayed",
                       percent(result->raw_hit), percent(result->released_hit));
        line("prediction", text);
    }
    if (!isnan(result->condition_coverage) && !isnan(result->medication_coverage)) {
        (void)snprintf(text, sizeof(text),
                       "%.1f %% of condition and %.1f %% of medication entries with a code or text have a concept",
                       percent(result->condition_coverage), percent(result->medication_coverage));
        line("vocabulary", text);
    }
    (void)snprintf(text, sizeof(text), "%s%sreport.html", options->output,
                   options->output[0] != '\0' && options->output[__builtin_strlen(options->output) - 1] == '/' ? ""
                                                                                                               : "/");
    line("look at", text);
    (void)printf("\n");
}

int cli_run_run(const cli_settings *settings)
{
    lethe_error error = {0};
    lethe_run_result result = {0};
    cli_bar bar;
    const int refused = cli_fhir_check(settings);
    if (refused != CLI_EXIT_DONE)
        return refused;
    cli_bar_init(&bar, cli_flag(settings, CLI_QUIET));
    const lethe_run_options options = {
        .size_bytes = sizeof(options),
        .input = cli_text(settings, CLI_INPUT),
        .output = cli_text(settings, CLI_OUTPUT),
        .key_file = cli_text(settings, CLI_KEY),
        .level = cli_text(settings, CLI_LEVEL),
        .snapshots = cli_text(settings, CLI_SNAPSHOTS),
        .as_of = cli_text(settings, CLI_AS_OF),
        .audience = cli_text(settings, CLI_AUDIENCE),
        .dataset_name = cli_text(settings, CLI_DATASET_NAME),
        .patient_identifier = cli_text(settings, CLI_PATIENT_IDENTIFIER),
        .temporary_folder = cli_text(settings, CLI_TEMPORARY_FOLDER),
        .k = (uint32_t)cli_number(settings, CLI_K),
        .attacker_visits = (uint32_t)cli_number(settings, CLI_ATTACKER_VISITS),
        .attacker_items = (uint32_t)cli_number(settings, CLI_ATTACKER_ITEMS),
        .horizon_months = (uint32_t)cli_number(settings, CLI_HORIZON_MONTHS),
        .plan_seconds = (uint32_t)cli_number(settings, CLI_PLAN_SECONDS),
        .threads = (uint32_t)cli_number(settings, CLI_THREADS),
        .beta = (double)cli_number(settings, CLI_BETA),
        .suppression_limit = cli_share(settings, CLI_SUPPRESSION_LIMIT),
        .memory_bytes = cli_number(settings, CLI_MEMORY),
        .strict = cli_flag(settings, CLI_STRICT),
        .resume = cli_flag(settings, CLI_RESUME),
        .no_vectors = cli_flag(settings, CLI_NO_VECTORS),
        .raw_ceiling = cli_flag(settings, CLI_RAW_CEILING),
        .frontier = cli_flag(settings, CLI_FRONTIER),
        .checkpoint_ms = cli_milliseconds(settings, CLI_CHECKPOINT_SECONDS),
        .progress = show_progress,
        .progress_context = &bar,
    };
    const int status = lethe_run(&options, NULL, &result, &error);
    cli_bar_clear(&bar);
    if (status != 0) {
        if (cli_flag(settings, CLI_JSON))
            print_json_failure(&result, &error);
        const int code = cli_fail(settings, &error);
        explain_failure(&result);
        return code;
    }
    if (cli_flag(settings, CLI_JSON))
        print_json(&options, &result);
    else
        print_summary(&options, &result);
    const int made = cli_fhir_make(settings);
    const int published = cli_publish_all(settings, options.output);
    if (published != CLI_EXIT_DONE || (made != CLI_EXIT_DONE && made != CLI_EXIT_WITHHELD))
        return published != CLI_EXIT_DONE ? published : made;
    return result.records_withheld != 0 ? CLI_EXIT_WITHHELD : made;
}

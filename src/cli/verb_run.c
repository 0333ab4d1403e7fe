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
        (void)fprintf(out, ", \"%s\": %.6f", name, value);
}

static void print_json(const lethe_run_options *options, const lethe_run_result *result)
{
    (void)printf("{\"output\": ");
    cli_print_json_text(stdout, options->output);
    (void)printf(
        ", \"records_read\": %llu, \"records_withheld\": %llu, \"patients_read\": %llu, \"patients_released\": %llu",
        (unsigned long long)result->records_read, (unsigned long long)result->records_withheld,
        (unsigned long long)result->patients_read, (unsigned long long)result->patients_released);
    (void)printf(", \"visits_read\": %llu, \"visits_released\": %llu, \"bytes_read\": %llu, \"bytes_spilled\": %llu",
                 (unsigned long long)result->visits_read, (unsigned long long)result->visits_released,
                 (unsigned long long)result->bytes_read, (unsigned long long)result->bytes_spilled);
    json_share(stdout, "information_kept", result->information_kept);
    json_share(stdout, "items_kept", result->items_kept);
    json_share(stdout, "similarity_spearman", result->similarity_spearman);
    json_share(stdout, "condition_coverage", result->condition_coverage);
    json_share(stdout, "medication_coverage", result->medication_coverage);
    (void)printf(", \"seconds\": %.3f, \"privacy\": ", result->seconds);
    cli_print_json_text(stdout, result->statement);
    (void)printf("}\n");
}

static void line(const char *label, const char *text)
{
    const bool colour = cli_colour();
    (void)printf("  %s%-12s%s %s\n", colour ? "\033[2m" : "", label, colour ? "\033[0m" : "", text);
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
    line("guaranteed", result->statement);
    (void)snprintf(text, sizeof(text),
                   "%.1f %% of the quasi-identifiers' information, %.1f %% of visits, %.1f %% of list items",
                   100 * result->information_kept,
                   result->visits_read != 0 ? 100.0 * (double)result->visits_released / (double)result->visits_read : 0,
                   100 * result->items_kept);
    line("kept", text);
    if (!isnan(result->similarity_spearman)) {
        (void)snprintf(text, sizeof(text), "rank correlation %.3f with the same encoder before the gate",
                       result->similarity_spearman);
        line("similarity", text);
    }
    if (!isnan(result->condition_coverage) && !isnan(result->medication_coverage)) {
        (void)snprintf(text, sizeof(text), "%.1f %% of condition and %.1f %% of medication entries have a concept",
                       100 * result->condition_coverage, 100 * result->medication_coverage);
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
        .suppression_limit = cli_share(settings, CLI_SUPPRESSION_LIMIT),
        .memory_bytes = cli_number(settings, CLI_MEMORY),
        .strict = cli_flag(settings, CLI_STRICT),
        .progress = show_progress,
        .progress_context = &bar,
    };
    const int status = lethe_run(&options, NULL, &result, &error);
    cli_bar_clear(&bar);
    if (status != 0)
        return cli_fail(settings, &error);
    if (cli_flag(settings, CLI_JSON))
        print_json(&options, &result);
    else
        print_summary(&options, &result);
    return result.records_withheld != 0 ? CLI_EXIT_WITHHELD : CLI_EXIT_DONE;
}

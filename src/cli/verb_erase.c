/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"
#include "cli/verbs.h"

#include <lethe/erase.h>

static int show_progress(void *context, lethe_erase_phase phase, uint64_t done, uint64_t total)
{
    static const char *const labels[] = {"proving", "counting", "writing", "indexing"};
    return cli_bar_update(context, labels[phase], done, total);
}

static void print_json(const cli_settings *settings, const lethe_erase_result *result, const lethe_error *error)
{
    (void)printf("{\"dataset\": ");
    cli_print_json_text(stdout, cli_text(settings, CLI_DATASET));
    if (error != NULL) {
        (void)printf(", \"error\": ");
        cli_print_json_error(stdout, CLI_ERASE, error);
    } else {
        (void)printf(", \"patients_erased\": %llu, \"visits_erased\": %llu, \"patients_withheld\": %llu, "
                     "\"visits_withheld\": %llu, \"patients_who_lost_items\": %llu, \"items_withheld\": %llu, "
                     "\"values_withheld_from_all\": %llu, \"patients\": %llu, \"visits\": %llu, \"finished_only\": %s, "
                     "\"leftover\": ",
                     (unsigned long long)result->patients_erased, (unsigned long long)result->visits_erased,
                     (unsigned long long)result->patients_withheld, (unsigned long long)result->visits_withheld,
                     (unsigned long long)result->patients_changed, (unsigned long long)result->items_withheld,
                     (unsigned long long)result->values_withheld, (unsigned long long)result->patients,
                     (unsigned long long)result->visits, result->finished_only ? "true" : "false");
        cli_print_json_text(stdout, result->leftover);
        (void)printf(", \"seconds\": %.2f", result->seconds);
    }
    (void)printf("}\n");
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void print_summary(const lethe_erase_result *result)
{
    if (result->leftover[0] != '\0')
        (void)printf("An erasure that was interrupted had left %s: removed.\n", result->leftover);
    if (result->finished_only) {
        (void)printf("Nobody of these ids is in the dataset any more: that erasure is finished.\n");
        return;
    }
    (void)printf("Erased: %llu patient%s with %llu visit%s.\n", (unsigned long long)result->patients_erased,
                 plural(result->patients_erased), (unsigned long long)result->visits_erased,
                 plural(result->visits_erased));
    (void)printf("Withheld with them, since too few are alike now: %llu visit%s (all of %llu patient%s), and %llu list "
                 "item%s of %llu patient%s.\n",
                 (unsigned long long)result->visits_withheld, plural(result->visits_withheld),
                 (unsigned long long)result->patients_withheld, plural(result->patients_withheld),
                 (unsigned long long)result->items_withheld, plural(result->items_withheld),
                 (unsigned long long)result->patients_changed, plural(result->patients_changed));
    (void)printf("The dataset has %llu patients with %llu visits, signed anew. Older copies of it still have them.\n",
                 (unsigned long long)result->patients, (unsigned long long)result->visits);
}

int cli_run_erase(const cli_settings *settings)
{
    lethe_error error = {0};
    lethe_erase_result result = {0};
    cli_bar bar;
    if (settings->word_count != 0)
        return cli_complain(settings, "words without an option");
    cli_bar_init(&bar, cli_flag(settings, CLI_QUIET));
    const lethe_erase_options options = {
        .size_bytes = sizeof(options),
        .dataset = cli_text(settings, CLI_DATASET),
        .key_file = cli_text(settings, CLI_KEY),
        .ids = settings->many,
        .id_count = settings->many_count,
        .threads = (uint32_t)cli_number(settings, CLI_THREADS),
        .progress = show_progress,
        .progress_context = &bar,
    };
    const int status = lethe_erase(&options, &result, &error);
    cli_bar_clear(&bar);
    if (cli_flag(settings, CLI_JSON))
        print_json(settings, &result, status != 0 ? &error : NULL);
    else if (status == 0)
        print_summary(&result);
    return status != 0 ? cli_fail(settings, &error) : CLI_EXIT_DONE;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"
#include "cli/verbs.h"

#include <lethe/search.h>

#include <string.h>

static int show_building(void *context, uint64_t done, uint64_t total)
{
    return cli_bar_update(context, "indexing", done, total);
}

static int show_checking(void *context, uint64_t done, uint64_t total)
{
    return cli_bar_update(context, "checking", done, total);
}

static void print_json(const cli_settings *settings, const lethe_index_info *info, const lethe_error *error)
{
    (void)printf("{\"dataset\": ");
    cli_print_json_text(stdout, cli_text(settings, CLI_DATASET));
    if (error != NULL) {
        (void)printf(", \"error\": ");
        cli_print_json_error(stdout, CLI_INDEX, error);
    } else {
        (void)printf(", \"rows\": %llu, \"patients\": %llu, \"late_rows\": %llu, \"dead_rows\": %llu, \"generation\": "
                     "%llu, \"dimensions\": %u",
                     (unsigned long long)info->rows, (unsigned long long)info->patients,
                     (unsigned long long)info->late_rows, (unsigned long long)info->dead_rows,
                     (unsigned long long)info->generation, info->dimensions);
    }
    (void)printf("}\n");
}

int cli_run_index(const cli_settings *settings)
{
    lethe_error error = {0};
    lethe_index_info info = {0};
    cli_bar bar;
    const char *word = settings->word_count == 1 ? settings->words[0] : "";
    const bool build = strcmp(word, "build") == 0;
    if (!build && strcmp(word, "check") != 0) {
        (void)fprintf(stderr, "lethe index: build or check; see `lethe help index`\n");
        return CLI_EXIT_USAGE;
    }
    cli_bar_init(&bar, cli_flag(settings, CLI_QUIET));
    const lethe_index_options options = {sizeof(options), build ? show_building : show_checking, &bar};
    const char *dataset = cli_text(settings, CLI_DATASET);
    const int status = build ? lethe_index_build(dataset, &options, &info, &error)
                             : lethe_index_check(dataset, &options, &info, &error);
    cli_bar_clear(&bar);
    if (cli_flag(settings, CLI_JSON))
        print_json(settings, &info, status != 0 ? &error : NULL);
    else if (status == 0)
        (void)printf("%llu rows of %llu people, generation %llu%s\n", (unsigned long long)info.rows,
                     (unsigned long long)info.patients, (unsigned long long)info.generation,
                     build ? "" : ": the index holds what the Parquet files hold");
    return status != 0 ? cli_fail(settings, &error) : CLI_EXIT_DONE;
}

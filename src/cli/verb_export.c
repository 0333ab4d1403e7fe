/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"
#include "cli/verbs.h"

#include <lethe/export.h>

static int show_progress(void *context, uint64_t done, uint64_t total)
{
    return cli_bar_update(context, "exporting", done, total);
}

int cli_run_export(const cli_settings *settings)
{
    lethe_error error = {0};
    lethe_export_result result = {0};
    cli_bar bar;
    if (settings->word_count != 1)
        return cli_complain(settings, "one dataset folder");
    cli_bar_init(&bar, cli_flag(settings, CLI_QUIET));
    const lethe_export_options options = {
        .size_bytes = sizeof(options),
        .dataset = settings->words[0],
        .output = cli_text(settings, CLI_OUTPUT),
        .format = cli_text(settings, CLI_EXPORT_FORMAT),
        .progress = show_progress,
        .progress_context = &bar,
    };
    const int status = lethe_export(&options, &result, &error);
    cli_bar_clear(&bar);
    if (status != 0)
        return cli_fail_alone(settings, &error);
    if (cli_flag(settings, CLI_JSON))
        (void)printf("{\"rows\": %llu, \"patients\": %llu, \"events\": %llu}\n", (unsigned long long)result.rows,
                     (unsigned long long)result.patients, (unsigned long long)result.events);
    else
        (void)printf("%llu rows of %llu patients in %s: not signed, so handed on with the dataset or not at all.\n",
                     (unsigned long long)result.rows, (unsigned long long)result.patients, options.output);
    return CLI_EXIT_DONE;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"
#include "cli/verbs.h"

#include <lethe/synth.h>

static int show_progress(void *context, uint64_t done, uint64_t total)
{
    return cli_bar_update(context, "synthetic", done, total);
}

int cli_run_synth(const cli_settings *settings)
{
    lethe_error error = {0};
    lethe_synth_result result = {0};
    cli_bar bar;
    cli_bar_init(&bar, cli_flag(settings, CLI_QUIET));
    const lethe_synth_options options = {
        .size_bytes = sizeof(options),
        .output = cli_text(settings, CLI_OUTPUT),
        .format = cli_text(settings, CLI_FORMAT),
        .contents = cli_text(settings, CLI_CONTENTS),
        .patients = cli_number(settings, CLI_PATIENTS),
        .seed = cli_number(settings, CLI_SEED),
        .as_of = cli_text(settings, CLI_AS_OF),
        .truth = cli_text(settings, CLI_TRUTH),
        .progress = show_progress,
        .progress_context = &bar,
    };
    const int status = lethe_synth(&options, &result, &error);
    cli_bar_clear(&bar);
    if (status != 0)
        return cli_fail(settings, &error);
    if (cli_flag(settings, CLI_JSON))
        (void)printf("{\"patients\": %llu, \"resources\": %llu, \"bytes\": %llu, \"files\": %llu}\n",
                     (unsigned long long)result.patients, (unsigned long long)result.resources,
                     (unsigned long long)result.bytes, (unsigned long long)result.files);
    else
        (void)printf("%llu synthetic people, %llu resources, %.1f MB in %llu files: %s\n",
                     (unsigned long long)result.patients, (unsigned long long)result.resources,
                     (double)result.bytes / 1e6, (unsigned long long)result.files, options.output);
    return CLI_EXIT_DONE;
}

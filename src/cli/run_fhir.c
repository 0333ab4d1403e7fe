/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"
#include "cli/verbs.h"

#include <lethe/deid.h>

#include <string.h>
#include <unistd.h>

/*
 * The second artefact of a run. It is another reading of the input: what the dataset holds are features, and nothing of
 * it comes from the de-identified records or goes to them. The two are for different people: whoever has both joins
 * them by their content, whatever the pseudonyms are.
 */
static int show_progress(void *context, uint64_t done, uint64_t total)
{
    return cli_bar_update(context, "de-identifying", done, total);
}

int cli_fhir_check(const cli_settings *settings)
{
    const char *output = cli_text(settings, CLI_FHIR_OUTPUT), *audience = cli_text(settings, CLI_FHIR_AUDIENCE);
    if (output == NULL)
        return audience != NULL ? cli_complain(settings, "--fhir-audience without --fhir-output") : CLI_EXIT_DONE;
    if (strcmp(cli_text(settings, CLI_INPUT), "-") == 0)
        return cli_complain(settings, "--fhir-output reads the input a second time, which standard input is not");
    if (audience != NULL && strcmp(audience, cli_text(settings, CLI_AUDIENCE)) == 0)
        return cli_complain(settings, "one audience for the dataset and its FHIR: their content links the two");
    if (access(output, F_OK) == 0)
        return cli_complain(settings, "--fhir-output is already there");
    return CLI_EXIT_DONE;
}

int cli_fhir_make(const cli_settings *settings)
{
    lethe_error error = {0};
    lethe_deid_result result = {0};
    cli_bar bar;
    const lethe_deid_options options = {
        .size_bytes = sizeof(options),
        .input = cli_text(settings, CLI_INPUT),
        .output = cli_text(settings, CLI_FHIR_OUTPUT),
        .key_file = cli_text(settings, CLI_KEY),
        .as_of = cli_text(settings, CLI_AS_OF),
        .audience = cli_text(settings, CLI_FHIR_AUDIENCE),
        .threads = (uint32_t)cli_number(settings, CLI_THREADS),
        .progress = show_progress,
        .progress_context = &bar,
    };
    if (options.output == NULL)
        return CLI_EXIT_DONE;
    cli_bar_init(&bar, cli_flag(settings, CLI_QUIET));
    const int status = lethe_deid(&options, &result, &error);
    cli_bar_clear(&bar);
    if (status != 0)
        return cli_fail(settings, &error);
    return result.withheld != 0 ? CLI_EXIT_WITHHELD : CLI_EXIT_DONE;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/tabular.h"

#include <lethe/counts.h>

static int count(const cli_settings *settings, lethe_counts_result **ret_result, lethe_error *error)
{
    lethe_csv input;
    cli_names by = {0};
    int status = cli_csv(settings, CLI_CSV_INPUT, &input, error);
    if (status == 0 && input.path == NULL)
        status = cli_refuse("input", error);
    if (status == 0)
        status = cli_names_split(cli_text(settings, CLI_BY), "by", &by, error);
    const lethe_counts_options options = {.size_bytes = sizeof(options),
                                          .input = &input,
                                          .by = by.names,
                                          .by_count = by.count,
                                          .threshold = (uint32_t)cli_number(settings, CLI_THRESHOLD)};
    if (status == 0)
        status = lethe_counts(&options, ret_result, error);
    cli_names_done(&by);
    return status;
}

int cli_run_counts(const cli_settings *settings)
{
    lethe_error error = {0};
    lethe_counts_result *result = NULL;
    if (settings->word_count != 0)
        return cli_complain(settings, "no words, only options");
    if (count(settings, &result, &error) != 0)
        return cli_fail_alone(settings, &error);
    (void)printf("%s%s", cli_flag(settings, CLI_JSON) ? result->json : result->csv,
                 cli_flag(settings, CLI_JSON) ? "\n" : "");
    (void)fflush(stdout);
    (void)fprintf(
        stderr,
        "%llu small counts are hidden, and %llu others for their sake: without these %llu small ones could be "
        "derived\n",
        (unsigned long long)result->small, (unsigned long long)result->complementary,
        (unsigned long long)result->exposed_without);
    lethe_counts_free(result);
    return CLI_EXIT_DONE;
}

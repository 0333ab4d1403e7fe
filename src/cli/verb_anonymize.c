/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs.h"

#include <lethe/anonymize.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RUNNERS_EXPLAINED 5

static int fail(const cli_settings *settings, const lethe_error *error)
{
    if (cli_flag(settings, CLI_JSON)) {
        (void)printf("{\"error\": ");
        cli_print_json_error(stdout, CLI_ANONYMIZE, error);
        (void)printf("}\n");
    }
    return cli_fail(settings, error);
}

/* The folder that a file lies in: what its hierarchies are relative to. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return strdup(".");
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static void print_plan(const lethe_anonymize_result *result)
{
    (void)printf("%llu of %llu rows released in %llu classes, the smallest of %llu; %llu withheld.\n",
                 (unsigned long long)result->released_rows, (unsigned long long)result->input_rows,
                 (unsigned long long)result->plan.classes, (unsigned long long)result->smallest_class,
                 (unsigned long long)result->withheld_rows);
    for (uint32_t c = 0; c < result->column_count; c++)
        (void)printf("  %-28s level %u of %u\n", result->columns[c].name, result->columns[c].level,
                     result->columns[c].level_count - 1);
    (void)printf("%s %.10g, ", result->metric, result->plan.score);
    if (result->proved)
        (void)printf("the least that any of %.0f plans has (%llu looked at).\n", result->lattice,
                     (unsigned long long)result->evaluated);
    else
        (void)printf("not proved: none of %.3g plans is below %.10g (%llu looked at).\n", result->lattice,
                     result->bound, (unsigned long long)result->evaluated);
}

static void print_why(const lethe_anonymize_result *result)
{
    (void)printf("\nWhat each column costs, and what the score would be one level finer, if that held:\n");
    for (uint32_t c = 0; c < result->column_count; c++) {
        const lethe_anonymize_column *column = &result->columns[c];
        (void)printf("  %-28s %12.6g", column->name, column->cost);
        if (column->level != 0)
            (void)printf("  %12.6g", column->cost_down);
        (void)printf("\n");
    }
    if (result->runner_count != 0)
        (void)printf("\nNext best of the plans that were looked at:\n");
    for (uint32_t i = 0; i < result->runner_count; i++) {
        (void)printf("  %.10g at", result->runners[i].score);
        for (uint32_t c = 0; c < result->column_count; c++)
            (void)printf(" %u", result->runners[i].levels[c]);
        (void)printf(", %llu rows withheld\n", (unsigned long long)result->runners[i].withheld_rows);
    }
}

static int anonymize(const cli_settings *settings, const char *spec, size_t size, const char *folder)
{
    lethe_error error = {0};
    lethe_anonymize_result *result = NULL;
    const lethe_anonymize_options options = {
        .size_bytes = sizeof(options),
        .input = cli_text(settings, CLI_INPUT),
        .spec = spec,
        .spec_size = size,
        .spec_folder = folder,
        .output = cli_text(settings, CLI_OUTPUT),
        .seconds = cli_milliseconds(settings, CLI_SECONDS_LIMIT) / 1000.0,
        .runners = cli_flag(settings, CLI_EXPLAIN) ? RUNNERS_EXPLAINED : 0,
    };
    const int status = lethe_anonymize(&options, &result, &error);
    if (status != 0) {
        if (status == LETHE_E_JSON_CONFIG || (status == LETHE_E_ENGINE_OPTION && error.file[0] == '\0'))
            (void)snprintf(error.file, sizeof(error.file), "%s", cli_text(settings, CLI_SPEC));
        return fail(settings, &error);
    }
    if (cli_flag(settings, CLI_JSON)) {
        (void)fputs(result->json, stdout);
    } else {
        print_plan(result);
        if (cli_flag(settings, CLI_EXPLAIN))
            print_why(result);
    }
    const int code = result->withheld_rows != 0 ? CLI_EXIT_WITHHELD : CLI_EXIT_DONE;
    lethe_anonymize_free(result);
    return code;
}

int cli_run_anonymize(const cli_settings *settings)
{
    size_t size = 0;
    const char *path = cli_text(settings, CLI_SPEC);
    char *spec = cli_read_file(path, &size), *folder = folder_of(path);
    int code = CLI_EXIT_IO;
    if (spec == NULL || folder == NULL)
        (void)fprintf(stderr, "lethe anonymize: %s: %s\n", path, strerror(errno));
    else
        code = anonymize(settings, spec, size, folder);
    free(spec);
    free(folder);
    return code;
}

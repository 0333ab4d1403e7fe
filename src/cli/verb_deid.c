/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"
#include "cli/verbs.h"

#include <lethe/deid.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TROUBLES_SHOWN 10

static int show_progress(void *context, uint64_t done, uint64_t total)
{
    return cli_bar_update(context, "de-identifying", done, total);
}

static void print_json(const cli_settings *settings, const lethe_deid_result *result, const lethe_error *error)
{
    (void)printf("{\"output\": ");
    cli_print_json_text(stdout, cli_text(settings, CLI_OUTPUT));
    if (error != NULL) {
        (void)printf(", \"error\": ");
        cli_print_json_error(stdout, CLI_DEID, error);
        (void)printf("}\n");
        return;
    }
    (void)printf(", \"profile\": ");
    cli_print_json_text(stdout, cli_text(settings, CLI_POLICY_PROFILE));
    (void)printf(", \"files\": %llu, \"documents\": %llu, \"resources\": %llu, \"withheld\": %llu, "
                 "\"resources_of_no_patient\": %llu, \"changes\": %llu, \"bytes_in\": %llu, \"bytes_out\": %llu, "
                 "\"seconds\": %.2f, \"troubles\": [",
                 (unsigned long long)result->files, (unsigned long long)result->documents,
                 (unsigned long long)result->resources, (unsigned long long)result->withheld,
                 (unsigned long long)result->unowned, (unsigned long long)result->changes,
                 (unsigned long long)result->bytes_in, (unsigned long long)result->bytes_out, result->seconds);
    for (size_t i = 0; i < result->trouble_count; i++) {
        (void)printf("%s", i != 0 ? ", " : "");
        cli_print_json_error(stdout, CLI_DEID, &result->troubles[i]);
    }
    (void)printf("]}\n");
}

static void print_summary(const cli_settings *settings, const lethe_deid_result *result)
{
    (void)printf(
        "%llu resources in %llu files; %llu values changed. Profile %s: pseudonymised data; manifest.json says "
        "what it is not.\n",
        (unsigned long long)result->resources, (unsigned long long)result->files, (unsigned long long)result->changes,
        cli_text(settings, CLI_POLICY_PROFILE));
    if (result->withheld != 0)
        (void)printf("%llu documents could not be used and were left out:\n", (unsigned long long)result->withheld);
    for (size_t i = 0; i < result->trouble_count && i < TROUBLES_SHOWN; i++) {
        (void)printf("  %s: %s", result->troubles[i].name, result->troubles[i].message);
        cli_print_place(stdout, &result->troubles[i]);
        (void)printf("\n");
    }
}

static int print_row(void *context, const lethe_policy_row *row)
{
    (void)context;
    (void)printf("%-12s  %-60s  %s: %s; %s\n", row->action, row->path, row->rule, row->how, row->reason);
    return 0;
}

static int explain(const cli_settings *settings)
{
    lethe_error error = {0};
    size_t size = 0;
    const char *path = cli_text(settings, CLI_INPUT);
    char *text = path != NULL ? cli_read_file(path, &size) : NULL;
    if (text == NULL) {
        (void)fprintf(stderr, "lethe deid: --explain needs --input with one resource (%s)\n",
                      path != NULL ? strerror(errno) : "none given");
        return path != NULL ? CLI_EXIT_IO : CLI_EXIT_USAGE;
    }
    const int status = lethe_deid_explain(cli_text(settings, CLI_POLICY_PROFILE), text, size, print_row, NULL, &error);
    free(text);
    return status != 0 ? cli_fail(settings, &error) : CLI_EXIT_DONE;
}

int cli_run_deid(const cli_settings *settings)
{
    lethe_error error = {0};
    static lethe_deid_result result;
    cli_bar bar;
    if (settings->word_count != 0) {
        (void)fprintf(stderr, "lethe deid: words without an option; see `lethe help deid`\n");
        return CLI_EXIT_USAGE;
    }
    if (cli_flag(settings, CLI_EXPLAIN_RESOURCE))
        return explain(settings);
    cli_bar_init(&bar, cli_flag(settings, CLI_QUIET));
    const lethe_deid_options options = {
        .size_bytes = sizeof(options),
        .input = cli_text(settings, CLI_INPUT),
        .output = cli_text(settings, CLI_OUTPUT),
        .key_file = cli_text(settings, CLI_KEY),
        .profile = cli_text(settings, CLI_POLICY_PROFILE),
        .as_of = cli_text(settings, CLI_DEID_AS_OF),
        .audience = cli_text(settings, CLI_DEID_AUDIENCE),
        .whole_weeks = cli_flag(settings, CLI_WHOLE_WEEKS),
        .reversible = cli_flag(settings, CLI_REVERSIBLE),
        .no_tags = cli_flag(settings, CLI_NO_SECURITY_TAGS),
        .threads = (uint32_t)cli_number(settings, CLI_THREADS),
        .progress = show_progress,
        .progress_context = &bar,
    };
    const int status = lethe_deid(&options, &result, &error);
    cli_bar_clear(&bar);
    if (cli_flag(settings, CLI_JSON))
        print_json(settings, &result, status != 0 ? &error : NULL);
    else if (status == 0)
        print_summary(settings, &result);
    if (status != 0)
        return cli_fail(settings, &error);
    return result.withheld != 0 ? CLI_EXIT_WITHHELD : CLI_EXIT_DONE;
}

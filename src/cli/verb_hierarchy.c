/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/tabular.h"

#include <lethe/hierarchy.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void print_shape(const cli_settings *settings, const lethe_hierarchy *hierarchy)
{
    const uint32_t levels = lethe_hierarchy_levels(hierarchy);
    const bool json = cli_flag(settings, CLI_JSON);
    (void)printf(json ? "{\"values\": %u, \"levels\": %u, \"groups\": [" : "%u values, %u levels of ",
                 lethe_hierarchy_leaves(hierarchy), levels);
    for (uint32_t level = 0; level < levels; level++)
        (void)printf("%s%u", level != 0 ? ", " : "", lethe_hierarchy_groups(hierarchy, level));
    (void)printf(json ? "]}\n" : " groups\n");
}

/* "0:120" */
static int read_range(const char *text, lethe_hierarchy_options *options, lethe_error *error)
{
    char *end = NULL;
    errno = 0;
    options->from = strtoll(text, &end, 10);
    if (end == text || *end != ':')
        return cli_refuse("range", error);
    text = end + 1;
    options->to = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0)
        return cli_refuse("range", error);
    options->has_range = 1;
    return 0;
}

static int build(const cli_settings *settings, lethe_hierarchy **ret_hierarchy, lethe_error *error)
{
    lethe_csv input;
    lethe_hierarchy_options options = {.size_bytes = sizeof(options),
                                       .kind = cli_text(settings, CLI_KIND),
                                       .steps = cli_text(settings, CLI_STEPS),
                                       .column = cli_text(settings, CLI_COLUMN)};
    int status = cli_csv(settings, CLI_CSV_INPUT, &input, error);
    if (status == 0 && cli_text(settings, CLI_RANGE) != NULL)
        status = read_range(cli_text(settings, CLI_RANGE), &options, error);
    if (status == 0 && options.kind == NULL)
        status = cli_refuse("kind", error);
    if (input.path != NULL)
        options.input = &input;
    return status != 0 ? status : lethe_hierarchy_build(&options, ret_hierarchy, error);
}

static int write(const cli_settings *settings, lethe_hierarchy *hierarchy, lethe_error *error)
{
    const char *text = NULL, *path = cli_text(settings, CLI_HIERARCHY_OUTPUT);
    size_t size = 0;
    if (path != NULL) {
        const int status = lethe_hierarchy_write(hierarchy, path, error);
        if (status == 0)
            print_shape(settings, hierarchy);
        return status;
    }
    const int status = lethe_hierarchy_text(hierarchy, &text, &size, error);
    if (status == 0)
        (void)fwrite(text, 1, size, stdout);
    return status;
}

static int check(const cli_settings *settings, lethe_hierarchy **ret_hierarchy, lethe_error *error)
{
    lethe_csv input;
    const char *path = cli_text(settings, CLI_HIERARCHY_FILE), *column = cli_text(settings, CLI_COLUMN);
    int status = path == NULL ? cli_refuse("hierarchy", error) : cli_csv(settings, CLI_CSV_INPUT, &input, error);
    if (status == 0 && (input.path == NULL) != (column == NULL))
        status = cli_refuse(column == NULL ? "column" : "input", error);
    if (status == 0)
        status = lethe_hierarchy_load(path, ret_hierarchy, error);
    if (status == 0 && column != NULL)
        status = lethe_hierarchy_check(*ret_hierarchy, &input, column, error);
    if (status == 0)
        print_shape(settings, *ret_hierarchy);
    return status;
}

int cli_run_hierarchy(const cli_settings *settings)
{
    lethe_error error = {0};
    lethe_hierarchy *hierarchy = NULL;
    const char *word = settings->word_count == 1 ? settings->words[0] : "";
    int status = 0;
    if (strcmp(word, "build") == 0) {
        status = build(settings, &hierarchy, &error);
        if (status == 0)
            status = write(settings, hierarchy, &error);
    } else if (strcmp(word, "check") == 0) {
        status = check(settings, &hierarchy, &error);
    } else {
        return cli_complain(settings, "build or check");
    }
    lethe_hierarchy_free(hierarchy);
    return status != 0 ? cli_fail_alone(settings, &error) : CLI_EXIT_DONE;
}

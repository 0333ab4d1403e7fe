/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/tabular.h"

#include <stdlib.h>
#include <string.h>

int cli_refuse(const char *option, lethe_error *error)
{
    *error = (lethe_error){.code = LETHE_E_CLI_USAGE,
                           .name = "LETHE_E_CLI_USAGE",
                           .message = "the command line is not understood",
                           .byte = -1};
    (void)snprintf(error->path, sizeof(error->path), "%s", option);
    return error->code;
}

int cli_csv(const cli_settings *settings, cli_option_id option, lethe_csv *ret_csv, lethe_error *error)
{
    const char *separator = cli_text(settings, CLI_SEPARATOR);
    if (separator != NULL && (strcmp(separator, "tab") == 0 || strcmp(separator, "\\t") == 0))
        separator = "\t";
    if (separator != NULL && (strlen(separator) != 1 || strchr("\"\r\n", separator[0]) != NULL))
        return cli_refuse("separator", error);
    *ret_csv = (lethe_csv){.path = cli_text(settings, option),
                           .separator = separator != NULL ? separator[0] : '\0',
                           .latin1 = cli_flag(settings, CLI_LATIN1),
                           .missing = settings->many,
                           .missing_count = settings->many_count};
    return 0;
}

int cli_names_split(const char *list, const char *option, cli_names *ret_names, lethe_error *error)
{
    cli_names names = {.text = strdup(list)};
    if (names.text == NULL)
        return cli_refuse(option, error);
    char *to = names.text;
    const char *from = list;
    names.names[names.count++] = to;
    while (*from != '\0') {
        if (*from == ',') {
            if (names.count == CLI_NAMES_MAX) {
                free(names.text);
                return cli_refuse(option, error);
            }
            *to++ = '\0';
            names.names[names.count++] = to;
            from++;
            continue;
        }
        from += *from == '\\' && from[1] == ',';
        *to++ = *from++;
    }
    *to = '\0';
    *ret_names = names;
    return 0;
}

void cli_names_done(cli_names *names)
{
    free(names->text);
    names->text = NULL;
}

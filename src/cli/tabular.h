/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_TABULAR_H
#define CLI_TABULAR_H

#include "cli/verbs.h"

#include <lethe/csv.h>

/* The CSV that an option names, with what the other options say of such files. LETHE_E_CLI_USAGE for a separator that
 * is not one character. */
int cli_csv(const cli_settings *settings, cli_option_id option, lethe_csv *ret_csv, lethe_error *error);

/* "a,b,c" in its parts; a name with a comma in it is written with \, before it. */
#define CLI_NAMES_MAX 256
typedef struct cli_names {
    char *text; /* what they are borrowed from */
    const char *names[CLI_NAMES_MAX];
    size_t count;
} cli_names;

int cli_names_split(const char *list, const char *option, cli_names *ret_names, lethe_error *error);
void cli_names_done(cli_names *names);

/* An error that the command line makes itself: LETHE_E_CLI_USAGE with the option as its path. */
int cli_refuse(const char *option, lethe_error *error);

#endif

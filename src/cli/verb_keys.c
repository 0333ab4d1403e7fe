/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs.h"

#include <lethe/keys.h>

#include <string.h>

static int new_key(const cli_settings *settings)
{
    lethe_error error = {0};
    const char *output = cli_text(settings, CLI_OUTPUT);
    if (output == NULL)
        return cli_complain(settings, "new: --output FILE is needed");
    if (lethe_keys_new(output, &error) != 0)
        return cli_fail(settings, &error);
    (void)fprintf(stderr, "Wrote %s. Keep it in the hospital: whoever has it can re-link a dataset to its patients.\n",
                  output);
    return CLI_EXIT_DONE;
}

static int print_public(const cli_settings *settings)
{
    lethe_error error = {0};
    char text[45];
    const char *key = cli_text(settings, CLI_KEY);
    if (key == NULL)
        return cli_complain(settings, "public: --key FILE is needed");
    if (lethe_keys_public(key, text, &error) != 0)
        return cli_fail(settings, &error);
    (void)printf("%s\n", text);
    return CLI_EXIT_DONE;
}

int cli_run_keys(const cli_settings *settings)
{
    if (settings->word_count == 1 && strcmp(settings->words[0], "new") == 0)
        return new_key(settings);
    if (settings->word_count == 1 && strcmp(settings->words[0], "public") == 0)
        return print_public(settings);
    return cli_complain(settings, "new or public");
}

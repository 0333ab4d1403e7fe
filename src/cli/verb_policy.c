/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs.h"

#include <lethe/deid.h>

#include <string.h>

static int print_row(void *context, const lethe_policy_row *row)
{
    (void)context;
    (void)printf("%-12s  %-52s %-20s  %s: %s (%s)\n", row->action, row->path, row->type, row->rule, row->reason,
                 row->line);
    return 0;
}

/* One element: everything there is to say. */
static int print_one(void *context, const lethe_policy_row *row)
{
    unsigned *count = context;
    if ((*count)++ != 0)
        return print_row(NULL, row);
    (void)printf("%s (%s)\n  action  %s\n  how     %s: %s\n  why     %s\n  line    %s\n", row->path, row->type,
                 row->action, row->rule, row->how, row->reason, row->line);
    return 0;
}

static void print_member(const char *name, const char *text, const char *before)
{
    (void)printf("%s\"%s\": ", before, name);
    cli_print_json_text(stdout, text);
}

static int print_json_row(void *context, const lethe_policy_row *row)
{
    unsigned *count = context;
    (void)printf("%s\n  ", (*count)++ != 0 ? "," : "");
    print_member("path", row->path, "{");
    print_member("type", row->type, ", ");
    print_member("action", row->action, ", ");
    print_member("rule", row->rule, ", ");
    print_member("how", row->how, ", ");
    print_member("reason", row->reason, ", ");
    print_member("line", row->line, ", ");
    (void)printf("}");
    return 0;
}

int cli_run_policy(const cli_settings *settings)
{
    lethe_error error = {0};
    unsigned count = 0;
    if (settings->word_count < 1 || settings->word_count > 2 || strcmp(settings->words[0], "explain") != 0) {
        (void)fprintf(stderr, "lethe policy: explain and at most one element or type; see `lethe help policy`\n");
        return CLI_EXIT_USAGE;
    }
    const char *what = settings->word_count == 2 ? settings->words[1] : NULL;
    const bool json = cli_flag(settings, CLI_JSON), one = what != NULL && strchr(what, '.') != NULL;
    if (json)
        (void)printf("[");
    const int status = lethe_policy_explain(cli_text(settings, CLI_POLICY_PROFILE), what,
                                            json  ? print_json_row
                                            : one ? print_one
                                                  : print_row,
                                            &count, &error);
    if (json)
        (void)printf("\n]\n");
    return status != 0 ? cli_fail(settings, &error) : CLI_EXIT_DONE;
}

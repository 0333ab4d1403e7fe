/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs.h"

#include <lethe/deid.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One token: printed, or complained about by its line. Returns an exit code. */
static int read_token(const cli_settings *settings, lethe_reidentifier *reidentifier, const char *token, long long line)
{
    lethe_error error = {0};
    const char *system, *value;
    if (lethe_reidentify(reidentifier, token, &system, &value, &error) != 0) {
        error.line = line;
        return cli_fail(settings, &error);
    }
    if (!cli_flag(settings, CLI_JSON)) {
        (void)printf("%s\t%s\t%s\n", token, system, value);
        return CLI_EXIT_DONE;
    }
    (void)printf("{\"token\": ");
    cli_print_json_text(stdout, token);
    (void)printf(", \"system\": ");
    cli_print_json_text(stdout, system);
    (void)printf(", \"value\": ");
    cli_print_json_text(stdout, value);
    (void)printf("}\n");
    return CLI_EXIT_DONE;
}

static int read_tokens(const cli_settings *settings, lethe_reidentifier *reidentifier, char *text)
{
    int worst = CLI_EXIT_DONE;
    long long line = 1;
    for (char *at = text; *at != '\0'; line++) {
        const size_t size = strcspn(at, "\r\n");
        char *next = at + size;
        next += *next == '\r';
        next += *next == '\n';
        at[size] = '\0';
        const int code = size != 0 ? read_token(settings, reidentifier, at, line) : CLI_EXIT_DONE;
        worst = code != CLI_EXIT_DONE ? code : worst;
        at = next;
    }
    return worst;
}

int cli_run_reidentify(const cli_settings *settings)
{
    lethe_error error = {0};
    lethe_reidentifier *reidentifier = NULL;
    size_t size = 0;
    if (settings->word_count != 0) {
        (void)fprintf(stderr, "lethe reidentify: words without an option; see `lethe help reidentify`\n");
        return CLI_EXIT_USAGE;
    }
    char *read = cli_read_file(cli_text(settings, CLI_TOKENS), &size);
    char *text = read != NULL ? realloc(read, size + 1) : NULL;
    if (text == NULL) {
        (void)fprintf(stderr, "lethe reidentify: the tokens could not be read (%s)\n", strerror(errno));
        free(read);
        return CLI_EXIT_IO;
    }
    text[size] = '\0';
    const lethe_reidentify_options options = {
        .size_bytes = sizeof(options),
        .key_file = cli_text(settings, CLI_KEY),
        .log_file = cli_text(settings, CLI_LOG),
        .reason = cli_text(settings, CLI_REASON),
    };
    const int status = lethe_reidentify_open(&options, &reidentifier, &error);
    const int code = status != 0 ? cli_fail(settings, &error) : read_tokens(settings, reidentifier, text);
    lethe_reidentify_close(reidentifier);
    free(text);
    return code;
}

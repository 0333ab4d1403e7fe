/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs.h"

#include <lethe/profile.h>

#include <stdlib.h>
#include <string.h>

typedef int (*make_profile)(lethe_engine *, const char *, size_t, char **, size_t *, lethe_error *);

static int print_profile(const cli_settings *settings, lethe_engine *engine, make_profile make)
{
    lethe_error error = {0};
    size_t input_size = 0, size = 0;
    char *json = NULL;
    const char *path = cli_text(settings, CLI_INPUT);
    char *input = cli_read_file(path, &input_size);
    if (input == NULL)
        return cli_fail_read(settings, path);
    const int status = make(engine, input, input_size, &json, &size, &error);
    explicit_bzero(input, input_size);
    free(input);
    if (status != 0) {
        if (error.file[0] == '\0')
            (void)snprintf(error.file, sizeof(error.file), "%s", path);
        return cli_fail(settings, &error);
    }
    (void)fwrite(json, 1, size, stdout);
    (void)fputc('\n', stdout);
    lethe_free(json);
    return CLI_EXIT_DONE;
}

static int run_one(const cli_settings *settings, make_profile make)
{
    lethe_error error = {0};
    lethe_engine *engine = NULL;
    const lethe_engine_options options = {
        .size_bytes = sizeof(options),
        .key_file = cli_text(settings, CLI_KEY),
        .plan = cli_text(settings, CLI_PLAN),
        .as_of = cli_text(settings, CLI_AS_OF),
        .patient_identifier = cli_text(settings, CLI_PATIENT_IDENTIFIER),
    };
    if (lethe_engine_open(&options, &engine, &error) != 0)
        return cli_fail(settings, &error);
    const int code = print_profile(settings, engine, make);
    lethe_engine_close(engine);
    return code;
}

int cli_run_profile(const cli_settings *settings)
{
    return run_one(settings, lethe_create_ml_profile);
}

int cli_run_emergency(const cli_settings *settings)
{
    return run_one(settings, lethe_create_emergency_profile);
}

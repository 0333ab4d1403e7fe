/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs.h"

#include <lethe/profile.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_BYTES_MAX ((size_t)256 << 20)

typedef int (*make_profile)(lethe_engine *, const char *, size_t, char **, size_t *, lethe_error *);

/* Reads all of a stream; NULL with errno on failure. */
static char *read_stream(FILE *stream, size_t *ret_size)
{
    size_t size = 0, capacity = 1 << 16;
    char *text = malloc(capacity);
    while (text != NULL) {
        size += fread(text + size, 1, capacity - size, stream);
        if (size < capacity)
            break;
        char *larger = capacity < INPUT_BYTES_MAX ? realloc(text, capacity * 2) : NULL;
        if (larger == NULL) {
            free(text);
            errno = EFBIG;
            return NULL;
        }
        text = larger;
        capacity *= 2;
    }
    if (text != NULL && ferror(stream) != 0) {
        free(text);
        return NULL;
    }
    *ret_size = size;
    return text;
}

static char *read_input(const char *path, size_t *ret_size)
{
    if (strcmp(path, "-") == 0)
        return read_stream(stdin, ret_size);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return NULL;
    char *text = read_stream(file, ret_size);
    (void)fclose(file);
    return text;
}

static int print_profile(const cli_settings *settings, lethe_engine *engine, make_profile make)
{
    lethe_error error = {0};
    size_t input_size = 0, size = 0;
    char *json = NULL;
    const char *path = cli_text(settings, CLI_INPUT);
    char *input = read_input(path, &input_size);
    if (input == NULL) {
        (void)fprintf(stderr, "lethe %s: LETHE_E_BASE_IO: the input could not be read (%s, %s)\n",
                      CLI_VERBS[settings->verb].name, path, strerror(errno));
        return CLI_EXIT_IO;
    }
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

/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_BYTES_MAX ((size_t)256 << 20)

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

char *cli_read_file(const char *path, size_t *ret_size)
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

/* A profile comes from a file; a text from the line, or from standard input: a command line is seen by others. */
static char *read_question(const cli_settings *settings, size_t *ret_size)
{
    const char *file = cli_text(settings, CLI_PROFILE_FILE), *text = cli_text(settings, CLI_QUERY_TEXT);
    if (file != NULL)
        return cli_read_file(file, ret_size);
    if (strcmp(text, "-") == 0)
        return cli_read_file(text, ret_size);
    *ret_size = strlen(text);
    return strdup(text);
}

int cli_question_read(const cli_settings *settings, cli_question *ret_question)
{
    cli_question question = {.profile = cli_text(settings, CLI_PROFILE_FILE) != NULL,
                             .text = cli_text(settings, CLI_QUERY_TEXT) != NULL};
    if (question.profile + question.text + (cli_text(settings, CLI_ID) != NULL) != 1)
        return cli_complain(settings, "one of --id, --profile and --text says whom to look for");
    if (settings->word_count != 0)
        return cli_complain(settings, "words without an option; a text of several words stands in quotes");
    if (question.profile || question.text) {
        question.input = read_question(settings, &question.size);
        if (question.input == NULL)
            return cli_fail_read(settings, question.profile ? cli_text(settings, CLI_PROFILE_FILE) : "-");
    }
    *ret_question = question;
    return CLI_EXIT_DONE;
}

void cli_question_blame(const cli_settings *settings, const cli_question *question, lethe_error *error)
{
    if (error->code == LETHE_E_ENGINE_PROFILE || error->code / 100 == 2 ||
        (error->code == LETHE_E_VECTOR_STAMP && question->profile))
        (void)snprintf(error->file, sizeof(error->file), "%s",
                       question->profile ? cli_text(settings, CLI_PROFILE_FILE) : "");
}

void cli_question_done(cli_question *question)
{
    if (question->input != NULL) {
        explicit_bzero(question->input, question->size);
        free(question->input);
    }
}

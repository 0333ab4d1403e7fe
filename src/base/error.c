/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <errno.h>
#include <string.h>

typedef struct error_text {
    int code;
    const char *name;
    const char *message;
} error_text;

static const error_text ERROR_TEXTS[] = {
#define ERROR_TEXT(name, number, message) {(number), "LETHE_E_" #name, (message)},
    LETHE_ERRORS(ERROR_TEXT)
#undef ERROR_TEXT
};

static const error_text *error_find(int code)
{
    static const error_text unknown = {0, "LETHE_E_UNKNOWN", "unknown error"};
    for (size_t i = 0; i < sizeof(ERROR_TEXTS) / sizeof(ERROR_TEXTS[0]); i++)
        if (ERROR_TEXTS[i].code == code)
            return &ERROR_TEXTS[i];
    return &unknown;
}

const char *base_error_name(int code)
{
    return error_find(code)->name;
}

const char *base_error_message(int code)
{
    return error_find(code)->message;
}

int base_fail(lethe_error *error, int code)
{
    if (error == NULL)
        return code;
    const error_text *text = error_find(code);
    *error = (lethe_error){.code = code, .name = text->name, .message = text->message, .byte = -1};
    return code;
}

int base_fail_errno(lethe_error *error, int code)
{
    const int saved = errno;
    base_fail(error, code);
    if (error != NULL)
        error->system_errno = saved;
    return code;
}

int base_fail_at(lethe_error *error, int code, size_t byte)
{
    base_fail(error, code);
    if (error != NULL)
        error->byte = (int64_t)byte;
    return code;
}

/* Keeps the end of a name that is too long: it tells more than the beginning. */
static void copy_tail(char *to, size_t capacity, const char *from)
{
    const size_t length = strlen(from);
    const char *start = length < capacity ? from : from + (length - capacity + 1);
    memcpy(to, start, strlen(start) + 1);
}

void base_error_file(lethe_error *error, const char *file)
{
    if (error != NULL && file != NULL && error->file[0] == '\0')
        copy_tail(error->file, sizeof(error->file), file);
}

void base_error_line(lethe_error *error, int64_t line)
{
    if (error != NULL && error->line == 0)
        error->line = line;
}

void base_error_path(lethe_error *error, const char *path)
{
    if (error != NULL && path != NULL && error->path[0] == '\0')
        copy_tail(error->path, sizeof(error->path), path);
}

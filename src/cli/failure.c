/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs.h"

#include <errno.h>
#include <string.h>

static int exit_code_of(const lethe_error *error)
{
    const int code = error->code;
    switch (code) {
    case LETHE_E_BASE_CANCELLED:
        return CLI_EXIT_INTERRUPTED;
    case LETHE_E_BASE_IO:
    case LETHE_E_BASE_NOT_FOUND:
    case LETHE_E_BASE_EXISTS:
    case LETHE_E_BASE_COMPRESSION:
    case LETHE_E_ENGINE_SPILL:
    case LETHE_E_ENGINE_CHANGED:
    case LETHE_E_ENGINE_CUT:
    case LETHE_E_ENGINE_BUSY:
    case LETHE_E_VECTOR_LOCKED:
    case LETHE_E_ENGINE_LOCKED: {
        const int reason = error->system_errno;
        return reason == EACCES || reason == EPERM || reason == EROFS ? CLI_EXIT_KEY : CLI_EXIT_IO;
    }
    case LETHE_E_ENGINE_KEY:
    case LETHE_E_PRIVACY_LEDGER_KEY:
    case LETHE_E_NET_DENIED:
    case LETHE_E_NET_CREDENTIALS:
    case LETHE_E_NET_CREDENTIALS_FILE:
        return CLI_EXIT_KEY;
    case LETHE_E_JSON_CONFIG:
    case LETHE_E_FHIR_POLICY:
    case LETHE_E_FHIR_PATH:
    case LETHE_E_ENGINE_OPTION:
    case LETHE_E_ENGINE_AS_OF:
    case LETHE_E_ENGINE_INPUT:
    case LETHE_E_ENGINE_OVERLAP:
    case LETHE_E_ENGINE_PUBLIC_KEY:
    case LETHE_E_ENGINE_RESUME:
    case LETHE_E_ENGINE_LEVEL:
    case LETHE_E_SYNTH_OPTION:
    case LETHE_E_PRIVACY_OPTION:
    case LETHE_E_PRIVACY_RANGE:
    case LETHE_E_TABLE_COLUMN:
    case LETHE_E_CLI_USAGE:
    case LETHE_E_VECTOR_FILTER:
    case LETHE_E_VECTOR_COLUMN:
    case LETHE_E_VECTOR_NOT_FOUND:
    case LETHE_E_ENGINE_NOBODY:
    case LETHE_E_NET_ADDRESS:
    case LETHE_E_NET_PLAIN:
    case LETHE_E_PUBLISH_TARGET:
        return CLI_EXIT_USAGE;
    case LETHE_E_BASE_LIMIT:
    case LETHE_E_ENGINE_STRICT:
    case LETHE_E_ENGINE_PROFILE:
    case LETHE_E_ENGINE_TEXT:
    case LETHE_E_TABLE_CSV_RAGGED:
    case LETHE_E_TABLE_CSV_QUOTE:
    case LETHE_E_TABLE_CSV_ENCODING:
    case LETHE_E_TABLE_CSV_HEADER:
    case LETHE_E_TABLE_LEVELS_LEAF:
    case LETHE_E_TABLE_LEVELS_NESTING:
    case LETHE_E_TABLE_LEVELS_EMPTY:
    case LETHE_E_TABLE_LEVELS_VALUE:
    case LETHE_E_PRIVACY_VALUE:
        return CLI_EXIT_BAD_INPUT;
    case LETHE_E_ENGINE_NO_PEOPLE:
    case LETHE_E_ENGINE_DATASET:
    case LETHE_E_ENGINE_INDEX:
    case LETHE_E_ENGINE_NO_OUTCOME:
    case LETHE_E_ENGINE_NO_MODEL:
    case LETHE_E_ENGINE_MODEL:
    case LETHE_E_ENGINE_MODEL_STAMP:
    case LETHE_E_LEARN_TOO_FEW:
    case LETHE_E_VECTOR_FORMAT:
    case LETHE_E_VECTOR_DAMAGED:
    case LETHE_E_VECTOR_STAMP:
    case LETHE_E_VECTOR_INPUT:
    case LETHE_E_VECTOR_EXISTS:
        return CLI_EXIT_GATE;
    default:
        break;
    }
    switch (code / 100) {
    case 2:
    case 5:
    case 6:
    case 8:
        return CLI_EXIT_BAD_INPUT; /* one patient whose record cannot be used */
    case 3:
        return CLI_EXIT_KEY;
    case 4:
    case 7:
    case 10:
    case 22:
        return CLI_EXIT_GATE;
    case 21:
        return CLI_EXIT_IO;
    default:
        return CLI_EXIT_INTERNAL;
    }
}

/* A name may hold anything: no line breaks, and nothing that a terminal would obey. */
static void print_name(FILE *out, const char *name)
{
    for (; *name != '\0'; name++)
        (void)fputc((unsigned char)*name < 0x20 || *name == 0x7f ? '?' : *name, out);
}

void cli_print_place(FILE *out, const lethe_error *error)
{
    const char *before = " (";
    if (error->file[0] != '\0') {
        (void)fputs(before, out);
        print_name(out, error->file);
        before = ", ";
    }
    if (error->line != 0) {
        (void)fprintf(out, "%sline %lld", before, (long long)error->line);
        before = ", ";
    }
    if (error->byte >= 0) {
        (void)fprintf(out, "%sbyte %lld", before, (long long)error->byte);
        before = ", ";
    }
    if (error->path[0] != '\0') {
        (void)fprintf(out, "%s%s", before, error->path);
        before = ", ";
    }
    if (error->system_errno != 0) {
        (void)fprintf(out, "%s%s", before, strerror(error->system_errno));
        before = ", ";
    }
    if (before[0] == ',')
        (void)fputc(')', out);
}

void cli_print_json_error(FILE *out, cli_verb_id verb, const lethe_error *error)
{
    const char *advice = cli_advice(verb, error);
    (void)fprintf(out, "{\"code\": \"%s\", \"message\": ", error->name != NULL ? error->name : "?");
    cli_print_json_text(out, error->message != NULL ? error->message : "failed");
    if (error->file[0] != '\0') {
        (void)fputs(", \"file\": ", out);
        cli_print_json_text(out, error->file);
    }
    if (error->line != 0)
        (void)fprintf(out, ", \"line\": %lld", (long long)error->line);
    if (error->byte >= 0)
        (void)fprintf(out, ", \"byte\": %lld", (long long)error->byte);
    if (error->path[0] != '\0') {
        (void)fputs(", \"path\": ", out);
        cli_print_json_text(out, error->path);
    }
    if (error->system_errno != 0) {
        (void)fputs(", \"system\": ", out);
        cli_print_json_text(out, strerror(error->system_errno));
    }
    if (advice != NULL) {
        (void)fputs(", \"advice\": ", out);
        cli_print_json_text(out, advice);
    }
    (void)fputc('}', out);
}

int cli_fail(const cli_settings *settings, const lethe_error *error)
{
    (void)fprintf(stderr, "lethe %s: %s: %s", CLI_VERBS[settings->verb].name, error->name != NULL ? error->name : "?",
                  error->message != NULL ? error->message : "failed");
    const char *advice = cli_advice(settings->verb, error);
    cli_print_place(stderr, error);
    (void)fputc('\n', stderr);
    if (advice != NULL)
        (void)fprintf(stderr, "  %s\n", advice);
    return exit_code_of(error);
}

int cli_fail_alone(const cli_settings *settings, const lethe_error *error)
{
    if (cli_flag(settings, CLI_JSON)) {
        (void)printf("{\"error\": ");
        cli_print_json_error(stdout, settings->verb, error);
        (void)printf("}\n");
    }
    return cli_fail(settings, error);
}

void cli_print_json_complaint(FILE *out, const char *complaint)
{
    (void)fputs("{\"error\": {\"code\": \"LETHE_E_CLI_USAGE\", \"message\": ", out);
    cli_print_json_text(out, complaint);
    (void)fputs("}}\n", out);
}

int cli_complain(const cli_settings *settings, const char *complaint)
{
    const char *verb = CLI_VERBS[settings->verb].name;
    if (cli_flag(settings, CLI_JSON))
        cli_print_json_complaint(stdout, complaint);
    (void)fprintf(stderr, "lethe %s: %s; see `lethe help %s`\n", verb, complaint, verb);
    return CLI_EXIT_USAGE;
}

int cli_fail_read(const cli_settings *settings, const char *path)
{
    const bool absent = errno == ENOENT;
    lethe_error error = {
        .code = absent ? LETHE_E_BASE_NOT_FOUND : LETHE_E_BASE_IO,
        .name = absent ? "LETHE_E_BASE_NOT_FOUND" : "LETHE_E_BASE_IO",
        .message = absent ? "no such file or folder" : "the input could not be read",
        .system_errno = errno,
        .byte = -1,
    };
    (void)snprintf(error.file, sizeof(error.file), "%s", path);
    return cli_fail_alone(settings, &error);
}

/* Bytes of the well-formed UTF-8 character at `text`, or 0: what comes from a command line may be anything. */
static size_t character_size(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    const size_t size = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    if (at[0] >= 0x80 && (at[0] < 0xc2 || at[0] > 0xf4))
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((at[i] & 0xc0) != 0x80) /* a NUL too */
            return 0;
    const bool odd = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
                     (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f);
    return odd ? 0 : size;
}

void cli_print_json_text(FILE *out, const char *text)
{
    (void)fputc('"', out);
    for (size_t size = 1; *text != '\0'; text += size != 0 ? size : 1) {
        const unsigned char c = (unsigned char)*text;
        size = character_size(text);
        if (size == 0)
            (void)fputs("\xef\xbf\xbd", out); /* U+FFFD */
        else if (c == '"' || c == '\\')
            (void)fprintf(out, "\\%c", c);
        else if (c < 0x20)
            (void)fprintf(out, "\\u%04x", c);
        else
            (void)fwrite(text, 1, size, out);
    }
    (void)fputc('"', out);
}

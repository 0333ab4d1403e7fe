/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"

#include <lethe/lethe.h>

#include <string.h>

#define HELP_WIDTH 100

/* Prints text wrapped to the width, each line indented. */
static void wrap(FILE *out, const char *text, size_t indent, size_t column)
{
    while (*text != '\0') {
        const size_t word = strcspn(text, " ");
        if (column + word > HELP_WIDTH && column > indent) {
            (void)fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
        }
        (void)fprintf(out, "%.*s", (int)word, text);
        column += word;
        text += word;
        if (*text == ' ') {
            (void)fputc(' ', out);
            column++;
            text++;
        }
    }
    (void)fputc('\n', out);
}

void cli_help_all(FILE *out)
{
    (void)fprintf(out,
                  "Lethe %s: patient records forget who they are about and remember what matters for medicine.\n\n"
                  "usage: lethe VERB [options]\n\n",
                  lethe_version());
    for (int i = 0; i < CLI_VERB_COUNT; i++)
        (void)fprintf(out, "  %-10s %s\n", CLI_VERBS[i].name, CLI_VERBS[i].summary);
    (void)fprintf(out, "\nA first run:\n"
                       "  lethe keys new --output project.key\n"
                       "  lethe synth --patients 2000 --seed 7 --output population/\n"
                       "  lethe run --input population/ --output dataset/ --key project.key\n"
                       "  lethe verify dataset/\n\n"
                       "`lethe help VERB` explains a verb.\n");
}

static void option_line(FILE *out, const cli_option *option)
{
    char left[64];
    (void)snprintf(left, sizeof(left), "--%s%s%s", option->name, option->argument != NULL ? " " : "",
                   option->argument != NULL ? option->argument : "");
    (void)fprintf(out, "  %-32s ", left);
    wrap(out, option->help, 35, 35);
    if (option->fallback != NULL)
        (void)fprintf(out, "%35sdefault: %s\n", "", option->fallback);
}

void cli_help_verb(cli_verb_id verb, FILE *out)
{
    const cli_verb *about = &CLI_VERBS[verb];
    (void)fprintf(out, "usage: %s\n\n", about->usage);
    wrap(out, about->details, 0, 0);
    (void)fprintf(out, "\noptions:\n");
    for (int i = 0; i < CLI_OPTION_COUNT; i++)
        if ((CLI_OPTIONS[i].verbs >> verb & 1) != 0)
            option_line(out, &CLI_OPTIONS[i]);
    (void)fprintf(
        out,
        "\nexample:\n  %s\n\n"
        "exit codes: 0 done, 1 internal, 2 usage or configuration, 3 done with records withheld, 4 bad input under\n"
        "--strict, 5 a gate or a verification failed, 6 key or permission, 7 I/O, 130 interrupted\n",
        about->example);
}

/* roff takes a leading dot or quote for a command and a plain dash for a hyphen. */
static void roff(FILE *out, const char *text)
{
    if (text[0] == '.' || text[0] == '\'')
        (void)fputs("\\&", out);
    for (; *text != '\0'; text++) {
        if (*text == '-')
            (void)fputs("\\-", out);
        else if (*text == '\\')
            (void)fputs("\\e", out);
        else
            (void)fputc(*text, out);
    }
}

static void man_verb(FILE *out, int verb)
{
    (void)fprintf(out, ".SS %s\n", CLI_VERBS[verb].name);
    roff(out, CLI_VERBS[verb].details);
    (void)fprintf(out, "\n.PP\n.nf\n");
    roff(out, CLI_VERBS[verb].example);
    (void)fprintf(out, "\n.fi\n");
    for (int i = 0; i < CLI_OPTION_COUNT; i++) {
        const cli_option *option = &CLI_OPTIONS[i];
        if ((option->verbs >> verb & 1) == 0 || i == CLI_HELP_FLAG)
            continue;
        (void)fprintf(out, ".TP\n.BR \\-\\-");
        roff(out, option->name);
        if (option->argument != NULL) {
            (void)fputs(" \" \" ", out);
            roff(out, option->argument);
        }
        (void)fputc('\n', out);
        roff(out, option->help);
        if (option->fallback != NULL) {
            (void)fprintf(out, " Default: ");
            roff(out, option->fallback);
        }
        (void)fputc('\n', out);
    }
}

void cli_help_man(FILE *out)
{
    (void)fprintf(
        out,
        ".TH LETHE 1 \"\" \"Lethe %s\" \"User Commands\"\n.SH NAME\n"
        "lethe \\- de\\-identification for predictive healthcare\n.SH SYNOPSIS\n.B lethe\n.I VERB\n[options]\n"
        ".SH DESCRIPTION\nTurns identifiable health records into a dataset that machine learning can use, and "
        "measures how private and how useful it is.\n.SH VERBS\n",
        lethe_version());
    for (int i = 0; i < CLI_VERB_COUNT; i++)
        man_verb(out, i);
    (void)fprintf(
        out, ".SH EXIT STATUS\n0 done, 1 internal, 2 usage or configuration, 3 done with records withheld, 4 bad "
             "input under \\-\\-strict, 5 a gate or a verification failed, 6 key or permission, 7 I/O, 130 "
             "interrupted.\n.SH ENVIRONMENT\n.TP\nLETHE_KEY_FILE\nThe key file where \\-\\-key is not given.\n.TP\n"
             "NO_COLOR\nNo colour in progress and summaries.\n");
}

void cli_help_completion(FILE *out)
{
    (void)fprintf(out, "# bash completion for lethe\n_lethe() {\n"
                       "    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
                       "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        COMPREPLY=($(compgen -W \"");
    for (int i = 0; i < CLI_VERB_COUNT; i++)
        (void)fprintf(out, "%s%s", i != 0 ? " " : "", CLI_VERBS[i].name);
    (void)fprintf(out, "\" -- \"$word\"))\n        return\n    fi\n    case $previous in\n");
    for (int i = 0; i < CLI_OPTION_COUNT; i++) {
        const cli_option *option = &CLI_OPTIONS[i];
        if (option->kind == CLI_CHOICE) {
            (void)fprintf(out, "    --%s) COMPREPLY=($(compgen -W \"", option->name);
            for (const char *at = option->argument; *at != '\0'; at++)
                (void)fputc(*at == '|' ? ' ' : *at, out);
            (void)fprintf(out, "\" -- \"$word\")); return ;;\n");
        }
    }
    (void)fprintf(out, "    esac\n    case ${COMP_WORDS[1]} in\n");
    for (int verb = 0; verb < CLI_VERB_COUNT; verb++) {
        (void)fprintf(out, "    %s) local options=\"", CLI_VERBS[verb].name);
        for (int i = 0; i < CLI_OPTION_COUNT; i++)
            if ((CLI_OPTIONS[i].verbs >> verb & 1) != 0)
                (void)fprintf(out, "--%s ", CLI_OPTIONS[i].name);
        (void)fprintf(out, "\" ;;\n");
    }
    (void)fprintf(
        out, "    esac\n    case $word in\n    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$word\")) ;;\n"
             "    *) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n    esac\n}\ncomplete -o filenames -F _lethe lethe\n");
}

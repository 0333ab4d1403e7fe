/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"
#include "cli/progress.h"
#include "cli/verbs.h"

#include <lethe/lethe.h>

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LARGE_BLOCK_BYTES (4 << 20)

static int run_help(const cli_settings *settings)
{
    const char *word = settings->word_count != 0 ? settings->words[0] : NULL;
    if (word == NULL) {
        cli_help_all(stdout);
        return 0;
    }
    if (strcmp(word, "man") == 0) {
        cli_help_man(stdout);
        return 0;
    }
    if (strcmp(word, "completion") == 0) {
        cli_help_completion(stdout);
        return 0;
    }
    for (int i = 0; i < CLI_VERB_COUNT; i++)
        if (strcmp(word, CLI_VERBS[i].name) == 0) {
            cli_help_verb((cli_verb_id)i, stdout);
            return 0;
        }
    (void)fprintf(stderr, "lethe: no such verb; see `lethe help`\n");
    return CLI_EXIT_USAGE;
}

static int run_verb(const cli_settings *settings)
{
    static int (*const verbs[CLI_VERB_COUNT])(const cli_settings *) = {
        [CLI_KEYS] = cli_run_keys,
        [CLI_SYNTH] = cli_run_synth,
        [CLI_RUN] = cli_run_run,
        [CLI_PROFILE] = cli_run_profile,
        [CLI_EMERGENCY] = cli_run_emergency,
        [CLI_VERIFY] = cli_run_verify,
        [CLI_INDEX] = cli_run_index,
        [CLI_SEARCH] = cli_run_search,
        [CLI_EVALUATE] = cli_run_evaluate,
        [CLI_PREDICT] = cli_run_predict,
        [CLI_ERASE] = cli_run_erase,
        [CLI_HIERARCHY] = cli_run_hierarchy,
        [CLI_RISK] = cli_run_risk,
        [CLI_ATTACK] = cli_run_attack,
        [CLI_COUNTS] = cli_run_counts,
        [CLI_VALIDATE] = cli_run_validate,
        [CLI_DEID] = cli_run_deid,
        [CLI_POLICY] = cli_run_policy,
        [CLI_REIDENTIFY] = cli_run_reidentify,
        [CLI_ANONYMIZE] = cli_run_anonymize,
        [CLI_DP] = cli_run_dp,
        [CLI_PUBLISH] = cli_run_publish,
        [CLI_UNPUBLISH] = cli_run_unpublish,
        [CLI_EXPORT] = cli_run_export,
        [CLI_HELP] = run_help,
    };
    if (cli_flag(settings, CLI_HELP_FLAG)) {
        cli_help_verb(settings->verb, stdout);
        return 0;
    }
    if (cli_flag(settings, CLI_PRINT_CONFIG)) {
        cli_print_config(settings, stdout);
        return 0;
    }
    return verbs[settings->verb](settings);
}

/* What the command line lacks is told to a person, and to a program that asked for JSON. */
static int read_settings(int argc, char **argv, cli_settings *ret_settings)
{
    char *text = NULL;
    size_t size = 0;
    bool json = false;
    FILE *complaints = open_memstream(&text, &size);
    const int status = cli_settings_read(argc, argv, complaints != NULL ? complaints : stderr, ret_settings);
    if (complaints == NULL || fclose(complaints) != 0)
        return status;
    (void)fwrite(text, 1, size, stderr);
    for (int i = 2; i < argc; i++)
        json = json || strcmp(argv[i], "--json") == 0;
    if (status != 0 && json) {
        if (size != 0 && text[size - 1] == '\n')
            text[size - 1] = '\0';
        cli_print_json_complaint(stdout, text);
    }
    free(text);
    return status;
}

static int run_command(int argc, char **argv)
{
    cli_settings settings;
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        cli_help_all(argc < 2 ? stderr : stdout);
        return argc < 2 ? CLI_EXIT_USAGE : 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("lethe %s\n", lethe_version());
        return 0;
    }
    int status = read_settings(argc, argv, &settings);
    if (status == 0) {
        status = run_verb(&settings);
        cli_settings_done(&settings);
    }
    return status;
}

int main(int argc, char **argv)
{
    lethe_harden_process();
    (void)mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK_BYTES); /* a freed block goes back at once: --memory is meant */
    cli_ignore_file_signals();
    const int status = run_command(argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        (void)fputs("lethe: standard output could not be written; what it shows is not whole\n", stderr);
        return status != 0 ? status : CLI_EXIT_IO;
    }
    return status;
}

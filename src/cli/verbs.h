/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include "cli/options.h"

enum {
    CLI_EXIT_DONE = 0,
    CLI_EXIT_INTERNAL = 1,
    CLI_EXIT_USAGE = 2,
    CLI_EXIT_WITHHELD = 3,
    CLI_EXIT_BAD_INPUT = 4,
    CLI_EXIT_GATE = 5,
    CLI_EXIT_KEY = 6,
    CLI_EXIT_IO = 7,
    CLI_EXIT_INTERRUPTED = 130,
};

/* One a verb; each returns an exit code. */
int cli_run_keys(const cli_settings *settings);
int cli_run_synth(const cli_settings *settings);
int cli_run_run(const cli_settings *settings);
int cli_run_profile(const cli_settings *settings);
int cli_run_emergency(const cli_settings *settings);
int cli_run_verify(const cli_settings *settings);
int cli_run_index(const cli_settings *settings);
int cli_run_search(const cli_settings *settings);
int cli_run_anonymize(const cli_settings *settings);
int cli_run_erase(const cli_settings *settings);
int cli_run_publish(const cli_settings *settings);
int cli_run_unpublish(const cli_settings *settings);
int cli_run_export(const cli_settings *settings);
int cli_run_evaluate(const cli_settings *settings);
int cli_run_predict(const cli_settings *settings);
int cli_run_dp(const cli_settings *settings);
int cli_run_deid(const cli_settings *settings);
int cli_run_policy(const cli_settings *settings);
int cli_policy_check(const cli_settings *settings, const char *path);
int cli_run_reidentify(const cli_settings *settings);
int cli_run_hierarchy(const cli_settings *settings);
int cli_run_risk(const cli_settings *settings);
int cli_run_attack(const cli_settings *settings);
int cli_run_counts(const cli_settings *settings);
int cli_run_validate(const cli_settings *settings);

/* The FHIR artefact of a run: first whether it can be made, then it is made, of the same input under the same key. Exit
 * codes; CLI_EXIT_DONE where none was asked for. */
int cli_fhir_check(const cli_settings *settings);
int cli_fhir_make(const cli_settings *settings);

/* Publishes to every --publish of a run whose dataset is ready; an exit code. */
int cli_publish_all(const cli_settings *settings, const char *dataset);

/* What --profile or --text says. With --id nothing is read; where not one of the three is given, or the file cannot be
 * read, the exit code after a complaint. */
typedef struct cli_question {
    char *input; /* to be freed by cli_question_done */
    size_t size;
    bool profile, text;
} cli_question;

int cli_question_read(const cli_settings *settings, cli_question *ret_question);

/* Names the profile's file in an error that speaks of what it holds. */
void cli_question_blame(const cli_settings *settings, const cli_question *question, lethe_error *error);
void cli_question_done(cli_question *question);

/* All of a file, or of standard input for "-": malloc'd; NULL with errno. */
char *cli_read_file(const char *path, size_t *ret_size);

/* Prints "lethe VERB: NAME: message (file, line, byte, path)", under it what helps, and returns the exit code. */
int cli_fail(const cli_settings *settings, const lethe_error *error);

/* As cli_fail; with --json also {"error": …} on standard output: for verbs whose JSON has no place for it. */
int cli_fail_alone(const cli_settings *settings, const lethe_error *error);

/* A command line that says too little or too much: "lethe VERB: complaint; see `lethe help VERB`". */
int cli_complain(const cli_settings *settings, const char *complaint);

/* A file or standard input that could not be read, by errno. */
int cli_fail_read(const cli_settings *settings, const char *path);

/* One sentence that says what helps, or NULL. */
const char *cli_advice(cli_verb_id verb, const lethe_error *error);

/* A complaint about the command line as JSON, in the shape of every other error. */
void cli_print_json_complaint(FILE *out, const char *complaint);

/* The place of an error, as text between parentheses; nothing where there is none. */
void cli_print_place(FILE *out, const lethe_error *error);

/* The error as a JSON object: code, message, what is known of the place, and advice where there is some. */
void cli_print_json_error(FILE *out, cli_verb_id verb, const lethe_error *error);

/* A string as a JSON string. */
void cli_print_json_text(FILE *out, const char *text);

#endif

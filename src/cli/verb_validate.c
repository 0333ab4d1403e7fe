/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"
#include "cli/verbs.h"

#include <lethe/validate.h>

#include <string.h>

static int show_progress(void *context, uint64_t done, uint64_t total)
{
    return cli_bar_update(context, "validating", done, total);
}

static void print_member(const char *name, const char *text)
{
    (void)printf("\"%s\": ", name);
    cli_print_json_text(stdout, text);
}

/* -- the rules ------------------------------------------------------------------------------------------------------
 */

static void print_rules_json(void)
{
    lethe_validate_rule rule;
    (void)printf("{\"rules\": [");
    for (size_t i = 0; lethe_validate_rule_get(i, &rule) == 0; i++) {
        (void)printf("%s{", i != 0 ? ", " : "");
        print_member("rule", rule.name);
        (void)printf(", ");
        print_member("code", rule.code);
        (void)printf(", ");
        print_member("severity", rule.severity);
        (void)printf(", ");
        print_member("about", rule.about);
        (void)printf(", ");
        print_member("checked", rule.checked);
        (void)printf(", ");
        print_member("message", rule.message);
        (void)printf("}");
    }
    (void)printf("], \"not_checked\": [");
    for (const char *const *limit = lethe_validate_limits(); *limit != NULL; limit++) {
        (void)printf("%s", limit != lethe_validate_limits() ? ", " : "");
        cli_print_json_text(stdout, *limit);
    }
    (void)printf("]}\n");
}

static void print_rules_that_are(bool checked)
{
    lethe_validate_rule rule;
    for (size_t i = 0; lethe_validate_rule_get(i, &rule) == 0; i++)
        if ((strcmp(rule.checked, "yes") == 0) == checked)
            (void)printf("  %-18s %-13s %-7s %s%s%s\n", rule.name, rule.code, rule.severity, rule.about,
                         rule.about[0] != '\0' ? ": " : "", rule.message);
}

static void print_rules(void)
{
    (void)printf("Checked:\n");
    print_rules_that_are(true);
    (void)printf("\nNot checked:\n");
    print_rules_that_are(false);
    for (const char *const *limit = lethe_validate_limits(); *limit != NULL; limit++)
        (void)printf("  %s\n", *limit);
}

/* -- a result -------------------------------------------------------------------------------------------------------
 */

static void print_json_issue(const lethe_issue *issue)
{
    (void)printf("{");
    print_member("severity", issue->severity);
    (void)printf(", ");
    print_member("code", issue->code);
    (void)printf(", ");
    print_member("rule", issue->rule);
    (void)printf(", ");
    print_member("message", issue->message);
    (void)printf(", ");
    print_member("file", issue->file);
    if (issue->line != 0)
        (void)printf(", \"line\": %lld", (long long)issue->line);
    (void)printf(", \"byte\": %lld, ", (long long)issue->byte);
    print_member("path", issue->path);
    (void)printf("}");
}

static void print_json(const lethe_validate_result *result)
{
    (void)printf("{\"valid\": %s, \"files\": %llu, \"bytes\": %llu, \"documents\": %llu, \"resources\": %llu, "
                 "\"invalid\": %llu, \"errors\": %llu, \"warnings\": %llu, \"rules\": [",
                 result->invalid == 0 ? "true" : "false", (unsigned long long)result->files,
                 (unsigned long long)result->bytes, (unsigned long long)result->documents,
                 (unsigned long long)result->resources, (unsigned long long)result->invalid,
                 (unsigned long long)result->errors, (unsigned long long)result->warnings);
    for (size_t i = 0; i < result->rule_count; i++) {
        (void)printf("%s{", i != 0 ? ", " : "");
        print_member("rule", result->rules[i].rule);
        (void)printf(", ");
        print_member("severity", result->rules[i].severity);
        (void)printf(", \"issues\": %llu}", (unsigned long long)result->rules[i].issues);
    }
    (void)printf("], \"issues\": [");
    for (size_t i = 0; i < result->count; i++) {
        (void)printf("%s", i != 0 ? ", " : "");
        print_json_issue(&result->issues[i]);
    }
    (void)printf("]}\n");
}

static void print_issue(const lethe_issue *issue)
{
    lethe_error place = {.line = issue->line, .byte = issue->byte};
    (void)snprintf(place.file, sizeof(place.file), "%s", issue->file);
    (void)printf("%-7s %s: %s", issue->severity, issue->rule, issue->message);
    cli_print_place(stdout, &place);
    (void)printf("\n        %s\n", issue->path);
}

static void print_text(const lethe_validate_result *result)
{
    for (size_t i = 0; i < result->count; i++)
        print_issue(&result->issues[i]);
    if (result->count < result->errors + result->warnings)
        (void)printf("and %llu more; --issues N lists more\n",
                     (unsigned long long)(result->errors + result->warnings - result->count));
    for (size_t i = 0; i < result->rule_count; i++)
        (void)printf("%s%12llu  %-7s %s\n", i == 0 ? "\n" : "", (unsigned long long)result->rules[i].issues,
                     result->rules[i].severity, result->rules[i].rule);
    (void)printf("%s%llu documents, %llu resources: %llu documents invalid, %llu errors, %llu warnings\n",
                 result->count != 0 ? "\n" : "", (unsigned long long)result->documents,
                 (unsigned long long)result->resources, (unsigned long long)result->invalid,
                 (unsigned long long)result->errors, (unsigned long long)result->warnings);
}

static int fail(const cli_settings *settings, const lethe_error *error)
{
    if (cli_flag(settings, CLI_JSON)) {
        (void)printf("{\"error\": ");
        cli_print_json_error(stdout, CLI_VALIDATE, error);
        (void)printf("}\n");
    }
    return cli_fail(settings, error);
}

int cli_run_validate(const cli_settings *settings)
{
    lethe_error error = {0};
    lethe_validate_result *result = NULL;
    cli_bar bar;
    if (cli_flag(settings, CLI_RULES)) {
        if (cli_flag(settings, CLI_JSON))
            print_rules_json();
        else
            print_rules();
        return CLI_EXIT_DONE;
    }
    cli_bar_init(&bar, cli_flag(settings, CLI_QUIET));
    const lethe_validate_options options = {
        .size_bytes = sizeof(options),
        .threads = (uint32_t)cli_number(settings, CLI_THREADS),
        .max_issues = (uint32_t)cli_number(settings, CLI_ISSUES),
        .progress = show_progress,
        .progress_context = &bar,
    };
    const int status = lethe_validate(cli_text(settings, CLI_INPUT), &options, &result, &error);
    cli_bar_clear(&bar);
    if (status != 0)
        return fail(settings, &error);
    if (cli_flag(settings, CLI_JSON))
        print_json(result);
    else
        print_text(result);
    const bool valid = result->invalid == 0;
    lethe_validate_free(result);
    return valid ? CLI_EXIT_DONE : CLI_EXIT_GATE;
}

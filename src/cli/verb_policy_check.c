/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs.h"

#include <lethe/policy.h>

#include <string.h>

#define OPEN_SHOWN 15

/* What was found of each kind; free text that is open is long and is cut on a terminal. */
typedef struct checked {
    unsigned long long never, shadowed, overlap, open, key, unknown, differs;
    bool json, first;
} checked;

static unsigned long long *counter_of(checked *found, const char *kind)
{
    if (strcmp(kind, "never") == 0)
        return &found->never;
    if (strcmp(kind, "shadowed") == 0)
        return &found->shadowed;
    if (strcmp(kind, "overlap") == 0)
        return &found->overlap;
    if (strcmp(kind, "open") == 0)
        return &found->open;
    if (strcmp(kind, "key") == 0)
        return &found->key;
    return strcmp(kind, "unknown-key") == 0 ? &found->unknown : &found->differs;
}

static void print_json(const lethe_policy_finding *finding, bool first)
{
    (void)printf("%s\n  {\"kind\": \"%s\"", first ? "" : ",", finding->kind);
    if (finding->rule != 0)
        (void)printf(", \"rule\": %zu", finding->rule);
    if (finding->line != 0)
        (void)printf(", \"line\": %lld", (long long)finding->line);
    (void)printf(", \"path\": ");
    cli_print_json_text(stdout, finding->path);
    (void)printf(", \"text\": ");
    cli_print_json_text(stdout, finding->text);
    (void)printf("}");
}

static int print_finding(void *context, const lethe_policy_finding *finding)
{
    checked *found = context;
    unsigned long long *count = counter_of(found, finding->kind);
    ++*count;
    if (found->json) {
        print_json(finding, found->first);
        found->first = false;
    } else if (count != &found->open || *count <= OPEN_SHOWN) {
        (void)printf("%-11s  ", finding->kind);
        if (finding->line != 0)
            (void)printf("line %-4lld  ", (long long)finding->line);
        (void)printf("%s: %s\n", finding->path, finding->text);
    }
    return 0;
}

static void print_counts(const checked *found, size_t rules)
{
    if (found->json) {
        (void)printf("\n], \"rules\": %zu, \"never\": %llu, \"shadowed\": %llu, \"overlap\": %llu, \"open\": %llu, "
                     "\"key\": %llu, \"unknown_key\": %llu, \"differs\": %llu}\n",
                     rules, found->never, found->shadowed, found->overlap, found->open, found->key, found->unknown,
                     found->differs);
        return;
    }
    if (found->open > OPEN_SHOWN)
        (void)printf("open         and %llu more places of free text; --json names all\n", found->open - OPEN_SHOWN);
    (void)printf(
        "\n%zu rules: %llu never match, %llu are shadowed, %llu overlap with earlier ones. %llu places of free "
        "text stay open under --compat ms; %llu times it gives another output.\n",
        rules, found->never, found->shadowed, found->overlap, found->open, found->differs);
}

int cli_policy_check(const cli_settings *settings, const char *path)
{
    lethe_error error = {0};
    size_t rules = 0;
    checked found = {.json = cli_flag(settings, CLI_JSON), .first = true};
    if (found.json)
        (void)printf("{\"findings\": [");
    const int status = lethe_policy_check(path, print_finding, &found, &rules, &error);
    if (status != 0) {
        if (found.json) {
            (void)printf("], \"error\": ");
            cli_print_json_error(stdout, CLI_POLICY, &error);
            (void)printf("}\n");
        }
        return cli_fail(settings, &error);
    }
    print_counts(&found, rules);
    return found.never != 0 || found.shadowed != 0 ? CLI_EXIT_GATE : CLI_EXIT_DONE;
}

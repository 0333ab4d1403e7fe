/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"
#include "cli/verbs.h"

#include <lethe/verify.h>

#include <string.h>

static int show_progress(void *context, uint64_t done, uint64_t total)
{
    return cli_bar_update(context, "verifying", done, total);
}

static void print_json(const lethe_verify_result *result, const lethe_error *error)
{
    (void)printf("{\"verified\": %s, \"signer_established\": %s, \"operators_files\": %s, \"level\": ",
                 error == NULL ? "true" : "false", result->signer_established ? "true" : "false",
                 result->operators_files ? "true" : "false");
    cli_print_json_text(stdout, result->level);
    (void)printf(", \"audience\": ");
    cli_print_json_text(stdout, result->audience);
    (void)printf(", \"k\": %u, \"attacker_visits\": %u, \"attacker_items\": %u, \"rows\": %llu, \"patients\": %llu, "
                 "\"checks\": [",
                 result->k, result->attacker_visits, result->attacker_items, (unsigned long long)result->rows,
                 (unsigned long long)result->patients);
    for (size_t i = 0; i < result->check_count; i++) {
        const lethe_check *check = &result->checks[i];
        (void)printf("%s{\"name\": ", i != 0 ? ", " : "");
        cli_print_json_text(stdout, check->name);
        (void)printf(", \"passed\": %s, \"counted\": %llu",
                     check->passed > 0    ? "true"
                     : check->passed == 0 ? "false"
                                          : "null",
                     (unsigned long long)check->counted);
        if (check->passed == 0) {
            (void)printf(", \"error\": ");
            cli_print_json_text(stdout, check->trouble.name != NULL ? check->trouble.name : "");
        }
        (void)printf("}");
    }
    (void)printf("]");
    if (error != NULL) {
        (void)printf(", \"error\": ");
        cli_print_json_error(stdout, CLI_VERIFY, error);
    }
    (void)printf("}\n");
}

static void print_checks(const lethe_verify_result *result)
{
    const bool colour = cli_colour();
    for (size_t i = 0; i < result->check_count; i++) {
        const lethe_check *check = &result->checks[i];
        static const char *const marks[] = {"not made", "FAILED", "ok"};
        static const char *const colours[] = {"\033[2m", "\033[1;31m", "\033[32m"};
        const int mark = check->passed + 1;
        (void)printf("  %s%-8s%s %-28s", colour ? colours[mark] : "", marks[mark], colour ? "\033[0m" : "",
                     check->name);
        if (check->counted != 0)
            (void)printf(" %12llu", (unsigned long long)check->counted);
        if (check->passed == 0) {
            (void)printf("  %s: %s", check->trouble.name != NULL ? check->trouble.name : "",
                         check->trouble.message != NULL ? check->trouble.message : "");
            cli_print_place(stdout, &check->trouble);
        }
        (void)printf("\n");
    }
    (void)printf("\n%llu rows of %llu people, level %s, k %u, attacker knows %u visits, %u items; audience: %s\n",
                 (unsigned long long)result->rows, (unsigned long long)result->patients, result->level, result->k,
                 result->attacker_visits, result->attacker_items, result->audience);
    if (!result->signer_established)
        (void)printf("The signer is not established: give --public-key to say whose signature it must be.\n");
    if (result->operators_files)
        (void)printf(
            "Not signed, so not to be handed on, if there: run.json, which names the files that were read, and "
            "vectors/, which\n`lethe index build` makes again from the rows; evaluation.* and models/ are of `lethe "
            "evaluate`.\n");
}

/* The first line of the file that `lethe keys public` made. */
static bool read_public_key(const char *path, char ret_key[128])
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    if (fgets(ret_key, 128, file) == NULL)
        ret_key[0] = '\0'; /* an empty file is no key */
    const bool read = ferror(file) == 0;
    (void)fclose(file);
    ret_key[strcspn(ret_key, "\r\n")] = '\0';
    return read;
}

int cli_run_verify(const cli_settings *settings)
{
    lethe_error error = {0};
    static lethe_verify_result result;
    char key[128] = "";
    cli_bar bar;
    const char *key_file = cli_text(settings, CLI_PUBLIC_KEY);
    if (settings->word_count != 1)
        return cli_complain(settings, "one dataset folder");
    if (key_file != NULL && !read_public_key(key_file, key))
        return cli_fail_read(settings, key_file);
    cli_bar_init(&bar, cli_flag(settings, CLI_QUIET));
    const lethe_verify_options options = {
        .size_bytes = sizeof(options),
        .public_key = key_file != NULL ? key : NULL,
        .progress = show_progress,
        .progress_context = &bar,
        .threads = (uint32_t)cli_number(settings, CLI_THREADS),
    };
    const int status = lethe_verify(settings->words[0], &options, &result, &error);
    cli_bar_clear(&bar);
    if (status == LETHE_E_ENGINE_PUBLIC_KEY)
        (void)snprintf(error.file, sizeof(error.file), "%s", key_file);
    if (cli_flag(settings, CLI_JSON))
        print_json(&result, status != 0 ? &error : NULL);
    else if (result.check_count != 0)
        print_checks(&result);
    return status != 0 ? cli_fail(settings, &error) : CLI_EXIT_DONE;
}

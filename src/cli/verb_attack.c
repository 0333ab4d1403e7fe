/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/tabular.h"

#include <lethe/attack.h>

#include <string.h>

static void print_contests(const lethe_attack_result *result)
{
    const bool control = result->control_rows != 0;
    (void)printf("%llu released rows, made of %llu, against %llu others\n\n", (unsigned long long)result->released_rows,
                 (unsigned long long)result->original_rows, (unsigned long long)result->control_rows);
    (void)printf("%-13s %-22s %9s %9s %9s  %s\n", "attack", "columns", "original", "control", "blind",
                 control ? "what the release adds, 95 %" : "risk, 95 % (no control group)");
    for (size_t i = 0; i < result->contest_count; i++) {
        const lethe_contest *one = &result->contests[i];
        (void)printf("%-13s %-22.22s %8.2f%% ", one->attack, one->columns, 100 * one->against_original.rate);
        if (control)
            (void)printf("%8.2f%% ", 100 * one->against_control.rate);
        else
            (void)printf("%9s ", "-");
        (void)printf("%8.2f%%  %.3f (%.3f to %.3f), %llu guesses%s\n", 100 * one->blind.rate, one->risk, one->low,
                     one->high, (unsigned long long)one->against_original.trials,
                     one->beats_blind ? "" : "; no better than blind: says nothing");
    }
}

static void print_distances(const lethe_attack_result *result)
{
    const lethe_closeness *close = &result->closeness;
    (void)printf("\n%llu of %llu released rows are a person's row (distance 0); 5 %% are within %.3f, half within %.3f "
                 "of one, in columns\n",
                 (unsigned long long)close->copies, (unsigned long long)close->rows, close->fifth, close->median);
    if (close->has_control)
        (void)printf("of as many others %llu, %.3f, %.3f; closer to the original than to them are %.2f %% (< %.2f; "
                     "chance is 50)\n",
                     (unsigned long long)close->control_copies, close->control_fifth, close->control_median,
                     100 * close->closer.rate, 100 * close->closer.upper);
    if (result->has_membership)
        (void)printf("who of two was in the original is told right %.2f %% of the time (< %.2f; chance is 50)\n",
                     100 * result->membership.rate, 100 * result->membership.upper);
}

static int attack(const cli_settings *settings, lethe_attack_result **ret_result, lethe_error *error)
{
    lethe_csv original, released, control;
    cli_names known = {0}, secrets = {0};
    const char *known_list = cli_text(settings, CLI_AUX), *secret_list = cli_text(settings, CLI_SECRET);
    int status = cli_csv(settings, CLI_ORIGINAL, &original, error);
    if (status == 0)
        status = cli_csv(settings, CLI_RELEASED, &released, error);
    if (status == 0)
        status = cli_csv(settings, CLI_CONTROL, &control, error);
    if (status == 0 && known_list != NULL)
        status = cli_names_split(known_list, "known", &known, error);
    if (status == 0 && secret_list != NULL)
        status = cli_names_split(secret_list, "secret", &secrets, error);
    const lethe_attack_options options = {
        .size_bytes = sizeof(options),
        .original = &original,
        .released = &released,
        .control = cli_text(settings, CLI_CONTROL) != NULL ? &control : NULL,
        .known = known.names,
        .known_count = known.count,
        .secrets = secrets.names,
        .secret_count = secrets.count,
        .attempts = (uint32_t)cli_number(settings, CLI_ATTEMPTS),
        .seed = cli_number(settings, CLI_ATTACK_SEED),
        .threads = cli_number(settings, CLI_THREADS),
    };
    if (status == 0)
        status = lethe_attack(&options, ret_result, error);
    cli_names_done(&known);
    cli_names_done(&secrets);
    return status;
}

int cli_run_attack(const cli_settings *settings)
{
    lethe_error error = {0};
    lethe_attack_result *result = NULL;
    if (settings->word_count != 0)
        return cli_complain(settings, "no words, only options");
    if (attack(settings, &result, &error) != 0)
        return cli_fail_alone(settings, &error);
    if (cli_flag(settings, CLI_JSON)) {
        (void)printf("%s\n", result->json);
    } else {
        print_contests(result);
        print_distances(result);
    }
    lethe_attack_free(result);
    return CLI_EXIT_DONE;
}

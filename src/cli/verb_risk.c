/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/tabular.h"

#include <lethe/risk.h>

#include <stdlib.h>
#include <string.h>

#define SETS_SHOWN 12

static void print_attacker(const char *name, const lethe_attacker *attacker, const lethe_risk_result *result)
{
    (void)printf("  %-11s highest %.4f, average %.4f; people below a cell of", name, attacker->highest,
                 attacker->average);
    for (size_t i = 0; i < LETHE_RISK_THRESHOLDS; i++)
        (void)printf("%s %u: %.2f %% (< %.2f)", i != 0 ? "," : "", result->threshold_cells[i],
                     100 * attacker->at_risk[i].rate, 100 * attacker->at_risk[i].upper);
    (void)printf("\n");
}

static void print_share(const char *name, double share)
{
    if (share < 0)
        (void)printf("%s does not converge", name);
    else
        (void)printf("%s %.3f %%", name, 100 * share);
}

static void print_risks(const lethe_risk_result *result)
{
    (void)printf("%llu rows of %llu people in %llu classes, the smallest of %llu\n", (unsigned long long)result->rows,
                 (unsigned long long)result->people, (unsigned long long)result->classes,
                 (unsigned long long)result->smallest);
    if (result->rows_with_stars != 0)
        (void)printf("%llu rows have suppressed cells, which match anything\n",
                     (unsigned long long)result->rows_with_stars);
    print_attacker("prosecutor", &result->prosecutor, result);
    if (result->journalist_known)
        print_attacker("journalist", &result->journalist, result);
    if (result->classes_not_in_population != 0)
        (void)printf("  %llu classes have fewer people in the population than in the table: is it the right one?\n",
                     (unsigned long long)result->classes_not_in_population);
    (void)printf("  marketer    %.4f of all people found\n", result->marketer);
    (void)printf("  alone in the table %.2f %% (< %.2f)", 100 * result->uniques.rate, 100 * result->uniques.upper);
    if (result->uniqueness_known) {
        (void)printf("; in the population ");
        print_share("Dankar", result->dankar);
        (void)printf(" (%s): ", result->dankar_model);
        print_share("Pitman", result->pitman);
        print_share(", Zayatz", result->zayatz);
        print_share(", SNB", result->snb);
    }
    (void)printf("\n");
}

static int by_separation(const void *a, const void *b)
{
    const lethe_column_set *x = *(const lethe_column_set *const *)a, *y = *(const lethe_column_set *const *)b;
    if (x->minimal != y->minimal)
        return x->minimal > y->minimal ? -1 : 1;
    return x < y ? -1 : x > y;
}

/* The sets that single out most, of those that need all their columns for it. */
static void print_sets(const lethe_risk_result *result)
{
    const lethe_column_set **sets = calloc(result->set_count + 1, sizeof(lethe_column_set *));
    (void)printf("\n%-24s %12s %12s %12s\n", "column", "contribution", "distinction", "separation");
    for (size_t i = 0; i < result->column_count; i++)
        (void)printf("%-24s %11.1f%% %12.6f %12.6f\n", result->columns[i].column, 100 * result->columns[i].contribution,
                     result->columns[i].distinction, result->columns[i].separation);
    (void)printf("\n%llu rows are singled out by at most %u columns; minimal sets:\n",
                 (unsigned long long)result->minimal, result->subset_size);
    for (size_t i = 0; sets != NULL && i < result->set_count; i++)
        sets[i] = &result->sets[i];
    if (sets != NULL)
        qsort(sets, result->set_count, sizeof(lethe_column_set *), by_separation);
    for (size_t i = 0; sets != NULL && i < result->set_count && i < SETS_SHOWN && sets[i]->minimal != 0; i++)
        (void)printf("%10llu rows  %s\n", (unsigned long long)sets[i]->minimal, sets[i]->columns);
    free(sets);
}

static int measure(const cli_settings *settings, lethe_risk_result **ret_result, lethe_error *error)
{
    lethe_csv input, population;
    cli_names qi = {0};
    if (cli_csv(settings, CLI_CSV_INPUT, &input, error) != 0 ||
        cli_csv(settings, CLI_POPULATION, &population, error) != 0 ||
        cli_names_split(cli_text(settings, CLI_QI), "qi", &qi, error) != 0)
        return error->code;
    const lethe_risk_options options = {
        .size_bytes = sizeof(options),
        .input = &input,
        .qi = qi.names,
        .qi_count = qi.count,
        .person = cli_text(settings, CLI_PERSON),
        .population = population.path != NULL ? &population : NULL,
        .population_size = cli_number(settings, CLI_POPULATION_SIZE),
        .sampling_fraction = cli_share(settings, CLI_SAMPLING_FRACTION),
        .subset_size = (uint32_t)cli_number(settings, CLI_SUBSET_SIZE),
    };
    const int status = input.path == NULL ? cli_refuse("input", error) : lethe_risk(&options, ret_result, error);
    cli_names_done(&qi);
    return status;
}

int cli_run_risk(const cli_settings *settings)
{
    lethe_error error = {0};
    lethe_risk_result *result = NULL;
    if (settings->word_count != 0)
        return cli_complain(settings, "no words, only options");
    if (measure(settings, &result, &error) != 0)
        return cli_fail_alone(settings, &error);
    if (cli_flag(settings, CLI_JSON)) {
        (void)printf("%s\n", result->json);
    } else {
        print_risks(result);
        if (result->subset_size != 0)
            print_sets(result);
    }
    lethe_risk_free(result);
    return CLI_EXIT_DONE;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/tabular.h"
#include "cli/verbs.h"

#include <lethe/dp.h>

#include <string.h>

static const char *const KINDS[] = {"count", "sum", "mean", "histogram", "quantile"};

/* "0.100000000000000000" as a person writes it. */
static void print_amount(const char *text)
{
    size_t size = strlen(text);
    if (strchr(text, '.') != NULL) {
        while (text[size - 1] == '0')
            size--;
        size -= text[size - 1] == '.';
    }
    (void)printf("%.*s", (int)size, text);
}

static void print_named(const char *name, const char *amount)
{
    (void)printf(", \"%s\": ", name);
    print_amount(amount);
}

/* -- the budget -----------------------------------------------------------------------------------------------------
 */

static void print_json_budget(const lethe_dp_budget_info *info)
{
    (void)printf("{\"composition\": \"%s\"", info->composition);
    print_named("epsilon", info->epsilon);
    print_named("delta", info->delta);
    print_named("spent_epsilon", info->spent_epsilon);
    print_named("spent_delta", info->spent_delta);
    print_named("spent_rho", info->spent_rho);
    print_named("left_epsilon", info->left_epsilon);
    (void)printf(", \"answers\": %llu, \"unfinished\": %s, \"head\": \"%s\"}", (unsigned long long)info->answers,
                 info->unfinished ? "true" : "false", info->head);
}

static void print_budget(const lethe_dp_budget_info *info)
{
    (void)printf("Budget: epsilon ");
    print_amount(info->epsilon);
    (void)printf(", delta ");
    print_amount(info->delta);
    (void)printf(" (%s). Answers: %llu. Left for one more: epsilon ", info->composition,
                 (unsigned long long)info->answers);
    print_amount(info->left_epsilon);
    (void)printf(".\n");
}

static int new_budget(const cli_settings *settings)
{
    lethe_error error = {0};
    const char *path = cli_text(settings, CLI_NEW_BUDGET);
    const lethe_dp_budget_options options = {
        .size_bytes = sizeof(options),
        .epsilon = cli_text(settings, CLI_EPSILON),
        .delta = cli_text(settings, CLI_DELTA),
        .composition = cli_text(settings, CLI_COMPOSITION),
        .key_file = cli_text(settings, CLI_KEY),
    };
    if (lethe_dp_budget_new(path, &options, &error) != 0)
        return cli_fail(settings, &error);
    (void)fprintf(stderr, "Wrote %s. One ledger for all that is ever asked about these people.\n", path);
    return CLI_EXIT_DONE;
}

static int fail(const cli_settings *settings, const lethe_error *error)
{
    if (cli_flag(settings, CLI_JSON)) {
        (void)printf("{\"error\": ");
        cli_print_json_error(stdout, CLI_DP, error);
        (void)printf("}\n");
    }
    return cli_fail(settings, error);
}

static int run_budget(const cli_settings *settings)
{
    lethe_error error = {0};
    lethe_dp_budget_info info;
    const char *budget = cli_text(settings, CLI_BUDGET);
    if ((cli_text(settings, CLI_NEW_BUDGET) != NULL) == (budget != NULL)) {
        (void)fprintf(stderr, "lethe dp budget: --new FILE or --budget FILE is needed\n");
        return CLI_EXIT_USAGE;
    }
    if (budget == NULL)
        return new_budget(settings);
    if (lethe_dp_budget_read(budget, cli_text(settings, CLI_KEY), &info, &error) != 0)
        return fail(settings, &error);
    if (cli_flag(settings, CLI_JSON)) {
        print_json_budget(&info);
        (void)printf("\n");
    } else {
        print_budget(&info);
    }
    return CLI_EXIT_DONE;
}

/* -- answers --------------------------------------------------------------------------------------------------------
 */

static void print_json_cells(const lethe_dp_answer *answer)
{
    (void)printf(", \"cells\": [");
    for (size_t i = 0; i < answer->count; i++) {
        (void)printf("%s{\"key\": ", i != 0 ? ", " : "");
        cli_print_json_text(stdout, answer->cells[i].key);
        (void)printf(", \"value\": %s}", answer->cells[i].value);
    }
    (void)printf("]");
    if (answer->threshold != 0)
        (void)printf(", \"threshold\": %llu", (unsigned long long)answer->threshold);
}

static void print_json(const char *kind, const lethe_dp_answer *answer)
{
    (void)printf("{\"what\": \"%s\"", kind);
    if (strcmp(kind, "histogram") == 0)
        print_json_cells(answer);
    else
        (void)printf(", \"value\": %s", answer->cells[0].value);
    (void)printf(", \"noise\": \"%s\"", answer->noise);
    if (answer->width[0] != '\0')
        (void)printf(", \"width_95\": %s", answer->width);
    (void)printf(", \"budget\": ");
    print_json_budget(&answer->budget);
    (void)printf("}\n");
}

static void print_text(const char *kind, const lethe_dp_answer *answer)
{
    const bool histogram = strcmp(kind, "histogram") == 0;
    for (size_t i = 0; i < answer->count; i++) {
        if (histogram)
            (void)printf("%12s  %s\n", answer->cells[i].value, answer->cells[i].key);
        else
            (void)printf("%s\n", answer->cells[i].value);
    }
    if (answer->width[0] != '\0')
        (void)fprintf(stderr, "%s noise: within %s of the value without it in 19 of 20 draws.\n", answer->noise,
                      answer->width);
    if (answer->threshold != 0)
        (void)fprintf(stderr, "Values that fewer than about %llu people have are not shown.\n",
                      (unsigned long long)answer->threshold);
}

static void say_budget(const lethe_dp_answer *answer)
{
    double left = 0, all = 0; /* for reading only; the ledger has the digits */
    if (sscanf(answer->budget.left_epsilon, "%lf", &left) == 1 && sscanf(answer->budget.epsilon, "%lf", &all) == 1)
        (void)fprintf(stderr, "Paid. Left for one more: epsilon %.6g of %.6g.\n", left, all);
}

static int ask(const cli_settings *settings, lethe_dp_kind kind)
{
    lethe_error error = {0};
    lethe_dp_answer *answer = NULL;
    lethe_csv csv;
    if (cli_csv(settings, CLI_CSV_INPUT, &csv, &error) != 0)
        return fail(settings, &error);
    const lethe_dp_query query = {
        .size_bytes = sizeof(query),
        .kind = kind,
        .input = csv.path != NULL ? &csv : NULL,
        .person = cli_text(settings, CLI_DP_PERSON),
        .column = cli_text(settings, CLI_DP_COLUMN),
        .lower = cli_text(settings, CLI_LOWER),
        .upper = cli_text(settings, CLI_UPPER),
        .step = cli_text(settings, CLI_STEP),
        .quantile = cli_text(settings, CLI_QUANTILE),
        .unit = cli_text(settings, CLI_UNIT),
        .keys = cli_text(settings, CLI_KEYS_FILE),
        .max_rows = (uint32_t)cli_number(settings, CLI_MAX_ROWS),
        .noise = cli_text(settings, CLI_NOISE),
        .epsilon = cli_text(settings, CLI_EPSILON),
        .delta = cli_text(settings, CLI_DELTA),
        .budget = cli_text(settings, CLI_BUDGET),
        .key_file = cli_text(settings, CLI_KEY),
    };
    if (lethe_dp_ask(&query, &answer, &error) != 0)
        return fail(settings, &error);
    if (cli_flag(settings, CLI_JSON)) {
        print_json(KINDS[kind], answer);
    } else {
        print_text(KINDS[kind], answer);
        say_budget(answer);
    }
    lethe_dp_answer_free(answer);
    return CLI_EXIT_DONE;
}

int cli_run_dp(const cli_settings *settings)
{
    const char *word = settings->word_count == 1 ? settings->words[0] : "";
    if (strcmp(word, "budget") == 0)
        return run_budget(settings);
    for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++)
        if (strcmp(word, KINDS[i]) == 0)
            return ask(settings, (lethe_dp_kind)i);
    (void)fprintf(stderr, "lethe dp: count, sum, mean, histogram, quantile or budget; see `lethe help dp`\n");
    return CLI_EXIT_USAGE;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"
#include "cli/verbs.h"

#include <lethe/predict.h>

#include <stdlib.h>

static int show_evaluating(void *context, uint64_t done, uint64_t total)
{
    return cli_bar_update(context, "evaluating", done, total);
}

static void print_figure(const lethe_figure *figure, int width, const char *before)
{
    char text[48] = "-";
    if (figure->patients != 0)
        (void)snprintf(text, sizeof(text), "%.3f (%.3f to %.3f)", figure->value, figure->low, figure->high);
    (void)printf("%s%-*s", before, width, text);
}

static void print_level(const lethe_evaluation *e, const lethe_level_figures *level)
{
    (void)printf("\n%u %s\n  %-12s %-24s %-24s %-24s %-24s %-26s %s\n", level->outcomes, level->level, "", "hit@3",
                 "precision@3", "recall@3", "ECE", "Brier skill", "lift");
    for (size_t i = 0; i < LETHE_METHODS; i++) {
        const lethe_method_figures *m = &level->methods[i];
        (void)printf("%s %-12s", m->chosen ? " *" : "  ", m->method);
        print_figure(&m->hit, 24, " ");
        print_figure(&m->precision, 24, " ");
        print_figure(&m->recall, 24, " ");
        print_figure(&m->ece, 24, " ");
        print_figure(&m->brier_skill, 26, " ");
        print_figure(&m->lift, 0, " ");
        (void)printf("\n");
    }
    (void)printf("  of what %s says: precision@3 %.3f on %.1f %% of the rows\n", e->method, level->said_precision.value,
                 100 * level->coverage.value);
    if (!level->reach_found)
        (void)printf("  precision@3 of 0.85 is out of reach at any coverage\n");
    else
        (void)printf("  precision@3 of 0.85, at the confidence found on validation: %.3f on %.1f %% of the rows%s\n",
                     level->reach_precision.value, 100 * level->reach_coverage.value,
                     level->out_of_reach ? ": out of reach" : "");
}

static void print_line(const char *name, const lethe_method_figures *m)
{
    (void)printf("   %-24s", name);
    print_figure(&m->hit, 24, " ");
    print_figure(&m->precision, 24, " ");
    print_figure(&m->recall, 24, " ");
    print_figure(&m->ece, 0, " ");
    (void)printf("\n");
}

static void print_temporal(const lethe_evaluation *e)
{
    const lethe_temporal *t = &e->temporal;
    switch (t->state) {
    case LETHE_TEMPORAL_WITHHELD:
        (void)printf("\nOver time: not measured, the plan withholds the period of every visit.\n");
        return;
    case LETHE_TEMPORAL_NO_EARLIER:
        (void)printf("\nOver time: not measured, no period's outcomes were known when the last periods began.\n");
        return;
    case LETHE_TEMPORAL_FEW:
        (void)printf("\nOver time: too few patients to learn from before %u or to judge from then on.\n",
                     t->judged_from);
        return;
    default:
        break;
    }
    (void)printf("\nOver time: learnt from %u to %u, judged in %u to %u on %llu test patients, by %s\n",
                 t->learnt_from, t->learnt_until, t->judged_from, t->judged_until,
                 (unsigned long long)t->test_patients, t->method);
    for (size_t i = 0; i < 2; i++) {
        if (e->levels[i].outcomes == 0)
            continue;
        (void)printf("   %-24s %-24s %-24s %-24s %s\n", e->levels[i].level, "hit@3", "precision@3", "recall@3", "ECE");
        print_line("learnt from earlier ones", &t->earlier[i]);
        print_line("prevalence of these", &t->usual[i]);
        print_line("learnt from all periods", &t->all[i]);
    }
}

static void print_table(const cli_settings *settings, const lethe_evaluation *e)
{
    const char *folder = cli_text(settings, CLI_DATASET);
    (void)printf("%u outcomes within %u months, %u of them with a model\n", e->outcomes, e->horizon_months,
                 e->modelled);
    (void)printf("%llu training, %llu validation and %llu test patients followed to the horizon; in %llu of the last "
                 "something begins\n",
                 (unsigned long long)e->train_patients, (unsigned long long)e->validation_patients,
                 (unsigned long long)e->test_patients, (unsigned long long)e->test_positive);
    (void)printf("Default: %s%s\n", e->method,
                 e->chosen ? ", by what validation patients measured"
                           : ": too few validation patients to choose by measurement");
    if (!e->judged)
        (void)printf("Too few test patients in whom anything begins: nothing is said of how good it is.\n");
    for (size_t i = 0; e->judged && i < 2; i++)
        if (e->levels[i].outcomes != 0)
            print_level(e, &e->levels[i]);
    print_temporal(e);
    if (e->judged) {
        (void)printf("\nNeighbours with an outcome: %.3f where it begins, %.3f where it does not.\n",
                     e->agreement_begins, e->agreement_not);
        (void)printf("Intervals are 95 %%, by patient. Of a synthetic population this measures how well the rules of "
                     "its generator are found again.\n");
    }
    (void)printf("Written: %s/evaluation.json, %s/evaluation.html%s%s%s\n", folder, folder,
                 e->fitted ? ", " : "", e->fitted ? folder : "", e->fitted ? "/models/prediction.bin" : "");
}

/* The document that was just written is the summary. */
static void print_document(const cli_settings *settings)
{
    char path[4096];
    size_t size = 0;
    if ((size_t)snprintf(path, sizeof(path), "%s/evaluation.json", cli_text(settings, CLI_DATASET)) >= sizeof(path))
        return;
    char *text = cli_read_file(path, &size);
    if (text != NULL)
        (void)fwrite(text, 1, size, stdout);
    free(text);
}

int cli_run_evaluate(const cli_settings *settings)
{
    lethe_error error = {0};
    lethe_evaluation result = {0};
    cli_bar bar;
    if (settings->word_count != 0)
        return cli_complain(settings, "words without an option");
    cli_bar_init(&bar, cli_flag(settings, CLI_QUIET));
    const lethe_evaluate_options options = {
        .size_bytes = sizeof(options),
        .fit = cli_flag(settings, CLI_FIT),
        .threads = cli_text(settings, CLI_THREADS) != NULL ? (uint32_t)cli_number(settings, CLI_THREADS) : 0,
        .progress = show_evaluating,
        .progress_context = &bar,
    };
    const int status = lethe_evaluate(cli_text(settings, CLI_DATASET), &options, &result, &error);
    cli_bar_clear(&bar);
    if (status != 0 && cli_flag(settings, CLI_JSON)) {
        (void)printf("{\"error\": ");
        cli_print_json_error(stdout, CLI_EVALUATE, &error);
        (void)printf("}\n");
    }
    if (status != 0)
        return cli_fail(settings, &error);
    if (cli_flag(settings, CLI_JSON))
        print_document(settings);
    else
        print_table(settings, &result);
    return CLI_EXIT_DONE;
}

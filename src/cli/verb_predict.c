/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs.h"

#include <lethe/predict.h>

#include <stdlib.h>

static void print_name(const char *name, const char *before)
{
    (void)printf("%s", before);
    cli_print_json_text(stdout, name);
}

static void print_reasons(const char *name, const char *amount, const lethe_reason *reasons, size_t count, bool usual)
{
    (void)printf(", \"%s\": [", name);
    for (size_t i = 0; i < count; i++) {
        print_name(reasons[i].term, i != 0 ? ", {\"term\": " : "{\"term\": ");
        (void)printf(", \"%s\": %.3f", amount, reasons[i].share);
        if (usual)
            (void)printf(", \"usual\": %.3f", reasons[i].usual);
        (void)printf("}");
    }
    (void)printf("]");
}

static void print_condition(const lethe_condition *c, bool explain)
{
    (void)printf(": {\"probability\": %.3f, \"confidence\": %.3f, \"support\": %u, \"interval\": [%.3f, %.3f], "
                 "\"usual\": %.3f",
                 c->probability, c->confidence, c->support, c->low, c->high, c->usual);
    if (explain)
        print_reasons("reasons", "logit", c->reasons, c->reason_count, false);
    (void)printf("}");
}

static void print_conditions(const char *name, const lethe_condition *list, size_t count, bool explain)
{
    (void)printf("\"%s\": {", name);
    for (size_t i = 0; i < count; i++) {
        print_name(list[i].name, i != 0 ? ",\n    " : "\n    ");
        print_condition(&list[i], explain);
    }
    (void)printf("%s}", count != 0 ? "\n  " : "");
}

static void print_prediction(const lethe_prediction *p, bool explain)
{
    (void)printf("{\n  ");
    print_conditions("conditions", p->conditions, p->count, explain);
    (void)printf(",\n  ");
    print_conditions("categories", p->categories, p->category_count, explain);
    (void)printf(",\n  \"method\": \"%s\", \"horizon_months\": %u, \"neighbours\": %u,\n"
                 "  \"candidates\": %u, \"withheld\": %u, \"abstained\": %u, \"prior\": %u,\n"
                 "  \"set\": {\"coverage\": %.2f, \"names\": [",
                 p->method, p->horizon_months, p->neighbours, p->candidates, p->withheld, p->abstained, p->prior,
                 p->set_coverage);
    for (size_t i = 0; i < p->set_count; i++)
        print_name(p->set[i], i != 0 ? ", " : "");
    (void)printf("]}");
    if (explain)
        print_reasons("shared", "share", p->shared, p->shared_count, true);
    (void)printf("\n}\n");
}

/* What a predicting verb prints is JSON, asked for or not. */
static int fail(const cli_settings *settings, const lethe_error *error)
{
    (void)printf("{\"error\": ");
    cli_print_json_error(stdout, CLI_PREDICT, error);
    (void)printf("}\n");
    return cli_fail(settings, error);
}

static int predict(const cli_settings *settings, const cli_question *question, const lethe_predict_query *query)
{
    lethe_error error = {0};
    lethe_predictor *predictor = NULL;
    lethe_prediction *prediction = NULL;
    int status = lethe_predictor_open(cli_text(settings, CLI_DATASET), &predictor, &error);
    if (status == 0)
        status = lethe_predict(predictor, query, &prediction, &error);
    if (status != 0 && predictor != NULL)
        cli_question_blame(settings, question, &error);
    if (status == 0)
        print_prediction(prediction, query->explain != 0);
    lethe_prediction_free(prediction);
    lethe_predictor_close(predictor);
    return status != 0 ? fail(settings, &error) : CLI_EXIT_DONE;
}

int cli_run_predict(const cli_settings *settings)
{
    cli_question question = {0};
    const int refused = cli_question_read(settings, &question);
    if (refused != CLI_EXIT_DONE)
        return refused;
    const lethe_predict_query query = {
        .size_bytes = sizeof(query),
        .id = cli_text(settings, CLI_ID),
        .profile = question.profile ? question.input : NULL,
        .profile_size = question.profile ? question.size : 0,
        .text = question.text ? question.input : NULL,
        .text_size = question.text ? question.size : 0,
        .top = (uint32_t)cli_number(settings, CLI_TOP),
        .explain = cli_flag(settings, CLI_EXPLAIN),
    };
    const int code = predict(settings, &question, &query);
    cli_question_done(&question);
    return code;
}

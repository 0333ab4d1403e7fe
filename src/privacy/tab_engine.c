/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/tab_engine.h"

#include <stdlib.h>

static int refuse(lethe_error *error, const char *option)
{
    base_fail(error, LETHE_E_PRIVACY_OPTION);
    base_error_path(error, option);
    return LETHE_E_PRIVACY_OPTION;
}

static int check_limits(const privacy_tab *tab, const privacy_tab_limits *limits, lethe_error *error)
{
    if (!(limits->suppression >= 0 && limits->suppression <= 1))
        return refuse(error, "suppression");
    if (!(limits->gs_factor >= 0 && limits->gs_factor <= 1))
        return refuse(error, "gs-factor");
    if ((unsigned)limits->metric >= PRIVACY_TAB_METRIC_KINDS)
        return refuse(error, "metric");
    if ((unsigned)limits->aggregate >= PRIVACY_TAB_AGGREGATES)
        return refuse(error, "aggregate");
    if (limits->model_count == 0 || limits->model_count > PRIVACY_TAB_MODELS_MAX)
        return refuse(error, "models");
    for (uint32_t c = 0; c < tab->column_count; c++) {
        const uint32_t least = limits->least != NULL ? limits->least[c] : 0;
        const uint32_t most = limits->most != NULL ? limits->most[c] : tab->columns[c].level_count - 1;
        if (least > most || most >= tab->columns[c].level_count)
            return refuse(error, "levels");
        if (limits->weights != NULL && !(limits->weights[c] >= 0 && limits->weights[c] <= 1e6))
            return refuse(error, "weights");
    }
    return 0;
}

static int init_people(tab_engine *engine, const uint32_t *tuple_of_row, lethe_error *error)
{
    const privacy_tab *tab = engine->frame.tab;
    if (tab->person == NULL)
        return 0;
    if (tab->chosen != NULL)
        return refuse(error, "person"); /* people of a population around a subset are counted by rows */
    BASE_TRY(tab_people_init(&engine->people, tab, tuple_of_row, engine->root.count, error));
    engine->scratch.stamp = calloc((size_t)engine->people.count + 1, sizeof(uint64_t));
    return engine->scratch.stamp != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
}

static int init_histogram(tab_engine *engine, lethe_error *error)
{
    uint32_t most = 1;
    for (uint32_t c = 0; c < engine->frame.tab->column_count; c++) {
        const uint32_t groups = engine->frame.tab->columns[c].levels[0].group_count;
        most = groups > most ? groups : most;
    }
    engine->scratch.histogram = malloc(most * sizeof(uint32_t));
    return engine->scratch.histogram != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
}

static int fill(tab_engine *engine, const privacy_tab *tab, lethe_error *error)
{
    uint32_t *tuple_of_row = NULL;
    BASE_TRY(tab_frame_init(&engine->frame, tab, error));
    BASE_TRY(check_limits(tab, &engine->limits, error));
    engine->rows = engine->frame.released;
    engine->allowed = (uint32_t)(engine->limits.suppression * engine->rows);
    if (tab->person != NULL && (tuple_of_row = malloc(tab->rows * sizeof(uint32_t))) == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    int status = tab_view_of_rows(&engine->frame, &engine->groups.compactor, &engine->root, tuple_of_row, error);
    if (status == 0)
        status = init_people(engine, tuple_of_row, error);
    free(tuple_of_row);
    BASE_TRY(status);
    BASE_TRY(init_histogram(engine, error));
    BASE_TRY(tab_node_marginals(engine, error));
    BASE_TRY(tab_models_init(engine, error));
    return tab_score_init(engine, error);
}

int tab_engine_init(tab_engine *engine, const privacy_tab *tab, const privacy_tab_limits *limits, lethe_error *error)
{
    *engine = (tab_engine){.limits = *limits};
    const int status = fill(engine, tab, error);
    if (status != 0)
        tab_engine_done(engine);
    return status;
}

static void scratch_done(tab_scratch *s)
{
    free(s->start);
    free(s->order);
    free(s->people);
    free(s->around);
    free(s->rows);
    free(s->verdict);
    free(s->lost);
    free(s->tally);
    for (uint32_t i = 0; i < PRIVACY_TAB_SENSITIVE_MAX; i++) {
        free(s->count[i]);
        free(s->values[i]);
    }
    free(s->histogram);
    free(s->stamp);
    free(s->ranked);
    free(s->flow);
}

void tab_engine_done(tab_engine *engine)
{
    scratch_done(&engine->scratch);
    tab_groups_done(&engine->groups);
    tab_score_done(engine);
    tab_models_done(engine);
    tab_people_done(&engine->people);
    tab_view_done(&engine->root);
    tab_frame_done(&engine->frame);
    *engine = (tab_engine){0};
}

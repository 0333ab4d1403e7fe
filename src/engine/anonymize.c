/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/anonymize.h"

#include <stdlib.h>
#include <string.h>

#define REPORT_BYTES_MAX ((size_t)16 << 20)

/* A result with what its texts are borrowed from. */
typedef struct answer {
    lethe_anonymize_result result;
    lethe_anonymize_column columns[LETHE_ANONYMIZE_COLUMNS_MAX];
    lethe_anonymize_plan runners[LETHE_ANONYMIZE_RUNNERS_MAX];
    anonymize_spec spec;
    anonymize_table table;
    base_buf json;
} answer;

static int bad_option(lethe_error *error, const char *name)
{
    base_fail(error, LETHE_E_ENGINE_OPTION);
    base_error_path(error, name);
    return LETHE_E_ENGINE_OPTION;
}

/* -- what is told -----------------------------------------------------------------------------------------------------
 */

static lethe_anonymize_plan plan_of(const tab_engine *engine, const tab_node *node)
{
    lethe_anonymize_plan plan = {
        .score = tab_score_figure(engine, &node->score), .withheld_rows = node->withheld, .classes = node->kept};
    memcpy(plan.levels, node->levels, sizeof(plan.levels));
    return plan;
}

/* Why each column stands where it does: what it costs, and what one level finer would give. */
static int explain_columns(answer *a, tab_engine *engine, const tab_found *found, lethe_error *error)
{
    const privacy_tab *tab = &a->table.tab;
    tab_node node;
    BASE_TRY(tab_node_at(engine, &engine->root, found->best.levels, NULL, &node, error));
    const bool ranked = engine->limits.aggregate == PRIVACY_TAB_RANK;
    for (uint32_t c = 0; c < tab->column_count; c++) {
        lethe_anonymize_column *to = &a->columns[c];
        uint8_t finer[PRIVACY_TAB_COLUMNS_MAX];
        to->name = a->table.coded->columns[a->table.quasi[c]].name.data;
        to->level = found->best.levels[c];
        to->level_count = tab->columns[c].level_count;
        to->cost = ranked || node.score.column_count == 0 ? 0 : node.score.columns[c];
        if (to->level == 0)
            continue;
        tab_node below;
        memcpy(finer, found->best.levels, sizeof(finer));
        finer[c]--;
        BASE_TRY(tab_node_at(engine, &engine->root, finer, NULL, &below, error));
        to->cost_down = tab_score_figure(engine, &below.score);
    }
    return 0;
}

static void write_plan(json_writer *w, const lethe_anonymize_plan *plan, uint32_t columns)
{
    json_write_object(w);
    json_write_key(w, "levels");
    json_write_array(w);
    for (uint32_t c = 0; c < columns; c++)
        json_write_int(w, plan->levels[c]);
    json_write_end(w);
    json_member_double(w, "score", plan->score);
    json_member_int(w, "withheld_rows", (int64_t)plan->withheld_rows);
    json_write_end(w);
}

static void write_json(answer *a, const tab_engine *engine, const tab_found *found)
{
    const lethe_anonymize_result *r = &a->result;
    json_writer w = json_writer_of(&a->json, true);
    json_write_object(&w);
    json_write_key(&w, "plan");
    write_plan(&w, &r->plan, r->column_count);
    json_member_text(&w, "metric", r->metric);
    if (engine->limits.aggregate == PRIVACY_TAB_RANK && found->best.score.column_count != 0) {
        json_write_key(&w, "rank");
        json_write_array(&w);
        for (uint32_t c = 0; c < found->best.score.column_count; c++)
            json_write_double(&w, found->best.score.columns[c]);
        json_write_end(&w);
    }
    json_member_bool(&w, "proved", r->proved);
    json_member_double(&w, "bound", r->bound);
    json_member_double(&w, "lattice", r->lattice);
    json_member_int(&w, "evaluated", (int64_t)r->evaluated);
    json_member_int(&w, "input_rows", (int64_t)r->input_rows);
    json_member_int(&w, "released_rows", (int64_t)r->released_rows);
    json_member_int(&w, "withheld_rows", (int64_t)r->withheld_rows);
    json_member_int(&w, "classes", (int64_t)r->plan.classes);
    json_member_int(&w, "smallest_class", (int64_t)r->smallest_class);
    json_member_double(&w, "highest_risk", r->highest_risk);
    json_member_double(&w, "average_risk", r->average_risk);
    json_write_key(&w, "columns");
    json_write_array(&w);
    for (uint32_t c = 0; c < r->column_count; c++) {
        json_write_object(&w);
        json_member_text(&w, "name", a->columns[c].name);
        json_member_int(&w, "level", a->columns[c].level);
        json_member_int(&w, "levels", a->columns[c].level_count);
        json_member_double(&w, "cost", a->columns[c].cost);
        if (a->columns[c].level != 0)
            json_member_double(&w, "score_one_finer", a->columns[c].cost_down);
        json_write_end(&w);
    }
    json_write_end(&w);
    json_write_key(&w, "next_best");
    json_write_array(&w);
    for (uint32_t i = 0; i < r->runner_count; i++)
        write_plan(&w, &a->runners[i], r->column_count);
    json_write_end(&w);
    json_write_end(&w);
    base_buf_byte(&a->json, '\n');
}

static int fill_result(answer *a, tab_engine *engine, const tab_found *found, const anonymize_rows *rows,
                       lethe_error *error)
{
    lethe_anonymize_result *r = &a->result;
    r->input_rows = a->table.tab.rows;
    r->released_rows = rows->kept_count;
    r->withheld_rows = rows->withheld_count;
    r->smallest_class = rows->smallest;
    r->highest_risk = rows->smallest != 0 ? 1.0 / rows->smallest : 0;
    r->average_risk = rows->people != 0 ? (double)rows->class_count / rows->people : 0;
    r->proved = found->proved;
    r->bound = found->bound;
    r->lattice = (double)found->lattice;
    r->evaluated = found->evaluated;
    r->plan = plan_of(engine, &found->best);
    r->plan.classes = rows->class_count;
    r->column_count = a->table.tab.column_count;
    r->columns = a->columns;
    r->runner_count = found->runner_count;
    r->runners = a->runners;
    for (uint32_t i = 0; i < found->runner_count; i++)
        a->runners[i] = plan_of(engine, &found->runners[i]);
    r->metric = anonymize_metric_name(a->spec.metric);
    BASE_TRY(explain_columns(a, engine, found, error));
    write_json(a, engine, found);
    base_buf_byte(&a->json, '\0');
    BASE_TRY(base_buf_check(&a->json, error));
    r->json = a->json.data;
    return 0;
}

/* -- the work ---------------------------------------------------------------------------------------------------------
 */

static int release(answer *a, const lethe_anonymize_options *options, tab_engine *engine, const tab_found *found,
                   lethe_error *error)
{
    anonymize_rows rows;
    BASE_TRY(anonymize_rows_of(engine, found->best.levels, &rows, error));
    int status = fill_result(a, engine, found, &rows, error);
    if (status == 0 && options->output != NULL)
        status = anonymize_write(&a->spec, &a->table, engine, found, &rows, options->output,
                                 (base_span){a->json.data, a->json.size - 1}, error);
    anonymize_rows_done(&rows);
    return status;
}

static int search(answer *a, const lethe_anonymize_options *options, lethe_error *error)
{
    tab_engine engine;
    tab_found found;
    const tab_search_options how = {.seconds = options->seconds > 0 ? options->seconds : a->spec.seconds,
                                    .keep_best = options->runners,
                                    .keep_proof = options->output != NULL,
                                    .cancelled = options->cancelled,
                                    .context = options->context};
    BASE_TRY(tab_engine_init(&engine, &a->table.tab, &a->table.limits, error));
    int status = tab_search(&engine, &how, &found, error);
    if (status == 0) {
        status = found.any ? release(a, options, &engine, &found, error)
                           : base_fail(error, found.proved ? LETHE_E_PRIVACY_NO_PLAN : LETHE_E_PRIVACY_LATE);
        tab_found_done(&found);
    }
    tab_engine_done(&engine);
    return status;
}

static int anonymize(answer *a, const lethe_anonymize_options *options, lethe_error *error)
{
    BASE_TRY(anonymize_spec_parse((base_span){options->spec, options->spec_size}, &a->spec, error));
    BASE_TRY(anonymize_table_load(&a->spec, options, &a->table, error));
    return search(a, options, error);
}

int lethe_anonymize(const lethe_anonymize_options *options, lethe_anonymize_result **ret_result, lethe_error *error)
{
    if (options == NULL || options->size_bytes != sizeof(*options))
        return bad_option(error, "size_bytes");
    if (options->input == NULL)
        return bad_option(error, "input");
    if (options->spec == NULL)
        return bad_option(error, "spec");
    if (!(options->seconds >= 0 && options->seconds <= 1e6))
        return bad_option(error, "seconds");
    if (options->runners > LETHE_ANONYMIZE_RUNNERS_MAX)
        return bad_option(error, "runners");
    answer *a = calloc(1, sizeof(*a));
    if (a == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    base_buf_init(&a->json, REPORT_BYTES_MAX);
    const int status = anonymize(a, options, error);
    if (status != 0)
        lethe_anonymize_free(&a->result);
    else
        *ret_result = &a->result;
    return status;
}

void lethe_anonymize_free(lethe_anonymize_result *result)
{
    answer *a = (answer *)result;
    if (a == NULL)
        return;
    anonymize_table_done(&a->table);
    anonymize_spec_done(&a->spec);
    base_buf_done(&a->json);
    free(a);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/evaluate.h"
#include "engine/text.h"

/* From findings to what is said of them: evaluation.json, evaluation.html and the public struct. */
#define ROUNDS_DEFAULT 1000
#define BYTES_MAX      ((size_t)16 << 20)

static const char *const TITLES[ENGINE_METHODS] = {"Prevalence at age and sex", "Shared items (Jaccard)",
                                                   "Logistic model", "Similar patients", "Model and similar patients"};

static report_figure figure_of(learn_figure figure)
{
    return (report_figure){figure.value, figure.low, figure.high, figure.patients};
}

static void fill_method(const learn_judgement *j, report_method *out)
{
    out->hit = figure_of(j->hit);
    out->precision = figure_of(j->precision);
    out->recall = figure_of(j->recall);
    out->ece = figure_of(j->ece);
    out->brier_skill = figure_of(j->brier_skill);
    out->lift = figure_of(j->lift);
}

static void fill_level(const engine_fitted *fitted, const engine_findings *findings, engine_level level,
                       report_level *out, report_curve_point curve[LEARN_CURVE_POINTS])
{
    const learn_judgement *released = &findings->released[level];
    for (int m = 0; m < ENGINE_METHODS; m++) {
        out->methods[m] = (report_method){
            .name = engine_method_name((engine_method)m), .title = TITLES[m], .chosen = m == (int)fitted->method};
        fill_method(&findings->methods[m][level], &out->methods[m]);
    }
    out->coverage = figure_of(released->coverage);
    out->precision = figure_of(released->precision);
    out->hit = figure_of(released->hit);
    for (uint32_t i = 0; i < released->curve_count; i++)
        curve[i] = (report_curve_point){released->curve[i].coverage, released->curve[i].precision,
                                        released->curve[i].hit};
    out->curve = curve;
    out->curve_count = released->curve_count;
    out->usual_precision = findings->methods[ENGINE_PREVALENCE][level].precision.value;
    out->reach_found = findings->reached[level].found && released->cut_precision.patients != 0;
    out->out_of_reach = !out->reach_found || released->cut_coverage.value < LEARN_REACH_LEAST ||
                        released->cut_precision.value < LEARN_REACH_WANTED;
    if (out->reach_found) {
        out->reach_coverage = figure_of(released->cut_coverage);
        out->reach_precision = figure_of(released->cut_precision);
    }
}

static void fill_judgement(const engine_fitted *fitted, const engine_findings *findings, engine_page *page)
{
    report_evaluation *e = &page->evaluation;
    for (int level = 0; level < ENGINE_LEVELS; level++)
        if (e->levels[level].outcomes != 0)
            fill_level(fitted, findings, (engine_level)level, &e->levels[level], page->curves[level]);
    for (size_t i = 0; i < ENGINE_BINS; i++)
        if (findings->bins[i].patients >= LEARN_SUPPORT_MIN)
            page->told[e->told_count++] = (report_told){findings->bins[i].from, findings->bins[i].predicted,
                                                        findings->bins[i].share, findings->bins[i].patients};
    e->told = page->told;
    e->set_miss = fitted->conformal.miss;
    e->set_held = findings->set_held;
    e->set_size = findings->set_size;
    e->set_people = findings->set_patients;
    e->agreement_begins = findings->agreement.where_it_begins;
    e->agreement_not = findings->agreement.where_it_does_not;
    e->agreement_people = findings->agreement.patients_begins;
    e->withheld = findings->withheld;
    e->abstained = findings->abstained;
}

static report_group_size size_of(engine_size size)
{
    return (report_group_size){size.patients, size.rows};
}

static report_temporal_state state_of(const engine_temporal *temporal, bool judged)
{
    if (temporal->cut.state != ENGINE_CUT_FOUND)
        return temporal->cut.state == ENGINE_CUT_WITHHELD ? REPORT_TIME_WITHHELD : REPORT_TIME_NO_EARLIER;
    return judged && temporal->run && temporal->findings.judged ? REPORT_TIME_JUDGED : REPORT_TIME_FEW;
}

/* `findings`: of the evaluation itself, with its slice. */
static void fill_temporal(const engine_temporal *temporal, const engine_findings *findings, report_temporal *out)
{
    static const char *const names[REPORT_TEMPORAL_ROWS] = {"earlier_periods", "prevalence_of_earlier", "all_periods"};
    static const char *const titles[REPORT_TEMPORAL_ROWS] = {"Learnt from earlier years",
                                                             "Prevalence of earlier years", "Learnt from all years"};
    *out = (report_temporal){.state = state_of(temporal, findings->judged),
                             .learnt_from = temporal->cut.learnt_from,
                             .learnt_until = temporal->cut.learnt_until,
                             .judged_from = temporal->cut.judged_from,
                             .judged_until = temporal->cut.judged_until,
                             .learnt = size_of(temporal->findings.sizes[LEARN_TRAIN]),
                             .judged = size_of(temporal->findings.sizes[LEARN_TEST]),
                             .positive = temporal->findings.test_positive,
                             .method = engine_method_name(temporal->method),
                             .method_title = TITLES[temporal->method]};
    for (int level = 0; level < ENGINE_LEVELS; level++) {
        const learn_judgement *rows[REPORT_TEMPORAL_ROWS] = {
            &temporal->findings.methods[temporal->method][level],
            &temporal->findings.methods[ENGINE_PREVALENCE][level],
            &findings->slice[level],
        };
        for (size_t i = 0; i < REPORT_TEMPORAL_ROWS; i++) {
            out->rows[level][i] = (report_method){.name = names[i], .title = titles[i]};
            fill_method(rows[i], &out->rows[level][i]);
        }
    }
}

int engine_page_fill(const engine_dataset *dataset, const engine_examples *examples, const engine_levels *levels,
                     const engine_fitted *fitted, const engine_findings *findings, const engine_temporal *temporal,
                     engine_page *ret_page, lethe_error *error)
{
    static const char *const names[ENGINE_LEVELS] = {"concepts", "categories"};
    static const char *const titles[ENGINE_LEVELS] = {"Conditions", "Categories of conditions"};
    engine_page *page = ret_page;
    report_evaluation *e = &page->evaluation;
    uint8_t manifest[32];
    uint32_t k = 0;
    *page = (engine_page){.evaluation = {.test_wanted = ENGINE_TEST_PATIENTS_MIN}};
    BASE_TRY(engine_dataset_identity(dataset, manifest, error));
    engine_hex(manifest, sizeof(manifest), e->manifest);
    BASE_TRY(engine_dataset_terms(dataset, &e->horizon_months, &k, error));
    const base_span name = json_string(json_get(dataset->root, "dataset_name"));
    (void)snprintf(page->name, sizeof(page->name), "%.*s", (int)(name.size < 255 ? name.size : 255),
                   name.data != NULL ? name.data : "");
    e->dataset_name = page->name;
    e->k = k;
    e->neighbours = fitted->neighbours;
    e->rounds = ROUNDS_DEFAULT;
    e->outcomes = examples->data.outcome_count;
    e->modelled = findings->modelled;
    e->train = size_of(findings->sizes[LEARN_TRAIN]);
    e->validation = size_of(findings->sizes[LEARN_VALIDATION]);
    e->test = size_of(findings->sizes[LEARN_TEST]);
    e->test_positive = findings->test_positive;
    e->judged = findings->judged;
    e->chosen = findings->chosen_by_measure;
    e->method = engine_method_name(fitted->method);
    e->method_title = TITLES[fitted->method];
    e->blend_weight = fitted->blend_weight;
    e->reach_wanted = LEARN_REACH_WANTED;
    e->reach_least = LEARN_REACH_LEAST;
    for (int level = 0; level < ENGINE_LEVELS; level++) {
        e->levels[level].name = names[level];
        e->levels[level].title = titles[level];
        e->levels[level].outcomes = levels->levels[level].count;
    }
    if (findings->judged)
        fill_judgement(fitted, findings, page);
    fill_temporal(temporal, findings, &e->temporal);
    return 0;
}

static int write_one(int (*writer)(const report_evaluation *, base_buf *, lethe_error *), const engine_page *page,
                     const char *folder, const char *name, lethe_error *error)
{
    base_buf out;
    base_buf_init(&out, BYTES_MAX);
    int status = writer(&page->evaluation, &out, error);
    if (status == 0)
        status = base_file_put(folder, name, base_buf_view(&out), error);
    base_buf_done(&out);
    return status;
}

int engine_page_write(const engine_page *page, const char *folder, lethe_error *error)
{
    BASE_TRY(write_one(report_write_evaluation_json, page, folder, ENGINE_EVALUATION_JSON, error));
    return write_one(report_write_evaluation_html, page, folder, ENGINE_EVALUATION_HTML, error);
}

/* -- the public struct ----------------------------------------------------------------------------------------------
 */

static lethe_figure public_of(report_figure figure)
{
    return (lethe_figure){figure.value, figure.low, figure.high, figure.patients};
}

static lethe_method_figures summarize_method(const report_method *m)
{
    return (lethe_method_figures){.method = m->name,
                                  .chosen = m->chosen,
                                  .hit = public_of(m->hit),
                                  .precision = public_of(m->precision),
                                  .recall = public_of(m->recall),
                                  .ece = public_of(m->ece),
                                  .brier_skill = public_of(m->brier_skill),
                                  .lift = public_of(m->lift)};
}

static void summarize_temporal(const report_temporal *t, lethe_temporal *out)
{
    *out = (lethe_temporal){.state = (lethe_temporal_state)t->state,
                            .learnt_from = t->learnt_from,
                            .learnt_until = t->learnt_until,
                            .judged_from = t->judged_from,
                            .judged_until = t->judged_until,
                            .train_patients = t->learnt.people,
                            .test_patients = t->judged.people,
                            .test_rows = t->judged.visits,
                            .test_positive = t->positive,
                            .method = t->method};
    for (size_t level = 0; t->state == REPORT_TIME_JUDGED && level < ENGINE_LEVELS; level++) {
        out->earlier[level] = summarize_method(&t->rows[level][0]);
        out->usual[level] = summarize_method(&t->rows[level][1]);
        out->all[level] = summarize_method(&t->rows[level][2]);
    }
}

static void summarize_level(const report_level *level, lethe_level_figures *out)
{
    for (size_t i = 0; i < LETHE_METHODS; i++) {
        const report_method *m = &level->methods[i];
        out->methods[i] = summarize_method(m);
    }
    out->coverage = public_of(level->coverage);
    out->said_precision = public_of(level->precision);
    out->said_hit = public_of(level->hit);
    out->reach_found = level->reach_found;
    out->out_of_reach = level->out_of_reach;
    out->reach_coverage = public_of(level->reach_coverage);
    out->reach_precision = public_of(level->reach_precision);
}

void engine_page_summary(const engine_page *page, lethe_evaluation *ret_result)
{
    const report_evaluation *e = &page->evaluation;
    *ret_result = (lethe_evaluation){.train_patients = e->train.people,
                                     .validation_patients = e->validation.people,
                                     .test_patients = e->test.people,
                                     .test_rows = e->test.visits,
                                     .test_positive = e->test_positive,
                                     .horizon_months = e->horizon_months,
                                     .outcomes = e->outcomes,
                                     .modelled = e->modelled,
                                     .method = e->method,
                                     .judged = e->judged,
                                     .chosen = e->chosen,
                                     .blend_weight = e->blend_weight,
                                     .agreement_begins = e->agreement_begins,
                                     .agreement_not = e->agreement_not,
                                     .withheld = e->withheld,
                                     .abstained = e->abstained};
    summarize_temporal(&e->temporal, &ret_result->temporal);
    for (size_t i = 0; i < ENGINE_LEVELS; i++) {
        ret_result->levels[i].level = e->levels[i].name;
        ret_result->levels[i].outcomes = e->levels[i].outcomes;
        if (e->judged && e->levels[i].outcomes != 0)
            summarize_level(&e->levels[i], &ret_result->levels[i]);
    }
}

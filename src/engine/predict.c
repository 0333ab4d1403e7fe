/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/predict.h"

#include "engine/levels.h"
#include "engine/search.h"
#include "learn/blend.h"
#include "vector/search.h"

#include <lethe/predict.h>

#include <stdlib.h>

#define ANSWER_BYTES_MAX ((size_t)1 << 30)
#define TOP_DEFAULT      3
#define REASONS          8
#define SHARED           12

struct lethe_predictor {
    lethe_index *index;
    vector_view *view; /* of the moment it was opened */
    vector_selection *train;
    engine_bundle bundle;
};

typedef struct answer {
    lethe_prediction result; /* first: lethe_prediction_free */
    base_arena arena;
} answer;

/* Everything about one question, in the answer's arena. */
typedef struct asking {
    const lethe_predictor *predictor;
    const lethe_predict_query *query;
    answer *answer;
    engine_query *wanted;
    engine_asked asked;
    learn_data data; /* the neighbours */
    learn_neighbour *neighbours;
    uint32_t count;
    learn_vote *votes;
    double *probabilities; /* calibrated, of the chosen method */
    learn_answer *answers;
} asking;

static int open_all(const char *folder, lethe_predictor *p, lethe_error *error)
{
    BASE_TRY(lethe_index_open(folder, &p->index, error));
    BASE_TRY(engine_bundle_open(p->index->dataset, &p->bundle, error));
    BASE_TRY(engine_index_view(p->index->index, p->index->dataset, &p->view, error));
    return engine_near_train(p->view, NULL, &p->train, error);
}

int lethe_predictor_open(const char *dataset, lethe_predictor **ret_predictor, lethe_error *error)
{
    lethe_predictor *predictor = calloc(1, sizeof(*predictor));
    if (predictor == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    const int status = open_all(dataset, predictor, error);
    if (status != 0)
        lethe_predictor_close(predictor);
    else
        *ret_predictor = predictor;
    return status;
}

void lethe_predictor_close(lethe_predictor *predictor)
{
    if (predictor == NULL)
        return;
    vector_selection_free(predictor->train);
    vector_view_release(predictor->view);
    engine_bundle_done(&predictor->bundle);
    lethe_index_close(predictor->index);
    free(predictor);
}

/* -- the question ---------------------------------------------------------------------------------------------------
 */

static int bad_option(lethe_error *error, const char *name)
{
    base_fail(error, LETHE_E_ENGINE_OPTION);
    base_error_path(error, name);
    return LETHE_E_ENGINE_OPTION;
}

static engine_question question_of(const lethe_predict_query *query)
{
    return (engine_question){query->id, {query->profile, query->profile_size}, {query->text, query->text_size}};
}

static int check_query(const lethe_predict_query *query, lethe_error *error)
{
    if (query->size_bytes != sizeof(*query))
        return bad_option(error, "size_bytes");
    const engine_question question = question_of(query);
    BASE_TRY(engine_question_check(&question, error));
    return query->top > LETHE_PREDICT_TOP_MAX ? bad_option(error, "top") : 0;
}

static int read_query(asking *a, lethe_error *error)
{
    const lethe_predictor *p = a->predictor;
    const engine_question question = question_of(a->query);
    a->wanted->arena = &a->answer->arena;
    BASE_TRY(engine_question_read(p->index, p->view, &question, a->wanted, error));
    return engine_asked_read(&p->bundle, a->wanted, a->query->text != NULL, &a->answer->arena, &a->asked, error);
}

static void *take(asking *a, size_t count, size_t size)
{
    void *array = base_arena_take_array(&a->answer->arena, count + 1, size);
    if (array != NULL)
        memset(array, 0, (count + 1) * size);
    return array;
}

static int take_neighbours(asking *a, const vector_result *found, lethe_error *error)
{
    uint32_t *rows = take(a, found->count, sizeof(*rows));
    a->neighbours = take(a, found->count, sizeof(*a->neighbours));
    if (rows == NULL || a->neighbours == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    a->count = found->count;
    for (uint32_t i = 0; i < found->count; i++) {
        const double s = found->hits[i].similarity;
        rows[i] = found->hits[i].row;
        a->neighbours[i] = (learn_neighbour){i, s < 1 ? s : 1}; /* vectors of single floats may be longer than 1 */
    }
    return engine_neighbourhood(&a->predictor->bundle, a->predictor->view, rows, found->count, &a->answer->arena,
                                &a->data, error);
}

static int find_neighbours(asking *a, lethe_error *error)
{
    const lethe_predictor *p = a->predictor;
    double weights[ENGINE_BLOCKS];
    vector_result found = {0};
    const vector_stamp stamp = engine_dataset_stamp(p->index->dataset);
    engine_query_weights(a->wanted, weights);
    const vector_query query = {.vector = a->wanted->vector,
                                .stamp = &stamp,
                                .weights = weights,
                                .own_group = a->wanted->own[0] != '\0' ? a->wanted->own : NULL,
                                .selection = p->train,
                                .k = p->bundle.fitted.neighbours};
    BASE_TRY(vector_search(p->view, &query, &found, error));
    const int status = take_neighbours(a, &found, error);
    vector_result_done(&found);
    return status;
}

/* -- probabilities --------------------------------------------------------------------------------------------------
 */

static double score_of(const engine_fitted *fitted, double usual, double model, double vote)
{
    switch (fitted->method) {
    case ENGINE_LOGISTIC:
        return model;
    case ENGINE_NEIGHBOURS:
        return vote;
    case ENGINE_BLEND:
        return learn_blended(fitted->blend_weight, model, vote);
    default:
        return usual;
    }
}

static int predict_all(asking *a, lethe_error *error)
{
    const engine_fitted *fitted = &a->predictor->bundle.fitted;
    const uint32_t outcomes = fitted->outcome_count;
    const double *usual = learn_baseline_of(&fitted->baseline, a->asked.stratum);
    const learn_vote_options options = engine_vote_options(fitted);
    double *model = take(a, outcomes, sizeof(*model));
    a->votes = take(a, outcomes, sizeof(*a->votes));
    a->probabilities = take(a, outcomes, sizeof(*a->probabilities));
    a->answers = take(a, outcomes, sizeof(*a->answers));
    if (model == NULL || a->votes == NULL || a->probabilities == NULL || a->answers == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    BASE_TRY(learn_vote_all(&a->data, usual, a->neighbours, a->count, &options, a->votes, error));
    learn_logistic_predict(&fitted->logistic, a->asked.features, model);
    for (uint32_t o = 0; o < outcomes; o++) {
        const double score = score_of(fitted, usual[o], model[o], a->votes[o].probability);
        a->probabilities[o] = learn_calibrated(&fitted->calibrations[o], score);
        a->answers[o] = engine_answer_of(fitted, o, engine_doubts_of(fitted, &a->votes[o]));
    }
    return 0;
}

/* -- the answer -----------------------------------------------------------------------------------------------------
 */

static const char *copy_name(asking *a, const char *name)
{
    return base_arena_copy(&a->answer->arena, base_span_of(name)).data;
}

static int copy_reasons(asking *a, const learn_reason *from, size_t count, const lethe_reason **ret_reasons,
                        lethe_error *error)
{
    lethe_reason *reasons = take(a, count, sizeof(*reasons));
    for (size_t i = 0; reasons != NULL && i < count; i++) {
        reasons[i] =
            (lethe_reason){copy_name(a, a->predictor->bundle.features[from[i].feature]), from[i].share, from[i].usual};
        if (reasons[i].term == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    *ret_reasons = reasons;
    return reasons != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
}

static int fill_condition(asking *a, uint32_t o, lethe_condition *out, lethe_error *error)
{
    const engine_bundle *bundle = &a->predictor->bundle;
    const engine_fitted *fitted = &bundle->fitted;
    const learn_interval interval = learn_reliability_interval(&fitted->reliability[o], a->probabilities[o]);
    *out = (lethe_condition){.name = copy_name(a, bundle->outcomes[o]),
                             .probability = a->probabilities[o],
                             .low = interval.low,
                             .high = interval.high,
                             .confidence = a->votes[o].confidence,
                             .usual = learn_baseline_of(&fitted->baseline, a->asked.stratum)[o],
                             .support = engine_support_of(fitted, o, &a->votes[o]),
                             .category = engine_level_of(bundle->outcomes[o]) == ENGINE_CATEGORIES};
    if (out->name == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    if (a->query->explain == 0 || (fitted->method != ENGINE_LOGISTIC && fitted->method != ENGINE_BLEND))
        return 0;
    learn_reason reasons[REASONS];
    out->reason_count = learn_explain_logistic(&fitted->logistic, a->asked.features, o, REASONS, reasons);
    return copy_reasons(a, reasons, out->reason_count, &out->reasons, error);
}

/* The most probable outcome of a level that is said and not yet `taken`; ties: the lower number. */
static uint32_t next_best(const asking *a, engine_level level, const bool *taken)
{
    const engine_bundle *bundle = &a->predictor->bundle;
    uint32_t best = LEARN_NONE;
    for (uint32_t o = 0; o < bundle->outcome_count; o++)
        if (!taken[o] && !a->asked.prior[o] && a->answers[o] == LEARN_SAID &&
            (best == LEARN_NONE || a->probabilities[o] > a->probabilities[best]) &&
            engine_level_of(bundle->outcomes[o]) == level)
            best = o;
    return best;
}

static int name_best(asking *a, engine_level level, const lethe_condition **ret_list, size_t *ret_count,
                     lethe_error *error)
{
    const uint32_t top = a->query->top != 0 ? a->query->top : TOP_DEFAULT;
    lethe_condition *list = take(a, top, sizeof(*list));
    bool *taken = take(a, a->predictor->bundle.outcome_count, sizeof(*taken));
    size_t count = 0;
    if (list == NULL || taken == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t o; count < top && (o = next_best(a, level, taken)) != LEARN_NONE; count++) {
        taken[o] = true;
        BASE_TRY(fill_condition(a, o, &list[count], error));
    }
    *ret_list = list;
    *ret_count = count;
    return 0;
}

static int fill_set(asking *a, lethe_error *error)
{
    const engine_bundle *bundle = &a->predictor->bundle;
    lethe_prediction *result = &a->answer->result;
    const char **set = take(a, bundle->outcome_count, sizeof(*set));
    if (set == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t o = 0; o < bundle->outcome_count; o++) {
        if (a->asked.prior[o]) {
            result->prior++;
            continue;
        }
        result->candidates++;
        result->withheld += a->answers[o] == LEARN_WITHHELD;
        result->abstained += a->answers[o] == LEARN_ABSTAINED;
        if (!learn_conformal_holds(&bundle->fitted.conformal, o, a->probabilities[o]))
            continue;
        set[result->set_count] = copy_name(a, bundle->outcomes[o]);
        if (set[result->set_count++] == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    result->set = set;
    result->set_coverage = 1 - bundle->fitted.conformal.miss;
    return 0;
}

static int explain(asking *a, lethe_error *error)
{
    learn_reason reasons[SHARED];
    lethe_prediction *result = &a->answer->result;
    const engine_fitted *fitted = &a->predictor->bundle.fitted;
    result->shared_count = learn_explain_neighbours(&a->data, &fitted->shares, a->asked.features, a->neighbours,
                                                    a->count, fitted->release_k, SHARED, reasons);
    return copy_reasons(a, reasons, result->shared_count, &result->shared, error);
}

static int answer_query(asking *a, lethe_error *error)
{
    const engine_bundle *bundle = &a->predictor->bundle;
    lethe_prediction *result = &a->answer->result;
    BASE_TRY(read_query(a, error));
    BASE_TRY(find_neighbours(a, error));
    BASE_TRY(predict_all(a, error));
    result->method = engine_method_name(bundle->fitted.method);
    result->horizon_months = bundle->horizon_months;
    result->neighbours = a->count;
    BASE_TRY(name_best(a, ENGINE_CONCEPTS, &result->conditions, &result->count, error));
    BASE_TRY(name_best(a, ENGINE_CATEGORIES, &result->categories, &result->category_count, error));
    BASE_TRY(fill_set(a, error));
    return a->query->explain != 0 ? explain(a, error) : 0;
}

int lethe_predict(lethe_predictor *predictor, const lethe_predict_query *query, lethe_prediction **ret_prediction,
                  lethe_error *error)
{
    BASE_TRY(check_query(query, error));
    asking a = {.predictor = predictor, .query = query};
    a.answer = calloc(1, sizeof(*a.answer));
    a.wanted = calloc(1, sizeof(*a.wanted));
    if (a.answer != NULL)
        base_arena_init(&a.answer->arena, ANSWER_BYTES_MAX);
    const int status =
        a.answer != NULL && a.wanted != NULL ? answer_query(&a, error) : base_fail(error, LETHE_E_BASE_MEMORY);
    free(a.wanted);
    if (status != 0)
        lethe_prediction_free(a.answer != NULL ? &a.answer->result : NULL);
    else
        *ret_prediction = &a.answer->result;
    return status;
}

void lethe_prediction_free(lethe_prediction *prediction)
{
    if (prediction == NULL)
        return;
    answer *all = (answer *)prediction; /* its first member */
    base_arena_done(&all->arena);
    free(all);
}

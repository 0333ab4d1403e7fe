/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An evaluation and its predictions over a dataset that the program makes: figures within their bounds, the same bytes
 * at any number of threads, one predictor and many threads, and every damage of the model refused.
 */
#include "base/file.h"
#include "base/test.h"
#include "engine/bundle.h"
#include "engine/index.h"
#include "engine/near.h"

#include <lethe/lethe.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define READERS     4
#define PREDICTIONS 10

static char home[] = "/tmp/lethe-predict-XXXXXX";
static char dataset[128], small[128];

static void make(const char *name, uint32_t patients, uint64_t seed, const char *key, const char *into)
{
    char population[160];
    lethe_synth_result people;
    lethe_run_result result;
    (void)snprintf(population, sizeof(population), "%s/population-%s", home, name);
    const lethe_synth_options synth = {
        .size_bytes = sizeof(synth), .output = population, .patients = patients, .seed = seed, .as_of = "2025-01-01"};
    const lethe_run_options run = {.size_bytes = sizeof(run),
                                   .input = population,
                                   .output = into,
                                   .key_file = key,
                                   .level = "internal",
                                   .threads = 2,
                                   .plan_seconds = 20};
    assert_int_equal(lethe_synth(&synth, &people, NULL), 0);
    assert_int_equal(lethe_run(&run, NULL, &result, NULL), 0);
}

static int make_datasets(void **state)
{
    (void)state;
    char key[128];
    assert_non_null(mkdtemp(home));
    (void)snprintf(key, sizeof(key), "%s/key", home);
    (void)snprintf(dataset, sizeof(dataset), "%s/dataset", home);
    (void)snprintf(small, sizeof(small), "%s/small", home);
    assert_int_equal(lethe_keys_new(key, NULL), 0);
    make("many", 900, 3, key, dataset);
    make("few", 60, 4, key, small);
    return 0;
}

static int remove_datasets(void **state)
{
    (void)state;
    base_folder_remove(home);
    return 0;
}

static base_buf load(const char *folder, const char *name)
{
    char path[256];
    base_buf bytes;
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    base_buf_init(&bytes, (size_t)1 << 28);
    assert_int_equal(base_file_load(path, &bytes, NULL), 0);
    return bytes;
}

static void assert_figure(const lethe_figure *figure, double least, double most)
{
    if (figure->patients == 0)
        return;
    assert_true(figure->value >= least && figure->value <= most);
    assert_true(figure->low <= figure->value + 1e-12 && figure->high >= figure->value - 1e-12);
}

static void test_evaluation(void **state)
{
    (void)state;
    static const char *const names[] = {"evaluation.json", "evaluation.html", "models/prediction.bin"};
    lethe_evaluation result;
    base_buf before[3];
    for (uint32_t threads = 1; threads <= 3; threads += 2) {
        const lethe_evaluate_options options = {.size_bytes = sizeof(options), .fit = 1, .threads = threads};
        assert_int_equal(lethe_evaluate(dataset, &options, &result, NULL), 0);
        for (size_t i = 0; i < 3; i++) {
            base_buf now = load(dataset, names[i]);
            if (threads != 1) {
                assert_int_equal(now.size, before[i].size);
                assert_memory_equal(now.data, before[i].data, now.size);
                base_buf_done(&before[i]);
                base_buf_done(&now);
            } else {
                before[i] = now;
            }
        }
    }
    assert_true(result.judged && result.fitted && result.test_positive >= 30);
    for (size_t level = 0; level < 2; level++)
        for (size_t m = 0; result.levels[level].outcomes != 0 && m < LETHE_METHODS; m++) {
            const lethe_method_figures *figures = &result.levels[level].methods[m];
            assert_figure(&figures->hit, 0, 1);
            assert_figure(&figures->precision, 0, 1);
            assert_figure(&figures->recall, 0, 1);
            assert_figure(&figures->ece, 0, 0.2);
            assert_figure(&figures->brier_skill, -1, 1);
            assert_figure(&figures->lift, 0, 100);
            if (m == 0)
                assert_true(figures->lift.patients == 0 ||
                            (figures->lift.value > 0.999 && figures->lift.value < 1.001));
        }
}

/* What stays small is said to be small, and models are fitted all the same or the reason is named. */
static void test_small_dataset(void **state)
{
    (void)state;
    lethe_evaluation result = {0};
    const lethe_evaluate_options options = {.size_bytes = sizeof(options), .fit = 1, .threads = 2};
    const int status = lethe_evaluate(small, &options, &result, NULL);
    if (status != 0) {
        assert_true(status == LETHE_E_ENGINE_NO_OUTCOME || status == LETHE_E_LEARN_TOO_FEW);
        return;
    }
    assert_false(result.judged);
    assert_false(result.chosen);
    assert_string_equal(result.method, "prevalence");
    base_buf page = load(small, "evaluation.html");
    assert_non_null(memmem(page.data, page.size, "Too few patients", 16));
    base_buf_done(&page);
}

/* -- what an evaluation judged is what a prediction says ------------------------------------------------------------
 */

#define EVERY 7 /* test rows */

typedef struct told {
    uint32_t outcomes;
    size_t seen, count;
    uint32_t examples[1024];
    double *probabilities; /* a line each */
} told;

static void note_told(void *context, uint32_t example, const double *probabilities)
{
    told *all = context;
    if (all->seen++ % EVERY != 0 || all->count == sizeof(all->examples) / sizeof(all->examples[0]))
        return;
    memcpy(all->probabilities + all->count * all->outcomes, probabilities, all->outcomes * sizeof(double));
    all->examples[all->count++] = example;
}

typedef struct opened {
    engine_dataset *dataset;
    vector_index *index;
    vector_view *view;
    engine_examples examples;
    engine_levels levels;
    engine_near_index near;
    uint32_t horizon_months, k;
} opened;

/* In place: what finds neighbours points to the examples. */
static void open_dataset(opened *o)
{
    char vectors[BASE_PATH_MAX];
    assert_int_equal(engine_dataset_open(dataset, &o->dataset, NULL), 0);
    assert_int_equal(engine_dataset_terms(o->dataset, &o->horizon_months, &o->k, NULL), 0);
    assert_int_equal(engine_dataset_vectors(o->dataset, vectors, NULL), 0);
    assert_int_equal(vector_index_open(vectors, &o->index, NULL), 0);
    assert_int_equal(engine_index_view(o->index, o->dataset, &o->view, NULL), 0);
    assert_int_equal(engine_examples_read(o->dataset, &o->examples, NULL), 0);
    assert_int_equal(engine_levels_new(o->examples.outcomes, o->examples.data.outcome_count, &o->levels, NULL), 0);
    assert_int_equal(engine_near_open(&o->examples, o->dataset, o->view, 2, &o->near, NULL), 0);
}

static void close_dataset(opened *o)
{
    engine_near_close(&o->near);
    engine_levels_done(&o->levels);
    engine_examples_done(&o->examples);
    vector_view_release(o->view);
    vector_index_close(o->index);
    engine_dataset_free(o->dataset);
}

/* The course with a default that is given, its test rows noted, its models where lethe_predictor_open looks. */
static void judge_by(opened *o, engine_method method, told *all)
{
    engine_fitted fitted;
    base_buf model;
    engine_findings *findings = calloc(1, sizeof(*findings));
    engine_course_options options = {.data = &o->examples.data,
                                     .levels = {o->levels.levels[0], o->levels.levels[1]},
                                     .release_k = o->k,
                                     .rounds = 1,
                                     .threads = 2,
                                     .given = true,
                                     .method = method,
                                     .told = note_told,
                                     .told_context = all};
    options.near = engine_near_of(&o->near);
    assert_non_null(findings);
    assert_int_equal(engine_course_run(&options, &fitted, findings, NULL), 0);
    assert_int_equal(fitted.method, method);
    base_buf_init(&model, ENGINE_BUNDLE_BYTES_MAX);
    assert_int_equal(engine_bundle_write(o->dataset, &o->examples, &fitted, o->horizon_months, &model, NULL), 0);
    assert_int_equal(
        base_file_put(dataset, ENGINE_BUNDLE_FOLDER "/" ENGINE_BUNDLE_FILE, base_buf_view(&model), NULL), 0);
    base_buf_done(&model);
    engine_fitted_done(&fitted);
    free(findings);
}

/* Whatever is said of the row has the very probability that was judged, to the bit. Returns how much is said. */
static size_t compare_row(const opened *o, lethe_predictor *predictor, uint32_t example, const double *probabilities)
{
    const learn_set priors = learn_sets_at(o->examples.data.priors, example);
    vector_seen seen;
    lethe_prediction *p = NULL;
    assert_int_equal(vector_view_row(o->view, o->examples.rows[example], &seen, NULL), 0);
    const lethe_predict_query query = {.size_bytes = sizeof(query), .id = seen.row_id, .top = LETHE_PREDICT_TOP_MAX};
    assert_int_equal(lethe_predict(predictor, &query, &p, NULL), 0);
    const lethe_condition *const lists[] = {p->conditions, p->categories};
    const size_t counts[] = {p->count, p->category_count}, said = p->count + p->category_count;
    for (size_t list = 0; list < 2; list++)
        for (size_t i = 0; i < counts[list]; i++) {
            const lethe_condition *c = &lists[list][i];
            const uint32_t outcome =
                engine_name_find(o->examples.outcomes, o->examples.data.outcome_count, c->name);
            assert_int_not_equal(outcome, LEARN_NONE);
            assert_memory_equal(&c->probability, &probabilities[outcome], sizeof(double));
            assert_false(learn_set_has(priors, outcome));
        }
    assert_int_equal(p->prior, priors.count);
    assert_int_equal(p->candidates, o->examples.data.outcome_count - priors.count);
    lethe_prediction_free(p);
    return said;
}

static void test_predictions_are_what_was_judged(void **state)
{
    (void)state;
    static const engine_method methods[] = {ENGINE_LOGISTIC, ENGINE_NEIGHBOURS, ENGINE_BLEND};
    opened o = {0};
    open_dataset(&o);
    for (size_t m = 0; m < sizeof(methods) / sizeof(methods[0]); m++) {
        told *all = calloc(1, sizeof(*all));
        lethe_predictor *predictor = NULL;
        size_t said = 0;
        assert_non_null(all);
        all->outcomes = o.examples.data.outcome_count;
        all->probabilities = calloc(sizeof(all->examples) / sizeof(uint32_t) * all->outcomes, sizeof(double));
        assert_non_null(all->probabilities);
        judge_by(&o, methods[m], all);
        assert_int_equal(lethe_predictor_open(dataset, &predictor, NULL), 0);
        for (size_t i = 0; i < all->count; i++)
            said += compare_row(&o, predictor, all->examples[i], all->probabilities + i * all->outcomes);
        assert_true(all->count >= 10 && said >= 1); /* of neighbours little is said: 11 of 100 must have it */
        lethe_predictor_close(predictor);
        free(all->probabilities);
        free(all);
    }
    close_dataset(&o);
    lethe_evaluation result;
    const lethe_evaluate_options fit = {.size_bytes = sizeof(fit), .fit = 1, .threads = 2};
    assert_int_equal(lethe_evaluate(dataset, &fit, &result, NULL), 0); /* for the tests that follow */
}

static lethe_predict_query by_text(const char *text)
{
    return (lethe_predict_query){
        .size_bytes = sizeof(lethe_predict_query), .text = text, .text_size = strlen(text), .explain = 1};
}

static bool same(const lethe_prediction *a, const lethe_prediction *b)
{
    bool equal = a->count == b->count && a->category_count == b->category_count && a->set_count == b->set_count &&
                 a->withheld == b->withheld && a->abstained == b->abstained && a->shared_count == b->shared_count;
    for (size_t i = 0; equal && i < a->count; i++)
        equal = strcmp(a->conditions[i].name, b->conditions[i].name) == 0 &&
                a->conditions[i].probability == b->conditions[i].probability &&
                a->conditions[i].confidence == b->conditions[i].confidence;
    return equal;
}

typedef struct shared {
    lethe_predictor *predictor;
    const lethe_prediction *expected;
    atomic_int wrong;
} shared;

static void *predict_on(void *context)
{
    shared *all = context;
    const lethe_predict_query query = by_text("hypertension, asthma");
    for (int i = 0; i < PREDICTIONS; i++) {
        lethe_prediction *prediction = NULL;
        if (lethe_predict(all->predictor, &query, &prediction, NULL) != 0 || !same(prediction, all->expected))
            atomic_fetch_add(&all->wrong, 1);
        lethe_prediction_free(prediction);
    }
    return NULL;
}

static void check_prediction(const lethe_prediction *p)
{
    assert_true(p->neighbours > 11 && p->neighbours <= 100 && p->horizon_months == 12);
    assert_true(p->withheld + p->abstained <= p->candidates);
    for (size_t i = 0; i < p->count; i++) {
        const lethe_condition *c = &p->conditions[i];
        assert_true(c->probability > 0 && c->probability < 1 && c->low <= c->high && c->support >= 11);
        assert_true(i == 0 || c->probability <= p->conditions[i - 1].probability);
        assert_string_not_equal(c->name, "hypertension"); /* the patient has it */
        assert_string_not_equal(c->name, "asthma");
    }
    for (size_t i = 0; i < p->shared_count; i++)
        assert_true(p->shared[i].share > p->shared[i].usual && p->shared[i].share <= 1);
}

static void test_one_predictor_many_threads(void **state)
{
    (void)state;
    pthread_t threads[READERS];
    shared all = {0};
    lethe_prediction *expected = NULL;
    const lethe_predict_query query = by_text("hypertension, asthma");
    assert_int_equal(lethe_predictor_open(dataset, &all.predictor, NULL), 0);
    assert_int_equal(lethe_predict(all.predictor, &query, &expected, NULL), 0);
    check_prediction(expected);
    all.expected = expected;
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, predict_on, &all), 0);
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(atomic_load(&all.wrong), 0);
    lethe_predictor_close(all.predictor);
    check_prediction(expected); /* outlives its predictor */
    lethe_prediction_free(expected);
}

static void test_bad_queries(void **state)
{
    (void)state;
    lethe_predictor *predictor = NULL;
    lethe_prediction *prediction = NULL;
    assert_int_equal(lethe_predictor_open(dataset, &predictor, NULL), 0);
    lethe_predict_query query = by_text("hypertension");
    query.id = "anon_x";
    assert_int_equal(lethe_predict(predictor, &query, &prediction, NULL), LETHE_E_ENGINE_OPTION);
    query.text = NULL;
    assert_int_equal(lethe_predict(predictor, &query, &prediction, NULL), LETHE_E_VECTOR_NOT_FOUND);
    query = by_text("hypertension");
    query.top = LETHE_PREDICT_TOP_MAX + 1;
    assert_int_equal(lethe_predict(predictor, &query, &prediction, NULL), LETHE_E_ENGINE_OPTION);
    query = by_text("zzz qqq");
    assert_int_equal(lethe_predict(predictor, &query, &prediction, NULL), LETHE_E_ENGINE_TEXT);
    query = by_text("hypertension");
    query.size_bytes = 1;
    assert_int_equal(lethe_predict(predictor, &query, &prediction, NULL), LETHE_E_ENGINE_OPTION);
    assert_null(prediction);
    lethe_predictor_close(predictor);
}

static void test_damaged_models_are_refused(void **state)
{
    (void)state;
    engine_bundle bundle;
    base_buf bytes = load(dataset, "models/prediction.bin");
    assert_int_equal(engine_bundle_read(base_buf_view(&bytes), &bundle, NULL), 0);
    engine_bundle_done(&bundle);
    for (size_t size = 0; size < bytes.size; size += 1 + size / 8)
        assert_int_equal(engine_bundle_read((base_span){bytes.data, size}, &bundle, NULL), LETHE_E_ENGINE_MODEL);
    for (size_t at = 0; at < bytes.size; at += 1 + at / 8) {
        bytes.data[at] ^= 0x10;
        assert_int_equal(engine_bundle_read(base_buf_view(&bytes), &bundle, NULL), LETHE_E_ENGINE_MODEL);
        bytes.data[at] ^= 0x10;
    }
    base_buf_done(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_evaluation),
        cmocka_unit_test(test_predictions_are_what_was_judged),
        cmocka_unit_test(test_small_dataset),
        cmocka_unit_test(test_one_predictor_many_threads),
        cmocka_unit_test(test_bad_queries),
        cmocka_unit_test(test_damaged_models_are_refused),
    };
    return cmocka_run_group_tests(tests, make_datasets, remove_datasets);
}

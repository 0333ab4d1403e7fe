/* SPDX-License-Identifier: Apache-2.0 */
#include "learn/logistic.h"
#include "base/threads.h"
#include "learn/bytes.h"
#include "learn/design.h"
#include "learn/real.h"

#include <stdlib.h>

#define PATIENTS_MIN_DEFAULT 11
#define TOLERANCE_DEFAULT    1e-8

static const double PENALTIES_DEFAULT[] = {100, 30, 10, 3, 1};

typedef struct part { /* a split in terms of the kept features */
    uint32_t *examples;
    size_t count;
    learn_design design;
} part;

typedef struct worker {
    learn_newton newton;
    learn_column train, validation;
} worker;

typedef struct fit {
    const learn_data *data;
    learn_logistic_options options;
    learn_logistic *model;
    part train, validation;
    worker *workers;
    double *paths;       /* outcome × penalty × columns */
    double *losses;      /* outcome × penalty */
    uint32_t *positives; /* validation patients with the outcome */
} fit;

static int part_take(const learn_data *data, learn_split split, const learn_logistic *model, part *p,
                     lethe_error *error)
{
    p->examples = malloc(((size_t)data->count + 1) * sizeof(*p->examples));
    if (p->examples == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    p->count = learn_examples_of(data, split, p->examples);
    return learn_design_take(data, p->examples, p->count, model->kept, model->kept_count, &p->design, error);
}

static void part_done(part *p)
{
    free(p->examples);
    learn_design_done(&p->design);
}

static int model_init(learn_logistic *model, lethe_error *error)
{
    const size_t outcomes = (size_t)model->outcome_count + 1;
    model->weights = calloc(outcomes * (model->kept_count + 1), sizeof(double));
    model->penalties = calloc(outcomes, sizeof(double));
    model->positives = calloc(outcomes, sizeof(uint32_t));
    model->fitted = calloc(outcomes, 1);
    return model->weights == NULL || model->penalties == NULL || model->positives == NULL || model->fitted == NULL
               ? base_fail(error, LETHE_E_BASE_MEMORY)
               : 0;
}

void learn_logistic_done(learn_logistic *model)
{
    if (model == NULL)
        return;
    free(model->kept);
    free(model->weights);
    free(model->penalties);
    free(model->positives);
    free(model->fitted);
    *model = (learn_logistic){0};
}

static int fit_init(fit *f, lethe_error *error)
{
    const learn_logistic *model = f->model;
    const size_t outcomes = (size_t)model->outcome_count + 1, columns = (size_t)model->kept_count + 1;
    f->paths = calloc(outcomes * f->options.penalty_count * columns, sizeof(double));
    f->losses = calloc(outcomes * f->options.penalty_count, sizeof(double));
    f->positives = calloc(outcomes, sizeof(uint32_t));
    f->workers = calloc(f->options.threads, sizeof(*f->workers));
    if (f->paths == NULL || f->losses == NULL || f->positives == NULL || f->workers == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < f->options.threads; i++) {
        BASE_TRY(learn_newton_init((uint32_t)columns, f->train.count, &f->workers[i].newton, error));
        BASE_TRY(learn_column_init(f->data, f->train.count, &f->workers[i].train, error));
        BASE_TRY(learn_column_init(f->data, f->validation.count, &f->workers[i].validation, error));
    }
    return 0;
}

static void fit_done(fit *f)
{
    for (size_t i = 0; f->workers != NULL && i < f->options.threads; i++) {
        learn_newton_done(&f->workers[i].newton);
        learn_column_done(&f->workers[i].train);
        learn_column_done(&f->workers[i].validation);
    }
    free(f->workers);
    free(f->paths);
    free(f->losses);
    free(f->positives);
    part_done(&f->train);
    part_done(&f->validation);
}

static double *path_of(const fit *f, size_t outcome, size_t penalty)
{
    return f->paths + (outcome * f->options.penalty_count + penalty) * ((size_t)f->model->kept_count + 1);
}

/* The whole path of one outcome, from the strongest penalty to the weakest, each from where the last ended. */
static int fit_outcome(void *context, size_t outcome, size_t number, lethe_error *error)
{
    (void)error;
    fit *f = context;
    worker *w = &f->workers[number];
    const size_t columns = (size_t)f->model->kept_count + 1;
    double *weights = f->model->weights + outcome * columns;
    learn_column_take(f->data, f->train.examples, f->train.count, (uint32_t)outcome, &w->train);
    f->model->positives[outcome] = w->train.positives;
    weights[0] = learn_log((w->train.positive_weight + 1) / (w->train.weight - w->train.positive_weight + 1));
    if (w->train.positives < f->options.patients_min ||
        w->train.weight - w->train.positive_weight < f->options.patients_min)
        return 0;
    f->model->fitted[outcome] = 1;
    learn_column_take(f->data, f->validation.examples, f->validation.count, (uint32_t)outcome, &w->validation);
    f->positives[outcome] = w->validation.positives;
    const bool chooses = f->positives[outcome] >= LEARN_CHOICE_PATIENTS;
    double *losses = f->losses + outcome * f->options.penalty_count;
    for (size_t i = 0; i < f->options.penalty_count; i++) {
        double *beta = path_of(f, outcome, i);
        if (i == 0)
            beta[0] = weights[0];
        else
            memcpy(beta, path_of(f, outcome, i - 1), columns * sizeof(double));
        if (chooses && i > 1 && losses[i - 1] > losses[i - 2]) {
            losses[i] = losses[i - 1]; /* past the least: not fitted, not chosen */
            continue;
        }
        (void)learn_newton_fit(&w->newton, &f->train.design, &w->train, f->options.penalties[i], f->options.tolerance,
                               i == 0, beta);
        losses[i] = learn_newton_loss(&f->validation.design, &w->validation, beta);
    }
    return 0;
}

static size_t least(const double *losses, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++)
        if (losses[i] < losses[best]) /* of equals the stronger penalty */
            best = i;
    return best;
}

static void choose(fit *f)
{
    const size_t count = f->options.penalty_count, columns = (size_t)f->model->kept_count + 1;
    double sums[LEARN_PENALTIES_MAX] = {0};
    for (uint32_t o = 0; o < f->model->outcome_count; o++)
        for (size_t i = 0; i < count && f->positives[o] < LEARN_CHOICE_PATIENTS; i++)
            sums[i] += f->losses[o * count + i];
    const size_t common = least(sums, count);
    for (uint32_t o = 0; o < f->model->outcome_count; o++) {
        if (!f->model->fitted[o])
            continue;
        const size_t own = f->positives[o] >= LEARN_CHOICE_PATIENTS ? least(f->losses + o * count, count) : common;
        f->model->penalties[o] = f->options.penalties[own];
        memcpy(f->model->weights + o * columns, path_of(f, o, own), columns * sizeof(double));
    }
}

static int settle(const learn_logistic_options *given, learn_logistic_options *ret_options, lethe_error *error)
{
    learn_logistic_options o = given != NULL ? *given : (learn_logistic_options){0};
    if (o.patients_min == 0)
        o.patients_min = PATIENTS_MIN_DEFAULT;
    if (o.penalties == NULL) {
        o.penalties = PENALTIES_DEFAULT;
        o.penalty_count = sizeof(PENALTIES_DEFAULT) / sizeof(PENALTIES_DEFAULT[0]);
    }
    if (o.tolerance == 0)
        o.tolerance = TOLERANCE_DEFAULT;
    if (o.threads == 0)
        o.threads = base_threads_default();
    if (o.penalty_count == 0 || o.penalty_count > LEARN_PENALTIES_MAX || !(o.tolerance > 0) ||
        o.threads > BASE_THREADS_MAX)
        return base_fail(error, LETHE_E_LEARN_OPTION);
    for (size_t i = 0; i < o.penalty_count; i++)
        if (!(o.penalties[i] > 0) || (i > 0 && !(o.penalties[i] < o.penalties[i - 1])))
            return base_fail(error, LETHE_E_LEARN_OPTION);
    *ret_options = o;
    return 0;
}

static int fit_all(fit *f, lethe_error *error)
{
    learn_logistic *model = f->model;
    BASE_TRY(learn_design_support(f->data, f->options.patients_min, &model->kept, &model->kept_count, error));
    BASE_TRY(model_init(model, error));
    BASE_TRY(part_take(f->data, LEARN_TRAIN, model, &f->train, error));
    BASE_TRY(part_take(f->data, LEARN_VALIDATION, model, &f->validation, error));
    if (f->train.count == 0)
        return base_fail(error, LETHE_E_LEARN_TOO_FEW);
    BASE_TRY(fit_init(f, error));
    BASE_TRY(base_parallel(f->options.threads, model->outcome_count, fit_outcome, f, error));
    choose(f);
    return 0;
}

int learn_logistic_fit(const learn_data *data, const learn_logistic_options *options, learn_logistic *ret_model,
                       lethe_error *error)
{
    learn_logistic model = {.feature_count = data->feature_count, .outcome_count = data->outcome_count};
    fit f = {.data = data, .model = &model};
    BASE_TRY(settle(options, &f.options, error));
    const int status = fit_all(&f, error);
    fit_done(&f);
    if (status != 0) {
        learn_logistic_done(&model);
        return status;
    }
    *ret_model = model;
    return 0;
}

/* Feature by feature over all outcomes would stride; a row has few features, so each outcome runs over them. */
void learn_logistic_predict(const learn_logistic *model, learn_set features, double *ret_probabilities)
{
    const size_t columns = (size_t)model->kept_count + 1;
    for (uint32_t o = 0; o < model->outcome_count; o++)
        ret_probabilities[o] = model->weights[o * columns];
    for (size_t j = 0; j < features.count; j++) {
        const uint32_t place = learn_design_place(model->kept, model->kept_count, features.items[j]);
        for (uint32_t o = 0; place != 0 && o < model->outcome_count; o++)
            ret_probabilities[o] += model->weights[o * columns + place];
    }
    for (uint32_t o = 0; o < model->outcome_count; o++)
        ret_probabilities[o] = learn_sigmoid(ret_probabilities[o]);
}

void learn_logistic_write(const learn_logistic *model, base_buf *out)
{
    const size_t columns = (size_t)model->kept_count + 1;
    base_buf_u32(out, model->feature_count);
    base_buf_u32(out, model->outcome_count);
    base_buf_u32(out, model->kept_count);
    for (uint32_t i = 0; i < model->kept_count; i++)
        base_buf_u32(out, model->kept[i]);
    for (uint32_t o = 0; o < model->outcome_count; o++) {
        base_buf_byte(out, (char)model->fitted[o]);
        base_buf_u32(out, model->positives[o]);
        learn_put_double(out, model->penalties[o]);
        for (size_t j = 0; j < (model->fitted[o] ? columns : 1); j++)
            learn_put_double(out, model->weights[o * columns + j]);
    }
}

static bool read_body(base_cursor *in, learn_logistic *model)
{
    const size_t columns = (size_t)model->kept_count + 1;
    for (uint32_t i = 0; i < model->kept_count; i++) {
        model->kept[i] = base_cursor_u32(in);
        if (model->kept[i] >= model->feature_count || (i > 0 && model->kept[i] <= model->kept[i - 1]))
            return false;
    }
    for (uint32_t o = 0; o < model->outcome_count; o++) {
        model->fitted[o] = base_cursor_u8(in);
        model->positives[o] = base_cursor_u32(in);
        model->penalties[o] = learn_take_double(in);
        if (model->fitted[o] > 1 || model->penalties[o] < 0)
            return false;
        for (size_t j = 0; j < (model->fitted[o] ? columns : 1); j++)
            model->weights[o * columns + j] = learn_take_double(in);
    }
    return !in->failed;
}

int learn_logistic_read(base_cursor *in, learn_logistic *ret_model, lethe_error *error)
{
    learn_logistic model = {0};
    model.feature_count = base_cursor_u32(in);
    model.outcome_count = base_cursor_u32(in);
    model.kept_count = base_cursor_u32(in);
    if (model.feature_count > LEARN_FEATURES_MAX || model.outcome_count > LEARN_OUTCOMES_MAX ||
        model.kept_count > LEARN_KEPT_MAX || !learn_bytes_hold(in, model.kept_count, 4) ||
        !learn_bytes_hold(in, model.outcome_count, 21))
        return base_fail(error, LETHE_E_LEARN_MODEL);
    model.kept = calloc((size_t)model.kept_count + 1, sizeof(*model.kept));
    int status = model.kept == NULL ? base_fail(error, LETHE_E_BASE_MEMORY) : model_init(&model, error);
    if (status == 0 && !read_body(in, &model))
        status = base_fail(error, LETHE_E_LEARN_MODEL);
    if (status != 0) {
        learn_logistic_done(&model);
        return status;
    }
    *ret_model = model;
    return 0;
}

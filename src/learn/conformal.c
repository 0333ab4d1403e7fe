/* SPDX-License-Identifier: Apache-2.0 */
#include "learn/conformal.h"
#include "learn/bytes.h"
#include "learn/random.h"

#include <stdlib.h>

#define MISS_DEFAULT         0.1
#define PATIENTS_MIN_DEFAULT 50

/* One draw a patient: of the positives seen so far each is kept with equal chance (reservoir of one, Vitter 1985). The
 * draw depends on seed, patient and outcome only. */
typedef struct draw {
    double value;
    uint32_t seen;
    learn_random random;
} draw;

static int by_value(const void *a, const void *b)
{
    const double p = *(const double *)a, q = *(const double *)b;
    return p < q ? -1 : p > q;
}

double learn_conformal_quantile(double *values, size_t count, double miss)
{
    /* A hair above, so that (n + 1) miss that is a whole number by intent is not one less by rounding. */
    const size_t rank = (size_t)((double)(count + 1) * miss * (1 + 1e-12));
    if (rank == 0)
        return 0;
    qsort(values, count, sizeof(*values), by_value);
    return values[(rank < count ? rank : count) - 1];
}

static int conformal_init(uint32_t outcomes, learn_conformal *c, lethe_error *error)
{
    c->outcome_count = outcomes;
    c->thresholds = calloc((size_t)outcomes + 1, sizeof(double));
    c->patients = calloc((size_t)outcomes + 1, sizeof(uint32_t));
    return c->thresholds == NULL || c->patients == NULL ? base_fail(error, LETHE_E_BASE_MEMORY) : 0;
}

void learn_conformal_done(learn_conformal *conformal)
{
    if (conformal == NULL)
        return;
    free(conformal->thresholds);
    free(conformal->patients);
    *conformal = (learn_conformal){0};
}

static void offer(draw *d, uint64_t seed, uint64_t stream, double value)
{
    if (d->seen == 0)
        d->random = learn_random_of(seed, stream);
    if (learn_below(&d->random, ++d->seen) == 0)
        d->value = value;
}

/* The values drawn, patient by patient; leaves the draws clean. */
static size_t collect(draw *draws, uint32_t groups, double *values)
{
    size_t count = 0;
    for (uint32_t g = 0; g < groups; g++) {
        if (draws[g].seen != 0)
            values[count++] = draws[g].value;
        draws[g] = (draw){0};
    }
    return count;
}

typedef struct fit {
    const learn_data *data;
    const uint32_t *examples;
    size_t count;
    const double *probabilities;
    learn_conformal_options options;
    draw *draws, *pooled;
    double *values;
} fit;

static void take_outcome(fit *f, uint32_t outcome, learn_conformal *c)
{
    const learn_data *data = f->data;
    for (size_t i = 0; i < f->count; i++) {
        if (learn_label_of(data, f->examples[i], outcome) != LEARN_POSITIVE)
            continue;
        const uint32_t group = data->groups[f->examples[i]];
        const double p = f->probabilities[i * data->outcome_count + outcome];
        offer(&f->draws[group], f->options.seed, (uint64_t)outcome << 32 | group, p);
    }
    const size_t patients = collect(f->draws, data->group_count, f->values);
    const bool own = !f->options.pooled && patients >= f->options.patients_min;
    c->patients[outcome] = own ? (uint32_t)patients : 0;
    if (own)
        c->thresholds[outcome] = learn_conformal_quantile(f->values, patients, f->options.miss);
}

/* The outcomes without a threshold of their own, a patient at a time. */
static void take_rest(fit *f, learn_conformal *c)
{
    const learn_data *data = f->data;
    for (size_t i = 0; i < f->count; i++) {
        const uint32_t group = data->groups[f->examples[i]];
        const learn_set begins = learn_sets_at(data->begins, f->examples[i]);
        for (size_t j = 0; j < begins.count; j++) {
            const uint32_t outcome = begins.items[j];
            if (c->patients[outcome] == 0 && learn_label_of(data, f->examples[i], outcome) == LEARN_POSITIVE)
                offer(&f->pooled[group], f->options.seed, (uint64_t)LEARN_NONE << 32 | group,
                      f->probabilities[i * data->outcome_count + outcome]);
        }
    }
    const size_t patients = collect(f->pooled, data->group_count, f->values);
    c->pooled_patients = (uint32_t)patients;
    c->pooled_threshold = learn_conformal_quantile(f->values, patients, f->options.miss);
    for (uint32_t o = 0; o < c->outcome_count; o++)
        if (c->patients[o] == 0)
            c->thresholds[o] = c->pooled_threshold;
}

static int settle(const learn_conformal_options *given, learn_conformal_options *ret_options, lethe_error *error)
{
    learn_conformal_options o = given != NULL ? *given : (learn_conformal_options){0};
    if (o.miss == 0)
        o.miss = MISS_DEFAULT;
    if (!(o.miss > 0 && o.miss < 1))
        return base_fail(error, LETHE_E_LEARN_OPTION);
    if (o.patients_min == 0)
        o.patients_min = PATIENTS_MIN_DEFAULT;
    if ((double)o.patients_min + 1 < 1 / o.miss && 1 / o.miss < 1e9)
        o.patients_min = (uint32_t)(1 / o.miss);
    *ret_options = o;
    return 0;
}

int learn_conformal_fit(const learn_data *data, const uint32_t *examples, size_t count, const double *probabilities,
                        const learn_conformal_options *options, learn_conformal *ret_conformal, lethe_error *error)
{
    fit f = {.data = data, .examples = examples, .count = count, .probabilities = probabilities};
    BASE_TRY(settle(options, &f.options, error));
    learn_conformal c = {.miss = f.options.miss};
    const size_t groups = (size_t)data->group_count + 1;
    f.draws = calloc(groups, sizeof(*f.draws));
    f.pooled = calloc(groups, sizeof(*f.pooled));
    f.values = malloc(groups * sizeof(*f.values));
    int status = f.draws == NULL || f.pooled == NULL || f.values == NULL ? base_fail(error, LETHE_E_BASE_MEMORY) : 0;
    if (status == 0)
        status = conformal_init(data->outcome_count, &c, error);
    if (status == 0) {
        for (uint32_t o = 0; o < data->outcome_count; o++)
            take_outcome(&f, o, &c);
        take_rest(&f, &c);
    }
    free(f.draws);
    free(f.pooled);
    free(f.values);
    if (status != 0) {
        learn_conformal_done(&c);
        return status;
    }
    *ret_conformal = c;
    return 0;
}

void learn_conformal_write(const learn_conformal *conformal, base_buf *out)
{
    learn_put_double(out, conformal->miss);
    learn_put_double(out, conformal->pooled_threshold);
    base_buf_u32(out, conformal->pooled_patients);
    base_buf_u32(out, conformal->outcome_count);
    for (uint32_t o = 0; o < conformal->outcome_count; o++) {
        base_buf_u32(out, conformal->patients[o]);
        learn_put_double(out, conformal->thresholds[o]);
    }
}

int learn_conformal_read(base_cursor *in, learn_conformal *ret_conformal, lethe_error *error)
{
    learn_conformal c = {.miss = learn_take_double(in)};
    c.pooled_threshold = learn_take_double(in);
    c.pooled_patients = base_cursor_u32(in);
    const uint32_t outcomes = base_cursor_u32(in);
    if (!(c.miss > 0 && c.miss < 1) || outcomes > LEARN_OUTCOMES_MAX || !learn_bytes_hold(in, outcomes, 12))
        return base_fail(error, LETHE_E_LEARN_MODEL);
    int status = conformal_init(outcomes, &c, error);
    for (uint32_t o = 0; status == 0 && o < outcomes; o++) {
        c.patients[o] = base_cursor_u32(in);
        c.thresholds[o] = learn_take_double(in);
        if (!(c.thresholds[o] >= 0 && c.thresholds[o] <= 1))
            status = base_fail(error, LETHE_E_LEARN_MODEL);
    }
    if (status == 0 && in->failed)
        status = base_fail(error, LETHE_E_LEARN_MODEL);
    if (status != 0) {
        learn_conformal_done(&c);
        return status;
    }
    *ret_conformal = c;
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "learn/test_world.h"
#include "learn/random.h"
#include "learn/real.h"

#include <stdlib.h>

#define ROWS_MAX 3u

typedef struct maker {
    test_world *world;
    double level;
    uint32_t *groups, *strata, *features, *begins, *priors;
    uint8_t *splits, *observed, *has;
    size_t *feature_starts, *begin_starts, *prior_starts;
    size_t feature_size, begin_size, prior_size;
} maker;

static void *own(test_world *world, size_t bytes)
{
    for (size_t i = 0; i < sizeof(world->owned) / sizeof(world->owned[0]); i++)
        if (world->owned[i] == NULL)
            return world->owned[i] = calloc(bytes + 8, 1);
    abort();
}

/* Four features an outcome, two of them of one kind of people; effects of .9 to 1.5 and one of -.8. */
static double effect(uint32_t outcome, uint32_t feature, uint32_t features)
{
    const uint32_t first = (uint32_t)(learn_mix(outcome + 77) % features);
    if (feature == first)
        return 1.5;
    if (feature == (first + WORLD_KINDS) % features)
        return 1.2;
    if (feature == (first + 2) % features)
        return 0.9;
    return feature == (first + 3) % features ? -0.8 : 0;
}

static double truth_of(const maker *m, uint32_t outcome, uint32_t age)
{
    const uint32_t features = m->world->data.feature_count;
    double logit = m->level + 0.35 * age - 0.2 * (outcome % 3);
    for (uint32_t f = 0; f < features; f++)
        if (m->has[f])
            logit += effect(outcome, f, features);
    return learn_sigmoid(logit);
}

static void add_outcomes(maker *m, uint32_t example, learn_random *random)
{
    const uint32_t outcomes = m->world->data.outcome_count;
    m->observed[example] = learn_unit(random) < 0.9;
    for (uint32_t o = 0; o < outcomes; o++) {
        const double p = truth_of(m, o, m->strata[example] / 2);
        m->world->truth[(size_t)example * outcomes + o] = p;
        const bool prior = learn_unit(random) < 0.1, begins = learn_unit(random) < p;
        if (prior)
            m->priors[m->prior_size++] = o;
        else if (begins)
            m->begins[m->begin_size++] = o;
    }
    m->begin_starts[example + 1] = m->begin_size;
    m->prior_starts[example + 1] = m->prior_size;
}

static void add_patient(maker *m, uint32_t patient, uint64_t seed)
{
    learn_data *data = &m->world->data;
    learn_random random = learn_random_of(seed, patient);
    const uint32_t kind = learn_below(&random, WORLD_KINDS), age = learn_below(&random, WORLD_AGES);
    const uint32_t sex = learn_below(&random, 2), rows = 1 + learn_below(&random, ROWS_MAX);
    const uint32_t tenth = learn_below(&random, 10);
    const double thin = data->feature_count > 100 ? 120.0 / data->feature_count : 1; /* about 20 on a row at most */
    for (uint32_t r = 0; r < rows; r++) {
        const uint32_t i = data->count++;
        m->groups[i] = patient;
        m->strata[i] = age * 2 + sex;
        m->world->kinds[i] = kind;
        m->splits[i] = tenth < 6 ? LEARN_TRAIN : tenth < 8 ? LEARN_VALIDATION : LEARN_TEST;
        for (uint32_t f = 0; f < data->feature_count; f++) {
            if (r == 0 || learn_below(&random, 10) == 0)
                m->has[f] = learn_unit(&random) < thin * (f % WORLD_KINDS == kind ? 0.6 : 0.08);
            if (m->has[f])
                m->features[m->feature_size++] = f;
        }
        m->feature_starts[i + 1] = m->feature_size;
        add_outcomes(m, i, &random);
    }
}

test_world *test_world_new(uint64_t seed, uint32_t patients, uint32_t features, uint32_t outcomes, double level)
{
    test_world *world = calloc(1, sizeof(*world));
    const size_t rows = (size_t)patients * ROWS_MAX;
    maker m = {.world = world, .level = level};
    world->truth = own(world, rows * outcomes * sizeof(double));
    world->kinds = own(world, rows * 4);
    m.groups = own(world, rows * 4), m.strata = own(world, rows * 4);
    m.features = own(world, rows * features * 4), m.begins = own(world, rows * outcomes * 4);
    m.priors = own(world, rows * outcomes * 4), m.has = calloc(features, 1);
    uint8_t *bytes = own(world, 2 * rows);
    m.splits = bytes, m.observed = bytes + rows;
    m.feature_starts = own(world, (rows + 1) * sizeof(size_t));
    m.begin_starts = own(world, (rows + 1) * sizeof(size_t));
    m.prior_starts = own(world, (rows + 1) * sizeof(size_t));
    world->data = (learn_data){
        .feature_count = features, .outcome_count = outcomes, .group_count = patients, .stratum_count = WORLD_AGES * 2};
    for (uint32_t p = 0; p < patients; p++)
        add_patient(&m, p, seed);
    free(m.has);
    world->data.features = (learn_sets){m.features, m.feature_starts};
    world->data.begins = (learn_sets){m.begins, m.begin_starts};
    world->data.priors = (learn_sets){m.priors, m.prior_starts};
    world->data.groups = m.groups, world->data.strata = m.strata;
    world->data.splits = m.splits, world->data.observed = m.observed;
    return world;
}

void test_world_free(test_world *world)
{
    for (size_t i = 0; world != NULL && i < sizeof(world->owned) / sizeof(world->owned[0]); i++)
        free(world->owned[i]);
    free(world);
}

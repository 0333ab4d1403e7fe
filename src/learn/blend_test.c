/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "learn/blend.h"
#include "learn/random.h"
#include "learn/test_world.h"

#include <math.h>
#include <stdlib.h>

#define OUTCOMES 5

typedef struct pair {
    test_world *world;
    uint32_t *examples;
    size_t count;
    double *truth, *a, *b;
} pair;

/* a and b see the truth through noise of their own. */
static pair pair_new(uint64_t seed, double noise_a, double noise_b)
{
    pair p = {.world = test_world_new(seed, 1500, 12, OUTCOMES, -1)};
    const size_t cells = (size_t)p.world->data.count * OUTCOMES;
    p.examples = malloc(p.world->data.count * sizeof(uint32_t));
    p.count = learn_examples_of(&p.world->data, LEARN_VALIDATION, p.examples);
    p.truth = malloc(cells * sizeof(double)), p.a = malloc(cells * sizeof(double));
    p.b = malloc(cells * sizeof(double));
    learn_random random = learn_random_of(seed, 1);
    for (size_t i = 0; i < p.count * OUTCOMES; i++) {
        p.truth[i] = p.world->truth[p.examples[i / OUTCOMES] * OUTCOMES + i % OUTCOMES];
        const double logit = log(p.truth[i] / (1 - p.truth[i]));
        p.a[i] = 1 / (1 + exp(-logit - noise_a * (learn_unit(&random) - 0.5)));
        p.b[i] = 1 / (1 + exp(-logit - noise_b * (learn_unit(&random) - 0.5)));
    }
    return p;
}

static void pair_free(pair *p)
{
    test_world_free(p->world);
    free(p->examples);
    free(p->truth), free(p->a), free(p->b);
}

static double brier_at(const pair *p, double weight)
{
    const learn_data *data = &p->world->data;
    double sum = 0;
    for (size_t i = 0; i < p->count; i++) {
        double rows = 0;
        for (size_t j = 0; j < p->count; j++)
            rows += data->groups[p->examples[j]] == data->groups[p->examples[i]] && data->observed[p->examples[j]];
        for (uint32_t o = 0; o < OUTCOMES; o++) {
            const learn_label label = learn_label_of(data, p->examples[i], o);
            if (label == LEARN_MISSING)
                continue;
            const double a = p->a[i * OUTCOMES + o], b = p->b[i * OUTCOMES + o];
            const double q = 1 / (1 + exp(-weight * log(a / (1 - a)) - (1 - weight) * log(b / (1 - b))));
            const double miss = q - (label == LEARN_POSITIVE ? 1 : 0);
            sum += miss * miss / rows;
        }
    }
    return sum;
}

static void test_the_weight_is_the_best_of_the_grid(void **state)
{
    (void)state;
    pair p = pair_new(61, 3, 3);
    double weight = -1, one = -1;
    assert_int_equal(learn_blend_fit(&p.world->data, p.examples, p.count, p.a, p.b, 2, &weight, NULL), 0);
    assert_int_equal(learn_blend_fit(&p.world->data, p.examples, p.count, p.a, p.b, 1, &one, NULL), 0);
    assert_true(weight == one);
    for (int i = 0; i <= 20; i++)
        assert_true(brier_at(&p, weight) <= brier_at(&p, i / 20.0) + 1e-9);
    assert_true(weight > 0.2 && weight < 0.8); /* two that are equally good */
    pair_free(&p);
    p = pair_new(62, 0, 6);
    assert_int_equal(learn_blend_fit(&p.world->data, p.examples, p.count, p.a, p.b, 2, &weight, NULL), 0);
    assert_true(weight > 0.8); /* the truth and a poor one */
    assert_int_equal(learn_blend_fit(&p.world->data, p.examples, p.count, p.a, p.a, 2, &weight, NULL), 0);
    assert_true(learn_blended(weight, 0.3, 0.3) > 0.29999 && learn_blended(weight, 0.3, 0.3) < 0.30001);
    assert_int_equal(learn_blend_fit(&p.world->data, p.examples, 0, p.a, p.b, 2, &weight, NULL), 0);
    assert_true(weight == 0); /* nobody to choose by */
    pair_free(&p);
}

static void test_the_default_is_measured(void **state)
{
    (void)state;
    const learn_judgement simple = {.brier = {.value = 0.100}, .hit = {.value = 0.5}};
    const learn_judgement better = {.brier = {.value = 0.080}, .hit = {.value = 0.6}};
    const learn_judgement close = {.brier = {.value = 0.0803}, .hit = {.value = 0.65}};
    const learn_judgement equal = {.brier = {.value = 0.0801}, .hit = {.value = 0.65}};
    assert_int_equal(learn_choose((const learn_judgement *const[]){&simple, &better}, 2), 1);
    assert_int_equal(learn_choose((const learn_judgement *const[]){&simple, &better, &close}, 3), 2);
    assert_int_equal(learn_choose((const learn_judgement *const[]){&simple, &close, &better, &equal}, 4), 1);
    assert_true(learn_choose(NULL, 0) == SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_weight_is_the_best_of_the_grid),
        cmocka_unit_test(test_the_default_is_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

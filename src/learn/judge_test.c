/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "learn/judge.h"
#include "learn/random.h"
#include "learn/test_world.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OUTCOMES 8
#define GROUPS   3

static const uint32_t ITSELF[OUTCOMES] = {0, 1, 2, 3, 4, 5, 6, 7};
static const uint32_t CATEGORY[OUTCOMES] = {0, 1, 2, LEARN_NONE, 0, 1, 2, 0};

typedef struct bench {
    test_world *world;
    uint32_t *examples;
    size_t count;
    double *p, *confidence, *baseline, *truth;
    uint8_t *silent;
    learn_judged judged;
} bench;

/* Probabilities: the truth, on the logit scale `noise` off; a fifth is silent. */
static bench *bench_new(uint64_t seed, uint32_t patients, double level, double noise, const uint32_t *map,
                        uint32_t items)
{
    bench *b = calloc(1, sizeof(*b));
    b->world = test_world_new(seed, patients, 16, OUTCOMES, level);
    const size_t rows = b->world->data.count, cells = rows * OUTCOMES;
    b->examples = malloc(rows * sizeof(uint32_t));
    b->count = learn_examples_of(&b->world->data, LEARN_TEST, b->examples);
    b->p = malloc(cells * sizeof(double)), b->confidence = malloc(cells * sizeof(double));
    b->baseline = malloc(cells * sizeof(double)), b->truth = malloc(cells * sizeof(double));
    b->silent = calloc(cells, 1);
    learn_random random = learn_random_of(seed, 99);
    for (size_t i = 0; i < b->count * OUTCOMES; i++) {
        const double truth = b->world->truth[b->examples[i / OUTCOMES] * OUTCOMES + i % OUTCOMES];
        const double off = (learn_unit(&random) + learn_unit(&random) - 1) * noise;
        b->truth[i] = truth;
        b->p[i] = 1 / (1 + exp(-log(truth / (1 - truth)) - off));
        b->baseline[i] = 0.1 + 0.01 * (double)(i % OUTCOMES);
        b->confidence[i] = 0.3 + 0.7 * learn_unit(&random);
        b->silent[i] = learn_below(&random, 5) == 0;
    }
    b->judged = (learn_judged){.data = &b->world->data,
                               .examples = b->examples,
                               .count = b->count,
                               .probabilities = b->p,
                               .confidences = b->confidence,
                               .silent = b->silent,
                               .baseline = b->baseline,
                               .level = {map, items},
                               .rounds = 200,
                               .seed = 1,
                               .threads = 2};
    return b;
}

static void bench_free(bench *b)
{
    test_world_free(b->world);
    free(b->examples);
    free(b->p), free(b->confidence), free(b->baseline), free(b->truth), free(b->silent);
    free(b);
}

typedef struct plain {
    double rows, answered, hit_of, hits, names, right, recall_of, recall, cells, brier, brier_of, base_names,
        base_right;
    double scores[20000], score_weights[20000], score_right[20000], score_names[20000];
    size_t groups[20000];
    size_t score_count;
} plain;

/* Oracle of one row: repeated search for the greatest, no shared code. */
static void plain_row(const bench *b, size_t i, double weight, plain *t)
{
    const learn_data *data = &b->world->data;
    double said[OUTCOMES], all[OUTCOMES], base[OUTCOMES], confidence[OUTCOMES] = {0};
    int label[OUTCOMES]; /* 2: no candidate */
    for (uint32_t item = 0; item < b->judged.level.count; item++) {
        bool some = false, prior = false, positive = false;
        said[item] = all[item] = base[item] = -1;
        for (uint32_t o = 0; o < OUTCOMES; o++) {
            if (b->judged.level.map[o] != item)
                continue;
            some = true;
            prior |= learn_label_of(data, b->examples[i], o) == LEARN_MISSING;
            positive |= learn_label_of(data, b->examples[i], o) == LEARN_POSITIVE;
            all[item] = fmax(all[item], b->p[i * OUTCOMES + o]);
            base[item] = fmax(base[item], b->baseline[i * OUTCOMES + o]);
            if (!b->silent[i * OUTCOMES + o] && b->p[i * OUTCOMES + o] > said[item]) {
                said[item] = b->p[i * OUTCOMES + o];
                confidence[item] = b->confidence[i * OUTCOMES + o];
            }
        }
        label[item] = !some || prior ? 2 : positive;
    }
    double positives = 0, right = 0, names = 0, sure = 0;
    for (uint32_t item = 0; item < b->judged.level.count; item++)
        if (label[item] != 2) {
            positives += label[item];
            t->cells += weight;
            t->brier += weight * (all[item] - label[item]) * (all[item] - label[item]);
            t->brier_of += weight * (base[item] - label[item]) * (base[item] - label[item]);
        }
    for (int turn = 0; turn < 3; turn++) {
        int best = -1;
        for (uint32_t item = 0; item < b->judged.level.count; item++)
            if (label[item] != 2 && said[item] >= 0 && (best < 0 || said[item] > said[best]))
                best = (int)item;
        if (best < 0)
            break;
        names++;
        right += label[best];
        sure += said[best] * confidence[best];
        said[best] = -1;
    }
    t->rows += weight;
    if (positives > 0) {
        t->recall_of += weight;
        t->recall += weight * right / positives;
    }
    if (names == 0)
        return;
    for (int turn = 0; turn < 3; turn++) {
        int best = -1;
        for (uint32_t item = 0; item < b->judged.level.count; item++)
            if (label[item] != 2 && base[item] >= 0 && (best < 0 || base[item] > base[best]))
                best = (int)item;
        if (best < 0)
            break;
        t->base_names += weight;
        t->base_right += weight * label[best];
        base[best] = -1;
    }
    t->answered += weight;
    t->names += weight * names;
    t->right += weight * right;
    t->hit_of += positives > 0 ? weight : 0;
    t->hits += positives > 0 && right > 0 ? weight : 0;
    t->scores[t->score_count] = sure / names;
    t->score_weights[t->score_count] = weight;
    t->score_names[t->score_count] = weight * names;
    t->score_right[t->score_count] = weight * right;
    t->groups[t->score_count++] = data->groups[b->examples[i]];
}

static bool has_candidate(const bench *b, size_t i)
{
    for (uint32_t item = 0; item < b->judged.level.count; item++) {
        bool missing = false, some = false;
        for (uint32_t o = 0; o < OUTCOMES; o++)
            if (b->judged.level.map[o] == item) {
                some = true;
                missing |= learn_label_of(&b->world->data, b->examples[i], o) == LEARN_MISSING;
            }
        if (some && !missing)
            return true;
    }
    return false;
}

static void plain_all(const bench *b, plain *t)
{
    for (size_t i = 0; i < b->count; i++) {
        double rows = 0;
        for (size_t j = 0; j < b->count; j++)
            rows +=
                b->world->data.groups[b->examples[j]] == b->world->data.groups[b->examples[i]] && has_candidate(b, j);
        if (has_candidate(b, i))
            plain_row(b, i, 1 / rows, t);
    }
}

/* The greatest coverage of any cut with 30 patients at which precision is .85, by trying each. */
static double plain_reach(const plain *t)
{
    double best = 0;
    for (size_t c = 0; c < t->score_count; c++) {
        double names = 0, right = 0, weight = 0, patients = 0;
        size_t last = SIZE_MAX;
        for (size_t i = 0; i < t->score_count; i++)
            if (t->scores[i] >= t->scores[c]) {
                names += t->score_names[i];
                right += t->score_right[i];
                weight += t->score_weights[i];
                patients += t->groups[i] != last; /* rows of one patient follow one another here */
                last = t->groups[i];
            }
        if (patients >= 30 && right >= 0.85 * names)
            best = fmax(best, weight / t->rows);
    }
    return best;
}

static void compare_with_oracle(uint64_t seed, double level, const uint32_t *map, uint32_t items)
{
    bench *b = bench_new(seed, 1200, level, 1.5, map, items);
    plain *t = calloc(1, sizeof(*t));
    learn_judgement j;
    assert_int_equal(learn_judge(&b->judged, &j, NULL), 0);
    plain_all(b, t);
    assert_true(fabs(j.coverage.value - t->answered / t->rows) < 1e-9);
    assert_true(fabs(j.hit.value - t->hits / t->hit_of) < 1e-9);
    assert_true(fabs(j.precision.value - t->right / t->names) < 1e-9);
    assert_true(fabs(j.recall.value - t->recall / t->recall_of) < 1e-9);
    assert_true(fabs(j.brier.value - t->brier / t->cells) < 1e-9);
    assert_true(fabs(j.brier_skill.value - (1 - t->brier / t->brier_of)) < 1e-9);
    assert_true(fabs(j.lift.value - t->right / t->names / (t->base_right / t->base_names)) < 1e-9);
    assert_true(fabs(j.reach.coverage.value - plain_reach(t)) < 1e-9);
    assert_true(j.hit.low <= j.hit.value && j.hit.value <= j.hit.high && j.hit.patients > 0);
    assert_true(j.cut_coverage.value == j.coverage.value); /* no cut */
    double before = 0;
    for (uint32_t i = 0; i < j.curve_count; i++) {
        assert_true(j.curve[i].coverage >= before && j.curve[i].precision <= 1);
        before = j.curve[i].coverage;
    }
    assert_true(fabs(before - j.coverage.value) < 1e-9);
    free(t);
    bench_free(b);
}

static void test_figures_are_those_of_the_oracle(void **state)
{
    (void)state;
    compare_with_oracle(41, -1.5, ITSELF, OUTCOMES);
    compare_with_oracle(42, 1, ITSELF, OUTCOMES);
    compare_with_oracle(43, -1.5, CATEGORY, GROUPS);
    compare_with_oracle(44, 1.5, CATEGORY, GROUPS);
}

static void test_what_must_be_so(void **state)
{
    (void)state;
    bench *b = bench_new(45, 1500, -1.5, 0, ITSELF, OUTCOMES);
    learn_judgement truth, shifted, same, perfect;
    b->judged.silent = NULL, b->judged.confidences = NULL;
    assert_int_equal(learn_judge(&b->judged, &truth, NULL), 0);
    assert_true(truth.ece.value < 0.03 && truth.ece_named.value < 0.06 && truth.brier_skill.low > 0);
    assert_true(truth.coverage.value == 1 && truth.coverage.low == 1 && truth.lift.low > 1);
    for (size_t i = 0; i < b->count * OUTCOMES; i++)
        b->p[i] = fmin(1, b->truth[i] + 0.2);
    assert_int_equal(learn_judge(&b->judged, &shifted, NULL), 0);
    assert_true(shifted.ece.low > 0.15 && shifted.hit.value == truth.hit.value);
    b->judged.probabilities = b->baseline;
    assert_int_equal(learn_judge(&b->judged, &same, NULL), 0);
    assert_true(same.brier_skill.value == 0 && same.lift.value == 1 && same.lift.high == 1);
    for (size_t i = 0; i < b->count; i++)
        for (uint32_t o = 0; o < OUTCOMES; o++)
            b->p[i * OUTCOMES + o] = learn_label_of(&b->world->data, b->examples[i], o) == LEARN_POSITIVE;
    b->judged.probabilities = b->p;
    assert_int_equal(learn_judge(&b->judged, &perfect, NULL), 0);
    assert_true(perfect.hit.value == 1 && perfect.brier.value == 0 && perfect.ece.value == 0);
    assert_true(perfect.reach.found && perfect.reach.cut > 0.5);
    memset(b->silent, 1, b->count * OUTCOMES); /* who says nothing covers nothing */
    b->judged.silent = b->silent;
    assert_int_equal(learn_judge(&b->judged, &perfect, NULL), 0);
    assert_true(perfect.coverage.value == 0 && perfect.recall.value == 0 && perfect.hit.patients == 0);
    assert_true(perfect.reach.out_of_reach && !perfect.reach.found && perfect.curve_count == 0);
    bench_free(b);
}

static void test_threads_and_seeds(void **state)
{
    (void)state;
    bench *b = bench_new(46, 800, -1, 1, ITSELF, OUTCOMES);
    static learn_judgement a, c, d;
    b->judged.threads = 1;
    assert_int_equal(learn_judge(&b->judged, &a, NULL), 0);
    b->judged.threads = 3;
    assert_int_equal(learn_judge(&b->judged, &c, NULL), 0);
    assert_true(a.hit.low == c.hit.low && a.ece.high == c.ece.high && a.reach.coverage.low == c.reach.coverage.low);
    assert_true(a.brier_skill.low == c.brier_skill.low && a.lift.high == c.lift.high);
    b->judged.seed = 2;
    assert_int_equal(learn_judge(&b->judged, &d, NULL), 0);
    assert_true(a.hit.value == d.hit.value && a.brier.low != d.brier.low);
    bench_free(b);
}

/* The bootstrap's interval of a mean of patients is about 1.96 standard errors either way. */
static void test_the_interval_has_the_right_width(void **state)
{
    (void)state;
    bench *b = bench_new(47, 3000, -1, 1, ITSELF, OUTCOMES);
    b->judged.rounds = 1000;
    learn_judgement j;
    assert_int_equal(learn_judge(&b->judged, &j, NULL), 0);
    const learn_data *data = &b->world->data;
    double n = 0, squares = 0, sum = 0;
    for (size_t i = 0; i < b->count;) { /* recall of each patient, over its rows with a positive */
        const uint32_t group = data->groups[b->examples[i]];
        double above = 0, below = 0, rows = 0;
        for (; i < b->count && data->groups[b->examples[i]] == group; i++) {
            double brier = 0, cells = 0;
            for (uint32_t o = 0; o < OUTCOMES; o++)
                if (learn_label_of(data, b->examples[i], o) != LEARN_MISSING) {
                    const double y = learn_label_of(data, b->examples[i], o) == LEARN_POSITIVE;
                    brier += (b->p[i * OUTCOMES + o] - y) * (b->p[i * OUTCOMES + o] - y);
                    cells++;
                }
            rows += cells > 0;
            above += brier;
            below += cells;
        }
        if (rows > 0) {
            const double residual = (above - j.brier.value * below) / rows;
            sum += below / rows;
            squares += residual * residual;
            n++;
        }
    }
    const double error = sqrt(squares) / sum; /* of the ratio estimator */
    assert_int_equal(j.patients, (uint32_t)n);
    const double width = (j.brier.high - j.brier.low) / (2 * 1.96 * error);
    print_message("width of the interval over that of theory: %.3f\n", width);
    assert_true(width > 0.85 && width < 1.15);
    bench_free(b);
}

/* The cut is found on one half of the people and holds on the other. */
static void test_a_cut_carries_over(void **state)
{
    (void)state;
    bench *found = bench_new(48, 6000, 0.2, 0.5, ITSELF, OUTCOMES),
          *used = bench_new(49, 6000, 0.2, 0.5, ITSELF, OUTCOMES);
    found->judged.confidences = used->judged.confidences = NULL;
    learn_reached reach;
    assert_int_equal(learn_reach(&found->judged, &reach, NULL), 0);
    assert_true(reach.found && reach.coverage.value > 0);
    used->judged.cut = reach.cut;
    learn_judgement j;
    assert_int_equal(learn_judge(&used->judged, &j, NULL), 0);
    print_message("cut found at coverage %.3f; there precision %.3f (%.3f to %.3f) at coverage %.3f\n",
                  reach.coverage.value, j.cut_precision.value, j.cut_precision.low, j.cut_precision.high,
                  j.cut_coverage.value);
    assert_true(fabs(j.cut_precision.value - 0.85) < 0.03);
    assert_true(fabs(j.cut_coverage.value - reach.coverage.value) < 0.06);
    bench_free(found);
    bench_free(used);
}

static void test_what_cannot_be_is_refused(void **state)
{
    (void)state;
    bench *b = bench_new(50, 200, -1, 1, ITSELF, OUTCOMES);
    learn_judgement j;
    b->p[3] = 1.5;
    assert_int_equal(learn_judge(&b->judged, &j, NULL), LETHE_E_LEARN_OPTION);
    b->p[3] = NAN;
    assert_int_equal(learn_judge(&b->judged, &j, NULL), LETHE_E_LEARN_OPTION);
    b->p[3] = 0.5;
    b->judged.level.count = 4;
    assert_int_equal(learn_judge(&b->judged, &j, NULL), LETHE_E_LEARN_OPTION);
    b->judged.level.count = OUTCOMES;
    b->judged.count = 0;
    assert_int_equal(learn_judge(&b->judged, &j, NULL), 0);
    assert_true(j.patients == 0 && j.hit.patients == 0 && j.reach.out_of_reach);
    bench_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_figures_are_those_of_the_oracle),
        cmocka_unit_test(test_what_must_be_so),
        cmocka_unit_test(test_threads_and_seeds),
        cmocka_unit_test(test_the_interval_has_the_right_width),
        cmocka_unit_test(test_a_cut_carries_over),
        cmocka_unit_test(test_what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

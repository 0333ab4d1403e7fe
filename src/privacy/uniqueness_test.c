/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "base/real.h"
#include "privacy/split.h"
#include "privacy/uniqueness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return *seed >> 33;
}

static double uniform(uint64_t *seed)
{
    return (double)next_random(seed) / 2147483648.0;
}

/* Classes of a population, a sample drawn from it, and how many are alone in the population. */
typedef struct world {
    privacy_size_count sizes[4096];
    size_t count;
    uint64_t population, sampled;
    double alone; /* share of the population */
} world;

static int compare(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Chinese restaurant process with Pitman's parameters: the model of Pitman's estimator, literally. */
static void make_world(world *w, uint32_t people, double theta, double alpha, double fraction, uint64_t seed)
{
    uint32_t *of = calloc(people, sizeof(*of)), *f = calloc(people, sizeof(*f)), *all = calloc(people, sizeof(*all));
    assert_true(of != NULL && f != NULL && all != NULL);
    uint32_t classes = 0;
    for (uint32_t i = 0; i < people; i++) {
        if (uniform(&seed) * (theta + i) < theta + alpha * classes) {
            of[i] = classes++;
        } else { /* a class in proportion to its size less alpha */
            uint32_t k;
            do
                k = of[next_random(&seed) % i];
            while (uniform(&seed) * all[k] < alpha);
            of[i] = k;
        }
        all[of[i]]++;
    }
    uint64_t alone = 0;
    memset(w, 0, sizeof(*w));
    w->population = people;
    for (uint32_t i = 0; i < people; i++)
        if (uniform(&seed) < fraction) {
            f[of[i]]++;
            w->sampled++;
        }
    for (uint32_t k = 0; k < classes; k++)
        alone += all[k] == 1;
    w->alone = (double)alone / people;
    qsort(f, classes, sizeof(*f), compare);
    for (uint32_t k = 0; k < classes; k++) {
        if (f[k] == 0)
            continue;
        if (w->count == 0 || w->sizes[w->count - 1].size != f[k])
            w->sizes[w->count++] = (privacy_size_count){f[k], 0};
        w->sizes[w->count - 1].classes++;
    }
    free(of);
    free(f);
    free(all);
}

static void assert_near(double x, double y, double tolerance)
{
    if (fabs(x - y) > tolerance)
        fail_msg("%.12g is not within %g of %.12g", x, tolerance, y);
}

static void test_pitman_finds_its_own_model(void **state)
{
    (void)state;
    static world w;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        privacy_uniqueness e;
        make_world(&w, 200000, 500, 0.4, 0.05, seed);
        privacy_estimate_uniqueness(w.sizes, w.count, w.population, &e);
        assert_near(e.pitman, w.alone, 0.15 * w.alone);
        assert_near(e.pitman_alpha, 0.4, 0.05);
        assert_int_equal(e.chosen, PRIVACY_PITMAN);
        assert_true(e.dankar == e.pitman);
    }
}

/* The slopes that Newton's method follows are those of the formula: at the answer no step in any direction is uphill.
 */
static double log_likelihood(const world *w, double theta, double alpha)
{
    double sum = 0, people = 0, classes = 0;
    for (size_t i = 0; i < w->count; i++) {
        people += (double)w->sizes[i].size * (double)w->sizes[i].classes;
        classes += (double)w->sizes[i].classes;
        for (uint32_t j = 1; j < w->sizes[i].size; j++)
            sum += (double)w->sizes[i].classes * log(j - alpha);
    }
    for (double i = 1; i < classes; i++)
        sum += log(theta + i * alpha);
    for (double i = 1; i < people; i++)
        sum -= log(theta + i);
    return sum;
}

static void test_pitman_is_at_the_top(void **state)
{
    (void)state;
    static world w;
    privacy_uniqueness e;
    make_world(&w, 50000, 2000, 0.2, 0.1, 9);
    privacy_estimate_uniqueness(w.sizes, w.count, w.population, &e);
    const double best = log_likelihood(&w, e.pitman_theta, e.pitman_alpha);
    for (int t = -1; t <= 1; t++)
        for (int a = -1; a <= 1; a++)
            if (t != 0 || a != 0)
                assert_true(log_likelihood(&w, e.pitman_theta * (1 + t * 1e-3), e.pitman_alpha + a * 1e-3) < best);
}

static void test_large_samples(void **state)
{
    (void)state;
    static world w;
    privacy_uniqueness e;
    make_world(&w, 100000, 3000, 0.3, 0.5, 4);
    privacy_estimate_uniqueness(w.sizes, w.count, w.population, &e);
    assert_near(e.zayatz, w.alone, 0.4 * w.alone);
    assert_true(e.snb > 0);
    assert_near(e.snb, w.alone, 0.4 * w.alone);
    assert_int_equal(e.chosen, e.snb <= e.zayatz ? PRIVACY_SNB : PRIVACY_ZAYATZ);
    make_world(&w, 10000, 300, 0.3, 1.1, 5); /* everybody: nothing is left to estimate */
    privacy_estimate_uniqueness(w.sizes, w.count, w.population, &e);
    assert_near(e.zayatz, w.alone, 1e-12);
    assert_true(e.snb < 0);
}

/* The model of SNB, drawn from: sizes are 1 + a geometric variable. */
static void test_snb_finds_its_own_model(void **state)
{
    (void)state;
    enum { CLASSES = 40000, MOST = 400 };
    static privacy_size_count sizes[MOST];
    uint64_t counts[MOST] = {0}, seed = 3, population = 0, alone = 0;
    for (int k = 0; k < CLASSES; k++) {
        uint32_t size = 1, f = 0;
        while (uniform(&seed) < 0.6)
            size++;
        population += size;
        alone += size == 1;
        for (uint32_t i = 0; i < size; i++)
            f += uniform(&seed) < 0.3;
        counts[f]++;
    }
    size_t count = 0;
    for (uint32_t f = 1; f < MOST; f++)
        if (counts[f] != 0)
            sizes[count++] = (privacy_size_count){f, counts[f]};
    privacy_uniqueness e;
    privacy_estimate_uniqueness(sizes, count, population, &e);
    assert_near(e.snb, (double)alone / (double)population, 0.05 * (double)alone / (double)population);
}

static void test_nobody_alone(void **state)
{
    (void)state;
    const privacy_size_count sizes[] = {{2, 10}, {5, 3}};
    privacy_uniqueness e;
    privacy_estimate_uniqueness(sizes, 2, 1000, &e);
    assert_true(e.dankar == 0 && e.pitman == 0 && e.zayatz == 0 && e.snb == 0);
    assert_int_equal(e.chosen, PRIVACY_ESTIMATOR_NONE);
}

static void test_log_gamma(void **state)
{
    (void)state;
    for (double x = 0.01; x < 1e9; x *= 1.7) {
        const double expected = lgamma(x), scale = fabs(expected) > 1 ? fabs(expected) : 1;
        assert_near(privacy_log_gamma(x), expected, 1e-13 * scale);
    }
}

/* 1/F summed over the negative binomial, slowly. */
static void test_journalist(void **state)
{
    (void)state;
    static const double fractions[] = {0.01, 0.1, 0.5, 0.51, 0.9, 1};
    for (size_t i = 0; i < sizeof(fractions) / sizeof(fractions[0]); i++)
        for (uint32_t f = 1; f <= 30; f += f < 4 ? 1 : 7) {
            const double p = fractions[i];
            double sum = 0, chance = pow(p, f); /* of F = f */
            for (uint32_t size = f; size < 200000 && (chance > 1e-300); size++) {
                sum += chance / size;
                chance *= (1 - p) * size / (size - f + 1.0);
            }
            assert_near(privacy_journalist_risk(f, p), sum, 1e-9);
        }
}

/* Splitting by columns against comparing rows with rows. */
static void test_split(void **state)
{
    (void)state;
    enum { ROWS = 300, COLUMNS = 3 };
    static uint32_t codes[COLUMNS][ROWS], of[ROWS], person[ROWS], last[ROWS], sizes[ROWS];
    static const uint32_t values[COLUMNS] = {3, 70000, 5}; /* the second is too large for a table */
    uint64_t seed = 5;
    privacy_splitter splitter;
    privacy_persons persons;
    for (uint32_t row = 0; row < ROWS; row++) {
        for (size_t c = 0; c < COLUMNS; c++)
            codes[c][row] = (uint32_t)(next_random(&seed) % 3) * (c == 1 ? 30000 : 1);
        person[row] = (uint32_t)(next_random(&seed) % 100);
    }
    assert_int_equal(privacy_splitter_init(&splitter, ROWS, NULL), 0);
    uint32_t count = privacy_split(&splitter, NULL, 1, codes[0], values[0], of);
    for (size_t c = 1; c < COLUMNS; c++)
        count = privacy_split(&splitter, of, count, codes[c], values[c], of);
    for (uint32_t a = 0; a < ROWS; a++)
        for (uint32_t b = 0; b < a; b++) {
            bool equal = true;
            for (size_t c = 0; c < COLUMNS; c++)
                equal = equal && codes[c][a] == codes[c][b];
            assert_int_equal(equal, of[a] == of[b]);
        }
    assert_int_equal(privacy_persons_init(&persons, person, 100, ROWS, NULL), 0);
    privacy_class_sizes(of, ROWS, count, &persons, last, sizes);
    for (uint32_t k = 0; k < count; k++) {
        bool seen[100] = {false};
        uint32_t people = 0;
        for (uint32_t row = 0; row < ROWS; row++)
            if (of[row] == k && !seen[person[row]]) {
                seen[person[row]] = true;
                people++;
            }
        assert_int_equal(sizes[k], people);
    }
    privacy_persons_done(&persons);
    privacy_splitter_done(&splitter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_log_gamma),
        cmocka_unit_test(test_journalist),
        cmocka_unit_test(test_nobody_alone),
        cmocka_unit_test(test_pitman_finds_its_own_model),
        cmocka_unit_test(test_pitman_is_at_the_top),
        cmocka_unit_test(test_large_samples),
        cmocka_unit_test(test_snb_finds_its_own_model),
    };
    return cmocka_run_group_tests_name("privacy/uniqueness", tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "embed/rank.h"
#include "embed/similarity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state_of_chance = 1;

static uint32_t chance(uint32_t below)
{
    state_of_chance = state_of_chance * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)((state_of_chance >> 33) % below);
}

typedef struct population {
    float *a, *b;
    uint32_t *codes;
    size_t *starts;
} population;

/* Snapshots with `shared` axes drawn from a few groups; b is a with noise. */
static population make_population(size_t count, uint32_t noise)
{
    population p = {calloc(count * EMBED_DIMENSIONS, sizeof(float)), calloc(count * EMBED_DIMENSIONS, sizeof(float)),
                    calloc(count * 8, sizeof(uint32_t)), calloc(count + 1, sizeof(size_t))};
    assert_true(p.a != NULL && p.b != NULL && p.codes != NULL && p.starts != NULL);
    for (size_t i = 0; i < count; i++) {
        uint32_t code = chance(20);
        for (size_t c = 0; c < 8; c++, code += 1 + chance(12)) {
            p.codes[i * 8 + c] = code;
            p.a[i * EMBED_DIMENSIONS + code] = 0.35f;
            p.b[i * EMBED_DIMENSIONS + (chance(100) < noise ? 200 + chance(300) : code)] = 0.35f;
        }
        p.starts[i + 1] = (i + 1) * 8;
    }
    return p;
}

static void free_population(population *p)
{
    free(p->a);
    free(p->b);
    free(p->codes);
    free(p->starts);
}

static embed_agreement compare(const population *p, size_t count, bool strata)
{
    const embed_measure raw = {.codes = p->codes, .starts = p->starts, .code_count = 400};
    const embed_comparison comparison = {.count = count,
                                         .released = {.vectors = p->b},
                                         .reference = {.vectors = p->a},
                                         .raw = strata ? &raw : NULL,
                                         .seed = 7};
    embed_agreement found;
    assert_int_equal(embed_compare(&comparison, &found, NULL), 0);
    return found;
}

static double spearman(const float *a, const float *b, size_t count, const uint8_t *strata, uint8_t stratum)
{
    embed_keyed sorted[8], work[8];
    uint32_t x[8], y[8];
    embed_sort_values(a, count, sorted, work);
    embed_rank_sorted(sorted, count, strata, x);
    embed_sort_values(b, count, sorted, work);
    embed_rank_sorted(sorted, count, strata, y);
    return embed_correlate_ranks(x, y, count, strata, stratum);
}

static void test_spearman(void **state)
{
    (void)state;
    static const float up[] = {1, 2, 3, 4, 5}, down[] = {10, 8, -6, -7, -9}, flat[] = {1, 1, 1, 1, 1};
    static const float tied_a[] = {1, 2, 2, 4}, tied_b[] = {1, 3, 2, 4};
    assert_true(fabs(spearman(up, down, 5, NULL, 0) + 1) < 1e-12);
    assert_true(spearman(up, flat, 5, NULL, 0) == 0);
    assert_true(fabs(spearman(tied_a, tied_b, 4, NULL, 0) - 0.9486832980505138) < 1e-12); /* 3/√10, by hand */
    assert_true(spearman(up, down, 0, NULL, 0) == 0);
    assert_true(embed_log2(1) == 0 && embed_log2(8) == 3 && embed_log2(0.25) == -2);
    assert_true(fabs(embed_log2(10) - 3.321928094887362) < 1e-11);
    assert_true(fabs(embed_log2(1.5) - 0.5849625007211562) < 1e-11);
}

/* A stratum's figure is that of its members alone. */
static void test_strata_are_ranked_alone(void **state)
{
    (void)state;
    static const float a[] = {1, 9, 2, 9, 2, 5, 4}, b[] = {1, 5, 3, 7, 2, 1, 4};
    static const uint8_t strata[] = {0, 1, 0, 1, 0, 1, 0};
    static const float a0[] = {1, 2, 2, 4}, b0[] = {1, 3, 2, 4}, a1[] = {9, 9, 5}, b1[] = {5, 7, 1};
    assert_true(spearman(a, b, 7, strata, 0) == spearman(a0, b0, 4, NULL, 0));
    assert_true(spearman(a, b, 7, strata, 1) == spearman(a1, b1, 3, NULL, 0));
    assert_true(spearman(a, b, 7, strata, 2) == 0);
}

static void test_the_same_agrees_and_the_shuffled_does_not(void **state)
{
    (void)state;
    population p = make_population(600, 0);
    const embed_agreement found = compare(&p, 600, true);
    assert_true(found.spearman > 0.999999 && found.pearson > 0.999999);
    assert_int_equal(found.pairs, 600 * 599 / 2);
    assert_int_equal(found.queries, 600);
    assert_true(found.overlap_10 > 0.6 && found.overlap_10 <= 1); /* ties at the cut count as chance */
    assert_true(fabs(found.control_spearman) < 0.02);
    assert_true(found.control_overlap_10 < 0.1 && found.control_overlap_100 < 0.3);
    uint64_t pairs = 0;
    for (size_t s = 0; s < EMBED_STRATA; s++)
        pairs += found.strata[s].pairs;
    assert_int_equal(pairs, found.pairs);
    assert_true(found.strata[3].mean_reference > found.strata[1].mean_reference);
    free_population(&p);
}

static void test_noise_shows(void **state)
{
    (void)state;
    state_of_chance = 3;
    population p = make_population(600, 30);
    const embed_agreement some = compare(&p, 600, false);
    free_population(&p);
    p = make_population(600, 80);
    const embed_agreement much = compare(&p, 600, false);
    free_population(&p);
    assert_true(some.spearman < 0.95 && some.spearman > much.spearman + 0.2);
    assert_true(some.overlap_10 > much.overlap_10);
}

/* Two measures that know nothing: all likenesses tie, and the overlap is that of chance, not 1. */
static void test_ties_are_no_agreement(void **state)
{
    (void)state;
    population p = make_population(401, 0);
    memset(p.a, 0, 401 * EMBED_DIMENSIONS * sizeof(float));
    memset(p.b, 0, 401 * EMBED_DIMENSIONS * sizeof(float));
    const embed_agreement found = compare(&p, 401, false);
    assert_true(fabs(found.overlap_10 - 10.0 / 400) < 1e-9);
    assert_true(fabs(found.overlap_100 - 100.0 / 400) < 1e-9);
    free_population(&p);
}

static void test_one_patient_is_no_pair(void **state)
{
    (void)state;
    population p = make_population(300, 10);
    uint32_t patients[300];
    for (uint32_t i = 0; i < 300; i++)
        patients[i] = i / 3;
    const embed_comparison comparison = {.count = 300,
                                         .patients = patients,
                                         .released = {.vectors = p.b},
                                         .reference = {.codes = p.codes, .starts = p.starts, .code_count = 400}};
    embed_agreement found;
    assert_int_equal(embed_compare(&comparison, &found, NULL), 0);
    assert_int_equal(found.pairs, 300 * 299 / 2 - 300);
    assert_true(found.spearman > 0.5);
    free_population(&p);
}

/* The sample is bounded and the same again. */
static void test_the_sample_is_seeded(void **state)
{
    (void)state;
    population p = make_population(900, 30);
    embed_comparison comparison = {.count = 900,
                                   .released = {.vectors = p.b},
                                   .reference = {.vectors = p.a},
                                   .pairs_max = 20000,
                                   .queries_max = 300,
                                   .seed = 5};
    embed_agreement first, second, other;
    assert_int_equal(embed_compare(&comparison, &first, NULL), 0);
    assert_int_equal(embed_compare(&comparison, &second, NULL), 0);
    assert_memory_equal(&first, &second, sizeof(first));
    assert_true(first.pairs > 19000 && first.pairs <= 20000);
    assert_int_equal(first.queries, 300);
    comparison.seed = 6;
    assert_int_equal(embed_compare(&comparison, &other, NULL), 0);
    assert_true(fabs(first.spearman - other.spearman) < 0.03 && first.spearman != other.spearman);
    free_population(&p);
}

static void test_limits(void **state)
{
    (void)state;
    embed_agreement found;
    const embed_comparison few = {.count = 2};
    assert_int_equal(embed_compare(&few, &found, NULL), 0);
    assert_int_equal(found.pairs, 0);
    const embed_comparison many = {.count = EMBED_SNAPSHOTS_MAX + 1};
    assert_int_equal(embed_compare(&many, &found, NULL), LETHE_E_BASE_LIMIT);
    static const uint32_t codes[] = {2, 1, 0};
    static const size_t starts[] = {0, 2, 2, 3};
    const embed_measure unsorted = {.codes = codes, .starts = starts, .code_count = 3};
    const embed_comparison broken = {.count = 3, .released = unsorted, .reference = unsorted};
    assert_int_equal(embed_compare(&broken, &found, NULL), LETHE_E_EMBED_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spearman),
        cmocka_unit_test(test_strata_are_ranked_alone),
        cmocka_unit_test(test_the_same_agrees_and_the_shuffled_does_not),
        cmocka_unit_test(test_noise_shows),
        cmocka_unit_test(test_ties_are_no_agreement),
        cmocka_unit_test(test_one_patient_is_no_pair),
        cmocka_unit_test(test_the_sample_is_seeded),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests_name("embed/similarity", tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/within.h"

#include "base/test.h"
#include "privacy/test_lists.h"

#include <math.h>

#define BETA 1.0

/* Random lists in random classes; a few items are sensitive, and more common in some classes than in others. */
typedef struct scene {
    test_vocabulary vocabulary;
    test_lists lists;
    uint32_t *class_of, class_count;
    privacy_within within;
} scene;

static void scene_make(scene *s, size_t people, uint32_t classes, uint64_t seed)
{
    test_random random = {seed};
    test_vocabulary_init(&s->vocabulary, 12, 4, 5);
    test_lists_make(&s->lists, &s->vocabulary, people, 2, seed);
    s->vocabulary.items[2].sensitive = true;
    s->vocabulary.items[20].sensitive = true;
    s->vocabulary.items[s->vocabulary.count - 1].sensitive = true;
    s->class_of = calloc(people, sizeof(*s->class_of));
    s->class_count = classes;
    for (size_t p = 0; p < people; p++) {
        s->class_of[p] = test_below(&random, 50) == 0 ? PRIVACY_NO_CLASS : test_below(&random, classes);
        for (size_t i = s->lists.offset[p]; i < s->lists.offset[p + 1]; i++)
            if (s->lists.list[i] == 2 && s->class_of[p] != PRIVACY_NO_CLASS && test_below(&random, 20) != 0)
                s->class_of[p] = 0;
    }
    size_t used = 0, begin = 0; /* who is in no class has no list */
    for (size_t p = 0; p < people; p++) {
        const size_t end = s->lists.offset[p + 1];
        for (size_t i = begin; i < end && s->class_of[p] != PRIVACY_NO_CLASS; i++)
            s->lists.list[used++] = s->lists.list[i];
        begin = end;
        s->lists.offset[p + 1] = used;
    }
    s->within = (privacy_within){s->class_of, classes, BETA};
}

static void scene_done(scene *s)
{
    test_lists_done(&s->lists);
    free(s->class_of);
}

static privacy_lists lists_of(const scene *s)
{
    return (privacy_lists){s->vocabulary.items, s->vocabulary.count, s->lists.list, s->lists.offset, s->lists.count};
}

/* has[p * items + x]: after the rule, or before it where `result` is NULL. */
static bool *held(const scene *s, const privacy_list_result *result)
{
    bool *has = calloc(s->lists.count * s->vocabulary.count, sizeof(*has));
    for (size_t p = 0; p < s->lists.count; p++) {
        for (size_t i = s->lists.offset[p]; i < s->lists.offset[p + 1]; i++)
            has[p * s->vocabulary.count + s->lists.list[i]] = true;
        for (size_t i = result != NULL ? result->offset[p] : 0; result != NULL && i < result->offset[p + 1]; i++)
            has[p * s->vocabulary.count + result->removed[i]] = false;
    }
    return has;
}

static uint32_t with_both(const scene *s, const bool *has, uint32_t class_number, uint32_t x, uint32_t y)
{
    uint32_t people = 0;
    for (size_t p = 0; p < s->lists.count; p++)
        people += (class_number == PRIVACY_NO_CLASS || s->class_of[p] == class_number) &&
                  has[p * s->vocabulary.count + x] && has[p * s->vocabulary.count + y];
    return people;
}

/* Items and pairs of 1..k-1 people of a class. */
static size_t breaches(const scene *s, const bool *has, uint32_t k, bool pairs)
{
    size_t found = 0;
    for (uint32_t c = 0; c < s->class_count; c++)
        for (uint32_t x = 0; x < s->vocabulary.count; x++)
            for (uint32_t y = pairs ? 0 : x; y <= x; y++) {
                const uint32_t people = with_both(s, has, c, x, y);
                found += people != 0 && people < k;
            }
    return found;
}

static size_t unlike(const scene *s, const bool *has)
{
    size_t found = 0, sizes[64] = {0}, all = 0;
    for (size_t p = 0; p < s->lists.count; p++)
        if (s->class_of[p] != PRIVACY_NO_CLASS) {
            sizes[s->class_of[p]]++;
            all++;
        }
    for (uint32_t x = 0; x < s->vocabulary.count; x++)
        for (uint32_t c = 0; c < s->class_count && s->vocabulary.items[x].sensitive; c++) {
            const double people = with_both(s, has, c, x, x);
            const double p = with_both(s, has, PRIVACY_NO_CLASS, x, x) / (double)all;
            const double gain = people != 0 ? people / (double)sizes[c] / p - 1 : 0;
            found += people != 0 && gain > fmin(BETA, -log(p)) + 1e-9;
        }
    return found;
}

/* A global item stays with all who had it, or with nobody. */
static void expect_global(const scene *s, const bool *before, const bool *after)
{
    for (uint32_t x = 0; x < s->vocabulary.count; x++)
        if (s->vocabulary.items[x].global) {
            const uint32_t had = with_both(s, before, PRIVACY_NO_CLASS, x, x);
            const uint32_t have = with_both(s, after, PRIVACY_NO_CLASS, x, x);
            assert_true(have == 0 || have == had);
        }
}

/* No concept without its category, unless the patient had it so. */
static void expect_founded(const scene *s, const bool *before, const bool *after)
{
    const uint32_t n = s->vocabulary.count;
    for (size_t p = 0; p < s->lists.count; p++)
        for (uint32_t x = 0; x < n; x++) {
            const record_item parent = s->vocabulary.items[x].parent;
            if (after[p * n + x] && parent != RECORD_ITEM_NONE && before[p * n + parent])
                assert_true(after[p * n + parent]);
        }
}

static void expect_counts(const scene *s, const privacy_list_result *result, const bool *after)
{
    const uint32_t n = s->vocabulary.count;
    for (uint32_t x = 0; x < n; x++)
        for (uint32_t y = 0; y <= x; y++)
            assert_int_equal(result->people[(size_t)x * n + y], with_both(s, after, PRIVACY_NO_CLASS, x, y));
}

static void test_rule_holds_in_every_class(void **state)
{
    (void)state;
    uint64_t kept = 0;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        scene s;
        privacy_list_result result, whole;
        const uint32_t k = 3 + (uint32_t)(seed % 3), items = 1 + (uint32_t)(seed % 2);
        scene_make(&s, 400, 1 + (uint32_t)(seed % 5), seed);
        const privacy_lists lists = lists_of(&s);
        const privacy_list_options options = {.k = k, .attacker_items = items};
        assert_int_equal(privacy_lists_decide_within(&lists, &s.within, &options, &result, NULL), 0);
        bool *before = held(&s, NULL), *after = held(&s, &result);
        assert_int_equal(breaches(&s, after, k, items == 2), 0);
        assert_int_equal(unlike(&s, after), 0);
        expect_global(&s, before, after);
        expect_founded(&s, before, after);
        expect_counts(&s, &result, after);
        for (int column = 0; column < RECORD_COLUMN_COUNT; column++)
            kept += result.after[column];

        /* The check can fail: on what came in, and where the rule looks at all people at once. */
        assert_true(breaches(&s, before, k, items == 2) != 0);
        assert_int_equal(privacy_lists_decide(&lists, &options, &whole, NULL), 0);
        bool *pooled = held(&s, &whole);
        assert_true(s.class_count == 1 || breaches(&s, pooled, k, items == 2) + unlike(&s, pooled) != 0);
        free(before);
        free(after);
        free(pooled);
        privacy_list_result_done(&result);
        privacy_list_result_done(&whole);
        scene_done(&s);
    }
    assert_true(kept > 1000);
}

static void test_beta_takes_what_stands_out(void **state)
{
    (void)state;
    scene s;
    privacy_list_result result;
    scene_make(&s, 600, 8, 11);
    const privacy_lists lists = lists_of(&s);
    const privacy_list_options options = {.k = 3, .attacker_items = 1};
    privacy_within loose = s.within;
    loose.beta = 1e9; /* then only -ln p bounds the gain */
    assert_int_equal(privacy_lists_decide_within(&lists, &loose, &options, &result, NULL), 0);
    bool *after = held(&s, &result);
    assert_true(unlike(&s, after) != 0);
    free(after);
    privacy_list_result_done(&result);
    assert_int_equal(privacy_lists_decide_within(&lists, &s.within, &options, &result, NULL), 0);
    after = held(&s, &result);
    assert_int_equal(unlike(&s, after), 0);
    assert_int_equal(with_both(&s, after, 0, 2, 2), 0);
    free(after);
    privacy_list_result_done(&result);
    scene_done(&s);
}

static void test_bound_is_that_of_the_paper(void **state)
{
    (void)state;
    for (double p = 1e-6; p <= 1; p *= 1.17)
        for (double beta = 0.25; beta < 8; beta *= 2)
            assert_true(fabs(privacy_beta_bound(p, beta) - p * (1 + fmin(beta, -log(p)))) < 1e-14);
    assert_true(privacy_beta_bound(1, 2) == 1);
}

/* What the first call left is frozen in the second: it must stay, and does. */
static void test_frozen_stays(void **state)
{
    (void)state;
    scene s;
    privacy_list_result first, second;
    scene_make(&s, 500, 3, 5);
    privacy_lists lists = lists_of(&s);
    const privacy_list_options options = {.k = 4, .attacker_items = 2};
    assert_int_equal(privacy_lists_decide_within(&lists, &s.within, &options, &first, NULL), 0);
    size_t used = 0, begin = 0;
    for (size_t p = 0; p < s.lists.count; p++) {
        size_t gone = first.offset[p];
        const size_t end = s.lists.offset[p + 1];
        for (size_t i = begin; i < end; i++) {
            if (gone < first.offset[p + 1] && first.removed[gone] == s.lists.list[i])
                gone++;
            else
                s.lists.list[used++] = s.lists.list[i];
        }
        begin = end;
        s.lists.offset[p + 1] = used;
    }
    for (uint32_t x = 0; x < s.vocabulary.count; x++)
        s.vocabulary.items[x].frozen = true;
    assert_int_equal(privacy_lists_decide_within(&lists, &s.within, &options, &second, NULL), 0);
    assert_int_equal(second.offset[s.lists.count], 0);
    privacy_list_result_done(&second);
    const privacy_list_options harder = {.k = 100, .attacker_items = 2};
    lethe_error error = {0};
    assert_int_equal(privacy_lists_decide_within(&lists, &s.within, &harder, &second, &error), LETHE_E_PRIVACY_OPTION);
    assert_string_equal(error.path, "frozen");
    privacy_list_result_done(&first);
    scene_done(&s);
}

static void test_bad_classes(void **state)
{
    (void)state;
    scene s;
    privacy_list_result result;
    lethe_error error = {0};
    scene_make(&s, 50, 2, 3);
    const privacy_lists lists = lists_of(&s);
    const privacy_list_options options = {.k = 3, .attacker_items = 1};
    privacy_within within = s.within;
    within.beta = 0;
    assert_int_equal(privacy_lists_decide_within(&lists, &within, &options, &result, &error), LETHE_E_PRIVACY_OPTION);
    assert_string_equal(error.path, "beta");
    for (size_t p = 0; p < 50; p++)
        s.class_of[p] = 2;
    assert_int_equal(privacy_lists_decide_within(&lists, &s.within, &options, &result, &error), LETHE_E_PRIVACY_OPTION);
    assert_string_equal(error.path, "class");
    scene_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rule_holds_in_every_class),
        cmocka_unit_test(test_beta_takes_what_stands_out),
        cmocka_unit_test(test_bound_is_that_of_the_paper),
        cmocka_unit_test(test_frozen_stays),
        cmocka_unit_test(test_bad_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

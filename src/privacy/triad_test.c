/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/guess.h"
#include "privacy/predicate.h"
#include "privacy/singling.h"
#include "privacy/test_stage.h"
#include "privacy/unique_rows.h"

#include <math.h>
#include <string.h>

static const uint32_t MOST[] = {2, 5, 300, 40, 1000, 3, 17, 700};
static const bool NUMBERS[] = {false, true, false, true, true, false, true, true};
static const bool GAPS[] = {false, false, true, true, false, true, false, false};
static const uint32_t ALL[] = {0, 1, 2, 3, 4, 5, 6, 7};

/* The fast search against every row in full. */
static void test_nearest(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        test_stage t;
        const uint32_t rows[] = {1 + (uint32_t)(seed * 397 % 500), 120, 0}, count = 1 + (uint32_t)seed % 8;
        privacy_nearest *nearest = NULL;
        test_stage_make(&t, seed, 8, MOST, NUMBERS, GAPS, rows);
        assert_int_equal(privacy_nearest_new(&t.stage, &t.stage.released, ALL + 8 - count, count, &nearest, NULL), 0);
        for (uint32_t row = 0; row < 120; row++) {
            double fast, plain;
            assert_int_equal(privacy_nearest_find(nearest, &t.stage.original, row, &fast),
                             privacy_nearest_find_plain(nearest, &t.stage.original, row, &plain));
            assert_true(fast == plain);
        }
        privacy_nearest_free(nearest);
        test_stage_done(&t);
    }
}

/* The distance itself, from its definition. */
static void test_distance(void **state)
{
    (void)state;
    static const double ages[] = {10, 20, 50, 0};
    const privacy_field fields[] = {{3, UINT32_MAX, UINT32_MAX, NULL}, {4, 3, UINT32_MAX, ages}};
    static const uint32_t text[] = {0}, age[] = {0}, other_text[] = {0, 1, 0, 0, 1}, other_age[] = {0, 1, 2, 3, 3};
    static const uint32_t *const codes[] = {text, age}, *const others[] = {other_text, other_age};
    static const double expected[] = {0, 1.25, 1, 1, 2};
    const privacy_stage stage = {.fields = fields, .field_count = 2};
    const privacy_cast cast = {1, codes}, other = {5, others};
    privacy_nearest *nearest = NULL;
    assert_int_equal(privacy_nearest_new(&stage, &cast, ALL, 2, &nearest, NULL), 0);
    for (uint32_t row = 0; row < 5; row++) {
        double distance;
        (void)privacy_nearest_find(nearest, &other, row, &distance);
        assert_true(fabs(distance - expected[row]) < 1e-15);
    }
    privacy_nearest_free(nearest);
}

static uint32_t count_slowly(const privacy_cast *cast, const privacy_term *terms, uint32_t count)
{
    uint32_t found = 0;
    for (uint32_t row = 0; row < cast->row_count; row++) {
        bool holds = true;
        for (uint32_t i = 0; i < count; i++) {
            const uint32_t code = cast->codes[terms[i].field][row];
            holds = holds && (code >= terms[i].low && code <= terms[i].high) != terms[i].other;
        }
        found += holds;
    }
    return found;
}

static void test_predicates(void **state)
{
    (void)state;
    test_stage t;
    privacy_sorted sorted;
    const uint32_t rows[] = {400, 0, 0};
    privacy_dice dice = privacy_dice_of(3, 3);
    test_stage_make(&t, 8, 8, MOST, NUMBERS, GAPS, rows);
    assert_int_equal(privacy_sorted_init(&sorted, &t.stage, &t.stage.released, NULL), 0);
    for (int round = 0; round < 3000; round++) {
        privacy_term terms[3];
        const uint32_t count = 1 + privacy_dice_below(&dice, 3);
        for (uint32_t i = 0; i < count; i++) {
            const uint32_t field = privacy_dice_below(&dice, 8), values = t.fields[field].value_count;
            const uint32_t a = privacy_dice_below(&dice, values), b = privacy_dice_below(&dice, values);
            terms[i] = (privacy_term){field, a < b ? a : b, a < b ? b : a, privacy_dice_below(&dice, 4) == 0};
        }
        const uint32_t slow = count_slowly(&t.stage.released, terms, count);
        assert_int_equal(privacy_predicate_count(&sorted, terms, count, UINT32_MAX), slow);
        assert_int_equal(privacy_predicate_count(&sorted, terms, count, 2), slow < 2 ? slow : 2);
    }
    privacy_sorted_done(&sorted);
    test_stage_done(&t);
}

/* All rows that a set of columns singles out, against the predicates one by one. */
static void test_unique_rows(void **state)
{
    (void)state;
    static const uint32_t sets[][3] = {{0, 2, 5}, {0, 1, 5}, {0, 3, 5}, {0, 5, 7}, {0, 1, 3}};
    const uint32_t rows[] = {200, 0, 0}, medians[] = {0, 2, 0, 11, 250, 0, 4, 170};
    test_stage t;
    privacy_sorted sorted;
    privacy_unique_rows unique;
    test_stage_make(&t, 31, 8, MOST, NUMBERS, GAPS, rows);
    assert_int_equal(privacy_sorted_init(&sorted, &t.stage, &t.stage.released, NULL), 0);
    assert_int_equal(privacy_unique_rows_init(&unique, &t.stage, medians, NULL), 0);
    for (size_t i = 0; i < 4; i++) {
        uint64_t bits[4] = {0};
        uint32_t found = 0;
        assert_true(privacy_unique_rows_find(&unique, sets[i], 3, bits));
        for (uint32_t row = 0; row < 200; row++) {
            privacy_term terms[3];
            for (uint32_t f = 0; f < 3; f++) {
                const uint32_t field = sets[i][f], code = t.codes[0][field][row];
                const uint32_t last = GAPS[field] ? MOST[field] - 1 : t.fields[field].value_count - 1;
                terms[f] = (privacy_term){field, code, code, false};
                if (NUMBERS[field] && code != t.fields[field].missing)
                    terms[f] = code > medians[field] ? (privacy_term){field, code, last, false}
                                                     : (privacy_term){field, 0, code, false};
            }
            const bool alone = count_slowly(&t.stage.released, terms, 3) == 1;
            assert_int_equal(alone, bits[row / 64] >> row % 64 & 1);
            found += alone;
        }
        assert_true(found != 0);
    }
    uint64_t none[4] = {0};
    assert_false(privacy_unique_rows_find(&unique, sets[4], 3, none)); /* two columns of numbers */
    privacy_unique_rows_done(&unique);
    privacy_sorted_done(&sorted);
    test_stage_done(&t);
}

/* A release that is the original: every guess that is right there is right about a person. */
static void test_a_copy_is_singled_out(void **state)
{
    (void)state;
    test_stage t;
    privacy_singling one, many;
    privacy_contest contest;
    const uint32_t rows[] = {500, 500, 500};
    test_stage_make(&t, 21, 8, MOST, NUMBERS, GAPS, rows);
    for (uint32_t i = 0; i < 8; i++)
        memcpy(t.codes[0][i], t.codes[1][i], 500 * sizeof(uint32_t));
    assert_int_equal(privacy_single_out(&t.stage, 1, &one, NULL), 0);
    assert_int_equal(one.contest.attack.hits, one.contest.attack.trials);
    assert_true(one.contest.attack.trials > 20);
    assert_int_equal(privacy_single_out(&t.stage, 3, &many, NULL), 0);
    assert_int_equal(many.contest.attack.trials, 300);
    assert_int_equal(many.contest.attack.hits, 300);
    assert_true(many.contest.control.hits < 150);
    assert_true(many.contest.low > 0.9 && many.contest.beats_baseline);
    assert_int_equal(privacy_link(&t.stage, ALL, 4, ALL + 4, 4, 2, &contest, NULL), 0);
    assert_true(contest.attack.rate > 0.5 && contest.control.rate < 0.1 && contest.risk > 0.5);
    assert_int_equal(privacy_infer(&t.stage, ALL, 7, 7, 2, &contest, NULL), 0);
    assert_true(contest.attack.rate > 0.9 && contest.control.rate < 0.3);
    privacy_rate member;
    assert_int_equal(privacy_member(&t.stage, ALL, 8, 2, &member, NULL), 0);
    assert_true(member.rate > 0.99);
    privacy_closeness close;
    assert_int_equal(privacy_measure_closeness(&t.stage, ALL, 8, 2, &close, NULL), 0);
    assert_int_equal(close.copies, 500);
    assert_true(close.closer.rate == 1 && close.median == 0 && close.control_median > 0);
    test_stage_done(&t);
}

/* A release of other people: the original fares no worse than the control group. */
static void test_strangers_are_safe(void **state)
{
    (void)state;
    test_stage t;
    privacy_singling many;
    privacy_contest contest;
    privacy_rate member;
    privacy_closeness close;
    const uint32_t rows[] = {500, 700, 500};
    test_stage_make(&t, 22, 8, MOST, NUMBERS, GAPS, rows);
    t.stage.attempts = 2000;
    assert_int_equal(privacy_single_out(&t.stage, 3, &many, NULL), 0);
    assert_int_equal(many.asked, 500);
    assert_true(many.contest.low == 0 || many.contest.risk < 0.05);
    assert_int_equal(many.all.trials, many.contest.attack.trials);
    assert_int_equal(privacy_link(&t.stage, ALL, 4, ALL + 4, 4, 1, &contest, NULL), 0);
    assert_true(contest.risk < 0.05);
    assert_int_equal(privacy_member(&t.stage, ALL, 8, 1, &member, NULL), 0);
    assert_true(member.rate > 0.44 && member.rate < 0.56);
    assert_int_equal(privacy_measure_closeness(&t.stage, ALL, 8, 1, &close, NULL), 0);
    assert_true(close.closer.rate > 0.4 && close.closer.rate < 0.6);
    test_stage_done(&t);
}

static bool same_contest(const privacy_contest *a, const privacy_contest *b)
{
    return a->attack.hits == b->attack.hits && a->control.hits == b->control.hits &&
           a->baseline.hits == b->baseline.hits && a->risk == b->risk && a->low == b->low && a->high == b->high;
}

/* Threads change nothing; the seed does. */
static void test_repeatable(void **state)
{
    (void)state;
    test_stage t;
    privacy_contest a, b;
    privacy_singling x, y;
    const uint32_t rows[] = {300, 300, 200};
    test_stage_make(&t, 23, 8, MOST, NUMBERS, GAPS, rows);
    assert_int_equal(privacy_infer(&t.stage, ALL, 5, 6, 1, &a, NULL), 0);
    assert_int_equal(privacy_infer(&t.stage, ALL, 5, 6, 3, &b, NULL), 0);
    assert_true(same_contest(&a, &b));
    assert_int_equal(privacy_single_out(&t.stage, 2, &x, NULL), 0);
    assert_int_equal(privacy_single_out(&t.stage, 2, &y, NULL), 0);
    assert_true(same_contest(&x.contest, &y.contest) && x.all.hits == y.all.hits);
    t.stage.seed++;
    assert_int_equal(privacy_infer(&t.stage, ALL, 5, 6, 1, &b, NULL), 0);
    assert_false(same_contest(&a, &b));
    test_stage_done(&t);
}

/* Figures that Anonymeter 1.1.0 gives: EvaluationResults(n_attacks=1000, n_success=300, n_baseline=10, n_control=100)
 * .risk() and, without control, .risk(). */
static void test_contest(void **state)
{
    (void)state;
    const privacy_contest c = privacy_contest_of(300, 1000, 100, 1000, 10, 1000, true);
    assert_true(fabs(c.risk - 0.2217489780) < 1e-7);
    assert_true(fabs(c.low - 0.1863032745) < 1e-7);
    assert_true(fabs(c.high - 0.2571946815) < 1e-7);
    const privacy_contest d = privacy_contest_of(0, 1000, 0, 0, 10, 1000, false);
    assert_true(d.low == 0 && d.high > 0.0035 && d.high < 0.004 && !d.beats_baseline);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_distance),
        cmocka_unit_test(test_predicates),
        cmocka_unit_test(test_a_copy_is_singled_out),
        cmocka_unit_test(test_strangers_are_safe),
        cmocka_unit_test(test_repeatable),
        cmocka_unit_test(test_contest),
        cmocka_unit_test(test_unique_rows),
    };
    return cmocka_run_group_tests_name("privacy/triad", tests, NULL, NULL);
}

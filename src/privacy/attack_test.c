/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/attack.h"

#include "base/test.h"
#include "privacy/decide.h"
#include "privacy/lists.h"
#include "privacy/support.h"
#include "privacy/test_lists.h"

/* A population with its plan, as the attacker finds it released. */
typedef struct world {
    privacy_signatures set;
    privacy_plan plan;
    privacy_support support;
    size_t count, *item_offset;
    uint32_t *row_offset, *tuple;
    record_item *item;
    privacy_attack_people people;
} world;

static privacy_hierarchies *hierarchies;

#define PEOPLE 300

static void make_world(world *w, uint32_t visits, bool enforce)
{
    static record_tuple tuples[PEOPLE][PRIVACY_PATIENT_ROWS_MAX];
    static size_t rows[PEOPLE];
    static test_vocabulary vocabulary;
    test_random random = {42};
    privacy_decide_options o;
    privacy_signatures_init(&w->set);
    for (size_t i = 0; i < PEOPLE; i++) {
        rows[i] = test_patient(&random, 4, 8, tuples[i]);
        assert_int_equal(privacy_signatures_add(&w->set, tuples[i], rows[i], 1, NULL), 0);
    }
    assert_int_equal(privacy_signatures_seal(&w->set, NULL), 0);
    privacy_decide_options_init(&o);
    o.visits = visits;
    assert_int_equal(privacy_decide(&w->set, hierarchies, &o, &w->plan, NULL, NULL), 0);
    if (!enforce)
        memset(w->plan.gone, 0, w->plan.signature_count * sizeof(*w->plan.gone));
    assert_int_equal(privacy_support_count(&w->plan, &w->set, hierarchies, &w->support, NULL), 0);

    test_lists lists;
    test_vocabulary_init(&vocabulary, 12, 2, 0);
    test_lists_make(&lists, &vocabulary, PEOPLE, 1, 8);
    w->item = lists.list;
    w->item_offset = lists.offset;
    w->row_offset = calloc(PEOPLE + 1, sizeof(uint32_t));
    w->tuple = calloc(PEOPLE * 8, sizeof(uint32_t));
    for (size_t i = 0; i < PEOPLE; i++) {
        privacy_groups groups[PRIVACY_PATIENT_ROWS_MAX];
        uint8_t row[PRIVACY_PATIENT_ROWS_MAX];
        const size_t released =
            privacy_plan_apply(&w->plan, hierarchies, privacy_signatures_find(&w->set, tuples[i], rows[i]), tuples[i],
                               rows[i], groups, row);
        for (size_t j = 0; j < released; j++)
            w->tuple[w->row_offset[i] + j] = (uint32_t)privacy_support_find(&w->support, &groups[j]);
        w->row_offset[i + 1] = w->row_offset[i] + (uint32_t)released;
    }
    w->people = (privacy_attack_people){PEOPLE, w->row_offset, w->tuple, w->item_offset, w->item};
}

static void world_done(world *w)
{
    privacy_signatures_done(&w->set);
    privacy_plan_done(&w->plan);
    privacy_support_done(&w->support);
    free(w->row_offset);
    free(w->tuple);
    free(w->item);
    free(w->item_offset);
}

static privacy_attack_result attack(const world *w, uint32_t visits, uint32_t items, uint64_t trials)
{
    const privacy_attack how = {.visits = visits, .items = items, .k = 5, .trials = trials, .seed = 11};
    privacy_attack_result result;
    assert_int_equal(privacy_attack_run(&w->people, NULL, &how, &result, NULL), 0);
    return result;
}

/* Within what the level promises nobody is isolated; a plan that was not carried out is found out by the same attack.
 */
static void test_promise_and_broken_promise(void **state)
{
    (void)state;
    for (uint32_t visits = 1; visits <= 2; visits++) {
        world kept, broken;
        make_world(&kept, visits, true);
        make_world(&broken, visits, false);
        for (uint32_t known = 1; known <= visits; known++) {
            const privacy_attack_result result = attack(&kept, known, 0, 0);
            assert_true(result.trials > 100);
            assert_int_equal(result.below_k, 0);
            assert_int_equal(result.astray, 0);
            assert_true(result.success <= 1 / 5.0);
        }
        assert_true(attack(&broken, visits, 0, 0).below_k > 0);
        /* Stronger attackers get more, never less. */
        const privacy_attack_result more = attack(&kept, visits + 2, 0, 0),
                                    all = attack(&kept, PRIVACY_ATTACK_HISTORY, 0, 0);
        assert_true(more.success >= attack(&kept, visits, 0, 0).success);
        assert_true(all.unique <= all.below_k && all.below_k > 0);
        world_done(&kept);
        world_done(&broken);
    }
}

/* Candidates counted without an index: every patient, every subsequence position. */
static bool contains(const world *w, size_t p, const uint32_t *sequence, uint32_t length)
{
    uint32_t found = 0;
    for (uint32_t row = w->row_offset[p]; row < w->row_offset[p + 1] && found < length; row++)
        found += w->tuple[row] == sequence[found];
    return found == length;
}

static void test_whole_knowledge_against_a_scan(void **state)
{
    (void)state;
    world w;
    make_world(&w, 2, true);
    /* Knowing exactly as many visits as the target has leaves nothing to chance: one visit, people with one row. */
    uint64_t trials = 0, below = 0, unique = 0;
    double success = 0;
    for (size_t p = 0; p < PEOPLE; p++) {
        const uint32_t length = w.row_offset[p + 1] - w.row_offset[p];
        uint64_t candidates = 0;
        if (length == 0)
            continue;
        for (size_t other = 0; other < PEOPLE; other++)
            candidates += w.row_offset[other + 1] - w.row_offset[other] == length &&
                          contains(&w, other, &w.tuple[w.row_offset[p]], length);
        trials++;
        below += candidates < 5;
        unique += candidates == 1;
        success += 1 / (double)candidates;
    }
    const privacy_attack_result result = attack(&w, PRIVACY_ATTACK_HISTORY, 0, 0);
    assert_int_equal(result.trials, trials);
    assert_int_equal(result.below_k, below);
    assert_int_equal(result.unique, unique);
    assert_true(result.success > success / (double)trials - 1e-9 && result.success < success / (double)trials + 1e-9);
    assert_true(result.below_k_low <= (double)below / (double)trials &&
                result.below_k_high >= (double)below / (double)trials);
    world_done(&w);
}

static void test_trials_and_items(void **state)
{
    (void)state;
    world w;
    make_world(&w, 2, true);
    const privacy_attack_result some = attack(&w, 2, 1, 50), again = attack(&w, 2, 1, 50);
    assert_int_equal(some.trials, 50);
    assert_memory_equal(&some, &again, sizeof(some)); /* the seed decides */
    const privacy_attack_result nothing = attack(&w, 0, 0, 0);
    assert_int_equal(nothing.below_k, 0);
    assert_true(nothing.success <= nothing.control * 1.5);
    assert_true(attack(&w, 1, 2, 0).success >= attack(&w, 1, 0, 0).success);
    assert_true(attack(&w, 0, 4, 0).trials < PEOPLE); /* who has fewer items is no target */

    /* An attacker who knows visits that were withheld is led astray. */
    world truth;
    make_world(&truth, 2, false);
    const privacy_attack how = {.visits = 4, .k = 5};
    privacy_attack_result result;
    assert_int_equal(privacy_attack_run(&truth.people, &truth.people, &how, &result, NULL), 0);
    assert_int_equal(result.astray, 0);
    const privacy_attack too_much = {.visits = PRIVACY_ATTACK_VISITS_MAX + 1, .k = 5};
    assert_int_equal(privacy_attack_run(&w.people, NULL, &too_much, &result, NULL), LETHE_E_PRIVACY_OPTION);
    world_done(&truth);
    world_done(&w);
}

/* Support is what a scan of the release counts. */
static void test_support(void **state)
{
    (void)state;
    world w;
    make_world(&w, 2, true);
    uint64_t classes[3], rows[3], all_rows = 0;
    const uint32_t edges[] = {5, 20, 100};
    for (uint32_t c = 0; c < w.support.class_count; c++) {
        uint32_t people = 0;
        for (size_t p = 0; p < PEOPLE; p++)
            people += contains(&w, p, &c, 1);
        assert_int_equal(w.support.classes[c].people, people);
        assert_true(people >= 5);
        all_rows += w.support.classes[c].rows;
        for (uint32_t d = 0; d < w.support.class_count; d++) {
            const uint32_t pair[] = {c, d};
            uint32_t both = 0;
            for (size_t p = 0; p < PEOPLE; p++)
                both += contains(&w, p, pair, 2);
            assert_int_equal(privacy_support_pair(&w.support, c, d), both);
            assert_true(both == 0 || both >= 5);
        }
    }
    assert_int_equal(all_rows, w.plan.rows - w.plan.rows_gone);
    privacy_support_histogram(&w.support, edges, 3, classes, rows);
    assert_int_equal(classes[0] + classes[1] + classes[2], w.support.class_count);
    assert_int_equal(rows[0] + rows[1] + rows[2], all_rows);
    world_done(&w);
}

int main(void)
{
    hierarchies = calloc(1, sizeof(*hierarchies));
    if (hierarchies == NULL || privacy_hierarchies_init(hierarchies, test_exposures, TEST_EXPOSURES, NULL) != 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_promise_and_broken_promise),
        cmocka_unit_test(test_whole_knowledge_against_a_scan),
        cmocka_unit_test(test_trials_and_items),
        cmocka_unit_test(test_support),
    };
    const int failed = cmocka_run_group_tests_name("privacy/attack", tests, NULL, NULL);
    free(hierarchies);
    return failed;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "clinical/vocabulary.h"
#include "engine/compose.h"
#include "engine/losses.h"

#include <stdlib.h>

/* A decided cohort by hand: `held` and `gone` by item. */
typedef struct fixture {
    engine_cohort cohort;
    privacy_hierarchies *hierarchies;
    uint32_t held[RECORD_ITEM_MAX];
    bool gone[RECORD_ITEM_MAX];
    uint64_t withheld[4]; /* of a signature: bits */
} fixture;

static void begin(fixture *f)
{
    *f = (fixture){0};
    assert_int_equal(engine_hierarchies_new(&f->hierarchies, NULL), 0);
    f->cohort.hierarchies = f->hierarchies;
    f->cohort.lists.held = f->cohort.risks.held = f->held;
    f->cohort.lists.removed_for_all = f->cohort.risks.removed_for_all = f->gone;
    f->cohort.plan.gone = f->withheld;
    privacy_signatures_init(&f->cohort.signatures);
}

static void end(fixture *f)
{
    privacy_signatures_done(&f->cohort.signatures);
    free(f->hierarchies);
}

static void set_gone(fixture *f, record_item item, uint32_t people)
{
    f->held[item] = people;
    f->gone[item] = true;
}

/* Most people first; few people's only for those who ask for them; no more than there is room for. */
static void test_gone(void **state)
{
    (void)state;
    fixture f;
    record_item items[3];
    begin(&f);
    set_gone(&f, 10, 19);
    set_gone(&f, 11, 40);
    set_gone(&f, 12, 20);
    set_gone(&f, 13, 90);
    f.held[14] = 1000; /* and stays */
    assert_int_equal(engine_list_gone(&f.cohort, 20, 3, items), 3);
    assert_true(items[0] == 13 && items[1] == 11 && items[2] == 12);
    assert_int_equal(engine_list_gone(&f.cohort, 41, 3, items), 1);
    assert_int_equal(items[0], 13);
    assert_int_equal(engine_list_gone(&f.cohort, 1, 2, items), 2);
    assert_true(items[0] == 13 && items[1] == 11);
    assert_int_equal(engine_list_gone(&f.cohort, 91, 3, items), 0);
    end(&f);
}

static void test_values(void **state)
{
    (void)state;
    fixture f;
    engine_list_losses columns[RECORD_COLUMN_COUNT];
    begin(&f);
    uint32_t outcomes[2], found = 0;
    for (uint32_t item = 0; item < clinical_item_count() && found < 2; item++)
        if (clinical_item_column((record_item)item) == RECORD_OUTCOMES)
            outcomes[found++] = item;
    assert_int_equal(found, 2);
    f.held[outcomes[0]] = 7;
    set_gone(&f, (record_item)outcomes[1], 3);
    f.cohort.lists.before[RECORD_OUTCOMES] = 10;
    f.cohort.lists.after[RECORD_OUTCOMES] = 7;
    engine_count_lists(&f.cohort, columns);
    const engine_list_losses *losses = &columns[RECORD_OUTCOMES];
    assert_true(losses->values == 2 && losses->values_released == 1);
    assert_true(losses->items == 10 && losses->items_released == 7);
    assert_true(columns[RECORD_HISTORY_CONCEPTS].values == 0);
    end(&f);
}

static void test_floor(void **state)
{
    (void)state;
    assert_int_equal(engine_people_floor(2), 20);
    assert_int_equal(engine_people_floor(5), 20);
    assert_int_equal(engine_people_floor(6), 24);
    assert_int_equal(engine_people_floor(100), 400);
}

static record_tuple visit(uint8_t sex, uint8_t pregnancy, bool first)
{
    record_tuple tuple = {{0}};
    tuple.leaf[RECORD_QI_GAP] = first ? RECORD_GAP_FIRST : 1;
    tuple.leaf[RECORD_QI_SEX] = sex;
    tuple.leaf[RECORD_QI_PREGNANCY] = pregnancy;
    return tuple;
}

static const engine_group_losses *find(const engine_group_losses *groups, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(groups[i].group, name) == 0 && groups[i].qi != RECORD_QI_AGE)
            return &groups[i];
    fail();
    return NULL;
}

/* Thirty women lose the second of two visits, the one in pregnancy; twelve men lose nothing. */
static void test_groups(void **state)
{
    (void)state;
    fixture f;
    engine_group_losses groups[ENGINE_GROUP_LOSSES_MAX];
    begin(&f);
    const record_tuple woman[] = {visit(RECORD_SEX_FEMALE, RECORD_NOT_PREGNANT, true),
                                  visit(RECORD_SEX_FEMALE, RECORD_PREGNANT_TRIMESTER_2, false)};
    const record_tuple man[] = {visit(RECORD_SEX_MALE, RECORD_PREGNANCY_NOT_APPLICABLE, true)};
    assert_int_equal(privacy_signatures_add(&f.cohort.signatures, woman, 2, 30, NULL), 0);
    assert_int_equal(privacy_signatures_add(&f.cohort.signatures, man, 1, 12, NULL), 0);
    assert_int_equal(privacy_signatures_seal(&f.cohort.signatures, NULL), 0);
    f.withheld[privacy_signatures_find(&f.cohort.signatures, woman, 2)] = 2;
    const size_t count = engine_count_groups(&f.cohort, groups);
    const engine_group_losses *female = find(groups, count, "female"), *male = find(groups, count, "male"),
                              *pregnant = find(groups, count, "pregnant"), *not = find(groups, count, "not_pregnant");
    assert_true(female->visits == 60 && female->visits_withheld == 30);
    assert_true(female->people_with_released == 30 && female->people_with_withheld == 30);
    assert_true(male->visits == 12 && male->visits_withheld == 0 && male->people_with_withheld == 0);
    assert_true(pregnant->visits == 30 && pregnant->visits_withheld == 30 && pregnant->people_with_released == 0);
    assert_true(not ->visits == 42 && not ->visits_withheld == 0 && not ->people_with_released == 42);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gone),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_floor),
        cmocka_unit_test(test_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

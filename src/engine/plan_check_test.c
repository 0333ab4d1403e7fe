/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "clinical/vocabulary.h"
#include "engine/plan_check.h"
#include "verify/support.h"

#include <stdlib.h>

/* A release in which all of these have support, but asthma and hypertension not together. */
static const char *const TUPLES[] = {"*\t*\t18-25\tfemale\t*\t*\twinter\t*\ttrue"};
static const char *const ITEMS[] = {"medical_history_categories/cardiac_history",
                                    "medical_history_categories/respiratory_history", "medical_history_concepts/asthma",
                                    "medical_history_concepts/hypertension", "medication_categories/antiretrovirals"};
#define ITEM_COUNT (sizeof(ITEMS) / sizeof(ITEMS[0]))

static bool pair_has_k(void *context, size_t low, size_t high)
{
    (void)context;
    return !(low == 2 && high == 3);
}

static engine_plan_check *open_check(int *ret_status, const char *plan, size_t cut)
{
    base_span tuples[1] = {base_span_of(TUPLES[0])}, items[ITEM_COUNT];
    for (size_t i = 0; i < ITEM_COUNT; i++)
        items[i] = base_span_of(ITEMS[i]);
    const verify_support support = {
        .k = 5, .tuples = tuples, .tuple_count = 1, .items = items, .item_count = ITEM_COUNT, .pair = pair_has_k};
    base_buf bytes;
    engine_plan_check *check = NULL;
    base_buf_init(&bytes, 1 << 20);
    assert_int_equal(verify_support_write(&support, &bytes, NULL), 0);
    const base_span whole = base_buf_view(&bytes);
    *ret_status = engine_plan_check_parse(base_span_of(plan),
                                          (base_span){whole.data, cut < whole.size ? cut : whole.size}, &check, NULL);
    base_buf_done(&bytes);
    return *ret_status == 0 ? check : NULL;
}

static const char PLAN[] =
    "{\"levels\": {\"index_period\": 3, \"months_since_previous\": 1, \"age_group\": 1, \"sex\": 0, "
    "\"pregnancy_status\": 2, \"density\": 1, \"region\": 1, \"season_category\": 0, \"exposure_risk\": 2, "
    "\"outcome_observed\": 0}}";

static record_item item(record_column column, const char *name)
{
    const record_item found = clinical_item_find(column, base_span_of(name));
    assert_int_not_equal(found, RECORD_ITEM_NONE);
    return found;
}

static void test_tuples(void **state)
{
    (void)state;
    int status = 0;
    engine_plan_check *check = open_check(&status, PLAN, SIZE_MAX);
    assert_non_null(check);
    record_released released = {.index_period = "*",
                                .months_since_previous = "*",
                                .age_group = "18-25",
                                .sex = "female",
                                .pregnancy_status = "*",
                                .location_category = "*",
                                .season_category = "winter",
                                .exposure_risk = "*"};
    assert_int_equal(engine_plan_check_tuple(check, &released, NULL), 0);
    released.sex = "male";
    assert_int_equal(engine_plan_check_tuple(check, &released, NULL), LETHE_E_PRIVACY_SUPPORT);
    engine_plan_check_free(check);
}

/* What has no support falls; of a pair without support one falls, with nothing left that says it again. */
static void test_items(void **state)
{
    (void)state;
    int status = 0;
    engine_plan_check *check = open_check(&status, PLAN, SIZE_MAX);
    assert_non_null(check);
    const record_item cardiac = item(RECORD_HISTORY_CATEGORIES, "cardiac_history"),
                      respiratory = item(RECORD_HISTORY_CATEGORIES, "respiratory_history"),
                      asthma = item(RECORD_HISTORY_CONCEPTS, "asthma"),
                      hypertension = item(RECORD_HISTORY_CONCEPTS, "hypertension"),
                      gout = item(RECORD_HISTORY_CONCEPTS, "gout");
    record_item items[] = {cardiac, respiratory, asthma, gout, hypertension};
    const size_t count = engine_plan_check_items(check, items, 5);
    assert_int_equal(count, 3);
    assert_true(items[0] == cardiac && items[1] == respiratory && (items[2] == asthma || items[2] == hypertension));
    record_item alone[] = {asthma}; /* its category is missing: nothing stays */
    assert_int_equal(engine_plan_check_items(check, alone, 1), 0);
    record_item fits[] = {respiratory, asthma};
    assert_int_equal(engine_plan_check_items(check, fits, 2), 2);
    engine_plan_check_free(check);
}

/* HIV has no support here: with it falls, from whoever has it, what would say it again. */
static void test_implied(void **state)
{
    (void)state;
    int status = 0;
    engine_plan_check *check = open_check(&status, PLAN, SIZE_MAX);
    assert_non_null(check);
    const record_item immunologic = item(RECORD_HISTORY_CATEGORIES, "immunologic_history"),
                      hiv = item(RECORD_HISTORY_CONCEPTS, "hiv_infection"),
                      antiretrovirals = item(RECORD_MEDICATION_CATEGORIES, "antiretrovirals");
    record_item both[] = {immunologic, hiv, antiretrovirals};
    assert_int_equal(engine_plan_check_items(check, both, 3), 0);
    record_item alone[] = {antiretrovirals};
    assert_int_equal(engine_plan_check_items(check, alone, 1), 1);
    engine_plan_check_free(check);
}

/* A risk factor falls where it has no support; what it came from stays, so that none stays behind what it says. */
static void test_risks(void **state)
{
    (void)state;
    int status = 0;
    engine_plan_check *check = open_check(&status, PLAN, SIZE_MAX);
    assert_non_null(check);
    const record_item respiratory = item(RECORD_HISTORY_CATEGORIES, "respiratory_history"),
                      asthma = item(RECORD_HISTORY_CONCEPTS, "asthma"),
                      risk = clinical_column_first(RECORD_RISK_FACTORS);
    record_item items[] = {respiratory, asthma, risk};
    assert_int_equal(engine_plan_check_risks(check, items, 3), 2);
    assert_true(items[0] == respiratory && items[1] == asthma);
    engine_plan_check_free(check);
}

static void test_damage(void **state)
{
    (void)state;
    int status = 0;
    assert_null(open_check(&status, "{}", SIZE_MAX));
    assert_int_equal(status, LETHE_E_ENGINE_DATASET);
    assert_null(open_check(&status, "{\"levels\": {\"index_period\": 99}}", SIZE_MAX));
    for (size_t cut = 0; cut < 200; cut += 7) {
        engine_plan_check *check = open_check(&status, PLAN, cut);
        assert_null(check);
        assert_int_equal(status, LETHE_E_ENGINE_DATASET);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_tuples), cmocka_unit_test(test_items),
                                       cmocka_unit_test(test_implied), cmocka_unit_test(test_risks),
                                       cmocka_unit_test(test_damage)};
    return cmocka_run_group_tests_name("engine/plan_check", tests, NULL, NULL);
}

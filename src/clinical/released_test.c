/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include "clinical/emergency.h"
#include "clinical/released.h"
#include "clinical/risk.h"
#include "clinical/vocabulary.h"

#include <stdio.h>
#include <stdlib.h>

static int by_number(const void *a, const void *b)
{
    return *(const record_item *)a - *(const record_item *)b;
}

/* "history/asthma …" is not needed: names of concepts and categories, each looked for in all columns. */
static size_t items_of(const char *const *names, record_item *items)
{
    size_t count = 0;
    for (size_t i = 0; names[i] != NULL; i++)
        for (record_column column = 0; column < RECORD_RISK_FACTORS; column++) {
            const record_item item = clinical_item_find(column, base_span_of(names[i]));
            if (item != RECORD_ITEM_NONE)
                items[count++] = item;
        }
    qsort(items, count, sizeof(*items), by_number);
    return count;
}

static bool fires(const char *rule, record_released released, const char *const *names)
{
    record_item items[64], fired[CLINICAL_RISK_FACTORS_MAX];
    released.items = items;
    released.item_count = items_of(names, items);
    const size_t count = clinical_risk_factors(&released, fired);
    const record_item wanted = clinical_item_find(RECORD_RISK_FACTORS, base_span_of(rule));
    assert_int_not_equal(wanted, RECORD_ITEM_NONE);
    for (size_t i = 0; i < count; i++) {
        assert_true(i == 0 || fired[i - 1] < fired[i]);
        if (fired[i] == wanted)
            return true;
    }
    return false;
}

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_pregnancy_rules(void **state)
{
    (void)state;
    static const char *const pregnant[] = {"pregnant_trimester_1", "pregnant_trimester_2", "pregnant_trimester_3",
                                           "pregnant"};
    for (size_t i = 0; i < 4; i++)
        assert_true(
            fires("pregnancy_immunosuppression", (record_released){.pregnancy_status = pregnant[i]}, NAMES("x")));
    static const char *const others[] = {"postpartum", "not_pregnant", "not_applicable", "unknown", "*"};
    for (size_t i = 0; i < 5; i++)
        assert_false(
            fires("pregnancy_immunosuppression", (record_released){.pregnancy_status = others[i]}, NAMES("x")));
    assert_true(fires("postpartum_risk", (record_released){.pregnancy_status = "postpartum"}, NAMES("x")));
    assert_false(fires("postpartum_risk", (record_released){.pregnancy_status = "not_pregnant"}, NAMES("x")));
}

static void test_rules_need_certainty(void **state)
{
    (void)state;
    const record_released elderly = {.age_group = "65-70", .season_category = "winter"};
    const record_released doubtful = {.age_group = "50-65", .season_category = "winter"};
    const record_released withheld = {.age_group = "*", .season_category = "*"};
    assert_true(fires("pneumonia_recurrence_risk", elderly, NAMES("pneumonia")));
    assert_true(fires("pneumonia_recurrence_risk", (record_released){.age_group = "80+"}, NAMES("pneumonia")));
    assert_false(fires("pneumonia_recurrence_risk", doubtful, NAMES("pneumonia")));
    assert_false(fires("pneumonia_recurrence_risk", withheld, NAMES("pneumonia")));
    assert_true(fires("pneumonia_recurrence_risk", withheld, NAMES("pneumonia", "copd")));
    assert_true(fires("cardiometabolic", withheld, NAMES("hypertension", "diabetes")));
    assert_false(fires("cardiometabolic", withheld, NAMES("hypertension")));
    assert_true(fires("seasonal_exposure", elderly, NAMES("x")));
}

static void test_every_rule_can_fire(void **state)
{
    (void)state;
    /* A row that has every item fires nearly all; one that has nothing fires none. */
    record_item all[RECORD_ITEM_MAX], fired[CLINICAL_RISK_FACTORS_MAX];
    for (record_item i = 0; i < clinical_item_count(); i++)
        all[i] = i;
    const record_released full = {.age_group = "70-75",
                                  .pregnancy_status = "postpartum",
                                  .season_category = "winter",
                                  .sex = "female",
                                  .density = "urban",
                                  .region = "south",
                                  .exposure_risk = "high_tobacco_smoke",
                                  .comorbidity = "5+",
                                  .utilization = "13+",
                                  .items = all,
                                  .item_count = clinical_item_count()};
    const record_released empty = {.age_group = "*", .pregnancy_status = "*", .season_category = "*", .sex = "*"};
    const size_t most = clinical_risk_factors(&full, fired);
    assert_true(most * 10 >=
                8u * (size_t)(clinical_column_first(RECORD_OUTCOMES) - clinical_column_first(RECORD_RISK_FACTORS)));
    assert_int_equal(clinical_risk_factors(&empty, fired), 0);
}

static uint32_t charlson(const char *const *names)
{
    record_item items[64];
    const size_t count = items_of(names, items);
    return clinical_charlson(items, count);
}

static void test_charlson(void **state)
{
    (void)state;
    assert_int_equal(charlson(NAMES("x")), 0);
    assert_int_equal(charlson(NAMES("copd")), 1);
    assert_int_equal(charlson(NAMES("copd", "asthma")), 1);                      /* one group */
    assert_int_equal(charlson(NAMES("diabetes", "diabetic_kidney_disease")), 2); /* with complications wins */
    assert_int_equal(charlson(NAMES("heart_failure", "copd", "dementia")), 3);
    assert_int_equal(charlson(NAMES("breast_cancer", "metastatic_cancer")), 6);
    assert_string_equal(clinical_comorbidity(NULL, 0), "0");
    record_item items[64];
    size_t count = items_of(NAMES("copd"), items);
    assert_string_equal(clinical_comorbidity(items, count), "1-2");
    count = items_of(NAMES("heart_failure", "copd", "dementia"), items);
    assert_string_equal(clinical_comorbidity(items, count), "3-4");
    count = items_of(NAMES("metastatic_cancer"), items);
    assert_string_equal(clinical_comorbidity(items, count), "5+");
}

static void test_age_risk_groups(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"0-1", "pediatric"},
        {"15-18", "pediatric"},
        {"0-18", "pediatric"},
        {"18-20", "young_adult"},
        {"18-25", "young_adult"},
        {"25-30", "reproductive_age"},
        {"25-35", "reproductive_age"},
        {"35-50", "middle_age"},
        {"50-65", "older_adult"},
        {"65-80", "elderly"},
        {"80+", "elderly"},
        {"90+", "elderly"},
        {"65+", "elderly"},
        {"18-35", "*"},
        {"35-65", "*"},
        {"*", "*"},
        {"unknown", "unknown"},
        {"", "*"},
        {"abc", "*"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(clinical_age_risk_group(cases[i][0]), cases[i][1]);
    assert_string_equal(clinical_age_risk_group(NULL), "*");
}

static void test_small_names(void **state)
{
    (void)state;
    assert_string_equal(clinical_trimester("pregnant_trimester_2"), "second");
    assert_null(clinical_trimester("pregnant"));
    assert_null(clinical_trimester("*"));
    assert_null(clinical_trimester(NULL));
    assert_string_equal(clinical_followup_name(0), "0-3");
    assert_null(clinical_followup_name(RECORD_FOLLOWUP_COUNT));
    assert_null(clinical_not_ready_name(CLINICAL_READY));
    assert_string_equal(clinical_not_ready_name(CLINICAL_NOT_READY_NO_CONTENT), "no_clinical_content");
    assert_int_equal(clinical_not_ready_of(&(record_released){.age_group = "*"}), CLINICAL_NOT_READY_AGE_WITHHELD);
    assert_int_equal(clinical_not_ready_of(&(record_released){.age_group = "25-30"}), CLINICAL_NOT_READY_NO_CONTENT);
    const record_item first = 0;
    assert_int_equal(clinical_not_ready_of(&(record_released){.age_group = "25-30", .items = &first, .item_count = 1}),
                     CLINICAL_READY);
}

/* The prompt of the fullest row there can be: at most 300 words. */
static void test_prompt_is_short(void **state)
{
    (void)state;
    record_item all[RECORD_ITEM_MAX];
    for (record_item i = 0; i < clinical_item_count(); i++)
        all[i] = i;
    const record_released full = {.age_group = "70-75",
                                  .sex = "female",
                                  .pregnancy_status = "not_applicable",
                                  .location_category = "urban_south",
                                  .season_category = "winter",
                                  .comorbidity = "5+",
                                  .items = all,
                                  .item_count = clinical_item_count()};
    base_arena arena;
    clinical_emergency emergency;
    base_arena_init(&arena, (size_t)1 << 20);
    assert_int_equal(clinical_emergency_of(&full, &arena, &emergency, NULL), 0);
    size_t words = 1;
    for (size_t i = 0; i < emergency.prompt.size; i++)
        words += emergency.prompt.data[i] == ' ';
    assert_true(words <= CLINICAL_PROMPT_WORDS_MAX);
    assert_true(emergency.risk_count > 0 && emergency.flag_count > 0);
    base_arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pregnancy_rules),     cmocka_unit_test(test_rules_need_certainty),
        cmocka_unit_test(test_every_rule_can_fire), cmocka_unit_test(test_charlson),
        cmocka_unit_test(test_age_risk_groups),     cmocka_unit_test(test_small_names),
        cmocka_unit_test(test_prompt_is_short),
    };
    return cmocka_run_group_tests_name("clinical/released", tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The scenarios of the platform's design note, end to end: flat record, pack, derive, released row. */
#include "clinical/test_person.h"

static char names[4096];

static const char *list(const record_row *row, record_column column)
{
    return test_names(row, column, names, sizeof(names));
}

static void test_pregnant_in_winter(void **state)
{
    (void)state;
    test_person p;
    test_begin(&p);
    test_flat(&p, "{'age': 27, 'pregnancy': {'status': 'pregnant', 'trimester': 3}, 'location': 'Boston, MA',"
                  "'season': 'winter', 'history': ['allergic_rhinitis', 'pneumonia_2022'],"
                  "'symptoms': ['fatigue', 'shortness_of_breath']}");
    test_derive(&p);
    assert_int_equal(p.row_count, 1);
    const record_row *row = &p.rows[0];
    assert_int_equal(row->qi.leaf[RECORD_QI_AGE], clinical_age_leaf(27));
    assert_int_equal(row->qi.leaf[RECORD_QI_PREGNANCY], RECORD_PREGNANT_TRIMESTER_3);
    assert_int_equal(row->qi.leaf[RECORD_QI_DENSITY], RECORD_URBAN);
    assert_int_equal(row->qi.leaf[RECORD_QI_REGION], RECORD_NORTHEAST);
    assert_int_equal(row->qi.leaf[RECORD_QI_SEASON], RECORD_WINTER);
    assert_string_equal(list(row, RECORD_HISTORY_CATEGORIES), "allergic_history respiratory_history");
    assert_string_equal(list(row, RECORD_HISTORY_CONCEPTS), "allergic_rhinitis pneumonia");
    assert_string_equal(list(row, RECORD_SYMPTOM_CATEGORIES), "general_symptoms respiratory_symptoms");
    assert_int_equal(row->qi.leaf[RECORD_QI_OBSERVED], RECORD_NO);

    const record_released released = {.age_group = "25-30",
                                      .sex = "unknown",
                                      .pregnancy_status = "pregnant_trimester_3",
                                      .season_category = "winter",
                                      .density = "urban",
                                      .region = "northeast",
                                      .exposure_risk = "unknown",
                                      .items = row->items,
                                      .item_count = row->item_count};
    record_item fired[CLINICAL_RISK_FACTORS_MAX];
    const size_t count = clinical_risk_factors(&released, fired);
    record_row risks = {.items = fired, .item_count = count};
    assert_true(test_has(&risks, RECORD_RISK_FACTORS, "pregnancy_immunosuppression"));
    assert_true(test_has(&risks, RECORD_RISK_FACTORS, "respiratory_allergies"));
    assert_true(test_has(&risks, RECORD_RISK_FACTORS, "seasonal_exposure"));
    assert_string_equal(clinical_trimester("pregnant_trimester_3"), "third");
    assert_string_equal(clinical_age_risk_group("25-30"), "reproductive_age");
    test_end(&p);
}

static void test_emergency(void **state)
{
    (void)state;
    test_person p;
    test_begin(&p);
    test_flat(&p, "{'age': 58, 'gender': 'male', 'symptoms': 'chest pain, shortness of breath',"
                  "'history': ['hypertension', 'diabetes'], 'vital_signs': {'troponin': 'elevated'}}");
    test_derive(&p);
    const record_row *row = &p.rows[0];
    assert_int_equal(row->qi.leaf[RECORD_QI_AGE], clinical_age_leaf(58));
    assert_int_equal(row->qi.leaf[RECORD_QI_SEX], RECORD_SEX_MALE);
    assert_int_equal(row->qi.leaf[RECORD_QI_PREGNANCY], RECORD_PREGNANCY_NOT_APPLICABLE);
    assert_int_equal(row->qi.leaf[RECORD_QI_SEASON], RECORD_SEASON_UNKNOWN);
    assert_string_equal(list(row, RECORD_HISTORY_CONCEPTS), "diabetes hypertension");
    assert_string_equal(list(row, RECORD_SYMPTOM_CATEGORIES), "chest_symptoms respiratory_symptoms");
    assert_string_equal(list(row, RECORD_VITAL_FLAGS), "troponin_elevated");
    const record_released released = {
        .age_group = "55-60", .sex = "male", .items = row->items, .item_count = row->item_count};
    record_item fired[CLINICAL_RISK_FACTORS_MAX];
    record_row risks = {.items = fired, .item_count = clinical_risk_factors(&released, fired)};
    assert_true(test_has(&risks, RECORD_RISK_FACTORS, "acute_coronary_risk"));
    assert_true(test_has(&risks, RECORD_RISK_FACTORS, "cardiometabolic"));
    test_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pregnant_in_winter),
        cmocka_unit_test(test_emergency),
    };
    return cmocka_run_group_tests_name("clinical/scenario", tests, NULL, NULL);
}

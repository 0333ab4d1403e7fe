/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "verify/spoilt.h"

#include <stdio.h>
#include <string.h>

static maker base;

/* The publisher's own mistakes: everything signed, one thing wrong. */
static void test_vectors_are_functions_of_rows(void **state)
{
    (void)state;
    static float vector[VERIFY_VECTOR_SIZE];
    vector[12] = 1;
    maker_init(&base);
    spoilt_row(&base, 2, 17)->vector = vector;
    verify_result result = spoilt_verify(&base, spoilt_write(&base), true);
    spoilt_expect(&result, VERIFY_CHECK_VECTORS, LETHE_E_VERIFY_VECTOR, SPOILT_TEST, 18, "clinical_text_embedding");
    spoilt_expect_only(&result, VERIFY_CHECK_VECTORS);
    vector[12] = 0.5f;
    result = spoilt_verify(&base, spoilt_write(&base), true);
    spoilt_expect(&result, VERIFY_CHECK_VECTORS, LETHE_E_VERIFY_VECTOR, SPOILT_TEST, 18, "clinical_text_embedding");
    maker_init(&base);
    spoilt_row(&base, 0, 1)->text[VERIFY_EMBEDDING_MODEL] = "another";
    result = spoilt_verify(&base, spoilt_write(&base), true);
    spoilt_expect(&result, VERIFY_CHECK_VECTORS, LETHE_E_VERIFY_VECTOR, SPOILT_TRAIN, 2, "embedding_model");
}

/* Twelve people hold each class; then one of them shows other visits. */
static void test_a_class_one_patient_short(void **state)
{
    (void)state;
    maker_init(&base);
    base.k = 12;
    verify_result result = spoilt_verify(&base, spoilt_write(&base), true);
    assert_true(result.passed);
    maker_row *row = spoilt_row(&base, 0, 0);
    assert_string_equal(row->text[VERIFY_SEASON], "winter");
    row[1].text[VERIFY_SEASON] = "summer"; /* a class of one, and one of eleven that is met first */
    result = spoilt_verify(&base, spoilt_write(&base), true);
    spoilt_expect(&result, VERIFY_CHECK_CLASSES, LETHE_E_VERIFY_CLASS, SPOILT_TEST, 2, "quasi-identifiers");
    assert_int_equal(result.checks[VERIFY_CHECK_CLASSES].failures, 2);
}

/* Every visit is in a large class; only their order is rare. */
static void test_a_sequence_one_patient_short(void **state)
{
    (void)state;
    maker_init(&base);
    maker_row *row = spoilt_row(&base, 1, 0);
    row[0].text[VERIFY_SEASON] = "summer";
    row[2].text[VERIFY_SEASON] = "winter";
    verify_result result = spoilt_verify(&base, spoilt_write(&base), true);
    spoilt_expect(&result, VERIFY_CHECK_SEQUENCES, LETHE_E_VERIFY_SEQUENCE, SPOILT_VALIDATION, 0, "quasi-identifiers");
    spoilt_expect_only(&result, VERIFY_CHECK_SEQUENCES);
    base.level = "internal";
    base.visits = base.items = 1;
    result = spoilt_verify(&base, spoilt_write(&base), true);
    assert_true(result.passed);
}

static void test_items_and_pairs_short_of_patients(void **state)
{
    (void)state;
    maker_init(&base);
    for (size_t p = 0; p < 4; p++) /* four hold a flag that nobody else has */
        spoilt_row(&base, 0, 6 * p)->lists[RECORD_RISK_FACTORS][0] = "cardiometabolic";
    verify_result result = spoilt_verify(&base, spoilt_write(&base), true);
    spoilt_expect(&result, VERIFY_CHECK_ITEMS, LETHE_E_VERIFY_LIST, SPOILT_TRAIN, 0,
                  NULL); /* with what only the first group has */
    spoilt_expect_only(&result, VERIFY_CHECK_ITEMS);
    base.items = 1; /* each item alone is fine */
    result = spoilt_verify(&base, spoilt_write(&base), true);
    assert_true(result.passed);

    maker_init(&base);
    base.items = 1;
    for (size_t i = 0; i < base.row_count; i++)
        base.rows[i].lists[RECORD_RISK_FACTORS][0] = NULL;
    for (size_t p = 0; p < 4; p++)
        spoilt_row(&base, 0, 3 * p + 1)->lists[RECORD_RISK_FACTORS][0] = "cardiometabolic";
    result = spoilt_verify(&base, spoilt_write(&base), true);
    spoilt_expect(&result, VERIFY_CHECK_ITEMS, LETHE_E_VERIFY_LIST, SPOILT_TRAIN, 2, "risk_factors");
    spoilt_expect_only(&result, VERIFY_CHECK_ITEMS);
    spoilt_row(&base, 0, 13)->lists[RECORD_RISK_FACTORS][0] = "cardiometabolic";
    result = spoilt_verify(&base, spoilt_write(&base), true);
    assert_true(result.passed);
}

/* Pairs are pooled over a patient's rows: the two items need not stand in one. */
static void test_triples_too(void **state)
{
    (void)state;
    maker_init(&base);
    base.items = 3;
    verify_result result = spoilt_verify(&base, spoilt_write(&base), true);
    assert_true(result.passed);
    static const char *const marks[3] = {"fatigue", "dizziness", "nausea"};
    for (size_t v = 1; v < 3; v++)
        base.values[base.value_count++] = (maker_value){RECORD_SYMPTOM_CATEGORIES, marks[v], NULL, NULL};
    for (size_t i = 0; i < base.row_count; i++)
        for (size_t c = 0; c < RECORD_COLUMN_COUNT; c++)
            base.rows[i].lists[c][0] = NULL;
    /* patients 0 .. 23 by threes: every pair of marks has 8 + 4 holders, all three together only 4 */
    for (size_t p = 0; p < 24; p++)
        for (size_t v = 0; v < 3; v++)
            if (p < 4 || v != p % 3)
                base.rows[3 * p + v].lists[RECORD_SYMPTOM_CATEGORIES][0] = marks[v];
    result = spoilt_verify(&base, spoilt_write(&base), true);
    spoilt_expect(&result, VERIFY_CHECK_ITEMS, LETHE_E_VERIFY_LIST, SPOILT_TRAIN, 1, "symptom_categories");
    assert_int_equal(result.checks[VERIFY_CHECK_ITEMS].failures, 1);
    base.items = 2;
    result = spoilt_verify(&base, spoilt_write(&base), true);
    assert_true(result.passed);
}

/* Where the plan withholds sex, no item may say it. */
static void test_what_items_tell(void **state)
{
    (void)state;
    maker_init(&base);
    base.values[6].implies = "sex:female";
    verify_result result = spoilt_verify(&base, spoilt_write(&base), true);
    assert_true(result.passed);
    base.levels = "{\"index_period\": 3, \"months_since_previous\": 1, \"age_group\": 1, \"sex\": 1, "
                  "\"pregnancy_status\": 1, \"density\": 1, \"region\": 0, \"season_category\": 0, "
                  "\"exposure_risk\": 1, \"outcome_observed\": 0}";
    for (size_t i = 0; i < base.row_count; i++)
        base.rows[i].text[VERIFY_SEX] = "*";
    result = spoilt_verify(&base, spoilt_write(&base), true);
    spoilt_expect(&result, VERIFY_CHECK_ITEMS, LETHE_E_VERIFY_LIST, SPOILT_TEST, 1, "symptom_categories");
    spoilt_expect_only(&result, VERIFY_CHECK_ITEMS);
}

static void test_order(void **state)
{
    (void)state;
    maker_init(&base);
    maker_row *row = spoilt_row(&base, 0, 0), held = row[0];
    row[0] = row[1]; /* two visits of one patient swapped */
    row[1] = held;
    verify_result result = spoilt_verify(&base, spoilt_write(&base), true);
    spoilt_expect(&result, VERIFY_CHECK_ROWS, LETHE_E_VERIFY_ROW, SPOILT_TRAIN, 1, "snapshot");

    maker_init(&base);
    row = spoilt_row(&base, 0, 0);
    for (size_t i = 0; i < 3; i++) { /* two patients swapped */
        held = row[i];
        row[i] = row[i + 3];
        row[i + 3] = held;
    }
    result = spoilt_verify(&base, spoilt_write(&base), true);
    spoilt_expect(&result, VERIFY_CHECK_ROWS, LETHE_E_VERIFY_ROW, SPOILT_TRAIN, 4, "anonymous_id");
    spoilt_expect_only(&result, VERIFY_CHECK_ROWS);

    maker_init(&base);
    snprintf(spoilt_row(&base, 1, 2)->row_id, 40, "%s", spoilt_row(&base, 0, 0)->row_id);
    result = spoilt_verify(&base, spoilt_write(&base), true);
    spoilt_expect(&result, VERIFY_CHECK_ROWS, LETHE_E_VERIFY_ROW, SPOILT_VALIDATION, 0, "row_id");

    maker_init(&base);
    spoilt_row(&base, 0, 0)->row_id[10] = '1';
    result = spoilt_verify(&base, spoilt_write(&base), true);
    spoilt_expect(&result, VERIFY_CHECK_ROWS, LETHE_E_VERIFY_ROW, SPOILT_TRAIN, 1, "row_id");
}

static void test_a_patient_in_two_splits(void **state)
{
    (void)state;
    maker_init(&base);
    maker_row *row = spoilt_row(&base, 2, 0);
    const char *id = spoilt_row(&base, 0, 0)->id;
    for (size_t i = 0; i < 3; i++)
        snprintf(row[i].id, sizeof(row[i].id), "%s", id);
    verify_result result = spoilt_verify(&base, spoilt_write(&base), true);
    spoilt_expect(&result, VERIFY_CHECK_SPLITS, LETHE_E_VERIFY_SPLIT, NULL, 0, "anonymous_id");
}

typedef struct spoilt {
    verify_column column;
    const char *value;
    const char *named; /* the column that is named, where it is another */
} spoilt;

static void test_values(void **state)
{
    (void)state;
    static const spoilt texts[] = {
        {VERIFY_INDEX_PERIOD, "2020", NULL},
        {VERIFY_MONTHS_SINCE_PREVIOUS, "0-1", NULL},
        {VERIFY_AGE_GROUP, "25-30", NULL}, /* a level too fine */
        {VERIFY_AGE_GROUP, "*", NULL},     /* and one too coarse */
        {VERIFY_AGE_RISK_GROUP, "elderly", NULL},
        {VERIFY_SEX, "f", NULL},
        {VERIFY_PREGNANCY_STATUS, "pregnant_trimester_1", NULL},
        {VERIFY_PREGNANCY_TRIMESTER, "first", NULL},
        {VERIFY_LOCATION, "urban_northeast", NULL},
        {VERIFY_LOCATION, "*", NULL},
        {VERIFY_LOCATION, "northeast", NULL},
        {VERIFY_SEASON, "autumn", NULL},
        {VERIFY_EXPOSURE, "high_daycare_contact", NULL},
        {VERIFY_ENCOUNTER_CLASS, "AMB", NULL},
        {VERIFY_UTILIZATION, "3", NULL},
        {VERIFY_COMORBIDITY, "none", NULL},
        {VERIFY_FOLLOWUP, "12", NULL},
        {VERIFY_NOT_READY_REASON, "too little", NULL},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        maker_init(&base);
        spoilt_row(&base, 0, 4)->text[texts[i].column] = texts[i].value;
        const verify_result result = spoilt_verify(&base, spoilt_write(&base), true);
        spoilt_expect(&result, VERIFY_CHECK_VALUES, LETHE_E_VERIFY_ROW, SPOILT_TRAIN, 5,
                      verify_fields[texts[i].column].name);
    }
}

static void test_lists(void **state)
{
    (void)state;
    maker_init(&base);
    spoilt_row(&base, 0, 0)->lists[RECORD_SYMPTOM_CATEGORIES][1] = "cough"; /* in no vocabulary */
    verify_result result = spoilt_verify(&base, spoilt_write(&base), true);
    spoilt_expect(&result, VERIFY_CHECK_VALUES, LETHE_E_VERIFY_ROW, SPOILT_TRAIN, 1, "symptom_categories");

    maker_init(&base);
    spoilt_row(&base, 0, 0)->lists[RECORD_SYMPTOM_CATEGORIES][1] = "fatigue"; /* twice */
    result = spoilt_verify(&base, spoilt_write(&base), true);
    spoilt_expect(&result, VERIFY_CHECK_VALUES, LETHE_E_VERIFY_ROW, SPOILT_TRAIN, 1, "symptom_categories");

    maker_init(&base);
    spoilt_row(&base, 0, 0)->lists[RECORD_MEDICATION_CATEGORIES][0] = NULL; /* a concept without its category */
    result = spoilt_verify(&base, spoilt_write(&base), true);
    spoilt_expect(&result, VERIFY_CHECK_VALUES, LETHE_E_VERIFY_ROW, SPOILT_TRAIN, 1, "medication_categories");
}

static void test_outcomes(void **state)
{
    (void)state;
    maker_init(&base);
    base.items = 1;
    base.value_count++;
    base.values[base.value_count - 1] = (maker_value){RECORD_OUTCOMES, "allergic_rhinitis", NULL, NULL};
    for (size_t i = 0; i < base.row_count; i++)
        if (base.rows[i].lists[RECORD_OUTCOMES][0] != NULL)
            base.rows[i].lists[RECORD_OUTCOMES][0] = "allergic_rhinitis"; /* which was there before */
    verify_result result = spoilt_verify(&base, spoilt_write(&base), true);
    spoilt_expect(&result, VERIFY_CHECK_OUTCOMES, LETHE_E_VERIFY_OUTCOME, SPOILT_TEST, 1, "outcomes");

    maker_init(&base);
    spoilt_row(&base, 0, 2)->text[VERIFY_FOLLOWUP] = "6-12"; /* and yet observed */
    result = spoilt_verify(&base, spoilt_write(&base), true);
    spoilt_expect(&result, VERIFY_CHECK_OUTCOMES, LETHE_E_VERIFY_OUTCOME, SPOILT_TRAIN, 3, "outcome_observed");
    spoilt_expect_only(&result, VERIFY_CHECK_OUTCOMES);
    spoilt_row(&base, 0, 2)->observed = false; /* true, but said of one person alone */
    result = spoilt_verify(&base, spoilt_write(&base), true);
    spoilt_expect(&result, VERIFY_CHECK_CLASSES, LETHE_E_VERIFY_CLASS, NULL, 0, NULL);
    for (size_t i = 0; i < base.row_count; i++)
        if (base.rows[i].snapshot == 2) {
            base.rows[i].text[VERIFY_FOLLOWUP] = "6-12";
            base.rows[i].observed = false;
        }
    result = spoilt_verify(&base, spoilt_write(&base), true);
    assert_true(result.passed);
}

/* Numbers of snapshots have gaps where people were erased, and nowhere else; they ascend everywhere. */
static void test_gaps(void **state)
{
    (void)state;
    maker_init(&base);
    spoilt_row(&base, 0, 2)->snapshot = 7;
    for (size_t i = 3; i < 6; i++)
        spoilt_row(&base, 0, i)->snapshot += 2; /* the first, too */
    verify_result result = spoilt_verify(&base, spoilt_write(&base), true);
    spoilt_expect(&result, VERIFY_CHECK_ROWS, LETHE_E_VERIFY_ROW, SPOILT_TRAIN, 3, "snapshot");
    spoilt_expect_only(&result, VERIFY_CHECK_ROWS);
    base.after_erasure = true;
    result = spoilt_verify(&base, spoilt_write(&base), true);
    assert_true(result.passed);
    spoilt_row(&base, 0, 1)->snapshot = 0;
    result = spoilt_verify(&base, spoilt_write(&base), true);
    spoilt_expect(&result, VERIFY_CHECK_ROWS, LETHE_E_VERIFY_ROW, SPOILT_TRAIN, 2, "snapshot");
    maker_init(&base);
    spoilt_row(&base, 0, 0)->snapshot = -1;
    base.after_erasure = true;
    result = spoilt_verify(&base, spoilt_write(&base), true);
    spoilt_expect(&result, VERIFY_CHECK_ROWS, LETHE_E_VERIFY_ROW, SPOILT_TRAIN, 1, "snapshot");
}

static void test_counts_and_support(void **state)
{
    (void)state;
    maker_init(&base);
    base.extra_profiles = -1;
    verify_result result = spoilt_verify(&base, spoilt_write(&base), true);
    spoilt_expect(&result, VERIFY_CHECK_COUNTS, LETHE_E_VERIFY_COUNT, "manifest.json", 0, "total_profiles");
    spoilt_expect_only(&result, VERIFY_CHECK_COUNTS);
    maker_init(&base);
    base.extra_support = 1;
    result = spoilt_verify(&base, spoilt_write(&base), true);
    spoilt_expect(&result, VERIFY_CHECK_COUNTS, LETHE_E_VERIFY_COUNT, "vocabulary.json", 0, "support");
    static const int64_t bytes[] = {0, 12, 33, 100};
    for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
        maker_init(&base);
        base.support_byte = bytes[i];
        result = spoilt_verify(&base, spoilt_write(&base), true);
        spoilt_expect(&result, VERIFY_CHECK_SUPPORT, LETHE_E_VERIFY_SUPPORT, "support.bin", 0, NULL);
        assert_int_equal(result.checks[VERIFY_CHECK_SUPPORT].first.byte, bytes[i]);
        spoilt_expect_only(&result, VERIFY_CHECK_SUPPORT);
    }
}

static void test_schema_and_documents(void **state)
{
    (void)state;
    maker_init(&base);
    base.dropped_column = VERIFY_UTILIZATION;
    verify_result result = spoilt_verify(&base, spoilt_write(&base), true);
    spoilt_expect(&result, VERIFY_CHECK_SCHEMA, LETHE_E_TABLE_SCHEMA, SPOILT_TEST, 0, "utilization");
    maker_init(&base);
    base.levels = "{\"index_period\": 3}";
    result = spoilt_verify(&base, spoilt_write(&base), true);
    spoilt_expect(&result, VERIFY_CHECK_DOCUMENTS, LETHE_E_VERIFY_DOCUMENT, "plan.json", 0, "months_since_previous");
    maker_init(&base);
    base.values[2].parent = "no_such_history";
    result = spoilt_verify(&base, spoilt_write(&base), true);
    spoilt_expect(&result, VERIFY_CHECK_DOCUMENTS, LETHE_E_VERIFY_DOCUMENT, "vocabulary.json", 0, "parent");
    assert_int_equal(result.checks[VERIFY_CHECK_ROWS].state, VERIFY_NOT_RUN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors_are_functions_of_rows),
        cmocka_unit_test(test_a_class_one_patient_short),
        cmocka_unit_test(test_a_sequence_one_patient_short),
        cmocka_unit_test(test_items_and_pairs_short_of_patients),
        cmocka_unit_test(test_triples_too),
        cmocka_unit_test(test_what_items_tell),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_a_patient_in_two_splits),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_outcomes),
        cmocka_unit_test(test_gaps),
        cmocka_unit_test(test_counts_and_support),
        cmocka_unit_test(test_schema_and_documents),
    };
    return cmocka_run_group_tests_name("verify/rules", tests, spoilt_set_up, spoilt_tear_down);
}

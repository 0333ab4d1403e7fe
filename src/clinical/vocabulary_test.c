/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include "clinical/codes.h"
#include "clinical/tables.h"
#include "clinical/vocabulary.h"

#include <stdio.h>

/* Least sizes that were promised: concepts of each level, flags, rules. */
static void test_sizes(void **state)
{
    (void)state;
    static const struct {
        record_column column;
        unsigned least;
    } wanted[] = {
        {RECORD_HISTORY_CATEGORIES, 25}, {RECORD_MEDICATION_CATEGORIES, 30}, {RECORD_ALLERGY_CATEGORIES, 12},
        {RECORD_SYMPTOM_CATEGORIES, 10}, {RECORD_PROCEDURE_CATEGORIES, 12},  {RECORD_VITAL_FLAGS, 40},
        {RECORD_RISK_FACTORS, 25},
    };
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        const int count = clinical_column_first(wanted[i].column + 1) - clinical_column_first(wanted[i].column);
        assert_true(count >= (int)wanted[i].least);
    }
    assert_true(clinical_concepts_count >= 300);
    assert_true(clinical_item_count() <= RECORD_ITEM_MAX);
    assert_true(clinical_exposure_count() <= RECORD_EXPOSURE_MAX);
    assert_int_equal(strlen(clinical_vocabulary_version()), 16);
}

static void test_items_are_in_order(void **state)
{
    (void)state;
    for (record_item i = 0; i < clinical_item_count(); i++) {
        const clinical_item item = clinical_item_of(i);
        assert_int_equal(clinical_item_find(item.column, base_span_of(item.name)), i);
        assert_true(item.weight >= 1 && item.weight <= 4);
        if (i != 0 && clinical_item_column((record_item)(i - 1)) == item.column)
            assert_true(strcmp(clinical_item_name((record_item)(i - 1)), item.name) < 0);
        if (item.parent != RECORD_ITEM_NONE) {
            assert_int_equal(clinical_item_of(item.parent).parent, RECORD_ITEM_NONE);
            assert_true(item.parent < clinical_item_count());
        }
        for (uint32_t k = 0; k < item.implied_count; k++) {
            assert_true(item.implied[k] < clinical_item_count() && item.implied[k] != i);
            assert_true(k == 0 || item.implied[k - 1] < item.implied[k]);
        }
    }
    assert_int_equal(clinical_item_find(RECORD_HISTORY_CONCEPTS, BASE_SPAN("")), RECORD_ITEM_NONE);
    assert_int_equal(clinical_item_find(RECORD_HISTORY_CONCEPTS, BASE_SPAN("zzz")), RECORD_ITEM_NONE);
    assert_int_equal(clinical_item_find(RECORD_COLUMN_COUNT, BASE_SPAN("asthma")), RECORD_ITEM_NONE);
}

static void test_implications(void **state)
{
    (void)state;
    const record_item hiv = clinical_item_find(RECORD_HISTORY_CONCEPTS, BASE_SPAN("hiv_infection"));
    assert_int_not_equal(hiv, RECORD_ITEM_NONE);
    assert_true(clinical_item_of(hiv).sensitive);
    bool implied = false;
    for (record_item i = clinical_column_first(RECORD_MEDICATION_CONCEPTS);
         i < clinical_column_first(RECORD_ALLERGY_CATEGORIES); i++)
        for (uint32_t k = 0; k < clinical_item_of(i).implied_count; k++)
            implied = implied || clinical_item_of(i).implied[k] == hiv;
    assert_true(implied); /* an antiretroviral */
    const record_item preeclampsia =
        clinical_item_find(RECORD_HISTORY_CONCEPTS, BASE_SPAN("preeclampsia_or_eclampsia"));
    assert_int_equal(clinical_item_of(preeclampsia).implies_sex, RECORD_SEX_FEMALE);
    uint32_t pregnant = 0;
    for (record_item i = 0; i < clinical_item_count(); i++)
        pregnant += clinical_item_of(i).implies_pregnancy;
    assert_true(pregnant >= 10);
}

static void test_systems(void **state)
{
    (void)state;
    assert_int_equal(clinical_system_of(BASE_SPAN("http://snomed.info/sct")), CLINICAL_SYSTEM_SNOMED);
    assert_int_equal(clinical_system_of(BASE_SPAN("https://snomed.info/sct/")), CLINICAL_SYSTEM_SNOMED);
    assert_int_equal(clinical_system_of(BASE_SPAN("http://snomed.info/sct/731000124108")), CLINICAL_SYSTEM_SNOMED);
    assert_int_equal(clinical_system_of(BASE_SPAN("urn:oid:2.16.840.1.113883.6.96")), CLINICAL_SYSTEM_SNOMED);
    assert_int_equal(clinical_system_of(BASE_SPAN("urn:oid:2.16.840.1.113883.6.90")), CLINICAL_SYSTEM_ICD10CM);
    assert_int_equal(clinical_system_of(BASE_SPAN("http://loinc.org")), CLINICAL_SYSTEM_LOINC);
    assert_int_equal(clinical_system_of(BASE_SPAN("")), CLINICAL_SYSTEM_UNKNOWN);
    assert_int_equal(clinical_system_of(BASE_SPAN("http://example.org")), CLINICAL_SYSTEM_UNKNOWN);
}

static const char *history_of(clinical_system system, const char *code)
{
    const clinical_found found = clinical_code_find(system, CLINICAL_LAYER_CONCEPT, base_span_of(code));
    for (uint32_t i = 0; i < found.count; i++)
        if (found.targets[i] < clinical_concepts_count &&
            clinical_concepts[found.targets[i]].domain == CLINICAL_HISTORY)
            return clinical_pooled(clinical_concepts[found.targets[i]].name);
    return "";
}

static void test_codes(void **state)
{
    (void)state;
    assert_string_equal(history_of(CLINICAL_SYSTEM_ICD10CM, "J45.909"), "asthma");
    assert_string_equal(history_of(CLINICAL_SYSTEM_ICD10CM, "j45909"), "asthma");
    assert_string_equal(history_of(CLINICAL_SYSTEM_ICD10, "J45"), "asthma");
    assert_string_equal(history_of(CLINICAL_SYSTEM_SNOMED, "195967001"), "asthma");
    assert_string_equal(history_of(CLINICAL_SYSTEM_SNOMED, ""), "");
    assert_string_equal(history_of(CLINICAL_SYSTEM_SNOMED, "1"), "");
    assert_string_equal(history_of(CLINICAL_SYSTEM_UNKNOWN, "J45"), "");
}

struct visited {
    uint64_t codes;
    const char *last_system;
};

static int visit(void *context, record_item item, const char *system, const char *code, bool prefix)
{
    struct visited *v = context;
    assert_true(item < clinical_item_count() && code[0] != '\0');
    (void)prefix;
    v->codes++;
    v->last_system = system;
    return 0;
}

static void test_each_code(void **state)
{
    (void)state;
    struct visited v = {0, NULL};
    assert_int_equal(clinical_vocabulary_each_code(visit, &v), 0);
    assert_true(v.codes > 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),        cmocka_unit_test(test_items_are_in_order),
        cmocka_unit_test(test_implications), cmocka_unit_test(test_systems),
        cmocka_unit_test(test_codes),        cmocka_unit_test(test_each_code),
    };
    return cmocka_run_group_tests_name("clinical/vocabulary", tests, NULL, NULL);
}

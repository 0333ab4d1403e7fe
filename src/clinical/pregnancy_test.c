/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/test_person.h"

#define LOINC_WEEKS "18185-9"
#define LOINC_DUE   "11778-8"

static uint8_t status_of(test_person *p)
{
    test_derive(p);
    assert_int_equal(p->row_count, 1);
    const uint8_t status = p->rows[0].qi.leaf[RECORD_QI_PREGNANCY];
    test_end(p);
    return status;
}

/* A woman of 30 with one visit on 2020-07-01. */
static void woman(test_person *p)
{
    test_begin(p);
    test_patient(p, "female", "1990-01-01", "");
    test_visit(p, "v1", "2020-07-01", "");
}

static const char *day_before(int32_t days)
{
    static char text[16];
    const base_civil civil = base_civil_of(base_day_of(2020, 7, 1) - days);
    snprintf(text, sizeof(text), "%04d-%02d-%02d", civil.year, civil.month, civil.day);
    return text;
}

/* 14w0d is the first day of the second trimester, 28w0d of the third. */
static void test_weeks(void **state)
{
    (void)state;
    static const struct {
        int days;
        uint8_t status;
    } cases[] = {
        {5 * 7, RECORD_PREGNANT_TRIMESTER_1},  {13 * 7 + 6, RECORD_PREGNANT_TRIMESTER_1},
        {14 * 7, RECORD_PREGNANT_TRIMESTER_2}, {27 * 7 + 6, RECORD_PREGNANT_TRIMESTER_2},
        {28 * 7, RECORD_PREGNANT_TRIMESTER_3}, {42 * 7, RECORD_PREGNANT_TRIMESTER_3},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        test_person p;
        woman(&p);
        test_value(&p, LOINC_WEEKS, cases[i].days, "d", "2020-07-01");
        assert_int_equal(status_of(&p), cases[i].status);
        /* The same as weeks that were measured ten days ago. */
        woman(&p);
        test_value(&p, LOINC_WEEKS, (cases[i].days - 10) / 7.0, "wk", day_before(10));
        assert_int_equal(status_of(&p), cases[i].status);
    }
}

static void test_due_date(void **state)
{
    (void)state;
    test_person p;
    woman(&p);
    test_date_value(&p, LOINC_DUE, "2020-09-23", "2020-02-01"); /* 84 days to go: 28w0d */
    assert_int_equal(status_of(&p), RECORD_PREGNANT_TRIMESTER_3);
    woman(&p);
    test_date_value(&p, LOINC_DUE, "2020-09-24", "2020-02-01");
    assert_int_equal(status_of(&p), RECORD_PREGNANT_TRIMESTER_2);
    woman(&p);
    test_date_value(&p, LOINC_DUE, "2020-09-24", "2020-07-02"); /* not known yet */
    assert_int_equal(status_of(&p), RECORD_NOT_PREGNANT);
}

static void test_codes(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        uint8_t status;
    } cases[] = {
        {"icd|Z3A.13", RECORD_PREGNANT_TRIMESTER_1}, {"icd|Z3A.14", RECORD_PREGNANT_TRIMESTER_2},
        {"icd|Z3A.28", RECORD_PREGNANT_TRIMESTER_3}, {"icd|O09.02", RECORD_PREGNANT_TRIMESTER_2},
        {"icd|O0903", RECORD_PREGNANT_TRIMESTER_3},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        test_person p;
        woman(&p);
        test_coded(&p, RECORD_CONDITION, cases[i].code, "2020-07-01", "", "2020-07-01", "v1");
        assert_int_equal(status_of(&p), cases[i].status);
    }
}

/* A pregnancy of which only the entry is known: a trimester where there is no other. */
static void test_condition_alone(void **state)
{
    (void)state;
    static const struct {
        int days;
        uint8_t status;
    } cases[] = {
        {0, RECORD_PREGNANT_TRIMESTER_1},   {13, RECORD_PREGNANT_TRIMESTER_1},  {14, RECORD_PREGNANT},
        {70, RECORD_PREGNANT_TRIMESTER_2},  {111, RECORD_PREGNANT_TRIMESTER_2}, {112, RECORD_PREGNANT},
        {168, RECORD_PREGNANT_TRIMESTER_3}, {309, RECORD_NOT_PREGNANT},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        test_person p;
        woman(&p);
        test_coded(&p, RECORD_CONDITION, "snomed|72892002", day_before(cases[i].days), "", day_before(cases[i].days),
                   "");
        assert_int_equal(status_of(&p), cases[i].status);
    }
    test_person p;
    /* A prenatal visit says that she is pregnant; it does not begin a pregnancy. */
    woman(&p);
    test_coded(&p, RECORD_CONDITION, "snomed|424619006", "2020-07-01", "", "2020-07-01", "v1");
    assert_int_equal(status_of(&p), RECORD_PREGNANT);
    woman(&p);
    test_coded(&p, RECORD_CONDITION, "snomed|72892002", day_before(170), "", day_before(170), "");
    test_coded(&p, RECORD_CONDITION, "snomed|424619006", "2020-07-01", "", "2020-07-01", "v1");
    assert_int_equal(status_of(&p), RECORD_PREGNANT_TRIMESTER_3);
    woman(&p); /* the second pregnancy within a year */
    test_coded(&p, RECORD_CONDITION, "snomed|72892002", day_before(300), "", day_before(300), "");
    test_coded(&p, RECORD_CONDITION, "snomed|19169002", day_before(250), "", day_before(250), "");
    test_coded(&p, RECORD_CONDITION, "snomed|72892002", day_before(5), "", day_before(5), "");
    assert_int_equal(status_of(&p), RECORD_PREGNANT_TRIMESTER_1);
    woman(&p);
    test_coded(&p, RECORD_CONDITION, "snomed|72892002", "2020-01-01", "2020-06-01", "2020-01-01", ""); /* over */
    assert_int_equal(status_of(&p), RECORD_NOT_PREGNANT);
}

static void test_postpartum(void **state)
{
    (void)state;
    static const struct {
        int days;
        uint8_t status;
    } cases[] = {{0, RECORD_POSTPARTUM}, {84, RECORD_POSTPARTUM}, {85, RECORD_NOT_PREGNANT}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        test_person p;
        woman(&p);
        test_coded(&p, RECORD_CONDITION, "snomed|72892002", "2019-10-01", "", "2019-10-01", "");
        test_coded(&p, RECORD_PROCEDURE, "snomed|177184002", day_before(cases[i].days), "", "", "");
        assert_int_equal(status_of(&p), cases[i].status);
    }
    test_person p;
    woman(&p);
    test_coded(&p, RECORD_CONDITION, "snomed|72892002", "2020-04-01", "", "2020-04-01", "");
    test_coded(&p, RECORD_CONDITION, "snomed|19169002", "2020-06-01", "", "2020-06-01", ""); /* miscarriage */
    assert_int_equal(status_of(&p), RECORD_NOT_PREGNANT);
}

static uint8_t nobody_said(const char *gender, const char *birth)
{
    test_person p;
    test_begin(&p);
    test_patient(&p, gender, birth, "");
    test_visit(&p, "v1", "2020-07-01", "");
    return status_of(&p);
}

static void test_not_applicable_is_not_unknown(void **state)
{
    (void)state;
    assert_int_equal(nobody_said("male", "1990-01-01"), RECORD_PREGNANCY_NOT_APPLICABLE);
    assert_int_equal(nobody_said("female", "1990-01-01"), RECORD_NOT_PREGNANT);
    assert_int_equal(nobody_said("female", "2010-07-02"), RECORD_PREGNANCY_NOT_APPLICABLE); /* 9 years */
    assert_int_equal(nobody_said("female", "2010-07-01"), RECORD_NOT_PREGNANT);
    assert_int_equal(nobody_said("female", "1964-07-02"), RECORD_NOT_PREGNANT); /* 55 years */
    assert_int_equal(nobody_said("female", "1964-07-01"), RECORD_PREGNANCY_NOT_APPLICABLE);
    assert_int_equal(nobody_said("", "1990-01-01"), RECORD_PREGNANCY_UNKNOWN);
    assert_int_equal(nobody_said("female", ""), RECORD_PREGNANCY_UNKNOWN);
    assert_int_equal(nobody_said("", "2018-01-01"), RECORD_PREGNANCY_NOT_APPLICABLE);
}

static void test_flat_forms(void **state)
{
    (void)state;
    static const struct {
        const char *pregnancy;
        uint8_t status;
    } cases[] = {
        {"{'status':'pregnant','trimester':3}", RECORD_PREGNANT_TRIMESTER_3},
        {"{'status':'pregnant','trimester':'second'}", RECORD_PREGNANT_TRIMESTER_2},
        {"{'status':'pregnant'}", RECORD_PREGNANT},
        {"{'status':true,'weeks':13}", RECORD_PREGNANT_TRIMESTER_1},
        {"{'status':'not_pregnant','recent_delivery':true}", RECORD_POSTPARTUM},
        {"{'recent_delivery':true}", RECORD_POSTPARTUM},
        {"{'status':'not pregnant'}", RECORD_NOT_PREGNANT},
        {"'pregnant_trimester_1'", RECORD_PREGNANT_TRIMESTER_1},
        {"true", RECORD_PREGNANT},
        {"null", RECORD_NOT_PREGNANT},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char json[256];
        test_person p;
        snprintf(json, sizeof(json), "{'id':'x','age':30,'gender':'female','pregnancy':%s}", cases[i].pregnancy);
        test_begin(&p);
        test_flat(&p, json);
        assert_int_equal(status_of(&p), cases[i].status);
    }
    test_person p;
    test_begin(&p);
    test_flat(&p, "{'id':'x','age':30,'gender':'female','clinical_text':'She is 20 weeks pregnant, no fever.'}");
    assert_int_equal(status_of(&p), RECORD_PREGNANT_TRIMESTER_2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weeks),      cmocka_unit_test(test_due_date),
        cmocka_unit_test(test_codes),      cmocka_unit_test(test_condition_alone),
        cmocka_unit_test(test_postpartum), cmocka_unit_test(test_not_applicable_is_not_unknown),
        cmocka_unit_test(test_flat_forms),
    };
    return cmocka_run_group_tests_name("clinical/pregnancy", tests, NULL, NULL);
}

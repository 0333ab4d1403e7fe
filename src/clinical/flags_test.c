/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/test_person.h"

static char names[4096];

/* The flags of a person born then, by one value at a visit on 2020-07-01. */
static const char *flags(const char *gender, const char *birth, const char *loinc, double number, const char *unit)
{
    test_person p;
    test_begin(&p);
    test_patient(&p, gender, birth, "");
    test_visit(&p, "v1", "2020-07-01", "");
    test_value(&p, loinc, number, unit, "2020-07-01");
    test_derive(&p);
    test_names(&p.rows[0], RECORD_VITAL_FLAGS, names, sizeof(names));
    test_end(&p);
    return names;
}

static void test_bounds(void **state)
{
    (void)state;
    assert_string_equal(flags("male", "1970-01-01", "8480-6", 119, "mm[Hg]"), "");
    assert_string_equal(flags("male", "1970-01-01", "8480-6", 120, "mm[Hg]"), "blood_pressure_elevated");
    assert_string_equal(flags("male", "1970-01-01", "8480-6", 130, "mm[Hg]"), "blood_pressure_stage_1");
    assert_string_equal(flags("male", "1970-01-01", "8480-6", 140, "mm[Hg]"), "blood_pressure_stage_2");
    assert_string_equal(flags("male", "1970-01-01", "8480-6", 180, "mm[Hg]"), "blood_pressure_stage_2");
    assert_string_equal(flags("male", "1970-01-01", "8480-6", 181, "mm[Hg]"), "blood_pressure_crisis");
}

/* Bounds change on the birthday; without an age no bound of an age speaks. */
static void test_ages(void **state)
{
    (void)state;
    assert_string_equal(flags("male", "2008-07-01", "8867-4", 55, "/min"), "bradycardia"); /* 12 years: below 60 */
    assert_string_equal(flags("male", "2002-07-01", "8867-4", 55, "/min"), "");            /* 18 years: below 50 */
    assert_string_equal(flags("male", "2002-07-02", "8867-4", 55, "/min"), "bradycardia"); /* a day younger */
    assert_string_equal(flags("male", "", "8867-4", 55, "/min"), "");
}

static void test_sex_and_pregnancy(void **state)
{
    (void)state;
    assert_string_equal(flags("female", "1990-01-01", "718-7", 11.5, "g/dL"), "anemia");
    assert_string_equal(flags("female", "1990-01-01", "718-7", 12.0, "g/dL"), "");
    assert_string_equal(flags("male", "1990-01-01", "718-7", 12.5, "g/dL"), "anemia");
    assert_string_equal(flags("", "1990-01-01", "718-7", 11.5, "g/dL"), ""); /* of neither sex for certain */
    test_person p;
    test_begin(&p);
    test_patient(&p, "female", "1990-01-01", "");
    test_visit(&p, "v1", "2020-07-01", "");
    test_value(&p, "718-7", 11.5, "g/dL", "2020-07-01");
    test_coded(&p, RECORD_CONDITION, "icd|Z3A.20", "2020-07-01", "", "2020-07-01", "");
    test_derive(&p);
    assert_int_equal(test_count(&p.rows[0], RECORD_VITAL_FLAGS), 0); /* in pregnancy the bound is 11 */
    test_end(&p);
}

static void test_units(void **state)
{
    (void)state;
    assert_string_equal(flags("male", "1970-01-01", "8310-5", 38.5, "Cel"), "fever");
    assert_string_equal(flags("male", "1970-01-01", "8310-5", 101.3, "[degF]"), "fever");
    assert_string_equal(flags("male", "1970-01-01", "8310-5", 38.5, ""), "");
    assert_string_equal(flags("male", "1970-01-01", "8310-5", 38.5, "bananas"), "");
    assert_string_equal(flags("male", "1970-01-01", "8867-4", 130, "bpm"), "tachycardia");
}

static void test_latest_value_counts(void **state)
{
    (void)state;
    test_person p;
    test_begin(&p);
    test_patient(&p, "male", "1970-01-01", "");
    test_visit(&p, "v1", "2020-07-01", "");
    test_value(&p, "8480-6", 150, "mm[Hg]", "2020-05-01");
    test_value(&p, "8480-6", 110, "mm[Hg]", "2020-06-01");
    test_value(&p, "8867-4", 130, "/min", "2019-07-01"); /* more than a year ago */
    test_derive(&p);
    assert_int_equal(test_count(&p.rows[0], RECORD_VITAL_FLAGS), 0);
    test_end(&p);
}

static void test_flat_vital_signs(void **state)
{
    (void)state;
    test_person p;
    test_begin(&p);
    test_flat(&p, "{'id':'a','age':50,'gender':'male','visit_date':'2020-07-01','vital_signs':{'troponin':'elevated',"
                  "'heart_rate':130,'blood_pressure':'150/95','temperature':{'value':38.5,'unit':'Cel'},"
                  "'glucose':500,'unheard_of':1,'spo2':'85 %'}}");
    test_derive(&p);
    test_names(&p.rows[0], RECORD_VITAL_FLAGS, names, sizeof(names));
    assert_non_null(strstr(names, "troponin_elevated"));
    assert_non_null(strstr(names, "tachycardia"));
    assert_non_null(strstr(names, "blood_pressure_stage_2"));
    assert_non_null(strstr(names, "fever"));
    assert_non_null(strstr(names, "hypoxemia"));
    assert_null(strstr(names, "glyc")); /* mg/dL or mmol/L: nobody said */
    test_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_ages),
        cmocka_unit_test(test_sex_and_pregnancy),
        cmocka_unit_test(test_units),
        cmocka_unit_test(test_latest_value_counts),
        cmocka_unit_test(test_flat_vital_signs),
    };
    return cmocka_run_group_tests_name("clinical/flags", tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "verify/contract.h"

#include <string.h>

static const verify_exposures exposures = {{"high_daycare_contact", "low_travel", "unknown"}, 3};

static void test_levels(void **state)
{
    (void)state;
    static const struct {
        record_qi qi;
        uint32_t level;
        const char *good, *bad;
    } cases[] = {
        {RECORD_QI_PERIOD, 0, "2019", "19"},
        {RECORD_QI_PERIOD, 1, "2018-2019", "2019-2020"},
        {RECORD_QI_PERIOD, 2, "2016-2020", "2015-2019"},
        {RECORD_QI_PERIOD, 3, "*", "2016-2020"},
        {RECORD_QI_GAP, 0, "first", "2-3"},
        {RECORD_QI_AGE, 0, "90+", "80+"},
        {RECORD_QI_AGE, 1, "80+", "85-90"},
        {RECORD_QI_AGE, 2, "65+", "80+"},
        {RECORD_QI_AGE, 2, "unknown", "*"},
        {RECORD_QI_SEX, 0, "unknown", "F"},
        {RECORD_QI_SEX, 1, "*", "unknown"},
        {RECORD_QI_PREGNANCY, 0, "postpartum", "maybe"},
        {RECORD_QI_PREGNANCY, 1, "not_pregnant", "postpartum"},
        {RECORD_QI_DENSITY, 0, "suburban", "northeast"},
        {RECORD_QI_REGION, 0, "other", "urban"},
        {RECORD_QI_SEASON, 0, "fall", "autumn"},
        {RECORD_QI_EXPOSURE, 0, "low_travel", "low"},
        {RECORD_QI_EXPOSURE, 1, "low", "low_travel"},
        {RECORD_QI_EXPOSURE, 2, "*", "low"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_true(verify_legal(cases[i].qi, cases[i].level, cases[i].good, &exposures));
        assert_false(verify_legal(cases[i].qi, cases[i].level, cases[i].bad, &exposures));
    }
}

static void test_locations(void **state)
{
    (void)state;
    static const struct {
        const char *text, *density, *region; /* density NULL: no such form */
    } cases[] = {
        {"urban_northeast", "urban", "northeast"},
        {"urban_*", "urban", "*"},
        {"*_northeast", "*", "northeast"},
        {"unknown_west", "unknown", "west"},
        {"*_unknown", "*", "unknown"},
        {"*", "*", "*"},
        {"unknown", "unknown", "unknown"},
        {"urban", NULL, NULL},
        {"*_*", NULL, NULL},
        {"unknown_unknown", NULL, NULL},
        {"", NULL, NULL},
        {"_west", NULL, NULL},
        {"aaaaaaaaaaaaaaaaaaaaa_west", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        verify_location location;
        assert_int_equal(verify_split_location(cases[i].text, &location), cases[i].density != NULL);
        if (cases[i].density != NULL) {
            assert_string_equal(location.density, cases[i].density);
            assert_string_equal(location.region, cases[i].region);
        }
    }
}

static void test_derived(void **state)
{
    (void)state;
    static const char *const ages[][2] = {
        {"0-1", "pediatric"},
        {"0-18", "pediatric"},
        {"18-25", "young_adult"},
        {"18-35", "*"},
        {"25-35", "reproductive_age"},
        {"35-65", "*"},
        {"50-65", "older_adult"},
        {"65+", "elderly"},
        {"90+", "elderly"},
        {"*", "*"},
        {"unknown", "unknown"},
        {"45-50", "middle_age"},
    };
    for (size_t i = 0; i < sizeof(ages) / sizeof(ages[0]); i++)
        assert_string_equal(verify_age_risk(ages[i][0]), ages[i][1]);
    assert_string_equal(verify_trimester("pregnant_trimester_2"), "second");
    assert_null(verify_trimester("pregnant"));
}

static void test_identifiers(void **state)
{
    (void)state;
    assert_true(verify_legal_id(BASE_SPAN("anon_abcdefghijklmnopqrstuvwxyz"), "anon_"));
    assert_true(verify_legal_id(BASE_SPAN("visit_22222222222222222222222222"), "visit_"));
    assert_false(verify_legal_id(BASE_SPAN("anon_abcdefghijklmnopqrstuvwxy"), "anon_"));
    assert_false(verify_legal_id(BASE_SPAN("anon_ABCDEFGHIJKLMNOPQRSTUVWXYZ"), "anon_"));
    assert_false(verify_legal_id(BASE_SPAN("anon_abcdefghijklmnopqrstuvwx01"), "anon_"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_locations),
        cmocka_unit_test(test_derived),
        cmocka_unit_test(test_identifiers),
    };
    return cmocka_run_group_tests_name("verify/legal", tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/hierarchy.h"

#include "base/test.h"

#include <stdlib.h>
#include <string.h>

static const char *const exposures[] = {"high_daycare_contact", "low_travel", "unknown"};
static privacy_hierarchies *h;

static const char *name_at(record_qi qi, uint32_t level, uint8_t leaf)
{
    return privacy_group_name(h, qi, level, privacy_group_of(h, qi, level, leaf));
}

/* Every leaf has a group at every level, groups count their leaves, and the last level says nothing, but for
 * the leaf that is only counted. */
static void test_levels_are_whole(void **state)
{
    (void)state;
    static const uint32_t levels[RECORD_QI_COUNT] = {4, 2, 4, 2, 3, 2, 2, 2, 3, 1};
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++) {
        const privacy_hierarchy *const one = &h->qi[qi];
        assert_int_equal(one->level_count, levels[qi]);
        if (qi != RECORD_QI_OBSERVED) {
            assert_string_equal(one->name[one->level_count - 1][0], "*");
            assert_int_equal(one->group_count[one->level_count - 1], 1);
        }
        for (uint32_t level = 0; level < one->level_count; level++) {
            uint32_t under[PRIVACY_LEAVES_MAX] = {0};
            for (uint32_t leaf = 0; leaf < one->leaf_count; leaf++)
                under[one->group[level][leaf]]++;
            for (uint32_t group = 0; group < one->group_count[level]; group++) {
                assert_int_not_equal(one->name[level][group][0], '\0');
                if (qi != RECORD_QI_PERIOD && qi != RECORD_QI_GAP)
                    assert_int_equal(one->leaves[level][group], under[group]);
                assert_in_range(one->leaves[level][group], 1, one->domain);
                for (uint32_t other = 0; other < group; other++)
                    assert_string_not_equal(one->name[level][group], one->name[level][other]);
            }
        }
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(name_at(RECORD_QI_PERIOD, 0, 2015 - RECORD_PERIOD_BASE), "2015");
    assert_string_equal(name_at(RECORD_QI_PERIOD, 1, 2015 - RECORD_PERIOD_BASE), "2014-2015");
    assert_string_equal(name_at(RECORD_QI_PERIOD, 2, 2015 - RECORD_PERIOD_BASE), "2011-2015");
    assert_string_equal(name_at(RECORD_QI_PERIOD, 2, 2016 - RECORD_PERIOD_BASE), "2016-2020");
    assert_string_equal(name_at(RECORD_QI_PERIOD, 2, 255), "2151-2155");
    assert_string_equal(name_at(RECORD_QI_GAP, 0, RECORD_GAP_FIRST), "first");
    assert_string_equal(name_at(RECORD_QI_GAP, 0, 0), "0-1");
    assert_string_equal(name_at(RECORD_QI_GAP, 0, 1), "1-3");
    assert_string_equal(name_at(RECORD_QI_GAP, 0, 3), "3-12");
    assert_string_equal(name_at(RECORD_QI_GAP, 0, 35), "12-36");
    assert_string_equal(name_at(RECORD_QI_GAP, 0, RECORD_GAP_MONTHS_MAX), "36+");
    assert_string_equal(name_at(RECORD_QI_AGE, 0, 7), "25-30");
    assert_string_equal(name_at(RECORD_QI_AGE, 1, 7), "25-35");
    assert_string_equal(name_at(RECORD_QI_AGE, 2, 7), "18-35");
    assert_string_equal(name_at(RECORD_QI_AGE, 2, RECORD_AGE_UNKNOWN), "unknown");
    assert_string_equal(name_at(RECORD_QI_PREGNANCY, 1, RECORD_PREGNANT_TRIMESTER_3), "pregnant");
    assert_string_equal(name_at(RECORD_QI_PREGNANCY, 1, RECORD_POSTPARTUM), "not_pregnant");
    assert_string_equal(name_at(RECORD_QI_EXPOSURE, 1, 0), "high");
    assert_string_equal(name_at(RECORD_QI_EXPOSURE, 1, 2), "unknown");
}

/* A band's bounds, read from the names, are nested from level to level: no leaf changes sides. */
static void test_nesting(void **state)
{
    (void)state;
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++)
        for (uint32_t fine = 0; fine < h->qi[qi].level_count; fine++)
            for (uint32_t coarse = fine; coarse < h->qi[qi].level_count; coarse++)
                assert_int_equal(privacy_level_nested(&h->qi[qi], fine, coarse),
                                 !(qi == RECORD_QI_PERIOD && fine == 1 && coarse == 2));
}

static void test_location_names(void **state)
{
    (void)state;
    static const char *const density[] = {"urban", "suburban", "rural", "unknown", "*"};
    static const char *const region[] = {"northeast", "midwest", "south", "west", "other", "unknown", "*"};
    char names[35][PRIVACY_LOCATION_MAX];
    size_t count = 0;
    for (size_t d = 0; d < 5; d++)
        for (size_t r = 0; r < 7; r++) {
            privacy_location_name(density[d], region[r], names[count]);
            for (size_t other = 0; other < count; other++)
                assert_string_not_equal(names[count], names[other]);
            count++;
        }
    assert_string_equal(names[0], "urban_northeast");
    assert_string_equal(names[6], "urban_*");
    assert_string_equal(names[28], "*_northeast");
    assert_string_equal(names[34], "*");
    assert_string_equal(names[3 * 7 + 5], "unknown");
}

static void test_bad_exposures(void **state)
{
    (void)state;
    static const char *const bad[][3] = {
        {"high_a", "low_b", "low_c"},    /* unknown is missing */
        {"unknown", "low_b", "unknown"}, /* not the last */
        {"daycare", "low_b", "unknown"}, /* neither high nor low */
        {"low_b", "low_b", "unknown"},   /* twice */
        {"high_", "highest", "unknown"},
    };
    for (size_t i = 0; i <= sizeof(bad) / sizeof(bad[0]); i++) {
        privacy_hierarchies *const other = calloc(1, sizeof(*other));
        const size_t all = sizeof(bad) / sizeof(bad[0]);
        assert_int_equal(privacy_hierarchies_init(other, bad[i % all], i < all ? 3 : 0, NULL), LETHE_E_PRIVACY_OPTION);
        free(other);
    }
}

int main(void)
{
    h = calloc(1, sizeof(*h));
    if (h == NULL || privacy_hierarchies_init(h, exposures, 3, NULL) != 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels_are_whole), cmocka_unit_test(test_names),         cmocka_unit_test(test_nesting),
        cmocka_unit_test(test_location_names),   cmocka_unit_test(test_bad_exposures),
    };
    const int failed = cmocka_run_group_tests_name("privacy/hierarchy", tests, NULL, NULL);
    free(h);
    return failed;
}

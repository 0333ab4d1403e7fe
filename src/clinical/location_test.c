/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include "clinical/location.h"

#include <stdio.h>

static clinical_words scratch;

static const char *where(const record_place *place)
{
    static const char *const densities[] = {"urban", "suburban", "rural", "unknown"};
    static const char *const regions[] = {"northeast", "midwest", "south", "west", "other", "unknown"};
    static char text[64];
    clinical_location location;
    assert_int_equal(clinical_location_of(&scratch, place, &location, NULL), 0);
    snprintf(text, sizeof(text), "%s_%s%s", densities[location.density], regions[location.region],
             location.southern ? " southern" : "");
    return text;
}

static const char *free_text(const char *text)
{
    return where(&(record_place){.text = base_span_of(text)});
}

static const char *address(const char *city, const char *state, const char *zip, const char *country)
{
    return where(&(record_place){.city = base_span_of(city),
                                 .state = base_span_of(state),
                                 .postal_code = base_span_of(zip),
                                 .country = base_span_of(country)});
}

static void test_free_strings(void **state)
{
    (void)state;
    assert_string_equal(free_text("Boston, MA"), "urban_northeast");
    assert_string_equal(free_text("boston, ma"), "urban_northeast");
    assert_string_equal(free_text("rural Georgia farm"), "rural_south");
    assert_string_equal(free_text("downtown Chicago"), "urban_midwest");
    assert_string_equal(free_text("Chicago"), "urban_midwest");
    assert_string_equal(free_text("suburban Boston"), "suburban_northeast");
    assert_string_equal(free_text("New York City"), "urban_northeast");
    assert_string_equal(free_text("western Massachusetts"), "unknown_northeast");
    assert_string_equal(free_text("02118"), "urban_northeast");
    assert_string_equal(free_text("a village in West Virginia"), "rural_south");
    assert_string_equal(free_text("Sydney, Australia"), "unknown_other southern");
    assert_string_equal(free_text("somewhere"), "unknown_unknown");
    assert_string_equal(free_text(""), "unknown_unknown");
    assert_string_equal(free_text("hi, in or me"), "unknown_unknown"); /* words, not states */
}

static void test_addresses(void **state)
{
    (void)state;
    assert_string_equal(address("Boston", "MA", "", "US"), "urban_northeast");
    assert_string_equal(address("Boston", "Massachusetts", "", "USA"), "urban_northeast");
    assert_string_equal(address("", "", "02118-1234", ""), "urban_northeast");
    assert_string_equal(address("Nowhere at all", "TX", "", ""), "unknown_south");
    assert_string_equal(address("London", "", "", "GB"), "unknown_other");
    assert_string_equal(address("", "", "", "US"), "unknown_unknown");
    assert_string_equal(address("San Juan", "PR", "", "US"), "urban_other");
    assert_string_equal(address("", "", "abc", ""), "unknown_unknown");
}

static int done(void **state)
{
    (void)state;
    clinical_words_done(&scratch);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_free_strings),
        cmocka_unit_test(test_addresses),
    };
    return cmocka_run_group_tests_name("clinical/location", tests, NULL, done);
}

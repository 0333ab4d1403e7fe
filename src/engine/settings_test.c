/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "engine/settings.h"

static lethe_run_options usual(void)
{
    return (lethe_run_options){
        .size_bytes = sizeof(lethe_run_options), .input = "in", .output = "out", .key_file = "key"};
}

static void test_defaults(void **state)
{
    (void)state;
    const lethe_run_options options = usual();
    engine_settings settings;
    assert_int_equal(engine_settings_make(&options, &settings, NULL), 0);
    assert_string_equal(settings.level, "standard");
    assert_string_equal(settings.dataset_name, "out");
    assert_null(settings.temporary_folder);
    assert_int_equal(settings.checkpoint_ms, ENGINE_CHECKPOINT_MS);
    assert_false(settings.resume);
    assert_string_equal(settings.audience, "unnamed");
    assert_true(settings.k == 5 && settings.visits == 2 && settings.items == 2 && settings.horizon_months == 12);
    assert_true(settings.plan_seconds == 600 && settings.memory_bytes == (uint64_t)1 << 30 && settings.threads >= 1);
    assert_true(settings.suppression_limit > 0.19 && settings.suppression_limit < 0.21 && !settings.has_as_of);
}

static void test_internal_knows_less(void **state)
{
    (void)state;
    lethe_run_options options = usual();
    engine_settings settings;
    options.level = "internal";
    assert_int_equal(engine_settings_make(&options, &settings, NULL), 0);
    assert_true(settings.internal && settings.visits == 1 && settings.items == 1);
}

/* The name comes from the output, however it is written. */
static void test_output_parts(void **state)
{
    (void)state;
    static const char *const cases[] = {"out", "out/", "a/b/out", "a/b/out//", "/out", "./out"};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        lethe_run_options options = usual();
        engine_settings settings;
        options.output = cases[i];
        assert_int_equal(engine_settings_make(&options, &settings, NULL), 0);
        assert_string_equal(settings.dataset_name, "out");
    }
}

/* Refused, by name, and what was there stays. */
static void refused(const lethe_run_options *options, const char *name)
{
    lethe_error error = {0};
    engine_settings settings = {.k = 77};
    assert_int_equal(engine_settings_make(options, &settings, &error), LETHE_E_ENGINE_OPTION);
    assert_string_equal(error.path, name);
    assert_int_equal(settings.k, 77);
}

#define REFUSED(member, value, name)                                                                                   \
    do {                                                                                                               \
        lethe_run_options options = usual();                                                                           \
        options.member = (value);                                                                                      \
        refused(&options, name);                                                                                       \
    } while (0)

static void test_refused(void **state)
{
    (void)state;
    static char long_name[200];
    memset(long_name, 'a', sizeof(long_name) - 1);
    REFUSED(size_bytes, 8, "size_bytes");
    REFUSED(input, NULL, "input");
    REFUSED(output, NULL, "output");
    REFUSED(output, "", "output");
    REFUSED(key_file, NULL, "key");
    REFUSED(level, "secret", "level");
    REFUSED(k, 1, "k");
    REFUSED(k, 1000001, "k");
    REFUSED(attacker_visits, 1, "attacker-visits"); /* standard promises two */
    REFUSED(attacker_visits, 1000, "attacker-visits");
    REFUSED(attacker_items, 1000, "attacker-items");
    REFUSED(snapshots, "monthly", "snapshots");
    REFUSED(audience, "", "audience");
    REFUSED(audience, "two\nlines", "audience");
    REFUSED(audience, "\xff", "audience");
    REFUSED(audience, "\xed\xa0\x80", "audience"); /* a surrogate */
    REFUSED(dataset_name, long_name, "dataset-name");
    REFUSED(as_of, "2024-13-01", "as-of");
    REFUSED(as_of, "2024-05", "as-of");
    REFUSED(horizon_months, 1201, "horizon-months");
    REFUSED(threads, 1000000, "threads");
    REFUSED(suppression_limit, 1.5, "suppression-limit");
    REFUSED(suppression_limit, -0.1, "suppression-limit");
    REFUSED(memory_bytes, 1, "memory");
}

static void test_days(void **state)
{
    (void)state;
    lethe_run_options options = usual();
    engine_settings settings;
    char text[16];
    options.as_of = "2024-02-29";
    options.audience = "Universität";
    assert_int_equal(engine_settings_make(&options, &settings, NULL), 0);
    assert_true(settings.has_as_of);
    engine_format_day(settings.as_of_day, text);
    assert_string_equal(text, "2024-02-29");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),     cmocka_unit_test(test_internal_knows_less),
        cmocka_unit_test(test_output_parts), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_days),
    };
    return cmocka_run_group_tests_name("engine/settings", tests, NULL, NULL);
}

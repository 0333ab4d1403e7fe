/* SPDX-License-Identifier: Apache-2.0 */
#include <lethe/validate.h>

#include "base/test.h"
#include "engine/issues.h"

#include <stdio.h>
#include <string.h>

static lethe_validate_result *validate(const char *text, const lethe_validate_options *options)
{
    lethe_validate_result *result = NULL;
    assert_int_equal(lethe_validate_resource(text, strlen(text), options, &result, NULL), 0);
    return result;
}

static void test_one_document(void **state)
{
    (void)state;
    lethe_validate_result *result = validate("{\"resourceType\": \"Patient\", \"active\": \"yes\", \"x\": 1}", NULL);
    assert_int_equal(result->documents, 1);
    assert_int_equal(result->resources, 1);
    assert_int_equal(result->invalid, 1);
    assert_int_equal(result->errors, 2);
    assert_int_equal(result->count, 2);
    assert_string_equal(result->issues[0].rule, "json-type");
    assert_string_equal(result->issues[0].path, "Patient.active");
    assert_string_equal(result->issues[0].severity, "error");
    assert_string_equal(result->issues[0].file, "");
    assert_int_equal(result->issues[0].byte, 38);
    assert_string_equal(result->issues[1].rule, "unknown-element");
    lethe_validate_free(result);
    result = validate("{\"resourceType\": \"Patient\"}", NULL);
    assert_int_equal(result->invalid + result->count + result->rule_count, 0);
    lethe_validate_free(result);
    result = validate("", NULL);
    assert_int_equal(result->invalid, 1);
    lethe_validate_free(result);
    lethe_validate_free(NULL);
}

static void test_options(void **state)
{
    (void)state;
    lethe_validate_result *result = NULL;
    lethe_error error = {0};
    lethe_validate_options options = {.size_bytes = sizeof(options), .max_issues = 1};
    result = validate("{\"resourceType\": \"Patient\", \"b\": \"yes\", \"a\": 1}", &options);
    assert_int_equal(result->errors, 2);
    assert_int_equal(result->count, 1);
    lethe_validate_free(result);
    options.max_issues = LETHE_VALIDATE_ISSUES_MAX + 1;
    assert_int_equal(lethe_validate_resource("{}", 2, &options, &result, &error), LETHE_E_ENGINE_OPTION);
    assert_string_equal(error.path, "max_issues");
    assert_int_equal(lethe_validate("/nowhere/at/all", NULL, &result, &error), LETHE_E_BASE_NOT_FOUND);
}

static void add(engine_issues *list, uint32_t file, int64_t line, bool warning)
{
    fhir_issue issue = {.severity = warning ? FHIR_SEVERITY_WARNING : FHIR_SEVERITY_ERROR, .number = warning ? 1 : 2};
    (void)snprintf(issue.path, sizeof(issue.path), "Patient");
    assert_int_equal(engine_issues_add(list, file, line, 0, &issue), 0);
}

/* In whatever order they come, in one list or two: the same are kept, and all are counted. */
static void test_the_first_are_kept(void **state)
{
    (void)state;
    for (unsigned step = 1; step < 1000; step += 98) { /* 997 is prime: each order has all */
        engine_issues one, other;
        assert_int_equal(engine_issues_init(&one, 5, NULL), 0);
        assert_int_equal(engine_issues_init(&other, 5, NULL), 0);
        for (unsigned i = 0; i < 997; i++) {
            const unsigned n = i * step % 997;
            add(i % 3 == 0 ? &one : &other, n / 100, n % 100, n % 2 == 0);
        }
        assert_int_equal(engine_issues_merge(&one, &other), 0);
        engine_issues_sort(&one);
        assert_int_equal(one.count, 5);
        for (size_t i = 0; i < 5; i++) {
            assert_int_equal(one.issues[i].file, 0);
            assert_int_equal(one.issues[i].line, 2 * i + 1);
            assert_int_equal(one.issues[i].severity, FHIR_SEVERITY_ERROR);
        }
        assert_int_equal(one.counts[1] + one.counts[2], 997);
        engine_issues_done(&one);
        engine_issues_done(&other);
    }
}

static void test_rules(void **state)
{
    (void)state;
    lethe_validate_rule rule;
    size_t count = 0, unchecked = 0;
    for (; lethe_validate_rule_get(count, &rule) == 0; count++)
        unchecked += strcmp(rule.checked, "no") == 0;
    assert_int_equal(count, lethe_validate_rule_count());
    assert_int_equal(unchecked, 1); /* dom-6 */
    assert_non_null(lethe_validate_limits()[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_document),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_the_first_are_kept),
        cmocka_unit_test(test_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "base/date.h"
#include "fhir/rules_internal.h"
#include "fhir/test_archive.h"

#include <stdio.h>
#include <stdlib.h>

/* Their conformance cases: policy, input, and the output of the first implementation, compared as FHIR. */
#define FUNCTIONAL "fhir/ms/functional/"

static const struct {
    const char *policy, *input, *expected; /* expected NULL: must fail with `code` */
    int code;
} CASES[] = {
    {"common-config", "patient-basic", "patient-basic-target", 0},
    {"common-config", "patient-null-date", "patient-null-date-target", 0},
    {"common-config", "contained-basic", "contained-basic-target", 0},
    {"common-config", "bundle-basic", "bundle-basic-target", 0},
    {"common-no-partial-config", "patient-no-partial", "patient-no-partial-target", 0},
    {"redact-all-config", "patient-basic", "patient-redact-all-target", 0},
    {"redact-all-config", "contained-basic", "contained-redact-all-target", 0},
    {"redact-all-config", "bundle-basic", "bundle-redact-all-target", 0},
    {"substitute-primitive", "patient-substitute-primitive", "patient-substitute-primitive-target", 0},
    {"substitute-complex", "patient-substitute-complex", "patient-substitute-complex-target", 0},
    {"substitute-conflict-rules", "patient-substitute-conflict-rules", "patient-substitute-conflict-rules-target", 0},
    {"substitute-multiple", "patient-substitute-multiple", "patient-substitute-multiple-target", 0},
    {"substitute-multiple", "contained-substitute", "contained-substitute-target", 0},
    {"generalize-patient-config", "patient-generalize", "patient-generalize-target", 0},
    {"configuration-skip-processing-error", "patient-basic", "patient-empty", 0},
    {"configuration-skip-processing-error", "contained-basic", "condition-empty", 0},
    {"configuration-skip-processing-error", "bundle-basic", "bundle-empty", 0},
    {"configuration-raise-processing-error", "patient-basic", NULL, LETHE_E_FHIR_EVAL},
    {"configuration-raise-processing-error", "contained-basic", NULL, LETHE_E_FHIR_EVAL},
    {"configuration-raise-processing-error", "bundle-basic", NULL, LETHE_E_FHIR_EVAL},
    {"configuration-without-processing-error", "patient-basic", NULL, LETHE_E_FHIR_EVAL},
    {"configuration-without-processing-error", "contained-basic", NULL, LETHE_E_FHIR_EVAL},
    {"configuration-without-processing-error", "bundle-basic", NULL, LETHE_E_FHIR_EVAL},
    {"r4-configuration-sample", "R4OnlyResource/OrganizationAffiliation",
     "R4OnlyResource/OrganizationAffiliation-target", 0},
    {"r4-configuration-sample", "R4OnlyResource/Claim-R4", "R4OnlyResource/Claim-R4-target", 0},
    {"r4-configuration-sample", "R4OnlyResource/Account-R4", "R4OnlyResource/Account-R4-target", 0},
    {"r4-configuration-sample", "Stu3OnlyResource/DeviceComponent", NULL, LETHE_E_FHIR_SHAPE},
    {"r4-configuration-sample", "Stu3OnlyResource/ProcessRequest", NULL, LETHE_E_FHIR_SHAPE},
    {"r4-configuration-sample", "Stu3OnlyResource/Contract-Stu3", NULL, LETHE_E_FHIR_TYPE},
    {"common-config", "bundle-without-entry-resource", "bundle-without-entry-resource-target", 0},
};

static char *load_text(const char *folder, const char *name, base_span *ret_text)
{
    char path[256];
    size_t size = 0;
    (void)snprintf(path, sizeof(path), "%s%s.json", folder, name);
    char *text = test_shared_file(path, &size);
    const bool mark = text != NULL && size > 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
    if (text != NULL)
        *ret_text = mark ? (base_span){text + 3, size - 3} : (base_span){text, size};
    return text;
}

/* As FHIR: read, members in order, written. */
static void canonical(base_span text, base_buf *out)
{
    json_parser *parser = NULL;
    json_value root;
    fhir_tree tree;
    base_arena arena;
    base_arena_init(&arena, (size_t)64 << 20);
    assert_int_equal(json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &parser, NULL), 0);
    assert_int_equal(json_parse(parser, text, &root, NULL), 0);
    assert_int_equal(fhir_node_read(&arena, root, NULL, &tree, NULL), 0);
    fhir_node_sort(tree.root);
    fhir_node_write(tree.root, out);
    base_buf_byte(out, '\0');
    base_arena_done(&arena);
    json_parser_free(parser);
}

static int apply(const fhir_rules *rules, base_span input, base_buf *out, lethe_error *error)
{
    const fhir_rules_options options = {.as_of_day = base_day_of(2025, 6, 1)};
    fhir_rules_run *run = NULL;
    json_parser *parser = NULL;
    json_value root;
    assert_int_equal(fhir_rules_run_new(rules, &options, &run, NULL), 0);
    assert_int_equal(json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &parser, NULL), 0);
    assert_int_equal(json_parse(parser, input, &root, NULL), 0);
    const int status = fhir_rules_apply(run, root, out, error);
    fhir_rules_run_free(run);
    json_parser_free(parser);
    return status;
}

static void check_case(size_t i)
{
    base_span policy, input, expected;
    base_buf out, got, wanted;
    fhir_rules *rules = NULL;
    lethe_error error = {0};
    char *texts[3] = {load_text(FUNCTIONAL "Configurations/", CASES[i].policy, &policy),
                      load_text(FUNCTIONAL "TestResources/", CASES[i].input, &input), NULL};
    base_buf_init(&out, (size_t)64 << 20);
    base_buf_init(&got, (size_t)64 << 20);
    base_buf_init(&wanted, (size_t)64 << 20);
    if (fhir_rules_load(policy, true, &rules, &error) != 0)
        fail_msg("%s: %s line %lld %s", CASES[i].policy, error.name, (long long)error.line, error.path);
    const int status = apply(rules, input, &out, &error);
    if (status != CASES[i].code)
        fail_msg("%s on %s: %d %s", CASES[i].policy, CASES[i].input, status, error.path);
    if (CASES[i].expected != NULL) {
        texts[2] = load_text(FUNCTIONAL "TestResources/", CASES[i].expected, &expected);
        const size_t size = out.size;
        base_buf_reserve(&out, JSON_PADDING);
        canonical((base_span){out.data, size}, &got);
        canonical(expected, &wanted);
        if (strcmp(got.data, wanted.data) != 0)
            fail_msg("%s on %s:\n%s\nis not\n%s", CASES[i].policy, CASES[i].input, got.data, wanted.data);
    }
    fhir_rules_free(rules);
    base_buf_done(&out);
    base_buf_done(&got);
    base_buf_done(&wanted);
    for (size_t j = 0; j < 3; j++)
        free(texts[j]);
}

static void test_cases(void **state)
{
    (void)state;
    if (test_shared() == NULL) {
        print_message("the reference data is not here: skipped\n");
        return;
    }
    for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++)
        check_case(i);
}

/* Policies that must be refused, those that must not, and what is said of them. */
static void test_policies(void **state)
{
    (void)state;
    static const struct {
        const char *folder, *name;
        int code;
        const char *path;
    } cases[] = {
        {"TestConfigurations/", "configuration-miss-rules", LETHE_E_FHIR_POLICY, "fhirPathRules"},
        {"TestConfigurations/", "configuration-invalid-fhirpath", LETHE_E_FHIR_PATH, "fhirPathRules[0].path"},
        {"TestConfigurations/", "configuration-miss-replacement", LETHE_E_FHIR_POLICY, "fhirPathRules[0].replaceWith"},
        {"TestConfigurations/", "configuration-perturb-miss-span", LETHE_E_FHIR_POLICY, "fhirPathRules[0].span"},
        {"TestConfigurations/", "configuration-perturb-negative-span", LETHE_E_FHIR_POLICY, "fhirPathRules[0].span"},
        {"TestConfigurations/", "configuration-perturb-negative-roundTo", LETHE_E_FHIR_POLICY,
         "fhirPathRules[0].roundTo"},
        {"TestConfigurations/", "configuration-perturb-exceed-28-roundTo", LETHE_E_FHIR_POLICY,
         "fhirPathRules[0].roundTo"},
        {"TestConfigurations/", "configuration-perturb-wrong-roundTo", LETHE_E_FHIR_POLICY, "fhirPathRules[0].roundTo"},
        {"TestConfigurations/", "configuration-perturb-wrong-rangetype", LETHE_E_FHIR_POLICY,
         "fhirPathRules[0].rangeType"},
        {"TestConfigurations/", "configuration-generalize-miss-cases", LETHE_E_FHIR_POLICY, "fhirPathRules[0].cases"},
        {"TestConfigurations/", "configuration-generalize-fail-compiled-expression", LETHE_E_FHIR_PATH,
         "fhirPathRules[0].cases"},
        {"TestConfigurations/", "configuration-generalize-invalid-othervalues", LETHE_E_FHIR_POLICY,
         "fhirPathRules[0].otherValues"},
        {"TestConfigurations/", "configuration-invalid-encryptkey", LETHE_E_FHIR_POLICY, "parameters.encryptKey"},
        {"TestConfigurations/", "configuration-unsupported-method", LETHE_E_FHIR_POLICY, "fhirPathRules[0].method"},
        {"TestConfigurations/", "configuration-custom-processor", LETHE_E_FHIR_POLICY, "fhirPathRules[0].method"},
        {"TestConfigurations/", "configuration-test-sample", 0, ""},
        {"TestConfigurations/", "configuration-raise-processing-error", 0, ""},
        {"TestConfigurations/", "configuration-without-processing-error", 0, ""},
        {"TestConfigurationsVersion/", "configuration-R4-version", 0, ""},
        {"TestConfigurationsVersion/", "configuration-empty-version", 0, ""},
        {"TestConfigurationsVersion/", "configuration-null-version", 0, ""},
        {"TestConfigurationsVersion/", "configuration-Stu3-version", LETHE_E_FHIR_POLICY, "fhirVersion"},
        {"TestConfigurationsVersion/", "configuration-invalid-version", LETHE_E_FHIR_POLICY, "fhirVersion"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases) && test_shared() != NULL; i++)
        for (int compat = 0; compat < 2; compat++) {
            char folder[128];
            base_span text;
            fhir_rules *rules = NULL;
            lethe_error error = {0};
            (void)snprintf(folder, sizeof(folder), "fhir/ms/unit/%s", cases[i].folder);
            char *held = load_text(folder, cases[i].name, &text);
            const int status = fhir_rules_load(text, compat != 0, &rules, &error);
            /* `abc` is overlooked by theirs, and the first thing that ours finds */
            const bool other = compat == 0 && strcmp(cases[i].name, "configuration-miss-rules") == 0;
            if (status != cases[i].code || (!other && strcmp(error.path, cases[i].path) != 0) ||
                (status != 0 && error.line < 1))
                fail_msg("%s: %d at %s, line %lld", cases[i].name, status, error.path, (long long)error.line);
            fhir_rules_free(rules);
            free(held);
        }
}

static void test_sample(void **state)
{
    (void)state;
    base_span text;
    fhir_rules *rules = NULL;
    char *held = test_shared() != NULL ? load_text("fhir/ms/config-r4/", "configuration-sample", &text) : NULL;
    if (held == NULL)
        return;
    assert_int_equal(fhir_rules_load(text, false, &rules, NULL), 0);
    assert_int_equal(fhir_rules_count(rules), 193);
    fhir_rules_free(rules);
    free(held);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases), cmocka_unit_test(test_policies),
                                       cmocka_unit_test(test_sample)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

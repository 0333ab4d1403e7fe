/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "fhir/rules.h"
#include "fhir/test_archive.h"
#include "json/json.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct findings {
    base_buf lines; /* "never HealthcareService.x" */
    size_t counts[FHIR_RULES_FINDING_COUNT];
    bool print;
} findings;

static int note(void *context, const fhir_rules_report *report)
{
    findings *f = context;
    f->counts[report->finding]++;
    base_buf_format(&f->lines, "%s %s\n", fhir_rules_finding_name(report->finding), report->path);
    if (f->print)
        print_message("%s rule %zu line %lld %s: %s\n", fhir_rules_finding_name(report->finding), report->rule,
                      (long long)report->line, report->path, report->text);
    return 0;
}

static void check(base_span policy, findings *f)
{
    fhir_rules *rules = NULL;
    lethe_error error = {0};
    *f = (findings){.print = getenv("LETHE_PRINT") != NULL};
    base_buf_init(&f->lines, (size_t)16 << 20);
    if (fhir_rules_load(policy, true, &rules, &error) != 0)
        fail_msg("%s line %lld %s", error.name, (long long)error.line, error.path);
    assert_int_equal(fhir_rules_check(rules, note, f, &error), 0);
    base_buf_byte(&f->lines, '\0');
    fhir_rules_free(rules);
}

static void has(const findings *f, const char *line)
{
    if (strstr(f->lines.data, line) == NULL)
        fail_msg("no: %s", line);
}

static void has_not(const findings *f, const char *line)
{
    if (strstr(f->lines.data, line) != NULL)
        fail_msg("there: %s", line);
}

static void test_small(void **state)
{
    (void)state;
    findings f;
    check(BASE_SPAN(
              "{\"fhirPathRules\":["
              "{\"path\":\"Patient.nmae\",\"method\":\"redact\"},"
              "{\"path\":\"Person.name.where(use='x')\",\"method\":\"redact\"},"
              "{\"path\":\"Person.name\",\"method\":\"redact\"},"
              "{\"path\":\"Person.name.family\",\"method\":\"redact\"},"
              "{\"path\":\"HumanName.given\",\"method\":\"redact\"},"
              "{\"path\":\"Observation.status\",\"method\":\"redact\"},"
              "{\"path\":\"Patient.birthDate\",\"method\":\"cryptoHash\"},"
              "{\"path\":\"nodesByType('instant')\",\"method\":\"redact\"},"
              "{\"path\":\"Observation.meta\",\"method\":\"redact\"},"
              "{\"path\":\"nodesByType('date')\",\"method\":\"dateShift\"}],"
              "\"parameters\":{\"dateShiftKey\":\"123\",\"enablePartialDatesForRedact\":true,\"typo\":1},\"more\":2}"),
          &f);
    has(&f, "never Patient.nmae\n");
    has(&f, "never HumanName.given\n");
    has_not(&f, "never Person");
    has(&f, "shadowed Person.name.family\n");
    has_not(&f, "shadowed Person.name\n"); /* the rule before it is one with a condition */
    has(&f, "open Patient.name.family\n");
    has_not(&f, "open Person.name.family");
    has_not(&f, "open Observation.code.coding.display");
    has(&f, "differs Observation.status\n");
    has(&f, "differs Patient.birthDate\n");
    has(&f, "differs nodesByType('instant')\n");
    has(&f, "differs nodesByType('date')\n");
    has(&f, "key parameters.dateShiftKey\n");
    has(&f, "key parameters.cryptoHashKey\n");
    assert_int_equal(f.counts[FHIR_RULES_UNKNOWN_KEY], 2);
    base_buf_done(&f.lines);
}

/* The positions that another computation found open under the policy that they ship, of type string and markdown. */
static void compare_open(const findings *f, json_value kept)
{
    json_iterator types = json_iterate(kept);
    base_span type;
    json_value list, item;
    size_t known = 0, missing = 0;
    while (json_next(&types, &type, &list)) {
        json_iterator it = json_iterate(list);
        while (json_next(&it, NULL, &item)) {
            const base_span text = json_string(item);
            char line[512];
            const bool markdown = memmem(text.data, text.size, "(markdown)", 10) != NULL;
            const bool string = memmem(text.data, text.size, "(string)", 8) != NULL;
            if ((!markdown && !string) || memchr(text.data, ':', text.size) != NULL)
                continue;
            (void)snprintf(line, sizeof(line), "open %.*s.%.*s\n", (int)type.size, type.data,
                           (int)(text.size - (markdown ? 10 : 8)), text.data);
            if (strstr(f->lines.data, line) != NULL)
                known++;
            else
                missing++;
        }
    }
    print_message("%zu of the open positions that were computed elsewhere are found, %zu are kept by our policy too\n",
                  known, missing);
    assert_true(known >= 91);
}

static void test_sample(void **state)
{
    (void)state;
    size_t size = 0, kept_size = 0;
    char *text = test_shared_file("fhir/ms/config-r4/configuration-sample.json", &size);
    char *kept = test_shared_file("fhir/ms/kept_by_default_freetext.json", &kept_size);
    findings f;
    if (text == NULL || kept == NULL) {
        print_message("the reference data is not here: skipped\n");
        return;
    }
    check((base_span){text, size}, &f);
    has(&f, "never HealthcareService.notAvaliable.description\n");
    static const char *const open[] = {
        "open MedicationRequest.dosageInstruction.text\n", "open DocumentReference.description\n",
        "open AuditEvent.agent.network.address\n", "open Bundle.entry.request.ifNoneExist\n"};
    for (size_t i = 0; i < sizeof(open) / sizeof(*open); i++)
        has(&f, open[i]);
    for (int i = 0; i < FHIR_RULES_FINDING_COUNT; i++)
        print_message("%s: %zu\n", fhir_rules_finding_name((fhir_rules_finding)i), f.counts[i]);
    json_parser *parser = NULL;
    json_value root;
    assert_int_equal(json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &parser, NULL), 0);
    assert_int_equal(json_parse(parser, (base_span){kept, kept_size}, &root, NULL), 0);
    compare_open(&f, root);
    json_parser_free(parser);
    base_buf_done(&f.lines);
    free(text);
    free(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_small), cmocka_unit_test(test_sample)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

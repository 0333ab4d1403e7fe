/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "base/date.h"
#include "fhir/rules.h"
#include "fhir/test_archive.h"
#include "fhir/test_json.h"
#include "fhir/test_rules.h"
#include "fhir/validate.h"

#include <stdio.h>
#include <stdlib.h>

/* Their rules with our semantics: what differs from compat, and what must hold of any output. */
static const char *run(const char *policy, const char *resource)
{
    int code = 0;
    const char *got = test_rules_run(policy, false, resource, &code);
    if (got == NULL)
        fail_msg("%s: fails with %d", policy, code);
    return got;
}

static void has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("%s\nhas no %s", text, part);
}

static void has_not(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        fail_msg("%s\nhas %s", text, part);
}

#define DATES                                                                                                          \
    "{'fhirPathRules':[{'path':'nodesByType(\"date\")','method':'dateShift'},{'path':'nodesByType(\"dateTime\")',"     \
    "'method':'dateShift'},{'path':'nodesByType(\"instant\")','method':'dateShift'}],'parameters':{'dateShiftKey':"    \
    "'a key that is long enough','enablePartialDatesForRedact':true}}"

/* The offset is the patient's, in every resource and precision; times stay, and an instant stays one. */
static void test_dates(void **state)
{
    (void)state;
    const char *got =
        run(DATES, "{'resourceType':'Observation','subject':{'reference':'Patient/1234567890'},"
                   "'effectiveDateTime':'2015-02-07T13:28:17.120-05:00','issued':'2015-02-08T00:00:00Z'}");
    has(got, "'2015-05-28T13:28:17.120-05:00'"); /* 110 days */
    has(got, "'2015-05-29T00:00:00Z'");
    got = run(DATES, "{'resourceType':'Patient','id':'1234567890','birthDate':'2015-02-07'}");
    has(got, "'2015-05-28'");
    got = run(DATES, "{'resourceType':'Patient','id':'1234567890','birthDate':'2015-02','deceasedDateTime':'2019'}");
    has(got, "'2015-05'");
    has(got, "'2019'");
    /* Nobody's, and of two: the year. */
    got = run(DATES, "{'resourceType':'Organization','contact':[{'telecom':[{'period':{'start':'2015-02-07'}}]}]}");
    has(got, "'start':'2015'");
    got = run(DATES, "{'resourceType':'Observation','issued':'2015-02-07T13:28:17Z'}");
    has(got, "'issued':'2015-01-01T00:00:00Z'");
    got = run(DATES, "{'resourceType':'Bundle','type':'collection','entry':[{'fullUrl':'urn:uuid:x','resource':"
                     "{'resourceType':'Patient','id':'1234567890'}},{'resource':{'resourceType':'Observation',"
                     "'subject':{'reference':'urn:uuid:x'},'effectiveDateTime':'2015-02-07'}}]}");
    has(got, "'2015-05-28'");
}

#define IDS                                                                                                            \
    "{'fhirPathRules':[{'path':'Resource.id','method':'cryptoHash'},{'path':'Bundle.entry.fullUrl','method':'redact'}" \
    ","                                                                                                                \
    "{'path':'Organization.id','method':'redact'}]}"

static base_span quoted_after(const char *text, const char *mark)
{
    const char *at = strstr(text, mark);
    if (at == NULL)
        fail_msg("%s\nhas no %s", text, mark);
    at += strlen(mark);
    return (base_span){at, strcspn(at, "'")};
}

/* Ids, fullUrls and references change together, whatever the rules name of them. */
static void test_references(void **state)
{
    (void)state;
    static const char bundle[] =
        "{'resourceType':'Bundle','type':'collection','entry':[{'fullUrl':"
        "'urn:uuid:c757873d-ec9a-4326-a141-556f43239520','resource':{'resourceType':'Patient','id':'p'}},"
        "{'resource':{'resourceType':'Observation','id':'o','subject':{'reference':"
        "'urn:uuid:c757873d-ec9a-4326-a141-556f43239520'},'hasMember':[{'reference':'Observation/o'}],"
        "'contained':[{'resourceType':'Device','id':'d'}],'device':{'reference':'#d'}}}]}";
    char text[4096];
    (void)snprintf(text, sizeof(text), "%s", run(IDS, bundle));
    const base_span url = quoted_after(text, "'fullUrl':'"), subject = quoted_after(text, "'subject':{'reference':'"),
                    id = quoted_after(text, "'Observation','id':'"), member = quoted_after(text, "'Observation/"),
                    inner = quoted_after(text, "'Device','id':'"), device = quoted_after(text, "{'reference':'#");
    assert_true(base_span_equal(url, subject) && base_span_starts(url, BASE_SPAN("urn:uuid:")) && url.size == 45);
    assert_true(base_span_equal(id, member) && id.size == 26);
    assert_true(base_span_equal(inner, device) && inner.size == 26);
    has_not(text, "c757873d");
    /* Without a rule for ids nothing of them changes; a kept type is kept in references too. */
    has(run("{'fhirPathRules':[{'path':'Patient.name','method':'redact'}]}",
            "{'resourceType':'Observation','id':'o','subject':{'reference':'Patient/p'}}"),
        "Patient/p");
    const char *kept = run("{'fhirPathRules':[{'path':'Organization.id','method':'keep'},"
                           "{'path':'Resource.id','method':'cryptoHash'}]}",
                           "{'resourceType':'Patient','id':'p','managingOrganization':{'reference':'Organization/1'},"
                           "'generalPractitioner':[{'reference':'Practitioner/1'}]}");
    has(kept, "Organization/1");
    has_not(kept, "Practitioner/1");
}

/* What no rule touches of free text, attachments and extensions goes; codes, numbers and dates stay. */
static void test_closed(void **state)
{
    (void)state;
    const char *got = run("{'fhirPathRules':[{'path':'Patient.contact.name','method':'keep'},"
                          "{'path':'nodesByType(\"Extension\").where(url=\"http://keep\")','method':'keep'}]}",
                          "{'resourceType':'Patient','name':[{'family':'Doe','use':'usual'}],'gender':'female',"
                          "'birthDate':'2000-01-02','text':{'status':'generated','div':'<div>Doe</div>'},"
                          "'contact':[{'name':{'family':'Roe'}}],'photo':[{'data':'QUJD','contentType':'image/png'}],"
                          "'maritalStatus':{'coding':[{'code':'M','display':'Married'}],'text':'since Doe came'},"
                          "'extension':[{'url':'http://keep','valueString':'stays'},{'url':'http://x',"
                          "'valueString':'Doe'}],'secret':{'deep':'Doe'}}");
    has_not(got, "Doe");
    has_not(got, "QUJD");
    has_not(got, "generated"); /* a narrative without its text is none */
    has(got, "'family':'Roe'");
    has(got, "'valueString':'stays'");
    has(got, "'code':'M','display':'Married'");
    has(got, "'birthDate':'2000-01-02'");
    has(got, "'use':'usual'");
}

/* What FHIR requires is there, or says that it is masked. */
static void test_valid(void **state)
{
    (void)state;
    const char *got = run("{'fhirPathRules':[{'path':'Observation.status','method':'redact'},"
                          "{'path':'Observation.code','method':'redact'}]}",
                          "{'resourceType':'Observation','id':'1','status':'final','code':{'text':'x'},"
                          "'valueInteger':3}");
    has(got, "'_status':{'extension':[{'url':'http://hl7.org/fhir/StructureDefinition/data-absent-reason',"
             "'valueCode':'masked'}]}");
    has(got, "'code':{'extension':[{'url'");
    has_not(got, "final");
    /* An element whose parent goes goes with it. */
    has_not(run("{'fhirPathRules':[{'path':'Observation.component','method':'redact'}]}",
                "{'resourceType':'Observation','component':[{'code':{'text':'x'}}]}"),
            "component");
    /* Values that the type cannot have. */
    has_not(run("{'fhirPathRules':[{'path':'Patient.birthDate','method':'cryptoHash'}]}",
                "{'resourceType':'Patient','birthDate':'2000-01-02'}"),
            "birthDate");
    has_not(run("{'fhirPathRules':[{'path':'Patient.birthDate','method':'substitute','replaceWith':'unknown'}]}",
                "{'resourceType':'Patient','birthDate':'2000-01-02'}"),
            "birthDate");
    has(run("{'fhirPathRules':[{'path':'Patient.address.postalCode','method':'redact'}],"
            "'parameters':{'enablePartialZipCodesForRedact':true}}",
            "{'resourceType':'Patient','address':[{'postalCode':'SW1A 1AA','state':'X'},{'postalCode':'02115'}]}"),
        "[{'state':'X'},{'postalCode':'02100'}]");
    /* The same noise each time. */
    static const char perturb[] = "{'fhirPathRules':[{'path':'Observation.value','method':'perturb','span':10}]}";
    static const char value[] = "{'resourceType':'Observation','valueQuantity':{'value':50.00}}";
    char first[1024];
    (void)snprintf(first, sizeof(first), "%s", run(perturb, value));
    assert_string_equal(first, run(perturb, value));
    has_not(first, "50.00}");
}

typedef struct property {
    const fhir_rules *rules;
    fhir_validator *validator;
    json_parser *parser;
    size_t valid, broken, refused;
    bool silent;
} property;

static int note_issue(void *context, const fhir_issue *issue)
{
    const property *p = context;
    if (!p->silent && issue->severity == FHIR_SEVERITY_ERROR)
        print_message("  %s at %s\n", issue->rule, issue->path);
    return 0;
}

static bool is_valid(property *p, base_span text)
{
    json_value root;
    uint64_t errors = 0, resources = 0;
    return json_parse(p->parser, text, &root, NULL) == 0 &&
           fhir_validate(p->validator, root, note_issue, p, &errors, &resources, NULL) == 0 && errors == 0;
}

static void stays_valid(void *context, const char *name, base_span text)
{
    property *p = context;
    const fhir_rules_options options = {.as_of_day = base_day_of(2020, 6, 1), .keys = test_rules_keys()};
    fhir_rules_run *run_of = NULL;
    json_value root;
    base_buf out;
    lethe_error error = {0};
    p->silent = true;
    if (!is_valid(p, text))
        return;
    p->valid++;
    p->silent = false;
    base_buf_init(&out, (size_t)64 << 20);
    assert_int_equal(fhir_rules_run_new(p->rules, &options, &run_of, NULL), 0);
    assert_int_equal(json_parse(p->parser, text, &root, NULL), 0);
    const int status = fhir_rules_apply(run_of, root, &out, &error);
    const size_t size = out.size;
    base_buf_reserve(&out, JSON_PADDING);
    if (status != 0) {
        print_message("%s: %s at %s\n", name, error.name, error.path);
        p->refused++;
    } else if (!is_valid(p, (base_span){out.data, size})) {
        print_message("%s is not valid any more\n", name);
        p->broken++;
    }
    fhir_rules_run_free(run_of);
    base_buf_done(&out);
}

static size_t stay_valid(const char *policy)
{
    size_t size = 0;
    char *text = test_shared_file(policy, &size);
    property p = {0};
    fhir_rules *rules = NULL;
    if (text == NULL) {
        print_message("the reference data is not here: skipped\n");
        return 0;
    }
    assert_int_equal(fhir_rules_load((base_span){text, size}, false, &rules, NULL), 0);
    p.rules = rules;
    assert_int_equal(fhir_validator_new(&p.validator, NULL), 0);
    assert_int_equal(json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &p.parser, NULL), 0);
    (void)test_archive("fhir/r4-examples.tar.zst", stays_valid, &p);
    print_message("%s: %zu valid examples, %zu not valid afterwards, %zu refused\n", policy, p.valid, p.broken,
                  p.refused);
    assert_int_equal(p.refused, 0);
    fhir_rules_free(rules);
    fhir_validator_free(p.validator);
    json_parser_free(p.parser);
    free(text);
    return p.broken;
}

/* Valid in, valid out: the policies that they ship and test with, over the official examples. */
static void test_examples_stay_valid(void **state)
{
    (void)state;
    assert_int_equal(stay_valid("fhir/ms/config-r4/configuration-sample.json"), 0);
    assert_int_equal(stay_valid("fhir/ms/config-r4/configuration-sample-with-dateshiftfixedoffset.json"), 0);
    assert_int_equal(stay_valid("fhir/ms/functional/Configurations/common-config.json"), 0);
    /* A document without its timestamp is none (bdl-10), and nothing may stand there. */
    assert_true(stay_valid("fhir/ms/functional/Configurations/common-no-partial-config.json") <= 1);
    assert_int_equal(stay_valid("fhir/ms/functional/Configurations/substitute-complex.json"), 0);
    assert_int_equal(stay_valid("fhir/ms/functional/Configurations/generalize-patient-config.json"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dates), cmocka_unit_test(test_references),          cmocka_unit_test(test_closed),
        cmocka_unit_test(test_valid), cmocka_unit_test(test_examples_stay_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

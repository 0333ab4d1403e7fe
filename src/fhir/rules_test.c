/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "crypt/cbc.h"
#include "crypt/keyring.h"
#include "fhir/rules_internal.h"
#include "fhir/test_rules.h"

#include <stdio.h>
#include <stdlib.h>

#define RULE(path, method)      "{'fhirPathRules':[{'path':'" path "','method':'" method "'}]}"
#define WITH(rules, parameters) "{'fhirPathRules':[" rules "],'parameters':{" parameters "}}"

/* The output of compat without the tags. */
static const char *only(const char *policy, const char *resource)
{
    static char text[8192];
    int code = 0;
    const char *got = test_rules_run(policy, true, resource, &code);
    if (got == NULL)
        fail_msg("%s: fails with %d", policy, code);
    (void)snprintf(text, sizeof(text), "%s", got);
    char *meta = strstr(text, ",'meta':{'security':["), *end = meta != NULL ? strstr(meta, "]}") : NULL;
    if (end != NULL)
        memmove(meta, end + 2, strlen(end + 2) + 1);
    return text;
}

#define EXPECT(policy, resource, expected) assert_string_equal(only(policy, resource), expected)

/* The offsets of the upstream unit tests: key, prefix, days. */
static void test_offsets(void **state)
{
    (void)state;
    assert_int_equal(rules_offset_of(BASE_SPAN(""), BASE_SPAN("dummy")), -21);
    assert_int_equal(rules_offset_of(BASE_SPAN("example"), BASE_SPAN("123")), 41);
    for (int i = 0; i < 1000; i++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "%d", i);
        const int32_t offset = rules_offset_of(BASE_SPAN("p"), base_span_of(key));
        assert_true(offset >= -50 && offset <= 50);
    }
}

#define SHIFT                                                                                                          \
    WITH("{'path':'nodesByType(\"date\")','method':'dateShift'},{'path':'nodesByType(\"dateTime\")','method':'"        \
         "dateShift'},{'path':'nodesByType(\"instant\")','method':'dateShift'}",                                       \
         "'dateShiftKey':'dummy','enablePartialDatesForRedact':true")
#define CUT                                                                                                            \
    WITH("{'path':'nodesByType(\"date\")','method':'redact'},{'path':'nodesByType(\"dateTime\")','method':'redact'},{" \
         "'path':'nodesByType(\"instant\")','method':'redact'}",                                                       \
         "'enablePartialDatesForRedact':true")

static void test_dates(void **state)
{
    (void)state;
    EXPECT(SHIFT,
           "{'resourceType':'Patient','birthDate':'2015-02-07','deceasedDateTime':'2015-02-07T13:28:17.12345-05:00'}",
           "{'resourceType':'Patient','birthDate':'2015-01-17','deceasedDateTime':'2015-01-17T00:00:00.00000-05:00'}");
    EXPECT(SHIFT, "{'resourceType':'Patient','birthDate':'2015-02','deceasedDateTime':'2015'}",
           "{'resourceType':'Patient','birthDate':'2015','deceasedDateTime':'2015'}");
    EXPECT(SHIFT, "{'resourceType':'Patient','birthDate':'1925-02-07','active':true}",
           "{'resourceType':'Patient','active':true}");
    EXPECT(CUT, "{'resourceType':'Patient','birthDate':'2015-02-07','deceasedDateTime':'1925-02-07'}",
           "{'resourceType':'Patient','birthDate':'2015'}");
    EXPECT(CUT, "{'resourceType':'Observation','issued':'2015-02-07T13:28:17-05:00'}",
           "{'resourceType':'Observation','issued':'2015'}");
    /* 89 on 2020-06-01 is not over 89. */
    EXPECT(CUT, "{'resourceType':'Patient','birthDate':'1930-06-02'}", "{'resourceType':'Patient','birthDate':'1930'}");
    EXPECT(CUT, "{'resourceType':'Patient','birthDate':'1930-06-01'}", "{'resourceType':'Patient'}");
    EXPECT(
        WITH("{'path':'Patient.birthDate','method':'dateShift'}", "'dateShiftKey':'k','dateShiftFixedOffsetInDays':-3"),
        "{'resourceType':'Patient','id':'x','birthDate':'2015-03-01'}",
        "{'resourceType':'Patient','id':'x','birthDate':'2015-02-26'}");
    int code = 0;
    assert_null(test_rules_run(SHIFT, true, "{'resourceType':'Patient','birthDate':'soon'}", &code));
    assert_int_equal(code, LETHE_E_FHIR_VALUE);
    /* The id that a rule has hashed before is the one that counts. */
    EXPECT(WITH("{'path':'Patient.birthDate','method':'dateShift'},{'path':'Patient.id','method':'cryptoHash'}",
                "'dateShiftKey':'123','cryptoHashKey':'123'"),
           "{'resourceType':'Patient','id':'example','birthDate':'2015-03-01'}",
           "{'resourceType':'Patient','id':'698d54f0494528a759f19c8e87a9f99e75a5881b9267ee3926bcf62c992d84ba',"
           "'birthDate':'2015-04-11'}");
}

#define ZIP                                                                                                            \
    WITH("{'path':'Patient.address','method':'redact'}",                                                               \
         "'enablePartialZipCodesForRedact':true,'restrictedZipCodeTabulationAreas':['203']")

static void test_zips_and_ages(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"98052", "98000"},       {"98028-1830", "98000-0000"},
                                           {"20301", "00000"},       {"20301-1830", "00000-0000"},
                                           {"SW1A 1AA", "SW1A 0AA"}, {"98", "98"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char in[128], out[128];
        (void)snprintf(in, sizeof(in), "{'resourceType':'Patient','address':[{'postalCode':'%s','city':'X'}]}",
                       cases[i][0]);
        (void)snprintf(out, sizeof(out), "{'resourceType':'Patient','address':[{'postalCode':'%s'}]}", cases[i][1]);
        EXPECT(ZIP, in, out);
    }
    static const char ages[] =
        WITH("{'path':'nodesByType(\"Age\")','method':'redact'}", "'enablePartialAgesForRedact':true");
    EXPECT(ages, "{'resourceType':'Condition','onsetAge':{'value':89,'unit':'a'}}",
           "{'resourceType':'Condition','onsetAge':{'value':89}}");
    EXPECT(ages, "{'resourceType':'Condition','onsetAge':{'value':90}}", "{'resourceType':'Condition'}");
}

/* The id part of a reference, and what has none. */
static void test_references(void **state)
{
    (void)state;
    static const char policy[] =
        WITH("{'path':'nodesByType(\"Reference\")','method':'cryptoHash'}", "'cryptoHashKey':'123'");
#define T "698d54f0494528a759f19c8e87a9f99e75a5881b9267ee3926bcf62c992d84ba" /* of "example" */
    static const char *const cases[][2] = {
        {"#example", "#" T},
        {"Patient/example", "Patient/" T},
        {"https://host/fhir/Patient/example", "https://host/fhir/Patient/" T},
        {"http://host:80/Patient/example/_history/2", "http://host:80/Patient/" T "/_history/2"},
        {"example", T},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char in[512], out[512];
        (void)snprintf(in, sizeof(in), "{'resourceType':'Observation','subject':{'reference':'%s'}}", cases[i][0]);
        (void)snprintf(out, sizeof(out), "{'resourceType':'Observation','subject':{'reference':'%s'}}", cases[i][1]);
        EXPECT(policy, in, out);
    }
    /* Hashed as a whole: an unknown type, another scheme, a search. */
    static const char *const whole[] = {"Nothing/example", "ftp://host/Patient/example", "Patient?identifier=example"};
    for (size_t i = 0; i < 3; i++) {
        char in[512];
        (void)snprintf(in, sizeof(in), "{'resourceType':'Observation','subject':{'reference':'%s'}}", whole[i]);
        const char *got = only(policy, in);
        assert_int_equal(strlen(got), strlen("{'resourceType':'Observation','subject':{'reference':''}}") + 64);
    }
    static const char uuid[] = "{'resourceType':'Observation','subject':{'reference':"
                               "'urn:uuid:c757873d-ec9a-4326-a141-556f43239520'}}";
    assert_non_null(strstr(only(policy, uuid), "'urn:uuid:"));
    assert_int_equal(strlen(only(policy, uuid)), strlen(uuid) + 64 - 36);
    EXPECT(WITH("{'path':'Patient.active','method':'cryptoHash'}", "'cryptoHashKey':'123'"),
           "{'resourceType':'Patient','active':true}",
           "{'resourceType':'Patient','active':'970cad44852eb4b6b1b72c346793a28b799f8dd3d9f37491e52eb5178b359350'}");
#undef T
}

static void test_encrypt(void **state)
{
    (void)state;
    static const char policy[] =
        WITH("{'path':'Patient.gender','method':'encrypt'}", "'encryptKey':'0123456789abcdef'");
    char first[256];
    (void)snprintf(first, sizeof(first), "%s", only(policy, "{'resourceType':'Patient','gender':'female'}"));
    const char *second = only(policy, "{'resourceType':'Patient','gender':'female'}");
    assert_string_not_equal(first, second); /* another IV */
    char *text = strstr(first, "'gender':'");
    assert_non_null(text);
    text += 10;
    uint8_t sealed[32], plain[32];
    size_t size = 0;
    assert_true(crypt_base64_decode((base_span){text, 44}, sealed, sizeof(sealed)));
    assert_int_equal(crypt_cbc_open(BASE_SPAN("0123456789abcdef"), (base_span){(char *)sealed, 32}, plain, &size, NULL),
                     0);
    assert_int_equal(size, 6);
    assert_memory_equal(plain, "female", 6);
}

static void test_perturb(void **state)
{
    (void)state;
    static const char policy[] =
        "{'fhirPathRules':[{'path':'Observation.value','method':'perturb','span':10,'roundTo':1}]}";
    double least = 1e9, most = -1e9;
    for (int i = 0; i < 200; i++) {
        const char *got = only(policy, "{'resourceType':'Observation','valueQuantity':{'value':50.00,'unit':'kg'}}");
        const char *value = strstr(got, "'value':");
        assert_non_null(value);
        assert_non_null(strstr(got, "'unit':'kg'"));
        const double number = strtod(value + 8, NULL);
        least = number < least ? number : least;
        most = number > most ? number : most;
    }
    assert_true(least >= 45 && most <= 55 && most - least > 5);
    EXPECT("{'fhirPathRules':[{'path':'nodesByType(\"positiveInt\")','method':'perturb','span':0}]}",
           "{'resourceType':'Patient','telecom':[{'rank':2}]}", "{'resourceType':'Patient','telecom':[{'rank':2}]}");
}

/* The first rule wins, for the node and all below; what is in another resource is that one's own. */
static void test_order(void **state)
{
    (void)state;
    EXPECT(
        "{'fhirPathRules':[{'path':'Patient.name.given','method':'keep'},{'path':'Patient.name','method':'redact'}]}",
        "{'resourceType':'Patient','name':[{'family':'F','given':['G']}]}",
        "{'resourceType':'Patient','name':[{'given':['G']}]}");
    EXPECT(
        "{'fhirPathRules':[{'path':'Patient.name','method':'keep'},{'path':'Patient.name.given','method':'redact'}]}",
        "{'resourceType':'Patient','name':[{'family':'F','given':['G']}]}",
        "{'resourceType':'Patient','name':[{'family':'F','given':['G']}]}");
    EXPECT(RULE("Patient", "redact"),
           "{'resourceType':'Patient','contained':[{'resourceType':'Organization','name':'O'}],'active':true}",
           "{'resourceType':'Patient','contained':[{'resourceType':'Organization','name':'O'}]}");
    EXPECT(
        RULE("nodesByType(\"string\")", "redact"),
        "{'resourceType':'Patient','contained':[{'resourceType':'Organization','name':'O'}],'name':[{'family':'F'}]}",
        "{'resourceType':'Patient','contained':[{'resourceType':'Organization'}]}");
    EXPECT(RULE("nodesByType(\"Organization\")", "redact"),
           "{'resourceType':'Patient','contained':[{'resourceType':'Organization','name':'O'}]}",
           "{'resourceType':'Patient','contained':[{'resourceType':'Organization'}]}");
    EXPECT(RULE("nodesByName(\"given\")", "redact"), "{'resourceType':'Patient','name':[{'family':'F','given':['G']}]}",
           "{'resourceType':'Patient','name':[{'family':'F'}]}");
    EXPECT(RULE("Observation.value as string", "redact"), "{'resourceType':'Observation','valueString':'x'}",
           "{'resourceType':'Observation'}");
    EXPECT(RULE("Patient.identifier.where(system=\"a\").value", "redact"),
           "{'resourceType':'Patient','identifier':[{'system':'a','value':'1'},{'system':'b','value':'2'}]}",
           "{'resourceType':'Patient','identifier':[{'system':'a'},{'system':'b','value':'2'}]}");
    EXPECT(RULE("Bundle.entry.where(resource is Patient)", "remove"),
           "{'resourceType':'Bundle','entry':[{'resource':{'resourceType':'Patient','id':'1'}},"
           "{'resource':{'resourceType':'Device','id':'2'}}]}",
           "{'resourceType':'Bundle','entry':[{'resource':{'resourceType':'Device','id':'2'}}]}");
    EXPECT("{'fhirPathRules':[{'path':'Patient.id','method':'cryptoHash','truncateToMaxLength':8}],"
           "'parameters':{'cryptoHashKey':'123'}}",
           "{'resourceType':'Patient','id':'example'}", "{'resourceType':'Patient','id':'698d54f0'}");
}

static void test_tags(void **state)
{
    (void)state;
    test_rules_expect(
        WITH("{'path':'Patient.birthDate','method':'dateShift'},{'path':'Patient.id','method':'cryptoHash'},"
             "{'path':'Patient.name','method':'redact'}",
             "'dateShiftKey':'123','cryptoHashKey':'123'"),
        true,
        "{'resourceType':'Bundle','entry':[{'resource':{'resourceType':'Patient','name':[{'family':'F'}]}},"
        "{'resource':{'resourceType':'Patient','active':true,'birthDate':'2015-03-01',"
        "'meta':{'security':[{'code':'perturbed'}]}}}]}",
        "{'resourceType':'Bundle','meta':{'security':[{'system':'http://terminology.hl7.org/CodeSystem/"
        "v3-ObservationValue','code':'REDACTED','display':'redacted'},{'code':'PERTURBED','display':"
        "'exact value is replaced with another exact value'}]},'entry':[{'resource':{'resourceType':'Patient',"
        "'meta':{'security':[{'system':'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',"
        "'code':'REDACTED','display':'redacted'}]}}},{'resource':{'resourceType':'Patient','active':true,"
        "'birthDate':'2015-04-20','meta':{'security':[{'code':'perturbed'}]}}}]}");
}

/* YAML says the same, and where it does not the line is told. */
static void test_yaml(void **state)
{
    (void)state;
    EXPECT("fhirVersion: R4\nfhirPathRules:\n  - path: nodesByType(\"HumanName\").family\n    method: redact\n"
           "  - path: Patient.id\n    method: cryptoHash\n    truncateToMaxLength: 8\nparameters:\n"
           "  cryptoHashKey: '123'\n  enablePartialDatesForRedact: true\n",
           "{'resourceType':'Patient','id':'example','name':[{'family':'F','use':'usual'}]}",
           "{'resourceType':'Patient','id':'698d54f0','name':[{'use':'usual'}]}");
    static const char bad[] = "fhirVersion: R4\nfhirPathRules:\n  - path: Patient.name\n    method: hide\n";
    fhir_rules *rules = NULL;
    lethe_error error = {0};
    assert_int_equal(fhir_rules_load(base_span_of(bad), false, &rules, &error), LETHE_E_FHIR_POLICY);
    assert_int_equal(error.line, 4);
    assert_string_equal(error.path, "fhirPathRules[0].method");
    static const char place[] =
        "{\"fhirPathRules\": [\n  {\"path\": \"Patient.name.here()\", \"method\": \"redact\"}]}";
    assert_int_equal(fhir_rules_load(base_span_of(place), false, &rules, &error), LETHE_E_FHIR_PATH);
    assert_int_equal(error.line, 2);
    assert_int_equal(error.byte, strstr(place, "here") - place);
    static const char *const refused[] = {
        "{\"fhirPathRules\":[],\"fhirPathRules\":[]}",
        "{\"fhirPathRules\":[{\"path\":\"id\",\"path\":\"x\",\"method\":\"keep\"}]}",
        "{\"fhirPathRules\":[],\"processingErrors\":\"maybe\"}",
        "{\"fhirPathRules\":[{\"path\":\"id\",\"method\":\"keep\",\"mehtod\":\"redact\"}]}",
        "{\"fhirPathRules\":[],\"parameters\":{\"enablePartialDateForRedact\":true}}",
        "a: &x 1\nb: *x\n",
        "[]",
        "",
    };
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
        assert_int_equal(fhir_rules_load(base_span_of(refused[i]), false, &rules, NULL), LETHE_E_FHIR_POLICY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_offsets),    cmocka_unit_test(test_dates),   cmocka_unit_test(test_zips_and_ages),
        cmocka_unit_test(test_references), cmocka_unit_test(test_encrypt), cmocka_unit_test(test_perturb),
        cmocka_unit_test(test_order),      cmocka_unit_test(test_tags),    cmocka_unit_test(test_yaml),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

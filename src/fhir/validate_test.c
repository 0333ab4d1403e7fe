/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/validate.h"

#include "base/buf.h"
#include "base/test.h"

#include <stdio.h>
#include <stdlib.h>

/* Documents and what must be said of them: "rule place" by line, in the order of the document. */

static json_parser *parser;
static fhir_validator *validator;

static int note(void *context, const fhir_issue *issue)
{
    base_buf *out = context;
    base_buf_format(out, "%s%s %s", out->size != 0 ? "\n" : "", issue->rule, issue->path);
    return 0;
}

static void check(const char *document, const char *wanted)
{
    const size_t size = strlen(document);
    char *padded = calloc(1, size + JSON_PADDING);
    json_value root;
    uint64_t errors, resources;
    base_buf said;
    assert_non_null(padded);
    memcpy(padded, document, size);
    base_buf_init(&said, 1 << 20);
    assert_int_equal(json_parse(parser, (base_span){padded, size}, &root, NULL), 0);
    assert_int_equal(fhir_validate(validator, root, note, &said, &errors, &resources, NULL), 0);
    base_buf_byte(&said, '\0');
    assert_string_equal(said.data, wanted);
    base_buf_done(&said);
    free(padded);
}

#define PATIENT(members) "{\"resourceType\": \"Patient\", " members "}"
#define OBSERVATION(members)                                                                                           \
    "{\"resourceType\": \"Observation\", \"status\": \"final\", \"code\": {\"text\": \"c\"}, " members "}"
#define BASIC(members) "{\"resourceType\": \"Basic\", \"code\": {\"text\": \"c\"}, " members "}"
#define DIV(inside)    "<div xmlns=\\\"http://www.w3.org/1999/xhtml\\\">" inside "</div>"
#define NARRATIVE(div) BASIC("\"text\": {\"status\": \"generated\", \"div\": \"" div "\"}")

static void test_what_is_no_resource(void **state)
{
    (void)state;
    check("[]", "resource Resource");
    check("{}", "resource Resource");
    check("{\"resourceType\": 1}", "resource Resource");
    check("{\"resourceType\": \"HumanName\"}", "resource-type Resource");
    check("{\"resourceType\": \"DomainResource\"}", "resource-type Resource");
    check("{\"resourceType\": \"Patient\"}", "");
    check("{\"id\": \"a\", \"resourceType\": \"Patient\"}", "");
}

static void test_other_releases_are_told(void **state)
{
    (void)state;
    check("{\"resourceType\": \"ProcedureRequest\"}", "stu3 Resource");
    check("{\"resourceType\": \"SubscriptionTopic\"}", "r5 Resource");
    check(PATIENT("\"animal\": {}"), "stu3 Patient");
    check("{\"resourceType\": \"MedicationRequest\", \"status\": \"active\", \"intent\": \"order\", \"subject\": "
          "{\"reference\": "
          "\"Patient/1\"}, \"medication\": {\"concept\": {}}}",
          "r5 MedicationRequest\ncardinality-min MedicationRequest.medication.ofType(CodeableConcept)");
    check(PATIENT("\"meta\": {\"profile\": [\"http://hl7.org/fhir/3.0/StructureDefinition/Patient\"]}, \"x\": 1"),
          "stu3 Patient");
    check(PATIENT("\"meta\": {\"profile\": [\"http://hl7.org/fhir/StructureDefinition/Patient|5.0.0\"]}"),
          "r5 Patient");
    check(
        PATIENT("\"meta\": {\"profile\": [\"http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient|5.0.1\"]}"),
        "");
}

static void test_lists_and_nulls(void **state)
{
    (void)state;
    check(PATIENT("\"name\": [{\"given\": [\"A\", null], \"_given\": [null, {\"extension\": [{\"url\": \"u\", "
                  "\"valueCode\": \"c\"}]}]}]"),
          "");
    check(PATIENT("\"name\": [{\"given\": [\"A\", null]}]"), "null Patient.name[0].given[1]");
    check(PATIENT("\"name\": [{\"given\": [null], \"_given\": [null]}]"), "null Patient.name[0].given[0]");
    check(PATIENT("\"name\": [{\"given\": [null], \"_given\": [{\"id\": \"a\"}]}]"), "ele-1 Patient.name[0].given[0]");
    check(PATIENT("\"name\": [{\"_given\": [{\"extension\": [{\"url\": \"u\", \"valueCode\": \"c\"}]}]}]"), "");
    check(PATIENT("\"name\": [{\"given\": [\"A\"], \"_given\": {}}]"), "json-type Patient.name[0].given");
    check(PATIENT("\"name\": [null]"), "null Patient.name[0]");
    check(PATIENT("\"name\": [[{\"family\": \"A\"}]]"), "json-type Patient.name[0]");
    check(PATIENT("\"birthDate\": \"2020\", \"_birthDate\": {\"id\": \"a\"}"), "");
    check(PATIENT("\"_birthDate\": {\"id\": \"a\"}"), "ele-1 Patient.birthDate");
    check(PATIENT("\"_birthDate\": {\"id\": \"a\", \"x\": 1}"),
          "unknown-element Patient.birthDate\nele-1 Patient.birthDate");
    check(PATIENT("\"contact\": [{\"id\": \"a\"}]"), "ele-1 Patient.contact[0]\npat-1 Patient.contact[0]");
}

static void test_absent_values(void **state)
{
    (void)state;
    check("{\"resourceType\": \"Observation\", \"code\": {\"text\": \"c\"}, \"_status\": {\"extension\": [{\"url\": "
          "\"http://hl7.org/fhir/StructureDefinition/data-absent-reason\", \"valueCode\": \"masked\"}]}}",
          "");
    check("{\"resourceType\": \"Observation\"}",
          "cardinality-min Observation.status\ncardinality-min Observation.code");
    check(OBSERVATION(
              "\"_valueString\": {\"extension\": [{\"url\": \"u\", \"valueCode\": \"c\"}]}, \"valueBoolean\": true"),
          "choice Observation.value.ofType(boolean)");
}

static void test_bindings(void **state)
{
    (void)state;
    check(PATIENT("\"gender\": \"female\""), "");
    check(PATIENT("\"gender\": \"Female\""), "binding Patient.gender");
    check("{\"resourceType\": \"Condition\", \"subject\": {\"reference\": \"Patient/1\"}, \"clinicalStatus\": "
          "{\"coding\": "
          "[{\"system\": \"http://e\", \"code\": \"active\"}]}}",
          "binding Condition.clinicalStatus");
    check("{\"resourceType\": \"Condition\", \"subject\": {\"reference\": \"Patient/1\"}, \"clinicalStatus\": "
          "{\"coding\": "
          "[{\"system\": \"http://e\", \"code\": \"x\"}, {\"system\": "
          "\"http://terminology.hl7.org/CodeSystem/condition-clinical\", \"code\": \"active\"}]}}",
          "");
    check("{\"resourceType\": \"Condition\", \"subject\": {\"reference\": \"Patient/1\"}, \"clinicalStatus\": "
          "{\"extension\": "
          "[{\"url\": \"u\", \"valueCode\": \"masked\"}]}}",
          "");
    check("{\"resourceType\": \"Binary\", \"contentType\": \"anything/at-all\"}", "");
}

static void test_references(void **state)
{
    (void)state;
#define SUBJECT(reference) OBSERVATION("\"subject\": {" reference "}")
    check(SUBJECT("\"reference\": \"Patient/1\", \"type\": \"Patient\""), "");
    check(SUBJECT("\"reference\": \"Patient/1/_history/2\""), "");
    check(SUBJECT("\"reference\": \"https://h/base/Patient/1\""), "");
    check(SUBJECT("\"reference\": \"https://h/base/Encounter/1\""), "reference-target Observation.subject");
    check(SUBJECT("\"reference\": \"Patient?identifier=a|b\""), "");
    check(SUBJECT("\"reference\": \"urn:uuid:00000000-0000-4000-8000-000000000000\""), "");
    check(SUBJECT("\"identifier\": {\"value\": \"1\"}, \"type\": \"Device\""), "");
    check(SUBJECT("\"type\": \"Encounter\""), "reference-target Observation.subject");
    check(SUBJECT("\"type\": \"Nothing\""), "reference-type Observation.subject.type");
    check(SUBJECT("\"type\": \"http://hl7.org/fhir/StructureDefinition/Group\""), "");
    check(SUBJECT("\"reference\": \"Patient/1\", \"type\": \"Group\""), "reference-type Observation.subject.type");
    check(SUBJECT("\"reference\": \"Encounter/1\""), "reference-target Observation.subject");
    check(SUBJECT("\"reference\": \"Nothing/1\""), "reference Observation.subject.reference");
    check(SUBJECT("\"reference\": \"Patient/a_b\""), "reference Observation.subject.reference");
    check(SUBJECT("\"reference\": \"1\""), "reference Observation.subject.reference");
}

static void test_contained(void **state)
{
    (void)state;
#define ORGANIZATION(members) "{\"resourceType\": \"Organization\", " members "\"name\": \"n\"}"
#define USES                  "\"managingOrganization\": {\"reference\": \"#o\"}"
    check(PATIENT("\"contained\": [" ORGANIZATION("\"id\": \"o\", ") "], " USES), "");
    check(PATIENT(USES ", \"contained\": [" ORGANIZATION("\"id\": \"o\", ") "]"), "");
    check(PATIENT(USES), "ref-1 Patient.managingOrganization.reference");
    check(PATIENT("\"contained\": [" ORGANIZATION("\"id\": \"o\", ") "]"), "dom-3 Patient.contained");
    check(PATIENT("\"contained\": [" ORGANIZATION("") "]"), "contained-id Patient.contained[0].id");
    check(PATIENT("\"contained\": [" ORGANIZATION("\"id\": \"o\", ") ", " ORGANIZATION("\"id\": \"o\", ") "], " USES),
          "dom-3 Patient.contained\ncontained-twice Patient.contained");
    check(PATIENT("\"contained\": [" ORGANIZATION(
              "\"id\": \"o\", \"contained\": [" ORGANIZATION("\"id\": \"p\", ") "], ") "], " USES),
          "dom-2 Patient.contained[0].contained");
    check(PATIENT("\"contained\": [" ORGANIZATION(
              "\"id\": \"o\", \"meta\": {\"versionId\": \"1\", \"security\": [{\"code\": \"c\"}]}, ") "], " USES),
          "dom-4 Patient.contained[0].meta\ndom-5 Patient.contained[0].meta");
    check(PATIENT(
              "\"contained\": [{\"resourceType\": \"Provenance\", \"id\": \"v\", \"target\": [{\"reference\": \"#\"}], "
              "\"recorded\": \"2020-01-01T00:00:00Z\", \"agent\": [{\"who\": {\"reference\": \"Device/1\"}}]}]"),
          "");
    check(PATIENT("\"contained\": [{\"resourceType\": \"Encounter\", \"id\": \"o\"}], " USES),
          "cardinality-min Patient.contained[0].status\ncardinality-min Patient.contained[0].class\n"
          "reference-target Patient.managingOrganization");
}

static void test_bundles(void **state)
{
    (void)state;
#define ENTRY(url, members)                                                                                            \
    "{\"fullUrl\": \"" url "\", \"resource\": {\"resourceType\": \"Patient\", \"id\": \"1\"" members "}}"
#define COLLECTION(entries) "{\"resourceType\": \"Bundle\", \"type\": \"collection\", \"entry\": [" entries "]}"
#define UUID(n)             "urn:uuid:00000000-0000-4000-8000-00000000000" n
    check(COLLECTION(ENTRY("http://h/Patient/1", "")), "");
    check(COLLECTION(ENTRY("Patient/1", "")), "full-url Bundle.entry[0].fullUrl");
    check(COLLECTION(ENTRY("http://h/Patient/2", "")), "full-url Bundle.entry[0].fullUrl");
    check(COLLECTION(ENTRY("http://h/Patient/1/_history/1", "")), "bdl-8 Bundle.entry[0].fullUrl");
    check(COLLECTION(ENTRY(UUID("1"), "") ", " ENTRY(UUID("1"), "")), "bdl-7 Bundle.entry[1]");
    check(COLLECTION(ENTRY(UUID("1"), ", \"meta\": {\"versionId\": \"1\"}") ", " ENTRY(
              UUID("1"), ", \"meta\": {\"versionId\": \"2\"}")),
          "");
    check(COLLECTION(ENTRY(UUID("1"), ", \"link\": [{\"type\": \"seealso\", \"other\": {\"reference\": \"" UUID(
                                          "2") "\"}}]") ", " ENTRY(UUID("2"), "")),
          "");
    check(COLLECTION(ENTRY(UUID("1"), ", \"managingOrganization\": {\"reference\": \"" UUID("1") "\"}")),
          "reference-target Bundle.entry[0].resource.managingOrganization");
    check(COLLECTION(ENTRY(UUID("1"), ", \"managingOrganization\": {\"reference\": \"" UUID("3") "\"}")),
          "reference-urn Bundle.entry[0].resource.managingOrganization.reference");
    check(COLLECTION("{\"request\": {\"method\": \"GET\", \"url\": \"a\"}}"), "bdl-3 Bundle.entry[0].request");
    check("{\"resourceType\": \"Bundle\", \"entry\": [{\"response\": {\"status\": \"200\"}}], \"type\": "
          "\"batch-response\"}",
          "");
    check("{\"resourceType\": \"Bundle\", \"type\": \"document\", \"total\": 0}",
          "bdl-1 Bundle.total\nbdl-9 Bundle.identifier\nbdl-10 Bundle.timestamp\nbdl-11 Bundle.entry");
    check("{\"resourceType\": \"Bundle\", \"type\": \"message\"}", "bdl-12 Bundle.entry");
    check(COLLECTION("{}"), "ele-1 Bundle.entry[0]\nbdl-5 Bundle.entry[0]");
}

static void test_invariants(void **state)
{
    (void)state;
    check(OBSERVATION("\"valueString\": \"a\", \"dataAbsentReason\": {\"text\": \"x\"}"), "obs-6 Observation");
    check(OBSERVATION("\"valueQuantity\": {\"code\": \"kg\"}"), "qty-3 Observation.value.ofType(Quantity)");
    check(OBSERVATION("\"referenceRange\": [{\"low\": {\"value\": 1, \"comparator\": \"<\"}}]"),
          "sqty-1 Observation.referenceRange[0].low.comparator");
    check(OBSERVATION("\"effectivePeriod\": {\"start\": \"2020-01-02\", \"end\": \"2020-01-01\"}"),
          "per-1 Observation.effective.ofType(Period)");
    check(OBSERVATION("\"effectivePeriod\": {\"start\": \"2020-01-02\", \"end\": \"2020\"}"), "");
    check(OBSERVATION(
              "\"effectivePeriod\": {\"start\": \"2020-01-01T23:00:00-02:00\", \"end\": \"2020-01-02T00:30:00Z\"}"),
          "per-1 Observation.effective.ofType(Period)");
    check(BASIC("\"extension\": [{\"url\": \"u\"}]"), "ext-1 Basic.extension[0]");
    check(BASIC("\"extension\": [{\"url\": \"u\", \"valueString\": \"a\", \"extension\": [{\"url\": \"v\", "
                "\"valueCode\": \"c\"}]}]"),
          "ext-1 Basic.extension[0]");
    check(BASIC("\"extension\": [{\"url\": \"u\", \"valueAge\": {\"value\": -1, \"code\": \"a\", \"system\": "
                "\"http://unitsofmeasure.org\"}}]"),
          "age-1 Basic.extension[0].value.ofType(Age)");
    check("{\"resourceType\": \"Condition\", \"subject\": {\"reference\": \"Patient/1\"}, \"abatementString\": \"x\"}",
          "con-4 Condition");
    check("{\"resourceType\": \"Organization\", \"active\": true, \"address\": [{\"use\": \"home\"}]}",
          "org-2 Organization\norg-1 Organization");
    check("{\"resourceType\": \"ValueSet\", \"status\": \"draft\", \"name\": \"not a name\"}", "vsd-0 ValueSet");
    check("{\"resourceType\": \"Linkage\", \"item\": [{\"type\": \"source\", \"resource\": {\"display\": \"d\"}}]}",
          "lnk-1 Linkage");
}

static void test_narrative(void **state)
{
    (void)state;
    check(NARRATIVE(DIV("<p title='a'>a &amp; &#160;<br/></p><!-- c -->")), "");
    check(NARRATIVE(DIV("<img src='a'/>")), "");
    check(NARRATIVE(DIV("<script>a</script>")), "txt-1 Basic.text.div");
    check(NARRATIVE(DIV("<p onclick='a'>a</p>")), "txt-1 Basic.text.div");
    check(NARRATIVE(DIV(" <p> </p> ")), "txt-2 Basic.text.div");
    check(NARRATIVE(DIV("<p>a")), "xhtml Basic.text.div");
    check(NARRATIVE(DIV("a & b")), "xhtml Basic.text.div");
    check(NARRATIVE(DIV("a <b>c</i></b>")), "xhtml Basic.text.div");
    check(NARRATIVE("<div>a</div>"), "xhtml Basic.text.div");
    check(NARRATIVE("text"), "xhtml Basic.text.div");
    check(NARRATIVE(DIV("a") DIV("b")), "xhtml Basic.text.div");
}

/* The place of an issue that lies too deep for its text is cut off in front. */
static void test_deep_places(void **state)
{
    (void)state;
    base_buf document, said;
    json_value root;
    uint64_t errors, resources;
    base_buf_init(&document, 1 << 20);
    base_buf_init(&said, 1 << 20);
    base_buf_text(&document, "{\"resourceType\": \"Questionnaire\", \"status\": \"draft\"");
    for (int i = 0; i < 250; i++)
        base_buf_format(&document, ", \"item\": [{\"linkId\": \"%d\", \"type\": \"group\"", i);
    for (int i = 0; i < 250; i++)
        base_buf_text(&document, "}]");
    base_buf_byte(&document, '}');
    const size_t size = document.size;
    for (int i = 0; i < JSON_PADDING; i++)
        base_buf_byte(&document, ' ');
    assert_int_equal(json_parse(parser, (base_span){document.data, size}, &root, NULL), 0);
    assert_int_equal(fhir_validate(validator, root, note, &said, &errors, &resources, NULL), 0);
    base_buf_byte(&said, '\0');
    assert_int_equal(strncmp(said.data, "depth ...", 9), 0);
    assert_string_equal(said.data + said.size - 1 - 16, ".item[0].item[0]");
    base_buf_done(&document);
    base_buf_done(&said);
}

static int stop(void *context, const fhir_issue *issue)
{
    (void)issue;
    (*(int *)context)++;
    return LETHE_E_BASE_CANCELLED;
}

static void test_a_sink_ends_it(void **state)
{
    (void)state;
    static const char text[256] = "{\"resourceType\": \"Patient\", \"a\": 1, \"b\": [{}], \"name\": {}}";
    json_value root;
    uint64_t errors, resources;
    int calls = 0;
    assert_int_equal(json_parse(parser, base_span_of(text), &root, NULL), 0);
    assert_int_equal(fhir_validate(validator, root, stop, &calls, &errors, &resources, NULL), LETHE_E_BASE_CANCELLED);
    assert_int_equal(calls, 1);
}

static void test_rules_have_names(void **state)
{
    (void)state;
    size_t checked = 0;
    for (size_t i = 0; i < fhir_rule_count(); i++) {
        const fhir_rule rule = fhir_rule_of(i);
        assert_true(rule.name[0] != '\0' && rule.message[0] != '\0' && rule.code[0] != '\0');
        checked += strcmp(rule.checked, "yes") == 0;
    }
    assert_true(checked > 200);
}

static int set_up(void **state)
{
    (void)state;
    return json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &parser, NULL) != 0 ||
           fhir_validator_new(&validator, NULL) != 0;
}

static int tear_down(void **state)
{
    (void)state;
    json_parser_free(parser);
    fhir_validator_free(validator);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_no_resource),
        cmocka_unit_test(test_other_releases_are_told),
        cmocka_unit_test(test_lists_and_nulls),
        cmocka_unit_test(test_absent_values),
        cmocka_unit_test(test_bindings),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_contained),
        cmocka_unit_test(test_bundles),
        cmocka_unit_test(test_invariants),
        cmocka_unit_test(test_narrative),
        cmocka_unit_test(test_deep_places),
        cmocka_unit_test(test_a_sink_ends_it),
        cmocka_unit_test(test_rules_have_names),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "fhir/invariants.h"
#include "fhir/test_archive.h"

#include <stdio.h>

typedef struct world {
    json_parser *parser;
    fhir_validator *validator;
    fhir_invariants *invariants;
    char found[4096];
    uint64_t without, with;
} world;

static int note(void *context, const fhir_issue *issue)
{
    world *w = context;
    const size_t size = strlen(w->found);
    if (issue->severity == FHIR_SEVERITY_ERROR)
        (void)snprintf(w->found + size, sizeof(w->found) - size, "%s ", issue->rule);
    return 0;
}

static void open_world(world *w)
{
    *w = (world){0};
    assert_int_equal(json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &w->parser, NULL), 0);
    assert_int_equal(fhir_validator_new(&w->validator, NULL), 0);
    assert_int_equal(fhir_invariants_new(&w->invariants, NULL), 0);
}

static void close_world(world *w)
{
    json_parser_free(w->parser);
    fhir_validator_free(w->validator);
    fhir_invariants_free(w->invariants);
}

static uint64_t validate(world *w, base_span text, bool hooked)
{
    json_value root;
    uint64_t errors = 0, resources = 0;
    w->found[0] = '\0';
    fhir_validator_hook(w->validator, hooked ? fhir_invariants_hook(w->invariants) : (fhir_invariant_hook){0});
    fhir_invariants_begin(w->invariants);
    assert_int_equal(json_parse(w->parser, text, &root, NULL), 0);
    assert_int_equal(fhir_validate(w->validator, root, note, w, &errors, &resources, NULL), 0);
    return errors;
}

/* Each breaks one invariant that needs FHIRPath, and the next document is not taken for the last. */
static void test_broken(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"{'resourceType':'RiskAssessment','status':'final','subject':{'reference':'Patient/1'},"
         "'prediction':[{'probabilityDecimal':101}]}",
         "ras-2 "},
        {"{'resourceType':'RiskAssessment','status':'final','subject':{'reference':'Patient/1'},"
         "'prediction':[{'probabilityDecimal':100}]}",
         ""},
        {"{'resourceType':'Questionnaire','status':'draft','item':[{'linkId':'1','type':'string','enableWhen':["
         "{'question':'2','operator':'exists','answerString':'x'}]}]}",
         "que-7 "},
        {"{'resourceType':'Bundle','type':'collection','entry':[{'fullUrl':'urn:uuid:c757873d-ec9a-4326-a141-"
         "556f43239520','resource':{'resourceType':'NamingSystem','name':'X','status':'draft','kind':'identifier',"
         "'date':'2020','uniqueId':[{'type':'oid','value':'1.2','preferred':true},"
         "{'type':'oid','value':'1.3','preferred':true}]}}]}",
         "nsd-2 "},
    };
    world w;
    open_world(&w);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char text[1024 + JSON_PADDING] = "";
        for (size_t j = 0; cases[i][0][j] != '\0'; j++)
            text[j] = cases[i][0][j] == '\'' ? '"' : cases[i][0][j];
        (void)validate(&w, base_span_of(text), false);
        assert_string_equal(w.found, "");
        (void)validate(&w, base_span_of(text), true);
        assert_string_equal(w.found, cases[i][1]);
    }
    close_world(&w);
}

static void add(void *context, const char *name, base_span text)
{
    world *w = context;
    (void)name;
    w->without += validate(w, text, false);
    w->with += validate(w, text, true);
}

static void test_examples(void **state)
{
    (void)state;
    world w;
    open_world(&w);
    if (test_archive("fhir/r4-examples.tar.zst", add, &w) < 0)
        print_message("the official examples are not here: skipped\n");
    assert_int_equal(w.with, w.without); /* no example breaks them */
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_broken), cmocka_unit_test(test_examples)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

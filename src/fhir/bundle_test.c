/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "fhir/dump.h"

#include "base/buf.h"

static const char *const NAMES[] = {"Patient/p1",
                                    "Patient/p2",
                                    "Patient/018f428e-34f6-4707-8009-5ad742f901e7",
                                    "Patient/?urn:mrn|7",
                                    "Patient/?urn:a b|7|8",
                                    "Encounter/e1",
                                    "Encounter/e2",
                                    "Condition/c1",
                                    "Condition/c2",
                                    "Location/?urn:loc|5",
                                    "Location/l1",
                                    "Organization/1.2.3",
                                    "Organization/?urn:org|6",
                                    "Procedure/x1",
                                    NULL};

#define UUID "018f428e-34f6-4707-8009-5ad742f901e7"

static void test_entries_come_in_any_order(void **state)
{
    (void)state;
    dump_expect("{'resourceType':'Bundle','type':'transaction','entry':["
                "{'fullUrl':'urn:uuid:2','resource':{'resourceType':'Condition','id':'c1','code':{'text':'x'},"
                "'subject':{'reference':'urn:uuid:" UUID "'},'encounter':{'reference':'urn:uuid:3'}},"
                "'request':{'method':'POST','url':'Condition'}},"
                "{'fullUrl':'urn:uuid:3','resource':{'resourceType':'Encounter','id':'e1',"
                "'subject':{'reference':'urn:uuid:" UUID "'}}},"
                "{'fullUrl':'urn:uuid:" UUID "','resource':{'resourceType':'Patient'}}]}",
                "Condition/c1 of Patient/" UUID " id=" UUID "\n"
                "  condition code='x' encounter=Encounter/e1\n"
                "Encounter/e1 of Patient/" UUID " id=" UUID "\n"
                "  encounter id=e1 self=Encounter/e1 encounter=Encounter/e1\n"
                "Patient/" UUID " of Patient/" UUID " id=" UUID "\n"
                "  patient\n");
}

static void test_full_url_and_id_may_differ(void **state)
{
    (void)state;
    dump_expect("{'resourceType':'Bundle','type':'collection','entry':["
                "{'fullUrl':'http://h/fhir/Patient/77','resource':{'resourceType':'Patient','id':'p1'}},"
                "{'fullUrl':'http://h/fhir/Condition/c1/_history/4','resource':{'resourceType':'Condition',"
                "'subject':{'reference':'http://h/fhir/Patient/77/_history/2'}}},"
                "{'resource':{'resourceType':'Condition','id':'c2',"
                "'subject':{'reference':'http://other/fhir/Patient/p2'}}}]}",
                "Patient/p1 of Patient/p1 id=p1\n  patient\n"
                "Condition/c1 of Patient/p1 id=p1\n"
                "Condition/c2 of Patient/p2 id=p2\n");
}

/* A history repeats the fullUrl of its entries, and two Bundles have nothing to do with each other. */
static void test_full_urls_end_with_their_bundle(void **state)
{
    (void)state;
    dump_expect("{'resourceType':'Bundle','entry':[{'fullUrl':'urn:uuid:1','resource':{'resourceType':'Patient',"
                "'id':'p1'}},{'fullUrl':'urn:uuid:1','resource':{'resourceType':'Patient','id':'p2'}},"
                "{'resource':{'resourceType':'Condition','id':'c1','subject':{'reference':'urn:uuid:1'}}}]}",
                "Patient/p1 of Patient/p1 id=p1\n  patient\n"
                "Patient/p2 of Patient/p2 id=p2\n  patient\n"
                "Condition/c1 of Patient/p1 id=p1\n");
    dump_expect("{'resourceType':'Bundle','entry':[{'resource':{'resourceType':'Condition','id':'c1',"
                "'subject':{'reference':'urn:uuid:1'}}}]}",
                "Condition/c1 of ? id=1\n");
    dump_expect("{'resourceType':'Condition','id':'c1','subject':{'reference':'urn:uuid:1'}}",
                "Condition/c1 of ? id=1\n");
}

static void test_references_of_another_bundle(void **state)
{
    (void)state;
    dump_expect("{'resourceType':'Encounter','id':'e1','subject':{'reference':'urn:uuid:p1'},"
                "'serviceProvider':{'reference':'urn:oid:1.2.3'}}",
                "Encounter/e1 of Patient/p1 id=p1\n"
                "  encounter id=e1 self=Encounter/e1 encounter=Encounter/e1 reference=Organization/1.2.3\n");
}

static void test_references_by_identifier(void **state)
{
    (void)state;
    dump_expect("{'resourceType':'Encounter','id':'e1','subject':{'type':'Patient','identifier':"
                "{'system':'urn:mrn','value':'7'}},"
                "'location':[{'location':{'reference':'Location?identifier=urn%3aloc%7C5'}}]}",
                "Encounter/e1 of Patient/?urn:mrn|7 id=?urn:mrn|7\n"
                "  encounter id=e1 self=Encounter/e1 encounter=Encounter/e1 reference=Location/?urn:loc|5\n");
    dump_expect("{'resourceType':'Encounter','id':'e1',"
                "'subject':{'reference':'Patient?active=true&identifier=urn:a%20b|7%7C8&x=%zz'},"
                "'serviceProvider':{'identifier':{'system':'urn:org','value':'6'}}}",
                "Encounter/e1 of Patient/?urn:a b|7|8 id=?urn:a b|7|8\n"
                "  encounter id=e1 self=Encounter/e1 encounter=Encounter/e1 reference=Organization/?urn:org|6\n");
}

static void test_bare_and_typed_references(void **state)
{
    (void)state;
    dump_expect("{'resourceType':'Condition','id':'c1','subject':{'reference':'p1','type':'Patient'}}",
                "Condition/c1 of Patient/p1 id=p1\n");
    dump_expect("{'resourceType':'Condition','id':'c1','subject':{'reference':'Patient/p1#part'}}",
                "Condition/c1 of Patient/p1 id=p1\n");
}

static void test_a_contained_patient_counts_by_its_identifier(void **state)
{
    (void)state;
    dump_expect("{'resourceType':'Condition','id':'c1','subject':{'reference':'#p'},'contained':"
                "[{'resourceType':'Patient','id':'p','identifier':[{'value':'x'},{'system':'urn:mrn','value':'7'}]}]}",
                "Condition/c1 of Patient/?urn:mrn|7 id=?urn:mrn|7\n");
    dump_expect("{'resourceType':'Condition','id':'c1','subject':{'reference':'#p'},"
                "'contained':[{'resourceType':'Patient','id':'p'}]}",
                "withheld FHIR_NO_PATIENT Condition.subject at {\"re\n");
}

static void test_entries_without_a_resource_say_nothing(void **state)
{
    (void)state;
    dump_expect("{'resourceType':'Bundle','type':'history','entry':[{'request':{'method':'DELETE','url':'Patient/p1'}},"
                "{'response':{'status':'200'}},{},"
                "{'search':{'mode':'outcome'},'resource':{'resourceType':'OperationOutcome'}}]}",
                "");
    dump_expect("{'resourceType':'Bundle'}", "");
}

static void test_a_bundle_in_a_bundle(void **state)
{
    (void)state;
    dump_expect("{'resourceType':'Bundle','type':'collection','entry':["
                "{'fullUrl':'urn:uuid:1','resource':{'resourceType':'Patient','id':'p1'}},"
                "{'fullUrl':'urn:uuid:9','resource':{'resourceType':'Bundle','entry':["
                "{'fullUrl':'urn:uuid:2','resource':{'resourceType':'Patient','id':'p2'}},"
                "{'resource':{'resourceType':'Condition','id':'c1','subject':{'reference':'urn:uuid:2'}}},"
                "{'resource':{'resourceType':'Condition','id':'c2','subject':{'reference':'urn:uuid:1'}}},"
                "{'resource':{'resourceType':'Condition','id':'c2','code':[]}},"
                "{'resource':{'resourceType':'Bundle','entry':[]}}]}},"
                "{'resource':{'resourceType':'Condition','id':'c2','subject':{'reference':'urn:uuid:1'}}}]}",
                "Patient/p1 of Patient/p1 id=p1\n  patient\n"
                "Patient/p2 of Patient/p2 id=p2\n  patient\n"
                "Condition/c1 of Patient/p2 id=p2\n"
                "Condition/c2 of Patient/p1 id=p1\n"
                "withheld FHIR_TYPE Bundle.entry[1].resource.entry[3].resource.code at []}}\n"
                "withheld FHIR_BUNDLE Bundle.entry[1].resource.entry[4].resource at {\"re\n"
                "Condition/c2 of Patient/p1 id=p1\n");
}

static void test_a_broken_entry_costs_itself(void **state)
{
    (void)state;
    dump_expect("{'resourceType':'Bundle','entry':[7,{'resource':[]},{'fullUrl':1,'resource':{}},{'resource':{}},"
                "{'resource':{'resourceType':'Procedure','id':'x1','subject':{'reference':'Patient/p1'}}}]}",
                "withheld FHIR_BUNDLE Bundle.entry[0] at 7,{\"\n"
                "withheld FHIR_BUNDLE Bundle.entry[1].resource at []},\n"
                "withheld FHIR_BUNDLE Bundle.entry[2].fullUrl at 1,\"r\n"
                "withheld FHIR_SHAPE Bundle.entry[3].resource.resourceType at {}},\n"
                "Procedure/x1 of Patient/p1 id=p1\n");
    dump_expect("{'resourceType':'Bundle','entry':{}}", "withheld FHIR_BUNDLE Bundle.entry at {}}\n");
}

static void test_entries_have_a_limit(void **state)
{
    (void)state;
    base_buf text;
    base_buf_init(&text, 1 << 16);
    base_buf_text(&text, "{'resourceType':'Bundle','entry':[{}");
    for (int i = 0; i < 64; i++)
        base_buf_text(&text, ",{}");
    base_buf_text(&text, "]}");
    base_buf_byte(&text, '\0');
    dump_expect(text.data, "withheld BASE_LIMIT Bundle.entry at [{},\n");
    base_buf_done(&text);
}

static void test_the_sink_can_stop_a_bundle(void **state)
{
    (void)state;
    lethe_error error;
    const char *text = "{'resourceType':'Bundle','entry':[{'resource':{'resourceType':'Patient','id':'p1'}},7]}";
    dump_sink_status(LETHE_E_BASE_CANCELLED);
    assert_int_equal(dump_read_status(text, &error), LETHE_E_BASE_CANCELLED);
    assert_int_equal(dump_read_status("7", &error), LETHE_E_BASE_CANCELLED);
    assert_int_equal(error.code, LETHE_E_BASE_CANCELLED);
    dump_sink_status(0);
    dump_expect(text, "Patient/p1 of Patient/p1 id=p1\n  patient\nwithheld FHIR_BUNDLE Bundle.entry[1] at 7]}\n");
}

static int set_up(void **state)
{
    (void)state;
    dump_open();
    dump_names(NAMES);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    dump_close();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries_come_in_any_order),
        cmocka_unit_test(test_full_url_and_id_may_differ),
        cmocka_unit_test(test_full_urls_end_with_their_bundle),
        cmocka_unit_test(test_references_of_another_bundle),
        cmocka_unit_test(test_references_by_identifier),
        cmocka_unit_test(test_bare_and_typed_references),
        cmocka_unit_test(test_a_contained_patient_counts_by_its_identifier),
        cmocka_unit_test(test_entries_without_a_resource_say_nothing),
        cmocka_unit_test(test_a_bundle_in_a_bundle),
        cmocka_unit_test(test_a_broken_entry_costs_itself),
        cmocka_unit_test(test_entries_have_a_limit),
        cmocka_unit_test(test_the_sink_can_stop_a_bundle),
    };
    return cmocka_run_group_tests_name("fhir/bundle", tests, set_up, tear_down);
}

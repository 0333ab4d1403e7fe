/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "fhir/dump.h"

#include "base/buf.h"

#include <stdio.h>

static const char *const NAMES[] = {"Patient/p1", "Condition/c1", NULL};

static void test_used_elements_of_the_wrong_type(void **state)
{
    (void)state;
    static const struct {
        const char *text, *lines;
    } rows[] = {
        {"{'resourceType':'Patient','id':'p1','birthDate':1980}", "withheld FHIR_TYPE Patient.birthDate at 1980\n"},
        {"{'resourceType':'Patient','id':1}", "withheld FHIR_TYPE Patient.id at 1}\n"},
        {"{'resourceType':'Patient','id':'p1','address':{}}", "withheld FHIR_TYPE Patient.address at {}}\n"},
        {"{'resourceType':'Patient','id':'p1','address':[{'city':'x'},{'period':{'end':[]}}]}",
         "withheld FHIR_TYPE Patient.address[1].period.end at []}}\n"},
        {"{'resourceType':'Patient','id':'p1','link':[{'other':'Patient/p2'}]}",
         "withheld FHIR_TYPE Patient.link[0].other at \"Pat\n"},
        {"{'resourceType':'Condition','subject':{'reference':'Patient/p1'},'code':'x'}",
         "withheld FHIR_TYPE Condition.code at \"x\"}\n"},
        {"{'resourceType':'Condition','subject':{'reference':'Patient/p1'},'code':[]}",
         "withheld FHIR_TYPE Condition.code at []}\n"},
        {"{'resourceType':'Condition','subject':{'reference':'Patient/p1'},'code':{'coding':[{'code':1}]}}",
         "withheld FHIR_TYPE Condition.code.coding[0].code at 1}]}\n"},
        {"{'resourceType':'Condition','subject':{'reference':'Patient/p1'},'code':{'coding':['x']}}",
         "withheld FHIR_TYPE Condition.code.coding[0] at \"x\"]\n"},
        {"{'resourceType':'Condition','subject':'Patient/p1'}", "withheld FHIR_TYPE Condition.subject at \"Pat\n"},
        {"{'resourceType':'Observation','subject':{'reference':'Patient/p1'},'component':[{},"
         "{'valueQuantity':{'value':'7'}}]}",
         "withheld FHIR_TYPE Observation.component[1].valueQuantity.value at \"7\"}\n"},
        {"{'resourceType':'MedicationRequest','subject':{'reference':'Patient/p1'},"
         "'medicationReference':{'reference':'#m'},'contained':[{'resourceType':'Medication','id':'m','code':1}]}",
         "withheld FHIR_TYPE MedicationRequest.contained[0].code at 1}]}\n"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        dump_expect(rows[i].text, rows[i].lines);
}

static void test_impossible_values(void **state)
{
    (void)state;
    static const struct {
        const char *text, *lines;
    } rows[] = {
        {"{'resourceType':'Patient','id':'p1','birthDate':'1980-02-30'}",
         "withheld FHIR_VALUE Patient.birthDate at \"198\n"},
        {"{'resourceType':'Patient','id':'p1','birthDate':''}", "withheld FHIR_VALUE Patient.birthDate at \"\"}\n"},
        {"{'resourceType':'Patient','id':'p1','meta':{'lastUpdated':'yesterday'}}",
         "withheld FHIR_VALUE Patient.meta.lastUpdated at \"yes\n"},
        {"{'resourceType':'Patient','id':'p\\n1'}", "withheld FHIR_VALUE Patient.id at \"p\\n\n"},
        {"{'resourceType':'Patient','id':''}", "withheld FHIR_VALUE Patient.id at \"\"}\n"},
        {"{'resourceType':'Observation','subject':{'reference':'Patient/p1'},"
         "'valueQuantity':{'value':1e999}}",
         "withheld FHIR_VALUE Observation.valueQuantity.value at 1e99\n"},
        {"{'resourceType':'Observation','subject':{'reference':'Patient/p1'},"
         "'valueQuantity':{'value':1,'comparator':'<<'}}",
         "withheld FHIR_VALUE Observation.valueQuantity.comparator at \"<<\"\n"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        dump_expect(rows[i].text, rows[i].lines);
}

static void test_ids_of_patients(void **state)
{
    (void)state;
    char text[600], lines[600], id[300];
    for (size_t size = 255; size <= 257; size++) {
        memset(id, 'x', size);
        id[size] = '\0';
        (void)snprintf(text, sizeof(text), "{'resourceType':'Patient','id':'%s'}", id);
        (void)snprintf(lines, sizeof(lines), "? of ? id=%s\n  patient\n", id);
        dump_expect(text, size <= 256 ? lines : "withheld FHIR_VALUE Patient.id at \"xxx\n");
    }
    dump_expect("{'resourceType':'Patient','id':'a_b c/ü'}", "? of ? id=a_b c/ü\n  patient\n");
}

static void test_no_patient(void **state)
{
    (void)state;
    dump_expect("{'resourceType':'Patient'}", "withheld FHIR_NO_PATIENT Patient.id at {\"re\n");
    dump_expect("{'resourceType':'Condition','id':'c1'}", "withheld FHIR_NO_PATIENT Condition.subject at {\"re\n");
    dump_expect("{'resourceType':'AllergyIntolerance'}",
                "withheld FHIR_NO_PATIENT AllergyIntolerance.patient at {\"re\n");
    dump_expect("{'resourceType':'Observation','subject':{'reference':'Group/g'}}",
                "withheld FHIR_NO_PATIENT Observation.subject at {\"re\n");
    dump_expect("{'resourceType':'Observation','subject':{'display':'Mr X'}}",
                "withheld FHIR_NO_PATIENT Observation.subject at {\"di\n");
    dump_expect("{'resourceType':'Observation','subject':{'reference':'#none'}}",
                "withheld FHIR_NO_PATIENT Observation.subject at {\"re\n");
    dump_expect("{'resourceType':'Observation','subject':{'reference':'Patient?name=X'}}",
                "withheld FHIR_REFERENCE Observation.subject at {\"re\n");
    dump_expect("{'resourceType':'Observation','subject':{'identifier':{'value':'7'}}}",
                "withheld FHIR_REFERENCE Observation.subject at {\"id\n");
    dump_expect("{'resourceType':'Observation','subject':{'reference':'Patient?identifier=7'}}",
                "withheld FHIR_REFERENCE Observation.subject at {\"re\n");
    dump_expect("{'resourceType':'Observation','subject':{'reference':'Patient/'}}",
                "withheld FHIR_REFERENCE Observation.subject at {\"re\n");
}

static void test_what_is_no_resource(void **state)
{
    (void)state;
    dump_expect("7", "withheld FHIR_SHAPE Resource.resourceType at 7\n");
    dump_expect("{}", "withheld FHIR_SHAPE Resource.resourceType at {}\n");
    dump_expect("[{'resourceType':'Patient','id':'p1'}]", "withheld FHIR_SHAPE Resource.resourceType at [{\"r\n");
    dump_expect("{'resourceType':7}", "withheld FHIR_SHAPE Resource.resourceType at 7}\n");
    dump_expect("{'resourceType':'John Smith'}", "withheld FHIR_SHAPE Resource.resourceType at \"Joh\n");
}

/* The keys around a fault are not schema names: none of them may be printed. */
static void test_no_key_of_the_input_gets_into_a_path(void **state)
{
    (void)state;
    dump_expect("{'John Smith':{'birthDate':1},'resourceType':'Patient','id':'p1','Jane':[1,2],"
                "'address':[{'SSN 1':{},'period':{'999-99-9999':{},'start':7}}]}",
                "withheld FHIR_TYPE Patient.address[0].period.start at 7}}]\n");
}

static void test_events_have_a_limit(void **state)
{
    (void)state;
    base_buf text;
    base_buf_init(&text, 1 << 16);
    base_buf_text(&text, "{'resourceType':'Patient','id':'p1','address':[{}");
    for (int i = 0; i < 64; i++)
        base_buf_text(&text, ",{}");
    base_buf_text(&text, "]}");
    base_buf_byte(&text, '\0');
    dump_expect(text.data, "withheld BASE_LIMIT Patient at {\"re\n");
    base_buf_done(&text);
}

/* Thousands of references into thousands of contained resources: bounded work, and the record costs only itself. */
static void test_contained_search_is_bounded(void **state)
{
    (void)state;
    base_buf text;
    base_buf_init(&text, 1 << 22);
    base_buf_text(&text, "{'resourceType':'Encounter','id':'e','subject':{'reference':'Patient/p1'},'contained':[{}");
    for (int i = 0; i < 20000; i++)
        base_buf_text(&text, ",{}");
    base_buf_text(&text, "],'reasonReference':[{}");
    for (int i = 0; i < 20000; i++)
        base_buf_text(&text, ",{'reference':'#x'}");
    base_buf_text(&text, "]}");
    base_buf_byte(&text, '\0');
    dump_expect(text.data, "? of Patient/p1 id=p1\n  encounter id=e self=? encounter=?\n");
    base_buf_done(&text);
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
        cmocka_unit_test(test_used_elements_of_the_wrong_type),
        cmocka_unit_test(test_impossible_values),
        cmocka_unit_test(test_ids_of_patients),
        cmocka_unit_test(test_no_patient),
        cmocka_unit_test(test_what_is_no_resource),
        cmocka_unit_test(test_no_key_of_the_input_gets_into_a_path),
        cmocka_unit_test(test_events_have_a_limit),
        cmocka_unit_test(test_contained_search_is_bounded),
    };
    return cmocka_run_group_tests_name("fhir/withheld", tests, set_up, tear_down);
}

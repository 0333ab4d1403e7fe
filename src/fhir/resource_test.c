/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "fhir/dump.h"

#include <stdio.h>

static const char *const NAMES[] = {"Patient/p1",
                                    "Patient/p2",
                                    "Patient/?urn:mrn|7",
                                    "Encounter/e1",
                                    "Condition/c1",
                                    "Observation/o1",
                                    "AllergyIntolerance/a1",
                                    "Medication/m1",
                                    "MedicationRequest/r1",
                                    "MedicationStatement/s1",
                                    "Location/l1",
                                    "Organization/g1",
                                    "Procedure/x1",
                                    "Immunization/i1",
                                    "Substance/u1",
                                    "Encounter/?urn:visit|9",
                                    "Location/?urn:loc|5",
                                    "MedicationAdministration/n1",
                                    "MedicationDispense/d1",
                                    NULL};

static void test_patient(void **state)
{
    (void)state;
    dump_expect("{'resourceType':'Patient','id':'p1','meta':{'lastUpdated':'1970-01-02T01:00:00.250+01:00'},"
                "'gender':'female','birthDate':'1980-02','deceasedBoolean':true,"
                "'identifier':[{'system':'urn:mrn','value':'7'},{'value':'8'},{'system':'urn:empty'}],"
                "'address':[{'city':'Boston','state':'MA','postalCode':'02115','country':'US',"
                "'period':{'start':'2010'}},"
                "{'use':'old','text':'rural Georgia','period':{'end':'2009-12-31'}},{'use':'billing','city':'Austin'}],"
                "'link':[{'other':{'reference':'Patient/p2'},'type':'replaces'},"
                "{'other':{'reference':'RelatedPerson/1'},'type':'seealso'}]}",
                "Patient/p1 of Patient/p1 id=p1 updated=86400250000\n"
                "  patient value='female' start=1980-02 deceased\n"
                "  identifier city=7 state=urn:mrn reference=Patient/?urn:mrn|7\n"
                "  identifier city=8\n"
                "  address city=Boston state=MA postal=02115 country=US start=2010\n"
                "  address text=rural Georgia end=2009-12-31 historical\n"
                "  link id=p2 reference=Patient/p2\n");
}

static void test_patient_sex_at_birth_stands_in(void **state)
{
    (void)state;
    dump_expect("{'resourceType':'Patient','id':'p1','gender':'unknown','deceasedDateTime':'2020-01-02T03:04:05Z',"
                "'extension':[{'url':'x','valueCode':3},"
                "{'url':'http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex','valueCode':'M'}]}",
                "Patient/p1 of Patient/p1 id=p1\n"
                "  patient value='male' end=2020-01-02T03:04\n");
}

static void test_the_only_address_may_be_for_bills(void **state)
{
    (void)state;
    dump_expect("{'resourceType':'Patient','id':'p1','address':[{'use':'billing','city':'Austin'}]}",
                "Patient/p1 of Patient/p1 id=p1\n  patient\n  address city=Austin\n");
}

static void test_encounter(void **state)
{
    (void)state;
    dump_expect("{'resourceType':'Encounter','id':'e1','status':'finished','identifier':[{'system':'urn:visit',"
                "'value':'9'}],"
                "'class':{'system':'http://terminology.hl7.org/CodeSystem/v3-ActCode','code':'AMB'},"
                "'type':[{'coding':[{'system':'http://snomed.info/sct','code':'1'}],'text':'t'},"
                "{'coding':[{'code':'2'}]}],"
                "'serviceType':{'coding':[{'code':'3'}]},'subject':{'reference':'Patient/p1'},"
                "'period':{'start':'2020-01-01T10:00:00-05:00','end':'2020-01-03'},"
                "'contained':[{'resourceType':'Condition','id':'x','code':{'text':'inside'}}],"
                "'reasonCode':[{'coding':[{'code':'4'}]}],"
                "'reasonReference':[{'reference':'#x'},{'reference':'Condition/c1'},{'reference':'#none'}],"
                "'hospitalization':{'dischargeDisposition':{'coding':[{'code':'exp'}]}},"
                "'location':[{'location':{'display':'somewhere'}},{'location':{'reference':'Location/l1'}}],"
                "'serviceProvider':{'reference':'Organization/g1'}}",
                "Encounter/e1 of Patient/p1 id=p1\n"
                "  encounter id=e1 code=[sct|1][|2][|3]'t' value=[act|AMB] start=2020-01-01T10:00 end=2020-01-03"
                " self=Encounter/e1 encounter=Encounter/e1 reference=Location/l1 deceased\n"
                "  identifier self=Encounter/e1 encounter=Encounter/e1 reference=Encounter/?urn:visit|9\n"
                "  reason code=[|4] self=Encounter/e1 encounter=Encounter/e1\n"
                "  reason code='inside' self=Encounter/e1 encounter=Encounter/e1\n");
}

static void test_encounter_class_of_r5_and_provider(void **state)
{
    (void)state;
    dump_expect("{'resourceType':'Encounter','id':'e1','class':[{'coding':[{'code':'IMP'}]},"
                "{'coding':[{'code':'ACUTE'}]}],"
                "'subject':{'reference':'http://h/fhir/Patient/p1/_history/3'},"
                "'serviceProvider':{'reference':'Organization/g1'}}",
                "Encounter/e1 of Patient/p1 id=p1\n"
                "  encounter id=e1 value=[|IMP][|ACUTE] self=Encounter/e1 encounter=Encounter/e1"
                " reference=Organization/g1\n");
}

static void test_condition(void **state)
{
    (void)state;
    dump_expect("{'resourceType':'Condition','id':'c1','subject':{'reference':'Patient/p1'},"
                "'clinicalStatus':{'text':'x'},"
                "'verificationStatus':{'coding':[{'code':'provisional'}]},'encounter':{'reference':'Encounter/e1'},"
                "'code':{'coding':[{'system':'http://snomed.info/sct','code':'44054006','display':'Diabetes'}]},"
                "'onsetPeriod':{'start':'2001-05'},'abatementPeriod':{'start':'2002','end':'2003'},"
                "'recordedDate':'2001-06-07'}",
                "Condition/c1 of Patient/p1 id=p1\n"
                "  condition code=[sct|44054006|Diabetes] start=2001-05 end=2003"
                " known=2001-06-07 encounter=Encounter/e1\n");
    dump_expect("{'resourceType':'Condition','id':'c1','subject':{'reference':'Patient/p1'},'code':{'text':'Gout'},"
                "'onsetString':'long ago','extension':[{'url':'http://hl7.org/fhir/StructureDefinition/"
                "condition-assertedDate','valueDateTime':'2004-01-01'}]}",
                "Condition/c1 of Patient/p1 id=p1\n  condition code='Gout' known=2004-01-01\n");
    dump_expect("{'resourceType':'Condition','id':'c1','subject':{'reference':'Patient/p1'}}",
                "Condition/c1 of Patient/p1 id=p1\n");
}

static void test_observation(void **state)
{
    (void)state;
    dump_expect("{'resourceType':'Observation','id':'o1','status':'final','subject':{'reference':'Patient/p1'},"
                "'code':{'coding':[{'system':'http://loinc.org','code':'718-7'}]},'effectiveDateTime':'2020-01-01',"
                "'issued':'2020-01-02T00:00:00.000Z','interpretation':[{'coding':[{'code':'L'}]}],"
                "'valueQuantity':{'value':9.50,'comparator':'<=','unit':'grams','system':'http://unitsofmeasure.org',"
                "'code':'g/dL'}}",
                "Observation/o1 of Patient/p1 id=p1\n"
                "  observation code=[loinc|718-7] value=l9.5 unit=g/dL interpretation=[|L] start=2020-01-01"
                " known=2020-01-02T00:00\n");
}

static void test_observation_components(void **state)
{
    (void)state;
    dump_expect("{'resourceType':'Observation','id':'o1','subject':{'reference':'Patient/p1'},'code':{'text':'panel'},"
                "'effectivePeriod':{'start':'2020-01-01','end':'2020-01-05'},'encounter':{'reference':'Encounter/e1'},"
                "'component':[{'code':{'text':'a'},'valueQuantity':{'value':120,'unit':'mmHg'}},"
                "{'code':{'text':'b'},'dataAbsentReason':{'text':'error'}},"
                "{'code':{'text':'c'},'valueCodeableConcept':{'text':'yes'}},"
                "{'code':{'text':'d'},'valueString':'x'},{'code':{'text':'e'},'valueBoolean':false},"
                "{'code':{'text':'f'},'valueInteger':7},{'code':{'text':'g'},'valueDateTime':'2020-06'},"
                "{'code':{'text':'h'},'valuePeriod':{'start':'2021'}},"
                "{'code':{'text':'i'},'valueQuantity':{'unit':'mg'}},"
                "{'code':{'text':'j'},'valueQuantity':{'value':1,'unit':'mg','system':'urn:local','code':'77'}},"
                "{'code':{'text':'k'},'valueQuantity':{'value':123456789012345678901234567890,'code':'{}'}}]}",
                "Observation/o1 of Patient/p1 id=p1\n"
                "  observation code='a' value=120 unit=mmHg start=2020-01-01 end=2020-01-05 known=2020-01-05"
                " encounter=Encounter/e1\n"
                "  observation code='c' value='yes' start=2020-01-01 end=2020-01-05 known=2020-01-05"
                " encounter=Encounter/e1\n"
                "  observation code='d' value='x' start=2020-01-01 end=2020-01-05"
                " known=2020-01-05 encounter=Encounter/e1\n"
                "  observation code='e' value=false start=2020-01-01 end=2020-01-05 known=2020-01-05"
                " encounter=Encounter/e1\n"
                "  observation code='f' value=7 start=2020-01-01 end=2020-01-05"
                " known=2020-01-05 encounter=Encounter/e1\n"
                "  observation code='g' value=2020-06 start=2020-01-01 end=2020-01-05 known=2020-01-05"
                " encounter=Encounter/e1\n"
                "  observation code='h' value=2021 start=2020-01-01 end=2020-01-05 known=2020-01-05"
                " encounter=Encounter/e1\n"
                "  observation code='i' start=2020-01-01 end=2020-01-05 known=2020-01-05 encounter=Encounter/e1\n"
                "  observation code='j' value=1 unit=mg start=2020-01-01 end=2020-01-05 known=2020-01-05"
                " encounter=Encounter/e1\n"
                "  observation code='k' value=1.23457e+29 unit={} start=2020-01-01 end=2020-01-05 known=2020-01-05"
                " encounter=Encounter/e1\n");
}

static void test_absent_data_is_no_finding(void **state)
{
    (void)state;
    dump_expect("{'resourceType':'Observation','id':'o1','subject':{'reference':'Patient/p1'},'code':{'text':'a'},"
                "'dataAbsentReason':{'text':'not performed'}}",
                "Observation/o1 of Patient/p1 id=p1\n");
}

static void test_medication_request(void **state)
{
    (void)state;
    dump_expect("{'resourceType':'MedicationRequest','id':'r1','status':'stopped','intent':'order',"
                "'subject':{'reference':'Patient/p1'},'authoredOn':'2019-01-01','reportedBoolean':true,"
                "'medicationCodeableConcept':{'coding':[{'system':'http://www.nlm.nih.gov/research/umls/rxnorm',"
                "'code':'1'}]}}",
                "MedicationRequest/r1 of Patient/p1 id=p1\n"
                "  medication code=[rxnorm|1] start=2019-01-01 known=2019-01-01 historical\n");
    dump_expect("{'resourceType':'MedicationRequest','id':'r1','subject':{'reference':'Patient/p1'},"
                "'medicationReference':{'reference':'Medication/m1','display':'Aspirin'}}",
                "MedicationRequest/r1 of Patient/p1 id=p1\n"
                "  medication code='Aspirin' reference=Medication/m1\n");
}

static void test_contained_medication_with_cycles(void **state)
{
    (void)state;
    dump_expect("{'resourceType':'MedicationAdministration','id':'n1','subject':{'reference':'Patient/p1'},"
                "'context':{'reference':'Encounter/e1'},'effectivePeriod':{'start':'2020','end':'2021'},"
                "'contained':[{'resourceType':'Medication','id':'a','code':{'text':'mix'},'ingredient':["
                "{'itemCodeableConcept':{'text':'x'}},{'itemReference':{'reference':'#a'}},"
                "{'itemReference':{'reference':'#b'}},{'itemReference':{'reference':'Substance/u1'}}]},"
                "{'resourceType':'Medication','id':'b','ingredient':[{'itemReference':{'reference':'#a'}}]}],"
                "'medicationReference':{'reference':'#a'}}",
                "MedicationAdministration/n1 of Patient/p1 id=p1\n"
                "  medication code='mix' start=2020 end=2021 known=2021 encounter=Encounter/e1\n"
                "  medication code='x' start=2020 end=2021 known=2021 encounter=Encounter/e1\n"
                "  medication code='mix' start=2020 end=2021 known=2021 encounter=Encounter/e1\n"
                "  medication start=2020 end=2021 known=2021 encounter=Encounter/e1 reference=Substance/u1\n");
}

static void test_statement_and_dispense(void **state)
{
    (void)state;
    dump_expect("{'resourceType':'MedicationStatement','id':'s1','subject':{'reference':'Patient/p1'},"
                "'context':{'reference':'EpisodeOfCare/1'},'effectiveDateTime':'2018','dateAsserted':'2019',"
                "'medicationCodeableConcept':{'text':'x'}}",
                "MedicationStatement/s1 of Patient/p1 id=p1\n  medication code='x' start=2018 known=2019 historical\n");
    dump_expect("{'resourceType':'MedicationDispense','id':'d1','subject':{'reference':'Patient/p1'},"
                "'whenPrepared':'2018','whenHandedOver':'2019','medicationCodeableConcept':{'text':'x'}}",
                "MedicationDispense/d1 of Patient/p1 id=p1\n  medication code='x' start=2019 known=2019\n");
}

static void test_allergy(void **state)
{
    (void)state;
    dump_expect("{'resourceType':'AllergyIntolerance','id':'a1','patient':{'reference':'Patient/p1'},"
                "'code':{'text':'nuts'},'lastOccurrence':'2015','recordedDate':'2016',"
                "'reaction':[{'substance':{'text':'cashew'}},{'manifestation':[{'text':'hives'}]}]}",
                "AllergyIntolerance/a1 of Patient/p1 id=p1\n"
                "  allergy code='nuts' start=2015 known=2016\n"
                "  allergy code='cashew' start=2015 known=2016\n");
}

static void test_procedure_and_immunization(void **state)
{
    (void)state;
    dump_expect("{'resourceType':'Procedure','id':'x1','status':'completed','subject':{'reference':'Patient/p1'},"
                "'code':{'text':'x'},'performedPeriod':{'start':'2018','end':'2019'}}",
                "Procedure/x1 of Patient/p1 id=p1\n  procedure code='x' start=2018 end=2019 known=2019\n");
    dump_expect("{'resourceType':'Immunization','id':'i1','status':'completed','patient':{'reference':'Patient/p1'},"
                "'vaccineCode':{'text':'flu'},'occurrenceDateTime':'2018','primarySource':false}",
                "Immunization/i1 of Patient/p1 id=p1\n  immunization code='flu' start=2018 known=2018 historical\n");
}

static void test_shared_resources(void **state)
{
    (void)state;
    dump_expect("{'resourceType':'Medication','id':'m1','code':{'text':'mix'},"
                "'ingredient':[{'itemCodeableConcept':{'text':'x'}},{'itemReference':{'reference':'Substance/u1'}}]}",
                "Medication/m1 shared\n  substance code='mix'\n  substance code='x'\n"
                "  substance reference=Substance/u1\n");
    dump_expect("{'resourceType':'Substance','id':'u1','code':{'text':'x'}}",
                "Substance/u1 shared\n  substance code='x'\n");
    dump_expect("{'resourceType':'Location','id':'l1','identifier':[{'system':'urn:loc','value':'5'},{'value':'6'}],"
                "'type':[{'coding':[{'code':'ER'}]}],'physicalType':{'coding':[{'code':'ro'}]},"
                "'address':{'city':'Boston'},'managingOrganization':{'reference':'Organization/g1'}}",
                "Location/l1 shared\n  address code=[|ER][|ro] city=Boston reference=Organization/g1\n"
                "Location/?urn:loc|5 shared\n  address code=[|ER][|ro] city=Boston reference=Organization/g1\n");
    dump_expect("{'resourceType':'Organization','id':'g1','type':[{'text':'school'}],"
                "'address':[{'city':'Boston'},{'city':'Austin'}]}",
                "Organization/g1 shared\n  address code='school' city=Boston\n  address code='school' city=Austin\n");
    dump_expect("{'resourceType':'Organization','id':'g1','type':[{'text':'school'}]}",
                "Organization/g1 shared\n  address code='school'\n");
}

static void test_unused_types_are_counted(void **state)
{
    (void)state;
    const fhir_stats before = *dump_stats();
    dump_expect("{'resourceType':'Claim','patient':7}", "");
    dump_expect("{'resourceType':'FamilyMemberHistory','patient':{'reference':'Patient/p1'}}", "");
    dump_expect("{'resourceType':'Hologram'}", "");
    const fhir_stats *after = dump_stats();
    assert_int_equal(after->types[FHIR_Claim].unused, before.types[FHIR_Claim].unused + 1);
    assert_int_equal(after->types[FHIR_FamilyMemberHistory].unused, before.types[FHIR_FamilyMemberHistory].unused + 1);
    assert_int_equal(after->types[FHIR_OTHER].read, before.types[FHIR_OTHER].read + 1);
    assert_string_equal(fhir_resource_type_name(FHIR_OTHER), "other");
    assert_int_equal(fhir_resource_type_of(BASE_SPAN("Patient")), FHIR_Patient);
    assert_int_equal(fhir_resource_type_of(BASE_SPAN("VisionPrescription")), FHIR_VisionPrescription);
    assert_int_equal(fhir_resource_type_of(BASE_SPAN("patient")), FHIR_RESOURCE_TYPE_COUNT);
    assert_int_equal(fhir_resource_type_of(BASE_SPAN("")), FHIR_RESOURCE_TYPE_COUNT);
}

/* A head without events, and counted as such. */
static void expect_negated(const char *type, const char *subject, const char *element)
{
    char text[1024], line[128];
    (void)snprintf(text, sizeof(text),
                   "{'resourceType':'%s','id':'z','%s':{'reference':'Patient/p1'},'code':{'text':'x'},"
                   "'medicationCodeableConcept':{'text':'x'},'vaccineCode':{'text':'x'},"
                   "'effectiveDateTime':'never',%s}",
                   type, subject, element);
    (void)snprintf(line, sizeof(line), "? of Patient/p1 id=p1\n");
    const uint64_t before = dump_stats()->types[fhir_resource_type_of(base_span_of(type))].negated;
    dump_expect(text, line);
    assert_int_equal(dump_stats()->types[fhir_resource_type_of(base_span_of(type))].negated, before + 1);
}

static void test_what_is_no_statement_about_the_patient(void **state)
{
    (void)state;
    static const struct {
        const char *type, *subject, *element;
    } rows[] = {
        {"Condition", "subject", "'verificationStatus':{'coding':[{'code':'refuted'}]}"},
        {"Condition", "subject", "'verificationStatus':{'coding':[{'code':'confirmed'},{'code':'entered-in-error'}]}"},
        {"Condition", "subject", "'verificationStatus':{'text':'Entered in Error'}"},
        {"Condition", "subject", "'verificationStatus':{'coding':[{'code':'differential'}]}"},
        {"Condition", "subject", "'modifierExtension':[{'url':'urn:not'}]"},
        {"AllergyIntolerance", "patient", "'verificationStatus':{'coding':[{'code':'refuted'}]}"},
        {"Encounter", "subject", "'status':'planned'"},
        {"Encounter", "subject", "'status':'cancelled'"},
        {"Observation", "subject", "'status':'registered'"},
        {"Observation", "subject", "'status':'cancelled'"},
        {"Observation", "subject", "'status':'entered-in-error'"},
        {"Observation", "subject", "'focus':[{'reference':'Patient/p2'}]"},
        {"MedicationRequest", "subject", "'status':'draft'"},
        {"MedicationRequest", "subject", "'status':'cancelled'"},
        {"MedicationRequest", "subject", "'intent':'proposal'"},
        {"MedicationRequest", "subject", "'intent':'plan'"},
        {"MedicationRequest", "subject", "'intent':'option'"},
        {"MedicationRequest", "subject", "'doNotPerform':true"},
        {"MedicationStatement", "subject", "'status':'not-taken'"},
        {"MedicationStatement", "subject", "'status':'intended'"},
        {"MedicationAdministration", "subject", "'status':'not-done'"},
        {"MedicationDispense", "subject", "'status':'declined'"},
        {"Procedure", "subject", "'status':'not-done'"},
        {"Procedure", "subject", "'status':'preparation'"},
        {"Immunization", "patient", "'status':'not-done'"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        expect_negated(rows[i].type, rows[i].subject, rows[i].element);
}

static void test_what_counts_although_it_is_over(void **state)
{
    (void)state;
    static const char *const statuses[] = {"active", "on-hold", "completed", "stopped", "unknown"};
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        char text[512];
        (void)snprintf(text, sizeof(text),
                       "{'resourceType':'MedicationRequest','id':'r1','status':'%s','doNotPerform':false,"
                       "'subject':{'reference':'Patient/p1'},'medicationCodeableConcept':{'text':'x'}}",
                       statuses[i]);
        dump_expect(text, "MedicationRequest/r1 of Patient/p1 id=p1\n  medication code='x'\n");
    }
}

static void test_null_is_absent(void **state)
{
    (void)state;
    dump_expect("{'resourceType':'Patient','id':'p1','gender':null,'birthDate':null,'address':null,'identifier':[]}",
                "Patient/p1 of Patient/p1 id=p1\n  patient\n");
}

static void test_instants(void **state)
{
    (void)state;
    static const struct {
        const char *text, *line;
    } rows[] = {
        {"1970-01-01T00:00:00Z", "updated=0"},
        {"1970-01-01T00:00:00.1234567Z", "updated=123456"},
        {"1970-01-01T00:00:01.5-00:30", "updated=1801500000"},
        {"1970-01-02", "updated=86400000000"},
        {"1969-12-31T23:59:59Z", "updated=-1000000"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[256], line[256];
        (void)snprintf(text, sizeof(text), "{'resourceType':'Substance','id':'u1','meta':{'lastUpdated':'%s'}}",
                       rows[i].text);
        (void)snprintf(line, sizeof(line), "Substance/u1 shared %s\n", rows[i].line);
        dump_expect(text, line);
    }
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
        cmocka_unit_test(test_patient),
        cmocka_unit_test(test_patient_sex_at_birth_stands_in),
        cmocka_unit_test(test_the_only_address_may_be_for_bills),
        cmocka_unit_test(test_encounter),
        cmocka_unit_test(test_encounter_class_of_r5_and_provider),
        cmocka_unit_test(test_condition),
        cmocka_unit_test(test_observation),
        cmocka_unit_test(test_observation_components),
        cmocka_unit_test(test_absent_data_is_no_finding),
        cmocka_unit_test(test_medication_request),
        cmocka_unit_test(test_contained_medication_with_cycles),
        cmocka_unit_test(test_statement_and_dispense),
        cmocka_unit_test(test_allergy),
        cmocka_unit_test(test_procedure_and_immunization),
        cmocka_unit_test(test_shared_resources),
        cmocka_unit_test(test_unused_types_are_counted),
        cmocka_unit_test(test_what_is_no_statement_about_the_patient),
        cmocka_unit_test(test_what_counts_although_it_is_over),
        cmocka_unit_test(test_null_is_absent),
        cmocka_unit_test(test_instants),
    };
    return cmocka_run_group_tests_name("fhir/resource", tests, set_up, tear_down);
}

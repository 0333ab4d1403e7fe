/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/schema.h"

#include "base/test.h"

#include <stdio.h>

static fhir_type type_of(const char *name)
{
    const fhir_type type = fhir_schema_type(name, strlen(name));
    assert_int_not_equal(type, FHIR_TYPE_NONE);
    assert_string_equal(fhir_schema_type_name(type), name);
    return type;
}

static const fhir_element *find(const char *type, const char *name)
{
    return fhir_schema_find(type_of(type), name, strlen(name));
}

static void check_member(const char *type, const char *name, const char *value, int min, int many)
{
    const fhir_element *element = find(type, name);
    assert_non_null(element);
    assert_string_equal(fhir_element_name(element), name);
    assert_string_equal(fhir_schema_type_name(element->type), value);
    assert_int_equal(element->min, min);
    assert_int_equal(element->many, many);
}

static void test_members_are_as_the_specification_says(void **state)
{
    (void)state;
    check_member("Patient", "id", "id", 0, 0);
    check_member("Patient", "contact", "Patient.contact", 0, 1);
    check_member("Patient.contact", "name", "HumanName", 0, 0);
    check_member("Patient.link", "other", "Reference", 1, 0);
    check_member("Observation", "valueQuantity", "Quantity", 0, 0);
    check_member("Observation", "status", "code", 1, 0);
    check_member("Observation", "contained", "Resource", 0, 1);
    check_member("Observation.component", "referenceRange", "Observation.referenceRange", 0, 1);
    check_member("Bundle.entry", "resource", "Resource", 0, 0);
    check_member("Bundle", "id", "id", 0, 0);
    check_member("HumanName", "given", "string", 0, 1);
    check_member("HumanName", "id", "string", 0, 0);
    check_member("Extension", "url", "uri", 1, 0);
    check_member("date", "extension", "Extension", 0, 1);
    check_member("Condition", "onsetAge", "Age", 0, 0);
    check_member("Age", "value", "decimal", 0, 0);
    check_member("Timing.repeat", "boundsDuration", "Duration", 0, 0);
    check_member("Narrative", "div", "xhtml", 1, 0);
    assert_null(find("Patient", "resourceType"));
    assert_null(find("Patient", "value[x]"));
    assert_null(find("Patient", ""));
    assert_null(find("Patient", "_birthDate"));
    assert_null(find("Patient", "animal")); /* STU3 */
    assert_null(find("Bundle", "text"));
    assert_null(find("xhtml", "extension"));
    assert_null(fhir_schema_find(FHIR_TYPE_NONE, "id", 2));
    assert_null(fhir_schema_find((fhir_type)fhir_schema_types(), "id", 2));
}

static void test_types(void **state)
{
    (void)state;
    assert_int_equal(fhir_schema_kind(type_of("Patient")), FHIR_KIND_RESOURCE);
    assert_int_equal(fhir_schema_kind(type_of("Patient.contact")), FHIR_KIND_BACKBONE);
    assert_int_equal(fhir_schema_kind(type_of("HumanName")), FHIR_KIND_COMPLEX);
    assert_int_equal(fhir_schema_kind(type_of("date")), FHIR_KIND_PRIMITIVE);
    assert_int_equal(fhir_schema_kind(FHIR_TYPE_NONE), 0);
    assert_true(fhir_schema_abstract(type_of("Resource")));
    assert_true(fhir_schema_abstract(type_of("DomainResource")));
    assert_false(fhir_schema_abstract(type_of("Bundle")));
    assert_true(fhir_schema_is(type_of("Age"), type_of("Quantity")));
    assert_true(fhir_schema_is(type_of("Patient"), type_of("Resource")));
    assert_false(fhir_schema_is(type_of("Bundle"), type_of("DomainResource")));
    assert_true(fhir_schema_is(type_of("Patient.contact"), type_of("BackboneElement")));
    assert_int_equal(fhir_schema_base(type_of("Timing.repeat")), type_of("Element"));
    assert_int_equal(fhir_schema_type("patient", 7), FHIR_TYPE_NONE);
    assert_int_equal(fhir_schema_type("", 0), FHIR_TYPE_NONE);
    assert_int_equal(fhir_schema_type("Patient.contact.name", 20), FHIR_TYPE_NONE);
    assert_string_equal(fhir_schema_type_name(FHIR_TYPE_NONE), "");
    size_t resources = 0, primitives = 0;
    for (fhir_type t = 1; t < fhir_schema_types(); t++) {
        resources += fhir_schema_kind(t) == FHIR_KIND_RESOURCE && !fhir_schema_abstract(t);
        primitives += fhir_schema_kind(t) == FHIR_KIND_PRIMITIVE;
        assert_int_equal(type_of(fhir_schema_type_name(t)), t);
        assert_true(t == 1 || strcmp(fhir_schema_type_name((fhir_type)(t - 1)), fhir_schema_type_name(t)) < 0);
    }
    assert_int_equal(resources, 146); /* resourcelist.html of R4 counts 148 with the two that are abstract */
    assert_int_equal(primitives, 20);
}

/* Whatever the hash does, a search from the first to the last member finds the same. */
static void test_find_agrees_with_a_plain_search(void **state)
{
    (void)state;
    size_t seen = 0;
    for (fhir_type type = 1; type < fhir_schema_types(); type++) {
        size_t count;
        const fhir_element *members = fhir_schema_members(type, &count);
        for (size_t i = 0; i < count; i++, seen++) {
            const fhir_element *element = &members[i];
            const char *name = fhir_element_name(element);
            assert_int_equal(strlen(name), element->name_length);
            assert_ptr_equal(fhir_schema_find(type, name, element->name_length), element);
            assert_ptr_equal(fhir_schema_element(element->index), element);
            assert_int_equal(element->owner, type);
            const base_span stem = fhir_element_stem(element);
            assert_int_equal(element->choice != 0, stem.size < element->name_length);
            char longer[256];
            snprintf(longer, sizeof(longer), "%sQ", name);
            assert_null(fhir_schema_find(type, longer, strlen(longer)));
        }
    }
    assert_int_equal(seen, fhir_schema_elements());
    assert_null(fhir_schema_element(seen));
}

static void test_choices_have_one_number(void **state)
{
    (void)state;
    const fhir_element *a = find("MedicationRequest", "medicationCodeableConcept");
    const fhir_element *b = find("MedicationRequest", "medicationReference");
    const fhir_element *c = find("MedicationRequest", "reportedBoolean");
    assert_int_equal(a->choice, b->choice);
    assert_int_not_equal(a->choice, c->choice);
    assert_int_equal(a->min, 1);
    assert_int_equal(fhir_element_stem(a).size, strlen("medication"));
    assert_int_equal(find("MedicationRequest", "status")->choice, 0);
}

static void test_targets_and_bindings(void **state)
{
    (void)state;
    size_t count;
    const fhir_type *targets = fhir_schema_targets(find("Encounter", "subject"), &count);
    assert_int_equal(count, 2);
    assert_int_equal(targets[0], type_of("Group"));
    assert_int_equal(targets[1], type_of("Patient"));
    assert_null(fhir_schema_targets(find("Observation", "focus"), &count));
    assert_int_equal(count, 0);
    const fhir_bound gender = fhir_schema_bound(find("Patient", "gender"));
    assert_int_equal(gender.strength, FHIR_BOUND_REQUIRED);
    assert_string_equal(gender.value_set, "http://hl7.org/fhir/ValueSet/administrative-gender");
    const fhir_bound language = fhir_schema_bound(find("Patient", "language"));
    assert_int_equal(language.strength, FHIR_BOUND_PREFERRED);
    assert_string_equal(language.most, "http://hl7.org/fhir/ValueSet/all-languages");
    assert_int_equal(fhir_schema_bound(find("Patient", "name")).strength, FHIR_BOUND_NOT);
}

static void test_flags(void **state)
{
    (void)state;
    assert_true(find("Patient", "deceasedBoolean")->flags & FHIR_ELEMENT_MODIFIER);
    assert_true(find("Patient", "name")->flags & FHIR_ELEMENT_SUMMARY);
    assert_true(find("Extension", "url")->flags & FHIR_ELEMENT_ATTRIBUTE);
    assert_true(find("Patient", "meta")->flags & FHIR_ELEMENT_INHERITED);
    assert_false(find("Patient", "name")->flags & FHIR_ELEMENT_INHERITED);
    assert_true(find("Range", "low")->flags & FHIR_ELEMENT_SIMPLE_QUANTITY);
    assert_true(find("Questionnaire.item", "item")->flags & FHIR_ELEMENT_REFERENCED);
    assert_false(find("Questionnaire", "item")->flags & FHIR_ELEMENT_REFERENCED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members_are_as_the_specification_says),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_find_agrees_with_a_plain_search),
        cmocka_unit_test(test_choices_have_one_number),
        cmocka_unit_test(test_targets_and_bindings),
        cmocka_unit_test(test_flags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/test_deid.h"

#include <stdio.h>

/*
 * A resource of every type with a mark in every place that can hold text: strings, codes, URIs, ids, base64, narrative,
 * keys that FHIR does not know, `_name` siblings, listed and unlisted extensions, contained resources. No mark may come
 * out, in no profile that removes names. And what FHIR requires is there afterwards. The opposite, that enough stays,
 * is measured by tests/interop/deid_utility.py.
 */
#define DEPTH_MAX 4

/* Each of a kind that some rule could take for harmless: a word, a number, a name, a mail address. */
static const char *const MARKS[] = {"MARKq7731z", "7731984265", "Zebulonquist", "zq@mark7731.example",
                                    "zq-7731-98-4265"};
static const char DATE[] = "1987-06-05";

typedef struct maker {
    base_buf *out;
    const char *mark;
    bool systems; /* known systems: then codes and displays carry the mark */
    unsigned depth;
    fhir_type path[DEPTH_MAX + 2];
} maker;

static bool named(fhir_type type, const char *name)
{
    return strcmp(fhir_schema_type_name(type), name) == 0;
}

static void put(maker *m, const char *text)
{
    base_buf_text(m->out, text);
}

static void put_mark(maker *m, const char *before, const char *after)
{
    base_buf_format(m->out, "\"%s%s%s\"", before, m->mark, after);
}

static void make_primitive(maker *m, const fhir_element *element)
{
    const char *type = fhir_schema_type_name(element->type), *name = fhir_element_name(element);
    const char *owner = fhir_schema_type_name(element->owner);
    if (m->systems && strcmp(name, "system") == 0 && strcmp(type, "uri") == 0)
        put(m, strcmp(owner, "Coding") == 0 ? "\"http://snomed.info/sct\"" : "\"http://unitsofmeasure.org\"");
    else if (strcmp(type, "boolean") == 0)
        put(m, "true");
    else if (strcmp(type, "integer") == 0 || strcmp(type, "positiveInt") == 0 || strcmp(type, "unsignedInt") == 0)
        put(m, "3");
    else if (strcmp(type, "decimal") == 0)
        put(m, "1.50");
    else if (strcmp(type, "date") == 0 || strcmp(type, "dateTime") == 0)
        base_buf_format(m->out, "\"%s\"", DATE);
    else if (strcmp(type, "instant") == 0)
        base_buf_format(m->out, "\"%sT10:20:30Z\"", DATE);
    else if (strcmp(type, "uri") == 0 || strcmp(type, "url") == 0 || strcmp(type, "canonical") == 0)
        put_mark(m, m->systems ? "http://hl7.org/fhir/" : "http://host.example/", "/x|1");
    else if (strcmp(type, "oid") == 0)
        put_mark(m, "urn:oid:1.2.", "");
    else if (strcmp(name, "reference") == 0)
        put_mark(m, m->systems ? "Patient/" : "http://host.example/fhir/Observation?name=", "");
    else
        put_mark(m, strcmp(type, "string") == 0 && m->systems ? "Glucose " : "", "");
}

static void make_object(maker *m, fhir_type type);

static bool is_open(const maker *m, fhir_type type)
{
    for (unsigned i = 0; i < m->depth; i++)
        if (m->path[i] == type)
            return true;
    return m->depth > DEPTH_MAX;
}

static void make_extension(maker *m)
{
    static const char *const urls[] = {"http://hl7.org/fhir/us/core/StructureDefinition/us-core-race",
                                       "http://hl7.org/fhir/StructureDefinition/condition-assertedDate",
                                       "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex"};
    base_buf_format(m->out, "{\"url\":\"http://host.example/%s\",\"valueString\":\"%s\",\"id\":\"%s\"}", m->mark,
                    m->mark, m->mark);
    for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++)
        base_buf_format(
            m->out,
            ",{\"url\":\"%s\",\"id\":\"%s\",\"valueString\":\"%s\",\"valueCode\":\"%s\",\"valueDateTime\":\"%s\","
            "\"extension\":[{\"url\":\"text\",\"valueString\":\"%s\"},{\"url\":\"%s\",\"valueCode\":\"x\"}]}",
            urls[i], m->mark, m->mark, m->mark, m->mark, m->mark, m->mark);
}

static void make_value(maker *m, const fhir_element *element)
{
    if (fhir_schema_kind(element->type) == FHIR_KIND_PRIMITIVE)
        make_primitive(m, element);
    else if (named(element->type, "Extension"))
        make_extension(m);
    else if (named(element->type, "Resource"))
        base_buf_format(m->out,
                        "{\"resourceType\":\"Patient\",\"id\":\"%s\",\"name\":[{\"family\":\"%s\"}],\"x%s\":\"%s\"}",
                        m->mark, m->mark, m->mark, m->mark);
    else
        make_object(m, element->type);
}

static void make_sibling(maker *m, const fhir_element *element)
{
    base_buf_format(m->out, ",\"_%s\":%s{\"id\":\"%s\",\"extension\":[", fhir_element_name(element),
                    element->many ? "[" : "", m->mark);
    make_extension(m);
    put(m, element->many ? "]}]" : "]}");
}

static void make_object(maker *m, fhir_type type)
{
    size_t count;
    const fhir_element *members = fhir_schema_members(type, &count);
    m->path[m->depth++] = type;
    base_buf_format(m->out, "{\"unknown%s\":\"%s\"", m->mark, m->mark);
    if (fhir_schema_kind(type) == FHIR_KIND_RESOURCE)
        base_buf_format(m->out, ",\"resourceType\":\"%s\"", fhir_schema_type_name(type));
    for (size_t i = 0; i < count; i++) {
        const fhir_element *element = &members[i];
        const bool primitive = fhir_schema_kind(element->type) == FHIR_KIND_PRIMITIVE;
        const bool open = is_open(m, element->type);
        if (!primitive && open && !named(element->type, "Extension") && element->min == 0)
            continue;
        if (!primitive && open && named(element->type, "Extension") && m->depth > DEPTH_MAX)
            continue;
        base_buf_format(m->out, ",\"%s\":%s", fhir_element_name(element), element->many ? "[" : "");
        if (!primitive && open && !named(element->type, "Extension"))
            base_buf_format(m->out, "{\"id\":\"%s\"}", m->mark);
        else
            make_value(m, element);
        put(m, element->many ? "]" : "");
        if (primitive && (element->flags & FHIR_ELEMENT_ATTRIBUTE) == 0)
            make_sibling(m, element);
    }
    put(m, "}");
    m->depth--;
}

static bool contains(base_span text, const char *mark)
{
    const size_t size = strlen(mark);
    for (size_t i = 0; i + size <= text.size; i++) {
        size_t j = 0;
        while (j < size && (text.data[i + j] | 0x20) == (mark[j] | 0x20))
            j++;
        if (j == size)
            return true;
    }
    return false;
}

/* Required members of what stands in the output: there, or masked. */
static unsigned missing_in(json_value object, fhir_type type);

static bool is_masked(json_value object)
{
    return json_count(object) == 1 && json_is(json_get(object, "extension"), JSON_ARRAY);
}

static unsigned missing_in_value(json_value value, const fhir_element *element)
{
    unsigned missing = 0;
    if (json_is(value, JSON_ARRAY)) {
        json_iterator items = json_iterate(value);
        for (json_value item; json_next(&items, NULL, &item);)
            missing += missing_in_value(item, element);
        return missing;
    }
    if (!json_is(value, JSON_OBJECT))
        return 0;
    assert_true(json_count(value) != 0); /* nothing empty */
    fhir_type type = element->type;
    if (fhir_schema_abstract(type)) {
        const base_span name = json_string(json_get(value, "resourceType"));
        type = fhir_schema_type(name.data, name.size);
    }
    return is_masked(value) ? 0 : missing_in(value, type);
}

static bool has_choice(json_value object, const fhir_element *members, size_t count, uint8_t choice)
{
    for (size_t i = 0; i < count; i++) {
        char name[80];
        (void)snprintf(name, sizeof(name), "_%s", fhir_element_name(&members[i]));
        if (members[i].choice == choice &&
            (json_present(json_get(object, name)) || json_present(json_get(object, name + 1))))
            return true;
    }
    return false;
}

static unsigned missing_in(json_value object, fhir_type type)
{
    size_t count;
    unsigned missing = 0;
    const fhir_element *members = fhir_schema_members(type, &count);
    for (size_t i = 0; i < count; i++) {
        const fhir_element *element = &members[i];
        char name[80];
        (void)snprintf(name, sizeof(name), "_%s", fhir_element_name(element));
        const json_value value = json_get(object, name + 1);
        const bool there = json_present(value) || json_present(json_get(object, name)) ||
                           (element->choice != 0 && has_choice(object, members, count, element->choice));
        if (element->min != 0 && !there) {
            print_error("%s lacks %s\n", fhir_schema_type_name(type), fhir_element_name(element));
            missing++;
        }
        if (json_present(value))
            missing += missing_in_value(value, element);
    }
    return missing;
}

static void check_type(test_deid *test, fhir_type type, const char *mark, bool systems)
{
    maker m = {.out = &test->in, .mark = mark, .systems = systems};
    base_buf_reset(&test->in);
    make_object(&m, type);
    assert_true(contains(base_buf_view(&test->in), mark));
    (void)test_deid_run(test, NULL);
    test->out.size--; /* the NUL */
    const base_span out = base_buf_view(&test->out);
    const bool leaks = contains(out, mark), dated = contains(out, DATE);
    if (leaks || dated) {
        const char *at = out.data;
        for (; (size_t)(at - out.data) < out.size; at++)
            if (contains((base_span){at, strlen(leaks ? mark : DATE)}, leaks ? mark : DATE))
                break;
        const char *from = at - out.data > 200 ? at - 200 : out.data;
        print_error("%s: %.*s\n", fhir_schema_type_name(type), 300, from);
    }
    assert_false(leaks);
    assert_false(dated);
    json_value root;
    assert_int_equal(base_buf_reserve(&test->out, JSON_PADDING), 0);
    assert_int_equal(json_parse(test->parser, base_buf_view(&test->out), &root, NULL), 0);
    assert_int_equal(missing_in(root, type), 0);
}

static void check_all(fhir_profile profile, size_t marks)
{
    test_deid test;
    size_t bytes = 0;
    test_deid_init(&test, profile, true);
    for (size_t type = 1; type < fhir_schema_types(); type++) {
        if (fhir_schema_kind((fhir_type)type) != FHIR_KIND_RESOURCE || fhir_schema_abstract((fhir_type)type))
            continue;
        for (size_t i = 0; i < marks; i++)
            for (int systems = 0; systems < 2; systems++) {
                check_type(&test, (fhir_type)type, MARKS[i], systems != 0);
                bytes += test.in.size;
            }
    }
    print_message("%s: %zu MB of marked resources\n", fhir_profile_of(profile)->name, bytes >> 20);
    test_deid_done(&test);
}

static void test_ml(void **state)
{
    (void)state;
    check_all(FHIR_EXPERT_ML, sizeof(MARKS) / sizeof(*MARKS));
}

static void test_safe_harbor(void **state)
{
    (void)state;
    check_all(FHIR_SAFE_HARBOR, 1);
}

static void test_gdpr(void **state)
{
    (void)state;
    check_all(FHIR_GDPR, 1);
}

/* What is left is found: a limited dataset keeps cities, and a city may be called like a person. */
static void test_search(void **state)
{
    (void)state;
    test_deid test;
    maker m = {.out = &test.in, .mark = MARKS[2]};
    test_deid_init(&test, FHIR_LIMITED_DATASET, false);
    make_object(&m, fhir_schema_type("Patient", 7));
    assert_true(contains(base_span_of(test_deid_run(&test, NULL)), MARKS[2]));
    test_deid_done(&test);
    assert_true(contains(BASE_SPAN("xx markQ7731Z"), MARKS[0]));
    assert_false(contains(BASE_SPAN("xx markQ7731"), MARKS[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search),
        cmocka_unit_test(test_ml),
        cmocka_unit_test(test_safe_harbor),
        cmocka_unit_test(test_gdpr),
    };
    return cmocka_run_group_tests_name("fhir/deid_marks", tests, NULL, NULL);
}

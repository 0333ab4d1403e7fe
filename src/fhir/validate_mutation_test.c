/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/schema_table.h"
#include "fhir/test_smallest.h"
#include "fhir/validate.h"

#include "base/buf.h"
#include "base/test.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * Every element of R4, put into the smallest resource that can hold it, and then spoilt in each way that a rule speaks
 * of. The whole must be without issues of structure; each spoilt one must have the issue of its rule at its place.
 * Issues that are invariants are not looked at here: the smallest resources break some.
 */
#define DOCUMENT_MAX SMALLEST_BYTES_MAX

typedef struct seen {
    const char *rule, *path; /* looked for */
    bool found;
    size_t others; /* issues that are no invariants */
    char first[FHIR_ISSUE_PATH_MAX + 64];
} seen;

static json_parser *parser;
static fhir_validator *validator;
static size_t mutations;

static int take_issue(void *context, const fhir_issue *issue)
{
    seen *s = context;
    if (s->rule != NULL && strcmp(issue->rule, s->rule) == 0 && strcmp(issue->path, s->path) == 0)
        s->found = true;
    if (strcmp(issue->code, "invariant") != 0 && s->others++ == 0)
        (void)snprintf(s->first, sizeof(s->first), "%s at %s", issue->rule, issue->path);
    return 0;
}

static void validate(const base_buf *document, seen *s)
{
    json_value root;
    uint64_t errors, resources;
    base_buf padded;
    base_buf_init(&padded, 2 * DOCUMENT_MAX);
    base_buf_span(&padded, base_buf_view(document));
    for (int i = 0; i < JSON_PADDING; i++)
        base_buf_byte(&padded, ' ');
    assert_int_equal(base_buf_check(&padded, NULL), 0);
    assert_int_equal(json_parse(parser, (base_span){padded.data, document->size}, &root, NULL), 0);
    assert_int_equal(fhir_validate(validator, root, take_issue, s, &errors, &resources, NULL), 0);
    base_buf_done(&padded);
}

/* What does not fit, though it is of the right type of JSON; NULL where everything fits. */
static const char *bad_sample(const char *type)
{
    static const char *const samples[][2] = {
        {"base64Binary", "\"AAA\""},
        {"canonical", "\"a b\""},
        {"code", "\" a\""},
        {"date", "\"2021-02-29\""},
        {"dateTime", "\"2020-02-29T10:00Z\""},
        {"id", "\"a_1\""},
        {"instant", "\"2020-02-29T10:00:00\""},
        {"integer", "2147483648"},
        {"markdown", "\"\\f\""},
        {"oid", "\"urn:oid:1.02\""},
        {"positiveInt", "0"},
        {"string", "\"\\u000b\""},
        {"time", "\"24:00:00\""},
        {"unsignedInt", "-1"},
        {"uri", "\"a\\tb\""},
        {"url", "\" \""},
        {"uuid", "\"urn:uuid:0\""},
    };
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
        if (strcmp(samples[i][0], type) == 0)
            return samples[i][1];
    return NULL;
}

static void make(base_buf *out, char *path, size_t size, const fhir_element *element, const char *members)
{
    uint8_t given[SMALLEST_MEMBERS_MAX] = {0};
    base_buf_reset(out);
    smallest_give(element, given);
    smallest_put_document(out, path, size, element->owner, given, members);
    base_buf_byte(out, '\0');
    assert_int_equal(base_buf_check(out, NULL), 0);
    out->size--;
}

/* What a spoilt element is expected to be. */
static void spoilt(const fhir_element *element, const char *rule, bool at_owner, bool listed, const char *members)
{
    char path[FHIR_ISSUE_PATH_MAX] = "";
    base_buf document;
    base_buf_init(&document, DOCUMENT_MAX);
    make(&document, path, sizeof(path), element, members);
    if (!at_owner)
        smallest_put_path(path, sizeof(path), element, listed);
    seen s = {.rule = rule, .path = path};
    validate(&document, &s);
    mutations++;
    if (!s.found)
        fail_msg("%s is not found at %s; first: %s\n%s", rule, path, s.first, document.data);
    base_buf_done(&document);
}

static void spoil_as(const fhir_element *element, const char *rule, const char *value)
{
    char members[8192];
    (void)snprintf(members, sizeof(members), element->many ? "\"%s\": [%s], " : "\"%s\": %s, ",
                   fhir_element_name(element), value);
    spoilt(element, rule, false, true, members);
}

/* -- the tests ------------------------------------------------------------------------------------------------------
 */

static bool is_bound(const fhir_element *element)
{
    return fhir_bound_rows[element->bound].codes != 0;
}

static char *value_of(const fhir_element *element)
{
    base_buf value;
    base_buf_init(&value, DOCUMENT_MAX);
    smallest_put_value(&value, element, 0);
    base_buf_byte(&value, '\0');
    assert_int_equal(base_buf_check(&value, NULL), 0);
    return value.data; /* freed by who asked */
}

static void test_every_element_is_accepted(void **state)
{
    (void)state;
    size_t accepted = 0;
    for (size_t i = 0; i < fhir_schema_elements(); i++) {
        const fhir_element *element = fhir_schema_element(i);
        char path[FHIR_ISSUE_PATH_MAX], members[8192];
        base_buf document;
        if (!smallest_reaches(element->owner))
            continue;
        char *value = value_of(element);
        base_buf_init(&document, DOCUMENT_MAX);
        (void)snprintf(members, sizeof(members), element->many ? "\"%s\": [%s], " : "\"%s\": %s, ",
                       fhir_element_name(element), value);
        make(&document, path, sizeof(path), element, members);
        seen s = {0};
        validate(&document, &s);
        if (s.others != 0)
            fail_msg("%s\n%s", s.first, document.data);
        accepted++;
        base_buf_done(&document);
        free(value);
    }
    assert_true(accepted > 8000);
}

/* Of a choice, its first member stands for what is missing. */
static bool is_first(const fhir_element *element)
{
    const fhir_element *before = element->index != 0 ? fhir_schema_element(element->index - 1u) : NULL;
    return element->choice == 0 || before == NULL || before->owner != element->owner ||
           before->choice != element->choice;
}

static void spoil_shape(const fhir_element *element, const char *value)
{
    char members[8192];
    const char *name = fhir_element_name(element);
    const bool text = value[0] == '"';
    spoil_as(element, "json-type", text ? "12" : "\"12\"");
    spoil_as(element, "null", "null");
    if (text)
        spoil_as(element, "empty", "\"\"");
    (void)snprintf(members, sizeof(members), element->many ? "\"%s\": %s, " : "\"%s\": [%s], ", name, value);
    spoilt(element, "json-type", false, false, members);
    if (element->many) {
        (void)snprintf(members, sizeof(members), "\"%s\": [], ", name);
        spoilt(element, "empty", false, false, members);
    }
    (void)snprintf(members, sizeof(members), "\"%s\": %s%s%s, \"%s\": 1, ", name, element->many ? "[" : "", value,
                   element->many ? "]" : "", name);
    spoilt(element, "duplicate-element", false, false, members);
    (void)snprintf(members, sizeof(members), "\"%sQ\": %s, ", name, value);
    spoilt(element, "unknown-element", true, false, members);
    if (element->min != 0 && is_first(element))
        spoilt(element, "cardinality-min", false, false, "");
}

static void spoil_sibling(const fhir_element *element)
{
    char members[1024];
    const bool primitive = fhir_schema_kind(element->type) == FHIR_KIND_PRIMITIVE;
    const bool none = !primitive || (element->flags & FHIR_ELEMENT_ATTRIBUTE) != 0;
    (void)snprintf(members, sizeof(members),
                   element->many ? "\"_%s\": [{\"id\": \"x\"}], " : "\"_%s\": {\"id\": \"x\"}, ",
                   fhir_element_name(element));
    spoilt(element, none ? "sibling" : "ele-1", false, !none, members);
}

static void spoil_value(const fhir_element *element)
{
    const char *type = fhir_schema_type_name(element->type);
    size_t count;
    if (bad_sample(type) != NULL)
        spoil_as(element, "primitive", bad_sample(type));
    if (is_bound(element) && fhir_schema_kind(element->type) == FHIR_KIND_PRIMITIVE)
        spoil_as(element, "binding", "\"no-such-code\"");
    else if (is_bound(element))
        spoil_as(element, "binding",
                 strcmp(type, "Coding") == 0 ? "{\"code\": \"no-such-code\"}" : "{\"text\": \"x\"}");
    if (strcmp(type, "xhtml") == 0)
        spoil_as(element, "xhtml", "\"<div>t</div>\"");
    if (strcmp(type, "Reference") == 0 && fhir_schema_targets(element, &count) != NULL)
        spoil_as(element, "reference-target", "{\"reference\": \"http://e/fhir/TestReport/1\"}");
}

static void spoil_choice(const fhir_element *element, const char *value)
{
    size_t count;
    char members[16384];
    const fhir_element *list = fhir_schema_members(element->owner, &count);
    for (size_t i = 0; element->choice != 0 && i < count; i++) {
        if (list[i].choice != element->choice || &list[i] == element)
            continue;
        char *other = value_of(&list[i]);
        (void)snprintf(members, sizeof(members), "\"%s\": %s, \"%s\": %s, ", fhir_element_name(&list[i]), other,
                       fhir_element_name(element), value);
        spoilt(element, "choice", false, false, members);
        free(other);
        return;
    }
}

static void test_every_spoilt_element_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < fhir_schema_elements(); i++) {
        const fhir_element *element = fhir_schema_element(i);
        if (!smallest_reaches(element->owner))
            continue;
        char *value = value_of(element);
        spoil_shape(element, value);
        spoil_sibling(element);
        spoil_value(element);
        spoil_choice(element, value);
        free(value);
    }
    print_message("%zu mutations, all found\n", mutations);
    assert_true(mutations > 60000);
}

static int set_up(void **state)
{
    (void)state;
    smallest_init();
    return json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &parser, NULL) != 0 ||
           fhir_validator_new(&validator, NULL) != 0;
}

static int tear_down(void **state)
{
    (void)state;
    json_parser_free(parser);
    fhir_validator_free(validator);
    smallest_done();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_element_is_accepted),
        cmocka_unit_test(test_every_spoilt_element_is_found),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/schema_table.h"
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
#define DOCUMENT_MAX 65536
#define DEPTH_MAX    12

typedef struct seen {
    const char *rule, *path; /* looked for */
    bool found;
    size_t others; /* issues that are no invariants */
    char first[FHIR_ISSUE_PATH_MAX + 64];
} seen;

static json_parser *parser;
static fhir_validator *validator;
static const fhir_element **parents; /* by type: an element whose value it is, on the shortest way from a resource */
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

/* -- the smallest value of a type -----------------------------------------------------------------------------------
 */

static const char *sample(const char *type)
{
    static const char *const samples[][2] = {
        {"base64Binary", "\"AAAA\""},
        {"boolean", "true"},
        {"canonical", "\"http://e/c\""},
        {"code", "\"a\""},
        {"date", "\"2020-02-29\""},
        {"dateTime", "\"2020-02-29T10:00:00+01:00\""},
        {"decimal", "1.50"},
        {"id", "\"a-1\""},
        {"instant", "\"2020-02-29T10:00:00.1Z\""},
        {"integer", "-1"},
        {"markdown", "\"*m*\""},
        {"oid", "\"urn:oid:1.2\""},
        {"positiveInt", "1"},
        {"string", "\"s\""},
        {"time", "\"10:00:00\""},
        {"unsignedInt", "0"},
        {"uri", "\"http://e/u\""},
        {"url", "\"http://e/u\""},
        {"uuid", "\"urn:uuid:00000000-0000-4000-8000-000000000000\""},
        {"xhtml", "\"<div xmlns=\\\"http://www.w3.org/1999/xhtml\\\">t</div>\""},
    };
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
        if (strcmp(samples[i][0], type) == 0)
            return samples[i][1];
    return NULL;
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

static void put_value(base_buf *out, const fhir_element *element, int depth);

static void put_name(base_buf *out, const fhir_element *element)
{
    base_buf_format(out, "\"%s\": ", fhir_element_name(element));
}

/* Members that must be there, without `skip` and what stands for the same choice. */
static void put_required(base_buf *out, fhir_type type, const fhir_element *skip, int depth)
{
    size_t count;
    const fhir_element *members = fhir_schema_members(type, &count);
    for (size_t i = 0; i < count; i++) {
        const fhir_element *e = &members[i];
        const bool first = e->choice == 0 || i == 0 || members[i - 1].choice != e->choice;
        const bool skipped = skip != NULL && (e == skip || (e->choice != 0 && e->choice == skip->choice));
        if (e->min == 0 || !first || skipped)
            continue;
        put_name(out, e);
        base_buf_text(out, e->many ? "[" : "");
        put_value(out, e, depth + 1);
        base_buf_text(out, e->many ? "], " : ", ");
    }
}

static void end_object(base_buf *out)
{
    if (out->size > 1 && out->data[out->size - 2] == ',')
        out->size -= 2;
    base_buf_byte(out, '}');
}

static void put_code(base_buf *out, const fhir_element *element, const char *type)
{
    const fhir_code_row *code = &fhir_code_rows[fhir_code_set_rows[fhir_bound_rows[element->bound].codes].first];
    const char *text = fhir_schema_strings + code->code, *system = fhir_schema_strings + code->system;
    if (strcmp(type, "CodeableConcept") == 0)
        base_buf_format(out, "{\"coding\": [{\"system\": \"%s\", \"code\": \"%s\"}]}", system, text);
    else if (strcmp(type, "Coding") == 0)
        base_buf_format(out, "{\"system\": \"%s\", \"code\": \"%s\"}", system, text);
    else
        base_buf_format(out, "\"%s\"", text);
}

static bool is_bound(const fhir_element *element)
{
    return fhir_bound_rows[element->bound].codes != 0;
}

static void put_reference(base_buf *out, const fhir_element *element)
{
    size_t count;
    const fhir_type *targets = fhir_schema_targets(element, &count);
    base_buf_format(out, "{\"reference\": \"%s/1\"}", count != 0 ? fhir_schema_type_name(targets[0]) : "Patient");
}

/* Members whose text means more than their type says. */
static const char *special(const fhir_element *element)
{
    static const char *const specials[][3] = {
        {"Reference", "reference", "\"#\""},
        {"Reference", "type", "\"Patient\""},
        {"Bundle.entry", "fullUrl", "\"http://e/fhir/Basic/a\""},
    };
    for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++)
        if (strcmp(specials[i][0], fhir_schema_type_name(element->owner)) == 0 &&
            strcmp(specials[i][1], fhir_element_name(element)) == 0)
            return specials[i][2];
    return NULL;
}

static void put_value(base_buf *out, const fhir_element *element, int depth)
{
    const char *type = fhir_schema_type_name(element->type);
    assert_true(depth < DEPTH_MAX);
    if (special(element) != NULL) {
        base_buf_text(out, special(element));
    } else if (is_bound(element)) {
        put_code(out, element, type);
    } else if (sample(type) != NULL) {
        base_buf_text(out, sample(type));
    } else if (strcmp(type, "Reference") == 0) {
        put_reference(out, element);
    } else if (strcmp(type, "Extension") == 0) {
        base_buf_text(out, "{\"url\": \"http://e/x\", \"valueString\": \"x\"}");
    } else if (strcmp(type, "Resource") == 0) {
        base_buf_text(out, "{\"resourceType\": \"Basic\", \"id\": \"a\", \"code\": {\"text\": \"x\"}}");
    } else {
        base_buf_text(out, "{");
        put_required(out, element->type, NULL, depth);
        base_buf_text(out, depth == 0 ? "\"id\": \"i\", " : "");
        end_object(out);
    }
}

/* -- an element in a resource ---------------------------------------------------------------------------------------
 */

/* The way from a resource to each type; resources are their own. */
static void find_parents(void)
{
    const size_t types = fhir_schema_types();
    fhir_type *queue = calloc(types, sizeof(*queue));
    size_t read = 0, written = 0;
    parents = calloc(types, sizeof(*parents));
    assert_true(queue != NULL && parents != NULL);
    for (fhir_type t = 1; t < types; t++)
        if (fhir_schema_kind(t) == FHIR_KIND_RESOURCE && !fhir_schema_abstract(t))
            queue[written++] = t;
    while (read < written) {
        size_t count;
        const fhir_element *members = fhir_schema_members(queue[read++], &count);
        for (size_t i = 0; i < count; i++) {
            const fhir_type value = members[i].type;
            const fhir_kind kind = fhir_schema_kind(value);
            if (parents[value] == NULL && (kind == FHIR_KIND_COMPLEX || kind == FHIR_KIND_BACKBONE)) {
                parents[value] = &members[i];
                queue[written++] = value;
            }
        }
    }
    free(queue);
}

static void put_path(char *path, size_t size, const fhir_element *element, bool listed)
{
    const base_span stem = fhir_element_stem(element);
    const size_t at = strlen(path);
    const bool choice = element->choice != 0;
    (void)snprintf(path + at, size - at, ".%.*s%s%s%s%s", (int)stem.size, stem.data, choice ? ".ofType(" : "",
                   choice ? fhir_schema_type_name(element->type) : "", choice ? ")" : "",
                   listed && element->many ? "[0]" : "");
}

/* An object of `type` with `members` in front of what it needs, inside of the resource that leads to it. */
static void put_document(base_buf *out, char *path, size_t size, fhir_type type, const fhir_element *skip,
                         const char *members)
{
    if (fhir_schema_kind(type) == FHIR_KIND_RESOURCE) {
        base_buf_format(out, "{\"resourceType\": \"%s\", ", fhir_schema_type_name(type));
        (void)snprintf(path, size, "%s", fhir_schema_type_name(type));
        base_buf_text(out, members);
        put_required(out, type, skip, 0);
        end_object(out);
        return;
    }
    const fhir_element *element = parents[type];
    base_buf inner;
    base_buf_init(&inner, DOCUMENT_MAX);
    base_buf_format(&inner, "\"%s\": %s{%s", fhir_element_name(element), element->many ? "[" : "", members);
    put_required(&inner, type, skip, 0);
    end_object(&inner);
    base_buf_text(&inner, element->many ? "], " : ", ");
    base_buf_byte(&inner, '\0');
    put_document(out, path, size, element->owner, element, inner.data);
    put_path(path, size, element, true);
    base_buf_done(&inner);
}

static void make(base_buf *out, char *path, size_t size, const fhir_element *element, const char *members)
{
    base_buf_reset(out);
    put_document(out, path, size, element->owner, element, members);
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
        put_path(path, sizeof(path), element, listed);
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

static bool usable(const fhir_element *element)
{
    const fhir_kind kind = fhir_schema_kind(element->owner);
    if (fhir_schema_abstract(element->owner) || kind == FHIR_KIND_PRIMITIVE)
        return false;
    return kind == FHIR_KIND_RESOURCE || parents[element->owner] != NULL;
}

static char *value_of(const fhir_element *element)
{
    base_buf value;
    base_buf_init(&value, DOCUMENT_MAX);
    put_value(&value, element, 0);
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
        if (!usable(element))
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
        if (!usable(element))
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
    find_parents();
    return json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &parser, NULL) != 0 ||
           fhir_validator_new(&validator, NULL) != 0;
}

static int tear_down(void **state)
{
    (void)state;
    json_parser_free(parser);
    fhir_validator_free(validator);
    free(parents);
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

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "fhir/fhirpath.h"
#include "fhir/test_archive.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * Every invariant of the official definitions must compile, and hold on the official examples but for those that break
 * a rule indeed. An invariant without a result holds, as other validators have it: ref-1 says nothing of a Reference
 * without a reference.
 */
#define RULES_MAX    32768
#define TYPES_MAX    2048
#define ELEMENTS_MAX 16384

typedef struct rule {
    char *path, *key, *text;
    fhirpath_program *program;
    bool warning;
    unsigned failures;
    struct rule *next; /* of the same type or element */
} rule;

typedef struct state {
    rule rules[RULES_MAX];
    rule *types[TYPES_MAX], *elements[ELEMENTS_MAX];
    size_t count, refused;
    json_parser *parser;
    base_arena arena;
    fhirpath_scratch *scratch;
    size_t resources, unread, evaluations, errors;
    const char *file;
} state;

static char *copy(base_span text)
{
    char *out = calloc(1, text.size + 1);
    memcpy(out, text.data, text.size);
    return out;
}

/* Hangs the rule to its type, or to the elements of its path. */
static void place(state *s, rule *added)
{
    const fhir_type type = fhir_schema_type(added->path, strlen(added->path));
    const char *dot = strrchr(added->path, '.');
    if (type != FHIR_TYPE_NONE) {
        added->next = s->types[type];
        s->types[type] = added;
    } else if (dot != NULL) {
        size_t count = 0;
        const fhir_type owner = fhir_schema_type(added->path, (size_t)(dot - added->path));
        const fhir_element *members = fhir_schema_members(owner, &count);
        for (size_t i = 0; i < count; i++) {
            const base_span stem = fhir_element_stem(&members[i]);
            if (strncmp(dot + 1, stem.data, stem.size) == 0 &&
                strcmp(dot + 1 + stem.size, members[i].choice != 0 ? "[x]" : "") == 0) {
                rule *twin = &s->rules[s->count++];
                *twin = *added;
                twin->path = NULL;
                twin->next = s->elements[members[i].index];
                s->elements[members[i].index] = twin;
            }
        }
    }
}

static fhirpath_program *compile(state *s, base_span key, base_span path, base_span text)
{
    fhirpath_program *program = NULL;
    lethe_error error = {0};
    for (size_t i = 0; i < s->count; i++)
        if (base_span_is(text, s->rules[i].text))
            return s->rules[i].program;
    if (fhirpath_compile(text, &program, &error) != 0) {
        print_message("not compiled: %.*s %.*s at %lld: %.*s\n", (int)key.size, key.data, (int)path.size, path.data,
                      (long long)error.byte, (int)text.size, text.data);
        s->refused++;
    }
    return program;
}

static void add_rule(state *s, json_value constraint, base_span path, bool base)
{
    const base_span text = json_string(json_get(constraint, "expression")),
                    key = json_string(json_get(constraint, "key"));
    if (text.data == NULL)
        return;
    assert_true(s->count + 64 < RULES_MAX);
    rule *added = &s->rules[s->count];
    fhirpath_program *program = compile(s, key, path, text);
    s->count++;
    *added = (rule){.path = copy(path), .key = copy(key), .text = copy(text), .program = program};
    added->warning = !base_span_is(json_string(json_get(constraint, "severity")), "error");
    if (base && program != NULL)
        place(s, added);
}

static void read_definition(void *context, const char *name, base_span text)
{
    state *s = context;
    json_value root, element, constraint;
    if (strncmp(name, "StructureDefinition-", 20) != 0)
        return;
    assert_int_equal(json_parse(s->parser, text, &root, NULL), 0);
    const base_span derivation = json_string(json_get(root, "derivation")), kind = json_string(json_get(root, "kind"));
    const bool base = !base_span_is(derivation, "constraint") && !base_span_is(kind, "logical");
    json_iterator it = json_iterate(json_get(json_get(root, "snapshot"), "element"));
    while (json_next(&it, NULL, &element)) {
        const base_span path = json_string(json_get(element, "path"));
        json_iterator inner = json_iterate(json_get(element, "constraint"));
        while (json_next(&inner, NULL, &constraint))
            add_rule(s, constraint, path, base);
    }
}

static void check(state *s, rule *one, fhir_node *node)
{
    fhirpath_truth truth = FHIRPATH_UNKNOWN;
    lethe_error error = {0};
    const int status = fhirpath_test(one->program, s->scratch, node, &truth, &error);
    s->evaluations++;
    if (status != 0) {
        s->errors++;
        fhir_node_place(node, &error);
        print_message("cannot be evaluated: %s %s in %s at %s (%d)\n", one->key, one->text, s->file, error.path,
                      status);
    } else if (truth == FHIRPATH_FALSE && !one->warning) {
        if (one->failures++ < 2) {
            fhir_node_place(node, &error);
            print_message("does not hold: %s in %s at %s: %s\n", one->key, s->file, error.path, one->text);
        }
    }
}

static void check_tree(state *s, fhir_node *node)
{
    for (rule *one = s->types[node->type]; one != NULL; one = one->next)
        check(s, one, node);
    for (rule *one = node->element != NULL ? s->elements[node->element->index] : NULL; one != NULL; one = one->next)
        check(s, one, node);
    for (fhir_node *child = node->first; child != NULL; child = child->next)
        check_tree(s, child);
}

static void read_example(void *context, const char *name, base_span text)
{
    state *s = context;
    json_value root;
    fhir_tree tree;
    lethe_error error = {0};
    s->file = name;
    s->resources++;
    base_arena_reset(&s->arena);
    assert_int_equal(json_parse(s->parser, text, &root, NULL), 0);
    if (fhir_node_read(&s->arena, root, NULL, &tree, &error) != 0) {
        print_message("not read: %s at %s, byte %lld: %s\n", name, error.path, (long long)error.byte, error.name);
        s->unread++;
        return;
    }
    check_tree(s, tree.root);
}

static void clean(state *s)
{
    for (size_t i = 0; i < s->count; i++) {
        bool shared = false;
        for (size_t j = 0; j < i && !shared; j++)
            shared = s->rules[j].program == s->rules[i].program;
        if (!shared)
            fhirpath_free(s->rules[i].program);
    }
    for (size_t i = 0; i < s->count; i++) {
        if (s->rules[i].path == NULL)
            continue; /* a twin borrows */
        free(s->rules[i].path);
        free(s->rules[i].key);
        free(s->rules[i].text);
    }
}

static void test_invariants(void **ignored)
{
    (void)ignored;
    state *s = calloc(1, sizeof(*s));
    assert_int_equal(json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &s->parser, NULL), 0);
    assert_int_equal(fhirpath_scratch_new((size_t)64 << 20, &s->scratch, NULL), 0);
    base_arena_init(&s->arena, (size_t)256 << 20);
    if (test_archive("fhir/r4-core-defs.tar.zst", read_definition, s) < 0) {
        print_message("the definitions of R4 are not here: skipped\n");
    } else {
        print_message("%zu invariants, %zu not compiled\n", s->count, s->refused);
        assert_int_equal(s->refused, 0);
        (void)test_archive("fhir/r4-examples.tar.zst", read_example, s);
        unsigned failures = 0;
        for (size_t i = 0; i < s->count; i++)
            failures += s->rules[i].failures;
        print_message("%zu examples, %zu not read; %zu evaluations, %zu without a result, %u do not hold\n",
                      s->resources, s->unread, s->evaluations, s->errors, failures);
        assert_int_equal(s->unread, 0);
        assert_int_equal(s->errors, 0);
        assert_int_equal(failures, 0);
    }
    clean(s);
    base_arena_done(&s->arena);
    fhirpath_scratch_free(s->scratch);
    json_parser_free(s->parser);
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_invariants)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

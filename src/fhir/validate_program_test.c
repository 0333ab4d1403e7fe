/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/fhirpath.h"
#include "fhir/test_archive.h"
#include "fhir/validate_internal.h"

#include "base/buf.h"
#include "base/test.h"

#include <stdlib.h>

/*
 * The compiled invariants against the FHIRPath engine, which evaluates the expressions that they were made of: on the
 * official examples, and on each of them without one member, for every member near its root. Where the engine says
 * false the validator must have said so, and it may say so where the engine has no result.
 */
#define DROPPED_MAX 40 /* members of one example */
#define EXAMPLE_MAX ((size_t)20000)

typedef struct judge {
    json_parser *parser;
    fhir_validator *validator;
    fhirpath_scratch *scratch;
    fhirpath_program **programs;
    base_arena arena;
    uint32_t *said, *false_count, *unknown;
    size_t documents, evaluations, failures, disagreements;
} judge;

static int note(void *context, const fhir_issue *issue)
{
    judge *j = context;
    if (issue->number >= FHIR_RULE_COUNT)
        j->said[issue->number - FHIR_RULE_COUNT]++;
    return 0;
}

static void evaluate(judge *j, size_t number, fhir_node *node)
{
    fhirpath_truth truth = FHIRPATH_UNKNOWN;
    const char *text = fhir_schema_strings + fhir_invariant_rows[number].expression;
    if (j->programs[number] == NULL)
        assert_int_equal(fhirpath_compile(base_span_of(text), &j->programs[number], NULL), 0);
    if (fhirpath_test(j->programs[number], j->scratch, node, &truth, NULL) != 0)
        truth = FHIRPATH_UNKNOWN;
    j->evaluations++;
    j->false_count[number] += truth == FHIRPATH_FALSE;
    j->unknown[number] += truth == FHIRPATH_UNKNOWN;
}

static void evaluate_tree(judge *j, fhir_node *node)
{
    for (fhir_type type = node->type; type != FHIR_TYPE_NONE; type = fhir_schema_base(type))
        for (size_t i = fhir_invariant_first[type]; i < fhir_invariant_first[type + 1]; i++)
            if (fhir_invariant_rows[i].how == FHIR_CHECKED_BY_PROGRAM)
                evaluate(j, i, node);
    for (fhir_node *child = node->first; child != NULL; child = child->next)
        evaluate_tree(j, child);
}

static void judge_document(judge *j, const char *name, base_span text)
{
    const size_t size = fhir_invariant_count * sizeof(*j->said);
    json_value root;
    fhir_tree tree;
    uint64_t errors, resources;
    memset(j->said, 0, size);
    memset(j->false_count, 0, size);
    memset(j->unknown, 0, size);
    assert_int_equal(json_parse(j->parser, text, &root, NULL), 0);
    base_arena_reset(&j->arena);
    if (fhir_node_read(&j->arena, root, NULL, &tree, NULL) != 0)
        return;
    evaluate_tree(j, tree.root);
    assert_int_equal(fhir_validate(j->validator, root, note, j, &errors, &resources, NULL), 0);
    j->documents++;
    for (size_t i = 0; i < fhir_invariant_count; i++) {
        const fhir_invariant_row *row = &fhir_invariant_rows[i];
        if (row->how != FHIR_CHECKED_BY_PROGRAM || !row->error)
            continue; /* warnings are about names: as a whole here, a part of them for the engine */
        j->failures += j->false_count[i];
        if (j->said[i] >= j->false_count[i] && j->said[i] <= j->false_count[i] + j->unknown[i])
            continue;
        if (j->disagreements++ < 10)
            print_message("%s in %s: said %u, false %u, unknown %u\n", fhir_schema_strings + row->key, name, j->said[i],
                          j->false_count[i], j->unknown[i]);
    }
}

/* The document without the text of one member and the comma beside it. */
static void judge_without(judge *j, const char *name, base_span text, size_t from, size_t to)
{
    base_buf out;
    base_buf_init(&out, EXAMPLE_MAX + 256);
    base_buf_append(&out, text.data, from);
    base_buf_append(&out, text.data + to, text.size - to);
    const size_t size = out.size;
    for (int i = 0; i < JSON_PADDING; i++)
        base_buf_byte(&out, ' ');
    assert_int_equal(base_buf_check(&out, NULL), 0);
    judge_document(j, name, (base_span){out.data, size});
    base_buf_done(&out);
}

typedef struct range {
    size_t from, to;
} range;

/* Members of the object and of objects one level below, each with the comma that must go with it. */
static void find_members(base_span text, json_value object, int levels, range *ranges, size_t *count)
{
    json_iterator members = json_iterate(object);
    base_span key;
    json_value value;
    while (json_next(&members, &key, &value) && *count < DROPPED_MAX) {
        if (json_is(value, JSON_OBJECT) && levels > 0)
            find_members(text, value, levels - 1, ranges, count);
        if (json_is(value, JSON_ARRAY) && levels > 0 && json_is(json_element(value, 0), JSON_OBJECT))
            find_members(text, json_element(value, 0), levels - 1, ranges, count);
        const base_span whole = json_text(value);
        size_t from = json_offset(value), to = from + whole.size;
        while (text.data[from - 1] != '"') /* the colon */
            from--;
        from -= key.size + 2;
        while (to < text.size && (text.data[to] == ' ' || text.data[to] == '\n' || text.data[to] == '\r'))
            to++;
        if (text.data[to] != ',' || *count == DROPPED_MAX)
            continue; /* the last one stays: it has its comma in front */
        ranges[(*count)++] = (range){from, to + 1};
    }
}

static void judge_example(void *context, const char *name, base_span text)
{
    judge *j = context;
    range ranges[DROPPED_MAX];
    size_t count = 0;
    json_value root;
    judge_document(j, name, text);
    if (text.size > EXAMPLE_MAX)
        return;
    assert_int_equal(json_parse(j->parser, text, &root, NULL), 0);
    find_members(text, root, 2, ranges, &count);
    for (size_t i = 0; i < count; i++)
        judge_without(j, name, text, ranges[i].from, ranges[i].to);
}

static void test_programs_agree_with_the_engine(void **state)
{
    judge *j = calloc(1, sizeof(*j));
    (void)state;
    assert_non_null(j);
    assert_int_equal(json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &j->parser, NULL), 0);
    assert_int_equal(fhir_validator_new(&j->validator, NULL), 0);
    assert_int_equal(fhirpath_scratch_new((size_t)64 << 20, &j->scratch, NULL), 0);
    base_arena_init(&j->arena, (size_t)256 << 20);
    j->programs = calloc(fhir_invariant_count, sizeof(*j->programs));
    j->said = calloc(fhir_invariant_count, sizeof(*j->said));
    j->false_count = calloc(fhir_invariant_count, sizeof(*j->said));
    j->unknown = calloc(fhir_invariant_count, sizeof(*j->said));
    if (test_archive("fhir/r4-examples.tar.zst", judge_example, j) < 0) {
        print_message("the examples of R4 are not here: skipped\n");
    } else {
        print_message("%zu documents, %zu evaluations, %zu false, %zu disagreements\n", j->documents, j->evaluations,
                      j->failures, j->disagreements);
        assert_int_equal(j->disagreements, 0);
        assert_true(j->failures > 100);
    }
    for (size_t i = 0; i < fhir_invariant_count; i++)
        fhirpath_free(j->programs[i]);
    free(j->programs);
    free(j->said);
    free(j->false_count);
    free(j->unknown);
    base_arena_done(&j->arena);
    fhirpath_scratch_free(j->scratch);
    fhir_validator_free(j->validator);
    json_parser_free(j->parser);
    free(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_programs_agree_with_the_engine)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

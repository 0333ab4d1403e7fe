/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/fhirpath.h"
#include "fhir/test_archive.h"
#include "fhir/test_smallest.h"
#include "fhir/validate_internal.h"

#include "base/buf.h"
#include "base/test.h"

#include <stdlib.h>

/*
 * The compiled invariants against the FHIRPath engine, which evaluates the expressions that they were made of: on
 * values with members chosen by chance, on the official examples, and on each of those without one member, for every
 * member near its root. Where the engine says false the validator must have said so, and it may say so where the engine
 * has no result.
 */
#define CHANCES     400 /* values of each type */
#define DROPPED_MAX 40  /* members of one example */
#define EXAMPLE_MAX ((size_t)20000)

typedef struct judge {
    json_parser *parser;
    fhir_validator *validator;
    fhirpath_scratch *scratch;
    fhirpath_program **programs;
    base_arena arena;
    bool foreign; /* the document says that it is of another release */
    uint32_t *said, *false_count, *unknown;
    bool *was_false, *was_true; /* in any document */
    size_t documents, evaluations, failures, disagreements;
} judge;

static int note(void *context, const fhir_issue *issue)
{
    judge *j = context;
    j->foreign |= issue->number == FHIR_RULE_STU3 || issue->number == FHIR_RULE_R5;
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
    j->was_false[number] |= truth == FHIRPATH_FALSE;
    j->was_true[number] |= truth == FHIRPATH_TRUE;
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
    j->foreign = false;
    memset(j->said, 0, size);
    memset(j->false_count, 0, size);
    memset(j->unknown, 0, size);
    assert_int_equal(json_parse(j->parser, text, &root, NULL), 0);
    base_arena_reset(&j->arena);
    if (fhir_node_read(&j->arena, root, NULL, &tree, NULL) != 0)
        return;
    evaluate_tree(j, tree.root);
    assert_int_equal(fhir_validate(j->validator, root, note, j, &errors, &resources, NULL), 0);
    if (j->foreign)
        return; /* not looked into */
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

static void open_judge(judge *j)
{
    *j = (judge){0};
    assert_int_equal(json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &j->parser, NULL), 0);
    assert_int_equal(fhir_validator_new(&j->validator, NULL), 0);
    assert_int_equal(fhirpath_scratch_new((size_t)64 << 20, &j->scratch, NULL), 0);
    base_arena_init(&j->arena, (size_t)256 << 20);
    j->programs = calloc(fhir_invariant_count, sizeof(*j->programs));
    j->said = calloc(3 * (size_t)fhir_invariant_count, sizeof(*j->said));
    j->was_false = calloc(2 * (size_t)fhir_invariant_count, sizeof(*j->was_false));
    assert_true(j->programs != NULL && j->said != NULL && j->was_false != NULL);
    j->false_count = j->said + fhir_invariant_count;
    j->unknown = j->false_count + fhir_invariant_count;
    j->was_true = j->was_false + fhir_invariant_count;
}

static void close_judge(judge *j)
{
    print_message("%zu documents, %zu evaluations, %zu false, %zu disagreements\n", j->documents, j->evaluations,
                  j->failures, j->disagreements);
    for (size_t i = 0; i < fhir_invariant_count; i++)
        fhirpath_free(j->programs[i]);
    free(j->programs);
    free(j->said);
    free(j->was_false);
    base_arena_done(&j->arena);
    fhirpath_scratch_free(j->scratch);
    fhir_validator_free(j->validator);
    json_parser_free(j->parser);
}

static bool has_programs(fhir_type type)
{
    for (size_t i = fhir_invariant_first[type]; i < fhir_invariant_first[type + 1]; i++)
        if (fhir_invariant_rows[i].how == FHIR_CHECKED_BY_PROGRAM)
            return true;
    return false;
}

/* Members of the type by chance, each with one to three values; what it needs may be missing too. */
static void put_members(base_buf *out, fhir_type type, uint8_t given[SMALLEST_MEMBERS_MAX])
{
    size_t count;
    const fhir_element *members = fhir_schema_members(type, &count);
    const uint32_t rarity = 2 + smallest_random(5);
    for (size_t i = 0; i < count; i++) {
        if (given[i] != 0 || smallest_random(rarity) != 0 || strcmp(fhir_element_name(&members[i]), "contained") == 0)
            continue;
        smallest_give(&members[i], given);
        if (members[i].min != 0 && smallest_random(8) == 0)
            continue;
        base_buf_format(out, "\"%s\": %s", fhir_element_name(&members[i]), members[i].many ? "[" : "");
        for (uint32_t values = members[i].many ? 1 + smallest_random(3) : 1; values > 0; values--) {
            smallest_put_value(out, &members[i], 0);
            base_buf_text(out, values > 1 ? ", " : "");
        }
        base_buf_text(out, members[i].many ? "], " : ", ");
    }
}

static void judge_chance(judge *j, fhir_type type)
{
    char path[FHIR_ISSUE_PATH_MAX];
    uint8_t given[SMALLEST_MEMBERS_MAX] = {0};
    base_buf members, out;
    base_buf_init(&members, SMALLEST_BYTES_MAX);
    base_buf_init(&out, 2 * SMALLEST_BYTES_MAX);
    put_members(&members, type, given);
    base_buf_byte(&members, '\0');
    smallest_put_document(&out, path, sizeof(path), type, given, members.data);
    const size_t size = out.size;
    for (int i = 0; i < JSON_PADDING; i++)
        base_buf_byte(&out, ' ');
    assert_int_equal(base_buf_check(&out, NULL), 0);
    judge_document(j, fhir_schema_type_name(type), (base_span){out.data, size});
    base_buf_done(&members);
    base_buf_done(&out);
}

static void test_programs_agree_with_the_engine_by_chance(void **state)
{
    judge j;
    size_t one_sided = 0;
    (void)state;
    open_judge(&j);
    smallest_init();
    smallest_vary(7);
    for (fhir_type type = 1; type < fhir_schema_types(); type++)
        for (int i = 0; smallest_reaches(type) && has_programs(type) && i < CHANCES; i++)
            judge_chance(&j, type);
    smallest_done();
    for (size_t i = 0; i < fhir_invariant_count; i++)
        if (fhir_invariant_rows[i].how == FHIR_CHECKED_BY_PROGRAM && fhir_invariant_rows[i].error != 0 &&
            !(j.was_false[i] && j.was_true[i])) {
            print_message("never %s: %s of %s\n", j.was_true[i] ? "false" : "true",
                          fhir_schema_strings + fhir_invariant_rows[i].key,
                          fhir_schema_type_name(fhir_invariant_rows[i].type));
            one_sided++;
        }
    close_judge(&j);
    assert_int_equal(j.disagreements, 0);
    assert_true(one_sided <= 9); /* those ask for texts that no sample has */
}

static void test_programs_agree_with_the_engine_on_examples(void **state)
{
    judge j;
    (void)state;
    open_judge(&j);
    const long files = test_archive("fhir/r4-examples.tar.zst", judge_example, &j);
    close_judge(&j);
    if (files < 0)
        print_message("the examples of R4 are not here: skipped\n");
    assert_int_equal(j.disagreements, 0);
    assert_true(files < 0 || j.failures > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_programs_agree_with_the_engine_by_chance),
        cmocka_unit_test(test_programs_agree_with_the_engine_on_examples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "fhir/node.h"
#include "fhir/test_archive.h"
#include "fhir/test_json.h"

#include <stdlib.h>

typedef struct world {
    json_parser *parser, *again;
    base_arena arena;
    base_buf out;
    size_t count;
} world;

static void open_world(world *w)
{
    *w = (world){0};
    assert_int_equal(json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &w->parser, NULL), 0);
    assert_int_equal(json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &w->again, NULL), 0);
    base_arena_init(&w->arena, (size_t)256 << 20);
    base_buf_init(&w->out, (size_t)64 << 20);
}

static void close_world(world *w)
{
    json_parser_free(w->parser);
    json_parser_free(w->again);
    base_arena_done(&w->arena);
    base_buf_done(&w->out);
}

/* Read, written, read again: the same JSON. */
static void round_trip(void *context, const char *name, base_span text)
{
    world *w = context;
    json_value before, after;
    fhir_tree tree;
    lethe_error error = {0};
    char path[512] = "";
    base_arena_reset(&w->arena);
    base_buf_reset(&w->out);
    assert_int_equal(json_parse(w->parser, text, &before, NULL), 0);
    if (fhir_node_read(&w->arena, before, NULL, &tree, &error) != 0)
        fail_msg("%s: %s at %s", name, error.name, error.path);
    if (w->count++ % 2 != 0)
        fhir_node_sort(tree.root);
    fhir_node_write(tree.root, &w->out);
    const size_t size = w->out.size;
    base_buf_reserve(&w->out, JSON_PADDING);
    assert_int_equal(json_parse(w->again, (base_span){w->out.data, size}, &after, &error), 0);
    if (!test_json_equal(before, after, path, sizeof(path)))
        fail_msg("%s: another at %s", name, path);
}

static void test_examples(void **state)
{
    (void)state;
    world w;
    open_world(&w);
    if (test_archive("fhir/r4-examples.tar.zst", round_trip, &w) < 0)
        print_message("the official examples are not here: skipped\n");
    else
        assert_int_equal(w.count, 490);
    close_world(&w);
}

typedef struct sample {
    char text[1024];
    size_t size;
} sample;

static sample quoted(const char *document)
{
    sample s = {.size = strlen(document)};
    for (size_t i = 0; i < s.size; i++)
        s.text[i] = document[i] == '\'' ? '"' : document[i];
    return s;
}

static int read_text(world *w, const sample *s, const fhir_node_options *options, fhir_tree *tree, lethe_error *error)
{
    json_value root;
    assert_int_equal(json_parse(w->parser, (base_span){s->text, s->size}, &root, NULL), 0);
    return fhir_node_read(&w->arena, root, options, tree, error);
}

static void expect(world *w, const char *document, const char *written)
{
    const sample s = quoted(document), t = quoted(written);
    fhir_tree tree;
    base_buf_reset(&w->out);
    assert_int_equal(read_text(w, &s, NULL, &tree, NULL), 0);
    fhir_node_write(tree.root, &w->out);
    base_buf_byte(&w->out, '\0');
    assert_string_equal(w->out.data, t.text);
}

static void test_siblings(void **state)
{
    (void)state;
    world w;
    open_world(&w);
    /* In either order, with nulls on either side, and apart from each other. */
    expect(
        &w,
        "{'resourceType':'Patient','name':[{'_given':[null,{'id':'x'},{'id':'y'}],'family':'F','given':['A',null]}]}",
        "{'resourceType':'Patient','name':[{'given':['A',null,null],'_given':[null,{'id':'x'},{'id':'y'}],"
        "'family':'F'}]}");
    expect(&w, "{'resourceType':'Patient','birthDate':null,'_birthDate':{'id':'b'},'deceasedBoolean':null}",
           "{'resourceType':'Patient','_birthDate':{'id':'b'}}");
    expect(&w, "{'id':'1','resourceType':'Observation','valueQuantity':{'value':1.00},'component':{'id':'c'}}",
           "{'resourceType':'Observation','id':'1','valueQuantity':{'value':1.00},'component':[{'id':'c'}]}");
    close_world(&w);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *document;
        int code;
        const char *path;
    } cases[] = {
        {"[]", LETHE_E_FHIR_SHAPE, ""},
        {"{'resourceType':'Nothing'}", LETHE_E_FHIR_SHAPE, ""},
        {"{'resourceType':'DomainResource'}", LETHE_E_FHIR_SHAPE, ""},
        {"{'resourceType':'HumanName'}", LETHE_E_FHIR_SHAPE, ""},
        {"{'resourceType':'Patient','secret':1}", LETHE_E_FHIR_TYPE, "Patient"},
        {"{'resourceType':'Patient','name':[{'secret':1}]}", LETHE_E_FHIR_TYPE, "Patient.name[0]"},
        {"{'resourceType':'Patient','name':[{},{'given':[1]}]}", LETHE_E_FHIR_TYPE, "Patient.name[1].given[0]"},
        {"{'resourceType':'Patient','gender':['male']}", LETHE_E_FHIR_TYPE, "Patient.gender"},
        {"{'resourceType':'Patient','gender':'male','gender':'male'}", LETHE_E_FHIR_TYPE, "Patient.gender"},
        {"{'resourceType':'Patient','_id':{'extension':[]}}", LETHE_E_FHIR_TYPE, "Patient"},
        {"{'resourceType':'Patient','active':'true'}", LETHE_E_FHIR_TYPE, "Patient.active"},
        {"{'resourceType':'Patient','contained':[{'id':'1'}]}", LETHE_E_FHIR_SHAPE, "Patient.contained[0]"},
    };
    world w;
    open_world(&w);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const sample s = quoted(cases[i].document);
        fhir_tree tree;
        lethe_error error = {0};
        assert_int_equal(read_text(&w, &s, NULL, &tree, &error), cases[i].code);
        assert_string_equal(error.path, cases[i].path);
    }
    const fhir_node_options drop = {.drop_unknown = true, .lenient = true};
    const sample s = quoted("{'resourceType':'Patient','secret':{'a':1},'active':'yes','gender':'male'}");
    fhir_tree tree = {0};
    assert_int_equal(read_text(&w, &s, &drop, &tree, NULL), 0);
    assert_int_equal(tree.dropped, 2);
    assert_true(tree.root->first->element != NULL && fhir_node_child(tree.root, "gender") != NULL);
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_examples), cmocka_unit_test(test_siblings),
                                       cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

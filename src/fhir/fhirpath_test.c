/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "fhir/fhirpath.h"

#include <stdio.h>
#include <stdlib.h>

static const char PATIENT[] =
    "{'resourceType':'Patient','id':'p1','active':true,'birthDate':'1980-02-03','gender':'female',"
    "'contained':[{'resourceType':'Organization','id':'o','name':'Clinic'}],"
    "'name':[{'use':'official','family':'Doe','given':['Jane','Q']},{'use':'usual','given':['JJ']}],"
    "'telecom':[{'system':'phone','value':'555','rank':2},{'system':'email','value':'a@b'}],"
    "'multipleBirthInteger':3,'deceasedDateTime':'2020-05','managingOrganization':{'reference':'#o'},"
    "'extension':[{'url':'http://x/weight','valueQuantity':{'value':70.50,'unit':'kg'}},"
    "{'url':'http://x/when','valueDateTime':'2015-02-07T13:28:17-05:00'}],"
    "'_birthDate':{'extension':[{'url':'http://x/time','valueString':'noon'}]}}";

/* Each item as text, joined by '|'. */
static const struct {
    const char *expression, *expected;
} CASES[] = {
    {"name.given", "Jane|Q|JJ"},
    {"Patient.name.given", "Jane|Q|JJ"},
    {"Resource.id", "p1"},
    {"Observation.id", ""},
    {"name[1].given", "JJ"},
    {"name[9]", ""},
    {"name.where(use = 'official').family", "Doe"},
    {"name.select(given.first())", "Jane|JJ"},
    {"name.given.count()", "3"},
    {"name.given.tail()", "Q|JJ"},
    {"name.given.skip(2)", "JJ"},
    {"name.given.take(1) | name.given.take(2)", "Jane|Q"},
    {"name.given.last()", "JJ"},
    {"name.all(given.exists())", "true"},
    {"name.all(family.exists())", "false"},
    {"name.exists(family = 'Doe')", "true"},
    {"photo.empty()", "true"},
    {"active and gender = 'female'", "true"},
    {"active and photo", ""},
    {"photo or active", "true"},
    {"active xor true", "false"},
    {"photo implies active", "true"},
    {"active.not()", "false"},
    {"'Jane' in name.given", "true"},
    {"name.given contains 'X'", "false"},
    {"telecom.where(rank > 1).value", "555"},
    {"telecom.rank + 1", "3"},
    {"7 div 2", "3"},
    {"7 mod 2", "1"},
    {"7 / 2", "3.5"},
    {"1 / 3", "0.3333333333333333333333333333"},
    {"2 / 3", "0.6666666666666666666666666667"},
    {"1 / 0", ""},
    {"0.1 + 0.2 = 0.3", "true"},
    {"1.00 * 3", "3.00"},
    {"-5 + 2", "-3"},
    {"2 + 3 * 4", "14"},
    {"(2 + 3) * 4", "20"},
    {"value", ""},
    {"multipleBirth", "3"},
    {"multipleBirth is integer", "true"},
    {"multipleBirth is Integer", "true"},
    {"multipleBirth as string", ""},
    {"deceased.ofType(dateTime)", "2020-05"},
    {"deceased is boolean", "false"},
    {"birthDate < @1990", "true"},
    {"birthDate = @1980-02-03", "true"},
    {"birthDate = @1980-02", ""},
    {"birthDate >= @1980-02", ""},
    {"deceased > birthDate", "true"},
    {"extension('http://x/when').value < @2015-02-07T18:28:18Z", "true"},
    {"extension('http://x/when').value < @2015-02-07T18:28:17Z", "false"},
    {"extension.where(url = 'http://x/weight').value.value", "70.50"},
    {"extension.value.ofType(Quantity).value > 70", "true"},
    {"birthDate.extension.value", "noon"},
    {"birthDate.hasValue()", "true"},
    {"extension[0].hasValue()", "false"},
    {"managingOrganization.resolve().name", "Clinic"},
    {"contained.name", "Clinic"},
    {"nodesByType('ContactPoint').value", "555|a@b"},
    {"nodesByType(\"HumanName\").family", "Doe"},
    {"nodesByName('name').use", "official|usual"},
    {"nodesByType('string').count()", "9"},
    {"descendants().ofType(Organization).id", "o"},
    {"children().ofType(HumanName).use", "official|usual"},
    {"name.given.first().startsWith('Ja')", "true"},
    {"name.given.first().endsWith('x')", "false"},
    {"telecom[1].value.contains('@')", "true"},
    {"'abc'.substring(1)", "bc"},
    {"'abc'.substring(1, 1)", "b"},
    {"'abc'.substring(3)", ""},
    {"'h\\u00e9llo'.length()", "5"},
    {"'h\\u00e9llo'.substring(2, 2)", "ll"},
    {"'h\\u00e9llo'.indexOf('l')", "2"},
    {"'aXbX'.replace('X', '--')", "a--b--"},
    {"'Ab'.upper() + 'Ab'.lower()", "ABab"},
    {"'2020-11'.matches('^[0-9]{4}-')", "true"},
    {"'xay'.matches('a')", "true"},
    {"'a.b.c'.replaceMatches('\\\\..*', '')", "a"},
    {"'12'.toInteger() + 1", "13"},
    {"'1.5'.toInteger()", ""},
    {"'1.5'.toDecimal() * 2", "3.0"},
    {"active.toString()", "true"},
    {"12.toString() & {} & 'x'", "12x"},
    {"iif(active, 'yes', 'no')", "yes"},
    {"$this.id", "p1"},
    {"name.given.where($index = 1)", "Q"},
    {"name.given.select($this & '!')", "Jane!|Q!|JJ!"},
    {"%resource.id", "p1"},
    {"contained.select(%resource.id)", "p1"},
    {"%ucum", "http://unitsofmeasure.org"},
    {"(1 | 2 | 2).count()", "2"},
    {"(1 | 2).combine(2).isDistinct()", "false"},
    {"(1 | 2 | 3).intersect(2 | 3 | 4)", "2|3"},
    {"(1 | 2 | 3).exclude(2)", "1|3"},
    {"(1 | 2).subsetOf(1 | 2 | 3)", "true"},
    {"name.repeat(given)", "Jane|Q|JJ"},
    {"repeat(children()).ofType(Quantity).unit", "kg"},
    {"'ABC' ~ 'abc'", "true"},
    {"'a' != 'b'", "true"},
    {"{} = 1", ""},
    {"{}.empty()", "true"},
    {"name.trace('x').given.first()", "Jane"},
    {"text.`div`", ""},
    {"@T12:30 < @T13", "true"},
    {"4 days", "4"},
    {"true /* said */ and // and more\n true", "true"},
};

static void give(base_buf *out, const fhirpath_item *item)
{
    if (item->kind == FHIRPATH_NODE && item->node->value != FHIR_VALUE_NONE)
        base_buf_span(out, item->node->text);
    else if (item->kind == FHIRPATH_NODE)
        base_buf_text(out, fhir_node_type(item->node));
    else if (item->kind == FHIRPATH_BOOLEAN)
        base_buf_text(out, item->truth ? "true" : "false");
    else if (item->kind == FHIRPATH_INTEGER)
        base_buf_int(out, item->integer);
    else
        base_buf_span(out, item->text);
}

typedef struct world {
    json_parser *parser;
    base_arena arena;
    fhirpath_scratch *scratch;
    char *text;
    fhir_node *root;
} world;

static void open_world(world *w, const char *document)
{
    json_value root;
    fhir_tree tree;
    lethe_error error = {0};
    const size_t size = strlen(document);
    *w = (world){.text = calloc(1, size + JSON_PADDING)};
    for (size_t i = 0; i < size; i++)
        w->text[i] = document[i] == '\'' ? '"' : document[i];
    base_arena_init(&w->arena, (size_t)16 << 20);
    assert_int_equal(json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &w->parser, NULL), 0);
    assert_int_equal(fhirpath_scratch_new((size_t)16 << 20, &w->scratch, NULL), 0);
    assert_int_equal(json_parse(w->parser, (base_span){w->text, size}, &root, NULL), 0);
    assert_int_equal(fhir_node_read(&w->arena, root, NULL, &tree, &error), 0);
    w->root = tree.root;
}

static void close_world(world *w)
{
    base_arena_done(&w->arena);
    fhirpath_scratch_free(w->scratch);
    json_parser_free(w->parser);
    free(w->text);
}

static void test_values(void **state)
{
    (void)state;
    world w;
    base_buf out;
    open_world(&w, PATIENT);
    base_buf_init(&out, 65536);
    for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
        fhirpath_program *program = NULL;
        fhirpath_list list = {0};
        lethe_error error = {0};
        base_buf_reset(&out);
        if (fhirpath_compile(base_span_of(CASES[i].expression), &program, &error) != 0 ||
            fhirpath_eval(program, w.scratch, w.root, &list, &error) != 0)
            fail_msg("%s: %s at %lld", CASES[i].expression, error.name, (long long)error.byte);
        for (size_t j = 0; j < list.count; j++) {
            if (j != 0)
                base_buf_byte(&out, '|');
            give(&out, &list.items[j]);
        }
        base_buf_byte(&out, '\0');
        if (strcmp(out.data, CASES[i].expected) != 0)
            fail_msg("%s: %s, not %s", CASES[i].expression, out.data, CASES[i].expected);
        fhirpath_free(program);
    }
    base_buf_done(&out);
    close_world(&w);
}

/* What is refused when it is read, and at which byte. */
static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *expression;
        long long byte;
    } cases[] = {{"", 0},
                 {"invalid()", 0},
                 {"name.", 5},
                 {"name..x", 5},
                 {"name.memberOf('x')", 5},
                 {"a b", 2},
                 {"$this>=0 && true", 10},
                 {"'open", 0},
                 {"(1", 2},
                 {"name[", 5},
                 {"%nothing", 0},
                 {"'a\\q'", 3},
                 {"@2020-13", 0},
                 {"where()", 6},
                 {"first(1)", 6},
                 {"x.matches('(')", 10},
                 {"1 = = 2", 4},
                 {"is(1)", 3},
                 {"today()", 0},
                 {"#", 0}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        fhirpath_program *program = NULL;
        lethe_error error = {0};
        assert_int_equal(fhirpath_compile(base_span_of(cases[i].expression), &program, &error), LETHE_E_FHIR_PATH);
        if (error.byte != cases[i].byte)
            fail_msg("%s: at %lld", cases[i].expression, (long long)error.byte);
    }
    char deep[2000];
    memset(deep, '(', sizeof(deep));
    fhirpath_program *program = NULL;
    assert_int_equal(fhirpath_compile((base_span){deep, sizeof(deep)}, &program, NULL), LETHE_E_FHIR_PATH);
}

static int status_of(world *w, const char *expression)
{
    fhirpath_program *program = NULL;
    fhirpath_list list = {0};
    assert_int_equal(fhirpath_compile(base_span_of(expression), &program, NULL), 0);
    const int status = fhirpath_eval(program, w->scratch, w->root, &list, NULL);
    fhirpath_free(program);
    return status;
}

static void test_failures(void **state)
{
    (void)state;
    world w;
    open_world(&w, PATIENT);
    assert_int_equal(status_of(&w, "name.family >= 0"), LETHE_E_FHIR_EVAL);
    assert_int_equal(status_of(&w, "name.given < 'x'"), LETHE_E_FHIR_EVAL);
    assert_int_equal(status_of(&w, "birthDate + 1"), LETHE_E_FHIR_EVAL);
    assert_int_equal(status_of(&w, "name.single()"), LETHE_E_FHIR_EVAL);
    assert_int_equal(status_of(&w, "active.startsWith('t')"), LETHE_E_FHIR_EVAL);
    /* Work is bounded: fifty items to the fifth power are not looked at. */
    assert_int_equal(status_of(&w, "descendants().select(%resource.descendants().select(%resource.descendants()."
                                   "select(%resource.descendants().select(%resource.descendants()))))"),
                     LETHE_E_BASE_LIMIT);
    assert_int_equal(status_of(&w, "('"
                                   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                                   "b').matches('^(a+)+$')"),
                     LETHE_E_FHIR_EVAL);
    close_world(&w);
}

static fhirpath_truth holds(world *w, const char *expression, const char *path)
{
    fhirpath_program *program = NULL, *where = NULL;
    fhirpath_list list = {0};
    fhirpath_truth truth = FHIRPATH_UNKNOWN;
    assert_int_equal(fhirpath_compile(base_span_of(expression), &program, NULL), 0);
    assert_int_equal(fhirpath_compile(base_span_of(path), &where, NULL), 0);
    assert_int_equal(fhirpath_eval(where, w->scratch, w->root, &list, NULL), 0);
    assert_int_equal(list.count, 1);
    assert_int_equal(fhirpath_test(program, w->scratch, list.items[0].node, &truth, NULL), 0);
    fhirpath_free(program);
    fhirpath_free(where);
    return truth;
}

/* Invariants of R4 that the official examples never break, broken here. */
static void test_broken_invariants(void **state)
{
    (void)state;
    static const char ref[] = "reference.startsWith('#').not() or (reference.substring(1).trace('url') in "
                              "%rootResource.contained.id.trace('ids'))";
    static const char dom3[] =
        "contained.where((('#'+id in (%resource.descendants().reference | %resource.descendants().as(canonical) | "
        "%resource.descendants().as(uri) | %resource.descendants().as(url))) or descendants().where(reference = "
        "'#').exists() or descendants().where(as(canonical) = '#').exists() or descendants().where(as(canonical) = "
        "'#').exists()).not()).trace('unmatched', id).empty()";
    world w;
    open_world(&w, PATIENT);
    assert_int_equal(holds(&w, ref, "managingOrganization"), FHIRPATH_TRUE);
    assert_int_equal(holds(&w, dom3, "$this"), FHIRPATH_TRUE);
    close_world(&w);
    open_world(&w, "{'resourceType':'Patient','contained':[{'resourceType':'Organization','id':'o'}],"
                   "'contact':[{'gender':'male'}],'managingOrganization':{'reference':'#x'},"
                   "'text':{'status':'generated','div':'<div><script>x</script></div>'},"
                   "'address':[{'period':{'start':'2021','end':'2020'}}]}");
    assert_int_equal(holds(&w, ref, "managingOrganization"), FHIRPATH_FALSE);
    assert_int_equal(holds(&w, dom3, "$this"), FHIRPATH_FALSE);
    assert_int_equal(
        holds(&w, "name.exists() or telecom.exists() or address.exists() or organization.exists()", "contact"),
        FHIRPATH_FALSE);
    assert_int_equal(holds(&w, "htmlChecks()", "text.div"), FHIRPATH_FALSE);
    assert_int_equal(holds(&w, "start.hasValue().not() or end.hasValue().not() or (start <= end)", "address.period"),
                     FHIRPATH_FALSE);
    close_world(&w);
}

static void test_plain(void **state)
{
    (void)state;
    static const struct {
        const char *expression;
        int count;
    } cases[] = {{"a.b.c", 3}, {"a", 1}, {"$this", 0}, {"a[0]", -1}, {"a.first()", -1}, {"a | b", -1}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        fhirpath_program *program = NULL;
        base_span members[8];
        assert_int_equal(fhirpath_compile(base_span_of(cases[i].expression), &program, NULL), 0);
        assert_int_equal(fhirpath_plain(program, members, 8), cases[i].count);
        if (cases[i].count == 3)
            assert_true(base_span_is(members[0], "a") && base_span_is(members[2], "c"));
        assert_int_equal(fhirpath_plain(program, members, 0), cases[i].count == 0 ? 0 : -1);
        fhirpath_free(program);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),   cmocka_unit_test(test_refused),
        cmocka_unit_test(test_failures), cmocka_unit_test(test_broken_invariants),
        cmocka_unit_test(test_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

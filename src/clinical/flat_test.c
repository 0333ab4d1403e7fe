/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/test_person.h"

typedef struct seen {
    lethe_error trouble;
    record_head head;
    char id[64];
    size_t records, events, withheld;
} seen;

static int take(void *context, const record_head *head, const record_event *events, size_t count, lethe_error *error)
{
    seen *s = context;
    (void)events;
    (void)error;
    s->head = *head;
    snprintf(s->id, sizeof(s->id), "%.*s", (int)head->patient_id.size, head->patient_id.data);
    s->records++;
    s->events += count;
    return 0;
}

static int refuse(void *context, const lethe_error *trouble)
{
    seen *s = context;
    s->trouble = *trouble;
    s->withheld++;
    return 0;
}

static seen read_flat(const char *json)
{
    static json_parser *parser;
    static clinical_flat *flat;
    seen s = {.records = 0};
    char *text = calloc(1, strlen(json) + JSON_PADDING);
    memcpy(text, json, strlen(json));
    for (char *c = text; *c != '\0'; c++)
        *c = *c == '\'' ? '"' : *c;
    const record_sink sink = {&s, take, refuse};
    json_value root;
    assert_int_equal(json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &parser, NULL), 0);
    assert_int_equal(json_parse(parser, (base_span){text, strlen(json)}, &root, NULL), 0);
    assert_int_equal(clinical_flat_new(&TEST_SECRET, &flat, NULL), 0);
    assert_int_equal(clinical_flat_read(flat, root, &sink, NULL), 0);
    assert_int_equal(clinical_flat_count(flat), 1);
    clinical_flat_free(flat);
    json_parser_free(parser);
    free(text);
    return s;
}

/* A wrong type costs the record; the error says where, never what. */
static void test_wrong_types(void **state)
{
    (void)state;
    static const struct {
        const char *json, *path;
    } cases[] = {
        {"{'id':[]}", "id"},
        {"{'id':'a','age':'old'}", "age"},
        {"{'id':'a','age':-1}", "age"},
        {"{'id':'a','age':1e9}", "age"},
        {"{'id':'a','age':true}", "age"},
        {"{'id':'a','gender':{}}", "gender"},
        {"{'id':'a','birth_date':'yesterday'}", "birth_date"},
        {"{'id':'a','visit_date':'2020-13-01'}", "visit_date"},
        {"{'id':'a','history':['ok',7,true]}", "history[2]"},
        {"{'id':'a','medications':[['x']]}", "medications[0]"},
        {"{'id':'a','symptoms':false}", "symptoms"},
        {"{'id':'a','location':['Boston']}", "location"},
        {"{'id':'a','location':{'city':{}}}", "location"},
        {"{'id':'a','season':{}}", "season"},
        {"{'id':'a','pregnancy':{'status':[]}}", "pregnancy.status"},
        {"{'id':'a','pregnancy':{'recent_delivery':'soon'}}", "pregnancy.recent_delivery"},
        {"{'id':'a','vital_signs':'fine'}", "vital_signs"},
        {"{'id':'a','vital_signs':{'Joe Smith':[]}}", "vital_signs[0]"},
        {"{'id':'a','clinical_text':{}}", "clinical_text"},
        {"{'id':'a','encounter_class':[]}", "encounter_class"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const seen s = read_flat(cases[i].json);
        if (s.withheld != 1)
            print_message("not refused: %s\n", cases[i].json);
        assert_int_equal(s.withheld, 1);
        assert_int_equal(s.records, 0);
        assert_int_equal(s.trouble.code, LETHE_E_CLINICAL_FLAT);
        assert_string_equal(s.trouble.path, cases[i].path);
        assert_true(s.trouble.byte >= 0 && s.trouble.byte < (int64_t)strlen(cases[i].json));
    }
}

static void test_what_is_let_be(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "{'id':'a'}",
        "{'id':7,'age':'44','unheard_of':{'x':[1]}}",
        "{'id':'a','age':null,'gender':null,'history':null,'vital_signs':null,'pregnancy':null,'location':null}",
        "{'id':'a','history':'asthma','medications':'metformin','allergies':'none','symptoms':''}",
        "{'id':'a','history':[{'name':'asthma','date':'2010'},{'code':'E11.9'},{'condition':'gout','date':'long "
        "ago'}]}",
        "{'id':'a','vital_signs':[{'name':'heart_rate','value':80}]}",
        "{'id':'a','vital_signs':{'troponin':true,'x':null,'heart_rate':{'value':80,'unit':'/min'}}}",
        "{}",
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const seen s = read_flat(cases[i]);
        assert_int_equal(s.withheld, 0);
        assert_int_equal(s.records, 1);
    }
}

static bool is_flat(const char *json)
{
    json_parser *parser;
    json_value root;
    char text[256] = "";
    (void)snprintf(text, sizeof(text) - JSON_PADDING, "%s", json);
    assert_int_equal(json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &parser, NULL), 0);
    assert_int_equal(json_parse(parser, (base_span){text, strlen(text)}, &root, NULL), 0);
    const bool flat = clinical_flat_is(root);
    json_parser_free(parser);
    return flat;
}

static void test_what_is_flat(void **state)
{
    (void)state;
    assert_true(is_flat("{\"age\":3}"));
    assert_true(is_flat("{\"id\":1,\"symptoms\":[]}"));
    assert_false(is_flat("{\"resourceType\":\"Patient\",\"gender\":\"male\"}"));
    assert_false(is_flat("{\"id\":1,\"timestamp\":\"2020-01-01\"}")); /* a line of a log */
    assert_false(is_flat("[]"));
    assert_false(is_flat("{}"));
}

static void test_ids(void **state)
{
    (void)state;
    const seen a = read_flat("{'id':'a','visit_date':'2020-01-01','encounter_id':'1'}");
    const seen b = read_flat("{'id':'a','visit_date':'2020-02-01','encounter_id':'2'}");
    const seen again = read_flat("{'id':'a','visit_date':'2020-01-01','encounter_id':'1','age':3}");
    assert_string_equal(a.id, "a");
    assert_true(record_key_equal(a.head.patient, b.head.patient));
    assert_false(record_key_equal(a.head.resource, b.head.resource));
    assert_true(record_key_equal(a.head.resource, again.head.resource)); /* the same visit told again */
    assert_false(a.head.shared);
    /* As a FHIR Patient with this id. */
    assert_true(record_key_equal(a.head.patient, record_key_of(&TEST_SECRET, BASE_SPAN("Patient"), BASE_SPAN("a"))));
    /* Without an id a record is a person of its own, always the same. */
    const seen one = read_flat("{'age':30}"), two = read_flat("{'age':30}"), other = read_flat("{'age':31}");
    assert_string_equal(one.id, two.id);
    assert_string_not_equal(one.id, other.id);
}

/* Several visits of one person: each record is one, and later ones know what earlier ones told. */
static void test_several_visits(void **state)
{
    (void)state;
    test_person p;
    test_begin(&p);
    test_flat(&p,
              "{'id':'a','age':40,'gender':'F','visit_date':'2019-05-01','history':['asthma'],'location':'Boston, MA',"
              "'encounter_class':'emergency','exposure':'high_daycare_contact'}");
    test_flat(&p, "{'id':'a','age':41,'visit_date':'2020-06-01','history':['gout'],'location':'rural Georgia farm',"
                  "'medications':['metformin'],'immunizations':['influenza vaccine'],'procedures':['appendectomy']}");
    test_derive(&p);
    assert_int_equal(p.row_count, 2);
    char names[512];
    assert_string_equal(test_names(&p.rows[0], RECORD_HISTORY_CONCEPTS, names, sizeof(names)), "asthma");
    assert_string_equal(test_names(&p.rows[1], RECORD_HISTORY_CONCEPTS, names, sizeof(names)), "asthma gout");
    assert_int_equal(p.rows[0].qi.leaf[RECORD_QI_REGION], RECORD_NORTHEAST);
    assert_int_equal(p.rows[1].qi.leaf[RECORD_QI_REGION], RECORD_SOUTH);
    assert_int_equal(p.rows[1].qi.leaf[RECORD_QI_DENSITY], RECORD_RURAL);
    assert_int_equal(p.rows[1].qi.leaf[RECORD_QI_SEX], RECORD_SEX_FEMALE);
    assert_int_equal(p.rows[0].encounter_class, RECORD_CLASS_EMERGENCY);
    assert_string_equal(clinical_exposure_name(p.rows[0].qi.leaf[RECORD_QI_EXPOSURE]), "high_daycare_contact");
    assert_true(test_has(&p.rows[0], RECORD_OUTCOMES, "gout") == false); /* begins 13 months later */
    assert_int_equal(test_count(&p.rows[1], RECORD_IMMUNIZATION_CATEGORIES), 1);
    assert_int_equal(test_count(&p.rows[1], RECORD_PROCEDURE_CATEGORIES), 1);
    test_end(&p);
}

/* Of a note nothing survives but the vocabulary. */
static void test_nothing_of_a_note_survives(void **state)
{
    (void)state;
    test_person p;
    test_begin(&p);
    test_flat(&p,
              "{'id':'a','age':40,'gender':'female','visit_date':'2020-06-01','clinical_text':'Zebulon Quackenbush of "
              "Elm Street has asthma. No diabetes.','history':['Quackenbush syndrome'],'symptoms':'Zebulon itches'}");
    test_derive(&p);
    assert_null(memmem(p.packed.data, p.packed.size, "Quack", 5));
    assert_null(memmem(p.packed.data, p.packed.size, "Zebulon", 7));
    char names[512];
    assert_string_equal(test_names(&p.rows[0], RECORD_HISTORY_CONCEPTS, names, sizeof(names)), "asthma");
    test_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_types),    cmocka_unit_test(test_what_is_let_be),
        cmocka_unit_test(test_what_is_flat),   cmocka_unit_test(test_ids),
        cmocka_unit_test(test_several_visits), cmocka_unit_test(test_nothing_of_a_note_survives),
    };
    return cmocka_run_group_tests_name("clinical/flat", tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLINICAL_TEST_PERSON_H
#define CLINICAL_TEST_PERSON_H

#include "base/test.h"

#include "clinical/derive.h"
#include "clinical/flat.h"
#include "clinical/pack.h"
#include "clinical/released.h"
#include "clinical/vocabulary.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * A person made of a few lines, for tests: each call packs one resource; test_derive gives the rows. Times are texts as
 * in FHIR. Codes are "system|code" with the short names of SYSTEMS below, or words.
 */
#define TEST_RESOURCES_MAX 2048

typedef struct test_person {
    clinical_pack *pack;
    base_buf packed;
    size_t ends[TEST_RESOURCES_MAX];
    bool shared[TEST_RESOURCES_MAX];
    record_key keys[TEST_RESOURCES_MAX];
    base_span spans[TEST_RESOURCES_MAX], own[TEST_RESOURCES_MAX];
    size_t count;
    base_arena arena;
    record_row *rows;
    size_t row_count;
    clinical_derive_options options;
} test_person;

static const base_hash_key TEST_SECRET = {11, 22};

static inline base_time test_time(const char *text)
{
    base_time time = {0};
    if (text != NULL && text[0] != '\0')
        assert_int_equal(base_time_parse(base_span_of(text), &time, NULL), 0);
    return time;
}

static inline record_key test_key(const char *name)
{
    return name != NULL && name[0] != '\0' ? record_key_of(&TEST_SECRET, BASE_SPAN("test"), base_span_of(name))
                                           : (record_key){0, 0};
}

static inline void test_begin(test_person *p)
{
    const clinical_pack_options options = {.secret = TEST_SECRET, .identifier_system = BASE_SPAN("urn:mrn")};
    memset(p, 0, sizeof(*p));
    assert_int_equal(clinical_pack_new(&options, &p->pack, NULL), 0);
    base_buf_init(&p->packed, (size_t)1 << 24);
    base_arena_init(&p->arena, (size_t)1 << 26);
    p->options = (clinical_derive_options){.as_of_day = base_day_of(2024, 12, 31)};
}

static inline void test_end(test_person *p)
{
    clinical_pack_free(p->pack);
    base_buf_done(&p->packed);
    base_arena_done(&p->arena);
}

static inline void test_add_events(test_person *p, const record_event *events, size_t count)
{
    assert_true(p->count < TEST_RESOURCES_MAX);
    assert_int_equal(clinical_pack_resource(p->pack, events, count, &p->packed, NULL), 0);
    p->ends[p->count++] = p->packed.size;
}

static inline void test_patient(test_person *p, const char *gender, const char *birth, const char *death)
{
    const record_event event = {.kind = RECORD_PATIENT,
                                .start = test_time(birth),
                                .end = test_time(death),
                                .value = {.kind = RECORD_VALUE_TEXT, .text = base_span_of(gender)}};
    test_add_events(p, &event, 1);
}

static inline void test_visit(test_person *p, const char *id, const char *start, const char *end)
{
    const record_event event = {.kind = RECORD_ENCOUNTER,
                                .id = base_span_of(id),
                                .self = test_key(id),
                                .start = test_time(start),
                                .end = test_time(end)};
    test_add_events(p, &event, 1);
}

/* "snomed|195967001", "icd|J45.909", "rxnorm|…", "loinc|…", "cvx|…"; anything else is a text. */
static inline record_concept test_concept(const char *code, record_coding *coding)
{
    static const char *const systems[][2] = {
        {"snomed", "http://snomed.info/sct"},
        {"icd", "http://hl7.org/fhir/sid/icd-10-cm"},
        {"rxnorm", "http://www.nlm.nih.gov/research/umls/rxnorm"},
        {"loinc", "http://loinc.org"},
        {"cvx", "http://hl7.org/fhir/sid/cvx"},
        {"atc", "http://www.whocc.no/atc"},
    };
    const char *bar = strchr(code, '|');
    if (bar == NULL)
        return (record_concept){.text = base_span_of(code)};
    *coding = (record_coding){.code = base_span_of(bar + 1)};
    for (size_t i = 0; i < sizeof(systems) / sizeof(systems[0]); i++)
        if (base_span_equal((base_span){code, (size_t)(bar - code)}, base_span_of(systems[i][0])))
            coding->system = base_span_of(systems[i][1]);
    return (record_concept){.codings = coding, .count = 1};
}

static inline void test_coded(test_person *p, record_kind kind, const char *code, const char *start, const char *end,
                              const char *known, const char *visit)
{
    record_coding coding;
    record_event event = {.kind = kind,
                          .start = test_time(start),
                          .end = test_time(end),
                          .known = test_time(known),
                          .encounter = test_key(visit),
                          .self = test_key(kind == RECORD_REASON ? visit : "")};
    event.code = test_concept(code, &coding);
    test_add_events(p, &event, 1);
}

static inline void test_value(test_person *p, const char *loinc, double number, const char *unit, const char *at)
{
    const record_coding coding = {.system = BASE_SPAN("http://loinc.org"), .code = base_span_of(loinc)};
    const record_event event = {.kind = RECORD_OBSERVATION,
                                .start = test_time(at),
                                .known = test_time(at),
                                .code = {.codings = &coding, .count = 1},
                                .value = {.kind = RECORD_VALUE_QUANTITY, .number = number, .unit = base_span_of(unit)}};
    test_add_events(p, &event, 1);
}

static inline void test_answer(test_person *p, const char *loinc, const char *answer_code, const char *at)
{
    const record_coding coding = {.system = BASE_SPAN("http://loinc.org"), .code = base_span_of(loinc)};
    const record_coding answer = {.system = BASE_SPAN("http://loinc.org"), .code = base_span_of(answer_code)};
    const record_event event = {.kind = RECORD_OBSERVATION,
                                .start = test_time(at),
                                .known = test_time(at),
                                .code = {.codings = &coding, .count = 1},
                                .value = {.kind = RECORD_VALUE_CONCEPT, .concept = {.codings = &answer, .count = 1}}};
    test_add_events(p, &event, 1);
}

static inline void test_date_value(test_person *p, const char *loinc, const char *value, const char *at)
{
    const record_coding coding = {.system = BASE_SPAN("http://loinc.org"), .code = base_span_of(loinc)};
    const record_event event = {.kind = RECORD_OBSERVATION,
                                .start = test_time(at),
                                .known = test_time(at),
                                .code = {.codings = &coding, .count = 1},
                                .value = {.kind = RECORD_VALUE_TIME, .time = test_time(value)}};
    test_add_events(p, &event, 1);
}

static inline void test_share(test_person *p, const char *name)
{
    p->shared[p->count - 1] = true;
    p->keys[p->count - 1] = test_key(name);
}

static inline base_span test_resolve(void *context, record_key key)
{
    const test_person *p = context;
    for (size_t i = 0; i < p->count; i++)
        if (p->shared[i] && record_key_equal(p->keys[i], key))
            return p->spans[i];
    return (base_span){NULL, 0};
}

static inline int test_digest(void *context, base_span id, uint8_t ret_digest[32], lethe_error *error)
{
    const base_hash128 hash = base_hash(&TEST_SECRET, id);
    (void)context;
    (void)error;
    memset(ret_digest, 0, 32);
    memcpy(ret_digest, &hash, sizeof(hash));
    return 0;
}

/* Derives with the resources in this order: `step` and `count` coprime permute them. */
static inline void test_derive_permuted(test_person *p, size_t step)
{
    const clinical_derive_hooks hooks = {p, test_resolve, test_digest, NULL};
    size_t own = 0;
    for (size_t i = 0; i < p->count; i++) {
        const size_t start = i != 0 ? p->ends[i - 1] : 0;
        p->spans[i] = (base_span){p->packed.data + start, p->ends[i] - start};
    }
    for (size_t i = 0; i < p->count; i++) {
        const size_t at = i * step % p->count;
        if (!p->shared[at])
            p->own[own++] = p->spans[at];
    }
    lethe_error error = {0};
    assert_int_equal(clinical_derive(&p->options, p->own, own, &hooks, &p->arena, &p->rows, &p->row_count, &error), 0);
}

static inline void test_derive(test_person *p)
{
    test_derive_permuted(p, 1);
}

static inline bool test_has(const record_row *row, record_column column, const char *name)
{
    const record_item item = clinical_item_find(column, base_span_of(name));
    if (item == RECORD_ITEM_NONE)
        fail_msg("no item %s in %s", name, clinical_column_name(column));
    for (size_t i = 0; i < row->item_count; i++)
        if (row->items[i] == item)
            return true;
    return false;
}

static inline size_t test_count(const record_row *row, record_column column)
{
    size_t count = 0;
    for (size_t i = 0; i < row->item_count; i++)
        count += clinical_item_column(row->items[i]) == column;
    return count;
}

/* The names of a column, joined by blanks, in a buffer of the caller. */
static inline const char *test_names(const record_row *row, record_column column, char *to, size_t size)
{
    to[0] = '\0';
    for (size_t i = 0; i < row->item_count; i++)
        if (clinical_item_column(row->items[i]) == column) {
            if (to[0] != '\0')
                strncat(to, " ", size - strlen(to) - 1);
            strncat(to, clinical_item_name(row->items[i]), size - strlen(to) - 1);
        }
    return to;
}

static inline int test_flat_sink(void *context, const record_head *head, const record_event *events, size_t count,
                                 lethe_error *error)
{
    (void)head;
    (void)error;
    test_add_events(context, events, count);
    return 0;
}

static inline int test_flat_withheld(void *context, const lethe_error *trouble)
{
    (void)context;
    fail_msg("withheld: %s at %s", trouble->name, trouble->path);
    return 0;
}

/* Reads one flat record. */
static inline void test_flat(test_person *p, const char *json)
{
    const record_sink sink = {p, test_flat_sink, test_flat_withheld};
    json_parser *parser = NULL;
    clinical_flat *flat = NULL;
    json_value root;
    char *text = calloc(1, strlen(json) + JSON_PADDING);
    memcpy(text, json, strlen(json));
    for (char *c = text; *c != '\0'; c++)
        *c = *c == '\'' ? '"' : *c;
    assert_int_equal(json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &parser, NULL), 0);
    assert_int_equal(json_parse(parser, (base_span){text, strlen(json)}, &root, NULL), 0);
    assert_true(clinical_flat_is(root));
    assert_int_equal(clinical_flat_new(&TEST_SECRET, &flat, NULL), 0);
    assert_int_equal(clinical_flat_read(flat, root, &sink, NULL), 0);
    clinical_flat_free(flat);
    json_parser_free(parser);
    free(text);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/dump.h"

#include "base/buf.h"
#include "base/test.h"

#include <stdio.h>

static const base_hash_key SECRET = {0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL};

#define DUMP_PLACE_BYTES 4 /* of the document, printed to show where an error points */

static json_parser *parser;
static fhir_reader *reader;
static base_buf out, padded;
static const char *const *known_names;
static int sink_status;

static const struct {
    const char *url, *name;
} SYSTEMS[] = {
    {"http://snomed.info/sct", "sct"},
    {"http://loinc.org", "loinc"},
    {"http://www.nlm.nih.gov/research/umls/rxnorm", "rxnorm"},
    {"http://terminology.hl7.org/CodeSystem/v3-ActCode", "act"},
};

static void print_key(const char *label, record_key key)
{
    if (record_key_none(key))
        return;
    const char *found = "?";
    for (size_t i = 0; known_names != NULL && known_names[i] != NULL; i++) {
        const char *slash = strchr(known_names[i], '/');
        const base_span type = {known_names[i], (size_t)(slash - known_names[i])};
        if (record_key_equal(key, record_key_of(&SECRET, type, base_span_of(slash + 1))))
            found = known_names[i];
    }
    base_buf_format(&out, "%s%s", label, found);
}

static void print_span(const char *label, base_span text)
{
    if (text.data == NULL)
        return;
    base_buf_text(&out, label);
    base_buf_span(&out, text);
}

static void print_time(const char *label, base_time time)
{
    if (!base_time_known(time))
        return;
    const base_civil civil = base_civil_of(time.day);
    base_buf_format(&out, "%s%04d", label, civil.year);
    if (time.precision >= BASE_PRECISION_MONTH)
        base_buf_format(&out, "-%02d", civil.month);
    if (time.precision >= BASE_PRECISION_DAY)
        base_buf_format(&out, "-%02d", civil.day);
    if (time.precision == BASE_PRECISION_TIME)
        base_buf_format(&out, "T%02d:%02d", time.second / 3600, time.second / 60 % 60);
}

static void print_system(base_span system)
{
    for (size_t i = 0; i < sizeof(SYSTEMS) / sizeof(SYSTEMS[0]); i++)
        if (base_span_is(system, SYSTEMS[i].url))
            system = base_span_of(SYSTEMS[i].name);
    base_buf_span(&out, system);
}

static void print_concept(const char *label, const record_concept *concept)
{
    if (concept->count == 0 && concept->text.data == NULL)
        return;
    base_buf_text(&out, label);
    for (uint32_t i = 0; i < concept->count; i++) {
        base_buf_text(&out, "[");
        print_system(concept->codings[i].system);
        print_span("|", concept->codings[i].code);
        print_span("|", concept->codings[i].display);
        base_buf_text(&out, "]");
    }
    if (concept->text.data != NULL) {
        print_span("'", concept->text);
        base_buf_text(&out, "'");
    }
}

static void print_value(const record_value *value)
{
    switch (value->kind) {
    case RECORD_VALUE_NONE:
        return;
    case RECORD_VALUE_QUANTITY:
        base_buf_text(&out, " value=");
        if (value->comparator != 0)
            base_buf_byte(&out, value->comparator);
        base_buf_format(&out, "%g", value->number);
        print_span(" unit=", value->unit);
        return;
    case RECORD_VALUE_CONCEPT:
        print_concept(" value=", &value->concept);
        return;
    case RECORD_VALUE_TEXT:
        print_span(" value='", value->text);
        base_buf_text(&out, "'");
        return;
    case RECORD_VALUE_BOOLEAN:
        base_buf_text(&out, value->truth ? " value=true" : " value=false");
        return;
    case RECORD_VALUE_TIME:
        print_time(" value=", value->time);
    }
}

static const char *kind_name(record_kind kind)
{
    static const char *const names[] = {"",          "patient",   "address",      "link",        "identifier",
                                        "encounter", "reason",    "condition",    "observation", "medication",
                                        "allergy",   "procedure", "immunization", "substance"};
    return names[kind];
}

static void print_event(const record_event *event)
{
    base_buf_format(&out, "  %s", kind_name(event->kind));
    print_span(" id=", event->id);
    print_concept(" code=", &event->code);
    print_value(&event->value);
    print_concept(" interpretation=", &event->interpretation);
    print_span(" city=", event->place.city);
    print_span(" state=", event->place.state);
    print_span(" postal=", event->place.postal_code);
    print_span(" country=", event->place.country);
    print_span(" text=", event->place.text);
    print_time(" start=", event->start);
    print_time(" end=", event->end);
    print_time(" known=", event->known);
    print_key(" self=", event->self);
    print_key(" encounter=", event->encounter);
    print_key(" reference=", event->reference);
    base_buf_text(&out, (event->flags & RECORD_FLAG_DECEASED) != 0 ? " deceased" : "");
    base_buf_text(&out, (event->flags & RECORD_FLAG_HISTORICAL) != 0 ? " historical" : "");
    base_buf_text(&out, (event->flags & RECORD_FLAG_FULL_URL) != 0 ? " full_url" : "");
    base_buf_text(&out, "\n");
}

static int print_resource(void *context, const record_head *head, const record_event *events, size_t count,
                          lethe_error *error)
{
    (void)context;
    if (sink_status != 0)
        (void)base_fail(error, sink_status);
    if (record_key_none(head->resource))
        base_buf_text(&out, "-");
    print_key("", head->resource);
    print_key(" of ", head->patient);
    print_span(" id=", head->patient_id);
    base_buf_text(&out, head->shared ? " shared" : "");
    if (head->last_updated_us != INT64_MIN)
        base_buf_format(&out, " updated=%lld", (long long)head->last_updated_us);
    base_buf_text(&out, "\n");
    assert_true(head->text.size >= 2 && head->text.data[0] == '{' && head->text.data[head->text.size - 1] == '}');
    for (size_t i = 0; i < count; i++)
        print_event(&events[i]);
    return sink_status;
}

static int print_withheld(void *context, const lethe_error *trouble)
{
    (void)context;
    assert_string_equal(trouble->name, base_error_name(trouble->code));
    const size_t byte = (size_t)trouble->byte;
    assert_true(byte < padded.size - JSON_PADDING);
    base_buf_format(&out, "withheld %s %s at %.*s\n", trouble->name + sizeof("LETHE_E_") - 1, trouble->path,
                    (int)DUMP_PLACE_BYTES, padded.data + byte);
    return sink_status;
}

void dump_open(void)
{
    sink_status = 0;
    const fhir_options options = {.secret = SECRET, .max_events = 64, .max_entries = 64};
    base_buf_init(&out, 1 << 22);
    base_buf_init(&padded, 1 << 24);
    assert_int_equal(json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &parser, NULL), 0);
    assert_int_equal(fhir_reader_new(&options, &reader, NULL), 0);
}

void dump_close(void)
{
    json_parser_free(parser);
    fhir_reader_free(reader);
    base_buf_done(&out);
    base_buf_done(&padded);
}

void dump_names(const char *const *names)
{
    known_names = names;
}

void dump_sink_status(int status)
{
    sink_status = status;
}

int dump_read_status(const char *text, lethe_error *error)
{
    static const char padding[JSON_PADDING];
    const record_sink sink = {.resource = print_resource, .withheld = print_withheld};
    json_value root;
    base_buf_reset(&out);
    base_buf_reset(&padded);
    base_buf_text(&padded, text);
    base_buf_append(&padded, padding, sizeof(padding));
    assert_int_equal(base_buf_check(&padded, NULL), 0);
    const size_t size = strlen(text);
    for (size_t i = 0; i < size; i++)
        if (padded.data[i] == '\'')
            padded.data[i] = '"';
    assert_int_equal(json_parse(parser, (base_span){padded.data, size}, &root, NULL), 0);
    const int status = fhir_read(reader, root, &sink, error);
    base_buf_byte(&out, '\0');
    assert_int_equal(base_buf_check(&out, NULL), 0);
    return status;
}

void dump_expect(const char *text, const char *lines)
{
    assert_int_equal(dump_read_status(text, NULL), 0);
    assert_string_equal(out.data, lines);
}

const fhir_stats *dump_stats(void)
{
    return fhir_reader_stats(reader);
}

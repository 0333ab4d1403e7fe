/* SPDX-License-Identifier: Apache-2.0 */
/* The FHIR reader on any JSON: spans can be read, errors have a place, counts add up. */
#include "fhir/reader.h"
#include "json/json.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct totals {
    uint64_t heads, withheld, bytes;
} totals;

/* Touches every byte, for the sanitizer. */
static void touch(totals *t, base_span text)
{
    for (size_t i = 0; i < text.size; i++)
        t->bytes += (uint8_t)text.data[i] != 0;
}

static void touch_concept(totals *t, const record_concept *concept)
{
    touch(t, concept->text);
    for (uint32_t i = 0; i < concept->count; i++) {
        touch(t, concept->codings[i].system);
        touch(t, concept->codings[i].code);
        touch(t, concept->codings[i].display);
    }
}

static int take_resource(void *context, const record_head *head, const record_event *events, size_t count,
                         lethe_error *error)
{
    totals *t = context;
    (void)error;
    t->heads++;
    touch(t, head->patient_id);
    touch(t, head->text);
    assert(head->shared == record_key_none(head->patient));
    for (size_t i = 0; i < count; i++) {
        touch(t, events[i].id);
        touch_concept(t, &events[i].code);
        touch_concept(t, &events[i].interpretation);
        touch_concept(t, &events[i].value.concept);
        touch(t, events[i].value.text);
        touch(t, events[i].value.unit);
        touch(t, events[i].place.state);
        touch(t, events[i].place.city);
    }
    return 0;
}

static int take_withheld(void *context, const lethe_error *trouble)
{
    ((totals *)context)->withheld++;
    assert(trouble->code != 0 && trouble->byte >= 0 && trouble->path[0] != '\0');
    return 0;
}

static void check_counts(const fhir_stats *stats, const totals *t)
{
    uint64_t used = 0, withheld = stats->broken;
    for (fhir_resource_type type = 0; type < FHIR_RESOURCE_TYPE_COUNT; type++) {
        const fhir_count *c = &stats->types[type];
        assert(c->read == c->used + c->negated + c->unused + c->withheld);
        used += c->used + c->negated;
        withheld += c->withheld;
    }
    assert(t->heads >= used && t->withheld == withheld); /* aliases of shared resources are heads too */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const fhir_options options = {.secret = {3, 4}, .max_events = 1000, .max_entries = 1000};
    totals t = {0};
    const record_sink sink = {.context = &t, .resource = take_resource, .withheld = take_withheld};
    json_parser *parser = NULL;
    fhir_reader *reader = NULL;
    json_value root;
    char *text = calloc(1, size + JSON_PADDING);
    if (text == NULL || json_parser_new(JSON_DOCUMENT_MAX, 64, &parser, NULL) != 0 ||
        fhir_reader_new(&options, &reader, NULL) != 0)
        abort();
    if (size != 0)
        memcpy(text, data, size);
    if (json_parse(parser, (base_span){text, size}, &root, NULL) == 0) {
        assert(fhir_read(reader, root, &sink, NULL) == 0);
        check_counts(fhir_reader_stats(reader), &t);
    }
    fhir_reader_free(reader);
    json_parser_free(parser);
    free(text);
    return 0;
}

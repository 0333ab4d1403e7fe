/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/internal.h"

#define PATIENT_ID_MAX 256 /* R4 says 64 of [A-Za-z0-9.-]; exports in the wild go beyond both */
#define US_PER_SECOND  1000000

static base_span text_of(json_value value)
{
    return json_string(value);
}

int fhir_time(fhir_reader *reader, json_value value, base_time *ret_time)
{
    *ret_time = (base_time){0};
    if (!json_present(value))
        return 0;
    if (!json_is(value, JSON_STRING))
        return fhir_fail(reader, LETHE_E_FHIR_TYPE, value);
    return base_time_parse(text_of(value), ret_time, NULL) == 0 ? 0 : fhir_fail(reader, LETHE_E_FHIR_VALUE, value);
}

int fhir_period(fhir_reader *reader, json_value value, base_time *ret_start, base_time *ret_end)
{
    *ret_start = *ret_end = (base_time){0};
    if (!json_present(value))
        return 0;
    json_value v[PERIOD_COUNT];
    BASE_TRY(fhir_pick(reader, value, SHAPE_PERIOD, v));
    BASE_TRY(fhir_time(reader, v[PERIOD_START], ret_start));
    return fhir_time(reader, v[PERIOD_END], ret_end);
}

static int64_t two_digits(const char *text)
{
    return (text[0] - '0') * 10 + (text[1] - '0');
}

/* ".123456" at text[at]: microseconds; further digits are cut off. */
static int64_t fraction_us(base_span text, size_t at)
{
    int64_t us = 0;
    if (at >= text.size || text.data[at] != '.')
        return 0;
    for (int64_t unit = US_PER_SECOND / 10; unit != 0 && ++at < text.size; unit /= 10) {
        if (text.data[at] < '0' || text.data[at] > '9')
            break;
        us += (text.data[at] - '0') * unit;
    }
    return us;
}

/* Seconds east of UTC that the end of a checked instant says; without a zone it is taken as UTC. */
static int64_t zone_seconds(base_span text)
{
    if (text.size < 16 || text.data[text.size - 1] == 'Z')
        return 0;
    const char *zone = text.data + text.size - 6;
    if ((zone[0] != '+' && zone[0] != '-') || zone[3] != ':')
        return 0;
    const int64_t seconds = (two_digits(zone + 1) * 60 + two_digits(zone + 4)) * 60;
    return zone[0] == '-' ? -seconds : seconds;
}

int fhir_instant_us(fhir_reader *reader, json_value value, int64_t *ret_us)
{
    static const size_t seconds_size = sizeof("2020-01-01T00:00:00") - 1;
    base_time time;
    *ret_us = INT64_MIN;
    BASE_TRY(fhir_time(reader, value, &time));
    if (!base_time_known(time))
        return 0;
    int64_t seconds = (int64_t)time.day * 86400 + time.second, us = 0;
    if (time.precision == BASE_PRECISION_TIME) {
        seconds -= zone_seconds(text_of(value));
        us = fraction_us(text_of(value), seconds_size);
    }
    *ret_us = seconds * US_PER_SECOND + us;
    return 0;
}

static int read_coding(fhir_reader *reader, json_value value, record_coding *ret_coding)
{
    json_value v[CODING_COUNT];
    BASE_TRY(fhir_pick(reader, value, SHAPE_CODING, v));
    *ret_coding = (record_coding){
        .system = text_of(v[CODING_SYSTEM]),
        .code = text_of(v[CODING_CODE]),
        .display = text_of(v[CODING_DISPLAY]),
    };
    return 0;
}

/* Room for `count` codings of one concept. */
static int take_codings(fhir_reader *reader, size_t count, record_coding **ret_codings)
{
    *ret_codings = NULL;
    if (count == 0)
        return 0;
    *ret_codings = base_arena_take_array(&reader->arena, count, sizeof(record_coding));
    return *ret_codings != NULL ? 0 : fhir_fail(reader, LETHE_E_BASE_LIMIT, reader->resource);
}

/* Adds the codings of one CodeableConcept to a concept with enough room, and its text if there is none yet. */
static int append_concept(fhir_reader *reader, const json_value *v, record_coding *codings, record_concept *concept)
{
    json_iterator iterator = json_iterate(v[CONCEPT_CODING]);
    for (json_value coding; json_next(&iterator, NULL, &coding); concept->count++)
        BASE_TRY(read_coding(reader, coding, &codings[concept->count]));
    if (concept->text.data == NULL)
    concept->text = text_of(v[CONCEPT_TEXT]);
    return 0;
}

int fhir_concept(fhir_reader *reader, json_value value, record_concept *ret_concept)
{
    *ret_concept = (record_concept){0};
    if (!json_present(value))
        return 0;
    json_value v[CONCEPT_COUNT];
    record_coding *codings;
    BASE_TRY(fhir_pick(reader, value, SHAPE_CONCEPT, v));
    BASE_TRY(take_codings(reader, json_count(v[CONCEPT_CODING]), &codings));
    ret_concept->codings = codings;
    return append_concept(reader, v, codings, ret_concept);
}

int fhir_concepts(fhir_reader *reader, json_value list, json_value one_more, record_concept *ret_concept)
{
    json_value v[CONCEPT_COUNT];
    record_coding *codings;
    size_t count = 0;
    *ret_concept = (record_concept){0};
    json_iterator iterator = json_iterate(list);
    for (json_value value; json_next(&iterator, NULL, &value);) {
        BASE_TRY(fhir_pick(reader, value, SHAPE_CONCEPT, v));
        count += json_count(v[CONCEPT_CODING]);
    }
    if (json_present(one_more))
        count += json_count(json_get(one_more, "coding"));
    BASE_TRY(take_codings(reader, count, &codings));
    ret_concept->codings = codings;
    iterator = json_iterate(list);
    for (json_value value; json_next(&iterator, NULL, &value);) {
        BASE_TRY(fhir_pick(reader, value, SHAPE_CONCEPT, v));
        BASE_TRY(append_concept(reader, v, codings, ret_concept));
    }
    if (!json_present(one_more))
        return 0;
    BASE_TRY(fhir_pick(reader, one_more, SHAPE_CONCEPT, v));
    return append_concept(reader, v, codings, ret_concept);
}

int fhir_class(fhir_reader *reader, json_value value, record_concept *ret_concept)
{
    if (!json_is(value, JSON_OBJECT)) /* the list of CodeableConcept of R5, or nothing */
        return fhir_concepts(reader, value, (json_value){0}, ret_concept);
    record_coding *codings;
    BASE_TRY(take_codings(reader, 1, &codings));
    *ret_concept = (record_concept){.codings = codings, .count = 1};
    return read_coding(reader, value, codings);
}

/* < <= >= >, as record_value spells them; 0 for none and for R5's "ad". */
static int comparator_of(fhir_reader *reader, json_value value, char *ret_comparator)
{
    const base_span text = text_of(value);
    *ret_comparator = 0;
    if (base_span_is(text, "<") || base_span_is(text, ">"))
        *ret_comparator = text.data[0];
    else if (base_span_is(text, "<="))
        *ret_comparator = 'l';
    else if (base_span_is(text, ">="))
        *ret_comparator = 'g';
    else if (text.data != NULL && !base_span_is(text, "ad"))
        return fhir_fail(reader, LETHE_E_FHIR_VALUE, value);
    return 0;
}

/* The UCUM code; the printed unit where the code is of another system or there is none. */
static base_span unit_of(const json_value *v)
{
    const base_span system = text_of(v[QUANTITY_SYSTEM]), code = text_of(v[QUANTITY_CODE]);
    const base_span unit = text_of(v[QUANTITY_UNIT]);
    const bool ucum = system.data == NULL || base_span_is(system, "http://unitsofmeasure.org");
    return (code.size != 0 && ucum) || unit.size == 0 ? code : unit;
}

int fhir_quantity(fhir_reader *reader, json_value value, record_value *ret_value)
{
    json_value v[QUANTITY_COUNT];
    BASE_TRY(fhir_pick(reader, value, SHAPE_QUANTITY, v));
    if (!json_present(v[QUANTITY_VALUE]))
        return 0; /* a unit alone says nothing */
    *ret_value = (record_value){.kind = RECORD_VALUE_QUANTITY, .unit = unit_of(v)};
    if (!json_number(v[QUANTITY_VALUE], &ret_value->number))
        return fhir_fail(reader, LETHE_E_FHIR_VALUE, v[QUANTITY_VALUE]);
    return comparator_of(reader, v[QUANTITY_COMPARATOR], &ret_value->comparator);
}

int fhir_address(fhir_reader *reader, json_value value, record_event *event)
{
    json_value v[ADDRESS_COUNT];
    BASE_TRY(fhir_pick(reader, value, SHAPE_ADDRESS, v));
    event->place = (record_place){
        .city = text_of(v[ADDRESS_CITY]),
        .state = text_of(v[ADDRESS_STATE]),
        .postal_code = text_of(v[ADDRESS_POSTAL_CODE]),
        .country = text_of(v[ADDRESS_COUNTRY]),
        .text = text_of(v[ADDRESS_TEXT]),
    };
    if (base_span_is(text_of(v[ADDRESS_USE]), "old"))
        event->flags |= RECORD_FLAG_HISTORICAL;
    return fhir_period(reader, v[ADDRESS_PERIOD], &event->start, &event->end);
}

int fhir_check_id(fhir_reader *reader, base_span id, json_value at)
{
    bool good = id.size != 0 && id.size <= PATIENT_ID_MAX;
    for (size_t i = 0; good && i < id.size; i++)
        good = (unsigned char)id.data[i] >= 0x20 && id.data[i] != 0x7f;
    return good ? 0 : fhir_fail(reader, LETHE_E_FHIR_VALUE, at);
}

base_span fhir_alias(fhir_reader *reader, base_span system, base_span value)
{
    const size_t size = 2 + system.size + value.size;
    char *text = base_arena_take(&reader->arena, size);
    if (text == NULL)
        return (base_span){NULL, 0};
    text[0] = '?';
    if (system.size != 0)
        memcpy(text + 1, system.data, system.size);
    text[1 + system.size] = '|';
    if (value.size != 0)
        memcpy(text + 2 + system.size, value.data, value.size);
    return (base_span){text, size};
}

json_value fhir_extension(json_value extensions, const char *url, const char *member)
{
    json_iterator iterator = json_iterate(extensions);
    for (json_value extension; json_next(&iterator, NULL, &extension);)
        if (base_span_is(json_string(json_get(extension, "url")), url))
            return json_get(extension, member);
    return (json_value){0};
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "json/parser.h"

#include <stdlib.h>

int json_parser_new(size_t max_document_bytes, size_t max_depth, json_parser **ret_parser, lethe_error *error)
{
    json_parser *parser = calloc(1, sizeof(*parser));
    if (parser == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    parser->max_bytes = max_document_bytes < UINT32_MAX - JSON_PADDING ? max_document_bytes : UINT32_MAX - JSON_PADDING;
    parser->max_depth = max_depth;
    parser->places = calloc(1, sizeof(*parser->places));
    parser->tape = json_tape_new();
    if (parser->places == NULL || parser->tape == NULL) {
        json_parser_free(parser);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    *ret_parser = parser;
    return 0;
}

void json_parser_free(json_parser *parser)
{
    if (parser == NULL)
        return;
    if (parser->places != NULL)
        free(parser->places->places);
    free(parser->places);
    free(parser->patched);
    json_tape_free(parser->tape);
    free(parser);
}

/* A byte order mark is ignored, as RFC 8259 section 8.1 allows: exports from Windows begin with one. */
static size_t byte_order_mark(base_span text)
{
    return base_span_starts(text, BASE_SPAN("\xef\xbb\xbf")) ? 3 : 0;
}

int json_parse(json_parser *parser, base_span text, json_value *ret_root, lethe_error *error)
{
    if (text.size > parser->max_bytes)
        return base_fail(error, LETHE_E_JSON_SIZE);
    parser->bom_size = byte_order_mark(text);
    parser->text = (base_span){text.data + parser->bom_size, text.size - parser->bom_size};
    parser->places->ready = false;
    parser->view = (json_tape_view){0};
    if (parser->text.size == 0)
        return base_fail_at(error, LETHE_E_JSON_SYNTAX, parser->bom_size);
    /* simdjson refuses a depth that reaches its maximum; an empty innermost container is no level to it. */
    const json_tape_status status =
        json_tape_parse(parser->tape, parser->text.data, parser->text.size, parser->max_depth + 1, &parser->view);
    if (status == JSON_TAPE_NUMBER)
        BASE_TRY(json_parse_big_numbers(parser, error));
    else if (status != JSON_TAPE_OK)
        return json_diagnose(parser, status, error);
    *ret_root = (json_value){.parser = parser, .at = TAPE_ROOT_VALUE};
    return 0;
}

json_type json_type_of(json_value value)
{
    if (value.parser == NULL)
        return JSON_NULL;
    switch (tape_type(value.parser->view.words[value.at])) {
    case '{':
        return JSON_OBJECT;
    case '[':
        return JSON_ARRAY;
    case '"':
        return JSON_STRING;
    case 't':
    case 'f':
        return JSON_BOOL;
    case 'n':
        return JSON_NULL;
    default:
        return JSON_NUMBER;
    }
}

/* The words between the opening and the closing one; an empty range for anything but the container asked for. */
static bool container_range(json_value value, char opening, uint32_t *ret_at, uint32_t *ret_end)
{
    if (value.parser == NULL || tape_type(value.parser->view.words[value.at]) != opening)
        return false;
    *ret_at = value.at + 1;
    *ret_end = (uint32_t)value.parser->view.words[value.at] - 1;
    return true;
}

json_value json_get(json_value object, const char *key)
{
    uint32_t at, end;
    if (!container_range(object, '{', &at, &end))
        return (json_value){0};
    const uint64_t *words = object.parser->view.words;
    const size_t size = strlen(key);
    for (; at < end; at = tape_after(words, at + 1)) {
        const base_span name = tape_string(object.parser, words[at]);
        if (name.size == size && memcmp(name.data, key, size) == 0)
            return (json_value){.parser = object.parser, .at = at + 1};
    }
    return (json_value){0};
}

json_value json_element(json_value array, uint32_t index)
{
    uint32_t at, end;
    if (!container_range(array, '[', &at, &end))
        return (json_value){0};
    for (; at < end; at = tape_after(array.parser->view.words, at))
        if (index-- == 0)
            return (json_value){.parser = array.parser, .at = at};
    return (json_value){0};
}

uint32_t json_count(json_value container)
{
    json_iterator iterator = json_iterate(container);
    if (iterator.at == iterator.end)
        return 0;
    const uint32_t stored = (uint32_t)(container.parser->view.words[container.at] >> 32) & TAPE_COUNT_MAX;
    if (stored < TAPE_COUNT_MAX)
        return stored;
    uint32_t count = 0;
    json_value value;
    while (json_next(&iterator, NULL, &value))
        count++;
    return count;
}

json_iterator json_iterate(json_value container)
{
    json_iterator iterator = {.container = container};
    if (!container_range(container, '{', &iterator.at, &iterator.end))
        (void)container_range(container, '[', &iterator.at, &iterator.end);
    return iterator;
}

bool json_next(json_iterator *iterator, base_span *ret_key, json_value *ret_value)
{
    if (iterator->at >= iterator->end)
        return false;
    const json_parser *parser = iterator->container.parser;
    const uint64_t *words = parser->view.words;
    const bool object = tape_type(words[iterator->container.at]) == '{';
    if (ret_key != NULL)
        *ret_key = object ? tape_string(parser, words[iterator->at]) : (base_span){NULL, 0};
    if (object)
        iterator->at++;
    *ret_value = (json_value){.parser = parser, .at = iterator->at};
    iterator->at = tape_after(words, iterator->at);
    return true;
}

base_span json_string(json_value value)
{
    if (!json_is(value, JSON_STRING))
        return (base_span){NULL, 0};
    return tape_string(value.parser, value.parser->view.words[value.at]);
}

bool json_bool(json_value value, bool *ret_truth)
{
    if (!json_is(value, JSON_BOOL))
        return false;
    *ret_truth = tape_type(value.parser->view.words[value.at]) == 't';
    return true;
}

size_t json_offset(json_value value)
{
    return value.parser == NULL ? 0 : value.parser->bom_size + json_locate(value.parser, value.at);
}

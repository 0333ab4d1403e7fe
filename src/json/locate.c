/* SPDX-License-Identifier: Apache-2.0 */
#include "json/parser.h"

#include <stdlib.h>

/*
 * From the tape back to the text. Tape elements and structural indexes come in the same order; the indexes also hold
 * the commas and colons. One walk over both gives a place for each stride of the tape, from which any element is a few
 * steps.
 *
 *   text     { "a" : [ 1 , 2 ] }
 *   indexes  {  "  : [ 1 , 2 ] }
 *   tape   r {  "    [ l   l ] } r
 */
static uint32_t skip_separators(const json_parser *parser, uint32_t index)
{
    const char *text = parser->text.data;
    const uint32_t *indexes = parser->view.indexes;
    while (index < parser->view.index_count && (text[indexes[index]] == ',' || text[indexes[index]] == ':'))
        index++;
    return index;
}

/* Closing words are elements too: tape_after would skip whole containers. */
static uint32_t step_into(const uint64_t *words, uint32_t at)
{
    const char type = tape_type(words[at]);
    return type == '{' || type == '[' ? at + 1 : tape_after(words, at);
}

static uint32_t walk(const json_parser *parser, json_place from, uint32_t to)
{
    json_place here = {.at = from.at, .index = skip_separators(parser, from.index)};
    while (here.at < to) {
        here.at = step_into(parser->view.words, here.at);
        here.index = skip_separators(parser, here.index + 1);
    }
    return here.index;
}

static bool reserve_places(json_places *places, size_t count)
{
    if (count <= places->capacity)
        return true;
    json_place *grown = realloc(places->places, count * sizeof(*grown));
    if (grown == NULL)
        return false;
    places->places = grown;
    places->capacity = count;
    return true;
}

static void build_places(const json_parser *parser)
{
    json_places *places = parser->places;
    const uint32_t end = (uint32_t)parser->view.words[0]; /* behind the closing root word */
    if (!reserve_places(places, end / PLACES_STRIDE + 1))
        return; /* slow but right: json_locate walks from the beginning */
    json_place here = {.at = TAPE_ROOT_VALUE, .index = 0};
    uint32_t filled = 0;
    while (here.at + 1 < end) {
        here.index = skip_separators(parser, here.index);
        for (; filled <= here.at / PLACES_STRIDE; filled++)
            places->places[filled] = here;
        here.at = step_into(parser->view.words, here.at);
        here.index++;
    }
    places->ready = true;
}

size_t json_locate(const json_parser *parser, uint32_t at)
{
    const uint32_t *indexes = parser->view.indexes;
    if (at == TAPE_ROOT_VALUE)
        return indexes[0];
    if (at + 2 == (uint32_t)parser->view.words[0]) /* the closing word of the root: the last index */
        return indexes[parser->view.index_count - 1];
    if (!parser->places->ready)
        build_places(parser);
    const json_place from =
        parser->places->ready ? parser->places->places[at / PLACES_STRIDE] : (json_place){.at = TAPE_ROOT_VALUE};
    return indexes[walk(parser, from, at)];
}

/* Length of the string whose opening quote stands at text[0], both quotes included; the text has been checked. */
static size_t quoted_size(base_span text)
{
    size_t at = 1;
    while (at < text.size && text.data[at] != '"')
        at += text.data[at] == '\\' ? 2 : 1;
    return at < text.size ? at + 1 : text.size;
}

base_span json_number_text(json_value value)
{
    if (!json_is(value, JSON_NUMBER))
        return (base_span){NULL, 0};
    return json_text(value);
}

base_span json_text(json_value value)
{
    if (value.parser == NULL)
        return (base_span){NULL, 0};
    const json_parser *parser = value.parser;
    const uint64_t word = parser->view.words[value.at];
    const size_t start = json_locate(parser, value.at);
    base_span rest = {parser->text.data + start, parser->text.size - start};
    switch (tape_type(word)) {
    case '{':
    case '[':
        rest.size = json_locate(parser, (uint32_t)word - 1) + 1 - start;
        break;
    case '"':
        rest.size = quoted_size(rest);
        break;
    case 't':
    case 'n':
        rest.size = 4;
        break;
    case 'f':
        rest.size = 5;
        break;
    default:
        (void)json_scan_number(rest, &rest.size);
    }
    return rest;
}

json_tokens json_tokens_of(json_value value)
{
    const json_parser *parser = value.parser;
    return (json_tokens){parser->text, parser->view.indexes, parser->view.index_count};
}

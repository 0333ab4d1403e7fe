/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JSON_PARSER_H
#define JSON_PARSER_H

#include "json/json.h"
#include "json/tape.h"

/*
 * A parser and the tape words, shared by the files of this module.
 *
 *   word      type (8 bits) | payload (56 bits)
 *   { [       payload: count of members, saturating (24 bits) | index of the word behind the container (32 bits)
 *   } ]       payload: index of the opening word
 *   "         payload: offset of a 32-bit length and the bytes in `strings`
 *   l u d     the next word is the number: int64, uint64, double
 *   N         our own: a number that simdjson refuses; the next word is its byte offset, its text is the value
 *   t f n     true, false, null
 */
#define TAPE_PAYLOAD    (((uint64_t)1 << 56) - 1)
#define TAPE_COUNT_MAX  0xffffffu
#define TAPE_BIG_NUMBER 'N'
#define TAPE_ROOT_VALUE 1 /* word 0 is the root marker */

/* Where tape elements stand in the text: found on first need, for a Bundle is asked for a few of its thousands. */
#define PLACES_STRIDE 16

typedef struct json_place {
    uint32_t at, index; /* a tape element and its structural index */
} json_place;

typedef struct json_places {
    json_place *places; /* one for each PLACES_STRIDE words of the tape, the first element that begins there */
    size_t capacity;
    bool ready;
} json_places;

struct json_parser {
    json_tape *tape;
    size_t max_bytes, max_depth;
    json_tape_view view;
    base_span text;  /* the document as given, without a byte order mark */
    size_t bom_size; /* bytes of the mark, part of every offset */
    char *patched;   /* copy of a document whose numbers simdjson refused */
    size_t patched_capacity;
    json_places *places; /* behind a pointer: it is filled through const values */
};

static inline char tape_type(uint64_t word)
{
    return (char)(word >> 56);
}

/* The index behind the element at `at`. */
static inline uint32_t tape_after(const uint64_t *words, uint32_t at)
{
    switch (tape_type(words[at])) {
    case '{':
    case '[':
        return (uint32_t)words[at];
    case 'l':
    case 'u':
    case 'd':
    case TAPE_BIG_NUMBER:
        return at + 2;
    default:
        return at + 1;
    }
}

static inline base_span tape_string(const json_parser *parser, uint64_t word)
{
    const uint8_t *start = parser->view.strings + (word & TAPE_PAYLOAD);
    uint32_t size;
    memcpy(&size, start, sizeof(size));
    return (base_span){(const char *)start + sizeof(size), size};
}

/* locate.c: the byte in parser->text where the element at `at` begins. */
size_t json_locate(const json_parser *parser, uint32_t at);

/* number.c: true when `text` begins with a number of RFC 8259 that ends where a number may end; its length. */
bool json_scan_number(base_span text, size_t *ret_size);

/* number.c: gives a document that simdjson refused for its numbers a second try; a failure is filled in `error`. */
int json_parse_big_numbers(json_parser *parser, lethe_error *error);

/* diagnose.c: the byte offset of the first trouble in the text that was refused with `status`. */
int json_diagnose(const json_parser *parser, json_tape_status status, lethe_error *error);

#endif

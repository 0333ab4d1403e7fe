/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JSON_JSON_H
#define JSON_JSON_H

#include "base/error.h"
#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Reading JSON through the simdjson tape. A parser owns the tape and the strings of its last document: values and spans
 * are valid until the next json_parse or json_parser_free. One thread at a time. Every byte of the document is checked
 * (RFC 8259, UTF-8), whether or not anyone looks at it.
 *
 *   text      {"a": [1.00, "x"]}
 *   tape      r { "a" [ d 1.0 "x" ] } r        json_value = parser + index on the tape
 *   indexes   0 1   4 ...                      structural index of each tape element: byte offsets and raw number text
 */
#define JSON_PADDING      64                  /* bytes that must be readable behind a document */
#define JSON_DOCUMENT_MAX ((size_t)256 << 20) /* default limit of one document */
#define JSON_DEPTH_MAX    512                 /* default limit of nesting; FHIR itself stays under 60 */

typedef struct json_parser json_parser;

typedef enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT } json_type;

typedef struct json_value {
    const json_parser *parser; /* NULL: absent */
    uint32_t at;
} json_value;

/* Walks the members of an object or the elements of an array: while (json_next(&it, &key, &value)). */
typedef struct json_iterator {
    json_value container;
    uint32_t at, end;
} json_iterator;

int json_parser_new(size_t max_document_bytes, size_t max_depth, json_parser **ret_parser, lethe_error *error);
void json_parser_free(json_parser *parser);

/* Parses one document. JSON_PADDING bytes behind `text` must be readable (their content does not matter). Errors:
 * LETHE_E_JSON_SYNTAX, _UTF8, _DEPTH, _SIZE, _NUMBER with the byte offset where simdjson knows it. Integers beyond 64
 * bits and decimals beyond double are accepted: their raw text remains. */
int json_parse(json_parser *parser, base_span text, json_value *ret_root, lethe_error *error);

json_type json_type_of(json_value value); /* JSON_NULL for an absent value */
static inline bool json_present(json_value value)
{
    return value.parser != NULL;
}
static inline bool json_is(json_value value, json_type type)
{
    return json_present(value) && json_type_of(value) == type;
}

/* The member `key` of an object (the first, where a key is repeated); an absent value where there is none, or where
 * `object` is absent or no object. So paths can be chained without a check at every step. */
json_value json_get(json_value object, const char *key);
json_value json_element(json_value array, uint32_t index);
uint32_t json_count(json_value container); /* members or elements; 0 for anything else */

/* Many members in one pass over an object: names are hashed once, in json_names_init, and not when documents are read.
 * The table borrows `names` and may be shared by threads. At most JSON_NAMES_MAX names of 1 to 255 bytes. */
#define JSON_NAMES_MAX 40

typedef struct json_names {
    const char *const *names;
    uint8_t count;
    uint8_t sizes[JSON_NAMES_MAX];
    uint8_t slots[128]; /* hash of a key -> 1 + index of a name, 0 nothing; collisions go to the next slot */
} json_names;

void json_names_init(json_names *names, const char *const *list, size_t count);

/* values[i] is the member names->names[i] (the first, where a key is repeated), or absent. */
void json_pick(json_value object, const json_names *names, json_value *ret_values);

json_iterator json_iterate(json_value container); /* empty for anything but an object or array */
bool json_next(json_iterator *iterator, base_span *ret_key, json_value *ret_value); /* ret_key may be NULL */

/* The decoded string; an empty span with data NULL for anything but a string. */
base_span json_string(json_value value);
bool json_bool(json_value value, bool *ret_truth);      /* false for anything but true and false */
bool json_number(json_value value, double *ret_number); /* false for anything but a number a double can hold */
bool json_int64(json_value value, int64_t *ret_number); /* false for anything but an integer that fits */

/* Where the value stands in the document, and the bytes of a number as written. */
size_t json_offset(json_value value);
base_span json_number_text(json_value value);
base_span json_text(json_value value); /* the bytes of any value as written, containers included */

/* The document as it was written: the byte offset of each { } [ ] : , and of the first byte of each string, number and
 * word, in order. For who edits a text and leaves most of it as it is. Valid like values. */
typedef struct json_tokens {
    base_span text; /* without a byte order mark */
    const uint32_t *at;
    uint32_t count;
} json_tokens;

json_tokens json_tokens_of(json_value value);

#endif

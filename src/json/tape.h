/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JSON_TAPE_H
#define JSON_TAPE_H

/*
 * The C face of simdjson (tape.cc): one document in, its tape, strings and structural indexes out. Only json.c uses it.
 * The layout of the tape is documented by simdjson (doc/tape.md); docs of the words that json.c adds stand there.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct json_tape json_tape;

typedef struct json_tape_view {
    uint64_t *words;
    const uint8_t *strings;
    const uint32_t *indexes; /* byte offsets of { } [ ] : , and of the first byte of each string, number and word */
    uint32_t index_count;
} json_tape_view;

typedef enum json_tape_status {
    JSON_TAPE_OK,
    JSON_TAPE_MEMORY,
    JSON_TAPE_SIZE,
    JSON_TAPE_DEPTH,
    JSON_TAPE_NUMBER,
    JSON_TAPE_UTF8,
    JSON_TAPE_TEXT,      /* the bytes do not fall into tokens: there are no indexes */
    JSON_TAPE_STRUCTURE, /* the tokens do not make a value: the view has the indexes, no words */
} json_tape_status;

json_tape *json_tape_new(void); /* NULL without memory */
void json_tape_free(json_tape *tape);

/* `text` has JSON_PADDING readable bytes behind `size`. The view is valid until the next call. */
json_tape_status json_tape_parse(json_tape *tape, const char *text, size_t size, size_t max_depth,
                                 json_tape_view *ret_view);

/* Correctly rounded, without locale. Reading fails where a double cannot hold the number. Returns the length printed,
 * at most 32: the shortest text that reads back as the same double. */
bool json_tape_read_double(const char *text, size_t size, double *ret_number);
size_t json_tape_print_double(double number, char *out);

#ifdef __cplusplus
}
#endif

#endif

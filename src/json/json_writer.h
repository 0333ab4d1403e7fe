/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JSON_JSON_WRITER_H
#define JSON_JSON_WRITER_H

#include "base/buf.h"

/*
 * Writes JSON onto a buffer, value by value; commas, colons and indentation come by themselves. The order of keys is
 * the caller's: canonical output is a matter of calling in a fixed order. Failures are the buffer's (base_buf_check);
 * asking for what is no JSON (a key in an array, an unbalanced close) is a defect of the caller and asserts.
 *
 *   json_writer w = json_writer_of(&buf, true);
 *   json_write_object(&w);
 *   json_write_key(&w, "rows");
 *   json_write_int(&w, 12);
 *   json_write_end(&w);
 */
#define JSON_WRITER_DEPTH_MAX 64

typedef struct json_writer {
    base_buf *out;
    bool pretty; /* two spaces a level; otherwise no white space at all */
    bool keyed;  /* a key waits for its value */
    uint32_t depth;
    struct {
        bool object, filled;
    } levels[JSON_WRITER_DEPTH_MAX];
} json_writer;

json_writer json_writer_of(base_buf *out, bool pretty);

void json_write_object(json_writer *writer);
void json_write_array(json_writer *writer);
void json_write_end(json_writer *writer); /* of the innermost object or array */
void json_write_key(json_writer *writer, const char *key);
void json_write_key_span(json_writer *writer, base_span key);

void json_write_string(
    json_writer *writer,
    base_span text); /* escapes what RFC 8259 asks for, no more; U+FFFD for bytes that are no UTF-8 */
void json_write_text(json_writer *writer, const char *text);
void json_write_int(json_writer *writer, int64_t number);
void json_write_uint(json_writer *writer, uint64_t number);
void json_write_double(json_writer *writer, double number); /* shortest that reads back equal; null if not finite */
void json_write_bool(json_writer *writer, bool truth);
void json_write_null(json_writer *writer);
void json_write_raw(json_writer *writer, base_span json); /* one value, already JSON */

/* A whole member in one call. */
void json_member_text(json_writer *writer, const char *key, const char *text);
void json_member_string(json_writer *writer, const char *key, base_span text);
void json_member_int(json_writer *writer, const char *key, int64_t number);
void json_member_double(json_writer *writer, const char *key, double number);
void json_member_bool(json_writer *writer, const char *key, bool truth);
void json_member_null(json_writer *writer, const char *key);

#endif

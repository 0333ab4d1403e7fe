/* SPDX-License-Identifier: Apache-2.0 */
#include "json/json_writer.h"

#include "base/utf8.h"
#include "json/tape.h"

#include <assert.h>
#include <math.h>

json_writer json_writer_of(base_buf *out, bool pretty)
{
    return (json_writer){.out = out, .pretty = pretty};
}

static void break_line(json_writer *writer)
{
    if (!writer->pretty)
        return;
    base_buf_byte(writer->out, '\n');
    for (uint32_t i = 0; i < writer->depth; i++)
        base_buf_text(writer->out, "  ");
}

/* What stands before an element of the innermost container. */
static void begin_element(json_writer *writer)
{
    if (writer->depth == 0)
        return;
    if (writer->levels[writer->depth - 1].filled)
        base_buf_byte(writer->out, ',');
    writer->levels[writer->depth - 1].filled = true;
    break_line(writer);
}

static void begin_value(json_writer *writer)
{
    assert(writer->depth == 0 || writer->keyed == writer->levels[writer->depth - 1].object);
    if (!writer->keyed)
        begin_element(writer);
    writer->keyed = false;
}

static void open_level(json_writer *writer, bool object)
{
    assert(writer->depth < JSON_WRITER_DEPTH_MAX);
    begin_value(writer);
    base_buf_byte(writer->out, object ? '{' : '[');
    writer->levels[writer->depth].object = object;
    writer->levels[writer->depth].filled = false;
    writer->depth++;
}

void json_write_object(json_writer *writer)
{
    open_level(writer, true);
}

void json_write_array(json_writer *writer)
{
    open_level(writer, false);
}

void json_write_end(json_writer *writer)
{
    assert(writer->depth != 0 && !writer->keyed);
    writer->depth--;
    if (writer->levels[writer->depth].filled)
        break_line(writer);
    base_buf_byte(writer->out, writer->levels[writer->depth].object ? '}' : ']');
}

static const char *escape_of(unsigned char c)
{
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\b':
        return "\\b";
    case '\f':
        return "\\f";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        return NULL;
    }
}

static void quote(base_buf *out, base_span text)
{
    static const char digits[] = "0123456789abcdef";
    size_t plain = 0; /* start of the bytes that go out as they are */
    base_buf_byte(out, '"');
    for (size_t at = 0; at < text.size; at++) {
        const unsigned char c = (unsigned char)text.data[at];
        if (c >= 0x80) {
            const size_t size = base_utf8_size(text.data + at, text.size - at);
            if (size != 0) {
                at += size - 1;
                continue;
            }
        } else if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        base_buf_append(out, text.data + plain, at - plain);
        plain = at + 1;
        if (c >= 0x80) { /* names of files may be anything */
            base_buf_text(out, BASE_UTF8_REPLACEMENT);
            continue;
        }
        const char *escape = escape_of(c);
        const char unicode[] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15], '\0'};
        base_buf_text(out, escape != NULL ? escape : unicode);
    }
    if (plain < text.size)
        base_buf_append(out, text.data + plain, text.size - plain);
    base_buf_byte(out, '"');
}

void json_write_key_span(json_writer *writer, base_span key)
{
    assert(writer->depth != 0 && writer->levels[writer->depth - 1].object && !writer->keyed);
    begin_element(writer);
    quote(writer->out, key);
    base_buf_text(writer->out, writer->pretty ? ": " : ":");
    writer->keyed = true;
}

void json_write_key(json_writer *writer, const char *key)
{
    json_write_key_span(writer, base_span_of(key));
}

void json_write_string(json_writer *writer, base_span text)
{
    begin_value(writer);
    quote(writer->out, text);
}

void json_write_text(json_writer *writer, const char *text)
{
    json_write_string(writer, base_span_of(text));
}

void json_write_raw(json_writer *writer, base_span json)
{
    begin_value(writer);
    base_buf_span(writer->out, json);
}

void json_write_int(json_writer *writer, int64_t number)
{
    begin_value(writer);
    base_buf_int(writer->out, number);
}

void json_write_uint(json_writer *writer, uint64_t number)
{
    begin_value(writer);
    if (number > INT64_MAX) {
        base_buf_int(writer->out, (int64_t)(number / 10));
        number %= 10;
    }
    base_buf_int(writer->out, (int64_t)number);
}

void json_write_double(json_writer *writer, double number)
{
    char digits[32];
    if (!isfinite(number))
        json_write_null(writer);
    else
        json_write_raw(writer, (base_span){digits, json_tape_print_double(number, digits)});
}

void json_write_bool(json_writer *writer, bool truth)
{
    json_write_raw(writer, truth ? BASE_SPAN("true") : BASE_SPAN("false"));
}

void json_write_null(json_writer *writer)
{
    json_write_raw(writer, BASE_SPAN("null"));
}

void json_member_text(json_writer *writer, const char *key, const char *text)
{
    json_write_key(writer, key);
    json_write_text(writer, text);
}

void json_member_string(json_writer *writer, const char *key, base_span text)
{
    json_write_key(writer, key);
    json_write_string(writer, text);
}

void json_member_int(json_writer *writer, const char *key, int64_t number)
{
    json_write_key(writer, key);
    json_write_int(writer, number);
}

void json_member_double(json_writer *writer, const char *key, double number)
{
    json_write_key(writer, key);
    json_write_double(writer, number);
}

void json_member_bool(json_writer *writer, const char *key, bool truth)
{
    json_write_key(writer, key);
    json_write_bool(writer, truth);
}

void json_member_null(json_writer *writer, const char *key)
{
    json_write_key(writer, key);
    json_write_null(writer);
}

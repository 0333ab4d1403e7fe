/* SPDX-License-Identifier: Apache-2.0 */
#include "table/csv_internal.h"

#include "base/utf8.h"

#include <stdlib.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

static int fail_at(table_csv *csv, int code, uint32_t column, lethe_error *error)
{
    csv->row++;
    csv->line = csv->next_line;
    return table_csv_fail(csv, code, column, error);
}

/* The next separator or end of line at or behind `from`; `held` where there is none. */
static size_t find_end(const table_csv *csv, size_t from)
{
    const char separator = csv->options.separator;
    const char *data = csv->buffer;
    size_t i = from;
#if defined(__SSE2__)
    const __m128i s = _mm_set1_epi8(separator), lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r');
    for (; i + 16 <= csv->held; i += 16) {
        const __m128i x = _mm_loadu_si128((const __m128i *)(const void *)(data + i));
        const __m128i hit =
            _mm_or_si128(_mm_cmpeq_epi8(x, s), _mm_or_si128(_mm_cmpeq_epi8(x, lf), _mm_cmpeq_epi8(x, cr)));
        const int mask = _mm_movemask_epi8(hit);
        if (mask != 0)
            return i + (size_t)__builtin_ctz((unsigned)mask);
    }
#endif
    while (i < csv->held && data[i] != separator && data[i] != '\n' && data[i] != '\r')
        i++;
    return i;
}

/* Behind the closing quote of the quoted field whose text begins at `from`, or SIZE_MAX where it is not held. */
static size_t find_quote(const table_csv *csv, size_t from, csv_field *field)
{
    size_t i = from;
    for (;;) {
        const char *quote = memchr(csv->buffer + i, '"', csv->held - i);
        if (quote == NULL)
            return SIZE_MAX;
        i = (size_t)(quote - csv->buffer) + 1;
        if (i == csv->held && !csv->ended)
            return SIZE_MAX; /* whether it is doubled is not known yet */
        if (i == csv->held || csv->buffer[i] != '"')
            break;
        field->doubled = true;
        i++;
    }
    field->at = from;
    field->size = i - 1 - from;
    return i;
}

static int add_field(table_csv *csv, csv_field field, lethe_error *error)
{
    if (csv->column_count != 0 && csv->field_count == csv->column_count)
        return fail_at(csv, LETHE_E_TABLE_CSV_RAGGED, csv->field_count, error);
    if (field.size > csv->options.field_max_bytes || csv->field_count == TABLE_CSV_COLUMNS_MAX)
        return fail_at(csv, LETHE_E_BASE_LIMIT, csv->field_count, error);
    if (csv->field_count == csv->field_capacity) {
        const uint32_t capacity = csv->field_capacity != 0 ? csv->field_capacity * 2 : 16;
        csv_field *raw = realloc(csv->raw, capacity * sizeof(*raw));
        csv->raw = raw != NULL ? raw : csv->raw;
        base_span *fields = realloc(csv->fields, capacity * sizeof(*fields));
        csv->fields = fields != NULL ? fields : csv->fields;
        if (raw == NULL || fields == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        csv->field_capacity = capacity;
    }
    csv->raw[csv->field_count++] = field;
    return 0;
}

/* Line breaks inside of a quoted field, for the numbers of lines. */
static uint64_t count_breaks(const table_csv *csv, const csv_field *field)
{
    uint64_t breaks = 0;
    for (size_t i = field->at; i < field->at + field->size; i++)
        breaks += csv->buffer[i] == '\n' || (csv->buffer[i] == '\r' && csv->buffer[i + 1] != '\n');
    return breaks;
}

/* One field at `at`; *ret_at is where it ends: a separator, an end of line, or `held`. SIZE_MAX: more is needed. */
static int scan_field(table_csv *csv, size_t at, size_t *ret_at, uint64_t *lines, lethe_error *error)
{
    csv_field field = {at, 0, false};
    size_t end = SIZE_MAX;
    if (at < csv->held && csv->buffer[at] == '"') {
        end = find_quote(csv, at + 1, &field);
        if (end == SIZE_MAX && csv->ended)
            return fail_at(csv, LETHE_E_TABLE_CSV_QUOTE, csv->field_count, error);
        if (end < csv->held && find_end(csv, end) != end)
            return fail_at(csv, LETHE_E_TABLE_CSV_QUOTE, csv->field_count, error);
        if (end != SIZE_MAX)
            *lines += count_breaks(csv, &field);
    } else {
        end = find_end(csv, at);
        field.size = end - at;
    }
    *ret_at = end;
    if (end == SIZE_MAX || (end == csv->held && !csv->ended)) {
        *ret_at = SIZE_MAX;
        return 0;
    }
    return add_field(csv, field, error);
}

int csv_scan_row(table_csv *csv, size_t *ret_size, uint64_t *ret_lines, lethe_error *error)
{
    size_t at = csv->at;
    uint64_t lines = 1;
    *ret_size = 0;
    csv->field_count = 0;
    for (;; at++) {
        BASE_TRY(scan_field(csv, at, &at, &lines, error));
        if (at == SIZE_MAX)
            return 0;
        if (at == csv->held || csv->buffer[at] != csv->options.separator)
            break;
    }
    if (at < csv->held && csv->buffer[at] == '\r') {
        if (at + 1 == csv->held && !csv->ended)
            return 0; /* a line feed may follow */
        at += at + 1 < csv->held && csv->buffer[at + 1] == '\n';
    }
    at += at < csv->held;
    *ret_size = at - csv->at;
    *ret_lines = lines;
    return 0;
}

static bool is_ascii(const char *data, size_t size)
{
    size_t i = 0;
    uint64_t high = 0;
    for (; i + 8 <= size; i += 8) {
        uint64_t word;
        memcpy(&word, data + i, 8);
        high |= word;
    }
    for (; i < size; i++)
        high |= (uint64_t)(uint8_t)data[i];
    return (high & 0x8080808080808080ULL) == 0;
}

static bool is_utf8(base_span text)
{
    for (size_t i = 0; i < text.size;) {
        const size_t size = base_utf8_size(text.data + i, text.size - i);
        if (size == 0)
            return false;
        i += size;
    }
    return true;
}

/* In place: the text is never longer than it was. */
static base_span undouble(char *text, size_t size)
{
    size_t to = 0;
    for (size_t i = 0; i < size; i++) {
        text[to++] = text[i];
        i += text[i] == '"';
    }
    return (base_span){text, to};
}

static base_span from_latin1(base_buf *buf, base_span text)
{
    const size_t from = buf->size;
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t byte = (uint8_t)text.data[i];
        if (byte >= 0x80)
            base_buf_byte(buf, (char)(0xc0 | byte >> 6));
        base_buf_byte(buf, (char)(byte >= 0x80 ? 0x80 | (byte & 0x3f) : byte));
    }
    return (base_span){buf->data + from, buf->size - from};
}

static int decode_field(table_csv *csv, uint32_t column, lethe_error *error)
{
    base_span *field = &csv->fields[column];
    if (is_ascii(field->data, field->size))
        return 0;
    if (csv->encoding == TABLE_ENCODING_DETECT)
        csv->encoding = is_utf8(*field) ? TABLE_ENCODING_UTF8 : TABLE_ENCODING_LATIN1;
    if (csv->encoding == TABLE_ENCODING_LATIN1)
        *field = from_latin1(&csv->text, *field);
    else if (!is_utf8(*field))
        return fail_at(csv, LETHE_E_TABLE_CSV_ENCODING, column, error);
    return 0;
}

int csv_finish_row(table_csv *csv, size_t size, lethe_error *error)
{
    char *row = csv->buffer + csv->at;
    if (memchr(row, '\0', size) != NULL)
        return fail_at(csv, LETHE_E_TABLE_CSV_ENCODING, 0, error); /* UTF-16, or no text at all */
    for (uint32_t i = 0; i < csv->field_count; i++) {
        const csv_field raw = csv->raw[i];
        csv->fields[i] = (base_span){csv->buffer + raw.at, raw.size};
        if (raw.doubled)
            csv->fields[i] = undouble(csv->buffer + raw.at, raw.size);
    }
    if (is_ascii(row, size))
        return 0;
    base_buf_reset(&csv->text);
    if (base_buf_reserve(&csv->text, 2 * size) != 0) /* so that it does not move under the fields */
        return base_buf_check(&csv->text, error);
    for (uint32_t i = 0; i < csv->field_count; i++)
        BASE_TRY(decode_field(csv, i, error));
    return 0;
}
